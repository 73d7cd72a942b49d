#include "codec/wire.h"

#include <string.h>

static int
digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : -1;
}

/*
 * One byte of a label behind a backslash: \DDD or \X. Returns the characters taken, 0 if it is
 * none.
 */
static size_t
escape(const char *s, uint8_t *byte)
{
	int v;

	if (digit(s[0]) < 0) {
		*byte = (uint8_t)s[0];
		return s[0] ? 1 : 0;
	}
	if (digit(s[1]) < 0 || digit(s[2]) < 0)
		return 0;
	v = digit(s[0]) * 100 + digit(s[1]) * 10 + digit(s[2]);
	*byte = (uint8_t)v;
	return v < 256 ? 3 : 0;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

/* One label of s at dst[at]: the characters taken, its dot included; 0 if it is none. */
static size_t
put_label(uint8_t *dst, size_t at, const char *s)
{
	const char *p = s;
	size_t n = 0, took;

	for (; *p && *p != '.'; p += took) {
		uint8_t c = (uint8_t)*p;

		took = 1;
		if (c == '\\') {
			if (!(took = escape(p + 1, &c)))
				return 0;
			took++;
		}
		if (n == 63 || at + 1 + n >= WIRE_NAME - 1)
			return 0;
		dst[at + 1 + n++] = lower(c);
	}
	dst[at] = (uint8_t)n;
	return n ? (size_t)(p - s) + (*p == '.') : 0;
}

size_t
wire_name(uint8_t dst[static WIRE_NAME], const char *text)
{
	size_t at = 0, took;

	if (!strcmp(text, "."))
		text++;
	else if (!*text)
		return 0;
	for (; *text; text += took) {
		if (!(took = put_label(dst, at, text)))
			return 0;
		at += dst[at] + 1U;
	}
	dst[at] = 0;
	return at + 1;
}

/* Eight bytes at once: bit 7 of `upper` is set where a byte is of A .. Z. */
static void
lower8(uint8_t *dst, const uint8_t *src)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t v, low, upper;

	memcpy(&v, src, sizeof(v));
	low = v & ~tops;
	upper = ((low + ones * (0x80 - 'A')) ^ (low + ones * (0x7f - 'Z'))) & ~v & tops;
	v |= upper >> 2;
	memcpy(dst, &v, sizeof(v));
}

void
wire_lower(uint8_t *dst, const uint8_t *src, size_t n)
{
	size_t i = 0;

	/*
	 * Lengths of labels are below 'A', so that the name can be folded as one string of bytes;
	 * and what is folded twice stays as it is, so that the last eight may overlap.
	 */
	if (n < 8) {
		for (; i < n; i++)
			dst[i] = lower(src[i]);
		return;
	}
	for (; i + 8 <= n; i += 8)
		lower8(dst + i, src + i);
	if (i < n)
		lower8(dst + n - 8, src + n - 8);
}

char *
wire_name_text(char dst[static 1024], const uint8_t *name, size_t n)
{
	char *d = dst;

	for (size_t i = 0; i < n && name[i]; i += name[i] + 1U) {
		for (size_t k = i + 1; k <= i + name[i] && k < n; k++) {
			uint8_t c = name[k];

			if (c <= ' ' || c >= 127) {
				*d++ = '\\';
				*d++ = (char)('0' + c / 100);
				*d++ = (char)('0' + c / 10 % 10);
				*d++ = (char)('0' + c % 10);
				continue;
			}
			if (strchr(".\\\"();@$", c))
				*d++ = '\\';
			*d++ = (char)c;
		}
		*d++ = '.';
	}
	if (d == dst)
		*d++ = '.';
	*d = 0;
	return dst;
}
