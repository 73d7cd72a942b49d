#include "checksummary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"

enum { MANY = 20, STATUSES = STATUS_UNKNOWN + 1, INDENT = 12, USED = 50 };

struct row {
	const char *domain, *check_name, *type, *server;
	struct addr target;
	const char *target_name;
	int port;
	uint64_t n[STATUSES], runs;
	uint64_t timed; /* those that were good and have a latency */
	double min, max, sum;
	double connect, tls, first_byte; /* sums of the same */
	size_t place; /* which came first */
	char reason[LIMIT_REASON + 1]; /* of the last one that was not ok */
};

struct checksummary {
	struct arena arena;
	struct map map;
	struct row **rows;
	size_t nrows, cap;
	struct buf key;
};

struct checksummary *
checksummary_new(void)
{
	struct checksummary *s = mem_alloc(sizeof(*s));

	arena_init(&s->arena);
	map_init(&s->map);
	return s;
}

void
checksummary_free(struct checksummary *s)
{
	if (!s)
		return;
	map_free(&s->map);
	arena_free(&s->arena);
	buf_free(&s->key);
	free(s->rows);
	free(s);
}

/* ---- counting */

static struct row *
row_new(struct checksummary *s, const struct report *r)
{
	struct row *w = arena_alloc(&s->arena, sizeof(*w));

	memset(w, 0, sizeof(*w));
	w->domain = arena_strdup(&s->arena, r->domain);
	w->check_name = arena_strdup(&s->arena, r->check_name);
	w->type = arena_strdup(&s->arena, r->type);
	w->server = arena_strdup(&s->arena, r->server);
	w->target_name = arena_strdup(&s->arena, r->target_name);
	w->target = r->target;
	w->port = r->port;
	w->place = s->nrows;
	s->rows = mem_array(s->rows, &s->cap, s->nrows + 1, sizeof(struct row *));
	s->rows[s->nrows++] = w;
	return w;
}

static struct row *
row_of(struct checksummary *s, const struct report *r)
{
	char target[TARGET_TEXT];
	struct row *w;

	buf_clear(&s->key);
	buf_printf(&s->key, "%s\n%s\n%s\n%s\n%s", r->server, r->check_name, r->domain, r->type,
	           report_target(target, r));
	w = map_get(&s->map, s->key.data, s->key.len);
	if (!w) {
		w = row_new(s, r);
		*map_put(&s->map, arena_strndup(&s->arena, s->key.data, s->key.len),
		         s->key.len) = w;
	}
	return w;
}

void
checksummary_take(struct checksummary *s, const struct report *r, const struct probe_result *res)
{
	struct row *w = row_of(s, r);

	w->runs++;
	w->n[r->status]++;
	if (r->status != STATUS_OK)
		memcpy(w->reason, r->reason, sizeof(w->reason));
	if (r->latency_ms < 0 || r->status > STATUS_WARN)
		return;
	if (!w->timed || r->latency_ms < w->min)
		w->min = r->latency_ms;
	if (r->latency_ms > w->max)
		w->max = r->latency_ms;
	w->timed++;
	w->sum += r->latency_ms;
	w->connect += res->connect_ms;
	w->tls += res->tls_ms;
	w->first_byte += res->first_byte_ms;
}

/* ---- for people */

/* Of the runs that tell of the target, those that failed. */
static double
loss(const struct row *w)
{
	uint64_t told = w->runs - w->n[STATUS_UNKNOWN];

	return told ? (double)w->n[STATUS_FAIL] * 100 / (double)told : 0;
}

/* Losses first, then what is not known, then warnings; in the end as they came. */
static int
worse_first(const void *a, const void *b)
{
	const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;
	static const enum status order[] = {STATUS_UNKNOWN, STATUS_WARN};

	if (loss(x) != loss(y))
		return loss(x) > loss(y) ? -1 : 1;
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (x->n[order[i]] != y->n[order[i]])
			return x->n[order[i]] > y->n[order[i]] ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

static enum status
worst(const struct row *w)
{
	return w->n[STATUS_FAIL]      ? STATUS_FAIL
	       : w->n[STATUS_UNKNOWN] ? STATUS_UNKNOWN
	       : w->n[STATUS_WARN]    ? STATUS_WARN
	                              : STATUS_OK;
}

static void
heading(struct buf *b, const struct checktable *t)
{
	buf_printf(b, "RUNS  LOSS   MIN ms  MEAN ms   MAX ms  %-5s  %-*s  %-*s  ", "TYPE",
	           t->target_width, "TARGET", t->domain_width, "DOMAIN");
	if (t->servers)
		buf_printf(b, "%-12s  ", "SERVER");
	buf_puts(b, "REASON\n");
}

static void
put_ms(struct buf *b, const struct row *w, double ms)
{
	if (w->timed)
		buf_printf(b, "  %7.*f", ms < 9999.5 ? 2 : 0, ms);
	else
		buf_puts(b, "        -");
}

/* The mean of each step. */
static void
put_phases(struct buf *b, const struct row *w, const struct checktable *t)
{
	double n = (double)w->timed;
	const struct probe_result mean = {.connect_ms = w->connect / n,
	                                  .tls_ms = w->tls / n,
	                                  .first_byte_ms = w->first_byte / n};

	if (t->means && w->timed)
		checktable_phases(t, b, INDENT, w->type, w->sum / n, &mean);
}

static void
put_row(struct buf *b, const struct row *w, const struct checktable *t)
{
	int used = USED + t->target_width + t->domain_width + (t->servers ? 14 : 0);
	char target[TARGET_TEXT], percent[8];
	double lost = loss(w);

	/* What is not nothing is not said to be nothing, nor all that is not all. */
	if (lost > 0 && lost < 1)
		snprintf(percent, sizeof(percent), "<1%%");
	else
		snprintf(percent, sizeof(percent), "%d%%", (int)lost);
	place_text(target, &w->target, *w->target_name ? w->target_name : NULL, w->port);
	buf_printf(b, "%4" PRIu64 "  %s%4s%s", w->runs, checktable_paint(t, worst(w)), percent,
	           checktable_paint_end(t));
	put_ms(b, w, w->min);
	put_ms(b, w, w->timed ? w->sum / (double)w->timed : 0);
	put_ms(b, w, w->max);
	buf_printf(b, "  %-5s  %-*s  %-*s  ", w->type, t->target_width, target, t->domain_width,
	           w->domain);
	if (t->servers)
		buf_printf(b, "%-12s  ", w->server);
	checktable_reason(t, b, used, INDENT, w->reason);
	put_phases(b, w, t);
}

static void
put_count(struct buf *b, const char *before, uint64_t n, const char *word)
{
	if (n)
		buf_printf(b, "%s%" PRIu64 " %s", before, n, word);
}

static void
put_total(const struct checksummary *s, struct buf *b, size_t hidden, double seconds)
{
	static const char *const words[] = {[STATUS_OK] = "ok",
	                                    [STATUS_WARN] = "warned",
	                                    [STATUS_FAIL] = "failed",
	                                    [STATUS_UNKNOWN] = "unknown"};
	uint64_t n[STATUSES] = {0}, runs = 0;
	const char *before = ": ";

	for (size_t i = 0; i < s->nrows; i++)
		for (int k = 0; k < STATUSES; k++) {
			n[k] += s->rows[i]->n[k];
			runs += s->rows[i]->n[k];
		}
	buf_printf(b, "%zu %s, %" PRIu64 " %s in %.*f s", s->nrows,
	           s->nrows == 1 ? "check" : "checks", runs, runs == 1 ? "run" : "runs",
	           seconds < 9.995 ? 2 : seconds < 99.95, seconds);
	for (int k = 0; k < STATUSES; k++) {
		put_count(b, before, n[k], words[k]);
		if (n[k])
			before = ", ";
	}
	buf_putc(b, '\n');
	if (hidden)
		buf_printf(b, "%zu of the checks were always ok\n", hidden);
}

void
checksummary_table(struct checksummary *s, struct buf *b, const struct checktable *look,
    double seconds)
{
	size_t shown = 0;

	if (s->nrows)
		qsort(s->rows, s->nrows, sizeof(struct row *), worse_first);
	for (size_t i = 0; i < s->nrows; i++) {
		const struct row *w = s->rows[i];

		if (s->nrows > MANY && worst(w) == STATUS_OK)
			continue;
		if (shown++ == 0)
			heading(b, look);
		put_row(b, w, look);
	}
	put_total(s, b, s->nrows - shown, seconds);
}

/* ---- for programs */

static void
put_json(struct buf *b, const struct row *w)
{
	char target[TARGET_TEXT];

	buf_puts(b, "{\"check_name\":");
	buf_json(b, w->check_name);
	buf_puts(b, ",\"domain\":");
	buf_json(b, w->domain);
	buf_printf(b, ",\"type\":\"%s\",\"target_ip\":", w->type);
	buf_json(b, *w->target_name ? w->target_name : addr_format(target, &w->target));
	if (w->port == PORT_NONE)
		buf_puts(b, ",\"port\":null");
	else
		buf_printf(b, ",\"port\":%d", w->port);
	if (*w->server) {
		buf_puts(b, ",\"server\":");
		buf_json(b, w->server);
	}
	buf_printf(b, ",\"runs\":%" PRIu64, w->runs);
	for (int k = 0; k < STATUSES; k++)
		buf_printf(b, ",\"%s\":%" PRIu64, status_word(k), w->n[k]);
	if (w->timed)
		buf_printf(b, ",\"min_ms\":%.3f,\"mean_ms\":%.3f,\"max_ms\":%.3f", w->min,
		           w->sum / (double)w->timed, w->max);
	else
		buf_puts(b, ",\"min_ms\":null,\"mean_ms\":null,\"max_ms\":null");
	buf_puts(b, ",\"reason\":");
	buf_json(b, w->reason[0] ? w->reason : NULL);
	buf_puts(b, "}\n");
}

void
checksummary_json(struct checksummary *s, struct buf *b)
{
	for (size_t i = 0; i < s->nrows; i++)
		put_json(b, s->rows[i]);
}
