#include "couriers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "edge/agentdir.h"
#include "edge/cli.h"
#include "edge/file.h"

enum { SAID_MOST = 20, SAY_MS = 10000 }; /* refusals named in so long, for each master */

struct refusals {
	int64_t until;
	unsigned said;
	uint64_t left_out;
};

struct couriers {
	struct couriers_setup set;
	struct agent_config config;
	struct fetcher *fetcher;
	struct deliver **of; /* one a master, in the order of the file */
	struct refusals *refusals; /* the same */
	char spool[4096];
	struct deliver_counts before; /* of those that a reload replaced */
};

static void
say_left_out(struct couriers *c, size_t i)
{
	struct refusals *r = &c->refusals[i];

	if (r->left_out)
		log_warn("master %s: %" PRIu64 " more refused", c->config.masters[i].name,
		         r->left_out);
	r->left_out = 0;
}

/* A wrong token refuses all there is, for ever: enough of it is said to see what it is. */
static bool
may_say(struct couriers *c, size_t i)
{
	struct refusals *r = &c->refusals[i];
	int64_t now = loop_now(c->set.loop);

	if (now >= r->until) {
		say_left_out(c, i);
		*r = (struct refusals){.until = now + SAY_MS};
	}
	if (r->said < SAID_MOST) {
		r->said++;
		return true;
	}
	r->left_out++;
	return false;
}

static void
progress(void *arg)
{
	const struct couriers *c = arg;

	c->set.progress(c->set.arg);
}

static void
refused(void *arg, const struct master *m, uint64_t input, const char *domain, int status,
        const char *detail)
{
	struct couriers *c = arg;
	char place[32] = "spool";

	if (!may_say(c, (size_t)(m - c->config.masters)))
		return;
	if (input)
		snprintf(place, sizeof(place), "stdin:%" PRIu64, input);
	log_warn("%s: %s: master %s: %d%s%s", place, domain, m->name, status, *detail ? " " : "",
	         detail);
}

static struct deliver *
open_one(struct couriers *c, const struct master *m)
{
	return deliver_new(&(struct deliver_setup){.loop = c->set.loop,
	                                           .fetcher = c->fetcher,
	                                           .master = m,
	                                           .spool_dir = c->spool,
	                                           .spool_max = c->set.spool_max,
	                                           .arg = c,
	                                           .refused = refused,
	                                           .progress = progress});
}

static void
open_all(struct couriers *c)
{
	c->refusals = mem_alloc((c->config.nmasters + 1) * sizeof(*c->refusals));
	c->of = mem_alloc((c->config.nmasters + 1) * sizeof(struct deliver *));
	for (size_t i = 0; i < c->config.nmasters; i++)
		c->of[i] = open_one(c, &c->config.masters[i]);
}

struct couriers *
couriers_new(const struct couriers_setup *set)
{
	struct couriers *c = mem_alloc(sizeof(*c));
	struct fault f;

	c->set = *set;
	cli_load_agent(&c->config, set->file);
	if (agentdir_path(c->spool, c->config.spool_dir, &f))
		cli_fail(&f);
	return c;
}

void
couriers_start(struct couriers *c)
{
	c->fetcher = fetcher_new(c->set.loop);
	if (!c->fetcher) {
		log_error("no HTTP client could be made");
		exit(EXIT_AGAIN);
	}
	open_all(c);
	couriers_kick(c);
}

static void
add(struct deliver_counts *sum, const struct deliver_counts *n)
{
	sum->delivered += n->delivered;
	sum->refused += n->refused;
	sum->lost += n->lost;
	sum->dropped += n->dropped;
	sum->spooled += n->spooled;
}

static void
close_one(struct couriers *c, struct deliver *d)
{
	struct deliver_counts n;

	deliver_abort(d);
	deliver_counts(d, &n);
	n.spooled = 0; /* counted by who takes the spool over */
	add(&c->before, &n);
	deliver_free(d);
}

static void
forget_refusals(struct couriers *c)
{
	for (size_t i = 0; c->refusals && i < c->config.nmasters; i++)
		say_left_out(c, i);
	free(c->refusals);
	c->refusals = NULL;
}

static void
close_all(struct couriers *c)
{
	for (size_t i = 0; c->of && i < c->config.nmasters; i++)
		close_one(c, c->of[i]);
	free(c->of);
	c->of = NULL;
	forget_refusals(c);
}

void
couriers_free(struct couriers *c)
{
	if (!c)
		return;
	close_all(c);
	fetcher_free(c->fetcher);
	agent_config_free(&c->config);
	free(c);
}

/* The one of the list that served a master of this name, taken out of it; NULL. */
static struct deliver *
pick(struct deliver **of, const struct agent_config *c, const char *name)
{
	for (size_t i = 0; of && i < c->nmasters; i++) {
		struct deliver *d = of[i];

		if (!d || strcmp(c->masters[i].name, name) != 0)
			continue;
		of[i] = NULL;
		return d;
	}
	return NULL;
}

/* Masters that were there before go on with what they have under way and in memory. */
static void
take_over(struct couriers *c, const struct agent_config *fresh)
{
	struct agent_config old = c->config;
	struct deliver **of = c->of;

	forget_refusals(c);
	c->config = *fresh;
	c->refusals = mem_alloc((fresh->nmasters + 1) * sizeof(*c->refusals));
	c->of = mem_alloc((fresh->nmasters + 1) * sizeof(struct deliver *));
	for (size_t i = 0; i < fresh->nmasters; i++) {
		const struct master *m = &c->config.masters[i];

		c->of[i] = pick(of, &old, m->name);
		if (c->of[i])
			deliver_renew(c->of[i], m);
		else
			c->of[i] = open_one(c, m);
	}
	for (size_t i = 0; of && i < old.nmasters; i++)
		if (of[i])
			close_one(c, of[i]);
	free(of);
	agent_config_free(&old);
}

void
couriers_reload(struct couriers *c)
{
	struct config_problems p = {0};
	struct agent_config fresh = {0};
	int r = agent_config_load(&fresh, c->set.file, &file_source, &p);
	char spool[sizeof(c->spool)];
	struct fault f;

	for (size_t i = 0; i < p.n; i++)
		log_at(p.list[i].warning ? LOG_WARN : LOG_ERROR, "%s", p.list[i].text);
	config_problems_free(&p);
	if (r) {
		log_error("%s: refused, the old one stays", c->set.file);
		return;
	}
	if (agentdir_path(spool, fresh.spool_dir, &f)) {
		log_error("%s", f.text);
		snprintf(spool, sizeof(spool), "%s", c->spool);
	}
	if (strcmp(spool, c->spool) != 0)
		close_all(c); /* what waits there, waits there for the next start */
	snprintf(c->spool, sizeof(c->spool), "%s", spool);
	take_over(c, &fresh);
	couriers_kick(c);
	log_note("%s: read again, %zu master%s", c->set.file, c->config.nmasters,
	         c->config.nmasters == 1 ? "" : "s");
}

const char *
couriers_file(const struct couriers *c)
{
	return c->set.file;
}

static bool
goes_to(const struct report *r, const struct master *m)
{
	return !r->server[0] || !strcmp(r->server, m->name);
}

bool
couriers_report(struct couriers *c, const struct report *r, uint64_t input)
{
	bool any = false;

	for (size_t i = 0; i < c->config.nmasters; i++) {
		if (!goes_to(r, &c->config.masters[i]))
			continue;
		deliver_report(c->of[i], r, input);
		any = true;
	}
	return any;
}

const char *
couriers_route(const struct couriers *c, const struct report *r, char *dst, size_t cap)
{
	size_t n = 0;

	dst[0] = '\0';
	for (size_t i = 0; i < c->config.nmasters && n < cap; i++)
		if (goes_to(r, &c->config.masters[i]))
			n += (size_t)snprintf(dst + n, cap - n, "%s%s (%s)", n ? ", " : "",
			                      c->config.masters[i].name, c->config.masters[i].url);
	return n ? dst : NULL;
}

void
couriers_kick(struct couriers *c)
{
	for (size_t i = 0; i < c->config.nmasters; i++)
		deliver_kick(c->of[i]);
}

bool
couriers_full(const struct couriers *c)
{
	for (size_t i = 0; i < c->config.nmasters; i++)
		if (deliver_full(c->of[i]))
			return true;
	return false;
}

void
couriers_end(struct couriers *c)
{
	for (size_t i = 0; i < c->config.nmasters; i++)
		deliver_end(c->of[i]);
}

void
couriers_close(struct couriers *c)
{
	for (size_t i = 0; i < c->config.nmasters; i++)
		deliver_close(c->of[i]);
}

void
couriers_abort(struct couriers *c)
{
	for (size_t i = 0; i < c->config.nmasters; i++)
		deliver_abort(c->of[i]);
}

bool
couriers_done(const struct couriers *c)
{
	for (size_t i = 0; i < c->config.nmasters; i++)
		if (!deliver_done(c->of[i]))
			return false;
	return true;
}

void
couriers_sum(const struct couriers *c, struct deliver_counts *sum)
{
	struct deliver_counts n;

	*sum = c->before;
	for (size_t i = 0; i < c->config.nmasters; i++) {
		deliver_counts(c->of[i], &n);
		add(sum, &n);
		log_debug("delivered %" PRIu64 " to %s, spooled %" PRIu64 ", refused %" PRIu64,
		          n.delivered, c->config.masters[i].name, n.spooled, n.refused);
	}
}
