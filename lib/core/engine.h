#ifndef FODNS_ENGINE_H
#define FODNS_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/config.h"
#include "model/decision.h"
#include "model/override.h"
#include "model/report.h"
#include "model/saved.h"

/*
 * The judge: from a config, reports, overrides and time to decisions.  A pure
 * machine (fodns-policy(7)): given the same calls it gives the same answers.
 * It reads no clock, opens nothing and prints nothing.  Times are milliseconds
 * on one axis that the caller chooses; they never go back (an earlier time is
 * taken as the engine's own).
 *
 * Order of calls for one instant t: engine_advance(t - 1) executes all that is
 * due before t; engine_report / engine_override with arrival t feed what came
 * at t (each first executes what is due at or before its own arrival: expiry
 * before report); engine_settle() evaluates what was touched, once.
 */
struct engine;

/* config must outlive the engine. now: the time of the first evaluation: all is unknown. */
struct engine *engine_new(const struct config *config, int64_t now);
void engine_free(struct engine *e); /* NULL is fine */

/*
 * Hands out all that the engine knows, as of engine_now(): what engine_load takes.
 * Whatever came before must be settled.
 */
void engine_save(const struct engine *e, const struct saved_calls *to);

/*
 * Takes what another engine saved, be it of another config: what this one's config
 * has no more is left out.  A new engine of the time that was saved, then every
 * piece in order, then the end; with the same config it then is what the other one
 * was, in all that it will ever say.
 */
void engine_load_agent(struct engine *e, const struct saved_agent *a);
void engine_load_override(struct engine *e, const struct saved_override *o);
void engine_load_domain(struct engine *e, const struct saved_domain *d);
void engine_load_end(struct engine *e);

/* Takes over what `old` knew of checks, agents, overrides and answers that `e`'s config still
 * has: saved and loaded.  With engine_events on, each answer that is another now is an event. */
void engine_adopt(struct engine *e, const struct engine *old);

enum verdict {
	VERDICT_TAKEN,
	VERDICT_DUPLICATE, /* seen before, or older than what is known (DESIGN: inc, seq, effective)
	                    */
	VERDICT_NO_DOMAIN, /* not configured */
	VERDICT_NO_TARGET, /* address or port not configured for the domain */
	VERDICT_NO_CHECK,  /* type or check_name not configured for the target */
	VERDICT_NO_AGENT,  /* agents: are configured and this is none of them, or its tags don't
	                      match */
	VERDICT_TOO_MANY   /* over 256 agents for the domain */
};
const char *verdict_text(enum verdict v);

/* r->arrival and r->effective must be set (report_place). O(1) but for expiries that become due. */
enum verdict engine_report(struct engine *e, const struct report *r);

/* Whether a report would be taken by config alone; changes nothing.  For who stores reports. */
enum verdict engine_accepts(const struct config *config, const struct report *r);

/* Whether the agent is one of the domain's, and whether the domain takes one more. */
bool engine_knows(const struct engine *e, const struct domain *d, const char *agent_id);
bool engine_room(const struct engine *e, const struct domain *d);

/*
 * o->at is on the engine's axis: the instant after the engine's time (by the
 * order of calls above, it arrives now), earlier (then it is in force from now),
 * or later: it is kept and starts by itself, time does not go there.  Returns
 * how many targets it names; 0: none is configured, or its target is no target.
 * One that names none is remembered all the same, for a config to come.
 */
size_t engine_override(struct engine *e, const struct override *o);

/* executes all deadlines due at or before now, in order, and settles */
void engine_advance(struct engine *e, int64_t now);
void engine_settle(struct engine *e);               /* evaluates the domains touched since */
int64_t engine_now(const struct engine *e);

/* the earliest instant at which something is due; INT64_MAX: nothing */
int64_t engine_due(const struct engine *e);

/* Domains whose decision (answers, ttl, source or a target's state) changed since it was last
 * taken; each once. */
bool engine_changed(struct engine *e, const struct domain **d);

/* The decision in force; d must be of the engine's config. next costs a look into the future of
 * this domain only. */
void engine_decision(struct engine *e, const struct domain *d, struct decision *out);

/* Oldest event not yet taken; false when there is none. */
bool engine_event(struct engine *e, struct event *ev);
void engine_events(struct engine *e, bool on); /* off by default: then nothing is queued */
/* The answer in force, as the event of its coming about: `from` is empty, `why` names the rule. */
void engine_answering(const struct engine *e, const struct domain *d, enum family f,
                      struct event *ev);

#endif
