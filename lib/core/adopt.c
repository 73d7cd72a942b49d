#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/inside.h"

/* What another engine knew (save.c), taken into one of this config. */

static void
load_view(struct engine *e, struct dom *d, struct aim *a, const struct saved_view *from,
          bool by_connect)
{
	bool tcp = d->config->probe->type != PROBE_TCP && (from->tcp || by_connect), before;
	struct opinion *v;
	uint32_t agent;

	if (!engine_serves(e->config, d->config, from->agent))
		return;
	agent = engine_agent(e, from->agent);
	before = dom_heard(d, agent);
	if (fold_find(a, agent) || (!before && d->nagents >= LIMIT_AGENTS_PER_DOMAIN))
		return;
	d->nagents += !before;
	v = fold_insert(a, agent);
	*v = (struct opinion){
		.inc = from->inc, .seq = from->seq, .last = from->last, .conclusive = from->conclusive,
		.arrival = from->arrival, .period = from->period, .latency = from->latency,
		.reason = reason_take(&e->reasons, from->reason), .agent = agent,
		.oks = (uint16_t)from->oks, .fails = (uint16_t)from->fails,
		.state = (uint8_t)from->state, .status = (uint8_t)from->status,
		.skew = from->skew, .dated = from->dated, .tcp = tcp,
	};
	a->mixed |= tcp;
	e->mixed |= tcp;
}

static void
load_state(struct aim *a, const struct saved_target *o)
{
	a->since = o->since;
	a->undetermined = o->undetermined;
	a->up_since = o->up_since;
	a->latched = o->latched;
	a->votes = (uint8_t)o->votes;
	a->determined = (uint8_t)o->determined;
	a->state = (uint8_t)o->state;
	a->delayed = o->delayed;
}

/* The override a target was under is no news to it. */
static void
load_target(struct engine *e, struct dom *d, const struct saved_target *o, bool by_connect)
{
	const struct target *g = config_keyed_target(d->config, &o->key);
	int64_t wake = NEVER;
	struct aim *a;

	if (!g)
		return;
	a = &d->aims[g - d->config->targets];
	for (size_t i = 0; i < o->nviews; i++)
		load_view(e, d, a, &o->views[i], by_connect);
	load_state(a, o);
	if (o->overridden)
		a->override = decree_pick(d, g, e->now, &wake);
	isolate_count(e, d, a);
}

/* The bit of an answer, d->nnames: the config has it no more. */
static size_t
name_bit(const struct dom *d, const struct answer *a)
{
	size_t bit = 0;

	for (; bit < d->nnames; bit++) {
		struct answer name = dom_name(d, bit);

		if (answer_equal(&name, a))
			break;
	}
	return bit;
}

/* How many of the answers there still are. */
static size_t
load_set(struct dom *d, int which, int f, const struct saved_answers *from)
{
	uint64_t *set = dom_set(d, which, f);
	size_t found = 0;

	memset(set, 0, d->words * sizeof(*set));
	for (size_t i = 0; i < from->n; i++) {
		size_t bit = name_bit(d, &from->list[i]);

		if (bit == d->nnames)
			continue;
		set[bit / 64] |= UINT64_C(1) << (bit % 64);
		found++;
	}
	return found;
}

/* What is remembered of an answer of which nothing is left is not an empty answer: it is none. */
static bool
load_memory(struct dom *d, int which, int f, bool any, const struct saved_answers *from)
{
	size_t found = load_set(d, which, f, from);

	return any && (found || !from->n);
}

static void
load_rrset(struct dom *d, int f, const struct saved_rrset *r)
{
	struct choice *c = dom_choice(d, f);

	c->since = r->since;
	c->source = (uint8_t)r->source;
	c->rcode = (uint8_t)r->rcode;
	c->ttl = r->ttl;
	c->kept_ttl = r->kept_ttl;
	c->kept_falling = r->kept_falling;
	c->kept_rcode = (uint8_t)r->kept_rcode;
	/*
	 * An answer that cannot be said any more counts as none at all, so that the next is a
	 * change.
	 */
	if (load_set(d, SET_NOW, f, &r->now) < r->now.n)
		c->source = SOURCE_NONE;
	c->kept = load_memory(d, SET_KEEP, f, r->kept, &r->keep);
	c->lasted = load_memory(d, SET_LAST, f, r->lasted, &r->last);
}

void
engine_load_agent(struct engine *e, const struct saved_agent *a)
{
	uint32_t known;

	if (e->config->nagents && !config_agent(e->config, a->id))
		return;
	known = engine_agent(e, a->id);
	e->agents[known]->live = a->live;
	e->agents[known]->heard |= a->heard;
}

void
engine_load_override(struct engine *e, const struct saved_override *o)
{
	struct decree *r = mem_alloc(sizeof(*r));

	r->said = o->said;
	if (target_pattern_parse(o->said.target, &r->what)) {
		free(r);
		return;
	}
	r->start = o->start;
	r->end = o->said.state == OVERRIDE_CLEAR ? o->start : o->end;
	r->serial = o->serial;
	if (r->serial > e->serial)
		e->serial = r->serial;
	decree_attach(e, r);
}

void
engine_load_domain(struct engine *e, const struct saved_domain *from)
{
	const struct domain *c = map_gets(&e->config->by_name, from->name);
	bool by_connect;
	struct dom *d;

	if (!c)
		return;
	d = engine_dom(e, c);
	by_connect = from->probe == PROBE_TCP && c->probe->type != PROBE_TCP;
	d->since = from->since;
	for (int f = d->first; f < d->end; f++)
		if (from->rrsets[f].there)
			load_rrset(d, f, &from->rrsets[f]);
	for (size_t i = 0; i < from->ntargets; i++)
		load_target(e, d, &from->targets[i], by_connect);
}

void
engine_load_end(struct engine *e)
{
	for (size_t i = 0; i < e->config->ndomains; i++) {
		struct dom *d = &e->doms[i];

		for (size_t k = 0; k < d->config->ntargets; k++)
			d->aims[k].touched = d->aims[k].anew = true;
		engine_mark(e, d);
	}
	engine_settle(e);
}

static void
adopt_agent(void *e, const struct saved_agent *a)
{
	engine_load_agent(e, a);
}

static void
adopt_override(void *e, const struct saved_override *o)
{
	engine_load_override(e, o);
}

static void
adopt_domain(void *e, const struct saved_domain *d)
{
	engine_load_domain(e, d);
}

/* Of two configs only the outcome is told: which rule did it is for people who compare them. */
static void
tell_changes(struct engine *e, const struct engine *old)
{
	const struct domain *d;

	for (size_t i = 0; i < e->config->ndomains; i++) {
		d = map_gets(&old->config->by_name, e->doms[i].config->name);
		event_config(e, d ? engine_dom(old, d) : NULL, &e->doms[i]);
	}
	for (size_t i = 0; i < old->config->ndomains; i++)
		if (!map_gets(&e->config->by_name, old->doms[i].config->name))
			event_config(e, &old->doms[i], NULL);
}

void
engine_adopt(struct engine *e, const struct engine *old)
{
	struct saved_calls into = {e, adopt_agent, adopt_override, adopt_domain};
	bool events = e->events;

	e->events = false;
	if (old->now > e->now)
		e->now = old->now;
	engine_save(old, &into);
	engine_load_end(e);
	e->events = events;
	if (events)
		tell_changes(e, old);
}
