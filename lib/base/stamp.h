#ifndef FODNS_STAMP_H
#define FODNS_STAMP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Points in time as text.  In memory a time is an int64_t of milliseconds since
 * 1970-01-01T00:00:00Z.  No function here reads a clock.
 */
enum { STAMP_LEN = 25 }; /* room for "2026-11-22T10:00:00.123Z" and NUL */

/* ISO 8601: date, 'T' or space, time, optional fraction, Z or offset; without a zone it is UTC. */
bool stamp_parse(const char *s, int64_t *ms);

/* "2026-11-22T10:00:00.123Z"; returns dst. */
char *stamp_format(char dst[static STAMP_LEN], int64_t ms);

/* Exactly the 24 bytes that stamp_format writes, no NUL needed: the quick way back. */
bool stamp_scan(const char *s, int64_t *ms);

/*
 * A time as a person types it: what stamp_parse takes (local time unless it
 * carries Z or an offset), "@EPOCH" or epoch seconds, "-15min" (before now),
 * "03:12" (the last one past), "now".  Reads the time zone of the process.
 */
bool stamp_typed(const char *s, int64_t now, int64_t *ms);

/* "2026-11-22 10:00:00" in local time, for tables; returns dst. */
char *stamp_local(char dst[static STAMP_LEN], int64_t ms);

/* "Sun 2026-11-22 CET": the day there, and the zone it is told in; returns dst. */
char *stamp_day(char dst[static STAMP_LEN], int64_t ms);

#endif
