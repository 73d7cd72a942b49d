#ifndef FODNS_SPOOL_H
#define FODNS_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "edge/parcel.h"
#include "model/report.h"

/*
 * What could not be delivered to one master, on disk: report lines in numbered
 * segments of SPOOL/MASTER/, appended to and deleted once every line of one is
 * delivered.  A segment belongs to who holds its flock: several programs can
 * share a spool, and what a dead one left is taken over at the next start.
 *
 * After an outage the newest report of each check is what a master needs first
 * (spool_newest); the rest (spool_backlog) goes beside it, oldest first.  What
 * was handed out in a parcel is settled by spool_settle: delivered for good, or
 * handed out again.  A crash in between delivers twice, which is harmless.
 */
struct spool;

/* Nothing is touched yet.  base: that of agentdir.h; cap: bytes of all segments together. */
struct spool *spool_new(const char *base, const char *master, uint64_t cap);
void spool_free(struct spool *s); /* what is in it stays on disk */
const char *spool_path(const struct spool *s);

/* Takes over what is there; a spool that does not exist is empty. */
int spool_load(struct spool *s, struct fault *f);

/* Appends the parcel's lines, one write a segment; the oldest segments are dropped for room. */
int spool_add(struct spool *s, const struct parcel *p, struct fault *f);

/* lines not yet delivered, those under way included */
uint64_t spool_count(const struct spool *s);
uint64_t spool_dropped(const struct spool *s); /* lines lost to the cap since spool_new */

/* A newer report of the same check goes another way: its spooled ones are backlog. */
void spool_supersede(struct spool *s, const struct report *r);

/* Up to `lines` and `bytes` more for the parcel; returns how many were added. */
size_t spool_newest(struct spool *s, struct parcel *p, size_t lines, size_t bytes);
size_t spool_backlog(struct spool *s, struct parcel *p, size_t lines, size_t bytes);
bool spool_has_newest(const struct spool *s);

/* The parcel's items that came from the spool: what is still FATE_OPEN is handed out again. */
void spool_settle(struct spool *s, struct parcel *p);
/* Deletes everything, while nothing is under way; returns how many lines. */
uint64_t spool_discard(struct spool *s);

#endif
