#include "core/chronicle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/grid.h"

enum { TIME_AT = 11, TIME_WIDTH = 10, DOMAIN_MOST = 28, TYPES = 5, WORDS = 8, GAP = 2 };

void
chronicle_init(struct chronicle *c, bool colour, size_t width, size_t domain)
{
	memset(c, 0, sizeof(*c));
	c->colour = colour;
	c->width = width;
	c->domain = domain < DOMAIN_MOST ? domain : DOMAIN_MOST;
	map_init(&c->last);
}

void
chronicle_free(struct chronicle *c)
{
	const struct map_slot *s;

	for (size_t i = 0; (s = map_next(&c->last, &i));) {
		free((void *)(uintptr_t)s->key);
		free(s->value);
	}
	map_free(&c->last);
}

/* ---- lines */

/* Below the time, broken at its spaces. */
static void
below(const struct chronicle *c, struct buf *b, enum paint p, const char *text)
{
	struct grid g;

	if (!*text)
		return;
	grid_init(&g, 1);
	g.indent = TIME_WIDTH;
	grid_add(&g, p, text);
	grid_write(&g, b, c->colour, c->width);
	grid_free(&g);
}

static void
new_day(struct chronicle *c, struct buf *b, int64_t at)
{
	char day[STAMP_LEN];

	if (!strcmp(stamp_day(day, at), c->day))
		return;
	if (*c->day)
		buf_putc(b, '\n');
	memcpy(c->day, day, sizeof(day));
	paint_add(b, c->colour, PAINT_BOLD, day);
	buf_putc(b, '\n');
}

static void
pad(struct buf *b, size_t have, size_t want)
{
	for (; have < want; have++)
		buf_putc(b, ' ');
	buf_puts(b, "  ");
}

/* Of the line, for what changed. */
static size_t
columns_left(const struct chronicle *c, const struct event *e)
{
	size_t domain = strlen(e->domain), used;

	used = TIME_WIDTH + (domain > c->domain ? domain : c->domain) + GAP + TYPES + GAP + WORDS +
	       GAP;
	return used < c->width ? c->width - used : 0;
}

/* One line when it fits, else what changed goes below. */
static void
write_entry(struct chronicle *c, struct buf *b, const struct event *e, const char *word,
            enum paint paint, const char *what)
{
	bool typed = e->kind == EVENT_ANSWER || e->kind == EVENT_TIER;
	const char *type = typed ? rrtype_word((int)e->type) : "";
	size_t domain = strlen(e->domain);
	char time[STAMP_LEN];

	new_day(c, b, e->at);
	buf_puts(b, stamp_local(time, e->at) + TIME_AT);
	buf_puts(b, "  ");
	buf_puts(b, e->domain);
	pad(b, domain, c->domain);
	buf_puts(b, type);
	pad(b, strlen(type), TYPES);
	paint_add(b, c->colour, paint, word);
	if (columns_left(c, e) >= strlen(what)) {
		pad(b, strlen(word), WORDS);
		buf_puts(b, what);
		buf_putc(b, '\n');
	} else {
		buf_putc(b, '\n');
		below(c, b, PAINT_PLAIN, what);
	}
}

/* ---- what changed */

/* Answers with room to break a line between them. */
static void
add_answers(struct buf *b, const char *list)
{
	const char *one;
	size_t n;

	if (!*list)
		buf_puts(b, "nothing");
	for (bool first = true; answer_each(&list, &one, &n); first = false) {
		buf_puts(b, first ? "" : ", ");
		buf_add(b, one, n);
	}
}

static bool
has(const char *list, const char *answer, size_t len)
{
	const char *one;
	size_t n;

	while (answer_each(&list, &one, &n))
		if (n == len && !memcmp(one, answer, n))
			return true;
	return false;
}

/* What of one list is not in the other; returns how many are in both. */
static size_t
add_missing(struct buf *b, const char *word, const char *list, const char *other)
{
	size_t n, both = 0;
	const char *one, *comma = "";

	while (answer_each(&list, &one, &n)) {
		if (has(other, one, n)) {
			both++;
			continue;
		}
		buf_puts(b, *comma ? comma : word);
		buf_add(b, one, n);
		comma = ", ";
	}
	return both;
}

/* Of long lists only what makes the difference: "out 10.0.0.1; 7 stay". */
static bool
add_difference(struct buf *b, const struct event *e)
{
	size_t start = b->len, both;

	if (strstr(e->from, ",+") || strstr(e->to, ",+"))
		return false; /* not all of them are named */
	both = add_missing(b, "out ", e->from, e->to);
	if (b->len > start)
		buf_puts(b, "; ");
	add_missing(b, "in ", e->to, e->from);
	if (b->len > start && b->data[b->len - 1] != ' ')
		buf_puts(b, "; ");
	buf_printf(b, "%zu stay%s", both, both == 1 ? "s" : "");
	if (both > 0)
		return true;
	b->len = start;
	return false;
}

static void
add_answer(struct buf *b, const struct event *e)
{
	add_answers(b, e->from);
	if (!strcmp(e->from, e->to)) {
		buf_puts(b, ", as before");
		return;
	}
	buf_puts(b, " -> ");
	add_answers(b, e->to);
}

static void
add_what(struct buf *b, const struct event *e, size_t room)
{
	const char *subject = e->kind == EVENT_AGENT  ? e->agent
	                      : e->kind == EVENT_TIER ? "priority"
	                      : *e->target            ? e->target
	                                              : "all targets";

	if (e->kind != EVENT_ANSWER) {
		buf_printf(b, "%s %s -> %s", subject, e->from, e->to);
		return;
	}
	add_answer(b, e);
	if (b->len <= room || !strcmp(e->from, e->to))
		return;
	buf_clear(b);
	if (!add_difference(b, e))
		add_answer(b, e);
}

static enum paint
answer_paint(const struct event *e)
{
	if (e->kind != EVENT_ANSWER)
		return PAINT_DIM;
	return e->source == SOURCE_LIVE   ? PAINT_GOOD
	       : e->source == SOURCE_NONE ? PAINT_WARN
	                                  : PAINT_BAD;
}

/* An answer that does not begin where the last one ended: what lies between was not recorded. */
static void
tell_gap(struct chronicle *c, struct buf *b, const struct event *e)
{
	char key[LIMIT_NAME + 12];
	void **last;
	size_t n;

	if (e->kind != EVENT_ANSWER)
		return;
	n = (size_t)snprintf(key, sizeof(key), "%s %s", e->domain, rrtype_word((int)e->type));
	last = map_get(&c->last, key, n) ? map_put(&c->last, key, n)
	                                 : map_puts(&c->last, mem_strdup(key));
	if (*last && strcmp(*last, e->from) != 0) {
		struct buf text = {0};

		buf_puts(&text, "not recorded: how it came there from ");
		add_answers(&text, *last);
		below(c, b, PAINT_WARN, text.data);
		buf_free(&text);
	}
	free(*last);
	*last = mem_strdup(e->to);
}

static bool
same_cause(const struct event *a, const struct event *b)
{
	return a->at == b->at && !strcmp(a->domain, b->domain) && !strcmp(a->why, b->why);
}

void
chronicle_end(struct chronicle *c, struct buf *b)
{
	below(c, b, PAINT_DIM, c->before.why);
	c->before.why[0] = '\0';
}

void
chronicle_event(struct chronicle *c, struct buf *b, const struct event *e)
{
	struct buf what = {0};

	if (!same_cause(&c->before, e))
		chronicle_end(c, b);
	add_what(&what, e, columns_left(c, e));
	write_entry(c, b, e,
	            e->kind == EVENT_ANSWER ? source_word((int)e->source)
	                                    : event_kind_word((int)e->kind),
	            answer_paint(e), what.data);
	tell_gap(c, b, e);
	c->before = *e;
	buf_free(&what);
}

void
chronicle_other(struct chronicle *c, struct buf *b, int64_t at, const char *what,
                const char *text)
{
	struct event e = {.kind = EVENT_AGENT, .at = at};

	chronicle_end(c, b);
	write_entry(c, b, &e, what, PAINT_DIM, text);
}
