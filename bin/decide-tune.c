#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/stamp.h"
#include "base/text.h"
#include "codec/records_write.h"
#include "core/grid.h"
#include "core/tune.h"
#include "decide.h"
#include "edge/clock.h"
#include "edge/file.h"
#include "edge/sweep.h"

/*
 * fodns-decide --replay --set KEY=VALUE: the recorded reports judged twice, by the
 * config as it is and under other rules, and what that would have been like.
 */
enum { AS_IS, SET, WORLDS, SHOW_MS = 1000, STEP_MS = 200 };

struct tuning {
	const struct decide *d;
	struct config config[WORLDS];
	struct tune *tune[WORLDS];
	int64_t since, at; /* of what counts; since -1: the first record, at INT64_MAX: the last */
	int64_t last;
	uint64_t lines;
	const char **domains; /* named, in normal form */
	size_t ndomains;
	int64_t began, shown; /* of the progress line, CLOCK_MONOTONIC */
	bool tty;
};

/* ---- the other rules */

/* "server.fall=3" to "fall: 3" */
static char *
overlay_line(const struct decide *d, const char *given)
{
	const char *equals = strchr(given, '='), *key = given + strlen("server.");
	struct buf b = {0};

	if (!equals || !equals[1])
		cli_usage(d->cli, "--set: \"%s\" is not KEY=VALUE, such as server.fall=3", given);
	if (strncmp(given, "server.", strlen("server.")) != 0)
		cli_usage(d->cli, "--set: \"%s\": only keys of server: can be other than recorded, "
		                  "such as server.fall=3", given);
	if (text_dirty(given, strlen(given)))
		cli_usage(d->cli, "--set: a value of more than one line");
	buf_add(&b, key, (size_t)(equals - key));
	buf_printf(&b, ": %s", equals + 1);
	return b.data;
}

/* Warnings were said with the config as it is. */
static void
load_set(struct tuning *t)
{
	const char **lines = mem_alloc((t->d->ngiven + 1) * sizeof(*lines));
	struct config_overlay over = {"--set", lines, t->d->ngiven, t->domains, t->ndomains};
	struct config_problems p = {0};

	for (size_t i = 0; i < t->d->ngiven; i++)
		lines[i] = overlay_line(t->d, t->d->given[i]);
	if (config_load_over(&t->config[SET], cli_config_path(t->d->config), &file_source, &over,
	                     &p) < 0) {
		for (size_t i = 0; i < p.n; i++)
			if (!p.list[i].warning)
				log_error("%s", p.list[i].text);
		exit(EXIT_USAGE);
	}
	config_problems_free(&p);
	for (size_t i = 0; i < t->d->ngiven; i++)
		free((char *)(uintptr_t)lines[i]);
	free(lines);
}

static void
load(struct tuning *t)
{
	const struct decide *d = t->d;

	if (d->ngiven == 0)
		cli_usage(d->cli, "--replay: under which rules? such as --set server.fall=3");
	cli_load_config(&t->config[AS_IS], cli_config_path(d->config));
	t->domains = mem_alloc(((size_t)d->noperands + 1) * sizeof(*t->domains));
	for (int i = 0; i < d->noperands; i++)
		t->domains[t->ndomains++] =
		    decide_domain(&t->config[AS_IS], d->operands[i])->name;
	load_set(t);
}

/* ---- the records */

static void
show_progress(struct tuning *t, int64_t at)
{
	int64_t now;
	char when[STAMP_LEN];

	if (!t->tty || t->lines % 1024)
		return;
	now = clock_coarse();
	if (now - t->began < SHOW_MS || now - t->shown < STEP_MS)
		return;
	t->shown = now;
	fprintf(stderr, "\r%s: %llu records, at %s ", log_program(), (unsigned long long)t->lines,
	        stamp_local(when, at));
}

static void
end_progress(const struct tuning *t)
{
	if (t->shown)
		fprintf(stderr, "\r%79s\r", "");
}

static bool
begin(struct tuning *t, int64_t at)
{
	if (at > t->at)
		return false;
	t->lines++;
	t->last = at;
	show_progress(t, at);
	for (int i = 0; i < WORLDS; i++) {
		if (!t->tune[i])
			t->tune[i] = tune_new(&t->config[i], at, t->since);
		tune_until(t->tune[i], at);
	}
	return true;
}

static void
take_report(void *arg, const struct report *r)
{
	struct tuning *t = arg;

	if (!begin(t, r->arrival))
		return;
	for (int i = 0; i < WORLDS; i++)
		tune_report(t->tune[i], r);
}

static void
take_override(void *arg, const struct override *o)
{
	struct tuning *t = arg;

	if (!begin(t, o->at))
		return;
	for (int i = 0; i < WORLDS; i++)
		tune_override(t->tune[i], o);
}

static void
swept_report(void *arg, struct report *r)
{
	take_report(arg, r);
}

static void
swept_override(void *arg, struct override *o)
{
	take_override(arg, o);
}

static void
swept_bad(void *arg, const char *where, const char *why)
{
	(void)arg;
	log_debug("%s: %s", where, why);
}

/* All that the state still has. */
static int
sweep_state(struct tuning *t, struct fault *f)
{
	struct sweep_calls calls = {t, swept_report, swept_override, swept_bad};
	struct statedir dir;
	struct sweep *s;
	int left = 1;

	if (decide_state(t->d, &t->config[AS_IS], false, &dir, f) < 0)
		return -1;
	s = sweep_new(&dir, 0, &calls, f);
	while (s && left > 0)
		left = sweep_start(s, INT32_MAX, f);
	if (s && left == 0)
		left = sweep_unread(s, f);
	sweep_free(s);
	statedir_close(&dir);
	return s ? left : -1;
}

static void
read_records(struct tuning *t)
{
	struct decide_lines_calls calls = {t, take_report, take_override};
	char when[STAMP_LEN];
	struct fault f;

	t->began = clock_mono();
	t->tty = isatty(STDERR_FILENO);
	if (t->d->reports)
		decide_lines(t->d, t->at, &calls);
	else if (sweep_state(t, &f) < 0)
		cli_fail(&f);
	end_progress(t);
	if (!t->lines) {
		log_error("no report was recorded before %s: there is nothing to replay",
		          stamp_local(when, t->at));
		cli_end(EXIT_UNSURE);
	}
	if (t->at == INT64_MAX)
		t->at = t->last; /* what a file says nothing of is not silence */
	for (int i = 0; i < WORLDS; i++)
		tune_end(t->tune[i], t->at);
}

/* ---- what it came to */

static double
per_day(const struct tune_sum *s)
{
	return s->ms > 0 ? (double)s->changes * 86400000 / (double)s->ms : 0;
}

static void
sum_json(struct buf *b, const char *name, const struct tune_sum *s)
{
	buf_printf(b,
	           ",\"%s\":{\"changes\":%llu,\"changes_per_day\":%.2f,\"fallback_min\":%.2f,"
	           "\"not_live_min\":%.2f,\"flaps\":%llu}",
	           name, (unsigned long long)s->changes, per_day(s), (double)s->fallback_ms / 60000,
	           (double)s->not_live_ms / 60000, (unsigned long long)s->flaps);
}

static void
row_json(const struct tuning *t, struct buf *b, const char *name, const struct tune_sum s[WORLDS])
{
	buf_puts(b, "{\"type\":\"replay\",\"domain\":");
	buf_json(b, name);
	buf_puts(b, ",\"from\":");
	put_time(b, t->at - s[AS_IS].ms);
	buf_puts(b, ",\"to\":");
	put_time(b, t->at);
	sum_json(b, "now", &s[AS_IS]);
	sum_json(b, "set", &s[SET]);
	buf_puts(b, "}\n");
}

static enum paint
better(double set, double now)
{
	return set < now ? PAINT_GOOD : set > now ? PAINT_BAD : PAINT_PLAIN;
}

static const char *
duration(char dst[static 24], int64_t ms)
{
	return ms ? num_duration_text(dst, ms) : "0s";
}

/* A domain that nothing was reported of has no figures. */
static void
row_text(struct grid *g, const char *name, const struct tune_sum s[WORLDS])
{
	char text[24];
	double now = per_day(&s[AS_IS]), set = per_day(&s[SET]);

	grid_add(g, PAINT_PLAIN, name);
	for (size_t i = 1; !s[AS_IS].ms && i < g->columns; i++)
		grid_add(g, PAINT_DIM, i + 1 < g->columns ? "-" : "");
	if (!s[AS_IS].ms)
		return;
	grid_addf(g, PAINT_PLAIN, "%.1f", now);
	grid_addf(g, better(set, now), "%.1f", set);
	grid_add(g, PAINT_PLAIN, duration(text, s[AS_IS].not_live_ms));
	grid_add(g, better((double)s[SET].not_live_ms, (double)s[AS_IS].not_live_ms),
	         duration(text, s[SET].not_live_ms));
	grid_addf(g, PAINT_PLAIN, "%llu", (unsigned long long)s[AS_IS].flaps);
	grid_addf(g, better((double)s[SET].flaps, (double)s[AS_IS].flaps), "%llu",
	          (unsigned long long)s[SET].flaps);
	grid_add(g, PAINT_PLAIN, "");
}

static void
add_sum(struct tune_sum *all, const struct tune_sum *s)
{
	all->changes += s->changes;
	all->flaps += s->flaps;
	all->fallback_ms += s->fallback_ms;
	all->not_live_ms += s->not_live_ms;
	if (s->ms > all->ms)
		all->ms = s->ms;
}

static void
head(struct grid *g)
{
	static const char *const names[] = {"DOMAIN", "CHANGES/DAY", "SET", "NOT LIVE",
	                                    "SET",    "FLAPS",       "SET", ""};

	grid_init(g, sizeof(names) / sizeof(*names));
	g->right = ~1u; /* the last column is empty: that cannot be */
	for (size_t i = 0; i < g->columns; i++)
		grid_add(g, PAINT_DIM, names[i]);
}

static void
preamble(const struct tuning *t, int64_t ms, struct buf *b)
{
	char from[STAMP_LEN], to[STAMP_LEN], text[24];

	buf_printf(b, "%s to %s (%s), as it is and with", stamp_local(from, t->at - ms),
	           stamp_local(to, t->at), num_duration_text(text, ms));
	for (size_t i = 0; i < t->d->ngiven; i++)
		buf_printf(b, " %s", t->d->given[i]);
	buf_puts(b, "\n\n");
}

static void
say_all(const struct tuning *t)
{
	size_t n = t->ndomains ? t->ndomains : t->config[AS_IS].ndomains;
	bool json = decide_json(t->d);
	struct tune_sum all[WORLDS] = {{0}};
	struct buf b = {0}, rows = {0};
	struct grid g;

	head(&g);
	for (size_t i = 0; i < n; i++) {
		const char *name = t->ndomains ? t->domains[i] : t->config[AS_IS].domains[i].name;
		struct tune_sum s[WORLDS];

		for (int k = 0; k < WORLDS; k++) {
			tune_sum(t->tune[k], config_domain(&t->config[k], name), &s[k]);
			add_sum(&all[k], &s[k]);
		}
		if (json)
			row_json(t, &rows, name, s);
		else
			row_text(&g, name, s);
	}
	if (!json) {
		if (n > 1)
			row_text(&g, "(all)", all);
		preamble(t, all[AS_IS].ms, &b);
		grid_write(&g, &rows, cli_colour(stdout), 80);
	}
	fwrite(b.data ? b.data : "", 1, b.len, stdout);
	fwrite(rows.data ? rows.data : "", 1, rows.len, stdout);
	grid_free(&g);
	buf_free(&b);
	buf_free(&rows);
}

int
decide_tune(struct decide *d)
{
	struct tuning t = {.d = d, .since = d->since,
	                   .at = d->at >= 0 ? d->at : d->reports ? INT64_MAX : clock_axis()};

	if (d->since >= 0 && d->since >= t.at)
		cli_usage(d->cli, "--since is not before --at");
	load(&t);
	read_records(&t);
	say_all(&t);
	for (int i = 0; i < WORLDS; i++) {
		tune_free(t.tune[i]);
		config_free(&t.config[i]);
	}
	free(t.domains);
	return EXIT_DONE;
}
