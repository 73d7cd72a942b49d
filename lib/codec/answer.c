#include "codec/answer.h"

#include <string.h>

#include "codec/answer_mixed.h"
#include "codec/answer_options.h"
#include "codec/rrl.h"

enum { CHAIN_MAX = 8 };

/* A name and where it stands in the reply: what pointers point to. */
struct spot {
	const uint8_t *name; /* lower case */
	size_t len, at;
};

/* ---- sets */

/* `pick` of the set's records, each subset and order as likely as the other. */
static size_t
copy_some(struct answerer *w, uint8_t *dst, const uint8_t *records, const struct image_set *s,
          unsigned pick)
{
	uint16_t order[LIMIT_TARGETS];
	unsigned n = s->count < LIMIT_TARGETS ? s->count : LIMIT_TARGETS;

	for (unsigned i = 0; i < n; i++)
		order[i] = (uint16_t)i;
	for (unsigned i = 0; i < pick; i++) {
		unsigned k = i + answer_draw(w, n - i);
		uint16_t one = order[k];

		order[k] = order[i];
		memcpy(dst + (size_t)i * s->stride, records + (size_t)one * s->stride, s->stride);
	}
	return (size_t)pick * s->stride;
}

/* Records of fixed length begin anywhere in the set and go round. */
static void
copy_turned(struct answerer *w, uint8_t *dst, const uint8_t *records, const struct image_set *s)
{
	size_t first = (size_t)answer_draw(w, s->count) * s->stride;

	memcpy(dst, records + first, s->len - first);
	memcpy(dst + s->len - first, records, first);
}

/* Appends a set to a section; false if it does not fit. */
static bool
put_set(struct reply *r, int section, const struct image_set *s, const uint8_t *records,
        size_t owner)
{
	unsigned n = s->stride && s->pick && s->pick < s->count ? s->pick : s->count;
	size_t len = n < s->count ? (size_t)n * s->stride : s->len;

	if (!s->stride && s->pick && s->count > 1)
		return mixed_put(r, section, s, records, owner);
	if (len > r->limit - r->at)
		return false;
	if (n < s->count)
		copy_some(r->w, r->p + r->at, records, s, n);
	else if (s->stride && n > 1)
		copy_turned(r->w, r->p + r->at, records, s);
	else
		memcpy(r->p + r->at, records, len);
	if (owner != QUERY_HEADER)
		mixed_owners(r->p + r->at, len, owner);
	r->at += len;
	r->sections[section] = (uint16_t)(r->sections[section] + n);
	return true;
}

/* ---- the parts of a reply */

static void
put_soa(struct reply *r, int section, const struct table_zone *z, const struct spot *name)
{
	uint8_t *p = r->p + r->at;
	uint16_t zone = (uint16_t)(0xc000 | (name->at + name->len - z->namelen));

	if (z->soalen > r->limit - r->at) {
		r->full = true;
		return;
	}
	memcpy(p, z->soa, z->soalen);
	for (unsigned i = 0; i < z->nfix; i++)
		wire_put16(p + z->fix[i], zone);
	wire_put32(p + z->serial_at, __atomic_load_n(&z->serial, __ATOMIC_RELAXED));
	r->at += z->soalen;
	r->sections[section]++;
}

/*
 * Addresses of the name servers of the apex that we have ourselves; left out where they do not fit.
 */
static void
put_glue(struct reply *r, size_t from, size_t to)
{
	static const uint16_t types[] = {TYPE_A, TYPE_AAAA};

	/* A pointer reaches 16 KiB (RFC 1035 4.1.4). */
	for (size_t i = from; i < to && i + 12 < 0x4000; i += 12U + wire_get16(r->p + i + 10)) {
		size_t n = wire_get16(r->p + i + 10);
		const uint8_t *name = r->p + i + 12, *records;
		const struct image *m = table_find(r->t, table_hash(r->t, name, n), name, n);

		for (size_t k = 0; m && k < 2; k++) {
			const struct image_set *s = image_find(m, types[k], &records);

			if (s)
				put_set(r, 2, s, records, i + 12);
		}
	}
}

/* The wildcard right below a name of n bytes (RFC 4592).  On its own, so that others don't pay. */
static __attribute__((noinline)) const struct image *
look_up_wild(const struct table *t, const uint8_t *name, size_t n)
{
	uint8_t wild[2 + WIRE_NAME] = {1, '*'};

	memcpy(wild + 2, name, n);
	return table_find(t, table_hash(t, wild, 2 + n), wild, 2 + n);
}

/*
 * The image for a name: its own, its wildcard's, or NULL with the zone it would be in (NULL: none).
 */
static const struct image *
look_up(const struct table *t, const uint8_t *name, size_t n, uint64_t hash,
        const struct table_zone **zone)
{
	const struct image *m = table_find(t, hash, name, n), *above;
	size_t skip;

	*zone = NULL;
	if (m) {
		*zone = m->zone;
		return m;
	}
	if (!(above = table_above(t, name, n, &skip)))
		return NULL;
	*zone = above->zone;
	return above->flags & IMAGE_WILD ? look_up_wild(t, name + skip, n - skip) : NULL;
}

/* The extended error that goes with a type's set, or with its absence; static records have none. */
static void
tell(struct reply *r, const struct image *m, uint16_t type)
{
	uint8_t ede = 0;

	if (type == m->other || (m->other == TYPE_CNAME && (type == TYPE_A || type == TYPE_AAAA)))
		ede = m->ede[FAMILY_OTHER];
	if (!ede && (type == TYPE_A || type == TYPE_AAAA))
		ede = m->ede[type == TYPE_A ? FAMILY_V4 : FAMILY_V6];
	if (ede)
		r->ede = ede;
}

/*
 * An rcode that was decided in place of a set of the type asked for; false: none was.  A
 * name that would be an alias has it for every type, and who asks for any is not told that
 * there is nothing.  Without SOA: it is no negative answer (RFC 2308 7).  Not
 * authoritative, but for the alias that led here (RFC 6604 2).
 */
static __attribute__((noinline)) bool
refuse(struct reply *r, const struct image *m)
{
	const uint16_t types[] = {TYPE_A, TYPE_AAAA, m->other};

	for (int f = 0; f < FAMILIES; f++) {
		bool every = f == FAMILY_OTHER && m->other == TYPE_CNAME;

		if (!m->rcode[f] ||
		    (r->q->type != types[f] && r->q->type != TYPE_ANY && !every))
			continue;
		r->rcode = m->rcode[f];
		r->ede = m->ede[f] ? m->ede[f] : EDE_NONE;
		r->authoritative = r->sections[0] > 0;
		return true;
	}
	return false;
}

/* Data of one name; true if it was an alias and `name` is now where it leads. */
static bool
put_data(struct reply *r, const struct image *m, const struct table_zone *zone, struct spot *name)
{
	const uint8_t *records;
	const struct image_set *s;
	size_t from = r->at;

	if (r->q->type == TYPE_SOA && m->flags & IMAGE_APEX) {
		put_soa(r, 0, zone, name);
		return false;
	}
	if ((s = image_find(m, r->q->type, &records))) {
		if (m->flags & IMAGE_DECIDED)
			tell(r, m, s->type);
		r->full = !put_set(r, 0, s, records, name->at);
		if (r->q->type == TYPE_NS && !r->full)
			put_glue(r, from, r->at);
		return false;
	}
	if (r->q->type == TYPE_ANY && m->nsets) { /* one set is enough (RFC 8482 4.1) */
		r->full = !put_set(r, 0, m->sets, image_name(m) + m->namelen, name->at);
		return false;
	}
	if ((s = image_find(m, TYPE_CNAME, &records))) {
		if (m->flags & IMAGE_DECIDED)
			tell(r, m, TYPE_CNAME);
		r->full = !put_set(r, 0, s, records, name->at);
		/* The one that was put: there may be several to choose from. */
		*name = (struct spot){
		    r->p + from + 12, r->full ? 0 : wire_get16(r->p + from + 10), from + 12};
		return !r->full;
	}
	if (m->flags & IMAGE_REFUSES && refuse(r, m))
		return false;
	if (m->flags & IMAGE_DECIDED)
		tell(r, m, r->q->type);
	put_soa(r, 1, zone, name);
	return false;
}

/* What is said of one name; true if it was an alias and `name` is now where it leads. */
static bool
put_name(struct reply *r, struct spot *name, uint64_t hash, bool asked)
{
	const struct table_zone *zone;
	const struct image *m = look_up(r->t, name->name, name->len, hash, &zone);

	if (!zone) {
		if (asked) {
			r->rcode = RCODE_REFUSED;
			r->ede = EDE_NOT_AUTHORITATIVE;
		}
		return false;
	}
	r->authoritative = true;
	if (m)
		return put_data(r, m, zone, name);
	r->rcode = RCODE_NXDOMAIN;
	put_soa(r, 1, zone, name);
	return false;
}

static bool
same_name(const struct spot *a, const struct spot *b)
{
	return a->len == b->len && !memcmp(a->name, b->name, a->len);
}

/* Aliases inside our zones (RFC 1034 4.3.2), until one leads to a name before it. */
static __attribute__((noinline)) void
follow(struct reply *r, struct spot name)
{
	struct spot seen[CHAIN_MAX] = {{r->q->name, r->q->namelen, QUERY_HEADER}};

	for (int hops = 1; hops < CHAIN_MAX; hops++) {
		for (int i = 0; i < hops; i++)
			if (same_name(&seen[i], &name))
				return;
		seen[hops] = name;
		if (!put_name(r, &name, table_hash(r->t, name.name, name.len), false))
			return;
	}
}

static void
fill_reply(struct reply *r)
{
	struct spot name = {r->q->name, r->q->namelen, QUERY_HEADER};

	if (put_name(r, &name, r->q->hash, true))
		follow(r, name);
}

/* ---- header and OPT */

static void
put_opt(struct reply *r)
{
	uint8_t *p = r->p + r->at;

	memset(p, 0, QUERY_OPT);
	wire_put16(p + 1, TYPE_OPT);
	wire_put16(p + 3, QUERY_SIZE);
	p[5] = r->rcode >> 4;
	p[7] = r->q->dnssec_ok ? 0x80 : 0;
	r->at += QUERY_OPT;
	r->sections[2]++;
	if (r->rcode != RCODE_FORMERR && r->rcode != RCODE_BADVERS)
		options_put(r);
	wire_put16(p + 9, (uint16_t)(r->p + r->at - p - QUERY_OPT));
}

static size_t
finish(struct reply *r)
{
	uint8_t *p = r->p;

	if (r->full) { /* all or nothing: an empty reply sends the client to TCP */
		r->at = r->q->end;
		memset(r->sections, 0, sizeof(r->sections));
		r->w->counts->truncated++;
	}
	if (r->q->opt)
		put_opt(r);
	p[2] =
	    (uint8_t)(0x80 | (p[2] & 0x79) | (r->authoritative ? 0x04 : 0) | (r->full ? 0x02 : 0));
	p[3] = r->rcode & 0x0f;
	wire_put16(p + 4, r->q->namelen ? 1 : 0);
	for (int i = 0; i < 3; i++)
		wire_put16(p + 6 + 2 * i, r->sections[i]);
	r->w->counts->rcodes[r->rcode < ANSWER_RCODES ? r->rcode : 0]++;
	return r->at;
}

static enum rrl_kind
kind_of(const struct reply *r)
{
	if (r->rcode == RCODE_NXDOMAIN)
		return RRL_NXDOMAIN;
	if (r->rcode)
		return RRL_ERROR;
	return r->sections[0] ? RRL_ANSWER : RRL_NODATA;
}

/* What is over the rate is not answered, or truncated: who asks for real comes back over TCP. */
static bool
may_send(struct reply *r)
{
	struct answerer *w = r->w;
	const struct rrl_rules *rules = &r->t->rrl;

	if (w->tcp || !w->site || !w->site->rrl || !r->peerlen ||
	    rrl_exempt(rules, r->peer, r->peerlen) || options_known(r))
		return true;
	switch (rrl_judge(w->site->rrl, rules, r->peer, r->peerlen, kind_of(r), w->now,
	                  answer_draw(w, UINT32_MAX))) {
	case RRL_SLIP:
		w->counts->slipped++;
		r->full = true;
		return true;
	case RRL_DROP:
		w->counts->limited++;
		return false;
	default:
		return true;
	}
}

/* An IPv4 client of an IPv6 socket is one of IPv4 (RFC 4291 2.5.5.2). */
static void
set_peer(struct reply *r, const struct answer_item *to)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	bool v4 = to->peerlen == 16 && !memcmp(to->peer, mapped, sizeof(mapped));

	r->peer = v4 ? to->peer + sizeof(mapped) : to->peer;
	r->peerlen = v4 ? 4 : to->peerlen;
}

/* The reply to a parsed query whose bytes up to q->end stand in p. */
static size_t
answer(struct answerer *w, const struct table *t, const struct query *q,
       const struct answer_item *to)
{
	size_t end = !w->tcp && q->size < to->cap ? q->size : to->cap;
	struct reply r = {
		.w = w, .t = t, .q = q, .p = to->data, .at = q->end, .rcode = q->rcode,
		.end = end, .limit = end,
		.ede = q->rcode == RCODE_REFUSED || q->rcode == RCODE_NOTIMP ? EDE_NOT_SUPPORTED
		                                                             : EDE_NONE,
	};

	set_peer(&r, to);
	if (q->opt)
		r.limit -= QUERY_OPT + (q->cookielen ? OPTIONS_COOKIE : 0U);
	if (!q->rcode && (q->cookielen || q->keepalive_wrong))
		r.rcode = options_judge(&r);
	if (!r.rcode && q->namelen)
		fill_reply(&r);
	if (t->rrl.rate && !may_send(&r))
		return 0;
	return finish(&r);
}

/* ---- */

void
answerer_init(struct answerer *w, struct answer_counts *counts, const struct answer_site *site,
              uint64_t seed, bool tcp)
{
	w->counts = counts;
	w->site = site;
	w->peer = NULL;
	w->peerlen = w->keepalive = 0;
	w->now = 0;
	w->random = seed | 1;
	w->tcp = tcp;
}

static bool
take(struct answerer *w, struct query *q, const uint8_t *p, size_t n)
{
	w->counts->queries[w->tcp]++;
	if (query_parse(q, p, n))
		return true;
	w->counts->dropped++;
	return false;
}

size_t
dns_answer(struct answerer *w, const struct table *t, const uint8_t *query, size_t n,
           uint8_t *reply, size_t cap)
{
	struct answer_item to = {
		.data = reply, .cap = cap, .peer = w->peer, .peerlen = w->peerlen,
	};
	struct query *q = &w->queries[0];

	if (!take(w, q, query, n))
		return 0;
	if (reply != query)
		memcpy(reply, query, q->end);
	q->hash = table_hash(t, q->name, q->namelen);
	return answer(w, t, q, &to);
}

void
answer_batch(struct answerer *w, const struct table *t, struct answer_item *items, size_t n)
{
	struct query *q = w->queries;

	for (size_t i = 0; i < n; i++) {
		if (!take(w, &q[i], items[i].data, items[i].len)) {
			items[i].len = 0;
			continue;
		}
		q[i].hash = table_hash(t, q[i].name, q[i].namelen);
		__builtin_prefetch(&t->slots[q[i].hash & t->mask]);
	}
	for (size_t i = 0; i < n; i++)
		if (items[i].len) {
			/* Maybe of another name, maybe none: only a guess at what comes. */
			uint64_t slot =
			    __atomic_load_n(&t->slots[q[i].hash & t->mask], __ATOMIC_RELAXED);

			__builtin_prefetch(table_image(slot));
			__builtin_prefetch(table_image(slot + 64));
		}
	for (size_t i = 0; i < n; i++)
		if (items[i].len)
			items[i].len = answer(w, t, &q[i], &items[i]);
}
