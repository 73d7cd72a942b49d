#include "codec/zonefile.h"

#include <string.h>

/*
 * Static records of these types are written in their own words.  The others are
 * written as RFC 3597 has it, which every server reads: what is new to one of
 * them has no words there.
 */
static const struct {
	const char *word;
	bool strings; /* its text may hold quotes */
} plain[] = {
    {"A", false},    {"CNAME", false}, {"PTR", false},  {"HINFO", true},  {"MX", false},
    {"TXT", true},   {"RP", false},    {"AAAA", false}, {"SRV", false},   {"NAPTR", true},
    {"DS", false},   {"CAA", true},    {"TLSA", false}, {"SSHFP", false},
};

static bool
is_plain(const struct record *r)
{
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (!strcmp(r->type_text, plain[i].word))
			return plain[i].strings || !strpbrk(r->text, "\"@$");
	return false;
}

/* An owner in presentation form, with what only a master file takes for something else. */
static void
add_owner(struct buf *b, const char *owner)
{
	for (const char *s = owner; *s; s++) {
		if (*s == '"' || ((*s == '$' || *s == '@') && s == owner))
			buf_putc(b, '\\');
		buf_putc(b, *s);
		if (*s == '\\' && s[1])
			buf_putc(b, *++s);
	}
}

static void
add_static(struct buf *b, const struct record *r)
{
	add_owner(b, r->owner);
	if (is_plain(r)) {
		buf_printf(b, "\t%u\tIN\t%s\t%s\n", r->ttl, r->type_text, r->text);
		return;
	}
	buf_printf(b, "\t%u\tIN\tTYPE%u\t\\# %u", r->ttl, r->type, r->rdlen);
	for (size_t i = 0; i < r->rdlen; i++)
		buf_printf(b, "%s%02x", i ? "" : " ", r->rdata[i]);
	buf_putc(b, '\n');
}

void
zonefile_zone(struct buf *b, const struct zone *z, uint32_t serial)
{
	/* As the server has it: the SOA is told for as long as what it says is not there. */
	buf_printf(b, "$ORIGIN %s.\n$TTL %u\n", z->name, z->soa.minimum);
	buf_printf(b, "%s.\t%u\tIN\tSOA\t%s %s %u %u %u %u %u\n", z->name, z->soa.minimum,
	           z->soa.mname, z->soa.rname, serial, z->soa.refresh, z->soa.retry, z->soa.expire,
	           z->soa.minimum);
	for (size_t i = 0; i < z->nns; i++)
		buf_printf(b, "%s.\t%d\tIN\tNS\t%s\n", z->name, ZONE_NS_TTL, z->ns[i]);
	for (size_t i = 0; i < z->nrecords; i++)
		add_static(b, &z->records[i]);
}

/* ---- answers */

/* An alias leads to one place (RFC 1034 3.6.2); the server gives one of several a reply. */
static size_t
most_records(const struct rrset *r, enum rrtype type)
{
	return type == RRTYPE_CNAME && r->nanswers > 1 ? 1 : r->nanswers;
}

static void
add_selection(struct buf *b, const struct domain *d, const struct rrset *r, const char *word)
{
	buf_printf(b, "; %s. %s: fodns-serve gives one of these %zu a reply, by %s", d->name, word,
	           r->nanswers, r->select == SELECT_HASH ? "the client's network" : "weight");
	for (size_t i = 0; r->select == SELECT_WEIGHTED && i < r->nanswers; i++)
		buf_printf(b, "%c%u", i ? ':' : ' ', r->weights[i]);
	buf_putc(b, '\n');
}

static void
add_notes(struct buf *b, const struct domain *d, const struct rrset *r, enum rrtype type)
{
	const char *word = rrtype_word((int)type);
	char text[ADDR_TEXT];

	for (size_t i = most_records(r, type); i < r->nanswers; i++)
		buf_printf(b, "; %s. %s: or %s\n", d->name, word, answer_text(text, &r->answers[i]));
	if (r->select != SELECT_ALL)
		add_selection(b, d, r, word);
	else if (type != RRTYPE_CNAME && r->nanswers > (size_t)d->server->max_answers)
		buf_printf(b, "; %s. %s: fodns-serve gives %d of these %zu a reply\n", d->name,
		           word, d->server->max_answers, r->nanswers);
}

/* Worth a word: nothing is answered where something could be, and no address stands in for an alias. */
static bool
is_empty(const struct domain *d, const struct decision *dec, enum family f)
{
	bool stands_in = dec->rrsets[FAMILY_V4].nanswers || dec->rrsets[FAMILY_V6].nanswers;

	return dec->rrsets[f].nanswers == 0 && domain_has(d, f) &&
	       !(f == FAMILY_OTHER && stands_in);
}

void
zonefile_domain(struct buf *b, const struct domain *d, const struct decision *dec)
{
	char text[ADDR_TEXT];

	for (int f = 0; f < FAMILIES; f++) {
		const struct rrset *r = &dec->rrsets[f];
		enum rrtype type = family_type((enum family)f, d->type);

		if (is_empty(d, dec, (enum family)f))
			buf_printf(b, "; %s. %s: %s\n", d->name, rrtype_word((int)type),
			           r->rcode ? rcode_word((int)r->rcode) : "no answer");
		add_notes(b, d, r, type);
		for (size_t i = 0; i < most_records(r, type); i++)
			buf_printf(b, "%s.\t%u\tIN\t%s\t%s%s%s\n", d->name, r->ttl,
			           rrtype_word((int)type), answer_text(text, &r->answers[i]),
			           r->source == SOURCE_LIVE ? "" : " ; ",
			           r->source == SOURCE_LIVE ? "" : source_word((int)r->source));
	}
}

/* ---- nsupdate(1) */

static void
begin_update(struct buf *b, const struct domain *d)
{
	buf_printf(b, "zone %s.\n", d->zone->name);
}

static void
add_delete(struct buf *b, const struct domain *d, enum family f)
{
	buf_printf(b, "update delete %s. %s\n", d->name,
	           rrtype_word((int)family_type(f, d->type)));
}

/* All deletions come first: a CNAME gives way to addresses in one message, and back. */
void
nsupdate_domain(struct buf *b, const struct domain *d, const struct decision *dec)
{
	char text[ADDR_TEXT];

	begin_update(b, d);
	for (int f = 0; f < FAMILIES; f++)
		if (domain_may(d, (enum family)f))
			add_delete(b, d, (enum family)f);
	for (int f = 0; f < FAMILIES; f++) {
		const struct rrset *r = &dec->rrsets[f];
		enum rrtype type = family_type((enum family)f, d->type);

		for (size_t i = 0; i < most_records(r, type); i++)
			buf_printf(b, "update add %s. %u %s %s\n", d->name, r->ttl,
			           rrtype_word((int)type), answer_text(text, &r->answers[i]));
	}
	buf_puts(b, "send\n");
}

static bool
same_type(const struct domain *was, const struct domain *now, enum family f)
{
	return f != FAMILY_OTHER || was->type == now->type;
}

bool
nsupdate_gone(struct buf *b, const struct domain *was, const struct domain *now)
{
	bool any = false;

	for (int f = 0; f < FAMILIES; f++) {
		if (!domain_may(was, (enum family)f) ||
		    (now && same_type(was, now, (enum family)f) && domain_may(now, (enum family)f)))
			continue;
		if (!any)
			begin_update(b, was);
		any = true;
		add_delete(b, was, (enum family)f);
	}
	if (any)
		buf_puts(b, "send\n");
	return any;
}
