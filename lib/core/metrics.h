#ifndef FODNS_METRICS_H
#define FODNS_METRICS_H

#include "base/buf.h"
#include "core/engine.h"

/*
 * What is judged, as metrics: domains, targets, agents, overrides.  The one place
 * that knows their names; fodns-api(8) shows them over HTTP and fodns-decide(1)
 * writes them to a file.
 */
struct metrics {
	struct engine *engine;
	const struct config *config;
	const bool *chosen; /* by the domain's index; NULL: all */
	size_t most;        /* domains that have lines of their own; the others count in the sums */
	int64_t now;        /* on the engine's axis, for ages */
};

void metrics_write(const struct metrics *m, struct buf *b);

#endif
