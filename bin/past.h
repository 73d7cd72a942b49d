#ifndef FODNS_PAST_H
#define FODNS_PAST_H

#include "accepted.h"
#include "core/engine.h"
#include "edge/statedir.h"

/*
 * One look, without a loop: what was, or is, from the last snapshot before the
 * instant and the journals behind it.
 */
struct past {
	struct engine *engine;
	const struct config *config; /* in force at the end: the engine's */
	struct accepted *kept;       /* it, if it is not the one on disk */
	char note[256];              /* which config that is; "": the one on disk */
};

/*
 * What arrived after `at` (engine's axis; -1: now) does not exist.  by_then: of an
 * earlier instant than now each stretch is judged by the config that was in force;
 * else, and of now, all by `config`, as if it were reloaded.  -1 with a fault when the
 * state cannot be read: a one-shot never judges absent data.
 */
int past_open(struct past *p, const struct statedir *dir, const struct config *config, int64_t at,
              bool by_then, struct fault *f);
void past_free(struct past *p); /* idempotent */

/*
 * The oldest instant (wall clock) that past_open can tell of: before the first record
 * there was nothing to judge.  INT64_MIN: any, as it is not known; INT64_MAX: there is
 * no record.
 */
int64_t past_oldest(const struct statedir *dir);

#endif
