#include "codec/pull.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { DEPTH = 16, NUMBER = 40 };
#define EXACT (INT64_C(1) << 53)

bool
pull_is(struct pull *j, char c)
{
	if (j->p == j->end || *j->p != c)
		return false;
	j->p++;
	return true;
}

bool
pull_next(struct pull *j, char close, bool *first, bool *more)
{
	bool begin = *first;

	*first = false;
	*more = !pull_is(j, close);
	return !*more || begin || pull_is(j, ',');
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \u and four digits of a character that is no control and no half of a pair, as UTF-8. */
static bool
unescape_u(struct pull *j, char **to)
{
	unsigned v = 0;

	if (j->end - j->p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		int d = hex(*j->p++);

		if (d < 0)
			return false;
		v = v << 4 | (unsigned)d;
	}
	if (v < 0x20 || (v >= 0x7f && v < 0xa0) || (v >= 0xd800 && v < 0xe000))
		return false;
	if (v < 0x80) {
		*(*to)++ = (char)v;
	} else if (v < 0x800) {
		*(*to)++ = (char)(0xc0 | v >> 6);
		*(*to)++ = (char)(0x80 | (v & 0x3f));
	} else {
		*(*to)++ = (char)(0xe0 | v >> 12);
		*(*to)++ = (char)(0x80 | (v >> 6 & 0x3f));
		*(*to)++ = (char)(0x80 | (v & 0x3f));
	}
	return true;
}

static bool
unescape(struct pull *j, char **to)
{
	char c = j->p < j->end ? *j->p++ : '\0';

	if (c == 'u')
		return unescape_u(j, to);
	if (c != '"' && c != '\\' && c != '/')
		return false;
	*(*to)++ = c;
	return true;
}

char *
pull_text(struct pull *j)
{
	char *from, *to;
	bool plain = true;

	if (!pull_is(j, '"'))
		return NULL;
	for (from = to = j->p; j->p < j->end; ) {
		unsigned char c = (unsigned char)*j->p++;

		if (c == '"') {
			*to = '\0';
			return plain || !text_dirty(from, (size_t)(to - from)) ? from : NULL;
		}
		if (c < 0x20 || c == 0x7f)
			return NULL;
		if (c == '\\') {
			if (!unescape(j, &to))
				return NULL;
			continue;
		}
		plain &= c < 0x80;
		*to++ = (char)c;
	}
	return NULL;
}

/* Digits without a leading zero; at most so many, so that they fit. */
static bool
digits(struct pull *j, uint64_t *v)
{
	const char *from = j->p;

	for (*v = 0; j->p < j->end && *j->p >= '0' && *j->p <= '9'; j->p++) {
		if (j->p - from >= 16)
			return false;
		*v = *v * 10 + (uint64_t)(*j->p - '0');
	}
	return j->p > from && (*from != '0' || j->p - from == 1);
}

bool
pull_int(struct pull *j, int64_t *v)
{
	bool minus = pull_is(j, '-');
	uint64_t u;

	if (!digits(j, &u) || u > (uint64_t)EXACT)
		return false;
	*v = minus ? -(int64_t)u : (int64_t)u;
	return true;
}

/* What is not written by us with few digits. */
static bool
number_slowly(struct pull *j, double *v)
{
	char text[NUMBER], *end;
	size_t n = 0;

	while (j->p + n < j->end && n < sizeof(text) - 1 && strchr("0123456789.eE+-", j->p[n]) &&
	       j->p[n]) {
		text[n] = j->p[n];
		n++;
	}
	text[n] = '\0';
	if (!n || text[0] < '0' || text[0] > '9' || n == sizeof(text) - 1)
		return false;
	*v = strtod(text, &end);
	j->p += n;
	return !*end && *v >= 0 && *v <= 1e300;
}

bool
pull_number(struct pull *j, double *v)
{
	static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
	char *from = j->p;
	uint64_t u;
	int frac = 0;

	/* Up to fifteen digits and their power of ten are exact, and so is how they are rounded. */
	if (digits(j, &u)) {
		if (pull_is(j, '.'))
			for (; j->p < j->end && *j->p >= '0' && *j->p <= '9' && frac < 6; frac++)
				u = u * 10 + (uint64_t)(*j->p++ - '0');
		if (j->p - from <= 15 && (j->p == j->end || *j->p == ',' || *j->p == '}') &&
		    j->p[-1] != '.') {
			*v = (double)u / tens[frac];
			return true;
		}
	}
	j->p = from;
	return number_slowly(j, v);
}

static bool
literal(struct pull *j, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(j->end - j->p) < n || memcmp(j->p, word, n) != 0)
		return false;
	j->p += n;
	return true;
}

bool
pull_bool(struct pull *j, bool *v)
{
	*v = j->p < j->end && *j->p == 't';
	return literal(j, *v ? "true" : "false");
}

static bool skip(struct pull *j, int depth);

static bool
skip_list(struct pull *j, char close, int depth)
{
	bool first = true, more;

	while (pull_next(j, close, &first, &more)) {
		if (!more)
			return true;
		if ((close == '}' && !(pull_text(j) && pull_is(j, ':'))) || !skip(j, depth - 1))
			return false;
	}
	return false;
}

static bool
skip(struct pull *j, int depth)
{
	double d;

	if (depth == 0 || j->p == j->end)
		return false;
	switch (*j->p) {
	case '{': j->p++; return skip_list(j, '}', depth);
	case '[': j->p++; return skip_list(j, ']', depth);
	case '"': return pull_text(j) != NULL;
	case 't': return literal(j, "true");
	case 'f': return literal(j, "false");
	case 'n': return literal(j, "null");
	case '-': j->p++; return pull_number(j, &d);
	default: return pull_number(j, &d);
	}
}

bool
pull_skip(struct pull *j)
{
	return skip(j, DEPTH);
}
