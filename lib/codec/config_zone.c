#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/config_zone.h"
#include "model/name.h"

/* zones: and the domains in them. */

enum { HOUR = 3600, DAY = 24 * HOUR, MOST_NS = 32 };

enum { Z_NAME, Z_FALLBACK_TTL, Z_SOA, Z_NS, Z_RECORDS, Z_FILE, Z_DOMAINS };

#define AT(member) offsetof(struct zone_work, member)
static const struct key zone_keys[] = {
    [Z_NAME] = {"name", KEY_NODE, AT(name), 0, 0, 0, NULL},
    [Z_FALLBACK_TTL] = {"fallback_ttl", KEY_U32, AT(fallback_ttl), 0, 0, INT32_MAX, NULL},
    [Z_SOA] = {"soa", KEY_NODE, AT(soa), 0, 0, 0, NULL},
    [Z_NS] = {"ns", KEY_NODE, AT(ns), 0, 0, 0, NULL},
    [Z_RECORDS] = {"records", KEY_NODE, AT(records), 0, 0, 0, NULL},
    [Z_FILE] = {"records_file", KEY_PATH, AT(records_file), AT(records_file_at), 0, 0, NULL},
    [Z_DOMAINS] = {"domains", KEY_NODE, AT(domains), 0, 0, 0, NULL},
    {0},
};
#undef AT

/* Names in SOA and NS are absolute, with the last dot or without. */
static const char *
absolute_name(struct reader *r, const struct yaml *n, const char *what, const struct zone *z)
{
	const char *name = read_name(r, n, what);
	char *dotted;
	size_t len;

	if (!name)
		return NULL;
	len = strlen(name);
	if (n->text[n->n - 1] != '.' && !strchr(name, '.') && strcmp(name, z->name) != 0) {
		read_problem(r, n, "%s \"%s\" is not a full name (did you mean \"%s.%s.\"?)", what,
		             name, name, z->name);
		return NULL;
	}
	dotted = arena_alloc(r->arena, len + 2);
	memcpy(dotted, name, len);
	if (name[len - 1] != '.')
		dotted[len] = '.';
	return dotted;
}

/* ---- soa: */

enum { SOA_MNAME, SOA_RNAME, SOA_REFRESH, SOA_RETRY, SOA_EXPIRE, SOA_MINIMUM };

struct soa_raw {
	struct soa soa;
	const struct yaml *mname, *rname;
	struct place minimum_at;
};

#define SOA(member) offsetof(struct soa_raw, soa.member)

#define AT(member) offsetof(struct soa_raw, member)
static const struct key soa_keys[] = {
    [SOA_MNAME] = {"mname", KEY_NODE, AT(mname), 0, 0, 0, NULL},
    [SOA_RNAME] = {"rname", KEY_NODE, AT(rname), 0, 0, 0, NULL},
    [SOA_REFRESH] = {"refresh", KEY_U32, SOA(refresh), 0, 1, INT32_MAX, NULL},
    [SOA_RETRY] = {"retry", KEY_U32, SOA(retry), 0, 1, INT32_MAX, NULL},
    [SOA_EXPIRE] = {"expire", KEY_U32, SOA(expire), 0, 1, INT32_MAX, NULL},
    [SOA_MINIMUM] = {"minimum", KEY_U32, SOA(minimum), AT(minimum_at), 0, INT32_MAX, NULL},
    {0},
};
#undef AT

static void
read_soa(struct reader *r, struct zone_work *w)
{
	struct soa_raw raw = {.soa = {.refresh = HOUR, .retry = 600, .expire = 7 * DAY}};
	struct zone *z = w->zone;
	uint64_t seen = w->soa ? read_map(r, w->soa, "soa", soa_keys, &raw) : 0;

	if (raw.mname)
		raw.soa.mname = absolute_name(r, raw.mname, "mname", z);
	if (raw.rname)
		raw.soa.rname = absolute_name(r, raw.rname, "rname", z);
	z->soa = raw.soa;
	w->has_minimum = seen & SEEN(SOA_MINIMUM);
	w->minimum_at = raw.minimum_at;
}

/* ---- ns: */

static void
take_ns(struct reader *r, const struct yaml *n, void *arg)
{
	struct zone_work *w = arg;
	const char *name = absolute_name(r, n, "ns", w->zone);

	if (name)
		zone_add_ns(r, w, name);
}

void
zone_add_ns(struct reader *r, struct zone_work *w, const char *name)
{
	struct zone *z = w->zone;
	const char **more;

	for (size_t i = 0; i < z->nns; i++)
		if (name_equal(z->ns[i], name))
			return;
	if (z->nns == MOST_NS) {
		read_problem_at(r, z->at, false, "zone %s has more than %d name servers", z->name,
		                (int)MOST_NS);
		return;
	}
	more = arena_alloc(r->arena, (z->nns + 1) * sizeof(*more));
	if (z->nns > 0)
		memcpy(more, z->ns, z->nns * sizeof(*more));
	more[z->nns++] = name;
	z->ns = more;
}

/* ---- zones */

/* The zone whose name is the longest end of `name`, or NULL. */
static struct zone *
zone_of(const struct reader *r, const char *name)
{
	while (name && *name) {
		struct zone *z = map_gets(&r->zones, name);

		if (z)
			return z;
		name = strchr(name, '.');
		name = name ? name + 1 : NULL;
	}
	return NULL;
}

static bool
enter_zone(struct reader *r, struct zone *z, const struct yaml *n)
{
	void **slot = map_puts(&r->zones, z->name);
	const struct zone *same = *slot;
	char where[256];

	if (same) {
		reader_where(r, &same->at, where, sizeof(where));
		read_problem(r, n, "zone %s is already at %s", z->name, where);
		return false;
	}
	*slot = z;
	return true;
}

/* A name has one zone: which of two would answer for it is nobody's guess. */
static void
check_overlaps(struct reader *r)
{
	const struct config *c = r->config;

	for (size_t i = 0; i < c->nzones; i++) {
		const char *dot = strchr(c->zones[i].name, '.');
		const struct zone *outer = dot ? zone_of(r, dot + 1) : NULL;
		char where[256];

		if (!outer)
			continue;
		reader_where(r, &outer->at, where, sizeof(where));
		read_problem_at(r, c->zones[i].at, false, "zone %s overlaps zone %s at %s",
		                c->zones[i].name, outer->name, where);
	}
}

static bool
read_zone(struct reader *r, const struct yaml *n, struct zone_work *w)
{
	struct config *c = r->config;
	struct zone *z = &c->zones[c->nzones];
	uint64_t seen;
	size_t before;

	*w = (struct zone_work){.zone = z, .file = r->file};
	if (!read_expect_kind(r, n, YAML_MAP, "a zone"))
		return false;
	seen = read_map(r, n, "a zone", zone_keys, w);
	if (!w->name) {
		read_problem(r, n, "a zone without name");
		return false;
	}
	z->at = read_place(r, w->name);
	z->name = read_name(r, w->name, "zone");
	if (z->name && (strcmp(z->name, ".") == 0 || z->name[0] == '*')) {
		read_problem(r, w->name, "\"%s\" cannot be a zone", z->name);
		z->name = NULL;
	}
	if (!z->name || !enter_zone(r, z, w->name))
		return false;
	c->nzones++;
	z->has_fallback_ttl = seen & SEEN(Z_FALLBACK_TTL);
	z->fallback_ttl = z->has_fallback_ttl ? w->fallback_ttl : c->resolve_cache_ttl;
	read_soa(r, w);
	before = r->problems->errors;
	if (w->ns)
		read_each(r, w->ns, "ns", take_ns, w);
	w->ns_wrong = r->problems->errors > before;
	return true;
}

/* ---- domains */

static bool
domain_fits(struct reader *r, const struct yaml *key, const char *name, const struct zone *z)
{
	const struct domain *same;
	char where[256];
	void **slot;

	if (name[0] == '*') {
		read_problem(r, key, "a wildcard cannot be a domain: %s", name);
		return false;
	}
	if (!z) {
		read_problem(r, key, "domain %s lies in no zone", name);
		return false;
	}
	if (!name_under(name, z->name)) {
		read_problem(r, key, "domain %s does not lie in zone %s", name, z->name);
		return false;
	}
	slot = map_puts(&r->config->by_name, name);
	same = *slot;
	if (same) {
		reader_where(r, &same->at, where, sizeof(where));
		read_problem(r, key, "domain %s is already at %s", name, where);
		return false;
	}
	*slot = &r->config->domains[r->config->ndomains];
	return true;
}

/* z NULL: the zone that fits. */
static void
read_domains(struct reader *r, const struct yaml *map, const struct zone *z)
{
	struct config *c = r->config;

	if (read_is_null(map) || !read_expect_kind(r, map, YAML_MAP, "domains"))
		return;
	for (const struct yaml *k = map->first; k; k = k->next->next) {
		const char *name = read_name(r, k, "domain");
		struct domain *d = &c->domains[c->ndomains];

		if (!name || !domain_fits(r, k, name, z ? z : zone_of(r, name)))
			continue;
		d->name = name;
		d->index = c->ndomains++;
		config_read_domain(r, z ? z : zone_of(r, name), k, k->next, d);
		if (d->type == RRTYPE_CNAME && strcmp(name, d->zone->name) == 0)
			read_problem(r, k, "the zone's own name cannot be a CNAME: %s", name);
	}
}

static size_t
map_size(const struct yaml *n)
{
	return n && n->kind == YAML_MAP ? n->n : 0;
}

/* All arrays are made at once: pointers into them stay, and nothing is copied. */
static size_t
make_room(struct reader *r, const struct root *roots, size_t n)
{
	struct config *c = r->config;
	size_t zones = 0, domains = 0;

	for (size_t i = 0; i < n; i++) {
		const struct yaml *list = roots[i].zones;

		domains += map_size(roots[i].domains);
		if (!list || list->kind != YAML_LIST)
			continue;
		zones += list->n;
		for (const struct yaml *z = list->first; z; z = z->next)
			domains += map_size(yaml_get(z, "domains"));
	}
	c->zones = arena_alloc(r->arena, (zones + 1) * sizeof(*c->zones));
	c->domains = arena_alloc(r->arena, (domains + 1) * sizeof(*c->domains));
	return zones;
}

/* work[i] belongs to zones[i]. */
static void
read_zone_list(struct reader *r, const struct yaml *list, struct zone_work *work)
{
	if (!list || read_is_null(list) || !read_expect_kind(r, list, YAML_LIST, "zones"))
		return;
	for (const struct yaml *z = list->first; z; z = z->next)
		read_zone(r, z, &work[r->config->nzones]);
}

static void
read_all_domains(struct reader *r, const struct root *roots, size_t n, struct zone_work *work)
{
	struct config *c = r->config;

	for (size_t i = 0; i < c->nzones; i++) {
		r->file = work[i].file;
		if (work[i].domains)
			read_domains(r, work[i].domains, work[i].zone);
	}
	for (size_t i = 0; i < n; i++) {
		r->file = roots[i].file;
		if (roots[i].domains)
			read_domains(r, roots[i].domains, NULL);
	}
	for (size_t i = 0; i < c->nzones; i++)
		work[i].least_ttl = UINT32_MAX;
	for (size_t i = 0; i < c->ndomains; i++) {
		uint32_t *least = &work[c->domains[i].zone - c->zones].least_ttl;

		if (c->domains[i].server->ttl < *least)
			*least = c->domains[i].server->ttl;
	}
}

void
config_read_zones(struct reader *r, const struct root *roots, size_t n)
{
	struct zone_work *work = mem_alloc((make_room(r, roots, n) + 1) * sizeof(*work));

	for (size_t i = 0; i < n; i++) {
		r->file = roots[i].file;
		read_zone_list(r, roots[i].zones, work);
	}
	check_overlaps(r);
	read_all_domains(r, roots, n, work);
	for (size_t i = 0; i < r->config->nzones; i++) {
		r->file = work[i].file;
		zone_finish(r, &work[i]);
	}
	free(work);
}
