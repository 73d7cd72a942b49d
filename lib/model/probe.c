#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "model/probe.h"

void
probe_default(struct probe *p, enum probe_type type)
{
	*p = (struct probe){
	    .type = type,
	    .http =
		{.path = "/", .method = "GET", .verify = true, .codes = {{200, 399}}, .ncodes = 1},
	};
}

bool
probe_needs_port(enum probe_type type)
{
	return type != PROBE_ICMP;
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool
probe_equal(const struct probe *a, const struct probe *b)
{
	const struct probe_http *x = &a->http, *y = &b->http;

	if (a->type != b->type)
		return false;
	if (a->type != PROBE_HTTP && a->type != PROBE_HTTPS)
		return true;
	if (x->ncodes != y->ncodes ||
	    memcmp(x->codes, y->codes, x->ncodes * sizeof(*x->codes)) != 0)
		return false;
	return x->verify == y->verify && same_text(x->path, y->path) &&
	       same_text(x->method, y->method) && same_text(x->host, y->host) &&
	       same_text(x->ca, y->ca);
}

/* "200" or "200-299", n bytes of s. */
static bool
code_range(const char *s, size_t n, struct code_range *r)
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
	*r = (struct code_range){(uint16_t)from, (uint16_t)to};
	return true;
}

bool
code_ranges_parse(const char *s, struct code_range *r, uint8_t *n)
{
	uint8_t count = 0;

	for (;;) {
		size_t len = strcspn(s, ",");

		if (count == PROBE_CODES || !code_range(s, len, &r[count]))
			return false;
		count++;
		s += len;
		if (!*s)
			break;
		s++;
		while (*s == ' ')
			s++;
	}
	*n = count;
	return true;
}

bool
code_ranges_have(const struct code_range *r, uint8_t n, unsigned code)
{
	for (uint8_t i = 0; i < n; i++)
		if (code >= r[i].from && code <= r[i].to)
			return true;
	return false;
}

char *
code_ranges_format(char *dst, size_t cap, const struct code_range *r, uint8_t n)
{
	size_t used = 0;

	if (cap > 0)
		dst[0] = '\0';
	for (uint8_t i = 0; i < n && used < cap; i++) {
		const char *comma = i > 0 ? "," : "";
		int w = r[i].from == r[i].to
		    ? snprintf(dst + used, cap - used, "%s%u", comma, r[i].from)
		    : snprintf(dst + used, cap - used, "%s%u-%u", comma, r[i].from, r[i].to);

		used += (size_t)w;
	}
	return dst;
}
