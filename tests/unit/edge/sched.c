#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "edge/sched.h"

static const struct sched_options follow = {.agent_id = "a1"};
static const struct sched_options once = {.agent_id = "a1", .runs = 1};

static struct task
make_task(const char *domain, const char *ip, int port, int64_t interval)
{
	static struct probe tcp;
	struct task t = {.probe = &tcp, .check_name = domain, .domain = domain, .port = port, .timeout_ms = 5000, .interval_ms = interval};

	probe_default(&tcp, PROBE_TCP);
	assert_true(addr_parse(ip, &t.target));
	return t;
}

static void
set(struct sched *s, struct task *t, size_t n, int64_t now)
{
	const struct task **list = mem_alloc((n + 1) * sizeof(*list));

	for (size_t i = 0; i < n; i++)
		list[i] = &t[i];
	sched_set(s, list, n, now);
	free(list);
}

/* The first that is due; NULL: none. */
static struct sched_job *
next_due(struct sched *s, int64_t now)
{
	struct sched_job *j;

	return sched_due(s, now, &j, 1) ? j : NULL;
}

/* Runs everything due up to `until`, each probe taking no time; returns the starts. */
static size_t
run(struct sched *s, int64_t until, int64_t *starts, size_t cap)
{
	size_t n = 0;
	int64_t t;

	while ((t = sched_next(s)) <= until) {
		struct sched_job *j = next_due(s, t);

		assert_non_null(j);
		if (n < cap)
			starts[n] = t;
		n++;
		sched_done(s, j);
	}
	return n;
}

static void
periods(void **state)
{
	struct task t = make_task("a", "127.0.0.1", 80, 10000);
	struct sched *s = sched_new(&follow);
	int64_t at[101];

	(void)state;
	set(s, &t, 1, 1000);
	assert_int_equal(sched_next(s), 1000); /* a check without a result runs at once */
	assert_in_range(run(s, 1001000, at, 101), 99, 101);
	assert_in_range(at[1] - at[0], 1000, 11500);
	for (size_t i = 2; i < 99; i++)
		assert_in_range(at[i] - at[i - 1], 9000, 11000);
	/* The phase holds: no drift over a hundred runs. */
	assert_in_range(at[98] - at[1], 97 * 10000 - 1000, 97 * 10000 + 1000);
	sched_free(s);
}

static void
spread(void **state)
{
	enum { N = 10000 };
	struct task *t = mem_alloc(N * sizeof(*t));
	struct sched *s = sched_new(&follow);
	int64_t at[N];
	size_t first = 0;

	(void)state;
	for (int i = 0; i < N; i++)
		t[i] = make_task("a", "127.0.0.1", i + 1, 3600000);
	set(s, t, N, 0);
	assert_int_equal(run(s, 2000, at, N), N); /* 5000 a second */
	for (; first < N && at[first] < 1000; first++)
		;
	assert_int_equal(first, N / 2);
	sched_free(s);
	free(t);
}

static void
one_shot(void **state)
{
	struct task t[3] = {make_task("a", "127.0.0.1", 80, 10), make_task("b", "127.0.0.1", 81, 10),
	    make_task("c", "127.0.0.1", 80, 10)};
	struct sched *s = sched_new(&once);
	struct sched_job *j;

	(void)state;
	set(s, t, 3, 77);
	assert_int_equal(sched_jobs(s), 2); /* a and c are the same probe */
	j = next_due(s, 77);
	assert_int_equal(j->ntasks, 2);
	assert_string_equal(j->tasks[0]->domain, "a");
	assert_string_equal(j->tasks[1]->domain, "c");
	sched_done(s, j);
	sched_done(s, next_due(s, 77));
	assert_null(next_due(s, INT64_MAX));
	assert_true(sched_next(s) == INT64_MAX);
	sched_free(s);
}

/* So many runs of each, an interval apart, or as soon as the one before has ended; no more of one that
 * nobody wants any more. */
static void
repeated(void **state)
{
	static const struct sched_options three = {.agent_id = "a1", .runs = 3};
	struct task t[2] = {make_task("a", "127.0.0.1", 80, 100), make_task("b", "127.0.0.1", 81, 100)};
	struct sched *s = sched_new(&three);
	struct sched_job *a, *b;

	(void)state;
	set(s, t, 2, 1000);
	a = next_due(s, 1000);
	b = next_due(s, 1000);
	assert_null(next_due(s, 1000000)); /* each waits for its end */
	assert_true(sched_result(s, a, STATUS_FAIL, 1010));
	sched_done(s, a);
	assert_int_equal(sched_next(s), 1100);
	assert_true(sched_result(s, b, STATUS_OK, 1250));
	sched_done(s, b);
	a = next_due(s, 1100);
	sched_result(s, a, STATUS_OK, 1101);
	sched_done(s, a);
	assert_int_equal(sched_next(s), 1200);
	a = next_due(s, 1200);
	assert_false(sched_result(s, a, STATUS_OK, 1201)); /* that was its third */
	sched_done(s, a);
	assert_int_equal(sched_next(s), 1250);
	b = next_due(s, 1250);
	set(s, t, 1, 1260);
	assert_false(sched_result(s, b, STATUS_OK, 1270));
	sched_done(s, b);
	assert_true(sched_next(s) == INT64_MAX);
	assert_int_equal(sched_overruns(s), 0);
	sched_free(s);
}

/* What makes probes differ, one thing a row. */
static void
identity(void **state)
{
	struct task base = make_task("a", "127.0.0.1", 80, 1000), t[2];
	struct probe http, other;
	struct sched *s;

	(void)state;
	probe_default(&http, PROBE_HTTP);
	for (int row = 0; row < 9; row++) {
		bool same = row < 2;

		other = http;
		t[0] = t[1] = base;
		t[0].probe = &http;
		t[1].probe = &other;
		switch (row) {
		case 0: t[1].interval_ms = 500; break;
		case 1: t[1].server = "m2"; break;
		case 2: t[1].domain = "b"; break; /* another Host header */
		case 3: t[1].timeout_ms = 1; break;
		case 4: other.type = PROBE_HTTPS; break;
		case 5: other.path = "/x"; break;
		case 6: other.codes.list[0].to = 200; break;
		case 7: t[1].port = 81; break;
		case 8: t[1].target.b[3] = 2; break;
		}
		s = sched_new(&once);
		set(s, t, 2, 0);
		if (sched_jobs(s) != (same ? 1U : 2U))
			fail_msg("row %d", row);
		sched_free(s);
	}
}

static void
never_twice(void **state)
{
	struct task t = make_task("a", "127.0.0.1", 80, 1000);
	struct sched *s = sched_new(&follow);
	struct sched_job *j;

	(void)state;
	set(s, &t, 1, 0);
	j = next_due(s, 0);
	assert_null(next_due(s, 5000)); /* it still runs: left out and counted */
	assert_int_equal(sched_overruns(s), 1);
	assert_in_range(sched_next(s), 5001, 6200);
	sched_done(s, j);
	assert_ptr_equal(next_due(s, sched_next(s)), j);
	assert_null(next_due(s, 100000)); /* however late: one run, no burst */
	sched_done(s, j);
	assert_int_equal(sched_running(s), 0);
	sched_free(s);
}

static void
changes(void **state)
{
	struct task t[2] = {make_task("a", "127.0.0.1", 80, 10000), make_task("b", "127.0.0.1", 81, 10000)};
	struct sched *s = sched_new(&follow);
	struct sched_job *a, *b;
	int64_t due;

	(void)state;
	set(s, t, 1, 0);
	a = next_due(s, 0);
	sched_done(s, a);
	due = sched_next(s);
	set(s, t, 2, 500); /* another one comes: the first is not restarted */
	assert_int_equal(sched_next(s), 500);
	b = next_due(s, 500);
	assert_ptr_not_equal(a, b);
	assert_string_equal(b->tasks[0]->domain, "b");
	assert_int_equal(a->due, due);
	set(s, t, 1, 600); /* b is taken away while it runs */
	assert_int_equal(b->ntasks, 0);
	set(s, t, 2, 700); /* and comes back before it ended: still one run */
	assert_int_equal(b->ntasks, 1);
	assert_null(next_due(s, 700));
	set(s, t, 1, 800);
	sched_done(s, b);
	assert_int_equal(sched_jobs(s), 1);
	t[0].interval_ms = 1000; /* a shorter interval counts at once */
	set(s, t, 1, 900);
	assert_true(sched_next(s) <= 900 + 1200);
	sched_free(s);
}

static void
lateness(void **state)
{
	struct task t = make_task("a", "127.0.0.1", 80, 10000);
	struct sched *s = sched_new(&follow);
	struct sched_late late = sched_late(s);

	(void)state;
	assert_int_equal(late.p99_ms + late.most_ms, 0);
	set(s, &t, 1, 0);
	for (int i = 0; i < 200; i++)
		sched_done(s, next_due(s, sched_next(s) + (i < 150 ? 3 : i < 199 ? 40 : 2500)));
	late = sched_late(s);
	assert_int_equal(late.p50_ms, 3);
	assert_int_equal(late.p99_ms, 40);
	assert_int_equal(late.most_ms, 2500);
	sched_free(s);
}

static void
earliest(void *arg, struct sched_job *j)
{
	int64_t *least = arg;

	if (j->due < *least)
		*least = j->due;
}

/* The heap against the plain rule, with jobs coming and going. */
static void
order(void **state)
{
	enum { N = 300 };
	struct task t[N];
	struct sched *s = sched_new(&follow);
	int64_t last = 0;

	(void)state;
	for (int i = 0; i < N; i++)
		t[i] = make_task("a", "127.0.0.1", i + 1, 100 + 37 * (i % 23));
	for (int step = 0; step < 3000; step++) {
		struct sched_job *j;
		int64_t next, least = INT64_MAX;

		if (step % 50 == 0)
			set(s, t + step / 50, N - 2 * (size_t)(step / 50), last);
		next = sched_next(s);
		sched_each(s, earliest, &least);
		assert_int_equal(next, least);
		assert_true(next >= last);
		last = next;
		j = next_due(s, last);
		assert_non_null(j);
		sched_done(s, j);
	}
	sched_free(s);
}

/* ---- the fast interval */

enum { SLOW = 10000, FAST = 2000, TOOK = 100 };

static struct task
fast_task(int rise, int fall)
{
	struct task t = make_task("a", "127.0.0.1", 80, SLOW);

	t.fast_interval_ms = FAST;
	t.rise = rise;
	t.fall = fall;
	return t;
}

/* One run that ends with the result of that letter after `took`; when it was started. */
static int64_t
one_run(struct sched *s, char result, int64_t took)
{
	int64_t at = sched_next(s);
	struct sched_job *j = next_due(s, at);
	enum status status = result == 'o' ? STATUS_OK : result == 'w' ? STATUS_WARN
	    : result == 'f' ? STATUS_FAIL : STATUS_UNKNOWN;

	assert_non_null(j);
	sched_result(s, j, status, at + took);
	sched_done(s, j);
	return at;
}

/*
 * Results and, for each, whether the run behind it comes fast (+) or as ever (-).
 * The first row is the long example of rise 2 and fall 3.
 */
static void
between_states(void **state)
{
	static const struct {
		int rise, fall;
		const char *results, *next;
	} rows[] = {
	    {2, 3, "offofffofoo", "-++-++-+-+-"},
	    {2, 3, "ffoof", "--+-+"},
	    {2, 3, "ofufuf", "-++++-"}, /* unknown neither ends it nor begins it */
	    {2, 3, "uuof", "---+"},
	    {2, 3, "owfwo", "--+--"},   /* warn is ok */
	    {1, 1, "ofofo", "-----"},
	    {1, 3, "offfo", "-++--"},
	    {3, 1, "ofoofooo", "--++-++-"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct task t = fast_task(rows[i].rise, rows[i].fall);
		struct sched *s = sched_new(&follow);
		int64_t at;

		set(s, &t, 1, 0);
		one_run(s, 'u', TOOK); /* the run behind the first is anywhere in the interval */
		for (const char *r = rows[i].results, *n = rows[i].next; *r; r++, n++) {
			int64_t gap;

			at = one_run(s, *r, TOOK);
			gap = sched_next(s) - at;
			/* Back from fast to its own place, which may be near or far. */
			if (*n == '+' ? gap < FAST * 95 / 100 || gap > FAST * 105 / 100
			              : gap < SLOW / 10 || gap > SLOW * 12 / 10)
				fail_msg("row %zu, result %td: %lld", i, r - rows[i].results,
				         (long long)gap);
		}
		sched_free(s);
	}
}

/* After a time of fast runs the job is in the same place of its interval as before. */
static void
back_in_place(void **state)
{
	struct task t = fast_task(2, 3);
	struct sched *s = sched_new(&follow);
	int64_t before, after;

	(void)state;
	set(s, &t, 1, 0);
	one_run(s, 'o', TOOK);
	before = one_run(s, 'o', TOOK) % SLOW;
	for (const char *r = "ffffffoo"; *r; r++)
		one_run(s, *r, TOOK);
	after = one_run(s, 'o', TOOK) % SLOW;
	assert_in_range((after - before + SLOW + SLOW / 10) % SLOW, 0, SLOW / 5);
	sched_free(s);
}

/* A probe that takes all its time: the next one begins when it is over. */
static void
never_before_the_end(void **state)
{
	struct task t = fast_task(2, 3);
	struct sched *s = sched_new(&follow);
	int64_t at;

	(void)state;
	set(s, &t, 1, 0);
	one_run(s, 'o', TOOK);
	at = one_run(s, 'f', 5000);
	assert_true(sched_next(s) <= at + 5000);
	assert_int_equal(sched_overruns(s), 0);
	sched_free(s);
}

/* What does not go fast: one run, a job that nobody wants, an interval that is shorter. */
static void
not_fast(void **state)
{
	static const struct sched_options hurry = {.agent_id = "a1", .most_interval_ms = 500};
	struct task t = fast_task(2, 3);
	struct sched *s = sched_new(&once);
	struct sched_job *j;
	int64_t at;

	(void)state;
	set(s, &t, 1, 0);
	one_run(s, 'o', TOOK);
	assert_true(sched_next(s) == INT64_MAX);
	sched_free(s);

	s = sched_new(&follow);
	set(s, &t, 1, 0);
	one_run(s, 'o', TOOK);
	at = sched_next(s);
	j = next_due(s, at);
	set(s, &t, 0, at);
	assert_false(sched_result(s, j, STATUS_FAIL, at));
	sched_done(s, j);
	assert_int_equal(sched_jobs(s), 0);
	sched_free(s);

	s = sched_new(&hurry);
	set(s, &t, 1, 0);
	one_run(s, 'o', 1);
	at = one_run(s, 'f', 1);
	assert_true(sched_next(s) <= at + 600);
	sched_free(s);
}

/* Tasks that share a probe: the shortest fast interval, the highest thresholds; then as the rest. */
static void
shared_fast(void **state)
{
	struct task t[3] = {fast_task(1, 1), fast_task(1, 4), make_task("c", "127.0.0.1", 80, SLOW)};
	struct sched *s = sched_new(&follow);
	int64_t at;

	(void)state;
	t[0].fast_interval_ms = 1000;
	assert_int_equal(sched_shortest(s), 0);
	set(s, t, 3, 0);
	assert_int_equal(sched_jobs(s), 1);
	assert_int_equal(sched_shortest(s), 1000);
	one_run(s, 'o', TOOK);
	for (int i = 0; i < 3; i++) {
		at = one_run(s, 'f', TOOK);
		assert_in_range(sched_next(s) - at, 950, 1050);
	}
	set(s, t + 2, 1, at + TOOK); /* who wanted it has gone */
	assert_int_equal(sched_shortest(s), SLOW);
	at = one_run(s, 'o', TOOK);
	at = one_run(s, 'f', TOOK);
	assert_true(sched_next(s) - at >= SLOW / 10);
	assert_int_not_equal(sched_next(s) - at, 1000);
	sched_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(periods), cmocka_unit_test(spread),
	    cmocka_unit_test(one_shot), cmocka_unit_test(repeated), cmocka_unit_test(identity), cmocka_unit_test(never_twice),
	    cmocka_unit_test(changes), cmocka_unit_test(order), cmocka_unit_test(between_states),
	    cmocka_unit_test(back_in_place), cmocka_unit_test(never_before_the_end),
	    cmocka_unit_test(not_fast), cmocka_unit_test(shared_fast), cmocka_unit_test(lateness)};

	return cmocka_run_group_tests_name("sched", tests, NULL, NULL);
}
