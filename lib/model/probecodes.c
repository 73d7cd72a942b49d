#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "model/probe.h"

/* Codes of HTTP and ranges of them, as text. */

/* "200" or "200-299", n bytes of s. */
static bool
code_range(const char *s, size_t n, uint16_t *first, uint16_t *last)
{
	char text[8], *dash;
	uint64_t from, to;

	if (n >= sizeof(text))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	dash = strchr(text, '-');
	if (dash)
		*dash = '\0';
	if (!num_u64(text, 100, 599, &from))
		return false;
	to = from;
	if (dash && !num_u64(dash + 1, from, 599, &to))
		return false;
	*first = (uint16_t)from;
	*last = (uint16_t)to;
	return true;
}

bool
code_ranges_parse(const char *s, struct code_ranges *r)
{
	memset(r, 0, sizeof(*r));
	for (;;) {
		size_t len = strcspn(s, ",");

		if (r->n == PROBE_CODES ||
		    !code_range(s, len, &r->list[r->n].from, &r->list[r->n].to))
			return false;
		r->n++;
		s += len;
		if (!*s)
			return true;
		s++;
		while (*s == ' ')
			s++;
	}
}

bool
code_ranges_have(const struct code_ranges *r, unsigned code)
{
	for (uint8_t i = 0; i < r->n; i++)
		if (code >= r->list[i].from && code <= r->list[i].to)
			return true;
	return false;
}

char *
code_ranges_format(char *dst, size_t cap, const struct code_ranges *r)
{
	size_t used = 0;

	if (cap > 0)
		dst[0] = '\0';
	for (uint8_t i = 0; i < r->n && used < cap; i++) {
		const char *comma = i > 0 ? "," : "";
		int from = r->list[i].from, to = r->list[i].to;
		int w = from == to ? snprintf(dst + used, cap - used, "%s%d", comma, from)
		                   : snprintf(dst + used, cap - used, "%s%d-%d", comma, from, to);

		used += (size_t)w;
	}
	return dst;
}
