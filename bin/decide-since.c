#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "base/text.h"
#include "codec/json.h"
#include "codec/records.h"
#include "core/chronicle.h"
#include "decide.h"
#include "edge/clock.h"
#include "edge/annals.h"
#include "model/name.h"

enum { LOUD_LINES = 20, WIDTH = 80, DOMAIN_LEAST = 8 };

/* --since: what changed, from STATE/decisions/ or from a replay of report lines. */
struct since {
	const struct decide *d;
	struct accepted config; /* no domain in it: there is none */
	int64_t until;
	char (*names)[LIMIT_NAME + 1]; /* the operands in normal form */
	struct map asked;              /* the same */
	bool table;
	struct chronicle chronicle;
	struct buf out;
	uint64_t told, bad;
};

/* ---- what is asked for */

/*
 * History needs no config but for the place of the state and for replays: a file
 * that was just broken must not hide what happened before.
 */
static void
take_config(struct since *s)
{
	const char *state = getenv("FODNS_STATE");
	char problem[512];
	struct fault f;

	if (accepted_load(&s->config, cli_config_path(s->d->config), problem) == 0)
		return;
	if (s->d->reports)
		exit(EXIT_USAGE);
	if (decide_last_config(s->d, &s->config, &f) == 0)
		return;
	memset(&s->config, 0, sizeof(s->config));
	if (!s->d->state && !(state && *state))
		exit(EXIT_USAGE);
}

static void
take_names(struct since *s)
{
	int n = s->d->noperands;

	s->names = mem_alloc((size_t)(n + 1) * sizeof(*s->names));
	map_init(&s->asked);
	for (int i = 0; i < n; i++) {
		const char *why;

		if (!name_normal(s->names[i], s->d->operands[i], &why))
			cli_usage(s->d->cli, "%s: not a domain name: %s", s->d->operands[i], why);
		*map_puts(&s->asked, s->names[i]) = s->names[i];
		if (s->d->reports)
			decide_domain(&s->config.config, s->names[i]);
	}
}

static struct annals_query
query(const struct since *s)
{
	return (struct annals_query){
	    .since = s->d->since,
	    .until = s->until,
	    .kinds = s->d->all ? ANNALS_ALL : ANNALS_ANSWERS,
	    .domains = s->d->noperands ? &s->asked : NULL,
	    .common = s->d->all,
	    .others = s->d->all,
	};
}

/* ---- names that are configured no more */

static bool
all_configured(const struct since *s)
{
	for (int i = 0; i < s->d->noperands; i++)
		if (!config_domain(&s->config.config, s->names[i]))
			return false;
	return true;
}

/* Every name of the history, once. */
static void
collect_names(struct map *names, const struct statedir *dir)
{
	const struct annals_query all = {0, INT64_MAX, ANNALS_ALL, NULL, false, false};
	enum annals_step step;
	struct annals_line line;
	struct annals p;
	struct fault f;
	int r = annals_open(&p, dir, &all, &f);

	if (r < 0)
		cli_fail(&f);
	if (r > 0)
		return;
	while ((step = annals_next(&p, &line, &f)) == ANNALS_LINE)
		if (*line.event->domain && !map_gets(names, line.event->domain)) {
			char *name = mem_strdup(line.event->domain);

			*map_puts(names, name) = name;
		}
	if (step == ANNALS_FAILED)
		cli_fail(&f);
	annals_close(&p);
}

_Noreturn static void
unknown(const struct since *s, const char *name, const struct map *names)
{
	const struct config *c = &s->config.config;
	const char **words = mem_alloc((c->ndomains + names->used + 1) * sizeof(*words)), *near;
	const struct map_slot *slot;
	size_t n = 0;

	for (size_t i = 0; i < c->ndomains; i++)
		words[n++] = c->domains[i].name;
	for (size_t i = 0; (slot = map_next(names, &i));)
		words[n++] = slot->value;
	near = text_nearest(name, words);
	log_error("%s: no such domain, neither configured nor in the history%s%s%s", name,
	          near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
	exit(EXIT_USAGE);
}

/* A domain that was taken out of the config has its history still. */
static void
check_names(const struct since *s, const struct statedir *dir)
{
	const struct map_slot *slot;
	struct map names;

	if (all_configured(s))
		return;
	map_init(&names);
	collect_names(&names, dir);
	for (int i = 0; i < s->d->noperands; i++)
		if (!config_domain(&s->config.config, s->names[i]) &&
		    !map_gets(&names, s->names[i]))
			unknown(s, s->names[i], &names);
	for (size_t i = 0; (slot = map_next(&names, &i));)
		free(slot->value);
	map_free(&names);
}

/* ---- telling */

static size_t
longest_name(const struct since *s)
{
	const struct config *c = &s->config.config;
	size_t most = DOMAIN_LEAST;

	for (int i = 0; i < s->d->noperands; i++)
		most = strlen(s->names[i]) > most ? strlen(s->names[i]) : most;
	for (size_t i = 0; i < c->ndomains && !s->d->noperands; i++)
		most = strlen(c->domains[i].name) > most ? strlen(c->domains[i].name) : most;
	return most;
}

static void
begin(struct since *s)
{
	s->table = cli_wants_table(s->d->output);
	chronicle_init(&s->chronicle, cli_colour(stdout), WIDTH, longest_name(s));
}

static void
flush(struct since *s, size_t most)
{
	if (s->out.len <= most)
		return;
	fwrite(s->out.data, 1, s->out.len, stdout);
	buf_clear(&s->out);
}

struct other {
	char type[16];
	struct buf said;
};

/* Its texts with their names; the one that is named as the record is ("config") without. */
static void
add_member(void *arg, const char *key, struct json *value)
{
	struct other *o = arg;
	size_t len;
	const char *text = json_string(value, &len);

	if (!text || !strcmp(key, "type") || !strcmp(key, "at"))
		return;
	buf_puts(&o->said, o->said.len ? ", " : "");
	if (strcmp(key, o->type) != 0)
		buf_printf(&o->said, "%s ", key);
	buf_puts(&o->said, text);
}

/* A record of another type: what its texts say. */
static void
tell_other(struct since *s, const struct annals_line *line)
{
	struct fault f;
	struct json *j = json_parse(line->text, line->n, &f);
	struct other o = {0};
	char word[sizeof(o.type)], *text;
	int64_t at;

	record_type(line->text, line->n, o.type, &at);
	json_each(j, add_member, &o);
	text = mem_alloc(o.said.len + 1);
	text_clean(text, o.said.len + 1, o.said.data ? o.said.data : "", o.said.len);
	text_clean(word, sizeof(word), o.type, strlen(o.type));
	chronicle_other(&s->chronicle, &s->out, at, word, text);
	free(text);
	buf_free(&o.said);
	json_free(j);
}

static void
tell(struct since *s, const struct annals_line *line)
{
	s->told++;
	if (!s->table) {
		buf_add(&s->out, line->text, line->n);
		buf_putc(&s->out, '\n');
	} else if (line->event) {
		chronicle_event(&s->chronicle, &s->out, line->event);
	} else {
		tell_other(s, line);
	}
	flush(s, 65536);
}

static void
finish(struct since *s)
{
	char from[STAMP_LEN], to[STAMP_LEN];

	chronicle_end(&s->chronicle, &s->out);
	flush(s, 0);
	if (!s->told && s->table)
		log_note("%s%snothing changed from %s to %s", s->d->noperands == 1 ? s->names[0] : "",
		         s->d->noperands == 1 ? ": " : "", stamp_local(from, s->d->since),
		         stamp_local(to, s->until));
	chronicle_free(&s->chronicle);
	buf_free(&s->out);
	accepted_free(&s->config);
	map_free(&s->asked);
	free(s->names);
}

/* ---- the history */

static void
bad_line(void *arg, const char *where, const char *why)
{
	struct since *s = arg;

	if (s->bad++ < LOUD_LINES)
		log_warn("%s: %s", where, why);
}

/* Before what is kept there is nothing to tell, and that is not the same as no change. */
static void
check_beginning(const struct since *s, const struct annals *p)
{
	char since[STAMP_LEN];
	int64_t oldest;
	bool whole;

	if (!annals_oldest(p, &oldest, &whole) || oldest <= s->d->since)
		return;
	stamp_local(since, oldest);
	if (oldest > s->until) {
		log_error("%s/decisions: the history %s %s, later than the time asked for",
		          p->dir->path, whole ? "begins at" : "is kept from", since);
		exit(EXIT_USAGE);
	}
	log_note("the history %s %s", whole ? "begins at" : "is kept from", since);
}

static void
open_history(struct since *s, struct statedir *dir, struct annals *p)
{
	const struct annals_query q = query(s);
	struct fault f;
	int r;

	if (decide_state(s->d, &s->config.config, false, dir, &f) < 0)
		cli_fail(&f);
	check_names(s, dir);
	r = annals_open(p, dir, &q, &f);
	if (r > 0)
		fault_temp(&f, "%s/decisions: no history is there: fodns-decide --follow keeps it",
		           dir->path);
	if (r)
		cli_fail(&f);
	check_beginning(s, p);
	p->bad = bad_line;
	p->arg = s;
}

static void
tell_history(struct since *s)
{
	enum annals_step step;
	struct annals_line line;
	struct statedir dir;
	struct annals p;
	struct fault f;

	open_history(s, &dir, &p);
	while ((step = annals_next(&p, &line, &f)) == ANNALS_LINE)
		tell(s, &line);
	annals_close(&p);
	statedir_close(&dir);
	if (s->bad > LOUD_LINES)
		log_warn("%llu more bad lines", (unsigned long long)(s->bad - LOUD_LINES));
	if (step == ANNALS_FAILED) {
		flush(s, 0);
		fflush(stdout);
		cli_fail(&f);
	}
}

/* ---- a replay */

static bool
asked(const struct since *s, const struct event *e)
{
	if (e->at < s->d->since || e->at > s->until ||
	    (!s->d->all && e->kind != EVENT_ANSWER && e->kind != EVENT_TIER))
		return false;
	return !s->d->noperands || !*e->domain || map_gets(&s->asked, e->domain);
}

static void
tell_replay(struct since *s)
{
	struct engine *e = decide_replay(s->d, &s->config.config, s->until, &s->bad);
	static struct event ev;
	struct buf text = {0};

	while (engine_event(e, &ev)) {
		if (!asked(s, &ev))
			continue;
		buf_clear(&text);
		event_write(&text, &ev);
		tell(s, &(struct annals_line){&ev, ev.at, text.data, text.len - 1});
	}
	buf_free(&text);
	engine_free(e);
}

int
decide_since(struct decide *d)
{
	struct since s = {.d = d, .until = d->at < 0 ? clock_wall() : d->at};
	bool bad;

	if (d->since > s.until)
		cli_usage(d->cli, "--since lies behind %s", d->at < 0 ? "now" : "--at");
	take_config(&s);
	take_names(&s);
	begin(&s);
	if (d->reports)
		tell_replay(&s);
	else
		tell_history(&s);
	bad = d->reports && s.bad;
	finish(&s);
	return bad ? EXIT_NO : EXIT_DONE;
}
