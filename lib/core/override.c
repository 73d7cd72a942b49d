#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/inside.h"

static bool
names(const struct decree *r, const struct target *g)
{
	return target_pattern_matches(&r->what, g);
}

static bool
own(const struct decree *r)
{
	return r->said.target[0] != '\0';
}

static bool
newer(const struct decree *a, const struct decree *b)
{
	return a->said.at > b->said.at || (a->said.at == b->said.at && a->serial > b->serial);
}

/* A target's own wins over its domain's; of two of a kind, the operator's last word. */
static bool
wins(const struct decree *a, const struct decree *b)
{
	if (own(a) != own(b))
		return own(a);
	return newer(a, b);
}

/* The override in force at t; *wake is lowered to the next instant at which that may change. */
const struct decree *
decree_pick(const struct dom *d, const struct target *g, int64_t t, int64_t *wake)
{
	const struct decree *best = NULL;

	for (size_t i = 0; i < d->ndecrees; i++) {
		const struct decree *r = d->decrees[i];

		if (!names(r, g))
			continue;
		if (r->start > t) {
			if (r->start < *wake)
				*wake = r->start;
		} else if (t < r->end) {
			if (r->end < *wake)
				*wake = r->end;
			if (!best || wins(r, best))
				best = r;
		}
	}
	return best;
}

bool
decree_clears(const struct dom *d, const struct target *g, int64_t from, int64_t t)
{
	for (size_t i = 0; i < d->ndecrees; i++) {
		const struct decree *r = d->decrees[i];

		if (r->said.state == OVERRIDE_CLEAR && r->start >= from && r->start <= t &&
		    names(r, g))
			return true;
	}
	return false;
}

/* Enters r with the domain; returns how many of its targets it names. */
static size_t
attach(struct engine *e, struct dom *d, struct decree *r)
{
	size_t n = 0;

	for (size_t i = 0; i < d->config->ntargets; i++) {
		if (!names(r, &d->config->targets[i]))
			continue;
		d->aims[i].touched = true;
		n++;
	}
	if (!n)
		return 0;
	d->decrees = mem_resize(d->decrees, (d->ndecrees + 1) * sizeof(*d->decrees));
	d->decrees[d->ndecrees++] = r;
	engine_mark(e, d);
	return n;
}

size_t
decree_attach(struct engine *e, struct decree *r)
{
	const struct domain *only;
	size_t n = 0;

	e->decrees = mem_array(e->decrees, &e->decrees_cap, e->ndecrees + 1, sizeof(*e->decrees));
	e->decrees[e->ndecrees++] = r;
	if (r->said.domain[0]) {
		only = config_domain(e->config, r->said.domain);
		return only ? attach(e, engine_dom(e, only), r) : 0;
	}
	for (size_t i = 0; i < e->config->ndomains; i++)
		n += attach(e, &e->doms[i], r);
	return n;
}

static bool
same_key(const struct decree *a, const struct decree *b)
{
	return !strcmp(a->said.domain, b->said.domain) && target_pattern_equal(&a->what, &b->what);
}

/* For each pair of the same key, the newer one ends the older for good. */
static void
succeed(struct engine *e, struct decree *r)
{
	for (size_t i = 0; i < e->ndecrees; i++) {
		struct decree *other = e->decrees[i];

		if (!same_key(other, r))
			continue;
		if (newer(r, other)) {
			if (r->start < other->end)
				other->end = r->start;
		} else if (other->start < r->end) {
			r->end = other->start;
		}
	}
}

/*
 * Lets go of what is over and replaced. The newest record of a key stays, so
 * that an older one that comes late does not revive.
 */
static bool
over(const struct engine *e, const struct decree *r)
{
	/* What began or ended in this instant is still to be judged. */
	if (r->end >= e->now || r->start >= e->now)
		return false;
	for (size_t i = 0; i < e->ndecrees; i++)
		if (e->decrees[i] != r && same_key(e->decrees[i], r) && newer(e->decrees[i], r) &&
		    e->decrees[i]->start < e->now)
			return true;
	return false;
}

static void
detach(struct engine *e, const struct decree *r)
{
	for (size_t i = 0; i < e->config->ndomains; i++) {
		struct dom *d = &e->doms[i];
		uint32_t n = 0;

		for (uint32_t k = 0; k < d->ndecrees; k++)
			if (d->decrees[k] != r)
				d->decrees[n++] = d->decrees[k];
		d->ndecrees = n;
	}
}

static void
prune(struct engine *e)
{
	for (size_t i = 0; i < e->ndecrees;) {
		struct decree *r = e->decrees[i];

		if (!over(e, r)) {
			i++;
			continue;
		}
		detach(e, r);
		memmove(&e->decrees[i], &e->decrees[i + 1],
		        (e->ndecrees - i - 1) * sizeof(*e->decrees));
		e->ndecrees--;
		free(r);
	}
}

size_t
engine_override(struct engine *e, const struct override *o)
{
	struct decree *r = mem_alloc(sizeof(*r));

	r->said = *o;
	if (target_pattern_parse(o->target, &r->what)) {
		free(r);
		return 0;
	}
	if (o->at == e->now + 1)
		engine_enter(e, o->at);
	prune(e);
	r->start = o->at > e->now ? o->at : e->now;
	r->end = o->state == OVERRIDE_CLEAR || o->until < r->start ? r->start : o->until;
	r->serial = ++e->serial;
	succeed(e, r);
	return decree_attach(e, r);
}
