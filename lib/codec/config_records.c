#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/config_zone.h"
#include "codec/zonetext.h"
#include "model/name.h"

/* Static records of a zone, and what it needs whether somebody wrote it or not. */

/* A reply has 64 KiB, its head, question and options, too. */
enum { RECORD_HEAD = 12, MOST_SET = UINT16_MAX - 512 };
enum {
	RECORD_TTL = 3600,
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_CNAME = 5,
	TYPE_SOA = 6,
	TYPE_TXT = 16,
	TYPE_AAAA = 28,
	TYPE_SRV = 33
};

struct text_place {
	struct reader *r;
	struct place from; /* of line 1 of the text */
	bool lines;        /* the text's lines are lines of the file */
};

static struct place
line_of(const struct text_place *t, uint32_t line)
{
	struct place at = t->from;

	if (t->lines) {
		at.line += line - 1;
		at.col = 1;
	}
	return at;
}

static void
take_problem(void *arg, uint32_t line, const char *text)
{
	const struct text_place *t = arg;

	read_problem_at(t->r, line_of(t, line), false, "%s", text);
}

/* The owner without its last dot: as domains are written. */
static char *
owner_name(const struct record *rec, char name[static 1025])
{
	size_t n = strlen(rec->owner);

	if (n > 1023)
		n = 1023;
	memcpy(name, rec->owner, n);
	name[n] = '\0';
	if (n > 1 && name[n - 1] == '.')
		name[n - 1] = '\0';
	return name;
}

/* What of a domain's name cannot be static: what it answers, and beside a CNAME anything. */
static bool
is_decided(const struct domain *d, uint16_t type)
{
	static const uint16_t types[] = {[RRTYPE_SRV] = TYPE_SRV, [RRTYPE_TXT] = TYPE_TXT};

	if (d->type == RRTYPE_CNAME || type == TYPE_CNAME)
		return true;
	if (d->type == RRTYPE_A)
		return type == TYPE_A || type == TYPE_AAAA;
	return type == types[d->type];
}

static bool
record_fits(struct reader *r, const struct zone_work *w, const struct record *rec)
{
	const struct domain *d;
	char name[1025];
	bool apex;

	owner_name(rec, name);
	d = map_gets(&r->config->by_name, name);
	apex = strcmp(name, w->zone->name) == 0;
	if (!name_under(name, w->zone->name))
		read_problem_at(r, rec->at, false, "%s lies outside of zone %s", rec->owner,
		                w->zone->name);
	else if (rec->rdlen > LIMIT_RDATA)
		read_problem_at(r, rec->at, false, "%s %s has %u bytes, more than %d",
		                rec->owner, rec->type_text, (unsigned)rec->rdlen, (int)LIMIT_RDATA);
	else if (rec->type == TYPE_SOA)
		read_problem_at(r, rec->at, false, "the SOA record is made from soa:");
	else if (rec->type == TYPE_NS && !apex)
		read_problem_at(r, rec->at, false,
		                "NS records below the zone's own name are not served: %s",
		                rec->owner);
	else if (rec->type == TYPE_CNAME && apex)
		read_problem_at(r, rec->at, false, "the zone's own name cannot be a CNAME");
	else if (d && d->type == RRTYPE_CNAME && rec->type != TYPE_CNAME)
		read_problem_at(
		    r, rec->at, false,
		    "%s is a configured domain with a CNAME, so it can have nothing else",
		    rec->owner);
	else if (d && is_decided(d, rec->type))
		read_problem_at(r, rec->at, false,
		                "%s is a configured domain: its %s is decided, not static",
		                rec->owner, rec->type_text);
	else
		return true;
	return false;
}

/* RFC 1034 3.6.2: where a CNAME is, nothing else is. */
static void
check_cnames(struct reader *r, const struct zone *z)
{
	struct map cnames = {0};

	for (size_t i = 0; i < z->nrecords; i++)
		if (z->records[i].type == TYPE_CNAME)
			*map_puts(&cnames, z->records[i].owner) = &z->records[i];
	for (size_t i = 0; cnames.used > 0 && i < z->nrecords; i++) {
		const struct record *rec = &z->records[i], *cname = map_gets(&cnames, rec->owner);

		if (cname && cname != rec)
			read_problem_at(r, rec->at, false,
			                "%s has a CNAME, so it can have nothing else", rec->owner);
	}
	map_free(&cnames);
}

static bool
same_record(const struct record *a, const struct record *b)
{
	return a->type == b->type && a->rdlen == b->rdlen && strcmp(a->owner, b->owner) == 0 &&
	    memcmp(a->rdata, b->rdata, a->rdlen) == 0;
}

static int
by_rrset(const void *x, const void *y)
{
	const struct record *a = *(const struct record *const *)x,
			    *b = *(const struct record *const *)y;
	int c = strcmp(a->owner, b->owner);

	if (c == 0)
		c = (a->type > b->type) - (a->type < b->type);
	if (c == 0)
		c = (a->rdlen > b->rdlen) - (a->rdlen < b->rdlen);
	if (c == 0)
		c = memcmp(a->rdata, b->rdata, a->rdlen);
	return c != 0 ? c : (a->at.line > b->at.line) - (a->at.line < b->at.line);
}

static bool
same_set(const struct record *a, const struct record *b)
{
	return a->type == b->type && strcmp(a->owner, b->owner) == 0;
}

/* RFC 2181 5: no record twice in a set, and one TTL for all of it. */
static void
check_sets(struct reader *r, const struct zone *z)
{
	const struct record **sorted = arena_alloc(&r->trees, (z->nrecords + 1) * sizeof(*sorted));

	for (size_t i = 0; i < z->nrecords; i++)
		sorted[i] = &z->records[i];
	qsort(sorted, z->nrecords, sizeof(*sorted), by_rrset);
	for (size_t i = 1, bytes = 0; i < z->nrecords; i++) {
		const struct record *a = sorted[i - 1], *b = sorted[i];

		bytes = same_set(a, b) ? bytes + RECORD_HEAD + a->rdlen : 0;
		if (bytes + RECORD_HEAD + b->rdlen > MOST_SET) {
			read_problem_at(r, b->at, false,
			                "%s %s: more than a reply of %d bytes holds", b->owner,
			                b->type_text, (int)UINT16_MAX);
			bytes = 0;
		}

		if (same_record(a, b))
			read_problem_at(r, b->at, false, "%s %s %s is there twice", b->owner,
			                b->type_text, b->text);
		else if (same_set(a, b) && a->ttl != b->ttl)
			read_problem_at(r, b->at, false, "%s %s has TTL %u here and %u elsewhere",
			                b->owner, b->type_text, (unsigned)b->ttl, (unsigned)a->ttl);
	}
}

/* NS records of the apex go to the zone's list, the others stay, with their places in the file. */
static void
sort_records(struct reader *r, struct zone_work *w, const struct text_place *t)
{
	struct zone *z = w->zone;
	size_t kept = 0;

	for (size_t i = 0; i < z->nrecords; i++) {
		struct record *rec = &z->records[i];

		rec->at = line_of(t, rec->at.line);
		if (!record_fits(r, w, rec))
			continue;
		if (rec->type != TYPE_NS)
			z->records[kept++] = *rec;
		else if (w->ns)
			read_problem_at(r, rec->at, false, "the name servers are in ns: already");
		else
			zone_add_ns(r, w, rec->text);
	}
	z->nrecords = kept;
}

static void
parse_records(struct reader *r, struct zone_work *w, const char *text, size_t n,
              struct text_place *t)
{
	struct zone *z = w->zone;

	if (memchr(text, '\0', n)) {
		read_problem_at(r, t->from, false, "a NUL byte in zone text");
		return;
	}
	zonetext_parse(r->arena, z->name, RECORD_TTL, text, n, &z->records, &z->nrecords,
	               take_problem, t);
	sort_records(r, w, t);
	check_cnames(r, z);
	check_sets(r, z);
}

static void
read_records_file(struct reader *r, struct zone_work *w)
{
	struct text_place t = {.r = r, .lines = true};
	struct buf b;

	buf_init(&b);
	if (reader_text(r, w->records_file_at, w->records_file, &b)) {
		t.from = (struct place){
		    .line = 1, .col = 1, .file = reader_add_file(r, w->records_file)};
		parse_records(r, w, b.data ? b.data : "", b.len, &t);
	}
	buf_free(&b);
}

static void
read_records(struct reader *r, struct zone_work *w)
{
	const struct yaml *n = w->records;
	struct text_place t = {.r = r};

	if (n && w->records_file)
		read_problem(r, n, "give records or records_file, not both");
	else if (w->records_file)
		read_records_file(r, w);
	if (!n || !read_expect_kind(r, n, YAML_SCALAR, "records"))
		return;
	t.from = read_place(r, n);
	t.from.line += n->block;
	t.lines = n->block;
	parse_records(r, w, n->text, n->n, &t);
}

/* ---- name servers */

static bool
has_address(const struct reader *r, const struct zone *z, const char *dotted)
{
	const struct domain *d = config_domain(r->config, dotted);

	if (d && d->type == RRTYPE_A)
		return true;
	for (size_t i = 0; i < z->nrecords; i++)
		if ((z->records[i].type == TYPE_A || z->records[i].type == TYPE_AAAA) &&
		    name_equal(z->records[i].owner, dotted))
			return true;
	return false;
}

/* What a name server without a word about it listens on: the first real address, else the host's.
 */
static struct addr
find_own_address(const struct reader *r)
{
	const struct config *c = r->config;
	struct addr a;

	for (size_t i = 0; i < c->ndns; i++)
		if (!addr_is_wildcard(&c->dns[i].addr))
			return c->dns[i].addr;
	if (r->src->host && r->src->host(r->src->arg, &a))
		return a;
	return (struct addr){.family = FAMILY_V4, .b = {127, 0, 0, 1}};
}

/* Asked once: the answer is the same for every zone, and the host's costs system calls. */
static struct addr
own_address(struct reader *r)
{
	if (!r->has_own_address)
		r->own_address = find_own_address(r);
	r->has_own_address = true;
	return r->own_address;
}

static void
add_record(struct reader *r, struct zone *z, const char *owner)
{
	struct record *more = arena_alloc(r->arena, (z->nrecords + 1) * sizeof(*more));
	struct addr a = own_address(r);

	if (z->nrecords > 0)
		memcpy(more, z->records, z->nrecords * sizeof(*more));
	zonetext_address(r->arena, &more[z->nrecords++], owner, RECORD_TTL, &a);
	z->records = more;
}

static void
default_ns(struct reader *r, struct zone_work *w)
{
	struct zone *z = w->zone;
	char *name = arena_alloc(r->arena, strlen(z->name) + 5);

	memcpy(name, "ns.", 3);
	strcpy(name + 3, z->name);
	strcat(name, ".");
	if (strlen(name) > 254) {
		read_problem_at(r, z->at, false,
		                "the name of zone %s is too long for a name server in it: give ns",
		                z->name);
		return;
	}
	zone_add_ns(r, w, name);
	if (!has_address(r, z, name))
		add_record(r, z, name);
}

static void
check_ns(struct reader *r, const struct zone_work *w)
{
	const struct zone *z = w->zone;
	struct place at = w->ns ? read_place(r, w->ns) : z->at;

	for (size_t i = 0; i < z->nns; i++) {
		const struct domain *d = config_domain(r->config, z->ns[i]);
		char name[254];
		const char *why;

		if (d && d->type == RRTYPE_CNAME) { /* RFC 2181 10.3 */
			read_problem_at(r, at, false,
			                "name server %s is a CNAME domain: it must have "
			                "addresses itself",
			                z->ns[i]);
			continue;
		}
		if (!name_normal(name, z->ns[i], &why))
			read_problem_at(r, at, false, "name server \"%s\": %s", z->ns[i], why);
		else if (name_under(name, z->name) && !has_address(r, z, z->ns[i]))
			read_problem_at(
			    r, at, false,
			    "name server %s has no address: add an A record to records:", z->ns[i]);
	}
}

/* ---- soa */

static const char *
hostmaster(struct reader *r, const struct zone *z)
{
	char *name = arena_alloc(r->arena, strlen(z->name) + sizeof("hostmaster.") + 1);

	strcpy(name, "hostmaster.");
	strcat(name, z->name);
	return strcat(name, ".");
}

static void
finish_soa(struct reader *r, struct zone_work *w)
{
	struct soa *soa = &w->zone->soa;
	/* A negative answer must not live longer than a positive one, else a new name stays hidden.
	 */
	uint32_t least = w->least_ttl == UINT32_MAX ? r->config->resolve_cache_ttl : w->least_ttl;

	if (!soa->mname && w->zone->nns > 0)
		soa->mname = w->zone->ns[0];
	if (!soa->rname)
		soa->rname = hostmaster(r, w->zone);
	if (!w->has_minimum)
		soa->minimum = least;
	else if (soa->minimum > least)
		read_problem_at(r, w->minimum_at, false,
		                "minimum %u is over %u, the smallest ttl of the zone's domains",
		                (unsigned)soa->minimum, (unsigned)least);
}

void
zone_finish(struct reader *r, struct zone_work *w)
{
	read_records(r, w);
	if (w->zone->nns == 0 && !w->ns)
		default_ns(r, w);
	else if (w->zone->nns == 0 && !w->ns_wrong)
		read_problem(r, w->ns, "ns names no name server");
	check_ns(r, w);
	finish_soa(r, w);
}
