#include <math.h>
#include <string.h>

#include "codec/pull.h"
#include "codec/records_write.h"
#include "model/addr.h"

static void *
at(const struct column *c, void *record)
{
	return (char *)record + c->offset;
}

void
columns_blank(const struct column *c, void *record)
{
	for (; c->key; c++)
		switch (c->kind) {
		case COLUMN_TEXT: *(const char **)at(c, record) = ""; break;
		case COLUMN_COPY: *(char *)at(c, record) = '\0'; break;
		case COLUMN_ADDR:
			*(struct addr *)at(c, record) = (struct addr){.family = FAMILY_OTHER};
			break;
		case COLUMN_WORD: *(int *)at(c, record) = 0; break;
		case COLUMN_FLAG: *(bool *)at(c, record) = false; break;
		case COLUMN_UINT: *(unsigned *)at(c, record) = 0; break;
		case COLUMN_COUNT: *(uint64_t *)at(c, record) = 0; break;
		case COLUMN_SPAN:
		case COLUMN_TIME: *(int64_t *)at(c, record) = INT64_MIN; break;
		case COLUMN_UNTIL: *(int64_t *)at(c, record) = INT64_MAX; break;
		case COLUMN_LATENCY: *(double *)at(c, record) = -1; break;
		case COLUMN_PORT: *(int *)at(c, record) = PORT_NONE; break;
		}
}

/* ---- writing */

/* Does the member say something? */
static bool
says(const struct column *c, const void *v)
{
	switch (c->kind) {
	case COLUMN_TEXT: return *(const char *const *)v && **(const char *const *)v;
	case COLUMN_COPY: return *(const char *)v;
	case COLUMN_ADDR: return ((const struct addr *)v)->family != FAMILY_OTHER;
	case COLUMN_WORD: return *(const int *)v;
	case COLUMN_FLAG: return *(const bool *)v;
	case COLUMN_UINT: return *(const unsigned *)v;
	case COLUMN_COUNT: return *(const uint64_t *)v;
	case COLUMN_SPAN:
	case COLUMN_TIME: return *(const int64_t *)v != INT64_MIN;
	case COLUMN_UNTIL: return *(const int64_t *)v != INT64_MAX;
	case COLUMN_LATENCY: return *(const double *)v >= 0;
	case COLUMN_PORT: return *(const int *)v != PORT_NONE;
	}
	return false;
}

/* So that the very same number is read again. */
static void
put_exactly(struct buf *b, double ms)
{
	if (ms < 1e9 && (double)llround(ms * 1000) / 1000 == ms)
		put_latency(b, ms);
	else
		buf_printf(b, "%.17g", ms);
}

static void
put_value(struct buf *b, const struct column *c, const void *v, int64_t base)
{
	char text[ADDR_TEXT];

	switch (c->kind) {
	case COLUMN_TEXT: buf_json(b, *(const char *const *)v); break;
	case COLUMN_COPY: buf_json(b, v); break;
	case COLUMN_ADDR: buf_json(b, addr_format(text, v)); break;
	case COLUMN_WORD: buf_json(b, c->words[*(const int *)v]); break;
	case COLUMN_FLAG: buf_puts(b, "true"); break;
	case COLUMN_UINT: buf_putu(b, *(const unsigned *)v); break;
	case COLUMN_COUNT: buf_putu(b, *(const uint64_t *)v); break;
	case COLUMN_SPAN: buf_puti(b, *(const int64_t *)v); break;
	case COLUMN_TIME:
	case COLUMN_UNTIL: buf_puti(b, *(const int64_t *)v - base); break;
	case COLUMN_LATENCY: put_exactly(b, *(const double *)v); break;
	case COLUMN_PORT: buf_puti(b, *(const int *)v); break;
	}
}

void
columns_write(struct buf *b, const struct column *c, const void *record, int64_t base)
{
	for (; c->key; c++) {
		const void *v = (const char *)record + c->offset;

		if (!says(c, v))
			continue;
		if (b->data[b->len - 1] != '{')
			buf_putc(b, ',');
		buf_putc(b, '"');
		buf_puts(b, c->key);
		buf_puts(b, "\":");
		put_value(b, c, v, base);
	}
}

/* ---- reading */

static bool
take_text(struct pull *j, const char **v)
{
	return (*v = pull_text(j)) != NULL;
}

static bool
take_copy(struct pull *j, char *v, size_t cap)
{
	const char *s = pull_text(j);
	size_t n = s ? strlen(s) : 0;

	if (!s || n >= cap)
		return false;
	memcpy(v, s, n + 1);
	return true;
}

static bool
take_word(struct pull *j, const struct column *c, int *v)
{
	const char *s = pull_text(j);

	for (*v = 0; s && *v <= c->most && c->words[*v]; ++*v)
		if (!strcmp(c->words[*v], s))
			return true;
	return false;
}

static bool
take_int(struct pull *j, int64_t least, int64_t most, int64_t *v)
{
	return pull_int(j, v) && *v >= least && *v <= most;
}

static bool
take_uint(struct pull *j, int64_t most, unsigned *v)
{
	int64_t i;
	bool ok = take_int(j, 0, most, &i);

	*v = ok ? (unsigned)i : 0;
	return ok;
}

static bool
take_count(struct pull *j, uint64_t *v)
{
	int64_t i;
	bool ok = take_int(j, 0, INT64_MAX, &i);

	*v = ok ? (uint64_t)i : 0;
	return ok;
}

static bool
take_port(struct pull *j, int *v)
{
	int64_t i;
	bool ok = take_int(j, 0, 65535, &i);

	*v = ok ? (int)i : PORT_NONE;
	return ok;
}

static bool
take_time(struct pull *j, int64_t base, int64_t *v)
{
	if (!pull_int(j, v))
		return false;
	*v += base;
	return true;
}

static bool
take_addr(struct pull *j, struct addr *a)
{
	const char *s = pull_text(j);

	return s && addr_parse(s, a);
}

static bool
take_value(struct pull *j, const struct column *c, void *v, int64_t base)
{
	switch (c->kind) {
	case COLUMN_TEXT: return take_text(j, v);
	case COLUMN_COPY: return take_copy(j, v, (size_t)c->most);
	case COLUMN_ADDR: return take_addr(j, v);
	case COLUMN_WORD: return take_word(j, c, v);
	case COLUMN_FLAG: return pull_bool(j, v);
	case COLUMN_UINT: return take_uint(j, c->most, v);
	case COLUMN_COUNT: return take_count(j, v);
	case COLUMN_SPAN: return pull_int(j, v);
	case COLUMN_TIME:
	case COLUMN_UNTIL: return take_time(j, base, v);
	case COLUMN_LATENCY: return pull_number(j, v);
	case COLUMN_PORT: return take_port(j, v);
	}
	return false;
}

/* Keys come in the order of the table, so the next row is nearly always not far. */
static const struct column *
find(const struct column *all, const struct column *from, const char *key)
{
	for (const struct column *c = from; c->key; c++)
		if (c->key[0] == key[0] && !strcmp(c->key, key))
			return c;
	for (const struct column *c = all; c < from; c++)
		if (c->key[0] == key[0] && !strcmp(c->key, key))
			return c;
	return NULL;
}

bool
columns_read(struct pull *j, const struct column *c, void *record, int64_t base,
             enum column_other (*other)(void *arg, struct pull *j, const char *key), void *arg)
{
	const struct column *from = c, *row;
	bool first = true, more;

	if (!pull_is(j, '{'))
		return false;
	while (pull_next(j, '}', &first, &more)) {
		enum column_other what = OTHER_UNKNOWN;
		const char *key;

		if (!more)
			return true;
		if (!(key = pull_text(j)) || !pull_is(j, ':'))
			return false;
		if ((row = find(c, from, key))) {
			if (!take_value(j, row, at(row, record), base))
				return false;
			from = row + 1;
			continue;
		}
		if (other)
			what = other(arg, j, key);
		if (what == OTHER_WRONG || (what == OTHER_UNKNOWN && !pull_skip(j)))
			return false;
	}
	return false;
}
