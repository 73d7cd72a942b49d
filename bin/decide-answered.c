#include "decide-answered.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/stamp.h"
#include "core/grid.h"
#include "edge/annals.h"
#include "edge/clock.h"

enum { WIDTH = 80 };

/* The families that a domain may answer: of its targets, and of its fallback list. */
static unsigned
families_of(const struct domain *d)
{
	unsigned families = 0;

	for (int f = 0; f < FAMILIES; f++)
		families |= (unsigned)domain_has(d, (enum family)f) << f;
	for (size_t i = 0; i < d->nfallback; i++)
		families |= 1u << d->fallback[i].family;
	return families;
}

static const char *
type_of(const struct domain *d, int f)
{
	return rrtype_word((int)family_type((enum family)f, d->type));
}

/* "10.0.0.1 10.0.0.2", "nothing" */
static void
add_answers(struct buf *b, const char *list)
{
	const char *one;
	size_t n;

	if (!*list)
		buf_puts(b, "nothing");
	for (bool first = true; answer_each(&list, &one, &n); first = false) {
		buf_puts(b, first ? "" : " ");
		buf_add(b, one, n);
	}
}

/* ---- beside a replay */

static bool
answers(const struct rrset *r, const char *text, size_t n)
{
	char buf[ADDR_TEXT];

	for (size_t i = 0; i < r->nanswers; i++) {
		const char *one = answer_text(buf, &r->answers[i]);

		if (strlen(one) == n && !memcmp(one, text, n))
			return true;
	}
	return false;
}

/* "+7" stands for what an event had no room to name. */
static bool
same_answers(const struct rrset *r, const char *list)
{
	const char *one;
	size_t n, count = 0;

	while (answer_each(&list, &one, &n)) {
		if (*one == '+')
			count += strtoul(one + 1, NULL, 10);
		else if (answers(r, one, n))
			count++;
		else
			return false;
	}
	return count == r->nanswers;
}

static bool
same(const struct rrset *r, const struct annals_rrset *p)
{
	return same_answers(r, p->answers) && (p->source < 0 || p->source == (int)r->source);
}

static void
add_recorded(struct buf *b, const char *type, const struct annals_rrset *p)
{
	char when[STAMP_LEN];

	buf_printf(b, "%s%s ", b->len ? ", " : "DIFFERENT: ", type);
	add_answers(b, p->answers);
	if (p->source >= 0)
		buf_printf(b, " %s", source_word(p->source));
	if (p->since >= 0)
		buf_printf(b, " since %s", stamp_local(when, p->since));
	if (p->why && *p->why)
		buf_printf(b, ": %s", p->why);
	if (p->gap)
		buf_puts(b, " (as far as it was recorded: a later change is missing)");
}

static void
compare(const struct domain *dom, const struct decision *dec, const struct annals_answer *a,
        struct buf *b)
{
	for (int f = 0; f < FAMILIES; f++)
		if (a->of[f].known && !same(&dec->rrsets[f], &a->of[f]))
			add_recorded(b, type_of(dom, f), &a->of[f]);
	if (!b->len)
		buf_puts(b, "same");
}

static void
say_unknown(struct buf *b, enum annals_known known, int64_t oldest, const struct fault *f)
{
	char when[STAMP_LEN];

	if (known == ANNALS_UNREADABLE)
		buf_printf(b, "not known: %s", f->text);
	else if (known == ANNALS_NOTHING)
		buf_puts(b, "not known: no change of it is in the history");
	else if (oldest < 0)
		buf_puts(b, "not known: there is no history");
	else
		buf_printf(b, "not known: the history begins at %s", stamp_local(when, oldest));
}

void
answered_compare(const struct decide *d, const struct config *c, const struct domain *dom,
                 const struct decision *dec, struct buf *b)
{
	struct annals_answer a = {.domain = dom->name, .families = families_of(dom)};
	enum annals_known known;
	struct statedir dir;
	int64_t oldest;
	struct fault f;

	if (d->at < 0 || d->at > clock_wall() || d->reports || decide_state(d, c, false, &dir, &f) < 0)
		return;
	known = annals_answer(&dir, &a, 1, d->at, &oldest, &f);
	statedir_close(&dir);
	if (known == ANNALS_KNOWN)
		compare(dom, dec, &a, b);
	else
		say_unknown(b, known, oldest, &f);
	annals_answer_free(&a, 1);
}

/* ---- in place of one */

struct instead {
	const struct decide *d;
	const struct config *config;
	const struct domain **domains;
	struct annals_answer *list;
	size_t n;
	struct buf out;
	struct grid grid;
};

static void
choose_domains(struct instead *s)
{
	const struct decide *d = s->d;

	s->n = d->noperands > 0 ? (size_t)d->noperands : s->config->ndomains;
	s->domains = mem_alloc((s->n + 1) * sizeof(*s->domains));
	s->list = mem_alloc((s->n + 1) * sizeof(*s->list));
	for (size_t i = 0; i < s->n; i++) {
		s->domains[i] = d->noperands > 0 ? decide_domain(s->config, d->operands[i])
		                                 : &s->config->domains[i];
		s->list[i].domain = s->domains[i]->name;
		s->list[i].families = families_of(s->domains[i]);
	}
}

static void
put_time(struct buf *b, int64_t at)
{
	char text[STAMP_LEN];

	buf_json(b, at < 0 ? NULL : stamp_format(text, at));
}

static void
put_answers(struct buf *b, const char *list)
{
	const char *one, *comma = "";
	size_t n;

	buf_putc(b, '[');
	while (answer_each(&list, &one, &n)) {
		buf_puts(b, comma);
		buf_jsonn(b, one, n);
		comma = ",";
	}
	buf_putc(b, ']');
}

/* Null: it may have had answers, and which is not known. */
static void
put_rrset(struct buf *b, const struct annals_rrset *p, bool may, bool explain)
{
	if (!p->known) {
		buf_puts(b, may ? "null" : "{\"answers\":[],\"source\":\"none\"}");
		return;
	}
	buf_puts(b, "{\"answers\":");
	put_answers(b, p->answers);
	buf_puts(b, ",\"source\":");
	buf_json(b, p->source < 0 ? NULL : source_word(p->source));
	if (explain) {
		buf_puts(b, ",\"since\":");
		put_time(b, p->since);
		buf_puts(b, ",\"until\":");
		put_time(b, p->until);
		buf_puts(b, ",\"why\":");
		buf_json(b, p->why);
		buf_printf(b, ",\"gap\":%s", p->gap ? "true" : "false");
	}
	buf_putc(b, '}');
}

/* When what is known came about; -1: before the history. */
static int64_t
since_of(const struct annals_answer *a)
{
	int64_t since = -1;

	for (int f = 0; f < FAMILIES; f++)
		if (a->of[f].since > since)
			since = a->of[f].since;
	return since;
}

/* As a decision line, without what nobody knows any more. */
static void
put_line(struct instead *s, size_t i)
{
	const struct annals_answer *a = &s->list[i];
	bool explain = s->d->explain;
	struct buf *b = &s->out;

	buf_printf(b, "{\"type\":\"%s\",\"at\":", explain ? "explanation" : "decision");
	put_time(b, s->d->at);
	buf_puts(b, ",\"domain\":");
	buf_json(b, a->domain);
	buf_puts(b, ",\"rrsets\":{");
	for (int f = 0; f < (s->domains[i]->type == RRTYPE_A ? FAMILY_OTHER : FAMILIES); f++) {
		buf_printf(b, "%s\"%s\":", f ? "," : "", type_of(s->domains[i], f));
		put_rrset(b, &a->of[f], a->families >> f & 1, explain);
	}
	buf_puts(b, "},\"since\":");
	put_time(b, since_of(a));
	buf_puts(b, ",\"from\":\"decisions\"}\n");
}

static enum paint
source_paint(int source)
{
	return source == SOURCE_LIVE ? PAINT_GOOD : source < 0 ? PAINT_PLAIN : PAINT_BAD;
}

/* A row for each family that it may answer or did. */
static void
add_rows(struct instead *s, size_t i)
{
	const struct annals_answer *a = &s->list[i];
	const char *name = a->domain;
	char when[STAMP_LEN];

	for (int f = 0; f < FAMILIES; f++) {
		const struct annals_rrset *p = &a->of[f];
		struct buf text = {0};

		if (!p->known && !(a->families >> f & 1))
			continue;
		if (p->known)
			add_answers(&text, p->answers);
		grid_add(&s->grid, PAINT_BOLD, name);
		grid_add(&s->grid, PAINT_PLAIN, type_of(s->domains[i], f));
		grid_add(&s->grid, source_paint(p->source),
		         p->source < 0 ? "?" : source_word(p->source));
		grid_add(&s->grid, PAINT_PLAIN, p->since < 0 ? "" : stamp_local(when, p->since));
		grid_add(&s->grid, p->known ? source_paint(p->source) : PAINT_DIM,
		         p->known ? text.data : "not recorded");
		buf_free(&text);
		name = "";
	}
}

static void
add_moment(struct buf *b, const char *word, int64_t at, int64_t distance)
{
	char when[STAMP_LEN], age[24];

	buf_printf(b, "%s %s (%s)", word, stamp_local(when, at), num_duration_text(age, distance));
}

static void
explain_rrset(struct instead *s, const char *type, const struct annals_rrset *p)
{
	struct buf text = {0};

	if (p->known)
		add_answers(&text, p->answers);
	grid_add(&s->grid, PAINT_PLAIN, type);
	grid_add(&s->grid, p->known ? source_paint(p->source) : PAINT_DIM,
	         p->known ? text.data : "not known: no change of it is in the history");
	buf_clear(&text);
	buf_puts(&text, p->source < 0 ? "" : source_word(p->source));
	if (p->since >= 0)
		add_moment(&text, ", since", p->since, s->d->at - p->since);
	if (p->until >= 0)
		add_moment(&text, text.len ? ", until" : "until", p->until, p->until - s->d->at);
	for (int line = 0; line < 3; line++) {
		const char *const say[] = {
		    text.data, p->why,
		    p->gap ? "a later change is missing: it may have ended before" : NULL};

		if (say[line] && *say[line]) {
			grid_add(&s->grid, PAINT_PLAIN, "");
			grid_add(&s->grid, line == 2 ? PAINT_WARN : PAINT_PLAIN, say[line]);
		}
	}
	buf_free(&text);
}

static void
explain_one(struct instead *s, size_t i)
{
	const struct annals_answer *a = &s->list[i];
	bool colour = cli_colour(stdout);
	char when[STAMP_LEN];

	if (i > 0)
		buf_putc(&s->out, '\n');
	paint_add(&s->out, colour, PAINT_BOLD, a->domain);
	buf_printf(&s->out, " at %s answered\n", stamp_local(when, s->d->at));
	grid_init(&s->grid, 2);
	s->grid.indent = 2;
	for (int f = 0; f < FAMILIES; f++)
		if (a->of[f].known || a->families >> f & 1)
			explain_rrset(s, type_of(s->domains[i], f), &a->of[f]);
	grid_write(&s->grid, &s->out, colour, WIDTH);
	grid_free(&s->grid);
}

static void
write_all(struct instead *s)
{
	static const char *const head[] = {"DOMAIN", "TYPE", "SOURCE", "SINCE", "ANSWER"};
	bool json = s->d->explain ? s->d->output && !strcmp(s->d->output, "json")
	                          : !cli_wants_table(s->d->output);

	if (!json && !s->d->explain) {
		grid_init(&s->grid, 5);
		for (size_t i = 0; i < 5; i++)
			grid_add(&s->grid, PAINT_DIM, head[i]);
	}
	for (size_t i = 0; i < s->n; i++)
		if (json)
			put_line(s, i);
		else if (s->d->explain)
			explain_one(s, i);
		else
			add_rows(s, i);
	if (!json && !s->d->explain) {
		grid_write(&s->grid, &s->out, cli_colour(stdout), WIDTH);
		grid_free(&s->grid);
	}
	fwrite(s->out.data, 1, s->out.len, stdout);
}

/* As for a judged listing: live, a clear no, or not known. */
static int
status_of(const struct instead *s)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < s->n && !s->d->explain; i++)
		for (int f = 0; f < FAMILIES; f++) {
			const struct annals_rrset *p = &s->list[i].of[f];

			if (!domain_has(s->domains[i], (enum family)f) ||
			    (p->known && p->source == SOURCE_LIVE))
				continue;
			if (p->known && p->source >= 0)
				return EXIT_NO;
			status = EXIT_UNSURE;
		}
	return status;
}

/* The time before which agents' reports are gone is behind d->at. */
static bool
reports_gone(const struct decide *d, const struct statedir *dir, int64_t *from)
{
	*from = past_oldest(dir);
	return d->at < *from;
}

static int
tell(struct instead *s, const struct statedir *dir, int64_t from)
{
	char kept[STAMP_LEN];
	enum annals_known known;
	struct fault f;
	int64_t oldest;
	int status = EXIT_USAGE;

	choose_domains(s);
	known = annals_answer(dir, s->list, s->n, s->d->at, &oldest, &f);
	stamp_local(kept, from);
	if (known == ANNALS_UNREADABLE)
		cli_fail(&f);
	if (known == ANNALS_TOO_EARLY) {
		decide_too_early(s->d, oldest >= 0 && oldest < from ? oldest : from);
	} else {
		log_note("answered then; the reports of that time are gone (kept from %s)", kept);
		write_all(s);
		status = status_of(s);
	}
	annals_answer_free(s->list, s->n);
	buf_free(&s->out);
	free(s->domains);
	free(s->list);
	return status;
}

bool
answered_instead(const struct decide *d, const struct config *c, int *status)
{
	struct instead s = {.d = d, .config = c};
	struct statedir dir;
	struct fault f;
	int64_t from;
	bool gone;

	if (d->at < 0 || d->reports || d->nagios || decide_state(d, c, false, &dir, &f) < 0)
		return false;
	gone = reports_gone(d, &dir, &from);
	if (gone)
		*status = tell(&s, &dir, from);
	statedir_close(&dir);
	return gone;
}
