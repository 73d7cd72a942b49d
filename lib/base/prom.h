#ifndef FODNS_PROM_H
#define FODNS_PROM_H

#include "base/buf.h"

/*
 * The text format of Prometheus, version 0.0.4: a family's lines stand together,
 * under its HELP and TYPE.
 */
void prom_family(struct buf *b, const char *name, const char *type, const char *help);

/* A family of one sample without labels. */
void prom_one(struct buf *b, const char *name, const char *type, const char *help, double v);

/* `before`, then NAME="VALUE" with what the format wants escaped: "fodns_x{" or ",". */
void prom_label(struct buf *b, const char *before, const char *name, const char *value);

#endif
