#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/inside.h"

/*
 * The future of a domain if nothing more is reported: a copy of what judging
 * writes, run through its own deadlines.  Views are facts and stay.
 */

/* Judges the copy at its next deadline; true if an answer or source changed. */
static bool
step(const struct engine *e, struct dom *d, int64_t t)
{
	unsigned what = 0;
	bool ttl;

	for (size_t i = 0; i < d->config->ntargets; i++)
		if (d->aims[i].wake <= t)
			what |= judge_target(e, d, i, t);
	judge_wake(d);
	return what & JUDGED_RANK && choose(d, t, &ttl);
}

static int64_t
alone(const struct engine *e, const struct dom *d)
{
	size_t naims = d->config->ntargets, nsets = dom_sets(d), n = (size_t)(d->end - d->first);
	struct dom copy = *d;
	int64_t t = NEVER;

	if (d->wake == NEVER)
		return -1;
	copy.aims = mem_alloc(naims * sizeof(*copy.aims) + nsets * sizeof(*copy.sets) +
	                      n * sizeof(*copy.choices));
	copy.sets = (uint64_t *)(void *)(copy.aims + naims);
	copy.choices = (struct choice *)(void *)(copy.sets + nsets);
	memcpy(copy.aims, d->aims, naims * sizeof(*copy.aims));
	memcpy(copy.sets, d->sets, nsets * sizeof(*copy.sets));
	memcpy(copy.choices, d->choices, n * sizeof(*copy.choices));
	copy.by_time = true;
	do
		t = copy.wake;
	while (t != NEVER && !step(e, &copy, t));
	free(copy.aims);
	return t == NEVER ? -1 : t;
}

/*
 * Isolation binds the domains together: where it may come or go by time, the
 * whole engine is copied and run forward, once for all domains.
 */
struct copy {
	struct engine e;
	struct opinion *views;
	struct agent *agents;
};

static void *
duplicate(const void *p, size_t n)
{
	void *q = mem_alloc(n);

	if (n)
		memcpy(q, p, n);
	return q;
}

static size_t
count_views(const struct engine *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->config->ndomains; i++)
		for (size_t k = 0; k < e->doms[i].config->ntargets; k++)
			n += e->doms[i].aims[k].nviews;
	return n;
}

/* Config, names, overrides and texts are shared: running forward only reads them. */
static void
copy_doms(struct copy *c, const struct engine *e, size_t nviews)
{
	size_t n = e->config->ndomains, naims = 0, nsets = 0, nchoices = 0;
	struct opinion *v = c->views = mem_alloc(nviews * sizeof(*v));

	for (size_t i = 0; i < n; i++) {
		naims += e->doms[i].config->ntargets;
		nsets += dom_sets(&e->doms[i]);
		nchoices += (size_t)(e->doms[i].end - e->doms[i].first);
	}
	c->e.doms = duplicate(e->doms, n * sizeof(*e->doms));
	c->e.aims = duplicate(e->aims, naims * sizeof(*e->aims));
	c->e.sets = duplicate(e->sets, nsets * sizeof(*e->sets));
	c->e.choices = duplicate(e->choices, nchoices * sizeof(*e->choices));
	c->e.heap = duplicate(e->heap, n * sizeof(*e->heap));
	c->e.dirty = mem_alloc(n * sizeof(*e->dirty));
	for (size_t i = 0; i < n; i++) {
		c->e.doms[i].aims = c->e.aims + (e->doms[i].aims - e->aims);
		c->e.doms[i].sets = c->e.sets + (e->doms[i].sets - e->sets);
		c->e.doms[i].choices = c->e.choices + (e->doms[i].choices - e->choices);
	}
	for (size_t i = 0; i < naims; i++) {
		struct aim *a = &c->e.aims[i];

		if (a->nviews)
			memcpy(v, a->views, a->nviews * sizeof(*v));
		a->views = v;
		v += a->nviews;
	}
}

static void
copy_init(struct copy *c, const struct engine *e, size_t nviews)
{
	c->e = *e;
	copy_doms(c, e, nviews);
	c->agents = mem_alloc(e->nagents * sizeof(*c->agents));
	c->e.agents = mem_alloc(e->nagents * sizeof(*c->e.agents));
	for (size_t i = 0; i < e->nagents; i++) {
		c->agents[i] = *e->agents[i];
		c->e.agents[i] = &c->agents[i];
	}
	c->e.changed = c->e.stirred = NULL;
	c->e.nchanged = c->e.changed_at = c->e.changed_cap = c->e.nstirred = c->e.stirred_cap = 0;
	c->e.events = false;
	c->e.future = NULL;
}

static void
copy_free(struct copy *c)
{
	free(c->e.doms);
	free(c->e.aims);
	free(c->e.sets);
	free(c->e.choices);
	free(c->e.heap);
	free(c->e.dirty);
	free(c->e.agents);
	free(c->e.changed);
	free(c->views);
	free(c->agents);
}

static bool
differs(const struct dom *a, const struct dom *b)
{
	for (int f = a->first; f < a->end; f++)
		if (!dom_says(a, f, dom_set(b, SET_NOW, f), dom_choice(b, f)))
			return true;
	return false;
}

/* Notes for each domain the first instant of the copy's life at which it is not what it is now. */
static void
live(struct copy *c, struct engine *e)
{
	const struct domain *d;
	int64_t t;

	for (size_t i = 0; i < e->config->ndomains; i++) {
		e->future[i] = -1;
		c->e.doms[i].changed = false;
	}
	while ((t = deadline_first(&c->e)) != NEVER) {
		engine_advance(&c->e, t);
		while (engine_changed(&c->e, &d))
			if (e->future[d->index] < 0 &&
			    differs(&c->e.doms[d->index], &e->doms[d->index]))
				e->future[d->index] = t;
	}
}

enum { MOST_VIEWS = 100000 }; /* beyond, isolation is taken as it stands */

static bool
together(struct engine *e)
{
	struct copy c;
	size_t nviews;

	if (e->future)
		return true;
	if (e->ndirty || (nviews = count_views(e)) > MOST_VIEWS)
		return false;
	e->future = mem_alloc(e->config->ndomains * sizeof(*e->future));
	copy_init(&c, e, nviews);
	live(&c, e);
	copy_free(&c);
	return true;
}

int64_t
next_change(struct engine *e, const struct dom *d)
{
	if (isolate_ahead(e) && together(e))
		return e->future[d - e->doms];
	return alone(e, d);
}
