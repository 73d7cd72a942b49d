#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/inside.h"

/* The i-th address of a domain: its targets, then its fallback list. */
static const struct addr *
nth(const struct domain *d, size_t i)
{
	return i < d->ntargets ? &d->targets[i].addr : &d->fallback[i - d->ntargets];
}

/* Gives each distinct address a bit; the names of a domain are few. */
static void
name_addresses(struct dom *d)
{
	const struct domain *c = d->config;
	size_t all = c->ntargets + c->nfallback;

	for (size_t i = 0; i < all; i++) {
		uint16_t bit = 0;

		while (bit < d->nnames && !addr_equal(nth(c, d->names[bit]), nth(c, i)))
			bit++;
		if (bit == d->nnames)
			d->names[d->nnames++] = (uint16_t)i;
		else if (i < c->ntargets)
			d->shared = true;
		if (i < c->ntargets)
			d->aims[i].name = bit;
		else
			d->names[all + i - c->ntargets] = bit;
	}
	/* The bits of the fallbacks stand right behind the names. */
	memmove(d->names + d->nnames, d->names + all, c->nfallback * sizeof(*d->names));
}

static uint16_t
expected_agents(const struct config *c, const struct domain *d)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nagents; i++)
		n += config_tags_match(d, (const char *const *)c->agents[i].tags,
		                       c->agents[i].ntags);
	return (uint16_t)(n > UINT16_MAX ? UINT16_MAX : n);
}

static size_t
words_of(const struct domain *d)
{
	return (d->ntargets + d->nfallback + 63) / 64;
}

static void
start(struct engine *e, struct dom *d)
{
	d->wake = NEVER;
	d->since = e->now;
	d->expected = expected_agents(e->config, d->config);
	d->by_time = true;
	for (int f = 0; f < FAMILIES; f++)
		d->choice[f].since = e->now;
	for (size_t i = 0; i < d->config->ntargets; i++) {
		struct aim *a = &d->aims[i];

		a->since = e->now;
		a->wake = NEVER;
		a->undetermined = a->up_since = a->latched = NONE;
		a->touched = a->anew = a->unborn = true;
	}
	name_addresses(d);
}

void
build_doms(struct engine *e)
{
	const struct config *c = e->config;
	size_t naims = 0, nsets = 0, nnames = 0;

	for (size_t i = 0; i < c->ndomains; i++) {
		const struct domain *d = &c->domains[i];

		naims += d->ntargets;
		nsets += SETS * FAMILIES * words_of(d);
		nnames += d->ntargets + 2 * d->nfallback;
	}
	e->doms = mem_alloc(c->ndomains * sizeof(*e->doms));
	e->aims = mem_alloc(naims * sizeof(*e->aims));
	e->sets = mem_alloc(nsets * sizeof(*e->sets));
	e->names = mem_alloc(nnames * sizeof(*e->names));
	e->heap = mem_alloc(c->ndomains * sizeof(*e->heap));
	e->dirty = mem_alloc(c->ndomains * sizeof(*e->dirty));
	naims = nsets = nnames = 0;
	for (size_t i = 0; i < c->ndomains; i++) {
		struct dom *d = &e->doms[i];

		d->config = &c->domains[i];
		d->words = (uint16_t)words_of(d->config);
		d->aims = e->aims + naims;
		d->sets = e->sets + nsets;
		d->names = e->names + nnames;
		naims += d->config->ntargets;
		nsets += SETS * FAMILIES * (size_t)d->words;
		nnames += d->config->ntargets + 2 * d->config->nfallback;
		start(e, d);
	}
}

static void
free_views(struct aim *a)
{
	for (size_t i = 0; i < a->nviews; i++)
		free(a->views[i].reason);
	free(a->views);
}

void
build_free(struct engine *e)
{
	for (size_t i = 0; i < e->config->ndomains; i++) {
		for (size_t k = 0; k < e->doms[i].config->ntargets; k++)
			free_views(&e->doms[i].aims[k]);
		free(e->doms[i].decrees);
	}
	free(e->doms);
	free(e->aims);
	free(e->sets);
	free(e->names);
	free(e->heap);
	free(e->dirty);
}
