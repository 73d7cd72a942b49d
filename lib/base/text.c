#include "base/text.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

size_t
text_utf8(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t len, i;
	uint32_t c;

	if (!n)
		return 0;
	if (p[0] < 0x80)
		return 1;
	len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || len > n)
		return 0;
	c = p[0] & (0xffU >> (len + 1));
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if ((len == 3 && c < 0x800) || (len == 4 && (c < 0x10000 || c > 0x10ffff)))
		return 0;
	return c >= 0xd800 && c <= 0xdfff ? 0 : len;
}

/* What moves, hides or breaks the text around it: written by a stranger, it lies. */
static bool
deceives(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
	    {0x80, 0x9f},     {0x200b, 0x200b}, {0x200e, 0x200f}, {0x2028, 0x202e},
	    {0x2060, 0x2060}, {0x2066, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
	    {0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Length of the character at s if it is one to show, else 0. */
static size_t
visible(const char *s, size_t n)
{
	size_t u = text_utf8(s, n);
	uint32_t c = (unsigned char)s[0];

	if (u == 1)
		return c >= 0x20 && c != 0x7f;
	if (u > 1)
		c &= 0xffU >> (u + 1);
	for (size_t i = 1; i < u; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	return deceives(c) ? 0 : u;
}

size_t
text_clean(char *dst, size_t cap, const char *src, size_t n)
{
	size_t i = 0, o = 0, u;

	while (i < n) {
		u = visible(src + i, n - i);
		if (u && o + u >= cap)
			break;
		memcpy(dst + o, src + i, u);
		o += u;
		i += u ? u : 1;
	}
	if (cap)
		dst[o] = '\0';
	return o;
}

bool
text_dirty(const char *s, size_t n)
{
	size_t i, u;

	for (i = 0; i < n; i += u)
		if (!(u = visible(s + i, n - i)))
			return true;
	return false;
}

static bool
same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * Edit distance with swaps of neighbours (optimal string alignment), capped by the row size;
 * another case costs nothing.
 */
static unsigned
distance(const char *a, const char *b)
{
	enum { MOST = 40 };
	unsigned d[3][MOST + 1], *prev2 = d[0], *prev = d[1], *row = d[2], *t;
	size_t n = strlen(a), m = strlen(b), i, j;

	if (n > MOST || m > MOST)
		return MOST;
	for (j = 0; j <= m; j++)
		prev[j] = (unsigned)j;
	for (i = 1; i <= n; i++) {
		row[0] = (unsigned)i;
		for (j = 1; j <= m; j++) {
			unsigned best = prev[j - 1] + !same(a[i - 1], b[j - 1]);

			if (prev[j] + 1 < best)
				best = prev[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]) && prev2[j - 2] + 1 < best)
				best = prev2[j - 2] + 1;
			row[j] = best;
		}
		t = prev2, prev2 = prev, prev = row, row = t;
	}
	return prev[m];
}

/* "interval" for interval_sec, if there is only one of which it is the beginning. */
static const char *
longer(const char *s, const char *const *words)
{
	const char *found = NULL;
	size_t n = strlen(s);

	for (; *words; words++) {
		if (n == 0 || strncmp(*words, s, n) != 0 || (*words)[n] != '_')
			continue;
		if (found)
			return NULL;
		found = *words;
	}
	return found;
}

const char *
text_nearest(const char *s, const char *const *words)
{
	const char *const *all = words;
	const char *near = NULL;
	unsigned best = (unsigned)strlen(s) / 3 + 1, d;

	if (best > 3)
		best = 3;
	for (; *words; words++) {
		d = distance(s, *words);
		if (d < best || (d == best && !near)) {
			best = d;
			near = *words;
		}
	}
	return near ? near : longer(s, all);
}

void
text_list(char *dst, size_t cap, const char *const *words)
{
	size_t i, len = 0;

	if (cap)
		dst[0] = '\0';
	for (i = 0; words[i] && len < cap; i++)
		len += (size_t)snprintf(dst + len, cap - len, "%s%s",
		    i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}
