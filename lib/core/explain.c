#include "core/explain.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/stamp.h"
#include "core/grid.h"
#include "core/listing.h"
#include "core/view.h"

static const char *
type_name(const struct explain *x, int f)
{
	return rrtype_word((int)family_type((enum family)f, x->domain->type));
}

static void
heading(const struct explain *x, struct buf *b, const char *text)
{
	buf_putc(b, '\n');
	paint_add(b, x->colour, PAINT_BOLD, text);
	buf_putc(b, '\n');
}

/* "2026-11-22 03:12:07 (4m12s)" */
static void
add_since(struct buf *b, int64_t since, int64_t now)
{
	char when[STAMP_LEN], age[24];

	buf_printf(b, "%s (%s)", stamp_local(when, since),
	           num_duration_text(age, now > since ? now - since : 0));
}

static void
add_place(const struct explain *x, struct buf *b, const struct place *at)
{
	char text[512];

	if (at->line == 0) {
		buf_puts(b, " [default]");
		return;
	}
	config_place(x->config, at, text, sizeof(text));
	buf_printf(b, " [%s]", text);
}

/* ---- the answer */

static enum paint
answer_paint(const struct rrset *r)
{
	return r->rcode                   ? PAINT_BAD
	       : r->source == SOURCE_LIVE ? PAINT_GOOD
	       : r->source == SOURCE_NONE ? PAINT_DIM
	                                  : PAINT_BAD;
}

static bool
family_matters(const struct explain *x, enum family f)
{
	struct rrset_view v;

	view_rrset(x->engine, x->domain, f, &v);
	return v.rule != RULE_NO_TARGETS || x->decision->rrsets[f].nanswers > 0;
}

static void
add_answer(const struct explain *x, enum family f, struct grid *t)
{
	const struct rrset *r = &x->decision->rrsets[f];
	struct rrset_view v;
	struct buf line = {0};

	if (!family_matters(x, f))
		return;
	view_rrset(x->engine, x->domain, f, &v);
	listing_answers(&line, r, " ");
	grid_add(t, PAINT_PLAIN, type_name(x, (int)f));
	grid_add(t, answer_paint(r), line.data);
	buf_clear(&line);
	buf_puts(&line, source_word(r->source));
	if (!r->rcode)
		buf_printf(&line, ", ttl %u", r->ttl);
	if (r->select != SELECT_ALL)
		buf_puts(&line, r->select == SELECT_HASH ? ", each client network has one"
		                                         : ", one a query");
	buf_puts(&line, ", since ");
	add_since(&line, v.since, x->decision->at);
	grid_add(t, PAINT_PLAIN, "");
	grid_add(t, PAINT_PLAIN, line.data);
	buf_free(&line);
}

static void
add_answers(const struct explain *x, struct buf *b)
{
	struct grid t;

	grid_init(&t, 2);
	t.indent = 2;
	for (int f = 0; f < FAMILIES; f++)
		add_answer(x, f, &t);
	grid_write(&t, b, x->colour, x->width);
	grid_free(&t);
}

/* ---- the rules */

void
explain_votes(const struct explain *x, struct buf *b)
{
	static const char *const sentences[] = {
	    ("votes any: a target is up while one fresh agent says so, down when all fresh ones "
	     "say down"),
	    "votes all: a target is down as soon as one fresh agent says so",
	    "votes quorum: a target is up or down when enough of all expected agents say so",
	};
	const struct server_rules *s = x->domain->server;
	char text[24];

	buf_printf(b, "%s; a report is fresh for %s", sentences[s->votes],
	           num_duration_text(text, s->timeout_ms));
}

static void
add_rules(const struct explain *x, struct buf *b)
{
	struct grid t;
	struct place at;
	struct buf line = {0};

	grid_init(&t, 2);
	t.indent = 2;
	for (int f = 0; f < FAMILIES; f++) {
		if (!family_matters(x, f))
			continue;
		buf_clear(&line);
		explain_why(x, f, &line, &at);
		add_place(x, &line, &at);
		grid_add(&t, PAINT_PLAIN, type_name(x, f));
		grid_add(&t, PAINT_PLAIN, line.data);
	}
	buf_clear(&line);
	explain_votes(x, &line);
	add_place(x, &line, &x->domain->policy_at);
	grid_add(&t, PAINT_PLAIN, "");
	grid_add(&t, PAINT_PLAIN, line.data);
	grid_write(&t, b, x->colour, x->width);
	grid_free(&t);
	buf_free(&line);
}

/* ---- targets and their agents */

static enum paint
state_paint(enum state s)
{
	static const enum paint paints[] = {PAINT_WARN, PAINT_GOOD, PAINT_BAD, PAINT_WARN};

	return paints[s];
}

static void
add_override(const struct explain *x, struct buf *b, const struct override *o)
{
	char when[STAMP_LEN], left[24];

	buf_printf(b, "; override %s by %s", override_state_word(o->state),
	           *o->who ? o->who : "somebody");
	if (o->until == OVERRIDE_FOREVER)
		buf_puts(b, ", without end");
	else
		buf_printf(b, " until %s (%s left)", stamp_local(when, o->until),
		           num_duration_text(left, o->until - x->decision->at));
	if (*o->reason)
		buf_printf(b, ": %s", o->reason);
}

/* Who is missing but not silent has an agent's row of its own, which says why. */
static void
add_votes(const struct target_state *t, struct buf *b)
{
	int silent = t->missing - t->isolated - t->unsure - t->connected;

	buf_printf(b, "%d of %d up, %d down, %d silent", t->ok, t->expected, t->bad, silent);
	if (t->unsure)
		buf_printf(b, ", %d cannot tell", t->unsure);
	if (t->isolated)
		buf_printf(b, ", %d isolated", t->isolated);
	if (t->connected)
		buf_printf(b, ", %d only connected", t->connected);
}

static void
target_words(const struct explain *x, const struct target_state *t, struct buf *b)
{
	char when[STAMP_LEN];

	if (t->expected == 0)
		buf_puts(b, "no agent has reported");
	else
		add_votes(t, b);
	if (x->domain->server->votes == VOTES_QUORUM)
		buf_printf(b, " (quorum %d)", t->need);
	if (t->undetermined && t->hold_until >= 0)
		buf_printf(b, "; undetermined, held until %s", stamp_local(when, t->hold_until));
	else if (t->undetermined)
		buf_puts(b, "; undetermined");
	if (t->failback_at >= 0)
		buf_printf(b, "; up again, ranks as down until %s (failback_delay)",
		           stamp_local(when, t->failback_at));
	if (t->failback_manual)
		buf_puts(b, "; stays down until fodns-override --clear (failback: manual)");
	if (t->override)
		add_override(x, b, t->override);
}

static void
probed_elsewhere(const struct target *t, struct buf *b)
{
	char place[TARGET_TEXT], text[TARGET_TEXT];
	const struct addr *a;
	const char *name;
	int port;

	if (!t->more)
		return;
	a = target_probed(t, &name, &port);
	if (strcmp(place_text(place, a, name, port), target_text(text, t)))
		buf_printf(b, "probed at %s; ", place);
}

/* What selection goes by. */
static void
add_selection(const struct explain *x, const struct target *t, struct buf *b)
{
	struct answer a = target_answer(t);
	int counts;

	if (x->domain->server->select == SELECT_PRIORITY)
		buf_printf(b, "priority %d; ", t->priority);
	if (x->domain->server->select != SELECT_WEIGHTED)
		return;
	counts = domain_weight(x->domain, &a);
	buf_printf(b, "weight %d", t->weight);
	if (counts != t->weight)
		buf_printf(b, ", by another port %d", counts);
	buf_puts(b, counts ? "; " : ": never answered; ");
}

static void
target_row(const struct explain *x, const struct target_state *t, struct grid *table)
{
	struct buf words = {0};
	char name[TARGET_TEXT], age[24];

	grid_add(table, PAINT_BOLD, target_text(name, t->target));
	grid_add(table, state_paint(t->state), state_word(t->state));
	grid_addf(table, PAINT_PLAIN, "for %s", num_duration_text(age, x->decision->at - t->since));
	probed_elsewhere(t->target, &words);
	add_selection(x, t->target, &words);
	target_words(x, t, &words);
	grid_add(table, PAINT_PLAIN, words.data);
	buf_free(&words);
}

bool
explain_seldom(const struct explain *x, const struct agent_view *a)
{
	return a->period_ms > x->domain->server->timeout_ms / 2;
}

static void
result_words(const struct explain *x, const struct agent_view *a, struct buf *b)
{
	const struct server_rules *s = x->domain->server;

	buf_puts(b, status_word(a->last));
	if (a->latency_ms >= 0)
		buf_printf(b, " in %.2f ms", a->latency_ms);
	if (a->reason && *a->reason)
		buf_printf(b, ": %s", a->reason);
	if (a->streak_fail > 0)
		buf_printf(b, "; %d fail%s in a row (fall %d)", a->streak_fail,
		           a->streak_fail == 1 ? "" : "s", s->fall);
	if (a->streak_ok > 0)
		buf_printf(b, "; %d ok%s in a row (rise %d)", a->streak_ok,
		           a->streak_ok == 1 ? "" : "s", s->rise);
	if (a->isolated)
		buf_puts(b, "; sees its whole world fail: does not vote");
	if (!a->expected)
		buf_puts(b, "; does not count");
	if (a->skew)
		buf_puts(b, "; its clock is ahead of ours");
	if (a->tcp_only)
		buf_puts(b, "; an original agent: it only connects");
	if (explain_seldom(x, a))
		buf_puts(b, "; reports too seldom for timeout_sec");
}

/* What the agent's word is worth now: "stale" is one that does not count any more. */
static void
agent_row(const struct explain *x, const struct agent_view *a, struct grid *table)
{
	struct buf words = {0};
	char age[24];
	bool counts = a->fresh && a->expected && !a->isolated;

	grid_addf(table, PAINT_PLAIN, "  %s", a->agent_id);
	grid_add(table, counts ? state_paint(a->view) : PAINT_DIM,
	         !a->fresh     ? "stale"
	         : a->isolated ? "isolated"
	                       : state_word(a->view));
	grid_addf(table, PAINT_PLAIN, "%s ago",
	          num_duration_text(age, x->decision->at - a->last_at));
	result_words(x, a, &words);
	grid_add(table, PAINT_PLAIN, words.data);
	buf_free(&words);
}

static void
silent_rows(const struct explain *x, size_t target, struct grid *table)
{
	const char *agent;

	for (size_t i = 0; (agent = view_silent(x->engine, x->domain, target, i)); i++) {
		grid_addf(table, PAINT_PLAIN, "  %s", agent);
		grid_add(table, PAINT_DIM, "silent");
		grid_add(table, PAINT_PLAIN, "");
		grid_add(table, PAINT_DIM, "has never reported this check");
	}
}

static void
add_targets(const struct explain *x, struct buf *b)
{
	struct target_state t;
	struct agent_view a;
	struct grid table;

	grid_init(&table, 4);
	table.indent = 2;
	for (size_t i = 0; i < x->domain->ntargets; i++) {
		size_t n = view_agents(x->engine, x->domain, i);

		view_target(x->engine, x->domain, i, &t);
		target_row(x, &t, &table);
		for (size_t k = 0; k < n; k++) {
			view_agent(x->engine, x->domain, i, k, &a);
			agent_row(x, &a, &table);
		}
		silent_rows(x, i, &table);
	}
	grid_write(&table, b, x->colour, x->width);
	grid_free(&table);
}

/* ---- what comes */

static void
add_next(const struct explain *x, struct buf *b)
{
	int64_t next = x->decision->next, now = x->decision->at;
	char when[STAMP_LEN], left[24];

	if (next < 0) {
		buf_puts(b, "  Nothing changes by itself.\n");
		return;
	}
	buf_printf(b, "  Without a new report the answer changes at %s (in %s).\n",
	           stamp_local(when, next), num_duration_text(left, next > now ? next - now : 0));
}

/* What was answered then, as it was recorded: a sentence when it was something else. */
static void
add_answered(const struct explain *x, struct buf *b)
{
	struct grid t;

	if (!x->answered)
		return;
	grid_init(&t, 1);
	t.indent = 2;
	grid_addf(&t, strncmp(x->answered, "DIFFERENT", 9) ? PAINT_PLAIN : PAINT_WARN,
	          "answered then: %s", x->answered);
	grid_write(&t, b, x->colour, x->width);
	grid_free(&t);
}

void
explain_text(const struct explain *x, struct buf *b)
{
	char when[STAMP_LEN];

	for (size_t i = 0; x->notes && x->notes[i]; i++) {
		paint_add(b, x->colour, PAINT_WARN, x->notes[i]);
		buf_putc(b, '\n');
	}
	paint_add(b, x->colour, PAINT_BOLD, x->domain->name);
	buf_printf(b, " at %s answers\n", stamp_local(when, x->decision->at));
	add_answers(x, b);
	if (x->served)
		buf_printf(b, "  served: %s\n", x->served);
	add_answered(x, b);
	heading(x, b, "Because");
	add_rules(x, b);
	heading(x, b, "Targets");
	add_targets(x, b);
	heading(x, b, "Next");
	add_next(x, b);
}
