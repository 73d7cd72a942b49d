#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/stamp.h"
#include "codec/records.h"
#include "codec/records_write.h"
#include "core/compare.h"
#include "core/explain.h"
#include "core/grid.h"
#include "core/suppose.h"
#include "core/view.h"
#include "decide.h"

/*
 * fodns-decide --what-if: the world as it is and the one that is supposed, side
 * by side, at this instant and as both go on with nobody changing his mind.
 */
enum { IS, SUPPOSED, WORLDS, MOST_STEPS = 16, MOST_TARGETS = 8, WIDTH = 80 };

struct tale { /* of one domain in one world */
	char *last[FAMILIES];   /* what it answers, as text */
	struct buf text, json;  /* how that changes later */
	size_t steps;
	int64_t first; /* of them */
};

struct tales { /* of one domain */
	struct tale of[WORLDS];
	bool wanted, now, later; /* differs at once, at some time */
	char *head;              /* what there is to say of now */
};

struct what_if {
	const struct decide *d;
	struct config config;
	struct engine *world[WORLDS];
	struct tales *tales; /* by domain */
	int64_t at;
	struct buf supposed; /* one line for each supposition */
	bool json, colour;
};

static struct decision decisions[WORLDS];

/* ---- what is supposed */

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void
take_supposition(struct what_if *w, const char *text)
{
	struct supposition s;
	struct suppose_count n;
	struct fault f;

	if (suppose_read(&s, w->world[IS], text, &f) < 0)
		cli_fail(&f);
	n = suppose(w->world[SUPPOSED], &s);
	buf_printf(&w->supposed, "supposed: %s (%zu target%s of %zu domain%s)\n", text, n.targets,
	           plural(n.targets), n.domains, plural(n.domains));
}

/* A state's word alone is what a shell makes of a supposition without quotes. */
static void
refuse_torn(const struct decide *d, const char *word)
{
	static const char *const states[] = {"up", "down", "unknown", "drain", "silent"};

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (!strcmp(word, states[i]) && d->ngiven > 0)
			cli_usage(d->cli, "\"%s\" stands alone: put the supposition in quotes: '%s %s'",
			          word, d->given[d->ngiven - 1], word);
}

static void
take_operands(struct what_if *w)
{
	const struct decide *d = w->d;
	bool all = true;

	for (size_t i = 0; i < d->ngiven; i++)
		take_supposition(w, d->given[i]);
	for (int i = 0; i < d->noperands; i++) {
		if (strchr(d->operands[i], '=')) {
			take_supposition(w, d->operands[i]);
			continue;
		}
		if (!config_domain(&w->config, d->operands[i]))
			refuse_torn(d, d->operands[i]);
		w->tales[decide_domain(&w->config, d->operands[i])->index].wanted = true;
		all = false;
	}
	for (size_t i = 0; all && i < w->config.ndomains; i++)
		w->tales[i].wanted = true;
}

/* ---- now */

static struct compared
look(struct what_if *w, int world, const struct domain *d)
{
	view_decision(w->world[world], d, &decisions[world]);
	return (struct compared){d, &decisions[world]};
}

static void
add_why(struct what_if *w, int world, const struct domain *d, enum family f, struct buf *b)
{
	struct explain x = {.engine = w->world[world], .config = &w->config, .domain = d,
	                    .decision = &decisions[world]};
	struct place at;

	explain_why(&x, f, b, &at);
}

/* A sentence for people, broken at its spaces. */
static void
add_sentence(struct buf *b, const char *text)
{
	struct grid g;

	grid_init(&g, 1);
	g.indent = 2;
	grid_add(&g, PAINT_PLAIN, text);
	grid_write(&g, b, false, WIDTH);
	grid_free(&g);
}

/* The sentences of the families that differ. */
static void
why_now(struct what_if *w, const struct domain *d, const struct compared *c, struct buf *b)
{
	for (int f = 0; f < FAMILIES; f++) {
		if (compare_same(&c[IS], &c[SUPPOSED], (enum family)f))
			continue;
		buf_puts(b, b->len ? "; " : "");
		add_why(w, SUPPOSED, d, (enum family)f, b);
	}
}

struct moved {
	char target[TARGET_TEXT], why[200];
	const char *from, *to;
};

/* Whether the target is in another state than it is. */
static bool
target_moved(const struct what_if *w, const struct domain *d, size_t i, struct moved *m)
{
	struct target_state was, is;

	view_target(w->world[IS], d, i, &was);
	view_target(w->world[SUPPOSED], d, i, &is);
	if (was.state == is.state)
		return false;
	target_text(m->target, &d->targets[i]);
	m->from = state_word((int)was.state);
	m->to = state_word((int)is.state);
	view_reason(w->world[SUPPOSED], d, i, m->why, sizeof(m->why));
	return true;
}

static void
targets_text(const struct what_if *w, const struct domain *d, struct buf *b)
{
	struct buf line = {0};
	struct moved m;
	size_t n = 0;

	for (size_t i = 0; i < d->ntargets; i++) {
		if (!target_moved(w, d, i, &m))
			continue;
		if (n++ >= MOST_TARGETS)
			continue;
		buf_clear(&line);
		buf_printf(&line, "%s %s -> %s: %s", m.target, m.from, m.to, m.why);
		add_sentence(b, line.data);
	}
	if (n > MOST_TARGETS)
		buf_printf(b, "  and %zu more targets\n", n - MOST_TARGETS);
	buf_free(&line);
}

static void
targets_json(const struct what_if *w, const struct domain *d, struct buf *b)
{
	struct moved m;
	bool any = false;

	buf_puts(b, "\"targets\":[");
	for (size_t i = 0; i < d->ntargets; i++) {
		if (!target_moved(w, d, i, &m))
			continue;
		buf_puts(b, any ? ",{\"target\":" : "{\"target\":");
		buf_json(b, m.target);
		buf_printf(b, ",\"before\":\"%s\",\"after\":\"%s\",\"why\":", m.from, m.to);
		buf_json(b, m.why);
		buf_putc(b, '}');
		any = true;
	}
	buf_putc(b, ']');
}

/* What is the same now and differs later is shown as a diff shows its surroundings. */
static void
unchanged(const struct compared *c, struct buf *b)
{
	for (int f = 0; f < FAMILIES; f++) {
		if (!compare_shown(c, (enum family)f))
			continue;
		buf_puts(b, "  ");
		compare_rrset(b, c, (enum family)f);
		buf_putc(b, '\n');
	}
}

static void
head_text(struct what_if *w, const struct domain *d, const struct compared *c, struct buf *b)
{
	struct buf why = {0};

	paint_add(b, w->colour, PAINT_BOLD, d->name);
	buf_putc(b, '\n');
	if (w->tales[d->index].now)
		compare_write(b, w->colour, &c[IS], &c[SUPPOSED]);
	else
		unchanged(&c[SUPPOSED], b);
	why_now(w, d, c, &why);
	if (why.len)
		add_sentence(b, why.data);
	targets_text(w, d, b);
	buf_free(&why);
}

/* The halves of the object: what stands behind each goes on with its tale. */
static void
head_json(struct what_if *w, const struct domain *d, const struct compared *c, struct buf *b)
{
	struct buf why = {0};

	buf_puts(b, "{\"type\":\"what-if\",\"at\":");
	put_time(b, w->at);
	buf_puts(b, ",\"domain\":");
	buf_json(b, d->name);
	buf_puts(b, ",\"why\":");
	why_now(w, d, c, &why);
	buf_json(b, why.len ? why.data : NULL);
	buf_putc(b, ',');
	targets_json(w, d, b);
	buf_free(&why);
}

static void
look_now(struct what_if *w, const struct domain *d)
{
	struct tales *t = &w->tales[d->index];
	struct compared c[WORLDS] = {look(w, IS, d), look(w, SUPPOSED, d)};
	struct buf head = {0};

	t->now = !compare_all_same(&c[IS], &c[SUPPOSED]);
	for (int world = 0; world < WORLDS; world++) {
		struct tale *of = &t->of[world];

		for (int f = 0; f < FAMILIES; f++) {
			struct buf b = {0};

			if (compare_shown(&c[world], (enum family)f))
				compare_rrset(&b, &c[world], (enum family)f);
			of->last[f] = b.data;
		}
		of->first = -1;
		if (w->json) {
			buf_puts(&of->json, "{");
			decision_write_rrsets(&of->json, &decisions[world]);
			buf_puts(&of->json, ",\"later\":[");
		}
	}
	if (w->json)
		head_json(w, d, c, &head);
	else
		head_text(w, d, c, &head);
	t->head = head.data;
}

/* ---- later */

static bool
is_news(const char *text, const char *last)
{
	return text && (!last || strcmp(text, last) != 0);
}

/* Adds what changed in this world to text, the sentences to why; false: nothing did. */
static bool
what_changed(struct what_if *w, int world, const struct compared *c, struct buf *text,
             struct buf *why)
{
	struct tale *of = &w->tales[c->domain->index].of[world];

	for (int f = 0; f < FAMILIES; f++) {
		struct buf b = {0};

		if (compare_shown(c, (enum family)f))
			compare_rrset(&b, c, (enum family)f);
		if (!is_news(b.data, of->last[f])) {
			buf_free(&b);
			continue;
		}
		buf_printf(text, "%s%s", text->len ? "; " : "", b.data);
		buf_puts(why, why->len ? "; " : "");
		add_why(w, world, c->domain, (enum family)f, why);
		free(of->last[f]);
		of->last[f] = b.data;
	}
	return text->len > 0;
}

static void
step_text(const struct what_if *w, int world, struct tale *of, int64_t t, const char *what,
          const char *why)
{
	char when[STAMP_LEN], left[24];
	struct buf line = {0};

	buf_printf(&line, "then at %s (in %s): %s", stamp_local(when, t),
	           num_duration_text(left, t - w->at), what);
	compare_sentence(&of->text, w->colour, world == IS ? '-' : '+', line.data, WIDTH);
	add_sentence(&of->text, why);
	buf_free(&line);
}

static void
step_json(struct tale *of, const struct decision *dec, int64_t t, const char *why)
{
	buf_puts(&of->json, of->steps > 1 ? ",{\"at\":" : "{\"at\":");
	put_time(&of->json, t);
	buf_putc(&of->json, ',');
	decision_write_rrsets(&of->json, dec);
	buf_puts(&of->json, ",\"why\":");
	buf_json(&of->json, why);
	buf_putc(&of->json, '}');
}

static void
step(struct what_if *w, int world, const struct domain *d, int64_t t)
{
	struct tales *tales = &w->tales[d->index];
	struct tale *of = &tales->of[world];
	struct compared c[WORLDS] = {look(w, IS, d), look(w, SUPPOSED, d)};
	struct buf what = {0}, why = {0};

	tales->later |= !compare_all_same(&c[IS], &c[SUPPOSED]);
	if (what_changed(w, world, &c[world], &what, &why) && of->steps++ < MOST_STEPS) {
		if (of->first < 0)
			of->first = t;
		if (w->json)
			step_json(of, &decisions[world], t, why.data);
		else
			step_text(w, world, of, t, what.data, why.data);
	}
	buf_free(&what);
	buf_free(&why);
}

static int64_t
due(const struct what_if *w)
{
	int64_t a = suppose_due(w->world[IS]), b = suppose_due(w->world[SUPPOSED]);

	return a < b ? a : b;
}

static void
go_on(struct what_if *w)
{
	const struct domain *d;
	int64_t t;

	/* What changed up to now has been looked at. */
	for (int i = 0; i < WORLDS; i++)
		while (engine_changed(w->world[i], &d))
			continue;
	while ((t = due(w)) != INT64_MAX) {
		for (int i = 0; i < WORLDS; i++)
			engine_advance(w->world[i], t);
		for (int i = 0; i < WORLDS; i++)
			while (engine_changed(w->world[i], &d))
				if (w->tales[d->index].wanted)
					step(w, i, d, t);
	}
}

/* ---- telling */

static void
say_json(const struct tales *t, struct buf *b)
{
	buf_puts(b, t->head);
	buf_printf(b, ",\"before\":%s]},\"after\":%s]},\"next\":", t->of[IS].json.data,
	           t->of[SUPPOSED].json.data);
	put_time_or_null(b, t->of[SUPPOSED].first);
	buf_puts(b, "}\n");
}

static void
say_text(const struct tales *t, struct buf *b)
{
	buf_puts(b, t->head);
	for (int i = 0; i < WORLDS; i++) {
		const struct tale *of = &t->of[i];

		buf_puts(b, of->text.len ? of->text.data : "");
		if (of->steps > MOST_STEPS)
			buf_printf(b, "  and %zu more changes\n", of->steps - MOST_STEPS);
	}
	buf_putc(b, '\n');
}

static void
say_all(const struct what_if *w)
{
	size_t now = 0, later = 0, same = 0;
	struct buf b = {0};

	if (!w->json && w->supposed.len)
		printf("%s\n", w->supposed.data);
	for (size_t i = 0; i < w->config.ndomains; i++) {
		const struct tales *t = &w->tales[i];

		if (!t->wanted)
			continue;
		now += t->now;
		later += t->later && !t->now;
		same += !t->later && !t->now;
		if (t->later || t->now)
			(w->json ? say_json : say_text)(t, &b);
	}
	if (!w->json)
		buf_printf(&b, "%zu domain%s changed at once, %zu later if all else stays, %zu same\n",
		           now, plural(now), later, same);
	fwrite(b.data ? b.data : "", 1, b.len, stdout);
	buf_free(&b);
}

static void
free_all(struct what_if *w)
{
	for (size_t i = 0; i < w->config.ndomains; i++) {
		struct tales *t = &w->tales[i];

		free(t->head);
		for (int k = 0; k < WORLDS; k++) {
			for (int f = 0; f < FAMILIES; f++)
				free(t->of[k].last[f]);
			buf_free(&t->of[k].text);
			buf_free(&t->of[k].json);
		}
	}
	free(w->tales);
	for (int i = 0; i < WORLDS; i++)
		engine_free(w->world[i]);
	buf_free(&w->supposed);
	config_free(&w->config);
}

int
decide_what_if(struct decide *d)
{
	struct what_if w = {.d = d, .json = decide_json(d), .colour = cli_colour(stdout)};
	uint64_t bad = 0;
	struct fault f;

	cli_load_config(&w.config, cli_config_path(d->config));
	w.tales = mem_alloc((w.config.ndomains + 1) * sizeof(*w.tales));
	w.world[IS] = decide_world(d, &w.config, &bad, &f);
	if (!w.world[IS])
		cli_fail(&f);
	w.at = engine_now(w.world[IS]);
	w.world[SUPPOSED] = suppose_copy(w.world[IS]);
	take_operands(&w);
	for (int i = 0; i < WORLDS; i++)
		suppose_begin(w.world[i]);
	for (size_t i = 0; i < w.config.ndomains; i++)
		if (w.tales[i].wanted)
			look_now(&w, &w.config.domains[i]);
	go_on(&w);
	say_all(&w);
	free_all(&w);
	return EXIT_DONE;
}
