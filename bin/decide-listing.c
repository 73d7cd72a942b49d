#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "codec/records.h"
#include "core/listing.h"
#include "core/roster.h"
#include "decide-answered.h"
#include "decide-explain.h"
#include "decide.h"

/* The plain listing, --explain and --nagios: one look, then what each domain is. */
struct looking {
	const struct decide *d;
	const struct config *config;
	struct past past;
	struct explaining *explaining; /* NULL: a listing */
	struct grid grid;
	struct buf out;
	bool table;
	uint64_t bad;
	size_t count[3]; /* by enum health */
	struct degree sum;
	int status;
};

/* Absent data is never judged: nothing on stdout, 75 (for monitoring: unknown). */
_Noreturn static void
unreadable(const struct looking *l, const struct fault *f)
{
	if (l->d->nagios)
		printf("FODNS UNKNOWN - %s\n", f->text);
	else
		log_error("%s", f->text);
	cli_end(l->d->nagios ? EXIT_UNSURE : EXIT_AGAIN);
}

/* Of another time the names are those of the config in force then. */
static void
check_names(const struct looking *l)
{
	for (int i = 0; i < l->d->noperands; i++) {
		const char *name = l->d->operands[i];

		if (l->past.kept && !config_domain(l->config, name)) {
			log_error("%s: no such domain in the config in force then (%s)", name,
			          l->config->hash);
			exit(EXIT_USAGE);
		}
		decide_domain(l->config, name);
	}
}

/* What was does not hang on what is wrong with the file now: the last accepted one will do. */
static void
listing_config(const struct decide *d, struct accepted *a)
{
	const char *path = cli_config_path(d->config);
	char problem[512];
	struct fault f;

	if (d->at < 0 || d->reports) {
		cli_load_config(&a->config, path);
		return;
	}
	if (accepted_load(a, path, problem) == 0)
		return;
	if (decide_last_config(d, a, &f) != 0)
		exit(EXIT_USAGE);
	log_note("%s is refused now, as said; going on with the last accepted config (%s)", path,
	         a->config.hash);
}

static void
look_back(struct looking *l)
{
	struct fault f;

	if (decide_look(l->d, l->config, &l->past, &l->bad, &f) < 0)
		unreadable(l, &f);
	l->config = l->past.config;
	check_names(l);
	if (!l->past.note[0])
		return;
	if (l->explaining)
		explain_note(l->explaining, l->past.note);
	else
		log_note("%s", l->past.note);
}

static void
add_degree(struct degree *sum, const struct degree *g)
{
	sum->targets += g->targets;
	sum->up += g->up;
	sum->overrides += g->overrides;
}

static void
take_domain(struct looking *l, const struct domain *dom)
{
	static struct decision dec;
	struct degree g;

	engine_decision(l->past.engine, dom, &dec);
	l->count[listing_health(l->past.engine, dom, &dec)]++;
	if (l->d->nagios) {
		listing_degree(l->past.engine, dom, &g);
		add_degree(&l->sum, &g);
	} else if (l->explaining) {
		explain_domain(l->explaining, l->d, &l->past, dom, &dec);
	} else if (l->table) {
		listing_row(&l->grid, l->past.engine, dom, &dec);
	} else {
		decision_write(&l->out, &dec);
	}
	if (l->out.len > 65536) {
		fwrite(l->out.data, 1, l->out.len, stdout);
		buf_clear(&l->out);
	}
}

/* A blank line stands between explanations for people. */
static void
take_all(struct looking *l)
{
	bool text = l->explaining && !(l->d->output && !strcmp(l->d->output, "json"));
	size_t n = l->d->noperands > 0 ? (size_t)l->d->noperands : l->config->ndomains;

	for (size_t i = 0; i < n; i++) {
		if (text && i > 0)
			putchar('\n');
		take_domain(l, l->d->noperands > 0 ? decide_domain(l->config, l->d->operands[i])
		                                   : &l->config->domains[i]);
	}
}

/* A clear no is more than not knowing, and both more than lines that were skipped. */
static int
status_of(const struct looking *l)
{
	if (l->explaining)
		return EXIT_DONE;
	if (l->count[HEALTH_NOT_LIVE] > 0)
		return EXIT_NO;
	if (l->count[HEALTH_UNKNOWN] > 0)
		return EXIT_UNSURE;
	return l->bad > 0 ? EXIT_NO : EXIT_DONE;
}

/* The agents of the domains that were asked for. */
static void
count_agents(const struct looking *l, struct roster *r)
{
	const struct config *c = l->config;
	bool *chosen = l->d->noperands ? mem_alloc(c->ndomains * sizeof(*chosen)) : NULL;

	for (int i = 0; i < l->d->noperands; i++)
		chosen[config_domain(c, l->d->operands[i])->index] = true;
	roster_init(r, l->past.engine, c, chosen);
	free(chosen);
}

/* One line and the exit status of the monitoring plugins' guidelines. */
static int
say_nagios(const struct looking *l)
{
	static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
	const struct degree *s = &l->sum;
	size_t all = l->count[HEALTH_LIVE] + l->count[HEALTH_NOT_LIVE] + l->count[HEALTH_UNKNOWN];
	struct roster r;
	bool partly;
	int level;

	count_agents(l, &r);
	partly = s->up < s->targets || r.lacking || r.isolated || s->overrides;
	level = l->count[HEALTH_NOT_LIVE] ? 2 : l->count[HEALTH_UNKNOWN] ? 3 : partly ? 1 : 0;
	printf("FODNS %s - %zu of %zu domains live, %zu of %zu targets up, %zu overridden; of %zu "
	       "agents %zu stale, %zu isolated"
	       " | live=%zu;;;0;%zu up=%zu;;;0;%zu stale=%zu isolated=%zu overrides=%zu\n",
	       words[level], l->count[HEALTH_LIVE], all, s->up, s->targets, s->overrides,
	       r.agents.used, r.lacking, r.isolated, l->count[HEALTH_LIVE], all, s->up, s->targets,
	       r.lacking, r.isolated, s->overrides);
	roster_free(&r);
	return level;
}

static int
look(const struct decide *d)
{
	static struct explaining explaining;
	static struct accepted accepted;
	struct looking l = {.d = d};
	struct accepted *a = d->explain ? &explaining.config : &accepted;
	struct config *c = &a->config;
	int status;

	if (d->explain) {
		explain_begin(&explaining, d);
		l.explaining = &explaining;
	} else {
		listing_config(d, a);
	}
	if (d->at < 0 || d->reports)
		decide_narrow(d, c);
	else if (answered_instead(d, c, &status))
		return status;
	l.config = c;
	l.table = cli_wants_table(d->output);
	look_back(&l);
	if (l.table)
		listing_head(&l.grid);
	take_all(&l);
	if (l.table && !d->explain && !d->nagios)
		grid_write(&l.grid, &l.out, cli_colour(stdout), 80);
	if (l.out.len)
		fwrite(l.out.data, 1, l.out.len, stdout);
	status = d->nagios ? say_nagios(&l) : status_of(&l);
	grid_free(&l.grid);
	buf_free(&l.out);
	past_free(&l.past);
	accepted_free(a);
	return status;
}

int
decide_listing(struct decide *d)
{
	return look(d);
}

int
decide_explain(struct decide *d)
{
	d->explain = true;
	return look(d);
}

int
decide_nagios(struct decide *d)
{
	d->nagios = true;
	return look(d);
}
