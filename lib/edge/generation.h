#ifndef FODNS_GENERATION_H
#define FODNS_GENERATION_H

#include "codec/table.h"

/*
 * The door to liburcu: which table is served now.  Readers never wait.  A
 * reader holds what it has seen between enter and leave; the one writer frees
 * only after generation_wait.
 */
void generation_register(void); /* each reading thread, once */
const struct table *generation_enter(void);
void generation_leave(void);

/* The writer: serve t from now on; the table before, to be freed after generation_wait. */
struct table *generation_publish(struct table *t);
void generation_wait(void); /* until no reader can hold what was replaced before the call */

#endif
