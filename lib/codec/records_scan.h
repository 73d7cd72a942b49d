#ifndef FODNS_RECORDS_SCAN_H
#define FODNS_RECORDS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/stamp.h"
#include "model/addr.h"

/*
 * A cursor over a line in canonical form (fodns-records(5)): the pieces that
 * the writers put together.  Each returns false at anything else, and the line
 * then goes to json-c; none ever takes what json-c would read differently.
 */
struct scan {
	const char *p, *end;
};

#define SCAN(s, literal) scan_is((s), (literal), sizeof(literal) - 1)

static inline bool
scan_is(struct scan *s, const char *literal, size_t n)
{
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, literal, n) != 0)
		return false;
	s->p += n;
	return true;
}

/*
 * The key of a member and what leads to it, '{' or ','.  A blank behind comma and
 * colon is passed over: so Python's json writes them, and with it the agents of
 * PyFailoverDNS.
 */
#define KEY(s, lead, name) scan_key((s), (lead), "\"" name "\":", sizeof(name) + 2)

static inline bool
scan_key(struct scan *s, char lead, const char *name, size_t n)
{
	const char *p = s->p;

	if (s->end - p < (ptrdiff_t)n + 3 || *p != lead)
		return false;
	p += 1 + (lead == ',' && p[1] == ' ');
	if (memcmp(p, name, n) != 0)
		return false;
	s->p = p + n + (p[n] == ' ');
	return true;
}

/*
 * Printable ASCII without escapes up to the closing quote, which is read, too; at most cap - 1
 * bytes.
 */
static inline bool
scan_text(struct scan *s, char *dst, size_t cap)
{
	const char *p = s->p;
	size_t most = (size_t)(s->end - p), n = 0;

	if (most > cap)
		most = cap;
	for (; n < most; n++) {
		unsigned char c = (unsigned char)p[n];

		if (c == '"') {
			dst[n] = '\0';
			s->p += n + 1;
			return true;
		}
		if (c < 0x20 || c >= 0x7f || c == '\\' || n + 1 == cap)
			return false;
		dst[n] = (char)c;
	}
	return false;
}

/* The largest count in a record: what a double holds exactly, so that jq does, too. */
#define SCAN_COUNT_MAX (INT64_C(1) << 53)

/* A count without sign, fraction or leading zero. */
static inline bool
scan_u64(struct scan *s, uint64_t *v)
{
	const char *p = s->p, *from = p;
	uint64_t n = 0;

	while (p < s->end && *p >= '0' && *p <= '9' && p - from < 17)
		n = n * 10 + (uint64_t)(*p++ - '0');
	if (p == from || n > (uint64_t)SCAN_COUNT_MAX || (*from == '0' && p - from > 1))
		return false;
	if (p < s->end && (*p == '.' || (*p | 0x20) == 'e'))
		return false;
	s->p = p;
	*v = n;
	return true;
}

static inline bool
scan_i64(struct scan *s, int64_t *v)
{
	uint64_t u;

	if (!scan_u64(s, &u))
		return false;
	*v = (int64_t)u;
	return true;
}

/* The last millisecond of the year 9999: what ISO 8601 can write. */
#define SCAN_TIME_MAX INT64_C(253402300799999)

/* A time in the form of stamp_format, or what stamp_parse takes, and the closing quote. */
static inline bool
scan_time(struct scan *s, int64_t *ms)
{
	char text[40];

	if (s->end - s->p < STAMP_LEN)
		return false;
	if (s->p[STAMP_LEN - 1] == '"' && stamp_scan(s->p, ms) && *ms >= 0) {
		s->p += STAMP_LEN;
		return true;
	}
	return scan_text(s, text, sizeof(text)) && stamp_parse(text, ms) && *ms >= 0 &&
	       *ms <= SCAN_TIME_MAX;
}

bool scan_addr(struct scan *s, struct addr *a); /* and the closing quote */
/* a name in its normal form, no wildcard, and the closing quote; dst holds 254 bytes */
bool scan_name(struct scan *s, char *dst);

#endif
