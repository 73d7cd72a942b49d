#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "codec/records.h"
#include "core/compare.h"
#include "core/grid.h"
#include "core/view.h"
#include "decide.h"

/* fodns-decide --against OTHER: what another config would answer, judging the same reports. */
enum { OURS, THEIRS, SIDES };

enum change { SAME, CHANGED, ADDED, REMOVED, CHANGES };

struct against {
	const struct decide *d;
	struct config config[SIDES];
	struct engine *engine[SIDES];
	bool json, colour, files_said;
	size_t domains[CHANGES], zones[CHANGES];
	struct buf out;
};

static const char *const change_words[] = {"same", "changed", "added", "removed"};

static enum change
change_of(const void *ours, const void *theirs, bool same)
{
	return !ours ? ADDED : !theirs ? REMOVED : same ? SAME : CHANGED;
}

/* Where nothing differs, nothing but the counts is said. */
static void
say_files(struct against *a)
{
	char line[1024];

	if (a->files_said)
		return;
	a->files_said = true;
	for (int side = 0; side < SIDES; side++) {
		snprintf(line, sizeof(line), "%s %s", side == OURS ? "---" : "+++",
		         a->config[side].files[0]);
		paint_add(&a->out, a->colour, PAINT_BOLD, line);
		buf_putc(&a->out, '\n');
	}
}

static void
heading(struct against *a, const char *what, const char *name)
{
	char text[LIMIT_NAME + 32];

	say_files(a);
	snprintf(text, sizeof(text), "@@ %s%s @@", what, name);
	paint_add(&a->out, a->colour, PAINT_BOLD, text);
	buf_putc(&a->out, '\n');
}

static void
flush(struct against *a)
{
	fwrite(a->out.data ? a->out.data : "", 1, a->out.len, stdout);
	buf_clear(&a->out);
}

/* ---- domains */

static struct compared
look(struct against *a, int side, const struct domain *d)
{
	static struct decision decisions[SIDES];

	if (d)
		view_decision(a->engine[side], d, &decisions[side]);
	return (struct compared){d, &decisions[side]};
}

static void
side_json(struct buf *b, const char *name, const struct compared *c)
{
	buf_printf(b, ",\"%s\":", name);
	if (!c->domain) {
		buf_puts(b, "null");
		return;
	}
	buf_putc(b, '{');
	decision_write_rrsets(b, c->decision);
	buf_putc(b, '}');
}

static void
say_domain(struct against *a, const char *name, enum change change, const struct compared *c)
{
	if (!a->json) {
		heading(a, "", name);
		compare_write(&a->out, a->colour, &c[OURS], &c[THEIRS]);
		return;
	}
	buf_puts(&a->out, "{\"type\":\"difference\",\"domain\":");
	buf_json(&a->out, name);
	buf_printf(&a->out, ",\"change\":\"%s\"", change_words[change]);
	side_json(&a->out, "before", &c[OURS]);
	side_json(&a->out, "after", &c[THEIRS]);
	buf_puts(&a->out, "}\n");
}

static void
compare_domain(struct against *a, const struct domain *ours, const struct domain *theirs)
{
	struct compared c[SIDES] = {look(a, OURS, ours), look(a, THEIRS, theirs)};
	enum change change = change_of(ours, theirs, compare_all_same(&c[OURS], &c[THEIRS]));

	a->domains[change]++;
	if (change != SAME)
		say_domain(a, ours ? ours->name : theirs->name, change, c);
	if (a->out.len > 65536)
		flush(a);
}

/* A name that neither has is an error; the nearest is sought in the first. */
static void
compare_named(struct against *a, const char *name)
{
	const struct domain *ours = config_domain(&a->config[OURS], name);
	const struct domain *theirs = config_domain(&a->config[THEIRS], name);

	if (!ours && !theirs)
		decide_domain(&a->config[OURS], name);
	compare_domain(a, ours, theirs);
}

static void
compare_domains(struct against *a)
{
	for (size_t i = 0; i < a->config[OURS].ndomains; i++) {
		const struct domain *d = &a->config[OURS].domains[i];

		compare_domain(a, d, config_domain(&a->config[THEIRS], d->name));
	}
	for (size_t i = 0; i < a->config[THEIRS].ndomains; i++) {
		const struct domain *d = &a->config[THEIRS].domains[i];

		if (!config_domain(&a->config[OURS], d->name))
			compare_domain(a, NULL, d);
	}
}

/* ---- zones: what of them does not hang on health */

struct lines {
	char **list;
	size_t n, cap;
};

__attribute__((format(printf, 2, 3))) static void
add_line(struct lines *l, const char *fmt, ...)
{
	struct buf b = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	l->list = mem_array(l->list, &l->cap, l->n + 1, sizeof(*l->list));
	l->list[l->n++] = b.data;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct lines
zone_lines(const struct zone *z)
{
	struct lines l = {0};

	if (!z)
		return l;
	add_line(&l, "%s. SOA %s %s %u %u %u %u", z->name, z->soa.mname, z->soa.rname,
	         z->soa.refresh, z->soa.retry, z->soa.expire, z->soa.minimum);
	for (size_t i = 0; i < z->nns; i++)
		add_line(&l, "%s. NS %s", z->name, z->ns[i]);
	for (size_t i = 0; i < z->nrecords; i++)
		add_line(&l, "%s %u %s %s", z->records[i].owner, z->records[i].ttl,
		         z->records[i].type_text, z->records[i].text);
	qsort(l.list, l.n, sizeof(*l.list), by_text);
	return l;
}

static void
free_lines(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->list[i]);
	free(l->list);
}

/* What only one of two sorted lists has goes to `only`. */
static void
differences(const struct lines *ours, const struct lines *theirs, struct lines only[SIDES])
{
	size_t i = 0, k = 0;

	while (i < ours->n || k < theirs->n) {
		int order = i == ours->n     ? 1
		            : k == theirs->n ? -1
		                             : strcmp(ours->list[i], theirs->list[k]);

		if (order < 0)
			add_line(&only[OURS], "%s", ours->list[i]);
		if (order > 0)
			add_line(&only[THEIRS], "%s", theirs->list[k]);
		i += order <= 0;
		k += order >= 0;
	}
}

static void
lines_json(struct buf *b, const char *name, const struct lines *l)
{
	buf_printf(b, ",\"%s\":[", name);
	for (size_t i = 0; i < l->n; i++) {
		buf_puts(b, i ? "," : "");
		buf_json(b, l->list[i]);
	}
	buf_putc(b, ']');
}

static void
say_zone(struct against *a, const char *name, enum change change, const struct lines *only)
{
	if (a->json) {
		buf_puts(&a->out, "{\"type\":\"difference\",\"zone\":");
		buf_json(&a->out, name);
		buf_printf(&a->out, ",\"change\":\"%s\"", change_words[change]);
		lines_json(&a->out, "before", &only[OURS]);
		lines_json(&a->out, "after", &only[THEIRS]);
		buf_puts(&a->out, "}\n");
		return;
	}
	heading(a, "zone ", name);
	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < only[side].n; i++)
			compare_line(&a->out, a->colour, "-+"[side], only[side].list[i]);
}

static void
compare_zone(struct against *a, const struct zone *ours, const struct zone *theirs)
{
	struct lines l[SIDES] = {zone_lines(ours), zone_lines(theirs)}, only[SIDES] = {{0}};
	enum change change;

	differences(&l[OURS], &l[THEIRS], only);
	change = change_of(ours, theirs, !only[OURS].n && !only[THEIRS].n);
	a->zones[change]++;
	if (change != SAME)
		say_zone(a, ours ? ours->name : theirs->name, change, only);
	for (int side = 0; side < SIDES; side++) {
		free_lines(&l[side]);
		free_lines(&only[side]);
	}
}

static const struct zone *
find_zone(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->nzones; i++)
		if (!strcmp(c->zones[i].name, name))
			return &c->zones[i];
	return NULL;
}

static void
compare_zones(struct against *a)
{
	for (size_t i = 0; i < a->config[OURS].nzones; i++) {
		const struct zone *z = &a->config[OURS].zones[i];

		compare_zone(a, z, find_zone(&a->config[THEIRS], z->name));
	}
	for (size_t i = 0; i < a->config[THEIRS].nzones; i++)
		if (!find_zone(&a->config[OURS], a->config[THEIRS].zones[i].name))
			compare_zone(a, NULL, &a->config[THEIRS].zones[i]);
}

/* ---- the whole */

/* "2 changed, 1 added, 997 same" */
static void
add_counts(struct buf *b, const char *what, const size_t n[CHANGES])
{
	static const enum change order[] = {CHANGED, ADDED, REMOVED, SAME};
	const char *sep = "";

	buf_printf(b, "%s: ", what);
	for (size_t i = 0; i < CHANGES; i++)
		if (n[order[i]] || order[i] == SAME) {
			buf_printf(b, "%s%zu %s", sep, n[order[i]], change_words[order[i]]);
			sep = ", ";
		}
	buf_putc(b, '\n');
}

static bool
any(const size_t n[CHANGES])
{
	return n[CHANGED] + n[ADDED] + n[REMOVED] > 0;
}

static void
load(struct against *a)
{
	struct decide same_time = *a->d;
	uint64_t bad = 0;
	struct fault f;

	cli_load_config(&a->config[OURS], cli_config_path(a->d->config));
	cli_load_config(&a->config[THEIRS], a->d->against);
	for (int side = 0; side < SIDES; side++) {
		a->engine[side] = decide_world(&same_time, &a->config[side], &bad, &f);
		if (!a->engine[side])
			cli_fail(&f);
		same_time.at = engine_now(a->engine[side]);
	}
}

int
decide_against(struct decide *d)
{
	struct against a = {.d = d, .json = decide_json(d), .colour = cli_colour(stdout)};

	d->two_configs = true;
	load(&a);
	if (d->noperands == 0) {
		compare_zones(&a);
		compare_domains(&a);
	}
	for (int i = 0; i < d->noperands; i++)
		compare_named(&a, d->operands[i]);
	if (!a.json && any(a.zones))
		add_counts(&a.out, "zones", a.zones);
	if (!a.json)
		add_counts(&a.out, "domains", a.domains);
	flush(&a);
	buf_free(&a.out);
	for (int side = 0; side < SIDES; side++) {
		engine_free(a.engine[side]);
		config_free(&a.config[side]);
	}
	return any(a.domains) || any(a.zones) ? EXIT_NO : EXIT_DONE;
}
