#include "decide-upkeep.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "edge/clock.h"
#include "edge/snapfile.h"
#include "snapshot.h"

/*
 * A start reads the last snapshot and what came after it: half a record a check, or
 * these, are read as quickly as the snapshot is.  A child may take a twentieth of the
 * time.
 */
enum {
	LEAST_RECORDS = 8192,
	CHECKS_PER_RECORD = 2,
	SHARE = 20,
	LEAST_MS = 5 * 1000,
	MOST_MS = 3600 * 1000,
	AGAIN_MS = 60 * 1000, /* after a failure */
	FLOOR_MS = 2 * 3600 * 1000
};

static const int64_t DAY_MS = INT64_C(86400) * 1000;
enum { REPORT_DAYS = 7, DECISION_DAYS = 400 };
static const uint64_t DECISION_BYTES = UINT64_C(1) << 30;

struct upkeep {
	struct loop *loop;
	struct loop_child child;
	int pid;       /* 0: none works */
	bool failing;  /* said so already */
	bool soon;
	int64_t began, took; /* of the last child, CLOCK_MONOTONIC */
	uint64_t records;    /* read when it began */
	uint64_t written;
	int64_t stalled_us;
};

struct upkeep *
upkeep_new(struct loop *l)
{
	struct upkeep *u = mem_alloc(sizeof(*u));

	u->loop = l;
	u->soon = true;
	return u;
}

void
upkeep_free(struct upkeep *u)
{
	if (!u)
		return;
	if (u->pid) {
		loop_child_stop(&u->child);
		kill(u->pid, SIGKILL);
		waitpid(u->pid, NULL, 0);
	}
	free(u);
}

/* ---- in the child */

/* What cannot be read and has two newer ones is of no use. */
static void
delete_damaged(const struct statedir *dir, const struct snapshot *good, size_t n)
{
	uint64_t *list;
	size_t all;
	struct fault f;

	if (n < 2 || snapfile_list(dir, &list, &all, &f) < 0)
		return;
	for (size_t i = 0; i < all && list[i] < good[1].number; i++) {
		while (n > 0 && good[n - 1].number < list[i])
			n--;
		if (n == 0 || good[n - 1].number != list[i])
			snapfile_delete(dir, list[i], &f);
	}
	free(list);
}

/* Of each hour the first one stays; of those before the reports begin, the last. */
static void
thin(const struct statedir *dir)
{
	int64_t old = clock_axis() - REPORT_DAYS * DAY_MS, hour = 0;
	struct snapshot *all = NULL, s = {.number = UINT64_MAX};
	size_t n = 0, cap = 0;
	struct fault f;

	while (snapshot_find(dir, INT64_MAX, s.number, &s)) {
		all = mem_array(all, &cap, n + 1, sizeof(*all));
		all[n++] = s;
	}
	/* The oldest first; the newest two stay whatever they are. */
	for (size_t i = n; i-- > 2;) {
		struct places p = {0};
		bool keep = all[i].at / MOST_MS != hour;

		if (all[i - 1].at < old)
			keep = false;
		if (keep && snapshot_places(dir, &all[i], &p))
			keep = sweep_whole_behind(dir, &p) == INT64_MIN;
		places_free(&p);
		if (keep)
			hour = all[i].at / MOST_MS;
		else if (snapfile_delete(dir, all[i].number, &f) < 0)
			log_error("an old snapshot is not deleted: %s", f.text);
	}
	delete_damaged(dir, all, n);
	free(all);
}

/* What a start from the last but one would read; not for ever, should none be written. */
static void
find_floor(const struct statedir *dir, struct places *p)
{
	struct snapshot s = {.number = UINT64_MAX};
	int64_t now = clock_axis();

	for (int i = 0; i < 2 && snapshot_find(dir, INT64_MAX, s.number, &s); i++) {
		struct places these = {0};

		if (now - s.at > FLOOR_MS || !snapshot_places(dir, &s, &these))
			continue;
		places_free(p);
		*p = these;
	}
}

static int
retain(const struct statedir *dir, const struct config *c)
{
	struct places floor = {0};
	int64_t now = clock_wall();
	struct fault f;
	int r;

	find_floor(dir, &floor);
	r = sweep_retain(dir, "reports", now - REPORT_DAYS * DAY_MS, c->retention_bytes, &floor, &f);
	if (r == 0)
		r = sweep_retain(dir, "decisions", now - DECISION_DAYS * DAY_MS, DECISION_BYTES, NULL,
		                 &f);
	places_free(&floor);
	if (r < 0)
		log_error("old records are not deleted: %s", f.text);
	return r;
}

/*
 * The signals of the loop are its parent's, and so is the recorder's lock: with its
 * parent it ends, too.
 */
static void
become_child(int parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpriority(PRIO_PROCESS, 0, 19);
}

_Noreturn static void
work(const struct upkeep *u, struct follower *f, const struct config *c, int parent)
{
	const struct statedir *dir = follower_dir(f);
	struct fault fault;
	int r;

	become_child(parent);
	r = snapshot_write(dir, follower_engine(f), follower_journals(f), c->hash, &fault);
	if (r < 0 && !u->failing)
		log_error("no snapshot is written, a start would read more: %s", fault.text);
	/* What is damaged was said when it was to be used. */
	log_level(u->failing ? LOG_ERROR - 1 : LOG_ERROR);
	if (r == 0)
		thin(dir);
	/* When the disk is full it is this that helps. */
	r |= retain(dir, c);
	_exit(r < 0);
}

/* ---- in the recorder */

static void
on_end(struct loop_child *w, int status)
{
	struct upkeep *u = w->arg;
	bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	u->pid = 0;
	u->took = clock_mono() - u->began;
	u->written += well;
	if (!well && !u->failing && WIFSIGNALED(status))
		log_warn("the writing of a snapshot was ended by signal %d; it is tried again",
		         WTERMSIG(status));
	if (well && u->failing)
		log_note("snapshots are written again");
	u->failing = !well;
}

static void
start(struct upkeep *u, struct follower *f, const struct config *c)
{
	double before = clock_mono_us();
	int parent = getpid(), pid;

	u->soon = false;
	u->began = clock_mono();
	u->records = follower_lines(f);
	pid = fork();
	if (pid == 0)
		work(u, f, c, parent);
	if (clock_mono_us() - before > (double)u->stalled_us)
		u->stalled_us = (int64_t)(clock_mono_us() - before);
	if (pid < 0 || loop_child_start(u->loop, &u->child, pid, on_end, u) < 0) {
		if (!u->failing)
			log_error("no snapshot is written: fork: %s", strerror(errno));
		u->failing = true;
		return;
	}
	u->pid = pid;
}

static uint64_t
enough_records(const struct config *c)
{
	uint64_t checks = 0;

	for (size_t i = 0; i < c->ndomains; i++)
		checks += c->domains[i].ntargets;
	checks /= CHECKS_PER_RECORD;
	return checks > LEAST_RECORDS ? checks : LEAST_RECORDS;
}

static bool
due(const struct upkeep *u, const struct follower *f, const struct config *c)
{
	int64_t since = clock_mono() - u->began;

	if (u->soon || since >= MOST_MS)
		return true;
	if (u->failing)
		return since >= AGAIN_MS;
	return since >= LEAST_MS && since >= SHARE * u->took &&
	       follower_lines(f) - u->records >= enough_records(c);
}

void
upkeep_tick(struct upkeep *u, struct follower *f, const struct config *c)
{
	if (!u->pid && follower_journals(f) && due(u, f, c))
		start(u, f, c);
}

void
upkeep_soon(struct upkeep *u)
{
	u->soon = true;
}

uint64_t
upkeep_snapshots(const struct upkeep *u)
{
	return u->written;
}

int64_t
upkeep_stalled_us(const struct upkeep *u)
{
	return u->stalled_us;
}
