#include "edge/sched.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/mix.h"
#include "base/siphash.h"
#include "edge/agenda.h"
#include "edge/lateness.h"
#include "edge/probe.h"

enum { STARTS_PER_SECOND = 5000, SPREAD_MS = 1000, JITTER_PERCENT = 5, MIN_GAP_PERCENT = 10 };
enum { LINE = 64 }; /* bytes of the cache */
#define NEVER INT64_MIN

struct sched {
	struct map by_key;
	struct sched_job *jobs;
	size_t njobs, running;
	struct agenda agenda;
	struct sched_job **table; /* who is who in it */
	size_t table_cap;
	uint64_t phase_key[2];
	uint64_t overruns;
	uint64_t runs_each; /* 0: they go on */
	int64_t most_interval_ms, shortest_ms;
	struct lateness late;
};

struct sched *
sched_new(const struct sched_options *o)
{
	static const uint64_t fixed[2] = {0x73636865645f, 0x7068617365};
	struct sched *s = mem_alloc(sizeof(*s));

	map_init(&s->by_key);
	map_seed(&s->by_key, o->seed[0], o->seed[1]);
	s->runs_each = o->runs;
	s->most_interval_ms = o->most_interval_ms;
	/* The same agent has the same phases after a restart, two agents have different ones. */
	s->phase_key[0] = siphash13(fixed, o->agent_id, strlen(o->agent_id));
	s->phase_key[1] = fixed[1];
	return s;
}

/* Nearly every job has one task, which is kept in it. */
static void
add_asker(struct sched_job *j, const struct task *t)
{
	if (j->tasks == &j->one && j->ntasks == 1) {
		j->tasks = mem_array(NULL, &j->cap, 2, sizeof(*j->tasks));
		j->tasks[0] = j->one;
	} else if (j->tasks != &j->one) {
		j->tasks = mem_array(j->tasks, &j->cap, j->ntasks + 1, sizeof(*j->tasks));
	}
	j->tasks[j->ntasks++] = t;
}

static void
job_free(struct sched_job *j)
{
	if (j->tasks != &j->one)
		free(j->tasks);
	free(j->text);
	free(j);
}

void
sched_free(struct sched *s)
{
	struct sched_job *j;

	if (!s)
		return;
	while ((j = s->jobs)) {
		s->jobs = j->next;
		job_free(j);
	}
	map_free(&s->by_key);
	agenda_free(&s->agenda);
	free(s->table);
	free(s);
}

/* ---- what is due */

static void
put(struct sched *s, struct sched_job *j, int64_t due)
{
	j->due = due;
	agenda_put(&s->agenda, due, j->which);
}

/* Anew, of all jobs that are due some time. */
static void
put_all(struct sched *s)
{
	size_t n = s->njobs;

	s->table = mem_array(s->table, &s->table_cap, n, sizeof(*s->table));
	agenda_clear(&s->agenda);
	for (struct sched_job *j = s->jobs; j; j = j->next) { /* the last one first */
		j->which = (uint32_t)--n;
		s->table[n] = j;
		if (j->due != NEVER)
			put(s, j, j->due);
	}
}

static void
fetch(const void *p, size_t n)
{
	for (size_t i = 0; i < n; i += LINE)
		__builtin_prefetch((const char *)p + i);
}

/*
 * A program that sleeps between its probes finds its memory cold.  The lines of several jobs take
 * no longer to come than those of one, if all are asked for before the first is looked at.
 */
static void
look_ahead(struct sched *s)
{
	const struct sched_job *next[SCHED_ROW];
	uint32_t who[SCHED_ROW];
	size_t n = agenda_next(&s->agenda, who, SCHED_ROW);

	for (size_t i = 0; i < n; i++)
		fetch(next[i] = s->table[who[i]], sizeof(**next));
	for (size_t i = 0; i < n; i++) {
		fetch(next[i]->one, sizeof(*next[i]->one));
		fetch(next[i]->text, next[i]->text_len);
	}
}

/* The first that counts: where its job is due at another time by now, an entry is a dead one. */
static struct sched_job *
first(struct sched *s)
{
	struct sched_job *j;
	uint32_t who;
	int64_t due;

	while (agenda_first(&s->agenda, &due, &who)) {
		j = s->table[who];
		if (j->due == due)
			return j;
		agenda_pass(&s->agenda);
	}
	return NULL;
}

/* ---- when */

/* From -width to width, the same each time for the n-th of this job. */
static int64_t
chance(const struct sched_job *j, uint64_t n, int64_t width)
{
	return (int64_t)(mix(j->hash + n * MIX_STEP) % (uint64_t)(2 * width + 1)) - width;
}

/* The first instant of the grid after a run at `start`; one that falls into the run's own shadow
 * does not count. */
static int64_t
after(const struct sched_job *j, int64_t start)
{
	int64_t phase = (int64_t)(j->hash % (uint64_t)j->interval_ms);
	int64_t width = j->interval_ms * JITTER_PERCENT / 100;
	int64_t least = start + j->interval_ms * MIN_GAP_PERCENT / 100;
	/* Those before lie too early whatever chance does. */
	int64_t k = (least - phase - width) / j->interval_ms, at;

	while ((at = k * j->interval_ms + phase + chance(j, (uint64_t)k, width)) <= least)
		k++;
	return at;
}

/* ---- the tasks */

/* What makes two tasks the same probe. */
static void
make_key(struct buf *b, const struct task *t)
{
	char host[64];

	buf_clear(b);
	buf_printf(b, "%d %lld ", t->port, (long long)t->timeout_ms);
	buf_add(b, &t->target.family, 1);
	buf_add(b, t->target.b, sizeof(t->target.b));
	buf_puts(b, t->target_name ? t->target_name : "");
	buf_putc(b, '\0');
	probe_key(b, t->probe);
	/* The name that is told to the target is the domain's, unless the probe says another. */
	if (probe_tells_name(t->probe->type))
		buf_puts(b, probe_host(t, host));
	/* A command is told which check it makes. */
	if (t->probe->type == PROBE_EXEC) {
		buf_putc(b, '\0');
		buf_puts(b, t->check_name);
	}
}

static struct sched_job *
job_new(struct sched *s, const struct buf *key)
{
	struct sched_job *j = mem_alloc(sizeof(*j) + key->len);

	j->tasks = &j->one;
	memcpy(j->key, key->data, key->len);
	j->key_len = key->len;
	j->hash = siphash13(s->phase_key, j->key, j->key_len) >> 1;
	j->last = STATUS_UNKNOWN;
	j->due = NEVER;
	j->rise = j->fall = 1;
	j->next = s->jobs;
	if (j->next)
		j->next->prev = j;
	s->jobs = j;
	s->njobs++;
	*map_put(&s->by_key, j->key, j->key_len) = j;
	return j;
}

static void
job_drop(struct sched *s, struct sched_job *j)
{
	map_del(&s->by_key, j->key, j->key_len);
	if (j->prev)
		j->prev->next = j->next;
	else
		s->jobs = j->next;
	if (j->next)
		j->next->prev = j->prev;
	s->njobs--;
	job_free(j);
}

static void
forget_tasks(struct sched *s)
{
	for (struct sched_job *j = s->jobs; j; j = j->next) {
		j->old_interval_ms = j->interval_ms;
		j->fast_ms = 0;
		j->rise = j->fall = 1;
		j->ntasks = 0;
		free(j->text);
		j->text = NULL;
		j->text_len = 0;
	}
}

/* Of several the most eager and the most patient: fast as long as one of them may want it. */
static void
add_fast(struct sched_job *j, const struct task *t)
{
	if (!t->fast_interval_ms)
		return;
	if (!j->fast_ms || t->fast_interval_ms < j->fast_ms)
		j->fast_ms = t->fast_interval_ms;
	if (t->rise > j->rise)
		j->rise = t->rise;
	if (t->fall > j->fall)
		j->fall = t->fall;
}

static void
add_task(struct sched *s, struct buf *key, const struct task *t)
{
	int64_t interval = t->interval_ms > 0 ? t->interval_ms : 1;
	struct sched_job *j;

	if (s->most_interval_ms && interval > s->most_interval_ms)
		interval = s->most_interval_ms;
	make_key(key, t);
	j = map_get(&s->by_key, key->data, key->len);
	if (!j)
		j = job_new(s, key);
	if (j->ntasks == 0 || interval < j->interval_ms)
		j->interval_ms = interval;
	add_fast(j, t);
	add_asker(j, t);
}

/* A job that was there keeps its instant, but for one whose interval changed or that nobody wanted
 * meanwhile. */
static void
place_known(const struct sched *s, struct sched_job *j, int64_t now)
{
	if (s->runs_each || (j->due != NEVER && j->interval_ms == j->old_interval_ms))
		return;
	if (j->runs)
		j->due = after(j, now);
}

/* In the order of the tasks, evenly over the spread. */
static void
place_new(const struct sched *s, struct sched_job *j, size_t i, size_t n, int64_t now)
{
	int64_t spread = (int64_t)n * 1000 / STARTS_PER_SECOND;

	if (spread < SPREAD_MS)
		spread = SPREAD_MS;
	j->due = s->runs_each ? now : now + (int64_t)i * spread / (int64_t)n;
}

static size_t
count_new(const struct sched *s)
{
	size_t n = 0;

	for (const struct sched_job *j = s->jobs; j; j = j->next)
		n += j->runs == 0 && j->due == NEVER;
	return n;
}

static int64_t
shortest(const struct sched *s)
{
	int64_t ms = INT64_MAX;

	for (const struct sched_job *j = s->jobs; j; j = j->next) {
		if (j->ntasks && j->interval_ms < ms)
			ms = j->interval_ms;
		if (j->ntasks && j->fast_ms && j->fast_ms < ms)
			ms = j->fast_ms;
	}
	return ms < INT64_MAX ? ms : 0;
}

void
sched_set(struct sched *s, const struct task *const *tasks, size_t n, int64_t now)
{
	size_t fresh, left;
	struct buf key;

	buf_init(&key);
	forget_tasks(s);
	for (size_t i = 0; i < n; i++)
		add_task(s, &key, tasks[i]);
	buf_free(&key);
	fresh = left = count_new(s);
	for (struct sched_job *j = s->jobs, *next; j; j = next) {
		next = j->next;
		if (j->ntasks == 0 && j->running)
			j->due = NEVER; /* sched_done ends it */
		else if (j->ntasks == 0)
			job_drop(s, j);
		else if (j->runs == 0 && j->due == NEVER)
			place_new(s, j, --left, fresh, now); /* the list has the last one first */
		else
			place_known(s, j, now);
	}
	put_all(s);
	s->shortest_ms = shortest(s);
}

/* ---- running */

struct sched_late
sched_late(const struct sched *s)
{
	return (struct sched_late){lateness_percent(&s->late, 50), lateness_percent(&s->late, 99),
	                           s->late.most_ms};
}

size_t
sched_due(struct sched *s, int64_t now, struct sched_job **due, size_t most)
{
	struct sched_job *j;
	size_t n = 0;

	look_ahead(s);
	while (n < most && (j = first(s)) && j->due <= now) {
		agenda_pass(&s->agenda);
		if (j->running) {
			s->overruns++;
			put(s, j, after(j, now));
			continue;
		}
		lateness_add(&s->late, now - j->due);
		j->running = true;
		j->started = now;
		j->runs++;
		s->running++;
		if (s->runs_each)
			j->due = NEVER; /* until it has ended */
		else
			put(s, j, after(j, now));
		due[n++] = j;
	}
	return n;
}

/* As the master's rise and fall will see it. */
static void
follow(struct sched_job *j, enum status status)
{
	bool up = status != STATUS_FAIL;

	if (status == STATUS_UNKNOWN)
		return;
	if (!j->viewed || up == j->up)
		j->against = 0;
	else
		j->against++;
	if (!j->viewed || j->against >= (up ? j->rise : j->fall)) {
		j->viewed = true;
		j->up = up;
		j->against = 0;
	}
}

static bool
repeat(struct sched *s, struct sched_job *j, int64_t now)
{
	int64_t due = j->started + j->interval_ms;

	if (j->runs >= s->runs_each || !j->ntasks)
		return false;
	put(s, j, due > now ? due : now);
	return true;
}

bool
sched_result(struct sched *s, struct sched_job *j, enum status status, int64_t now)
{
	int64_t width = j->fast_ms * JITTER_PERCENT / 100, due;

	follow(j, status);
	if (s->runs_each)
		return repeat(s, j, now);
	if (!j->against || !j->fast_ms || j->due == NEVER)
		return false;
	due = j->started + j->fast_ms + chance(j, j->runs, width);
	if (due < now)
		due = now;
	if (due >= j->due)
		return false;
	put(s, j, due);
	return true;
}

void
sched_done(struct sched *s, struct sched_job *j)
{
	j->running = false;
	s->running--;
	if (j->ntasks == 0)
		job_drop(s, j);
}

int64_t
sched_next(struct sched *s)
{
	const struct sched_job *j = first(s);

	return j ? j->due : INT64_MAX;
}

int64_t
sched_shortest(const struct sched *s)
{
	return s->shortest_ms;
}

size_t
sched_jobs(const struct sched *s)
{
	return s->njobs;
}

size_t
sched_running(const struct sched *s)
{
	return s->running;
}

uint64_t
sched_overruns(const struct sched *s)
{
	return s->overruns;
}

void
sched_each(struct sched *s, void (*each)(void *arg, struct sched_job *j), void *arg)
{
	for (struct sched_job *j = s->jobs; j; j = j->next)
		if (j->ntasks)
			each(arg, j);
}
