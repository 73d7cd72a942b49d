#ifndef FODNS_ZONETEXT_H
#define FODNS_ZONETEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/config.h"

/*
 * The door to ldns for static records: zone-file text (RFC 1035 5) to records
 * with wire rdata, in a's memory; owners in lower case.  A record's at.line is
 * the line within the text on which it ends.  problem() is called with the line
 * within the text, counted from 1.  Returns the number of problems.
 */
typedef void zonetext_problem(void *arg, uint32_t line, const char *text);
size_t zonetext_parse(struct arena *a, const char *origin, uint32_t default_ttl, const char *text,
    size_t n, struct record **records, size_t *nrecords, zonetext_problem *problem, void *arg);

/* An address record; owner absolute with the last dot, kept as it is. */
void zonetext_address(struct arena *a, struct record *r, const char *owner, uint32_t ttl,
    const struct addr *addr);

#endif
