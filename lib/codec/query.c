#include "codec/query.h"

#include <string.h>

enum { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL };

/* Length of the name without pointers at p, 0 if there is none within n bytes (RFC 1035 2.3.4). */
static size_t
name_length(const uint8_t *p, size_t n)
{
	if (n > WIRE_NAME)
		n = WIRE_NAME;
	for (size_t i = 0; i < n; i += p[i] + 1U) {
		if (!p[i])
			return i + 1;
		if (p[i] > 63)
			return 0;
	}
	return 0;
}

/* Where the name at `at` ends, compressed or not; 0 if it is cut. */
static size_t
name_skip(const uint8_t *p, size_t at, size_t n)
{
	while (at < n) {
		if (!p[at])
			return at + 1;
		if (p[at] >= 0xc0)
			return at + 2 <= n ? at + 2 : 0;
		if (p[at] > 63)
			return 0;
		at += p[at] + 1U;
	}
	return 0;
}

/* One option of n bytes; one that we don't know is skipped. False: it cannot be so long. */
static bool
take_option(struct query *q, unsigned code, const uint8_t *p, size_t n)
{
	switch (code) {
	case OPTION_NSID:
		q->nsid = true;
		break;
	case OPTION_KEEPALIVE:
		q->keepalive = true;
		q->keepalive_wrong = n != 0;
		break;
	case OPTION_COOKIE:
		if (!cookie_length_valid(n))
			return false;
		if (q->cookielen) /* the first one counts (RFC 7873 5.2) */
			break;
		q->cookielen = (uint8_t)n;
		memcpy(q->cookie, p, n);
		break;
	}
	return true;
}

/* The options fill the rdata exactly (RFC 6891 6.1.2). */
static bool
take_options(struct query *q, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len;

		if (n - i < 4)
			return false;
		len = wire_get16(p + i + 2);
		if (n - i - 4 < len || !take_option(q, wire_get16(p + i), p + i + 4, len))
			return false;
		i += 4 + len;
	}
	return true;
}

/* An OPT record whose fixed part is at p, its rdlen bytes of rdata behind it. */
static void
take_opt(struct query *q, const uint8_t *p, size_t rdlen, bool misplaced)
{
	uint16_t size = wire_get16(p + 2);

	bool second = q->opt;

	q->opt = true;
	q->dnssec_ok = p[6] & 0x80;
	q->size = size < 512 ? 512 : size > QUERY_SIZE ? QUERY_SIZE : size;
	if (!second && !misplaced && p[5] != 0) { /* what it says else we cannot know */
		q->rcode = RCODE_BADVERS;
	} else if (second || misplaced || !take_options(q, p + 10, rdlen)) {
		q->rcode = RCODE_FORMERR;
		q->cookielen = 0;
	}
}

/* One record of a section; where it ends, 0 if it is cut. */
static size_t
take_record(struct query *q, const uint8_t *p, size_t at, size_t n, int section)
{
	size_t fixed = name_skip(p, at, n), rdlen;
	bool root;

	if (!fixed || n - fixed < 10)
		return 0;
	root = fixed == at + 1;
	rdlen = wire_get16(p + fixed + 8);
	if (n - fixed - 10 < rdlen)
		return 0;
	if (wire_get16(p + fixed) == TYPE_OPT)
		take_opt(q, p + fixed, rdlen, !root || section != SECTION_ADDITIONAL);
	return fixed + 10 + rdlen;
}

/* All records behind the question: the OPT is among them, the rest only has to be whole. */
static bool
take_records(struct query *q, const uint8_t *p, size_t at, size_t n)
{
	for (int section = SECTION_ANSWER; section <= SECTION_ADDITIONAL; section++) {
		/* Each record takes its bytes, so a count of 65535 ends where the message does. */
		for (unsigned left = wire_get16(p + 6 + 2 * section); left; left--)
			if (!(at = take_record(q, p, at, n, section)))
				return false;
	}
	return true;
}

/*
 * The question, or with a count other than one (RFC 9619) what stands there; where it ends, 0 if it
 * is broken.
 */
static size_t
take_questions(struct query *q, const uint8_t *p, size_t n)
{
	unsigned count = wire_get16(p + 4);
	size_t at = QUERY_HEADER;

	if (count == 1) {
		size_t len = name_length(p + at, n - at);

		if (!len || n - at - len < 4)
			return 0;
		q->namelen = (uint16_t)len;
		q->type = wire_get16(p + at + len);
		q->class = wire_get16(p + at + len + 2);
		q->end = (uint16_t)(at + len + 4);
		wire_lower(q->name, p + at, len);
		return q->end;
	}
	q->rcode = RCODE_FORMERR;
	for (; count; count--) {
		at = name_skip(p, at, n);
		if (!at || n - at < 4)
			return 0;
		at += 4;
	}
	return at;
}

static uint8_t
judge(const struct query *q, const uint8_t *p, bool whole)
{
	if (p[2] & 0x78) /* the opcode comes first: the rest of a foreign one may have any form */
		return RCODE_NOTIMP;
	if (!whole)
		return RCODE_FORMERR;
	if (q->rcode == RCODE_FORMERR && q->cookielen && !wire_get16(p + 4))
		return RCODE_NOERROR; /* no question but a cookie (RFC 7873 5.4) */
	if (q->rcode)
		return q->rcode;
	if (q->class != CLASS_IN || q->type == TYPE_AXFR || q->type == TYPE_IXFR)
		return RCODE_REFUSED;
	return RCODE_NOERROR;
}

bool
query_parse(struct query *q, const uint8_t *p, size_t n)
{
	size_t at;

	if (n < QUERY_HEADER || p[2] & 0x80)
		return false;
	q->rcode = RCODE_NOERROR;
	q->opt = q->dnssec_ok = q->nsid = q->keepalive = q->keepalive_wrong = false;
	q->cookielen = 0;
	q->size = 512;
	q->namelen = 0;
	q->end = QUERY_HEADER;
	at = take_questions(q, p, n);
	q->rcode = judge(q, p, at && take_records(q, p, at, n));
	return true;
}
