#ifndef FODNS_VIEW_H
#define FODNS_VIEW_H

#include "core/engine.h"

/*
 * What the engine knows, for who explains it: read-only pictures of its state at
 * engine_now().  Strings belong to the engine or its config and last until the
 * next call that changes the engine.
 */
struct agent_view {
	const char *agent_id;
	enum state view;       /* unknown, up or down */
	bool expected;         /* counts in the denominator */
	bool fresh, isolated, skew;
	bool tcp_only; /* an original agent's check of another type */
	enum status last;      /* of its last result, conclusive or not */
	int64_t last_at;       /* effective time of it; -1: none */
	int64_t fresh_until;   /* of its last conclusive one; -1 */
	int64_t arrival;       /* of its last result; -1 */
	int64_t period_ms;     /* between its last two results; -1 */
	double latency_ms;
	const char *reason, *type;
	int streak_ok, streak_fail;
};

struct target_state {
	const struct target *target;
	enum state votes;     /* by votes alone: unknown, up, down */
	/* after override, failback: what selection used; drain only by an override */
	enum state state;
	bool undetermined;    /* quorum not reached; held until hold_until */
	int64_t hold_until;   /* -1 */
	int64_t since;        /* of `state` */
	int64_t failback_at;  /* ranks as down until then (failback_delay); -1 */
	bool failback_manual; /* stays down until cleared */
	int expected, ok, bad, missing, need; /* need: k of a quorum */
	/* of the missing, who is not silent: isolated, could not tell, or only connected (tcp_only) */
	int isolated, unsure, connected;
	const struct override *override; /* in force, NULL */
};

/* Why the family's answer is what it is: the rule of SEMANTICS 7 that chose it. */
enum rule { RULE_NO_TARGETS, RULE_LIVE, RULE_DRAINED, RULE_SILENCE, RULE_ALL_DOWN };

struct rrset_view {
	enum rule rule;
	int tier; /* priority in use, select priority and source live; else 0 */
	int64_t since; /* of this family's answer */
};

/* engine_decision without the look into the future: next is -1. */
void view_decision(const struct engine *e, const struct domain *d, struct decision *out);

size_t view_targets(const struct engine *e, const struct domain *d); /* = d->ntargets */
void view_target(const struct engine *e, const struct domain *d, size_t i,
                 struct target_state *out);
/* One line on why target i is as it is: "0 of 3 up: connection refused". */
void view_reason(const struct engine *e, const struct domain *d, size_t i, char *dst, size_t cap);
size_t view_agents(const struct engine *e, const struct domain *d, size_t target);
void view_agent(const struct engine *e, const struct domain *d, size_t target, size_t i,
                struct agent_view *out);
/* The i-th configured agent that should report on the target and never has; NULL: no more. */
const char *view_silent(const struct engine *e, const struct domain *d, size_t target, size_t i);
void view_rrset(const struct engine *e, const struct domain *d, enum family f,
                struct rrset_view *out);

/* Overrides in force or still to come, newest first by scope; for --list. Returns the count; out
 * may be NULL. */
size_t view_overrides(const struct engine *e, const struct override **out, size_t cap);

#endif
