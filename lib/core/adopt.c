#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/inside.h"

/* The same target in the old config, NULL: it is new. */
static const struct aim *
old_aim(const struct dom *was, const struct target *g)
{
	const struct target *o = config_same_target(was->config, g);

	return o ? &was->aims[o - was->config->targets] : NULL;
}

static bool
may_report(const struct engine *e, const struct domain *d, const char *id)
{
	const struct agent_binding *b;

	if (!e->config->nagents)
		return true;
	b = config_agent(e->config, id);
	return b && config_tags_match(d, (const char *const *)b->tags, b->ntags);
}

static void
adopt_views(struct engine *e, const struct engine *old, struct dom *d, const struct dom *was,
            struct aim *a, const struct aim *o)
{
	bool by_connect =
	    was->config->probe->type == PROBE_TCP && d->config->probe->type != PROBE_TCP;

	for (size_t i = 0; i < o->nviews; i++) {
		const struct opinion *from = &o->views[i];
		const char *id = old->agents[from->agent]->id;
		struct opinion *v;

		if (!may_report(e, d->config, id))
			continue;
		v = fold_insert(a, engine_agent(e, id));
		*v = (struct opinion){
			.inc = from->inc, .seq = from->seq, .last = from->last, .conclusive = from->conclusive,
			.arrival = from->arrival, .period = from->period, .latency = from->latency,
			.reason = reason_take(&e->reasons, reason_text(&old->reasons, from->reason)),
			.agent = v->agent,
			.oks = from->oks, .fails = from->fails, .state = from->state, .status = from->status,
			.skew = from->skew, .dated = from->dated, .tcp = d->config->probe->type != PROBE_TCP && (from->tcp || by_connect),
		};
		a->mixed |= v->tcp;
		e->mixed |= v->tcp;
	}
}

static void
adopt_state(struct aim *a, const struct aim *o)
{
	a->since = o->since;
	a->undetermined = o->undetermined;
	a->up_since = o->up_since;
	a->latched = o->latched;
	a->votes = o->votes;
	a->determined = o->determined;
	a->state = o->state;
	a->delayed = o->delayed;
}

/* A set of the old config's answers in the new one's; false if some is gone. */
static bool
adopt_set(struct dom *d, const struct dom *was, int which, int f)
{
	struct answer a[LIMIT_TARGETS + LIMIT_FALLBACK];
	size_t n = dom_answers(was, dom_set(was, which, f), a), found = 0;
	uint64_t *set = dom_set(d, which, f);

	memset(set, 0, d->words * sizeof(*set));
	for (size_t i = 0; i < n; i++)
		for (size_t bit = 0; bit < d->nnames; bit++) {
			struct answer name = dom_name(d, bit);

			if (answer_equal(&name, &a[i])) {
				set[bit / 64] |= UINT64_C(1) << (bit % 64);
				found++;
			}
		}
	return found == n;
}

/* What is remembered of an answer of which nothing is left is not an empty answer: it is none. */
static bool
adopt_memory(struct dom *d, const struct dom *was, int which, int f)
{
	struct answer a[LIMIT_TARGETS];

	return adopt_set(d, was, which, f) || dom_answers(d, dom_set(d, which, f), a);
}

static void
adopt_choice(struct dom *d, const struct dom *was, int f)
{
	struct choice *c = dom_choice(d, f);

	if (f < was->first || f >= was->end)
		return; /* a family that it did not have */
	*c = *dom_choice(was, f);
	/*
	 * An answer that cannot be said any more counts as none at all, so that the next is a
	 * change.
	 */
	if (!adopt_set(d, was, SET_NOW, f))
		c->source = SOURCE_NONE;
	c->kept = adopt_memory(d, was, SET_KEEP, f) && c->kept;
	c->lasted = adopt_memory(d, was, SET_LAST, f) && c->lasted;
}

static void
count_agents(struct engine *e, struct dom *d)
{
	for (uint32_t g = 0; g < e->nagents; g++)
		for (size_t i = 0; i < d->config->ntargets; i++)
			if (fold_find(&d->aims[i], g)) {
				d->nagents++;
				break;
			}
}

/* The override a target was under is no news to it. */
static void
adopt_override(struct dom *d, size_t i, const struct aim *o, int64_t now)
{
	int64_t wake = NEVER;

	if (o->override)
		d->aims[i].override = decree_pick(d, &d->config->targets[i], now, &wake);
}

static void
adopt_domain(struct engine *e, const struct engine *old, struct dom *d)
{
	const struct domain *c = map_gets(&old->config->by_name, d->config->name);
	const struct dom *was;

	if (!c)
		return;
	was = engine_dom(old, c);
	d->since = was->since;
	for (int f = d->first; f < d->end; f++)
		adopt_choice(d, was, f);
	for (size_t i = 0; i < d->config->ntargets; i++) {
		const struct aim *o = old_aim(was, &d->config->targets[i]);

		if (!o)
			continue;
		adopt_views(e, old, d, was, &d->aims[i], o);
		adopt_state(&d->aims[i], o);
		adopt_override(d, i, o, e->now);
		isolate_count(e, d, &d->aims[i]);
	}
	count_agents(e, d);
}

static void
adopt_decrees(struct engine *e, const struct engine *old)
{
	for (size_t i = 0; i < old->ndecrees; i++) {
		struct decree *r = mem_alloc(sizeof(*r));

		*r = *old->decrees[i];
		decree_attach(e, r);
	}
	e->serial = old->serial;
}

/* Who was alive is no news. */
static void
adopt_liveness(struct engine *e, const struct engine *old)
{
	for (size_t i = 0; i < old->nagents; i++) {
		uintptr_t known = (uintptr_t)map_gets(&e->by_id, old->agents[i]->id);

		if (known)
			e->agents[known - 1]->live = old->agents[i]->fresh > 0;
	}
}

void
engine_adopt(struct engine *e, const struct engine *old)
{
	if (old->now > e->now)
		e->now = old->now;
	adopt_decrees(e, old);
	for (size_t i = 0; i < e->config->ndomains; i++) {
		struct dom *d = &e->doms[i];

		adopt_domain(e, old, d);
		for (size_t k = 0; k < d->config->ntargets; k++)
			d->aims[k].touched = d->aims[k].anew = true;
		engine_mark(e, d);
	}
	adopt_liveness(e, old);
	engine_settle(e);
}
