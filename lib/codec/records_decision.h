#ifndef FODNS_RECORDS_DECISION_H
#define FODNS_RECORDS_DECISION_H

#include "codec/records_field.h"
#include "codec/records_scan.h"

/*
 * A decision line for stream_read: first by the scanner of the canonical form, else from its
 * JSON.
 */
bool decision_scan(struct decision *d, struct decision_text *text, const char *line, size_t n);
/* Nothing is said yet; for both. */
void decision_begin(struct decision *d, struct decision_text *text);
void decision_fields(struct fields *f, struct decision *d, struct decision_text *text);

#endif
