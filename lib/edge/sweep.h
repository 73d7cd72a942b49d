#ifndef FODNS_SWEEP_H
#define FODNS_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "edge/places.h"
#include "edge/statedir.h"
#include "model/override.h"
#include "model/report.h"

/*
 * Reading the journals of a state directory: never locks, never writes.  What
 * one sweep finds is handed over in the order of fodns-state(5): by (boot_ms,
 * agent, seq).  inotify is only a doorbell.
 */
struct sweep;

struct sweep_calls {
	void *arg;
	/* arrival and effective are set, on clock_axis() */
	void (*report)(void *arg, struct report *r);
	void (*override)(void *arg, struct override *o); /* at is clock_axis() of its arrival */
	/* a line that could not be read: "reports/a1/000000000001.jsonl:17" */
	void (*bad)(void *arg, const char *where, const char *why);
};

/* oldest: segments that ended before this instant (wall clock, ms) are not read. */
struct sweep *sweep_new(const struct statedir *dir, int64_t oldest,
    const struct sweep_calls *calls, struct fault *f);
void sweep_free(struct sweep *s);

/*
 * Before anything is read: journals that have a place from there on, all others
 * from their beginning, and so one that was replaced.  Takes what p holds.
 */
void sweep_resume(struct sweep *s, struct places *p);
/* How far each journal has been read: between two sweeps. */
void sweep_places(const struct sweep *s, struct places *p);
/* Looks which journals there are and reads nothing yet; not needed before sweep_start. */
int sweep_find(struct sweep *s, struct fault *f);
/*
 * Since when (wall clock, ms) nothing is missing of the journals that were found: where
 * the beginning of one was deleted, or is too old to be read, it begins later.
 * INT64_MIN: nothing is missing.
 */
int64_t sweep_whole(const struct sweep *s);
/* The same of what follows the places. */
int64_t sweep_whole_behind(const struct statedir *dir, const struct places *p);
/* When the first segment that was found began (wall clock, ms); INT64_MAX: there is none;
 * -1: one does not say. */
int64_t sweep_first(const struct sweep *s);

/*
 * The journals to their size of now, at the start; `budget_ms` at a time: 1 there is more, 0
 * done, -1 fault.
 */
int sweep_start(struct sweep *s, int64_t budget_ms, struct fault *f);
/* inotify's descriptor, to wait on, from the first call on; -1: there is none */
int sweep_bell(struct sweep *s);
/*
 * Reads what the bell names (all = false) or everything; returns lines read, -1 with a fault
 * (state gone: call again later).
 */
int64_t sweep_read(struct sweep *s, bool all, struct fault *f);
/* -1 with a fault: there is a journal that cannot be read now, so what was read is not all. */
int sweep_unread(const struct sweep *s, struct fault *f);
/* Once a second a reading of everything looks whether the directories are still the ones that
 * were opened; after this the next one does. */
void sweep_doubt(struct sweep *s);

/*
 * Deletes segments older than the retention and, oldest first, what is over the size, but
 * nothing that is behind one of the places; the recorder's.
 */
int sweep_retain(const struct statedir *dir, const char *sub, int64_t oldest, uint64_t bytes,
    const struct places *behind, struct fault *f);

#endif
