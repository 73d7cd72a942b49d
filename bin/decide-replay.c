#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "codec/json.h"
#include "codec/records.h"
#include "decide.h"

/* --reports FILE|-: report and override lines in place of a state directory. */
enum { LOUD_LINES = 20 };

struct line {
	int64_t at;
	size_t number;
	bool is_override;
	union {
		struct report *report;
		struct override *override;
	};
};

struct replay {
	const char *name;
	struct line *lines;
	size_t n, cap;
	uint64_t bad;
	bool any_config; /* what one config has no target for, another may */
};

static void
bad_line(struct replay *r, size_t number, const char *why)
{
	if (r->bad++ < LOUD_LINES)
		log_warn("%s:%zu: %s", r->name, number, why);
}

/* "segment" and "seal" stand in the journals, which may be given here as they are. */
static bool
is_bookkeeping(const char *type)
{
	return !strcmp(type, "segment") || !strcmp(type, "seal");
}

/* The line's `type`; "" if there is none or it is no JSON. */
static void
line_type(const char *text, size_t n, char dst[static 16])
{
	struct fault f;
	struct json *j = json_parse(text, n, &f);
	size_t len = 0;
	const char *s = j ? json_string(json_get(j, "type"), &len) : NULL;

	snprintf(dst, 16, "%.*s", s && len < 16 ? (int)len : 0, s ? s : "");
	json_free(j);
}

static void
take_report(struct replay *r, size_t number, const char *text, size_t n)
{
	struct report *report = mem_alloc(sizeof(*report));
	struct fault f;

	if (report_read(report, text, n, &f) < 0) {
		bad_line(r, number, f.text);
		free(report);
		return;
	}
	report_place(report, report->received >= 0 ? report->received : report->timestamp);
	r->lines = mem_array(r->lines, &r->cap, r->n + 1, sizeof(*r->lines));
	r->lines[r->n++] = (struct line){report->arrival, number, false, {.report = report}};
}

static void
take_override(struct replay *r, size_t number, const char *text, size_t n)
{
	struct override *o = mem_alloc(sizeof(*o));
	struct fault f;

	if (override_read(o, text, n, &f) < 0) {
		bad_line(r, number, f.text);
		free(o);
		return;
	}
	r->lines = mem_array(r->lines, &r->cap, r->n + 1, sizeof(*r->lines));
	r->lines[r->n++] = (struct line){o->at, number, true, {.override = o}};
}

static void
take_line(struct replay *r, size_t number, const char *text, size_t n)
{
	char type[16];

	if (strspn(text, " \t\r") == n)
		return;
	if (n > LIMIT_REPORT_LINE) {
		bad_line(r, number, "a line of over 4096 bytes");
		return;
	}
	line_type(text, n, type);
	if (!strcmp(type, "override"))
		take_override(r, number, text, n);
	else if (!is_bookkeeping(type))
		take_report(r, number, text, n);
}

static void
read_lines(struct replay *r, const char *path)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *text = NULL;
	size_t cap = 0, number = 0;
	struct fault f;
	ssize_t n;

	if (!in) {
		fault_set(&f, "%s: %s", path, strerror(errno));
		cli_fail(&f);
	}
	r->name = in == stdin ? "stdin" : path;
	while ((n = getline(&text, &cap, in)) > 0) {
		if (text[n - 1] == '\n')
			text[--n] = '\0';
		take_line(r, ++number, text, (size_t)n);
	}
	if (ferror(in)) {
		fault_temp(&f, "%s: %s", r->name, strerror(errno));
		cli_fail(&f);
	}
	if (in != stdin)
		fclose(in);
	free(text);
}

static int
by_time(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static void
feed(struct replay *r, struct engine *e, const struct line *l)
{
	enum verdict v;

	if (l->at - 1 > engine_now(e))
		engine_advance(e, l->at - 1);
	if (l->is_override) {
		if (engine_override(e, l->override) == 0 && !r->any_config)
			bad_line(r, l->number, "override: no such domain or target is configured");
		return;
	}
	v = engine_report(e, l->report);
	if (v != VERDICT_TAKEN && v != VERDICT_DUPLICATE && !r->any_config)
		bad_line(r, l->number, verdict_text(v));
}

/* Read once, however many engines are fed: standard input cannot be read again. */
static struct replay *
loaded(const char *path)
{
	static struct replay r;

	if (r.name)
		return &r;
	read_lines(&r, path);
	if (r.n > 0)
		qsort(r.lines, r.n, sizeof(*r.lines), by_time);
	return &r;
}

static void
say_bad(struct replay *r)
{
	if (r->bad > LOUD_LINES)
		log_warn("%s: %" PRIu64 " more bad lines", r->name, r->bad - LOUD_LINES);
	if (r->bad > 0)
		log_warn("%s: %" PRIu64 " lines were skipped", r->name, r->bad);
	r->bad = 0;
}

struct engine *
decide_replay(const struct decide *d, const struct config *c, int64_t at, uint64_t *bad)
{
	struct replay *r = loaded(d->reports);
	struct engine *e;

	r->any_config = d->two_configs;
	e = engine_new(c, r->n > 0 && r->lines[0].at <= at ? r->lines[0].at : at);
	engine_events(e, d->since >= 0);
	for (size_t i = 0; i < r->n && r->lines[i].at <= at; i++)
		feed(r, e, &r->lines[i]);
	engine_advance(e, at);
	*bad += r->bad;
	say_bad(r);
	return e;
}

void
decide_lines(const struct decide *d, int64_t at, const struct decide_lines_calls *calls)
{
	struct replay *r = loaded(d->reports);

	for (size_t i = 0; i < r->n && r->lines[i].at <= at; i++) {
		if (r->lines[i].is_override)
			calls->override(calls->arg, r->lines[i].override);
		else
			calls->report(calls->arg, r->lines[i].report);
	}
	say_bad(r);
}
