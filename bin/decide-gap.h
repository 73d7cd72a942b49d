#ifndef FODNS_DECIDE_GAP_H
#define FODNS_DECIDE_GAP_H

#include <stdint.h>

#include "core/engine.h"
#include "edge/statedir.h"

/*
 * What the answers became while nobody recorded it: the recorder was stopped or
 * killed, or another one had its lock.  The changes of that time, as they are
 * judged now, are noted here; once they can be recorded, what they came to is
 * compared with what decisions/ says last, and only the difference is written.
 */
struct gap;

struct gap *gap_new(void);
void gap_free(struct gap *g); /* NULL is fine */

void gap_event(struct gap *g, const struct event *ev); /* but for answers, nothing is kept */

/* Whoever records has written by now what came before t (wall clock, ms). */
void gap_forget(struct gap *g, int64_t t);

struct gap_end {
	const struct engine *engine;
	const struct config *config; /* the engine's */
	int64_t at;                  /* of the events that are told */
	void (*tell)(void *arg, const struct event *ev);
	void *arg;
};

/*
 * Tells one event for each answer that is another by now than the last one known, and
 * forgets all.  since: from when on changes were noted (wall clock, ms); INT64_MIN:
 * from the beginning of the journals, so that what they began from was never answered.
 * -1 with a fault: decisions/ cannot be read, and nothing is told.
 */
int gap_close(struct gap *g, const struct statedir *dir, int64_t since, const struct gap_end *end,
              struct fault *f);

#endif
