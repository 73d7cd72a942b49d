#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/advise.h"
#include "model/name.h"

/*
 * Where CNAMEs and SRV records lead inside of our own zones: round in a ring, or
 * to a name that is not there.
 */

enum { MOST_STATIC = 16 }; /* static CNAMEs in a row, as answers follow them */

struct web {
	struct advisor *a;
	struct arena names;
	struct map owners; /* normal name -> one of its records */
	struct map zones;
	uint8_t *seen;     /* of each domain, enum seen */
	uint32_t *path, *next; /* of the walk: domains, and which of their aliases comes next */
	size_t depth;
};

enum seen { SEEN_NOT, SEEN_ON_PATH, SEEN_DONE };

/* The i-th name that the domain may lead to, in normal form; false: there are no more. */
static bool
nth_name(const struct domain *d, size_t i, char name[static 254], bool *is_name)
{
	const char *text;

	if (i >= (size_t)d->ntargets + d->nfallback)
		return false;
	if (i < d->ntargets) {
		text = d->targets[i].more ? d->targets[i].more->host : NULL;
	} else {
		const struct answer *f = &d->fallback[i - d->ntargets];

		text = d->type == RRTYPE_CNAME && f->family == FAMILY_OTHER ? f->text : NULL;
	}
	*is_name = text && name_normal(name, text, NULL);
	return true;
}

static const struct place *
nth_place(const struct domain *d, size_t i)
{
	return i < d->ntargets ? &d->targets[i].at : &d->fallback_at;
}

/* The domain that a name is, perhaps by static CNAMEs; NULL: none. */
static const struct domain *
leads_to(const struct web *w, const char *name)
{
	const struct domain *d = map_gets(&w->a->config->by_name, name);
	char at[254];

	for (int i = 0; !d && i < MOST_STATIC; i++) {
		const struct record *r = map_gets(&w->owners, name);

		if (!r || strcmp(r->type_text, "CNAME") || !name_normal(at, r->text, NULL))
			return NULL;
		name = at;
		d = map_gets(&w->a->config->by_name, name);
	}
	return d;
}

/* ---- rings */

/* "a.z -> b.z -> a.z" */
static void
tell_ring(struct web *w, const struct domain *to, size_t alias)
{
	const struct domain *domains = w->a->config->domains;
	const struct domain *from = &domains[w->path[w->depth - 1]];
	char text[512];
	size_t i = 0, n = 0;

	while (w->path[i] != to->index)
		i++;
	for (; i < w->depth && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s -> ",
		                      domains[w->path[i]].name);
	w->a->domain = from;
	advise(w->a, ADVICE_ALIAS_RING, nth_place(from, alias),
	       "its alias may lead back to itself, which no client can follow: %s%s", text,
	       n < sizeof(text) ? to->name : "...");
	w->a->domain = NULL;
}

static void
enter(struct web *w, uint32_t domain)
{
	w->seen[domain] = SEEN_ON_PATH;
	w->path[w->depth] = domain;
	w->next[w->depth++] = 0;
}

/* The next alias of the domain that the walk stands on; back, when there is none. */
static void
step(struct web *w)
{
	const struct domain *d = &w->a->config->domains[w->path[w->depth - 1]], *to;
	size_t alias = w->next[w->depth - 1]++;
	char name[254];
	bool is_name;

	if (!nth_name(d, alias, name, &is_name)) {
		w->seen[d->index] = SEEN_DONE;
		w->depth--;
		return;
	}
	to = is_name ? leads_to(w, name) : NULL;
	if (!to || to->type != RRTYPE_CNAME)
		return;
	if (w->seen[to->index] == SEEN_ON_PATH)
		tell_ring(w, to, alias);
	else if (w->seen[to->index] == SEEN_NOT)
		enter(w, to->index);
}

static void
find_rings(struct web *w)
{
	const struct config *c = w->a->config;

	for (uint32_t i = 0; i < c->ndomains; i++) {
		if (c->domains[i].type != RRTYPE_CNAME || w->seen[i] != SEEN_NOT)
			continue;
		enter(w, i);
		while (w->depth > 0)
			step(w);
	}
}

/* ---- names that are not there */

static const struct zone *
zone_of(const struct web *w, const char *name)
{
	for (; name; name = strchr(name, '.'), name = name ? name + 1 : NULL) {
		const struct zone *z = map_gets(&w->zones, name);

		if (z)
			return z;
	}
	return NULL;
}

/* By itself or by a wildcard, RFC 4592; what lies below a name makes that one exist, too, but
 * gives it nothing to answer. */
static bool
is_there(const struct web *w, const char *name)
{
	char star[256];

	if (map_gets(&w->a->config->by_name, name) || map_gets(&w->owners, name))
		return true;
	while ((name = strchr(name, '.'))) {
		snprintf(star, sizeof(star), "*%s", name);
		if (map_gets(&w->owners, star))
			return true;
		name++;
	}
	return false;
}

static void
find_nowhere(struct web *w)
{
	const struct config *c = w->a->config;
	char name[254];
	bool is_name;

	for (size_t i = 0; i < c->ndomains; i++) {
		const struct domain *d = &c->domains[i];

		for (size_t k = 0; nth_name(d, k, name, &is_name); k++) {
			if (!is_name || !zone_of(w, name) || is_there(w, name))
				continue;
			w->a->domain = d;
			advise(w->a, ADVICE_ALIAS_NOWHERE, nth_place(d, k),
			       "%s lies in our zone %s, which has no such name", name,
			       zone_of(w, name)->name);
		}
	}
	w->a->domain = NULL;
}

/* ---- the web */

static void
add_records(struct web *w, const struct zone *z)
{
	char name[254];

	*map_puts(&w->zones, z->name) = (void *)(uintptr_t)z;
	for (size_t i = 0; i < z->nrecords; i++) {
		const struct record *r = &z->records[i];

		/* Beside a CNAME is nothing else (RFC 1034, 3.6.2): any record speaks for its name. */
		if (name_normal(name, r->owner, NULL) && !map_gets(&w->owners, name))
			*map_puts(&w->owners, arena_strdup(&w->names, name)) = (void *)(uintptr_t)r;
	}
}

static bool
has_names(const struct config *c)
{
	for (size_t i = 0; i < c->ndomains; i++)
		if (c->domains[i].type != RRTYPE_A)
			return true;
	return false;
}

void
lint_aliases(struct advisor *a)
{
	const struct config *c = a->config;
	struct web w = {.a = a};

	if (!has_names(c))
		return;
	arena_init(&w.names);
	map_init(&w.owners);
	map_init(&w.zones);
	for (size_t i = 0; i < c->nzones; i++)
		add_records(&w, &c->zones[i]);
	w.seen = mem_alloc(c->ndomains);
	w.path = mem_alloc(c->ndomains * sizeof(*w.path));
	w.next = mem_alloc(c->ndomains * sizeof(*w.next));
	find_rings(&w);
	find_nowhere(&w);
	free(w.seen);
	free(w.path);
	free(w.next);
	map_free(&w.owners);
	map_free(&w.zones);
	arena_free(&w.names);
}
