#include "codec/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/table_decide.h"

enum { SLOTS_FIRST = 64 };

struct table *
table_new(const uint64_t key[2])
{
	struct table *t = mem_alloc(sizeof(*t));

	t->key[0] = key[0];
	t->key[1] = key[1];
	t->mask = SLOTS_FIRST - 1;
	t->slots = mem_alloc(SLOTS_FIRST * sizeof(*t->slots));
	return t;
}

void
table_free(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i <= t->mask; i++)
		free(table_image(t->slots[i]));
	for (size_t i = 0; i < t->nzones; i++)
		free(t->zones[i]);
	free(t->zones);
	free(t->slots);
	free(t);
}

static uint64_t
slot_of(const struct image *m, uint64_t hash)
{
	assert((uintptr_t)m >> 47 >> 1 == 0);
	return (uint64_t)(uintptr_t)m | (hash & UINT64_C(0xffff000000000000));
}

/* The slot of the name, or the empty one where it would be. */
static uint64_t *
slot_find(const struct table *t, uint64_t hash, const uint8_t *name, size_t n)
{
	for (size_t i = hash & t->mask;; i = (i + 1) & t->mask) {
		uint64_t slot = __atomic_load_n(&t->slots[i], __ATOMIC_ACQUIRE);
		const struct image *m = table_image(slot);

		if (!slot || ((slot ^ hash) >> 48 == 0 && m->namelen == n &&
		              !memcmp(image_name(m), name, n)))
			return &t->slots[i];
	}
}

struct image *
table_find(const struct table *t, uint64_t hash, const uint8_t *name, size_t n)
{
	/* Not slot_find: a slot is read once, it may change in between. */
	for (size_t i = hash & t->mask;; i = (i + 1) & t->mask) {
		uint64_t slot = __atomic_load_n(&t->slots[i], __ATOMIC_ACQUIRE);
		struct image *m = table_image(slot);

		if (!slot)
			return NULL;
		if ((slot ^ hash) >> 48 == 0 && m->namelen == n && !memcmp(image_name(m), name, n))
			return m;
	}
}

struct image *
table_above(const struct table *t, const uint8_t *name, size_t n, size_t *skip)
{
	unsigned labels = 0;
	struct image *m;
	size_t at = 0;

	for (const uint8_t *p = name; *p; p += *p + 1U)
		labels++;
	while (name[at]) {
		at += name[at] + 1U;
		if (--labels > t->labels) /* deeper than any name: no need to hash */
			continue;
		if ((m = table_find(t, table_hash(t, name + at, n - at), name + at, n - at))) {
			*skip = at;
			return m;
		}
	}
	return NULL;
}

static void
grow(struct table *t)
{
	uint64_t *old = t->slots;
	size_t n = t->mask + 1;

	t->mask = 2 * n - 1;
	t->slots = mem_alloc(2 * n * sizeof(*t->slots));
	for (size_t i = 0; i < n; i++) {
		const struct image *m = table_image(old[i]);
		size_t k;

		if (!m)
			continue;
		for (k = table_hash(t, image_name(m), m->namelen) & t->mask; t->slots[k];)
			k = (k + 1) & t->mask;
		t->slots[k] = slot_of(m, table_hash(t, image_name(m), m->namelen));
	}
	free(old);
}

/* Puts m where its name belongs; the one that was there. */
static struct image *
put(struct table *t, struct image *m)
{
	uint64_t hash = table_hash(t, image_name(m), m->namelen);
	uint64_t *slot = slot_find(t, hash, image_name(m), m->namelen);
	struct image *old = table_image(*slot);

	if (!old && ++t->names * 2 > t->mask + 1) {
		grow(t);
		slot = slot_find(t, hash, image_name(m), m->namelen);
	}
	if (m->labels > t->labels)
		t->labels = m->labels;
	__atomic_store_n(slot, slot_of(m, hash), __ATOMIC_RELEASE);
	return old;
}

/* Empty images for the names between `name` and what is above it already. */
static void
fill(struct table *t, struct table_zone *zone, const uint8_t *name, size_t n)
{
	size_t skip = 0, at = 0;
	struct image *above = table_above(t, name, n, &skip);

	while (above && (at += name[at] + 1U) < skip)
		put(t, image_new(zone, name + at, n - at, 0));
	if (above && name[0] == 1 && name[1] == '*') {
		at = 2;
		above = table_find(t, table_hash(t, name + at, n - at), name + at, n - at);
		above->flags |= IMAGE_WILD;
	}
}

/*
 * The image of a name in a zone, made with its ancestors if it is not there; NULL: it is outside.
 */
static struct image *
want(struct table *t, const uint8_t *name, size_t n)
{
	struct image *m = table_find(t, table_hash(t, name, n), name, n), *above;
	size_t skip;

	if (m)
		return m;
	if (!(above = table_above(t, name, n, &skip)))
		return NULL;
	fill(t, above->zone, name, n);
	m = image_new(above->zone, name, n, 0);
	put(t, m);
	return m;
}

/* ---- zones */

/* Appends a name of the SOA, its part in the zone as a pointer to be fixed (RFC 1035 4.1.4). */
static size_t
soa_name(struct table_zone *z, size_t at, const uint8_t *name, size_t n)
{
	size_t own = n;

	if (z->namelen > 1 && n >= z->namelen &&
	    !memcmp(name + n - z->namelen, z->name, z->namelen))
		for (size_t i = 0; i < n; i += name[i] + 1U)
			if (n - i == z->namelen)
				own = i;
	memcpy(z->soa + at, name, own);
	if (own == n)
		return at + n;
	z->fix[z->nfix++] = (uint16_t)(at + own);
	return at + own + 2;
}

static int
compile_soa(struct table_zone *z, const struct stream_zone *s, struct fault *f)
{
	const uint32_t numbers[] = {s->serial, s->refresh, s->retry, s->expire, s->minimum};
	uint8_t mname[WIRE_NAME], rname[WIRE_NAME];
	size_t m = wire_name(mname, s->mname), r = wire_name(rname, s->rname), at = 12;

	if (!m || !r)
		return fault_set(f, "zone %s: SOA names are none", s->name);
	z->fix[z->nfix++] = 0;
	wire_put16(z->soa + 2, TYPE_SOA);
	wire_put16(z->soa + 4, CLASS_IN);
	/* RFC 2308 3: negative answers live as long as the smaller of both. */
	wire_put32(z->soa + 6, s->minimum);
	at = soa_name(z, at, mname, m);
	at = soa_name(z, at, rname, r);
	z->serial_at = (uint16_t)at;
	for (size_t i = 0; i < 5; i++, at += 4)
		wire_put32(z->soa + at, numbers[i]);
	z->soalen = (uint16_t)at;
	wire_put16(z->soa + 10, (uint16_t)(at - 12));
	z->serial = s->serial;
	return 0;
}

static int
compile_ns(struct table *t, struct image *apex, const struct stream_zone *s, struct fault *f)
{
	uint8_t name[WIRE_NAME], records[16 * (WIRE_NAME + 12)];
	const uint8_t *from[] = {records};
	struct image_set set = {.type = TYPE_NS, .count = (uint16_t)s->nns};
	struct image *m;

	for (size_t i = 0; i < s->nns; i++) {
		size_t n = wire_name(name, s->ns[i]);

		if (!n)
			return fault_set(f, "zone %s: not a name: %.100s", s->name, s->ns[i]);
		set.len =
		    (uint16_t)(set.len + image_record(records + set.len, TYPE_NS, ZONE_NS_TTL, name, n));
	}
	if (!(m = image_with(apex, &set, from, 1, apex->flags)))
		return fault_set(f, "zone %s: too many records", s->name);
	free(put(t, m));
	return 0;
}

int
table_zone(struct table *t, const struct stream_zone *s, struct fault *f)
{
	struct table_zone *z = mem_alloc(sizeof(*z));
	struct image *apex, *old;

	t->zones = mem_array(t->zones, &t->zones_cap, t->nzones + 1, sizeof(struct table_zone *));
	t->zones[t->nzones++] = z;
	z->namelen = (uint8_t)wire_name(z->name, s->name);
	if (!z->namelen)
		return fault_set(f, "zone %.260s: not a name", s->name);
	if (compile_soa(z, s, f) < 0)
		return -1;
	old = table_find(t, table_hash(t, z->name, z->namelen), z->name, z->namelen);
	if (old && old->flags & IMAGE_APEX)
		return fault_set(f, "zone %s is there twice", s->name);
	apex = image_new(z, z->name, z->namelen, IMAGE_APEX | (old ? old->flags : 0));
	free(put(t, apex));
	return compile_ns(t, apex, s, f);
}

/* ---- records and decisions */

static bool
is_address(uint16_t type)
{
	return type == TYPE_A || type == TYPE_AAAA;
}

/* True if the set has this rdata already: NS of the zone line are often records, too. */
static bool
has_rdata(const struct image_set *set, const uint8_t *records, const uint8_t *rdata, size_t n)
{
	for (size_t i = 0, len; i < set->len; i += len) {
		len = 12U + wire_get16(records + i + 10);
		if (len == 12 + n && !memcmp(records + i + 12, rdata, n))
			return true;
	}
	return false;
}

/* Lower-case rdata of the types whose target we look up ourselves; false if it is no name. */
static bool
take_target(uint8_t dst[static WIRE_NAME], const struct stream_rr *r)
{
	size_t i = 0;

	if (r->rdlen > WIRE_NAME)
		return false;
	while (i < r->rdlen && r->rdata[i] && r->rdata[i] < 64)
		i += r->rdata[i] + 1U;
	if (i + 1U != r->rdlen || r->rdata[i])
		return false;
	wire_lower(dst, r->rdata, r->rdlen);
	return true;
}

int
table_record(struct table *t, const struct stream_rr *r, struct fault *f)
{
	uint8_t name[WIRE_NAME], target[WIRE_NAME];
	const uint8_t *rdata = r->rdata;
	size_t n = wire_name(name, r->owner);
	const uint8_t *had = NULL;
	const struct image_set *old;
	struct image_set set = {.type = r->type};
	struct image *m, *new;
	uint8_t *records;

	if (!n || !(m = want(t, name, n)))
		return fault_set(f, "%.260s: in none of the zones", r->owner);
	if (r->type == TYPE_SOA)
		return 0; /* the zone line has it */
	if (is_address(r->type) && r->rdlen != (r->type == TYPE_A ? 4 : 16))
		return fault_set(f, "%.260s: an address of %d bytes", r->owner, r->rdlen);
	if (r->type == TYPE_CNAME || r->type == TYPE_NS) {
		if (!take_target(target, r))
			return fault_set(f, "%.260s: rdata is not a name", r->owner);
		rdata = target;
	}
	if ((old = image_find(m, r->type, &had))) {
		set = *old;
		if (image_one(old))
			return fault_set(f, "%.260s: decided already", r->owner);
		if (has_rdata(old, had, rdata, r->rdlen))
			return 0;
	}
	if (set.len + 12U + r->rdlen > UINT16_MAX)
		return fault_set(f, "%.260s: records of one type over 64 KiB", r->owner);
	records = mem_alloc(set.len + 12U + r->rdlen);
	if (set.len)
		memcpy(records, had, set.len);
	/* One TTL for the set, the first (RFC 2181 5.2). */
	set.len = (uint16_t)(set.len + image_record(records + set.len, r->type,
	                                            set.len ? wire_get32(had + 6) : r->ttl, rdata,
	                                            r->rdlen));
	set.count++;
	set.stride = is_address(r->type) ? (uint8_t)(12 + r->rdlen) : 0;
	new = image_with(m, &set, (const uint8_t *const[]){records}, 1, m->flags);
	free(records);
	if (!new)
		return fault_set(f, "%.260s: too many records", r->owner);
	free(put(t, new));
	return 0;
}

int
table_decision(struct table *t, const struct decision *d, struct fault *f)
{
	uint8_t name[WIRE_NAME];
	size_t n = wire_name(name, d->domain);
	struct image *m, *new;

	if (!n || !(m = want(t, name, n)))
		return fault_set(f, "%.260s: in none of the zones", d->domain);
	if (!(new = table_decide(m, d, f)))
		return -1;
	t->decided += !(m->flags & IMAGE_DECIDED);
	free(put(t, new));
	return 0;
}

static uint64_t
content(const struct image *m)
{
	static const uint64_t key[2] = {1, 2};

	uint64_t codes = 0;

	for (int i = 0; i < FAMILIES; i++)
		codes = codes << 8 | m->rcode[i];
	return siphash13(key, m->sets, image_size(m)) + siphash13(key, &codes, sizeof(codes));
}

int
table_update(struct table *t, const struct decision *d, struct image **old, struct fault *f)
{
	uint8_t name[WIRE_NAME];
	size_t n = wire_name(name, d->domain);
	struct image *m = n ? table_find(t, table_hash(t, name, n), name, n) : NULL, *new;
	struct table_zone *z;
	uint32_t serial;
	bool same;

	if (!m || !(m->flags & IMAGE_DECIDED))
		return fault_set(f, "%.260s: not a domain of this generation", d->domain);
	if (!(new = table_decide(m, d, f)))
		return -1;
	same = image_same(m, new);
	if (same && !memcmp(m->ede, new->ede, sizeof(m->ede))) {
		free(new);
		return 0;
	}
	z = m->zone;
	z->sum += content(new) - content(m);
	*old = put(t, new);
	if (same) /* the data is what it was */
		return 1;
	serial = (uint32_t)(d->at / 1000);
	__atomic_store_n(&z->serial, serial > z->serial ? serial : z->serial + 1, __ATOMIC_RELAXED);
	return 1;
}

/* ---- the whole */

/* The names between a zone and the zone above it exist, too. */
static void
fill_zones(struct table *t)
{
	for (size_t i = 0; i < t->nzones; i++) {
		const struct table_zone *z = t->zones[i];
		size_t skip;
		struct image *above = table_above(t, z->name, z->namelen, &skip);

		if (above)
			fill(t, above->zone, z->name, z->namelen);
	}
}

static void
sum_zones(struct table *t)
{
	static const uint64_t key[2] = {3, 4};

	for (size_t i = 0; i < t->nzones; i++) {
		struct table_zone *z = t->zones[i];
		uint8_t soa[sizeof(z->soa)];

		memcpy(soa, z->soa, z->soalen);
		wire_put32(soa + z->serial_at, 0);
		z->sum = siphash13(key, soa, z->soalen);
	}
	for (size_t i = 0; i <= t->mask; i++) {
		const struct image *m = table_image(t->slots[i]);

		if (m)
			m->zone->sum += content(m);
	}
}

static const struct table_zone *
same_zone(const struct table *t, const struct table_zone *z)
{
	struct image *m = table_find(t, table_hash(t, z->name, z->namelen), z->name, z->namelen);

	return m && m->flags & IMAGE_APEX ? m->zone : NULL;
}

void
table_finish(struct table *t, const struct table *before)
{
	fill_zones(t);
	sum_zones(t);
	for (size_t i = 0; before && i < t->nzones; i++) {
		struct table_zone *z = t->zones[i];
		const struct table_zone *was = same_zone(before, z);

		if (was && was->sum == z->sum)
			z->serial = was->serial;
		else if (was && z->serial <= was->serial)
			z->serial = was->serial + 1;
	}
}
