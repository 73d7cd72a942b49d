#include "codec/table_decide.h"

#include <string.h>

#include "codec/pick.h"
#include "codec/zonetext.h"

enum {
	PICK_DEFAULT = 8,
	MOST_RDATA = 8192,
	MOST_TABLE = PICK_SLOTS + LIMIT_TARGETS * sizeof(uint16_t)
};

static uint8_t
most_of(const struct decision *d)
{
	int pick = d->max_answers > 0 ? d->max_answers : PICK_DEFAULT;

	return (uint8_t)(pick < 255 ? pick : 255);
}

/* Bytes before the records, for the table by which one of them is picked; 0: none is. */
static size_t
room_for_table(const struct rrset *r)
{
	if (r->nanswers < 2)
		return 0;
	return r->select == SELECT_WEIGHTED ? pick_weighted_size(r->nanswers)
	       : r->select == SELECT_HASH   ? pick_hashed_size(r->nanswers)
	                                    : 0;
}

/* Makes the set, whose records are in place, one of which each reply has one. */
static void
pick_one(uint8_t *dst, const struct rrset *from, struct image_set *set)
{
	uint16_t at[LIMIT_TARGETS];
	size_t p = room_for_table(from);

	if (!p)
		return;
	for (size_t i = 0; i < from->nanswers; i++, p += 12U + wire_get16(dst + p + 10))
		at[i] = (uint16_t)p;
	set->stride = 0;
	if (from->select == SELECT_WEIGHTED) {
		set->pick = IMAGE_ONE_WEIGHTED;
		pick_weighted_table(dst, from->weights, at, from->nanswers);
	} else {
		set->pick = IMAGE_ONE_HASHED;
		pick_hashed_table(dst, at, from->nanswers);
	}
}

/* Compiles one family's answers to dst. */
static struct image_set
compile_answers(uint8_t *dst, const struct decision *d, enum family family)
{
	const struct rrset *from = &d->rrsets[family];
	size_t size = family == FAMILY_V4 ? 4 : 16, at = room_for_table(from);
	struct image_set set = {
		.type = family == FAMILY_V4 ? TYPE_A : TYPE_AAAA,
		.count = (uint16_t)from->nanswers,
		.stride = (uint8_t)(12 + size),
		.pick = most_of(d),
	};

	for (size_t i = 0; i < from->nanswers; i++)
		at += image_record(dst + at, set.type, from->ttl, from->answers[i].addr.b, size);
	set.len = (uint16_t)at;
	pick_one(dst, from, &set);
	return set;
}

/*
 * The answers of another type; records of any length.  An alias leads to one place
 * (RFC 1034 3.6.2), so of several CNAMEs each reply has one.
 */
static int
compile_values(uint8_t *dst, size_t cap, const struct decision *d, struct image_set *set,
               struct fault *f)
{
	static const uint16_t types[] = {
	    [RRTYPE_CNAME] = TYPE_CNAME, [RRTYPE_SRV] = TYPE_SRV, [RRTYPE_TXT] = TYPE_TXT};
	static uint8_t rdata[MOST_RDATA];
	const struct rrset *from = &d->rrsets[FAMILY_OTHER];
	size_t at = room_for_table(from);
	uint8_t most = most_of(d);

	*set = (struct image_set){
		.type = types[d->type],
		.count = (uint16_t)from->nanswers,
		.pick = d->type == RRTYPE_CNAME    ? 1
		        : most < IMAGE_PICK_MOST ? most
		                                 : IMAGE_PICK_MOST,
	};
	for (size_t i = 0; i < from->nanswers; i++) {
		size_t n = zonetext_rdata(rdata, sizeof(rdata), d->type, from->answers[i].text);

		if (!n)
			return fault_set(f, "%.260s: \"%.100s\" is no %s", d->domain,
			                 from->answers[i].text, rrtype_word((int)d->type));
		if (at + 12 + n > cap)
			return fault_set(f, "%.260s: records of one type over 64 KiB", d->domain);
		at += image_record(dst + at, set->type, from->ttl, rdata, n);
	}
	set->len = (uint16_t)at;
	pick_one(dst, from, set);
	if (d->type == RRTYPE_CNAME && from->nanswers &&
	    (d->rrsets[FAMILY_V4].nanswers || d->rrsets[FAMILY_V6].nanswers))
		return fault_set(f, "%.260s: a CNAME beside addresses", d->domain);
	return 0;
}

/* Have no reports come of the targets of a family, or of all where it has none of its own? */
static bool
unheard(const struct decision *d, enum family f)
{
	size_t own = 0, known = 0, known_own = 0;

	for (size_t i = 0; i < d->ntargets; i++) {
		const struct target_view *t = &d->targets[i];
		bool mine = t->value ? f == FAMILY_OTHER : t->addr.family == f;

		own += mine;
		known += t->state != STATE_UNKNOWN;
		known_own += mine && t->state != STATE_UNKNOWN;
	}
	if (own)
		return !known_own;
	return d->ntargets && !known && d->rrsets[f].nanswers;
}

/*
 * What a client may want to know of an answer that no fresh report stands
 * behind: an earlier one is answered, or none came yet.  And why there is none at all:
 * "cannot answer with data for a zone it is otherwise configured to support" (RFC 8914
 * 4.25) comes nearest.
 */
static uint8_t
extended_error(const struct decision *d, enum family f)
{
	if (d->rrsets[f].rcode)
		return d->rrsets[f].source == SOURCE_KEEP ? EDE_NOT_READY : EDE_INVALID_DATA;
	switch (d->rrsets[f].source) {
	case SOURCE_KEEP:
	case SOURCE_LAST:
		return EDE_STALE;
	case SOURCE_LIVE:
		return 0;
	default:
		return unheard(d, f) ? EDE_NOT_READY : 0;
	}
}

static uint8_t
wire_rcode(enum rcode c)
{
	static const uint8_t rcodes[] = {
	    [DECIDED_NOERROR] = RCODE_NOERROR, [DECIDED_SERVFAIL] = RCODE_SERVFAIL,
	    [DECIDED_REFUSED] = RCODE_REFUSED};

	return rcodes[c];
}

struct image *
table_decide(const struct image *m, const struct decision *d, struct fault *f)
{
	/* only one thread writes tables */
	static uint8_t v4[MOST_TABLE + LIMIT_TARGETS * 16], v6[MOST_TABLE + LIMIT_TARGETS * 28],
	    other[UINT16_MAX];
	struct image_set sets[FAMILIES] = {compile_answers(v4, d, FAMILY_V4),
	                                   compile_answers(v6, d, FAMILY_V6)};
	const uint8_t *const records[] = {v4, v6, other};
	struct image *new;

	if (d->type != RRTYPE_A &&
	    compile_values(other, sizeof(other), d, &sets[FAMILY_OTHER], f) < 0)
		return NULL;
	new = image_with(m, sets, records, d->type == RRTYPE_A ? FAMILY_OTHER : FAMILIES,
	                 (m->flags & ~IMAGE_REFUSES) | IMAGE_DECIDED);
	for (int i = 0; new && i < FAMILIES; i++) {
		new->ede[i] = extended_error(d, (enum family)i);
		new->rcode[i] = wire_rcode(d->rrsets[i].rcode);
		new->flags |= new->rcode[i] ? IMAGE_REFUSES : 0;
	}
	if (new)
		new->other = sets[FAMILY_OTHER].type;
	else
		fault_set(f, "%.260s: too many records", d->domain);
	return new;
}
