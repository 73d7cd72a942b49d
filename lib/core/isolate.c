#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/inside.h"

/*
 * An agent that cannot see the world reports that the world is down.  With
 * agents: configured, one whose fresh views are nearly all bad and contradicted
 * by others abstains.  Its counters are kept current by the checks that change;
 * only when two or more agents qualify at once are all checks looked through.
 */
enum { LEAST_VIEWS = 5 };

static void
adjust(struct agent *g, uint8_t bits, int by)
{
	g->fresh += (bits & COUNTED_FRESH) ? (uint32_t)by : 0;
	g->counting += (bits & COUNTED_VOTE) ? (uint32_t)by : 0;
	g->contradicted += (bits & COUNTED_CONTRADICTED) ? (uint32_t)by : 0;
}

static void
stir(struct engine *e, uint32_t agent)
{
	if (!e->events)
		return;
	e->stirred = mem_array(e->stirred, &e->stirred_cap, e->nstirred + 1, sizeof(*e->stirred));
	e->stirred[e->nstirred++] = agent;
}

static void
recount(struct engine *e, struct opinion *v, uint8_t bits)
{
	struct agent *g = e->agents[v->agent];

	if (bits == v->counted)
		return;
	adjust(g, v->counted, -1);
	adjust(g, bits, 1);
	if ((bits ^ v->counted) & COUNTED_FRESH)
		stir(e, v->agent);
	g->heard |= (v->counted & ~bits & COUNTED_FRESH) != 0;
	v->counted = bits;
}

/* Brings the counters of the agents up to date with the views of one target. */
void
isolate_count(struct engine *e, struct dom *d, struct aim *a)
{
	bool genuine = votes_genuine(d, a, e->now), seen_up = false;

	for (size_t i = 0; e->config->nagents && i < a->nviews; i++) {
		const struct opinion *v = &a->views[i];

		seen_up |= v->state == STATE_UP && opinion_fresh(v, d->config, e->now) &&
		    votes_expects(e, d, v, genuine, e->now);
	}
	for (size_t i = 0; i < a->nviews; i++) {
		struct opinion *v = &a->views[i];
		uint8_t bits = 0;

		if (opinion_fresh(v, d->config, e->now)) {
			bits = COUNTED_FRESH;
			if (votes_expects(e, d, v, genuine, e->now))
				bits |= COUNTED_VOTE;
			if (bits & COUNTED_VOTE && seen_up && v->state == STATE_DOWN)
				bits |= COUNTED_CONTRADICTED;
		}
		recount(e, v, bits);
	}
}

struct suspect {
	const struct agent *agent;
	uint32_t n, bad;
	uint16_t place;
};

static bool
qualifies(const struct suspect *s)
{
	return !s->place && s->n >= LEAST_VIEWS && (uint64_t)s->bad * 10 >= (uint64_t)s->n * 9;
}

/* Whether x comes before y: the worse share, then the agent_id. */
static bool
worse(const struct suspect *x, const struct suspect *y)
{
	uint64_t a = (uint64_t)x->bad * y->n, b = (uint64_t)y->bad * x->n;

	return a > b || (a == b && strcmp(x->agent->id, y->agent->id) < 0);
}

static struct suspect *
worst(struct suspect *s, size_t n)
{
	struct suspect *found = NULL;

	for (size_t i = 0; i < n; i++)
		if (qualifies(&s[i]) && (!found || worse(&s[i], found)))
			found = &s[i];
	return found;
}

static void
look_through(const struct aim *a, struct suspect *s)
{
	bool seen_up = false;

	for (size_t i = 0; i < a->nviews; i++)
		seen_up |= a->views[i].counted & COUNTED_VOTE && a->views[i].state == STATE_UP &&
		           !s[a->views[i].agent].place;
	for (size_t i = 0; seen_up && i < a->nviews; i++)
		s[a->views[i].agent].bad += (a->views[i].counted & COUNTED_CONTRADICTED) != 0;
}

/* What an isolated agent says contradicts nobody any more. */
static void
without_isolated(const struct engine *e, struct suspect *s)
{
	for (size_t i = 0; i < e->config->nagents; i++)
		s[i].bad = 0;
	for (size_t i = 0; i < e->config->ndomains; i++)
		for (size_t k = 0; k < e->doms[i].config->ntargets; k++)
			look_through(&e->doms[i].aims[k], s);
}

static size_t
suspects(const struct engine *e, struct suspect *s)
{
	size_t n = 0;

	for (size_t i = 0; i < e->config->nagents; i++) {
		const struct agent *g = e->agents[i];

		s[i] = (struct suspect){g, g->counting, g->contradicted, 0};
		n += qualifies(&s[i]);
	}
	return n;
}

static bool
involved(const struct engine *e, const struct aim *a, const struct suspect *s)
{
	for (size_t i = 0; i < a->nviews; i++)
		if (e->agents[a->views[i].agent]->isolated != s[a->views[i].agent].place)
			return true;
	return false;
}

/* Every target that a change concerns is judged again. */
static void
spread(struct engine *e, const struct suspect *s)
{
	for (size_t i = 0; i < e->config->ndomains; i++)
		for (size_t k = 0; k < e->doms[i].config->ntargets; k++) {
			struct aim *a = &e->doms[i].aims[k];

			if (!involved(e, a, s))
				continue;
			a->touched = true;
			engine_mark(e, &e->doms[i]);
		}
}

void
isolate(struct engine *e)
{
	size_t n = e->config->nagents, left, most, places = 0;
	struct suspect *s, *w;
	bool changed = false;

	if (!n)
		return;
	s = mem_alloc(n * sizeof(*s));
	left = suspects(e, s);
	most = (n - 1) / 2;
	while (left && places < most && (w = worst(s, n))) {
		w->place = (uint16_t)++places;
		if (--left)
			without_isolated(e, s);
	}
	for (size_t i = 0; i < n; i++)
		changed |= e->agents[i]->isolated != s[i].place;
	if (changed)
		spread(e, s);
	for (size_t i = 0; changed && i < n; i++)
		e->agents[i]->isolated = s[i].place;
	e->nisolated = places;
	free(s);
}

/*
 * Time only takes views away: nobody is isolated ever who is not contradicted
 * often enough now.  Where plain connects wait to be counted, be careful.
 */
bool
isolate_ahead(const struct engine *e)
{
	if (e->config->nagents < 3)
		return false;
	if (e->nisolated)
		return true;
	for (size_t i = 0; i < e->config->nagents; i++)
		if ((e->mixed ? e->agents[i]->fresh : e->agents[i]->contradicted) >= LEAST_VIEWS)
			return true;
	return false;
}
