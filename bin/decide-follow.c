#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "codec/records.h"
#include "core/say.h"
#include "decide-gap.h"
#include "decide-history.h"
#include "decide-pick.h"
#include "decide-stream.h"
#include "decide-upkeep.h"
#include "decide.h"
#include "edge/clock.h"
#include "follower.h"

enum {
	LOUD_EVENTS = 200, /* of one moment that are named in the log */
	TOLD_IDLE = 1000,  /* a turn of the loop */
	TOLD_BUSY = 50,    /* while there are answers to pass on */
	ANOTHERS_MS = 10 * 1000 /* in which another recorder has written what it saw */
};

/* fodns-decide --follow: the stream, and as the recorder the history. */
struct following {
	const struct decide *d;
	struct loop *loop;
	struct accepted *config;
	struct follower *follower;
	struct stream *stream;
	struct history *history;
	struct gap *gap;   /* while it is not recorded */
	bool recording;    /* what happens from now on */
	int64_t unrecorded; /* since when (wall clock), while it is not */
	struct upkeep *upkeep;
	struct loop_signal hup, term, interrupt;
	struct loop_timer second, tell;
	uint64_t gen, changes;
	size_t told; /* of the events of this moment */
	int64_t started;
	bool refused, provisional;
	bool nsupdate; /* the form of the stream */
	bool begun;    /* decisions were let out */
	bool gone;     /* nobody takes them */
	char problem[512]; /* why the file on disk is not in force */
	int status;
};

/* ---- the config in force */

static void
refuse(struct following *f, const char *problem)
{
	f->refused = true;
	snprintf(f->problem, sizeof(f->problem), "%s", problem);
}

/* A restarted decide serves what was accepted last when the file is refused by now. */
static int
first_config(struct following *f)
{
	const char *path = cli_config_path(f->d->config);
	char problem[512];
	struct fault fault;
	int r;

	f->config = mem_alloc(sizeof(*f->config));
	if (accepted_load(f->config, path, problem) == 0)
		return 0;
	if (!f->d->last_good)
		return -1;
	r = decide_last_config(f->d, f->config, &fault);
	if (r < 0)
		log_error("%s", fault.text);
	if (r)
		return -1;
	refuse(f, problem);
	log_error("%s is refused; going on with the last accepted config (%s)", path,
	          f->config->config.hash);
	return 0;
}

static void
tell_one(struct following *f, const struct event *ev)
{
	char line[2400];

	if (ev->kind == EVENT_ANSWER)
		f->changes++;
	if (f->recording)
		history_event(f->history, ev);
	else
		gap_event(f->gap, ev);
	if (f->told++ < LOUD_EVENTS)
		log_at(ev->kind == EVENT_TARGET ? LOG_INFO : LOG_NOTE, "%s",
		       say_event(line, sizeof(line), ev));
}

/* At most so many events; false when there are more. */
static bool
tell(struct following *f, size_t most)
{
	static struct event ev;
	bool all = false;

	while (most-- > 0 && !(all = !engine_event(follower_engine(f->follower), &ev)))
		tell_one(f, &ev);
	history_write(f->history);
	if (!all)
		return false;
	/* A whole data centre goes at once: the log says so, the history says all of it. */
	if (f->told > LOUD_EVENTS) {
		log_note("and %zu more changes at this moment", f->told - LOUD_EVENTS);
		mem_trim();
	}
	f->told = 0;
	return true;
}

static void on_tell(struct loop_timer *w);

/* Answers go first: the telling of many changes is spread over the turns of the loop. */
static void
tell_some(struct following *f)
{
	loop_timer_stop(&f->tell);
	if (!tell(f, stream_behind(f->stream) ? TOLD_BUSY : TOLD_IDLE))
		loop_timer_start(f->loop, &f->tell, 0, 0, on_tell, f);
}

static void
on_tell(struct loop_timer *w)
{
	tell_some(w->arg);
}

/* Before what the events are of goes away. */
static void
tell_all(struct following *f)
{
	loop_timer_stop(&f->tell);
	while (f->follower && !tell(f, TOLD_IDLE))
		continue;
}

/* ---- from when on it is the recorder */

/* A config is in force from the instant of the engine at which it took over. */
static void
record_config(struct following *f)
{
	int64_t at = follower_ready(f->follower) ? engine_now(follower_engine(f->follower))
	                                         : clock_axis();

	history_tick(f->history, follower_dir(f->follower), f->config, at);
}

static void
record(void *arg, const struct event *ev)
{
	struct following *f = arg;

	history_event(f->history, ev);
}

/* What came to be answered before it could be recorded goes first. */
static void
begin_recording(struct following *f)
{
	struct engine *e = follower_engine(f->follower);
	struct gap_end end = {e, &f->config->config, engine_now(e), record, f};
	struct fault fault;

	tell_all(f);
	if (gap_close(f->gap, follower_dir(f->follower), f->unrecorded, &end, &fault) < 0)
		log_error("what was answered before is not known: %s", fault.text);
	f->recording = true;
	history_write(f->history);
}

/* Another one's changes are kept for a while: should it end, its last ones may be missing. */
static void
look_who_records(struct following *f)
{
	if (f->recording || !follower_ready(f->follower))
		return;
	if (history_recording(f->history)) {
		begin_recording(f);
		return;
	}
	f->unrecorded = clock_wall() - ANOTHERS_MS;
	gap_forget(f->gap, f->unrecorded);
}

/* The journals tell what happened meanwhile, which is not news. */
static void
on_past(void *arg)
{
	struct following *f = arg;
	static struct event ev;

	while (engine_event(follower_engine(f->follower), &ev))
		gap_event(f->gap, &ev);
}

static uint64_t
next_gen(struct following *f)
{
	uint64_t now = (uint64_t)clock_wall();

	/* By the clock, so that a restarted decide counts on where the one before it stopped. */
	f->gen = now > f->gen ? now : f->gen + 1;
	return f->gen;
}

/* ---- what goes out */

static void
begin_generation(struct following *f)
{
	struct pick pick = {0};

	if (f->d->noperands > 0) {
		pick_init(&pick, f->d, &f->config->config, f->follower != NULL);
		free(pick.zones);
	}
	stream_generation(f->stream, &f->config->config, pick.domains, next_gen(f));
}

/*
 * A server of ours is told of silence at once, as it knows nothing else.  Another one
 * has answers: they stay until there is a state to judge.
 */
static void
let_out(struct following *f)
{
	if (!follower_ready(f->follower) ||
	    (f->nsupdate && !f->begun && follower_degraded(f->follower)))
		return;
	f->begun = true;
	stream_decide(f->stream, follower_engine(f->follower), false);
}

static void
on_hup(struct loop_signal *w, int signo)
{
	struct following *f = w->arg;
	const char *path = cli_config_path(f->d->config);
	struct accepted *fresh = mem_alloc(sizeof(*fresh)), *old = f->config;
	char problem[512];

	(void)signo;
	if (accepted_load(fresh, path, problem) < 0) {
		free(fresh);
		refuse(f, problem);
		log_error("%s is refused; the config in force stays (%s)", path, old->config.hash);
		return;
	}
	f->refused = false;
	f->config = fresh;
	log_note("%s accepted (%s)", path, fresh->config.hash);
	if (follower_ready(f->follower))
		tell_all(f);
	follower_reload(f->follower, &fresh->config);
	begin_generation(f);
	let_out(f);
	record_config(f);
	upkeep_soon(f->upkeep);
	tell_some(f);
	accepted_free(old);
	free(old);
}

/* ---- what the follower tells */

static void
on_ready(void *arg)
{
	struct following *f = arg;

	if (f->provisional)
		begin_generation(f);
	let_out(f);
	f->unrecorded = follower_past(f->follower);
	look_who_records(f);
	mem_trim();
}

static void
on_late(void *arg)
{
	struct following *f = arg;

	if (f->nsupdate)
		return;
	log_note("the journals are long: a provisional generation meanwhile");
	f->provisional = true;
	stream_decide(f->stream, follower_engine(f->follower), true);
}

/* The answer first, then the telling of it. */
static void
on_settled(void *arg)
{
	struct following *f = arg;

	if (!f->begun)
		let_out(f);
	else if (stream_changed(f->stream))
		follower_awake(f->follower);
	tell_some(f);
}

static void
on_moved(void *arg)
{
	struct following *f = arg;

	history_moved(f->history);
	upkeep_soon(f->upkeep);
	f->recording = false;
	f->unrecorded = clock_wall();
	record_config(f);
}

/* ---- once a second */

static void
add_counters(struct buf *b, struct following *f)
{
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
	    {"generation", f->gen},
	    {"domains", f->config->config.ndomains},
	    {"records", follower_lines(f->follower)},
	    {"bad_lines", follower_bad_lines(f->follower)},
	    {"unfit", follower_unfit(f->follower)},
	    {"decisions", stream_lines(f->stream)},
	    {"answer_changes", f->changes},
	    {"events_written", history_events(f->history)},
	    {"events_lost", history_lost(f->history)},
	    {"snapshots", upkeep_snapshots(f->upkeep)},
	    {"snapshot_stall_us", (uint64_t)upkeep_stalled_us(f->upkeep)},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		buf_printf(b, ",\"%s\":%" PRIu64, rows[i].name, rows[i].value);
}

static void
write_stats(struct following *f)
{
	static struct buf b;
	char started[STAMP_LEN], at[STAMP_LEN];
	struct fault fault;

	buf_clear(&b);
	buf_printf(&b,
	           "{\"program\":\"fodns-decide\",\"pid\":%d,\"started\":\"%s\",\"at\":\"%s\","
	           "\"config\":\"%s\"",
	           (int)getpid(), stamp_format(started, f->started), stamp_format(at, clock_wall()),
	           f->config->config.hash);
	buf_printf(&b,
	           ",\"ready\":%s,\"config_refused\":", stream_sent(f->stream) ? "true" : "false");
	buf_json(&b, f->refused ? f->problem : NULL);
	buf_printf(&b, ",\"degraded\":%s", follower_degraded(f->follower) ? "true" : "false");
	add_counters(&b, f);
	buf_puts(&b, "}\n");
	/* A state that cannot be written is said by what has to be written there. */
	statedir_stats(follower_dir(f->follower), "decide", &b, &fault);
}

static void
on_second(struct loop_timer *w)
{
	struct following *f = w->arg;

	stream_alive(f->stream, clock_axis());
	record_config(f);
	look_who_records(f);
	if (!history_recording(f->history))
		return;
	upkeep_tick(f->upkeep, f->follower, &f->config->config);
	write_stats(f);
}

/* ---- beginning and end */

static void
on_term(struct loop_signal *w, int signo)
{
	struct following *f = w->arg;

	(void)signo;
	loop_stop(f->loop);
}

static void
on_gone(void *arg, int err)
{
	struct following *f = arg;

	if (err)
		log_error("stdout: %s", strerror(err));
	f->status = err ? EXIT_AGAIN : EXIT_DONE;
	f->gone = true;
	loop_stop(f->loop);
}

static int
start(struct following *f)
{
	struct follower_calls calls = {.arg = f, .ready = on_ready, .late = on_late, .past = on_past,
	                               .settled = on_settled, .moved = on_moved};
	struct statedir dir;
	struct fault fault;

	/*
	 * The server's addresses go out before the journals are read: its keeper binds meanwhile.
	 */
	f->stream = stream_new(f->loop, STDOUT_FILENO,
	                       f->nsupdate ? STREAM_NSUPDATE : STREAM_LINES, on_gone, f);
	begin_generation(f);
	if (decide_state(f->d, &f->config->config, true, &dir, &fault) < 0)
		log_error("state unreadable, beginning with silence: %s", fault.text);
	f->history = history_new();
	f->gap = gap_new();
	f->upkeep = upkeep_new(f->loop);
	f->follower = follower_new(f->loop, &dir, &f->config->config, true, &calls, &fault);
	if (dir.fd >= 0)
		statedir_close(&dir);
	if (!f->follower) {
		log_error("%s", fault.text);
		return -1;
	}
	record_config(f);
	return 0;
}

static void
finish(struct following *f)
{
	tell_all(f);
	upkeep_free(f->upkeep);
	follower_free(f->follower);
	stream_free(f->stream);
	history_free(f->history);
	gap_free(f->gap);
	accepted_free(f->config);
	free(f->config);
	loop_free(f->loop);
}

int
decide_follow(struct decide *d)
{
	struct following f = {.d = d, .started = clock_wall()};

	f.nsupdate = d->output && !strcmp(d->output, "nsupdate");
	signal(SIGPIPE, SIG_IGN);
	f.loop = loop_new();
	loop_signal_start(f.loop, &f.hup, SIGHUP, on_hup, &f);
	loop_signal_start(f.loop, &f.term, SIGTERM, on_term, &f);
	loop_signal_start(f.loop, &f.interrupt, SIGINT, on_term, &f);
	loop_timer_start(f.loop, &f.second, 1000, 1000, on_second, &f);
	if (first_config(&f) < 0)
		f.status = EXIT_USAGE;
	else if (start(&f) < 0)
		f.status = EXIT_AGAIN;
	else if (!f.gone) /* it may be so at the first line, before the loop runs */
		loop_run(f.loop);
	finish(&f);
	return f.status;
}
