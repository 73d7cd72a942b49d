#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/inside.h"

/*
 * The future of a domain if nothing more is reported: a copy of what judging
 * writes, run through its own deadlines.  Views are facts and stay.
 */

/* Judges the copy at its next deadline; true if an answer or source changed. */
static bool
step(const struct engine *e, struct dom *d, int64_t t)
{
	unsigned what = 0;
	bool ttl;

	for (size_t i = 0; i < d->config->ntargets; i++)
		if (d->aims[i].wake <= t)
			what |= judge_target(e, d, i, t);
	judge_wake(d);
	return what & JUDGED_RANK && choose(d, t, &ttl);
}

int64_t
next_change(const struct engine *e, const struct dom *d)
{
	size_t naims = d->config->ntargets, nsets = SETS * FAMILIES * (size_t)d->words;
	struct dom copy = *d;
	int64_t t = NEVER;

	if (d->wake == NEVER)
		return -1;
	copy.aims = mem_alloc(naims * sizeof(*copy.aims) + nsets * sizeof(*copy.sets));
	copy.sets = (uint64_t *)(void *)(copy.aims + naims);
	memcpy(copy.aims, d->aims, naims * sizeof(*copy.aims));
	memcpy(copy.sets, d->sets, nsets * sizeof(*copy.sets));
	copy.by_time = true;
	do
		t = copy.wake;
	while (t != NEVER && !step(e, &copy, t));
	free(copy.aims);
	return t == NEVER ? -1 : t;
}
