#ifndef FODNS_TUNE_H
#define FODNS_TUNE_H

#include "core/engine.h"

/*
 * What a config would have made of recorded reports: an engine that is fed with
 * them, and sums of how its answers moved.  A domain counts from its first report
 * on, or from `since` if that is later.
 */
struct tune;

struct tune_sum {
	uint64_t changes;     /* of an answer or its source */
	uint64_t flaps;       /* a target that was up was no longer */
	int64_t fallback_ms;  /* some family on the fallback */
	int64_t not_live_ms;  /* some family with targets not on live ones */
	int64_t ms;           /* all that was counted */
};

struct tune *tune_new(const struct config *config, int64_t start, int64_t since);
void tune_free(struct tune *t); /* NULL is fine */

/* In the order of arrival: what lies before `at` is over, then what came at it. */
void tune_until(struct tune *t, int64_t at);
void tune_report(struct tune *t, const struct report *r);
void tune_override(struct tune *t, const struct override *o);
void tune_end(struct tune *t, int64_t at); /* once; then sums can be taken */

void tune_sum(const struct tune *t, const struct domain *d, struct tune_sum *out);

#endif
