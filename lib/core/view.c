#include "core/view.h"

#include <string.h>

#include "core/inside.h"

/* What has no weight is answered only where nothing else is left: then all have the same. */
static void
fill_weights(const struct domain *d, struct rrset *out)
{
	bool some_zero = false;

	for (size_t i = 0; i < out->nanswers; i++) {
		out->weights[i] = (uint16_t)domain_weight(d, &out->answers[i]);
		some_zero |= out->weights[i] == 0;
	}
	for (size_t i = 0; some_zero && i < out->nanswers; i++)
		out->weights[i] = 1;
}

/* One of them a query?  Not of the fallback, which is answered whole, be it kept or not. */
static void
fill_select(const struct dom *d, const struct choice *c, struct rrset *out)
{
	enum select select = d->config->server->select;

	out->select = SELECT_ALL;
	if (out->nanswers < 2 || c->falling || c->source == SOURCE_FALLBACK ||
	    (select != SELECT_WEIGHTED && select != SELECT_HASH))
		return;
	out->select = select;
	if (select == SELECT_WEIGHTED)
		fill_weights(d->config, out);
}

static void
fill_rrset(const struct dom *d, int f, struct rrset *out)
{
	const struct choice *c;

	if (f < d->first || f >= d->end) { /* never answered */
		out->nanswers = 0;
		out->ttl = d->config->server->ttl;
		out->source = SOURCE_NONE;
		out->select = SELECT_ALL;
		out->rcode = DECIDED_NOERROR;
		return;
	}
	c = dom_choice(d, f);
	out->nanswers = dom_answers(d, dom_set(d, SET_NOW, f), out->answers);
	out->ttl = c->ttl;
	out->source = (enum source)c->source;
	out->rcode = (enum rcode)c->rcode;
	fill_select(d, c, out);
}

/* Its answered address, else the one that is probed. */
static struct target_view
target_name(const struct target *t)
{
	bool value = t->addr.family == FAMILY_OTHER;

	return (struct target_view){
	    .value = value ? t->more->value : NULL, .addr = value ? t->more->check : t->addr,
	    .port = t->port};
}

void
view_decision(const struct engine *e, const struct domain *domain, struct decision *out)
{
	const struct dom *d = engine_dom(e, domain);

	out->at = e->now;
	out->next = -1;
	out->since = d->since;
	out->domain = domain->name;
	out->type = domain->type;
	out->max_answers = domain->server->max_answers;
	for (int f = 0; f < FAMILIES; f++)
		fill_rrset(d, f, &out->rrsets[f]);
	out->ntargets = domain->ntargets;
	for (size_t i = 0; i < domain->ntargets; i++) {
		struct tally n = votes_tally(e, d, &d->aims[i], e->now);

		out->targets[i] = target_name(&domain->targets[i]);
		out->targets[i].state = aim_said(&d->aims[i]);
		out->targets[i].ok = n.ok;
		out->targets[i].fail = n.bad;
		out->targets[i].missing = n.expected - n.ok - n.bad;
	}
}

void
engine_decision(struct engine *e, const struct domain *domain, struct decision *out)
{
	view_decision(e, domain, out);
	out->next = next_change(e, engine_dom(e, domain));
}

size_t
view_targets(const struct engine *e, const struct domain *d)
{
	(void)e;
	return d->ntargets;
}

/* Why those who are missing are, as far as they have been heard of lately. */
static void
tell_missing(const struct engine *e, const struct dom *d, const struct aim *a,
             struct target_state *out)
{
	bool genuine = votes_genuine(d, a, e->now);

	for (size_t i = 0; i < a->nviews; i++) {
		const struct opinion *v = &a->views[i];
		bool fresh = opinion_fresh(v, d->config, e->now);

		if (!votes_expects(e, d, v, genuine, e->now))
			out->connected += fresh && e->config->nagents;
		else if (fresh)
			out->isolated += e->nisolated && votes_abstains(e, d, a, v, e->now);
		else
			out->unsure += opinion_recent(v, d->config, e->now);
	}
}

void
view_target(const struct engine *e, const struct domain *domain, size_t i, struct target_state *out)
{
	const struct dom *d = engine_dom(e, domain);
	const struct aim *a = &d->aims[i];
	const struct server_rules *rules = domain->server;
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
	tell_missing(e, d, a, out);
}

void
view_reason(const struct engine *e, const struct domain *d, size_t i, char *dst, size_t cap)
{
	event_reason(e, engine_dom(e, d), i, dst, cap);
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
		.fresh_until = v->conclusive == NONE ? -1 : v->conclusive + domain->server->timeout_ms,
		.arrival = or_none(v->arrival), .period_ms = or_none(v->period),
		.latency_ms = v->latency,
		.reason = reason_text(&e->reasons, v->reason),
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
	const struct dom *dom = engine_dom(e, d);
	const struct choice *c;

	*out = (struct rrset_view){RULE_NO_TARGETS, 0, dom->since};
	if ((int)f < dom->first || f >= dom->end)
		return;
	c = dom_choice(dom, f);
	*out = (struct rrset_view){(enum rule)c->rule, c->tier, c->since};
}

static bool
listed(const struct engine *e, const struct decree *r)
{
	return r->said.state != OVERRIDE_CLEAR && r->end > e->now;
}

/* Newest first: an insertion sort, as they came nearly in order. */
size_t
view_overrides(const struct engine *e, const struct override **out, size_t cap)
{
	size_t n = 0;

	for (const struct decree *r = e->last_decree; r; r = r->before) {
		const struct override *o = &r->said;
		size_t k = n < cap ? n : cap;

		if (!listed(e, r))
			continue;
		n++;
		if (!out)
			continue;
		for (; k > 0 && out[k - 1]->at < o->at; k--)
			if (k < cap)
				out[k] = out[k - 1];
		if (k < cap)
			out[k] = o;
	}
	return n;
}
