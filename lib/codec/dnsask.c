#include "codec/dnsask.h"

#include <string.h>

#include "codec/zonetext.h"

enum { HEADER = 12, QR = 0x80, OPCODE = 0x78, TC = 0x02, RD = 0x01 };
enum {
	POINTER = 0xc0, LABEL_MOST = 63, FIXED = 10,
	POINTERS_MOST = 128, /* in a name, which has no more labels */
	CHAIN_MOST = 16      /* CNAMEs; resolvers follow no more either */
};

static const uint16_t numbers[QTYPES] = {
    [QTYPE_A] = TYPE_A,     [QTYPE_AAAA] = TYPE_AAAA, [QTYPE_NS] = TYPE_NS,
    [QTYPE_CNAME] = TYPE_CNAME, [QTYPE_SOA] = TYPE_SOA, [QTYPE_PTR] = TYPE_PTR,
    [QTYPE_MX] = TYPE_MX,   [QTYPE_TXT] = TYPE_TXT,   [QTYPE_SRV] = TYPE_SRV,
    [QTYPE_NAPTR] = 35,     [QTYPE_CAA] = 257,        [QTYPE_DS] = 43,
    [QTYPE_DNSKEY] = 48,    [QTYPE_TLSA] = 52,
};

size_t
dnsask_query(uint8_t dst[static DNSASK_QUERY], uint16_t id, const char *name, enum qtype type)
{
	size_t n;

	memset(dst, 0, HEADER);
	wire_put16(dst, id);
	dst[2] = RD;
	wire_put16(dst + 4, 1);
	n = wire_name(dst + HEADER, name);
	if (n == 0)
		return 0;
	wire_put16(dst + HEADER + n, numbers[type]);
	wire_put16(dst + HEADER + n + 2, CLASS_IN);
	return HEADER + n + 4;
}

/* In any case of letters: RFC 4343. Lengths of labels are no letters. */
static bool
same_question(const uint8_t *query, const uint8_t *message, size_t n)
{
	uint8_t name[WIRE_NAME];

	wire_lower(name, message, n - 4);
	return memcmp(query, name, n - 4) == 0 && memcmp(query + n - 4, message + n - 4, 4) == 0;
}

bool
dnsask_fits(const uint8_t *query, size_t nquery, const uint8_t *message, size_t n)
{
	if (n < HEADER || memcmp(query, message, 2) != 0 || !(message[2] & QR) ||
	    message[2] & OPCODE)
		return false;
	if (wire_get16(message + 4) == 0)
		return dnsask_rcode(message) != RCODE_NOERROR;
	return wire_get16(message + 4) == 1 && n >= nquery &&
	       same_question(query + HEADER, message + HEADER, nquery - HEADER);
}

bool
dnsask_truncated(const uint8_t *message)
{
	return message[2] & TC;
}

unsigned
dnsask_rcode(const uint8_t *message)
{
	return message[3] & 15;
}

/* Behind the question, which is as long as that of the query. */
static size_t
answers_at(const uint8_t *message, size_t n)
{
	size_t at = HEADER;

	if (wire_get16(message + 4) == 0)
		return at;
	while (at < n && message[at])
		at += 1 + (size_t)message[at];
	return at + 5;
}

/* ---- records */

struct name {
	uint8_t text[WIRE_NAME]; /* lower case, no pointers */
	size_t n;
};

struct rr {
	struct name owner;
	uint16_t type, class;
	size_t at, rdata, end;
};

/* Behind the name at `at`; 0: it is none.  A pointer leads to before where its part began
 * (RFC 1035 4.1.4: a prior occurrence). */
static size_t
take_name(struct name *to, const uint8_t *m, size_t n, size_t at)
{
	size_t from = at, end = 0;
	int pointers = 0;

	for (to->n = 0; at < n && m[at];) {
		size_t part = m[at] + (size_t)1;

		if (m[at] >= POINTER) {
			if (n - at < 2 || ++pointers > POINTERS_MOST)
				return 0;
			end = end ? end : at + 2;
			at = wire_get16(m + at) & (POINTER << 8 ^ 0xffff);
			if (at < HEADER || at >= from)
				return 0;
			from = at;
			continue;
		}
		if (m[at] > LABEL_MOST || n - at < part || to->n + part >= WIRE_NAME)
			return 0;
		memcpy(to->text + to->n, m + at, part);
		to->n += part;
		at += part;
	}
	if (at >= n)
		return 0;
	to->text[to->n++] = 0;
	wire_lower(to->text, to->text, to->n);
	return end ? end : at + 1;
}

static bool
same_name(const struct name *a, const struct name *b)
{
	return a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
}

/* Is the data what that of its type looks like, as far as it concerns names and addresses? */
static bool
good_data(const struct rr *r, const uint8_t *m)
{
	static const struct {
		uint16_t type;
		uint8_t before, names, behind;
	} shapes[] = {{TYPE_A, 4, 0, 0}, {TYPE_AAAA, 16, 0, 0}, {TYPE_NS, 0, 1, 0},
	    {TYPE_CNAME, 0, 1, 0}, {TYPE_PTR, 0, 1, 0}, {TYPE_MX, 2, 1, 0}, {TYPE_SRV, 6, 1, 0},
	    {TYPE_SOA, 0, 2, 20}};
	size_t i = 0, at = r->rdata;
	struct name name;

	while (i < sizeof(shapes) / sizeof(*shapes) && shapes[i].type != r->type)
		i++;
	if (i == sizeof(shapes) / sizeof(*shapes) || r->class != CLASS_IN)
		return true;
	at += shapes[i].before;
	for (int k = 0; k < shapes[i].names; k++)
		if ((at = take_name(&name, m, r->end, at)) == 0)
			return false;
	return at + shapes[i].behind == r->end;
}

static bool
take_record(struct rr *r, const uint8_t *m, size_t n, size_t at)
{
	size_t fixed = take_name(&r->owner, m, n, at);

	if (!fixed || n - fixed < FIXED)
		return false;
	r->at = at;
	r->type = wire_get16(m + fixed);
	r->class = wire_get16(m + fixed + 2);
	r->rdata = fixed + FIXED;
	r->end = r->rdata + wire_get16(m + fixed + 8);
	return r->end <= n && good_data(r, m);
}

bool
dnsask_valid(const uint8_t *message, size_t n)
{
	unsigned count = wire_get16(message + 6) + wire_get16(message + 8) + wire_get16(message + 10);
	struct rr r = {.end = answers_at(message, n)};

	/* Bytes behind the last record are nobody's, and servers that leave some are heard. */
	for (; count > 0; count--)
		if (!take_record(&r, message, n, r.end))
			return false;
	return true;
}

/* The name that this one is an alias of, in a valid message. */
static bool
take_alias(struct name *to, const uint8_t *m, size_t n)
{
	struct rr r = {.end = answers_at(m, n)};

	for (unsigned i = wire_get16(m + 6); i > 0; i--)
		if (take_record(&r, m, n, r.end) && r.type == TYPE_CNAME && r.class == CLASS_IN &&
		    same_name(&r.owner, to))
			return take_name(to, m, r.end, r.rdata) > 0;
	return false;
}

bool
dnsask_answers(struct buf *b, const uint8_t *query, const uint8_t *message, size_t n)
{
	size_t at = answers_at(message, n), most = b->len + DNSASK_TEXT;
	unsigned count = wire_get16(message + 6);
	struct name end;
	uint16_t type;
	struct rr r = {.end = at};

	if (count > DNSASK_RECORDS || !dnsask_valid(message, n))
		return false;
	at = take_name(&end, query, DNSASK_QUERY, HEADER);
	type = wire_get16(query + at);
	for (int i = 0; type != TYPE_CNAME && take_alias(&end, message, n); i++)
		if (i == CHAIN_MOST)
			return true; /* which leads nowhere */
	for (; count > 0; count--) {
		take_record(&r, message, n, r.end);
		if (r.type != type || r.class != CLASS_IN || !same_name(&r.owner, &end))
			continue;
		at = r.at;
		if (!zonetext_record(b, message, n, &at) || b->len > most)
			return false;
	}
	return true;
}
