#include "core/view.h"

#include <string.h>

#include "core/inside.h"

static void
fill_rrset(const struct dom *d, enum family f, struct rrset *out)
{
	out->nanswers = dom_answers(d, dom_set(d, SET_NOW, f), out->answers);
	out->ttl = d->choice[f].ttl;
	out->source = (enum source)d->choice[f].source;
}

void
engine_decision(struct engine *e, const struct domain *domain, struct decision *out)
{
	const struct dom *d = engine_dom(e, domain);

	out->at = e->now;
	out->since = d->since;
	out->domain = domain->name;
	out->max_answers = domain->server.max_answers;
	for (int f = 0; f < FAMILIES; f++)
		fill_rrset(d, (enum family)f, &out->rrsets[f]);
	out->ntargets = domain->ntargets;
	for (size_t i = 0; i < domain->ntargets; i++) {
		struct tally n = votes_tally(e, d, &d->aims[i], e->now);

		out->targets[i] = (struct target_view){
			.addr = domain->targets[i].addr, .port = domain->targets[i].port,
			.state = aim_said(&d->aims[i]),
			.ok = n.ok, .fail = n.bad, .missing = n.expected - n.ok - n.bad,
		};
	}
	out->next = next_change(e, d);
}

size_t
view_targets(const struct engine *e, const struct domain *d)
{
	(void)e;
	return d->ntargets;
}

void
view_target(const struct engine *e, const struct domain *domain, size_t i, struct target_state *out)
{
	const struct dom *d = engine_dom(e, domain);
	const struct aim *a = &d->aims[i];
	const struct server_rules *rules = &domain->server;
	struct tally n = votes_tally(e, d, a, e->now);
	bool holds = a->undetermined != NONE && a->votes != STATE_UNKNOWN;

	*out = (struct target_state){
		.target = &domain->targets[i],
		.votes = (enum state)a->votes,
		.state = (enum state)a->state,
		.undetermined = a->undetermined != NONE,
		.hold_until = holds ? a->undetermined + rules->hold_ms : -1,
		.since = a->since,
		.failback_at = a->delayed && a->votes == STATE_UP ? a->up_since + rules->failback_delay_ms : -1,
		.failback_manual = a->latched != NONE,
		.expected = n.expected, .ok = n.ok, .bad = n.bad,
		.missing = n.expected - n.ok - n.bad,
		.need = rules->votes == VOTES_QUORUM ? n.need : rules->votes == VOTES_ALL ? n.expected : 1,
		.override = a->override ? &a->override->said : NULL,
	};
}

size_t
view_agents(const struct engine *e, const struct domain *d, size_t target)
{
	return engine_dom(e, d)->aims[target].nviews;
}

static int64_t
or_none(int64_t t)
{
	return t == NONE ? -1 : t;
}

void
view_agent(const struct engine *e, const struct domain *domain, size_t target, size_t i,
           struct agent_view *out)
{
	const struct dom *d = engine_dom(e, domain);
	const struct aim *a = &d->aims[target];
	const struct opinion *v = &a->views[i];

	*out = (struct agent_view){
		.agent_id = e->agents[v->agent]->id,
		.view = (enum state)v->state,
		.expected = votes_expects(e, d, v, votes_genuine(d, a, e->now), e->now),
		.fresh = opinion_fresh(v, domain, e->now),
		.isolated = e->nisolated && votes_abstains(e, d, a, v, e->now),
		.skew = v->skew, .tcp_only = v->tcp,
		.last = (enum status)v->status,
		.last_at = or_none(v->last),
		.fresh_until = v->conclusive == NONE ? -1 : v->conclusive + domain->server.timeout_ms,
		.arrival = or_none(v->arrival), .period_ms = or_none(v->period),
		.latency_ms = v->latency,
		.reason = v->reason ? v->reason : "",
		.type = type_text(d, v),
		.streak_ok = v->oks, .streak_fail = v->fails,
	};
}

static bool
has_view(const struct engine *e, const struct aim *a, const char *agent)
{
	for (size_t i = 0; i < a->nviews; i++)
		if (!strcmp(e->agents[a->views[i].agent]->id, agent))
			return true;
	return false;
}

const char *
view_silent(const struct engine *e, const struct domain *d, size_t target, size_t i)
{
	const struct aim *a = &engine_dom(e, d)->aims[target];

	for (size_t k = 0; k < e->config->nagents; k++) {
		const struct agent_binding *g = &e->config->agents[k];

		if (!config_tags_match(d, (const char *const *)g->tags, g->ntags) ||
		    has_view(e, a, g->id))
			continue;
		if (i-- == 0)
			return g->id;
	}
	return NULL;
}

void
view_rrset(const struct engine *e, const struct domain *d, enum family f, struct rrset_view *out)
{
	const struct choice *c = &engine_dom(e, d)->choice[f];

	*out = (struct rrset_view){(enum rule)c->rule, c->tier, c->since};
}

static bool
listed(const struct engine *e, const struct decree *r)
{
	return r->said.state != OVERRIDE_CLEAR && r->end > e->now;
}

/* Newest first: an insertion sort, as there are few. */
size_t
view_overrides(const struct engine *e, const struct override **out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < e->ndecrees; i++) {
		const struct override *o = &e->decrees[i]->said;
		size_t k = n < cap ? n : cap;

		if (!listed(e, e->decrees[i]))
			continue;
		n++;
		if (!out)
			continue;
		for (; k > 0 && out[k - 1]->at <= o->at; k--)
			if (k < cap)
				out[k] = out[k - 1];
		if (k < cap)
			out[k] = o;
	}
	return n;
}
