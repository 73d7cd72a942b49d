#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "codec/zonefile.h"
#include "core/metrics.h"
#include "decide-pick.h"
#include "decide.h"

/* -o zone, nsupdate and prometheus: the current answers in the form that other tools eat. */
struct output {
	struct config config;
	struct engine *engine;
	struct pick pick;
	struct buf out;
	uint64_t bad;
};

/* Absent data is never judged: nothing on stdout, 75. */
static void
begin(struct output *o, const struct decide *d)
{
	struct fault f;

	cli_load_config(&o->config, cli_config_path(d->config));
	pick_init(&o->pick, d, &o->config, false);
	o->engine = decide_engine(d, &o->config, &o->bad, &f);
	if (!o->engine)
		cli_fail(&f);
}

static void
flush(struct output *o)
{
	if (o->out.len)
		fwrite(o->out.data, 1, o->out.len, stdout);
	buf_clear(&o->out);
}

static int
finish(struct output *o)
{
	flush(o);
	engine_free(o->engine);
	pick_free(&o->pick);
	config_free(&o->config);
	buf_free(&o->out);
	return EXIT_DONE;
}

static void
add_domain(struct output *o, const struct domain *d,
           void (*add)(struct buf *, const struct domain *, const struct decision *))
{
	static struct decision dec;

	engine_decision(o->engine, d, &dec);
	add(&o->out, d, &dec);
	if (o->out.len > 65536)
		flush(o);
}

/* ---- zone */

/* The domains of each zone, in the order of the files: next[i] follows domain i, ended by SIZE_MAX. */
struct chains {
	size_t *first, *next;
};

static void
chain(struct chains *c, const struct config *config)
{
	c->first = mem_alloc((config->nzones + 1) * sizeof(*c->first));
	c->next = mem_alloc((config->ndomains + 1) * sizeof(*c->next));
	memset(c->first, 0xff, config->nzones * sizeof(*c->first));
	for (size_t i = config->ndomains; i-- > 0;) {
		size_t zone = (size_t)(config->domains[i].zone - config->zones);

		c->next[i] = c->first[zone];
		c->first[zone] = i;
	}
}

/*
 * The serial is the time of the judgement: it grows from run to run, and with --at
 * the same question has the same answer.
 */
static void
add_zone(struct output *o, const struct chains *c, size_t zone)
{
	const struct zone *z = &o->config.zones[zone];
	int64_t at = engine_now(o->engine);
	char when[STAMP_LEN];

	if (o->pick.zones[zone]) {
		buf_printf(&o->out, "; %s. as of %s, config %s, from fodns-decide %s\n", z->name,
		           stamp_format(when, at), o->config.hash, FODNS_VERSION);
		zonefile_zone(&o->out, z, (uint32_t)(at / 1000));
	}
	for (size_t i = c->first[zone]; i != SIZE_MAX; i = c->next[i])
		if (o->pick.domains[i])
			add_domain(o, &o->config.domains[i], zonefile_domain);
}

int
decide_zone(struct decide *d)
{
	struct output o = {0};
	struct chains c;

	begin(&o, d);
	chain(&c, &o.config);
	for (size_t i = 0; i < o.config.nzones; i++)
		add_zone(&o, &c, i);
	free(c.first);
	free(c.next);
	return finish(&o);
}

/* ---- nsupdate, prometheus */

int
decide_nsupdate(struct decide *d)
{
	struct output o = {0};

	begin(&o, d);
	for (size_t i = 0; i < o.config.ndomains; i++)
		if (o.pick.domains[i])
			add_domain(&o, &o.config.domains[i], nsupdate_domain);
	return finish(&o);
}

int
decide_prometheus(struct decide *d)
{
	struct output o = {0};
	struct metrics m = {.most = SIZE_MAX};

	begin(&o, d);
	m.engine = o.engine;
	m.config = &o.config;
	m.chosen = o.pick.domains;
	m.now = engine_now(o.engine);
	metrics_write(&m, &o.out);
	return finish(&o);
}
