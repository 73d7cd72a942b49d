#include "checkrun_own.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "edge/cli.h"
#include "edge/clock.h"
#include "edge/file.h"
#include "edge/probe.h"
#include "edge/resolver.h"

enum {
	OUTPUT_CAP = 8 << 20,
	/* Between two looks at the sockets, so that latencies stay true; those of echoes are the
	 * kernel's. */
	STARTS_AT_ONCE = 32,
	A_START = 4,
	AN_ECHO = 1,
	/* A rest, once nothing is due: after it the caches have to be filled anew, whether for one
	 * probe or for a hundred.  A part of the shortest interval, half as much as chance moves a
	 * run, within bounds. */
	REST_PART = 40,
	REST_LEAST_MS = 4,
	REST_MOST_MS = 25,
	OTHER_FILES = 64,
	MOST_IN_FLIGHT = 65536
};

/* Every probe takes a descriptor. */
static size_t
in_flight(void)
{
	uint64_t files = file_limit();

	if (files <= 2 * OTHER_FILES)
		return files > 32 ? (size_t)files / 2 : 8;
	return files - OTHER_FILES > MOST_IN_FLIGHT ? MOST_IN_FLIGHT : (size_t)files - OTHER_FILES;
}

static void
on_broken(void *arg, int err)
{
	struct checkrun *c = arg;

	c->err = err;
	c->o.over(c->o.arg);
}

struct checkrun *
checkrun_new(struct loop *l, const struct checkrun_options *o)
{
	struct checkrun *c = mem_alloc(sizeof(*c));
	struct sched_options so = {
	    .agent_id = o->agent_id, .runs = o->runs, .most_interval_ms = o->most_interval_ms};
	struct prober_options po = {
	    .resolver = o->resolver_port == PORT_NONE ? NULL : &o->resolver,
	    .resolver_port = o->resolver_port, .allowed = o->allowed, .arg = o->arg};
	int64_t now = clock_wall();

	c->loop = l;
	c->o = *o;
	snprintf(c->report.agent_id, sizeof(c->report.agent_id), "%s", o->agent_id);
	c->report.inc = now > 0 ? (uint64_t)now : 1;
	c->report.boot = clock_boot_hash();
	c->report.age_ms = c->report.received = c->report.boot_ms = -1;
	c->most = in_flight();
	c->writer = writer_new(l, STDOUT_FILENO, OUTPUT_CAP, on_broken, c);
	if (!c->writer) {
		free(c);
		return NULL;
	}
	if (getrandom(so.seed, sizeof(so.seed), 0) < 0)
		so.seed[0] = (uint64_t)now;
	c->sched = sched_new(&so);
	c->prober = prober_new(l, &po);
	buf_init(&c->line);
	if (o->summary)
		c->summary = checksummary_new();
	c->began = clock_mono();
	return c;
}

/* ---- verdict */

static void
count_job(void *arg, struct sched_job *j)
{
	struct checkrun_tally *t = arg;

	t->all++;
	if (!j->concluded)
		t->none++;
	else
		t->n[j->last]++;
}

struct checkrun_tally
checkrun_tally(const struct checkrun *c)
{
	struct checkrun_tally t = {.running = sched_running(c->sched)};

	sched_each(c->sched, count_job, &t);
	return t;
}

int
checkrun_status(const struct checkrun *c)
{
	struct checkrun_tally t = checkrun_tally(c);

	if (t.n[STATUS_FAIL])
		return EXIT_NO;
	return t.n[STATUS_UNKNOWN] || (t.none && !t.n[STATUS_OK] && !t.n[STATUS_WARN]) ? EXIT_UNSURE
	                                                                               : EXIT_DONE;
}

struct checkrun_counts
checkrun_counts(const struct checkrun *c)
{
	struct sched_late late = sched_late(c->sched);

	return (struct checkrun_counts){.probes = sched_jobs(c->sched),
	                                .running = sched_running(c->sched),
	                                .results = c->seq,
	                                .overruns = sched_overruns(c->sched),
	                                .dropped = writer_drops(c->writer),
	                                .late_p50_ms = late.p50_ms,
	                                .late_p99_ms = late.p99_ms,
	                                .late_most_ms = late.most_ms};
}

static bool
all_ok(const struct checkrun *c)
{
	struct checkrun_tally t = checkrun_tally(c);

	return t.none + t.n[STATUS_FAIL] + t.n[STATUS_UNKNOWN] == 0;
}

/* ---- running */

static void pump(struct loop_timer *w);

/* ms: until a probe is due */
static int64_t
rest(const struct checkrun *c, int64_t ms)
{
	int64_t least = sched_shortest(c->sched) / REST_PART;

	if (least < REST_LEAST_MS)
		least = REST_LEAST_MS;
	if (least > REST_MOST_MS)
		least = REST_MOST_MS;
	return ms > 0 && ms < least ? least : ms;
}

/* Then who is dead does delay others. */
static void
say_full(struct checkrun *c)
{
	if (!c->full_said && !c->o.runs)
		log_warn("%zu probes are under way, more open files are not allowed: others wait, "
		         "and may be late (ulimit -n, LimitNOFILE=)",
		         c->most);
	c->full_said = true;
}

static void
wake(struct checkrun *c)
{
	int64_t next = sched_next(c->sched);

	if (sched_running(c->sched) >= c->most && next <= clock_mono())
		say_full(c);
	if (next == INT64_MAX || sched_running(c->sched) >= c->most)
		loop_timer_stop(&c->timer); /* the end of a probe wakes us */
	else
		loop_timer_start(c->loop, &c->timer, rest(c, next - clock_mono()), 0, pump, c);
}

static void
finish(struct checkrun *c, struct sched_job *j, const struct probe_result *res)
{
	bool full = sched_running(c->sched) >= c->most, sooner;

	j->last = res->status;
	j->concluded = true;
	checkrun_print(c, j, res);
	sooner = sched_result(c->sched, j, res->status, clock_mono());
	sched_done(c->sched, j);
	if ((c->o.runs && sched_running(c->sched) == 0 && sched_next(c->sched) == INT64_MAX) ||
	    (c->o.until_ok && res->status <= STATUS_WARN && all_ok(c)))
		c->o.over(c->o.arg);
	else if (full || sooner)
		wake(c);
}

/* A failure that waits to be known for one. */
struct held {
	struct checkrun *c;
	struct sched_job *j;
	struct probe_result res;
	char reason[LIMIT_REASON + 1], perfdata[LIMIT_PERFDATA + 1];
};

static struct held *
hold(struct checkrun *c, struct sched_job *j, const struct probe_result *res)
{
	struct held *h = mem_alloc(sizeof(*h));

	h->c = c;
	h->j = j;
	h->res = *res;
	snprintf(h->reason, sizeof(h->reason), "%s", res->reason ? res->reason : "");
	snprintf(h->perfdata, sizeof(h->perfdata), "%s", res->perfdata ? res->perfdata : "");
	h->res.reason = res->reason ? h->reason : NULL;
	h->res.perfdata = res->perfdata ? h->perfdata : NULL;
	return h;
}

static void
on_reach(void *arg, enum reach now)
{
	static const struct probe_result isolated = {
	    .status = STATUS_UNKNOWN, .reason = "local: no reference reachable", .latency_ms = -1};
	struct held *h = arg;

	if (now != REACH_UNKNOWN)
		finish(h->c, h->j, now == REACH_NONE ? &isolated : &h->res);
	free(h);
}

static void
conclude(struct checkrun *c, struct sched_job *j, const struct probe_result *res)
{
	struct held *h;
	enum reach now;

	if (res->status != STATUS_FAIL || !c->references) {
		finish(c, j, res);
		return;
	}
	h = hold(c, j, res);
	now = references_ask(c->references, j->started, on_reach, h);
	if (now != REACH_LATER)
		on_reach(h, now);
}

static void
on_result(void *arg, const struct probe_result *res)
{
	struct sched_job *j = arg;

	conclude(j->user, j, res);
}

static const struct probe_result nowhere = {
    .status = STATUS_UNKNOWN, .reason = "local: cannot resolve", .latency_ms = -1};

/* What the name leads to is probed in the time that is left of the budget. */
static void
on_resolved(void *arg, enum resolved how, const struct addr *a)
{
	static const struct probe_result
	    none = {.status = STATUS_FAIL, .reason = "name not found", .latency_ms = -1},
	    refused = {.status = STATUS_UNKNOWN, .latency_ms = -1,
	        .reason = "local: what the name leads to may not be probed (allow)"};
	struct sched_job *j = arg;
	struct checkrun *c = j->user;
	struct task t;

	if (how != RESOLVED_ADDRESS || !j->ntasks) {
		conclude(c, j, how == RESOLVED_NOTHING ? &none : &nowhere);
		return;
	}
	t = *j->tasks[0];
	if (t.server && c->o.allowed && !c->o.allowed(c->o.arg, a, t.port)) {
		conclude(c, j, &refused);
		return;
	}
	t.target = *a;
	t.target_name = NULL;
	t.timeout_ms -= clock_mono() - j->began;
	probe_start(c->prober, &t, on_result, j);
}

static void
resolve(struct checkrun *c, struct sched_job *j)
{
	j->user = c;
	j->began = clock_mono();
	resolver_lookup(prober_resolver(c->prober), j->tasks[0]->target_name,
	                j->tasks[0]->timeout_ms, on_resolved, j);
}

static void
start(struct checkrun *c, struct sched_job *j)
{
	if (j->tasks[0]->target_name) {
		resolve(c, j);
		return;
	}
	if (checktable_unresolved(j->tasks[0])) {
		conclude(c, j, &nowhere);
		return;
	}
	j->user = c; /* a job may lose its tasks while it runs, never its memory */
	probe_start(c->prober, j->tasks[0], on_result, j);
}

static void
pump(struct loop_timer *w)
{
	struct checkrun *c = w->arg;
	int64_t now = clock_mono();
	struct sched_job *due[SCHED_ROW];
	size_t n, room, weight = 0;

	do {
		room = c->most - sched_running(c->sched);
		n = sched_due(c->sched, now, due, room < SCHED_ROW ? room : SCHED_ROW);
		for (size_t i = 0; i < n; i++) {
			weight += due[i]->tasks[0]->probe->type == PROBE_ICMP ? AN_ECHO : A_START;
			start(c, due[i]);
		}
	} while (n == SCHED_ROW && weight < STARTS_AT_ONCE);
	wake(c);
}

void
checkrun_set(struct checkrun *c, const struct task *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		prober_prepare(c->prober, list[i]->probe);
	checktable_fit(&c->o.look, list, n);
	sched_set(c->sched, list, n, clock_mono());
	loop_timer_start(c->loop, &c->timer, 0, 0, pump, c);
}

void
checkrun_outlet(struct checkrun *c, const struct texts *source, const char *interface)
{
	prober_outlet(c->prober, source, interface);
}

void
checkrun_references(struct checkrun *c, const struct reference *list, size_t n)
{
	if (!c->references && n)
		c->references = references_new(c->loop, c->prober);
	if (c->references)
		references_set(c->references, list, n);
}

bool
checkrun_reach(const struct checkrun *c, enum reach *now, int64_t *since)
{
	return c->references && references_now(c->references, now, since);
}

static void
summarize(struct checkrun *c)
{
	buf_clear(&c->line);
	if (!c->o.table)
		checksummary_json(c->summary, &c->line);
	else {
		if (c->o.look.headed)
			buf_putc(&c->line, '\n');
		checksummary_table(c->summary, &c->line, &c->o.look,
		                   (double)(clock_mono() - c->began) / 1e3);
	}
	if (c->line.len && !writer_put(c->writer, c->line.data, c->line.len))
		log_warn("no room for the summary: nobody reads the output");
	checksummary_free(c->summary);
}

int
checkrun_end(struct checkrun *c, int64_t wait_ms)
{
	struct sched_late late = sched_late(c->sched);
	int err;

	loop_timer_stop(&c->timer);
	references_free(c->references);
	prober_free(c->prober);
	if (c->summary)
		summarize(c);
	if (!c->err)
		checkrun_say_drops(c, true);
	err = writer_close(c->writer, wait_ms);
	if (err == ETIMEDOUT)
		log_warn("not all results were written: nobody reads the output");
	if (sched_overruns(c->sched))
		log_note("%" PRIu64 " runs left out: the one before was not over",
		         sched_overruns(c->sched));
	log_debug("probes started late by %" PRId64 " ms (p50), %" PRId64 " ms (p99), %" PRId64
	          " ms (most)",
	          late.p50_ms, late.p99_ms, late.most_ms);
	sched_free(c->sched);
	buf_free(&c->line);
	report_instant_free(&c->instant);
	free(c);
	return err == ETIMEDOUT ? 0 : err;
}
