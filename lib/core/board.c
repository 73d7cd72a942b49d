#include "core/board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "core/grid.h"
#include "core/inside.h"
#include "core/listing.h"
#include "core/roster.h"

enum { HEAD_LINES = 4, LEAST_NAME = 20, UNBROKEN = 65536, MOST_WHY = 1024 };

/* How a domain is, worst first; within one the latest change is first. */
enum worry { NOT_LIVE, UNKNOWN, DEGRADED, OVERRIDDEN, FINE, WORRIES };

struct entry {
	int64_t since;
	uint32_t index;
	uint8_t worry;
};

struct sheet {
	const struct board *board;
	struct entry *list;
	size_t n, count[WORRIES];
	size_t newest; /* in list: the latest change */
	struct decision decision;
};

/* ---- text */

/* Bytes of s that are on the screen's first `room` columns; escape sequences take none. */
static size_t
fitting(const char *s, size_t n, size_t room)
{
	size_t i = 0, columns = 0;

	while (i < n) {
		if (s[i] == '\033') {
			while (i < n && s[i] != 'm')
				i++;
			i += i < n;
			continue;
		}
		if (((unsigned char)s[i] & 0xc0) != 0x80 && columns++ == room)
			return i;
		i++;
	}
	return n;
}

static void
add_cut(struct buf *b, const char *s, size_t n, size_t width)
{
	size_t fits = fitting(s, n, width);

	if (fits < n)
		fits = fitting(s, n, width - 1);
	buf_add(b, s, fits);
	if (fits < n)
		buf_puts(b, memchr(s, '\033', fits) ? "\033[0m…" : "…");
	buf_putc(b, '\n');
}

static void
cut_cell(struct grid_cell *c, size_t most)
{
	size_t n = strlen(c->text);
	size_t fits = fitting(c->text, n, most);
	char *cut;

	if (fits == n)
		return;
	fits = fitting(c->text, n, most - 1);
	cut = mem_alloc(fits + sizeof("…"));
	memcpy(cut, c->text, fits);
	memcpy(cut + fits, "…", sizeof("…"));
	free(c->text);
	c->text = cut;
}

/* ---- what there is */

static enum worry
worry_of(struct engine *e, const struct domain *d, const struct decision *dec)
{
	struct degree g;

	switch (listing_health(e, d, dec)) {
	case HEALTH_NOT_LIVE: return NOT_LIVE;
	case HEALTH_UNKNOWN: return UNKNOWN;
	case HEALTH_LIVE: break;
	}
	listing_degree(e, d, &g);
	if (g.up < g.targets && g.up + g.overrides < g.targets)
		return DEGRADED;
	return g.stale_agents ? DEGRADED : g.overrides ? OVERRIDDEN : FINE;
}

static void
take(struct sheet *s, const struct domain *d)
{
	struct entry *n = &s->list[s->n];

	engine_decision(s->board->engine, d, &s->decision);
	n->index = d->index;
	n->since = s->decision.since;
	n->worry = (uint8_t)worry_of(s->board->engine, d, &s->decision);
	s->count[n->worry]++;
	s->n++;
}

static int
worse_first(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	if (a->worry != b->worry)
		return a->worry < b->worry ? -1 : 1;
	if (a->worry != FINE && a->since != b->since)
		return a->since > b->since ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

static void
take_all(struct sheet *s)
{
	const struct config *c = s->board->config;

	s->list = mem_alloc((c->ndomains + 1) * sizeof(*s->list));
	for (size_t i = 0; i < c->ndomains; i++)
		if (!s->board->chosen || s->board->chosen[i])
			take(s, &c->domains[i]);
	qsort(s->list, s->n, sizeof(*s->list), worse_first);
	for (size_t i = 1; i < s->n; i++)
		if (s->list[i].since > s->list[s->newest].since)
			s->newest = i;
}

static const struct domain *
domain_at(const struct sheet *s, size_t i)
{
	return &s->board->config->domains[s->list[i].index];
}

/* ---- the head */

static void
add_count(const struct sheet *s, struct buf *b, size_t n, enum paint p, const char *word)
{
	char text[64];

	if (n == 0)
		return;
	snprintf(text, sizeof(text), "%zu %s", n, word);
	buf_puts(b, ", ");
	paint_add(b, s->board->colour, p, text);
}

static void
add_sums(const struct sheet *s, struct buf *b)
{
	size_t live = s->count[DEGRADED] + s->count[OVERRIDDEN] + s->count[FINE];

	buf_printf(b, "%zu of %zu domains live", live, s->n);
	add_count(s, b, s->count[NOT_LIVE], PAINT_BAD, "not live");
	add_count(s, b, s->count[UNKNOWN], PAINT_WARN, "unknown");
	add_count(s, b, s->count[DEGRADED], PAINT_WARN, "degraded");
	add_count(s, b, s->count[OVERRIDDEN], PAINT_WARN, "overridden");
}

/* Who fell silent is named, as far as the line goes. */
static void
add_agents(const struct sheet *s, struct buf *b)
{
	const struct board *x = s->board;
	const struct map_slot *slot;
	const char *sep = ": ";
	struct roster r;

	roster_init(&r, x->engine, x->config, x->chosen);
	buf_printf(b, "agents: %zu fresh", r.fresh);
	add_count(s, b, r.stale, PAINT_WARN, "stale");
	for (size_t i = 0; (slot = map_next(&r.agents, &i));) {
		const struct roster_agent *a = slot->value;

		if (!a->expected || a->fresh)
			continue;
		buf_printf(b, "%s%s", sep, (const char *)slot->key);
		sep = ", ";
	}
	roster_free(&r);
}

static void
add_last(const struct sheet *s, struct buf *b)
{
	const struct board *x = s->board;
	int64_t at = x->last ? x->last_at : s->n ? s->list[s->newest].since : -1;
	char age[24];

	if (at < 0)
		return;
	num_duration_text(age, engine_now(x->engine) > at ? engine_now(x->engine) - at : 0);
	buf_printf(b, "last change %s ago: %s", age,
	           x->last ? x->last : domain_at(s, s->newest)->name);
}

static void
end_line(const struct sheet *s, struct buf *line, struct buf *b)
{
	add_cut(b, line->data ? line->data : "", line->len, s->board->width);
	buf_clear(line);
}

static void
add_head(const struct sheet *s, struct buf *b)
{
	const struct board *x = s->board;
	size_t used = strlen(x->config->files[0]) + strlen(x->config->hash) + 1;
	struct buf line = {0};

	paint_add(&line, x->colour, PAINT_BOLD, x->config->files[0]);
	buf_putc(&line, ' ');
	paint_add(&line, x->colour, PAINT_DIM, x->config->hash);
	for (size_t i = used + strlen(x->when); i < x->width || i == used + strlen(x->when); i++)
		buf_putc(&line, ' ');
	buf_puts(&line, x->when);
	end_line(s, &line, b);
	add_sums(s, &line);
	end_line(s, &line, b);
	if (x->trouble)
		paint_add(&line, x->colour, PAINT_BAD, x->trouble);
	else
		add_agents(s, &line);
	end_line(s, &line, b);
	add_last(s, &line);
	end_line(s, &line, b);
	buf_free(&line);
}

/* ---- the table */

/* What of the domain is not as it should be: its targets, then who should have reported. */
static void
add_why(struct sheet *s, const struct domain *d, struct buf *b)
{
	struct engine *e = s->board->engine;
	const struct dom *dom = engine_dom(e, d);
	char target[TARGET_TEXT], why[200];
	const char *sep = "";

	buf_clear(b);
	for (size_t i = 0; i < d->ntargets && b->len < MOST_WHY; i++) {
		const struct aim *a = &dom->aims[i];

		if (a->state == STATE_UP && !a->override)
			continue;
		event_reason(e, dom, i, why, sizeof(why));
		buf_printf(b, "%s%s %s (%s)", sep, target_text(target, &d->targets[i]),
		           state_word((int)aim_said(a)), why);
		sep = "; ";
	}
	if (!b->len)
		buf_puts(b, "some agent has no fresh report");
}

/*
 * Fills the grid up to the first domain that would go past `most` lines; how many it
 * holds.  rows: of each of them.
 */
static size_t
fill(struct sheet *s, struct grid *g, size_t *rows, size_t most, bool why)
{
	size_t lines = 1, i;

	listing_head(g);
	for (i = 0; i < s->n; i++) {
		const struct domain *d = domain_at(s, i);
		size_t before = g->n;

		engine_decision(s->board->engine, d, &s->decision);
		listing_row(g, s->board->engine, d, &s->decision);
		rows[i] = (g->n - before) / g->columns;
		lines += rows[i] + (why && s->list[i].worry != FINE);
		if (lines <= most)
			continue;
		while (g->n > before)
			free(g->cells[--g->n].text);
		break;
	}
	for (size_t k = 0; k < g->n; k += g->columns)
		cut_cell(&g->cells[k], s->board->width * 2 / 5);
	return i;
}

static void
copy_lines(const struct sheet *s, struct buf *b, const char **at, size_t n)
{
	for (; n > 0; n--) {
		const char *end = strchr(*at, '\n');

		add_cut(b, *at, (size_t)(end - *at), s->board->width);
		*at = end + 1;
	}
}

static void
write_rows(struct sheet *s, struct buf *b, const struct grid *g, const size_t *rows, size_t n,
           bool why)
{
	struct buf text = {0}, reason = {0}, line = {0};
	const char *at;

	grid_write(g, &text, s->board->colour, UNBROKEN);
	at = text.data;
	copy_lines(s, b, &at, 1);
	for (size_t i = 0; i < n; i++) {
		copy_lines(s, b, &at, rows[i]);
		if (!why || s->list[i].worry == FINE)
			continue;
		add_why(s, domain_at(s, i), &reason);
		buf_puts(&line, "    ");
		paint_add(&line, s->board->colour, PAINT_DIM, reason.data);
		end_line(s, &line, b);
	}
	buf_free(&text);
	buf_free(&reason);
	buf_free(&line);
}

static void
add_rest(const struct sheet *s, struct buf *b, size_t shown)
{
	size_t worries = s->n - s->count[FINE], hidden = worries > shown ? worries - shown : 0;
	size_t fine = s->n - shown - hidden;
	struct buf line = {0};

	buf_puts(&line, "… and ");
	if (hidden)
		buf_printf(&line, "%zu more that %s not as %s should be%s", hidden,
		           hidden == 1 ? "is" : "are", hidden == 1 ? "it" : "they",
		           fine ? ", " : "");
	if (fine)
		buf_printf(&line, "%zu%s live domain%s", fine, shown > worries ? " more" : "",
		           fine == 1 ? "" : "s");
	end_line(s, &line, b);
	buf_free(&line);
}

/* With why, as long as all that is wrong has room; the last line says what has none. */
static void
add_table(struct sheet *s, struct buf *b)
{
	size_t height = s->board->height, room = height > HEAD_LINES + 1 ? height - HEAD_LINES - 1 : 0;
	size_t worries = s->n - s->count[FINE], n;
	size_t *rows = mem_alloc((s->n + 1) * sizeof(*rows));
	bool why = true;
	struct grid g;

	n = fill(s, &g, rows, room, why);
	if (n < s->n && room > 0) {
		grid_free(&g);
		n = fill(s, &g, rows, room - 1, why);
	}
	if (n < worries && room > 0) {
		grid_free(&g);
		why = false;
		n = fill(s, &g, rows, room - 1, why);
	}
	if (room > 1) {
		buf_putc(b, '\n');
		write_rows(s, b, &g, rows, n, why);
		if (n < s->n)
			add_rest(s, b, n);
	}
	grid_free(&g);
	free(rows);
}

/* On a screen too low for all of the head. */
static void
keep_lines(struct buf *b, size_t from, size_t most)
{
	size_t lines = 0;

	for (size_t i = from; i < b->len; i++)
		if (b->data[i] == '\n' && ++lines == most)
			b->len = i + 1;
}

void
board_write(const struct board *x, struct buf *b)
{
	struct sheet *s = mem_alloc(sizeof(*s));
	size_t from = b->len;

	s->board = x;
	take_all(s);
	add_head(s, b);
	add_table(s, b);
	keep_lines(b, from, x->height);
	free(s->list);
	free(s);
}
