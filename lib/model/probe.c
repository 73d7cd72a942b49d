#include "model/probe.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "model/limits.h"

/* ---- what is wrong with a value */

/* What goes into the request line or a header must not be able to end it. */
static bool
only(const char *s, const char *refused)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f || strchr(refused, *s))
			return false;
	return true;
}

static const char *
wrong_path(const struct probe *p)
{
	if (!p->path || (p->path[0] == '/' && only(p->path, "#")))
		return NULL;
	return "must begin with / and have no spaces, no # and only ASCII (percent-encode the rest)";
}

static const char *
wrong_method(const struct probe *p)
{
	size_t n = p->method ? strlen(p->method) : 1;

	if (!p->method || (n > 0 && n <= 16 && strspn(p->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == n))
		return NULL;
	return "is not a word such as GET or HEAD";
}

static const char *
wrong_host(const struct probe *p)
{
	if (!p->host || (p->host[0] && strlen(p->host) <= LIMIT_NAME && only(p->host, "/@#?")))
		return NULL;
	return "is not a host name";
}

/* ---- the table */

#define HTTP (1U << PROBE_HTTP)
#define HTTPS (1U << PROBE_HTTPS)
#define AT(member) offsetof(struct probe, member)

const struct probe_param probe_params[] = {
    {"path", PARAM_TEXT, HTTP | HTTPS, AT(path), 0, 0, NULL, wrong_path},
    {"method", PARAM_TEXT, HTTP | HTTPS, AT(method), 0, 0, NULL, wrong_method},
    {"host", PARAM_TEXT, HTTP | HTTPS, AT(host), 0, 0, NULL, wrong_host},
    {"expect_status", PARAM_CODES, HTTP | HTTPS, AT(codes), 100, 599, NULL, NULL},
    {"verify", PARAM_BOOL, HTTPS, AT(verify), 0, 0, NULL, NULL},
    {"ca", PARAM_FILE, HTTPS, AT(ca), 0, 0, NULL, NULL},
    {0},
};

void
probe_default(struct probe *p, enum probe_type type)
{
	*p = (struct probe){
	    .type = type,
	    .path = "/",
	    .method = "GET",
	    .codes = {{{200, 399}}, 1},
	    .verify = true,
	};
}

bool
probe_needs_port(enum probe_type type)
{
	return type != PROBE_ICMP;
}

bool
probe_tells_name(enum probe_type type)
{
	return type == PROBE_HTTP || type == PROBE_HTTPS;
}

bool
probe_has(enum probe_type type, const struct probe_param *q)
{
	return q->types >> type & 1;
}

const void *
probe_value(const struct probe *p, const struct probe_param *q)
{
	return (const char *)p + q->at;
}

char *
probe_param_types(char *dst, size_t cap, const struct probe_param *q)
{
	size_t used = 0;

	for (int t = 0; t < PROBE_TYPES && used < cap; t++)
		if (probe_has((enum probe_type)t, q))
			used += (size_t)snprintf(dst + used, cap - used, "%s%s",
			    used == 0 ? "" : q->types >> (t + 1) ? ", " : " or ", probe_type_word(t));
	return dst;
}

/* ---- parameters as bytes */

static void
key_text(struct buf *b, const char *s)
{
	buf_puts(b, s ? s : "");
	buf_putc(b, s ? '\1' : '\2');
}

static void
key_texts(struct buf *b, const struct texts *t)
{
	buf_puti(b, (int64_t)t->n);
	for (size_t i = 0; i < t->n; i++)
		key_text(b, t->list[i]);
}

static void
key_param(struct buf *b, const struct probe *p, const struct probe_param *q)
{
	const void *v = probe_value(p, q);
	const struct code_ranges *codes = v;

	switch (q->kind) {
	case PARAM_TEXT:
	case PARAM_BYTES:
	case PARAM_FILE: key_text(b, *(const char *const *)v); break;
	case PARAM_BOOL: buf_putc(b, *(const bool *)v ? 'y' : 'n'); break;
	case PARAM_NUMBER:
	case PARAM_WORD: buf_add(b, v, sizeof(int)); break;
	case PARAM_CODES: buf_add(b, codes->list, codes->n * sizeof(*codes->list)); break;
	case PARAM_TEXTS: key_texts(b, v); break;
	}
	buf_putc(b, '\0');
}

void
probe_key(struct buf *b, const struct probe *p)
{
	buf_putc(b, (char)p->type);
	for (const struct probe_param *q = probe_params; q->name; q++)
		if (probe_has(p->type, q))
			key_param(b, p, q);
}

static bool
same(const struct probe *a, const struct probe *b, const struct probe_param *q)
{
	struct buf x = {0}, y = {0};
	bool r;

	key_param(&x, a, q);
	key_param(&y, b, q);
	r = x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
	buf_free(&x);
	buf_free(&y);
	return r;
}

bool
probe_is_default(const struct probe *p, const struct probe_param *q)
{
	struct probe plain;

	probe_default(&plain, p->type);
	return same(p, &plain, q);
}

bool
probe_equal(const struct probe *a, const struct probe *b)
{
	if (a->type != b->type)
		return false;
	for (const struct probe_param *q = probe_params; q->name; q++)
		if (probe_has(a->type, q) && !same(a, b, q))
			return false;
	return true;
}

/* ---- codes */

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
