#ifndef FODNS_SUPPOSE_H
#define FODNS_SUPPOSE_H

#include "base/fault.h"
#include "core/engine.h"

/*
 * Other worlds: an engine whose facts are made to be what somebody supposes.
 * What is supposed is reports (or their absence) and overrides, so that votes,
 * hold, fail-back and selection follow as they would.  Do all suppositions on a
 * copy at one instant, then call suppose_begin; then it can be advanced.
 */
enum suppose_kind { SUPPOSE_TARGET, SUPPOSE_AGENT, SUPPOSE_DOMAIN, SUPPOSE_OVERRIDE };

struct supposition {
	enum suppose_kind kind;
	enum state state; /* unknown: no fresh word; drain: only of an override */
	const struct domain *domain;            /* NULL: each */
	char target[OVERRIDE_TARGET];           /* as an override has it; "": all of the domain */
	char agent[LIMIT_AGENT_ID + 1];
};

/*
 * "target=10.0.0.1:80 down", "agent=fra1 silent": what the words mean to this
 * engine.  -1 with a fault when they make no sense or name nothing known; then
 * the fault has the nearest there is.
 */
int suppose_read(struct supposition *s, const struct engine *e, const char *text, struct fault *f);

/* Another engine of the same config that knows the same. */
struct engine *suppose_copy(const struct engine *e);

/* What it touched: checks of an agent, else targets. */
struct suppose_count {
	size_t domains, targets;
};
struct suppose_count suppose(struct engine *e, const struct supposition *s);

/* Every target without a fresh report counts as if all its agents had just said so. */
void suppose_assume(struct engine *e, enum state state);

/*
 * From here on everybody goes on saying what he says, and who is silent stays
 * so: what changes later, changes by holds, delays and ends of overrides alone.
 * Judges.  Reports cannot be fed any more.
 */
void suppose_begin(struct engine *e);

/* When something is due next, as engine_due; INT64_MAX: nothing ever. */
int64_t suppose_due(const struct engine *e);

/* Who says it where no agent is known. */
#define SUPPOSE_AGENT_ID "what-if"

#endif
