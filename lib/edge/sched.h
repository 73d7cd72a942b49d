#ifndef FODNS_SCHED_H
#define FODNS_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/task.h"

/*
 * When to make which probe.  No clock and no loop in here: every time is an
 * argument, in milliseconds on one axis that only goes forward.
 *
 * A job is one probe; tasks that ask for the same (type, address, port,
 * parameters, timeout) share it, and the shortest of their intervals counts.
 * Intervals are from start to start.  The first runs are spread over max(1 s,
 * n / 5000 s); from the second on a job runs at its own phase of the interval,
 * each time up to 5 % of it early or late, so that a period is within 10 % of
 * the interval and nothing drifts.  A job never runs twice at once.
 *
 * While the view of a job is between two states, the next run comes the fast
 * interval after the start of the last one, and not before its end; then the
 * job is back at its phase.
 */
struct sched;

struct sched_job {
	const struct task **tasks; /* who asked; the first one's parameters are those of all */
	/* The scheduler's; what a start looks at is together, in a line of the cache. */
	const struct task *one;
	uint64_t hash;
	int64_t due, interval_ms, started;

	uint64_t runs;             /* started so far */
	uint32_t ntasks;           /* 0: nobody any more */
	bool running;
	bool concluded;            /* the caller's: was there a run, */
	enum status last;          /* and what of the last one */
	void *user;                /* the caller's, while it runs */
	int64_t began;             /* the same */
	char *text;                /* the caller's, of its one task; freed here, when tasks are set anew */
	size_t text_len;           /* 0 without one */
	/* What sched_result knows: the view, and how many results in a row speak against it. */
	bool viewed, up;
	int against;
	/* The scheduler's. */
	struct sched_job *prev, *next;
	int64_t old_interval_ms;
	int64_t fast_ms; /* 0: none; rise, fall: the most that one of them asks for */
	int rise, fall;
	size_t cap;
	uint32_t which, key_len;
	unsigned char key[];
};

struct sched_options {
	const char *agent_id; /* part of the phase; kept by the caller */
	/* 0: they go on.  Else each job runs so many times, first at once and then an interval after
	 * the start of the last one, or at its end. */
	uint64_t runs;
	int64_t most_interval_ms; /* longer ones are cut to it; 0: none are */
	uint64_t seed[2];     /* random: keys come from outside */
};

struct sched *sched_new(const struct sched_options *o);
void sched_free(struct sched *s);

/*
 * The tasks from now on.  A job that was there before goes on undisturbed.
 * The tasks (not the list) are the caller's and live until the next sched_set or sched_free.
 */
void sched_set(struct sched *s, const struct task *const *tasks, size_t n, int64_t now);

/* Those to start now, marked as running; how many there are, at most `most`.  As many as a row has
 * are asked of memory together. */
enum { SCHED_ROW = 8 };
size_t sched_due(struct sched *s, int64_t now, struct sched_job **due, size_t most);

/* What the run of a job that is still running came to; true: it is due earlier now. */
bool sched_result(struct sched *s, struct sched_job *j, enum status status, int64_t now);

/* frees it if nobody asks for it any more */
void sched_done(struct sched *s, struct sched_job *j);

/* when the next one is due; INT64_MAX: never */
int64_t sched_next(struct sched *s);

/* the shortest interval of all jobs, fast ones too; 0 without jobs */
int64_t sched_shortest(const struct sched *s);

size_t sched_jobs(const struct sched *s);
size_t sched_running(const struct sched *s);

/* runs left out because the one before was not over */
uint64_t sched_overruns(const struct sched *s);

/* How late sched_due was called for what it gave, so far; over a second is as much. */
struct sched_late {
	int64_t p50_ms, p99_ms, most_ms;
};
struct sched_late sched_late(const struct sched *s);

/* Calls each(arg, job) for every job that somebody asks for. */
void sched_each(struct sched *s, void (*each)(void *arg, struct sched_job *j), void *arg);

#endif
