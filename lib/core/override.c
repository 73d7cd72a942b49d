#include <stdio.h>
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

/* ---- those of one scope */

/* One text for all ways to write it: "www.failover 0 192.0.2.0/24 80". */
static void
scope_text(char *dst, size_t cap, const struct decree *r)
{
	const struct target_pattern *p = &r->what;
	char net[ADDR_TEXT] = "";

	if (p->kind == PATTERN_NET)
		addr_format(net, &p->net.addr);
	snprintf(dst, cap, "%s %d %s/%d %d %s", r->said.domain, (int)p->kind, net,
	         p->kind == PATTERN_NET ? p->net.bits : 0, p->port,
	         p->kind == PATTERN_NET ? "" : *p->name ? p->name : p->text);
}

static struct scope *
scope_of(struct engine *e, const struct decree *r)
{
	char text[LIMIT_NAME + ADDR_TEXT + OVERRIDE_TARGET + 40];
	struct scope *p;

	scope_text(text, sizeof(text), r);
	p = map_gets(&e->scopes, text);
	if (!p) {
		p = mem_alloc(sizeof(*p) + strlen(text) + 1);
		strcpy(p->text, text);
		*map_puts(&e->scopes, p->text) = p;
	}
	return p;
}

size_t
decree_attach(struct engine *e, struct decree *r)
{
	const struct domain *only;
	size_t n = 0;

	if (!r->scope)
		r->scope = scope_of(e, r);
	r->next = r->scope->decrees;
	r->scope->decrees = r;
	r->before = e->last_decree;
	*(r->before ? &r->before->after : &e->first_decree) = r;
	e->last_decree = r;
	if (r->said.domain[0]) {
		only = config_domain(e->config, r->said.domain);
		return only ? attach(e, engine_dom(e, only), r) : 0;
	}
	for (size_t i = 0; i < e->config->ndomains; i++)
		n += attach(e, &e->doms[i], r);
	return n;
}

static void
detach(struct dom *d, const struct decree *r)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < d->ndecrees; k++)
		if (d->decrees[k] != r)
			d->decrees[n++] = d->decrees[k];
	d->ndecrees = n;
}

/* All but its being of a scope. */
static void
forget(struct engine *e, struct decree *r)
{
	const struct domain *only = config_domain(e->config, r->said.domain);

	if (only)
		detach(engine_dom(e, only), r);
	for (size_t i = 0; !r->said.domain[0] && i < e->config->ndomains; i++)
		detach(&e->doms[i], r);
	*(r->before ? &r->before->after : &e->first_decree) = r->after;
	*(r->after ? &r->after->before : &e->last_decree) = r->before;
	free(r);
}

void
decrees_free(struct engine *e)
{
	const struct map_slot *slot;
	struct decree *r;

	while ((r = e->first_decree)) {
		e->first_decree = r->after;
		free(r);
	}
	for (size_t i = 0; (slot = map_next(&e->scopes, &i));)
		free(slot->value);
	map_free(&e->scopes);
}

/* For each pair of the same scope, the newer one ends the older for good. */
static void
succeed(struct decree *r)
{
	for (struct decree *other = r->scope->decrees; other; other = other->next) {
		if (newer(r, other)) {
			if (r->start < other->end)
				other->end = r->start;
		} else if (other->start < r->end) {
			r->end = other->start;
		}
	}
}

static bool
over(const struct engine *e, const struct decree *r)
{
	/* What began or ended in this instant is still to be judged. */
	if (r->end >= e->now || r->start >= e->now)
		return false;
	for (const struct decree *other = r->scope->decrees; other; other = other->next)
		if (other != r && newer(other, r) && other->start < e->now)
			return true;
	return false;
}

/*
 * Lets go of what is over and replaced. The newest record of a scope stays, so
 * that an older one that comes late does not revive.
 */
static void
prune(struct engine *e, struct scope *p)
{
	for (struct decree **at = &p->decrees, *r; (r = *at);) {
		if (over(e, r)) {
			*at = r->next;
			forget(e, r);
		} else {
			at = &r->next;
		}
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
	r->scope = scope_of(e, r);
	prune(e, r->scope);
	r->start = o->at > e->now ? o->at : e->now;
	r->end = o->state == OVERRIDE_CLEAR || o->until < r->start ? r->start : o->until;
	r->serial = ++e->serial;
	succeed(r);
	return decree_attach(e, r);
}
