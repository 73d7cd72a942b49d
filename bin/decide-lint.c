#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "codec/config.h"
#include "core/grid.h"
#include "core/lint.h"
#include "decide.h"
#include "edge/file.h"
#include "follower.h"

/*
 * fodns-decide --lint: all problems of the config, then advice.  For people equal
 * findings are one line and each id has a few; with -v, and as JSON lines, each
 * finding is there.
 */

enum { SHOWN = 5, SHOWN_ERRORS = 20 }; /* lines of one id */

struct item {
	enum advice_level level;
	enum advice id;
	struct place at;
	const char *file, *domain, *text; /* domain NULL: of the whole */
	size_t more;                      /* domains of which the same is to be said */
	size_t order;
};

struct linting {
	const struct decide *d;
	struct config config;
	struct arena arena;
	struct map same; /* id and text -> place in items, from 1 */
	struct item *items;
	size_t n, cap;
	size_t levels[ADVICE_LEVELS], ignored;
	bool each, json, colour;
};

/* ---- collecting */

/* The item that says the same of another domain; NULL: there is none, and this will be it. */
static struct item *
same_as(struct linting *l, enum advice id, const char *text, const char **kept)
{
	size_t n = strlen(text) + 2;
	char *key = arena_alloc(&l->arena, n);
	void **slot;

	key[0] = (char)(id + 1);
	memcpy(key + 1, text, n - 1);
	*kept = key + 1;
	slot = map_put(&l->same, key, n - 1);
	if (*slot)
		return &l->items[(uintptr_t)*slot - 1];
	*slot = (void *)(uintptr_t)(l->n + 1);
	return NULL;
}

static void
add(struct linting *l, struct item i)
{
	struct arena_mark before = arena_mark(&l->arena);
	struct item *same = NULL;

	l->levels[i.level]++;
	if (l->each || !i.domain)
		i.text = arena_strdup(&l->arena, i.text);
	else
		same = same_as(l, i.id, i.text, &i.text);
	if (same) {
		same->more++;
		arena_rewind(&l->arena, before);
		return;
	}
	l->items = mem_array(l->items, &l->cap, l->n + 1, sizeof(*l->items));
	i.order = l->n;
	l->items[l->n++] = i;
}

static void
add_problem(struct linting *l, const struct config_problem *p)
{
	struct item i = {.id = p->id, .at = p->at, .text = p->text + p->message};

	i.level = p->warning ? advice_level(p->id) : ADVICE_ERROR;
	if (p->warning && p->id == ADVICE_CONFIG)
		i.level = ADVICE_WARNING;
	if (p->warning && (l->d->ignore & ADVICE_BIT(p->id))) {
		l->ignored++;
		return;
	}
	i.file = arena_strndup(&l->arena, p->text, p->file_len);
	add(l, i);
}

static void
on_finding(void *arg, const struct finding *f)
{
	struct linting *l = arg;

	add(l, (struct item){.level = advice_level(f->id), .id = f->id, .at = f->at,
	    .file = l->config.files[f->at.file], .text = f->text,
	    .domain = f->domain ? f->domain->name : NULL});
}

/* What agents really do; a config may be checked where there is no state. */
static struct engine *
reports_of(struct linting *l, struct fault *f)
{
	uint64_t bad = 0;

	return decide_engine(l->d, &l->config, &bad, f);
}

static void
advice(struct linting *l)
{
	struct lint lint = {.config = &l->config, .ignore = l->d->ignore, .say = on_finding,
	                    .arg = l};
	struct engine *e;
	struct fault f;

	lint_config(&lint);
	e = reports_of(l, &f);
	if (e)
		lint_reports(&lint, e);
	else
		log_debug("how often agents report is not looked at: %s", f.text);
	engine_free(e);
	l->ignored += lint.ignored;
}

/* ---- saying */

static int
by_place(const void *x, const void *y)
{
	const struct item *a = x, *b = y;

	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	if (a->at.file != b->at.file)
		return a->at.file < b->at.file ? -1 : 1;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	if (a->at.col != b->at.col)
		return a->at.col < b->at.col ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static void
write_json(const struct item *i, struct buf *b)
{
	buf_puts(b, "{\"type\":\"lint\",\"level\":");
	buf_json(b, advice_level_word(i->level));
	buf_puts(b, ",\"id\":");
	buf_json(b, advice_id(i->id));
	buf_puts(b, ",\"file\":");
	buf_json(b, i->file);
	buf_printf(b, ",\"line\":%u,\"column\":%u,\"domain\":", (unsigned)i->at.line,
	           (unsigned)i->at.col);
	buf_json(b, i->domain);
	buf_puts(b, ",\"text\":");
	buf_json(b, i->text);
	buf_puts(b, "}\n");
}

/* 99990 as "99,990" */
static void
add_count(struct buf *b, size_t n)
{
	if (n >= 1000)
		add_count(b, n / 1000);
	buf_printf(b, n >= 1000 ? ",%03zu" : "%zu", n % 1000);
}

static void
add_id(const struct linting *l, struct buf *b, enum advice id)
{
	char text[64];

	snprintf(text, sizeof(text), " [%s]", advice_id(id));
	paint_add(b, l->colour, PAINT_DIM, text);
	buf_putc(b, '\n');
}

static void
write_text(const struct linting *l, const struct item *i, struct buf *b)
{
	static const enum paint paints[] = {PAINT_BAD, PAINT_WARN, PAINT_DIM};

	buf_puts(b, i->file);
	if (i->at.line)
		buf_printf(b, ":%u:%u", (unsigned)i->at.line, (unsigned)i->at.col);
	buf_puts(b, ": ");
	paint_add(b, l->colour, paints[i->level], advice_level_word(i->level));
	buf_puts(b, ": ");
	if (i->domain)
		buf_puts(b, i->domain);
	if (i->more) {
		buf_puts(b, " and ");
		add_count(b, i->more);
		buf_puts(b, " more");
	}
	buf_puts(b, i->domain ? ": " : "");
	buf_puts(b, i->text);
	add_id(l, b, i->id);
}

static void
flush(struct buf *b)
{
	if (b->len > 0)
		fwrite(b->data, 1, b->len, stdout);
	buf_clear(b);
}

/* What of an id was not shown, behind the last of its level. */
static void
write_rest(const struct linting *l, const size_t *hidden, enum advice_level level, struct buf *b)
{
	for (int id = 0; id < ADVICE_KINDS_N; id++) {
		if (!hidden[id] || advice_level((enum advice)id) != level)
			continue;
		buf_puts(b, "... and ");
		add_count(b, hidden[id]);
		buf_puts(b, " more (-v lists all)");
		add_id(l, b, (enum advice)id);
	}
}

static void
write_items(struct linting *l)
{
	size_t shown[ADVICE_KINDS_N] = {0}, hidden[ADVICE_KINDS_N] = {0};
	struct buf b = {0};

	if (l->n > 0)
		qsort(l->items, l->n, sizeof(*l->items), by_place);
	for (size_t k = 0; k < l->n; k++) {
		const struct item *i = &l->items[k];
		size_t most = i->level == ADVICE_ERROR ? SHOWN_ERRORS : SHOWN;

		if (l->json)
			write_json(i, &b);
		else if (l->each || shown[i->id]++ < most)
			write_text(l, i, &b);
		else
			hidden[i->id] += 1 + i->more;
		if (!l->json && (k + 1 == l->n || l->items[k + 1].level != i->level))
			write_rest(l, hidden, i->level, &b);
		if (b.len > 60000)
			flush(&b);
	}
	flush(&b);
	buf_free(&b);
}

/* ", 2 warnings"; "no errors" where there must be a word */
static void
add_counted(struct buf *b, const char *sep, size_t n, const char *what)
{
	buf_puts(b, sep);
	if (n)
		add_count(b, n);
	else
		buf_puts(b, "no");
	buf_printf(b, " %s%s", what, n == 1 ? "" : "s");
}

static void
summary(const struct linting *l, const char *path, bool refused)
{
	struct buf b = {0};

	buf_printf(&b, "%s: ", path);
	if (!refused) {
		add_counted(&b, "", l->config.nzones, "zone");
		add_counted(&b, ", ", l->config.ndomains, "domain");
	}
	add_counted(&b, refused ? "refused: " : ": ", l->levels[ADVICE_ERROR], "error");
	add_counted(&b, ", ", l->levels[ADVICE_WARNING], "warning");
	if (!refused)
		add_counted(&b, ", ", l->levels[ADVICE_INFO], "info");
	if (l->ignored) {
		buf_puts(&b, ", ");
		add_count(&b, l->ignored);
		buf_puts(&b, " ignored");
	}
	puts(b.data);
	buf_free(&b);
}

static int
status(const struct linting *l)
{
	if (l->levels[ADVICE_ERROR] > 0)
		return EXIT_USAGE;
	return l->d->strict && l->levels[ADVICE_WARNING] > 0 ? EXIT_NO : EXIT_DONE;
}

int
decide_lint(struct decide *d)
{
	bool json = d->output && !strcmp(d->output, "json");
	struct linting l = {.d = d, .json = json, .each = json || d->verbose,
	                    .colour = cli_colour(stdout)};
	const char *path = cli_config_path(d->config);
	struct config_problems p = {.infos = true};
	int r = config_load(&l.config, path, &file_source, &p);

	map_init(&l.same);
	arena_init(&l.arena);
	for (size_t i = 0; i < p.n; i++)
		add_problem(&l, &p.list[i]);
	l.levels[ADVICE_ERROR] = p.errors; /* of a great many only the first are kept */
	l.ignored += p.ignored;
	config_problems_free(&p);
	if (r == 0)
		advice(&l);
	write_items(&l);
	if (!json)
		summary(&l, path, r < 0);
	r = r < 0 ? cli_load_status(path) : status(&l);
	free(l.items);
	map_free(&l.same);
	arena_free(&l.arena);
	config_free(&l.config);
	return r;
}
