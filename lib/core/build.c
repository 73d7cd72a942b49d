#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/inside.h"

/* The i-th answer of a domain: its targets, then its fallback list. */
static struct answer
nth(const struct domain *d, size_t i)
{
	return i < d->ntargets ? target_answer(&d->targets[i]) : d->fallback[i - d->ntargets];
}

static uint16_t
bit_of(const struct dom *d, const struct answer *a)
{
	uint16_t bit = 0;

	for (; bit < d->nnames; bit++) {
		struct answer known = nth(d->config, d->names[bit]);

		if (answer_equal(&known, a))
			break;
	}
	return bit;
}

/* Gives each distinct answer a bit; the names of a domain are few. */
static void
name_answers(struct dom *d)
{
	const struct domain *c = d->config;
	size_t all = c->ntargets + c->nfallback;

	for (size_t i = 0; i < all; i++) {
		struct answer a = nth(c, i);
		uint16_t bit = bit_of(d, &a);

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

static size_t
families_of(const struct domain *d)
{
	int first, end = domain_families(d, &first);

	return (size_t)(end - first);
}

static void
start(struct engine *e, struct dom *d)
{
	d->wake = NEVER;
	d->since = e->now;
	d->expected = expected_agents(e->config, d->config);
	d->by_time = true;
	for (int f = d->first; f < d->end; f++)
		dom_choice(d, f)->since = e->now;
	for (size_t i = 0; i < d->config->ntargets; i++) {
		struct aim *a = &d->aims[i];

		a->since = e->now;
		a->wake = NEVER;
		a->undetermined = a->up_since = a->latched = NONE;
		a->touched = a->anew = a->unborn = true;
	}
	name_answers(d);
}

void
build_doms(struct engine *e)
{
	const struct config *c = e->config;
	size_t naims = 0, nsets = 0, nnames = 0, nchoices = 0;

	for (size_t i = 0; i < c->ndomains; i++) {
		const struct domain *d = &c->domains[i];
		size_t families = families_of(d);

		naims += d->ntargets;
		nchoices += families;
		nsets += SETS * families * words_of(d);
		nnames += d->ntargets + 2 * d->nfallback;
	}
	e->doms = mem_alloc(c->ndomains * sizeof(*e->doms));
	e->aims = mem_alloc(naims * sizeof(*e->aims));
	e->sets = mem_alloc(nsets * sizeof(*e->sets));
	e->names = mem_alloc(nnames * sizeof(*e->names));
	e->choices = mem_alloc(nchoices * sizeof(*e->choices));
	e->heap = mem_alloc(c->ndomains * sizeof(*e->heap));
	e->dirty = mem_alloc(c->ndomains * sizeof(*e->dirty));
	naims = nsets = nnames = nchoices = 0;
	for (size_t i = 0; i < c->ndomains; i++) {
		struct dom *d = &e->doms[i];
		int first;

		d->config = &c->domains[i];
		d->end = (uint8_t)domain_families(d->config, &first);
		d->first = (uint8_t)first;
		d->words = (uint16_t)words_of(d->config);
		d->aims = e->aims + naims;
		d->sets = e->sets + nsets;
		d->names = e->names + nnames;
		d->choices = e->choices + nchoices;
		nchoices += (size_t)(d->end - d->first);
		naims += d->config->ntargets;
		nsets += dom_sets(d);
		nnames += d->config->ntargets + 2 * d->config->nfallback;
		start(e, d);
	}
}

void
build_free(struct engine *e)
{
	for (size_t i = 0; i < e->config->ndomains; i++) {
		for (size_t k = 0; k < e->doms[i].config->ntargets; k++)
			free(e->doms[i].aims[k].views);
		free(e->doms[i].decrees);
	}
	reasons_free(&e->reasons);
	free(e->doms);
	free(e->aims);
	free(e->sets);
	free(e->names);
	free(e->choices);
	free(e->heap);
	free(e->dirty);
}
