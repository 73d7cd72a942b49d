#include "edge/reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "edge/clock.h"

enum {
	EVERY_MS = 5000,
	TIMEOUT_MS = 2000,
	LEAST_MS = 250 /* between two rounds, however many checks fail */
};

struct spot {
	struct references *all;
	struct probe probe;
	struct task task;
	const char *url;
	struct probe_run *run; /* NULL: not under way */
	bool failed;           /* in this round */
};

struct waiter {
	struct waiter *next;
	int64_t began;
	void (*call)(void *arg, enum reach now);
	void *arg;
};

struct references {
	struct loop *loop;
	struct prober *prober;
	struct spot *spots;
	size_t n, running;
	struct loop_timer timer;
	bool decided;               /* the round under way, or the last one */
	int64_t round_ms, known_ms; /* start of the last round, and of the last one that was decided */
	enum reach now;
	int64_t since_ms, since_wall;
	bool told_rights;
	struct waiter *waiters;
};

struct references *
references_new(struct loop *l, struct prober *p)
{
	struct references *f = mem_alloc(sizeof(*f));

	f->loop = l;
	f->prober = p;
	f->now = REACH_UNKNOWN;
	f->known_ms = -1;
	return f;
}

/* ---- what a round came to */

static void
tell_none(const struct references *f)
{
	log_warn("no reference is reachable (%s%s): checks that fail are unknown until one is",
	         f->spots[0].url, f->n > 1 ? ", ..." : "");
}

static void
tell_some(const struct references *f, const char *url)
{
	char text[24];

	log_note("reference %s is reachable again, after %s", url,
	         num_duration_text(text, (clock_mono() - f->since_ms) / 1000 * 1000));
}

/* Whoever began before the round has its answer; the list is taken first, for calls ask again. */
static void
answer(struct references *f, int64_t up_to, enum reach now)
{
	struct waiter *list = f->waiters, *w;

	f->waiters = NULL;
	while ((w = list)) {
		list = w->next;
		if (w->began > up_to) {
			w->next = f->waiters;
			f->waiters = w;
			continue;
		}
		w->call(w->arg, now);
		free(w);
	}
}

static void
decide(struct references *f, enum reach now, const char *url)
{
	enum reach was = f->now;

	f->decided = true;
	f->known_ms = f->round_ms;
	if (now == REACH_NONE && was != REACH_NONE)
		tell_none(f);
	else if (now != REACH_NONE && was == REACH_NONE)
		tell_some(f, url);
	if (now != was) {
		f->since_ms = clock_mono();
		f->since_wall = clock_wall();
	}
	f->now = now;
	answer(f, f->known_ms, now);
}

static void start_round(struct references *f);

static void
on_time(struct loop_timer *w)
{
	start_round(w->arg);
}

static void
plan(struct references *f)
{
	int64_t next = f->round_ms + (f->waiters ? LEAST_MS : EVERY_MS);

	if (f->running == 0)
		loop_timer_start(f->loop, &f->timer, next - clock_mono(), 0, on_time, f);
}

/* No right to ask is nobody's silence: without another reference it must not hide failures. */
static bool
counts_as_silent(struct references *f, const struct spot *p, const struct probe_result *res)
{
	if (!res->no_rights)
		return true;
	if (!f->told_rights)
		log_warn("reference %s does not count: %s", p->url, res->reason);
	f->told_rights = true;
	return false;
}

static void
on_result(void *arg, const struct probe_result *res)
{
	struct spot *p = arg;
	struct references *f = p->all;
	bool silent = false;

	p->run = NULL;
	f->running--;
	p->failed = res->status > STATUS_WARN && counts_as_silent(f, p, res);
	if (res->status <= STATUS_WARN && !f->decided)
		decide(f, REACH_SOME, p->url);
	for (size_t i = 0; i < f->n; i++)
		silent |= f->spots[i].failed;
	if (f->running == 0 && !f->decided)
		decide(f, silent ? REACH_NONE : REACH_SOME, p->url);
	plan(f);
}

static void
start_round(struct references *f)
{
	f->round_ms = clock_mono();
	f->decided = false;
	f->running = f->n;
	for (size_t i = 0; i < f->n; i++) {
		f->spots[i].failed = false;
		f->spots[i].run =
		    probe_start(f->prober, &f->spots[i].task, on_result, &f->spots[i]);
	}
}

/* ---- the list */

static void
spot_init(struct spot *p, struct references *f, const struct reference *r)
{
	p->all = f;
	p->url = r->url;
	probe_default(&p->probe, r->type);
	if (r->path)
		p->probe.path = r->path;
	p->probe.qname = r->qname;
	p->probe.qtype = r->qtype;
	p->task = (struct task){.check_name = r->url,
	                        .domain = r->host,
	                        .host = r->host,
	                        .target = r->addr,
	                        .port = r->port,
	                        .probe = &p->probe,
	                        .timeout_ms = TIMEOUT_MS,
	                        .interval_ms = EVERY_MS};
}

static void
drop_spots(struct references *f)
{
	loop_timer_stop(&f->timer);
	for (size_t i = 0; i < f->n; i++)
		probe_cancel(f->spots[i].run);
	free(f->spots);
	f->spots = NULL;
	f->n = f->running = 0;
	f->told_rights = false;
	f->known_ms = -1;
}

void
references_set(struct references *f, const struct reference *list, size_t n)
{
	drop_spots(f);
	f->n = n;
	if (n == 0) {
		f->now = REACH_UNKNOWN;
		answer(f, INT64_MAX, REACH_SOME);
		return;
	}
	f->spots = mem_alloc(n * sizeof(*f->spots));
	for (size_t i = 0; i < n; i++)
		spot_init(&f->spots[i], f, &list[i]);
	start_round(f);
}

void
references_free(struct references *f)
{
	if (!f)
		return;
	drop_spots(f);
	answer(f, INT64_MAX, REACH_UNKNOWN);
	free(f);
}

/* ---- asking */

enum reach
references_ask(struct references *f, int64_t began, void (*call)(void *arg, enum reach now),
               void *arg)
{
	struct waiter *w;

	if (f->n == 0)
		return REACH_SOME;
	if (f->now != REACH_UNKNOWN && f->known_ms >= began)
		return f->now;
	w = mem_alloc(sizeof(*w));
	*w = (struct waiter){.next = f->waiters, .began = began, .call = call, .arg = arg};
	f->waiters = w;
	plan(f);
	return REACH_LATER;
}

bool
references_now(const struct references *f, enum reach *now, int64_t *since)
{
	*now = f->now;
	*since = f->since_wall;
	return f->n > 0;
}
