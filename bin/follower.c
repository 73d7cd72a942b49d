#include "follower.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accepted.h"
#include "base/log.h"
#include "base/mem.h"
#include "edge/clock.h"
#include "snapshot.h"

enum {
	FULL_MS = 50,     /* all journals, whatever inotify says */
	RELAXED_MS = 100, /* the same, for who asks before it answers */
	CHECK_MS = 1000,  /* is the directory still the one that is open? */
	BUDGET_MS = 20,   /* of reading at the start, before the loop gets a turn */
	STOPPED_MS = 200, /* no full sweep for so long: the process was stopped */
	LOUD_LINES = 10,  /* bad lines named in the log per second */
	WINDOW_MS = 4,    /* in which so many wakes and lines are a crowd, */
	CROWD = 32,       /* for which one waits this long, so that it comes at once */
	NAP_US = 500
};

struct follower {
	struct loop *loop;
	struct statedir dir;
	const struct config *config;
	struct engine
	    *engine;         /* made with the first record, so that it starts in that one's time */
	struct sweep *sweep; /* NULL: the state cannot be read */
	struct follower_calls calls;
	struct loop_io bell;
	struct loop_timer full, check, start, late;
	bool events, ready, degraded, relaxed;
	bool begun; /* the first reading has: where from is settled */
	bool gone;     /* the path leads nowhere: what the open directory still says is not news */
	int64_t past;  /* the snapshot's time, wall clock */
	int64_t swept; /* when the last full sweep began */
	uint64_t lines, bad, unfit;
	unsigned loud;
	int64_t window; /* CLOCK_MONOTONIC ms when the counting of a crowd began */
	uint64_t window_lines;
	unsigned window_bells;
	bool crowded;
};

static void start_reading(struct follower *f);

/* ---- what a sweep hands over */

static bool
wants_events(const struct follower *f)
{
	return f->events && (f->ready || f->calls.past);
}

static struct engine *
engine_from(struct follower *f, int64_t start)
{
	if (!f->engine) {
		f->engine = engine_new(f->config, start);
		engine_events(f->engine, wants_events(f));
	}
	return f->engine;
}

/* Executes and evaluates what lies before t, so that all that came at t is judged together. */
static struct engine *
engine_until(struct follower *f, int64_t t)
{
	struct engine *e = engine_from(f, t);

	if (t - 1 > engine_now(e))
		engine_advance(e, t - 1);
	return e;
}

static void
tell_past(struct follower *f)
{
	if (f->engine && !f->ready && f->events && f->calls.past)
		f->calls.past(f->calls.arg);
}

static void
take_report(void *arg, struct report *r)
{
	struct follower *f = arg;
	enum verdict v = engine_report(engine_until(f, r->arrival), r);

	f->lines++;
	if (v == VERDICT_TAKEN || v == VERDICT_DUPLICATE)
		return;
	f->unfit++;
	log_debug("report of %s about %s: %s", r->agent_id, r->check_name, verdict_text(v));
}

static void
take_override(void *arg, struct override *o)
{
	struct follower *f = arg;

	f->lines++;
	engine_override(engine_until(f, o->at), o);
}

static void
take_bad(void *arg, const char *where, const char *why)
{
	struct follower *f = arg;

	f->bad++;
	if (f->loud++ < LOUD_LINES)
		log_warn("%s: %s", where, why);
}

static struct sweep *
new_sweep(struct follower *f, struct fault *fault)
{
	struct sweep_calls calls = {f, take_report, take_override, take_bad};

	return sweep_new(&f->dir, clock_wall() - FOLLOWER_RETENTION_MS, &calls, fault);
}

/* ---- following */

/* Says it once; the memory stays and is served. */
static void
degrade(struct follower *f, const struct fault *fault)
{
	if (!f->degraded)
		log_error("state unreadable, going on with what is known: %s", fault->text);
	f->degraded = true;
}

static void
recovered(struct follower *f)
{
	if (f->degraded)
		log_note("%s: the state is readable again", f->dir.path);
	f->degraded = false;
}

/* bell: only the journals that inotify named; they may not let anything expire. */
static void
sweep_now(struct follower *f, bool bell)
{
	int64_t began = clock_axis(), n;
	bool all = !bell || began - f->swept > STOPPED_MS, due;
	struct fault fault;
	struct engine *e;

	if (f->gone)
		return;
	n = sweep_read(f->sweep, all, &fault);
	if (n < 0) {
		degrade(f, &fault);
		return;
	}
	recovered(f);
	e = engine_from(f, began - 1);
	due = all && engine_due(e) < began;
	if (all) {
		f->swept = began;
		engine_advance(e, began - 1);
	} else if (n > 0) {
		engine_settle(e);
	}
	if (n > 0 || due)
		f->calls.settled(f->calls.arg);
}

/*
 * To be woken by each of 10,000 reports a second that change nothing costs three
 * times what they cost together.  So while they crowd in, each wake waits for
 * more of them, until one of them matters (follower_awake).
 */
static void
count_crowd(struct follower *f)
{
	int64_t now = clock_mono();

	f->window_bells++;
	if (now - f->window < WINDOW_MS)
		return;
	f->crowded = f->lines - f->window_lines >= CROWD &&
	             (f->crowded || f->window_bells >= CROWD) && now - f->window < 2 * WINDOW_MS;
	f->window = now;
	f->window_lines = f->lines;
	f->window_bells = 0;
}

static void
on_bell(struct loop_io *w, int events)
{
	struct follower *f = w->arg;

	(void)events;
	count_crowd(f);
	if (f->crowded)
		usleep(NAP_US);
	sweep_now(f, true);
}

static void
on_full(struct loop_timer *w)
{
	struct follower *f = w->arg;

	if (f->sweep) /* else nothing expires: absent data is not silence */
		sweep_now(f, false);
}

static void
stop_reading(struct follower *f)
{
	loop_io_stop(&f->bell);
	loop_timer_stop(&f->start);
	sweep_free(f->sweep);
	f->sweep = NULL;
}

/* The directory went away or another one took its place: what is known stays. */
static void
open_again(struct follower *f)
{
	struct statedir fresh = {.fd = -1};
	struct fault fault;

	f->gone = statedir_open(&fresh, f->dir.path, false, &fault) < 0;
	if (f->gone) {
		degrade(f, &fault);
		return;
	}
	stop_reading(f);
	statedir_close(&f->dir);
	f->dir = fresh;
	if (f->calls.moved)
		f->calls.moved(f->calls.arg);
	start_reading(f);
}

static void
on_check(struct loop_timer *w)
{
	struct follower *f = w->arg;

	if (f->loud > LOUD_LINES)
		log_warn("%u more bad lines in the last second", f->loud - LOUD_LINES);
	f->loud = 0;
	if (f->dir.fd < 0 || f->gone || statedir_replaced(&f->dir))
		open_again(f);
	else if (!f->sweep)
		start_reading(f);
}

static void
on_late(struct loop_timer *w)
{
	struct follower *f = w->arg;

	if (!f->ready && f->calls.late)
		f->calls.late(f->calls.arg);
}

/* ---- the start: journals to their size of now, in slices */

static int64_t
full_ms(const struct follower *f)
{
	return f->relaxed ? RELAXED_MS : FULL_MS;
}

static void
become_ready(struct follower *f)
{
	int64_t now = clock_axis();
	struct engine *e = engine_from(f, now - 1);

	if (f->sweep)
		engine_advance(e, now - 1);
	f->swept = now;
	loop_timer_start(f->loop, &f->full, full_ms(f), full_ms(f), on_full, f);
	if (f->ready) {
		f->calls.settled(f->calls.arg);
		return;
	}
	tell_past(f);
	f->ready = true;
	loop_timer_stop(&f->late);
	f->calls.ready(f->calls.arg);
	engine_events(e, f->events);
}

/*
 * What another config makes of a snapshot is a change, for whom the past matters: it is
 * read as it was, and taken over as by a reload.
 */
static struct engine *
engine_of_then(const struct follower *f, const struct snapshot *snap, struct places *places)
{
	struct engine *old = NULL, *e = NULL;
	struct accepted kept;
	struct fault fault;

	if (!wants_events(f) || !strcmp(snap->head.config, f->config->hash) ||
	    accepted_kept(&kept, &f->dir, snap->head.config, &fault) < 0)
		return snapshot_engine(&f->dir, snap, f->config, places);
	old = snapshot_engine(&f->dir, snap, &kept.config, places);
	if (old) {
		e = engine_new(f->config, engine_now(old));
		engine_events(e, true);
		engine_adopt(e, old);
		engine_free(old);
	}
	accepted_free(&kept);
	return e;
}

/* What the last snapshot knew, and the journals from there on. */
static void
load_snapshot(struct follower *f)
{
	struct snapshot snap = {.number = UINT64_MAX};
	struct places places = {0};

	while (!f->engine && snapshot_find(&f->dir, INT64_MAX, snap.number, &snap))
		f->engine = engine_of_then(f, &snap, &places);
	if (f->engine) {
		f->past = snap.head.at;
		engine_events(f->engine, wants_events(f));
	}
	sweep_resume(f->sweep, &places);
}

static void
on_start(struct loop_timer *w)
{
	struct follower *f = w->arg;
	struct fault fault;
	int left;

	if (!f->sweep) {
		become_ready(f);
		return;
	}
	if (!f->begun && !f->engine)
		load_snapshot(f);
	f->begun = true;
	left = sweep_start(f->sweep, BUDGET_MS, &fault);
	if (left > 0) {
		tell_past(f);
		loop_timer_start(f->loop, &f->start, 0, 0, on_start, f);
		return;
	}
	if (left < 0) {
		degrade(f, &fault);
		stop_reading(f);
	} else {
		recovered(f);
		if (f->past == INT64_MIN && !f->ready)
			snapshot_missing(&f->dir, f->sweep);
		if (!f->relaxed && sweep_bell(f->sweep) >= 0)
			loop_io_start(f->loop, &f->bell, sweep_bell(f->sweep), LOOP_READ, on_bell,
			              f);
	}
	become_ready(f);
}

static void
start_reading(struct follower *f)
{
	struct fault fault;

	f->sweep = f->dir.fd < 0 ? NULL : new_sweep(f, &fault);
	if (!f->sweep && f->dir.fd >= 0)
		degrade(f, &fault);
	if (f->sweep)
		loop_timer_stop(&f->full);
	if (f->sweep || !f->ready)
		loop_timer_start(f->loop, &f->start, 0, 0, on_start, f);
}

struct follower *
follower_new(struct loop *l, const struct statedir *dir, const struct config *config, bool events,
             const struct follower_calls *calls, struct fault *fault)
{
	struct follower *f = mem_alloc(sizeof(*f));

	f->loop = l;
	f->dir = *dir;
	f->config = config;
	f->events = events;
	f->calls = *calls;
	f->degraded = dir->fd < 0;
	f->past = INT64_MIN;
	if (dir->fd >= 0 && (f->dir.fd = dup(dir->fd)) < 0) {
		free(f);
		fault_temp(fault, "%s: no descriptor left", dir->path);
		return NULL;
	}
	loop_timer_start(l, &f->check, CHECK_MS, CHECK_MS, on_check, f);
	loop_timer_start(l, &f->late, CHECK_MS, 0, on_late, f);
	start_reading(f);
	return f;
}

void
follower_free(struct follower *f)
{
	if (!f)
		return;
	stop_reading(f);
	loop_timer_stop(&f->full);
	loop_timer_stop(&f->check);
	loop_timer_stop(&f->late);
	engine_free(f->engine);
	if (f->dir.fd >= 0)
		statedir_close(&f->dir);
	free(f);
}

void
follower_reload(struct follower *f, const struct config *config)
{
	struct engine *old = f->engine;

	f->config = config;
	if (!old)
		return;
	tell_past(f);
	f->engine = engine_new(config, engine_now(old));
	engine_events(f->engine, wants_events(f));
	engine_adopt(f->engine, old);
	engine_free(old);
}

void
follower_relax(struct follower *f)
{
	f->relaxed = true;
	loop_io_stop(&f->bell);
	if (f->ready)
		loop_timer_start(f->loop, &f->full, full_ms(f), full_ms(f), on_full, f);
}

void
follower_sweep(struct follower *f)
{
	if (!f->ready || !f->sweep)
		return;
	/* Without a bell nobody tells of a new agent's journal: look for one. */
	if (f->relaxed)
		sweep_doubt(f->sweep);
	sweep_now(f, false);
}

void
follower_awake(struct follower *f)
{
	f->crowded = false;
	f->window_bells = 0;
}

struct engine *
follower_engine(struct follower *f)
{
	return engine_from(f, clock_axis() - 1);
}

const struct statedir *
follower_dir(const struct follower *f)
{
	return &f->dir;
}

bool
follower_ready(const struct follower *f)
{
	return f->ready;
}

int64_t
follower_past(const struct follower *f)
{
	return f->past;
}

bool
follower_degraded(const struct follower *f)
{
	return f->degraded;
}

const struct sweep *
follower_journals(const struct follower *f)
{
	return f->ready && !f->gone ? f->sweep : NULL;
}

uint64_t
follower_bad_lines(const struct follower *f)
{
	return f->bad;
}

uint64_t
follower_unfit(const struct follower *f)
{
	return f->unfit;
}

uint64_t
follower_lines(const struct follower *f)
{
	return f->lines;
}
