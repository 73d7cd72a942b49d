#include "edge/sched.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "edge/probe.h"

enum { STARTS_PER_SECOND = 5000, SPREAD_MS = 1000, JITTER_PERCENT = 5, MIN_GAP_PERCENT = 10 };

/* due beside the pointer: what is compared is in one place. */
struct sched_slot {
	int64_t due;
	struct sched_job *job;
};

struct sched {
	struct map by_key;
	struct sched_job *jobs;
	size_t njobs, running;
	struct sched_slot *heap; /* by due, the earliest first */
	size_t nheap, heap_cap;
	uint64_t phase_key[2];
	uint64_t overruns, serial;
	bool once;
	int64_t most_interval_ms;
};

struct sched *
sched_new(const struct sched_options *o)
{
	static const uint64_t fixed[2] = {0x73636865645f, 0x7068617365};
	struct sched *s = mem_alloc(sizeof(*s));

	map_init(&s->by_key);
	map_seed(&s->by_key, o->seed[0], o->seed[1]);
	s->once = o->once;
	s->most_interval_ms = o->most_interval_ms;
	/* The same agent has the same phases after a restart, two agents have different ones. */
	s->phase_key[0] = siphash13(fixed, o->agent_id, strlen(o->agent_id));
	s->phase_key[1] = fixed[1];
	return s;
}

void
sched_free(struct sched *s)
{
	struct sched_job *j;

	if (!s)
		return;
	while ((j = s->jobs)) {
		s->jobs = j->next;
		free(j->tasks);
		free(j);
	}
	map_free(&s->by_key);
	free(s->heap);
	free(s);
}

/* ---- the heap */

enum { CHILDREN = 4 }; /* of a slot: a line of the cache */

/* Of those due at one instant the one that was asked for first. */
static bool
before(struct sched_slot a, struct sched_slot b)
{
	return a.due != b.due ? a.due < b.due : a.job->serial < b.job->serial;
}

static void
heap_put(struct sched *s, size_t i, struct sched_slot e)
{
	s->heap[i] = e;
	e.job->heap = i + 1;
}

static void
heap_up(struct sched *s, size_t i)
{
	struct sched_slot e = s->heap[i];

	for (; i && before(e, s->heap[(i - 1) / CHILDREN]); i = (i - 1) / CHILDREN)
		heap_put(s, i, s->heap[(i - 1) / CHILDREN]);
	heap_put(s, i, e);
}

static void
heap_down(struct sched *s, size_t i)
{
	struct sched_slot e = s->heap[i];

	for (size_t c; (c = CHILDREN * i + 1) < s->nheap; i = c) {
		size_t end = c + CHILDREN < s->nheap ? c + CHILDREN : s->nheap;

		for (size_t k = c + 1; k < end; k++)
			if (before(s->heap[k], s->heap[c]))
				c = k;
		if (!before(s->heap[c], e))
			break;
		heap_put(s, i, s->heap[c]);
	}
	heap_put(s, i, e);
}

static void
heap_remove(struct sched *s, struct sched_job *j)
{
	size_t i = j->heap - 1;
	struct sched_slot last;

	if (!j->heap)
		return;
	j->heap = 0;
	last = s->heap[--s->nheap];
	if (last.job == j)
		return;
	heap_put(s, i, last);
	heap_up(s, i);
	heap_down(s, last.job->heap - 1);
}

static void
heap_set(struct sched *s, struct sched_job *j, int64_t due)
{
	j->due = due;
	if (!j->heap) {
		s->heap = mem_array(s->heap, &s->heap_cap, s->nheap + 1, sizeof(*s->heap));
		j->heap = ++s->nheap;
	}
	heap_put(s, j->heap - 1, (struct sched_slot){due, j});
	heap_up(s, j->heap - 1);
	heap_down(s, j->heap - 1);
}

/* ---- when */

/* The k-th instant of the job's grid, moved by its own bit of chance. */
static int64_t
instant(const struct sched *s, const struct sched_job *j, int64_t k)
{
	int64_t phase = (int64_t)(j->hash % (uint64_t)j->interval_ms);
	int64_t width = j->interval_ms * JITTER_PERCENT / 100;
	uint64_t dice[2] = {j->hash, (uint64_t)k};
	uint64_t chance = siphash13(s->phase_key, dice, sizeof(dice)) % (uint64_t)(2 * width + 1);

	return k * j->interval_ms + phase + (int64_t)chance - width;
}

/* The first instant of the grid after a run at `start`; one that falls into the run's own shadow
 * does not count. */
static int64_t
after(const struct sched *s, const struct sched_job *j, int64_t start)
{
	int64_t least = start + j->interval_ms * MIN_GAP_PERCENT / 100;
	int64_t k = start / j->interval_ms - 2;

	while (instant(s, j, k) <= least)
		k++;
	return instant(s, j, k);
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

	memcpy(j->key, key->data, key->len);
	j->key_len = key->len;
	j->hash = siphash13(s->phase_key, j->key, j->key_len) >> 1;
	j->last = STATUS_UNKNOWN;
	j->rise = j->fall = 1;
	j->serial = s->serial++;
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
	heap_remove(s, j);
	map_del(&s->by_key, j->key, j->key_len);
	if (j->prev)
		j->prev->next = j->next;
	else
		s->jobs = j->next;
	if (j->next)
		j->next->prev = j->prev;
	s->njobs--;
	free(j->tasks);
	free(j);
}

static void
forget_tasks(struct sched *s)
{
	for (struct sched_job *j = s->jobs; j; j = j->next) {
		j->old_interval_ms = j->interval_ms;
		j->fast_ms = 0;
		j->rise = j->fall = 1;
		j->ntasks = 0;
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
	j->tasks = mem_array(j->tasks, &j->cap, j->ntasks + 1, sizeof(*j->tasks));
	j->tasks[j->ntasks++] = t;
}

/* A job that was there keeps its instant, but for one whose interval changed or that nobody wanted
 * meanwhile. */
static void
place_known(struct sched *s, struct sched_job *j, int64_t now)
{
	if (s->once || (j->heap && j->interval_ms == j->old_interval_ms))
		return;
	if (j->runs)
		heap_set(s, j, after(s, j, now));
}

/* In the order of the tasks, evenly over the spread. */
static void
place_new(struct sched *s, struct sched_job *j, size_t i, size_t n, int64_t now)
{
	int64_t spread = (int64_t)n * 1000 / STARTS_PER_SECOND;

	if (spread < SPREAD_MS)
		spread = SPREAD_MS;
	heap_set(s, j, s->once ? now : now + (int64_t)i * spread / (int64_t)n);
}

static size_t
count_new(const struct sched *s)
{
	size_t n = 0;

	for (const struct sched_job *j = s->jobs; j; j = j->next)
		n += j->runs == 0 && !j->heap;
	return n;
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
			heap_remove(s, j); /* sched_done ends it */
		else if (j->ntasks == 0)
			job_drop(s, j);
		else if (j->runs == 0 && !j->heap)
			place_new(s, j, --left, fresh, now); /* the list has the last one first */
		else
			place_known(s, j, now);
	}
}

/* ---- running */

struct sched_job *
sched_due(struct sched *s, int64_t now)
{
	while (s->nheap && s->heap[0].due <= now) {
		struct sched_job *j = s->heap[0].job;

		if (j->running) {
			s->overruns++;
			heap_set(s, j, after(s, j, now));
			continue;
		}
		j->running = true;
		j->started = now;
		j->runs++;
		s->running++;
		if (s->once)
			heap_remove(s, j);
		else
			heap_set(s, j, after(s, j, now));
		return j;
	}
	return NULL;
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

bool
sched_result(struct sched *s, struct sched_job *j, enum status status, int64_t now)
{
	int64_t width = j->fast_ms * JITTER_PERCENT / 100, due;
	uint64_t dice[2] = {j->hash, j->runs};

	follow(j, status);
	if (!j->against || !j->fast_ms || !j->heap)
		return false;
	due = j->started + j->fast_ms - width +
	      (int64_t)(siphash13(s->phase_key, dice, sizeof(dice)) % (uint64_t)(2 * width + 1));
	if (due < now)
		due = now;
	if (due >= j->due)
		return false;
	heap_set(s, j, due);
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
sched_next(const struct sched *s)
{
	return s->nheap ? s->heap[0].due : INT64_MAX;
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
