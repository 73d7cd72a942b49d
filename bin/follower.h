#ifndef FODNS_FOLLOWER_H
#define FODNS_FOLLOWER_H

#include "core/engine.h"
#include "core/view.h"
#include "edge/loop.h"
#include "edge/statedir.h"
#include "edge/sweep.h"

/*
 * Config + state + time, kept current on a loop: what fodns-decide --follow and
 * fodns-api have in common.  Glue between core and edge, and so in bin/.
 *
 * The rule of order: an expiry at T is executed only after a sweep begun after T.
 */
struct follower;

struct follower_calls {
	void *arg;
	void (*ready)(
	    void *arg); /* the journals were read to their size at the start, or cannot be read */
	void (*late)(void *arg);    /* 1 s passed and they are not yet; once, may be NULL */
	/* with events, before ready: some of what the journals say behind the last snapshot is read;
	 * take engine_event.  May be NULL: then the past makes no events */
	void (*past)(void *arg);
	void (*settled)(void *arg); /* after each sweep that changed something: take engine_changed,
	                               engine_event */
	void (*moved)(
	    void *arg); /* the state directory was opened anew (see follower_dir); may be NULL */
};

/*
 * config is the caller's and must live until it is replaced by follower_reload
 * or the follower is freed.  dir is copied; with fd -1 (it could not be opened)
 * its path is tried again each second.  A state that cannot be read is no
 * failure: it is silence, said in the log, until it can.  Events, if asked for,
 * go to `settled` after `ready`: what the journals tell of the past is not news.
 */
struct follower *follower_new(struct loop *l, const struct statedir *dir,
                              const struct config *config, bool events,
                              const struct follower_calls *calls, struct fault *f);
void follower_free(struct follower *f);

/* What is known of checks stays; afterwards every domain counts as changed.
 * The old config is no longer used when this returns. */
void follower_reload(struct follower *f, const struct config *config);

/*
 * For who needs the engine only when asked, and writes journals itself: not
 * woken by each line, but reading every 100 ms and whenever it calls
 * follower_sweep, which makes the engine that of this instant.
 */
void follower_relax(struct follower *f);
void follower_sweep(struct follower *f);

/* What came mattered: look at the next doorbell at once, even under load. */
void follower_awake(struct follower *f);

struct engine *follower_engine(struct follower *f);
const struct statedir *follower_dir(const struct follower *f); /* fd -1: not open */
bool follower_ready(const struct follower *f);
/* From when on (wall clock, ms) `past` was told of; INT64_MIN: from the journals' beginning. */
int64_t follower_past(const struct follower *f);
bool
follower_degraded(const struct follower *f); /* the state directory cannot be read at the moment */
uint64_t follower_bad_lines(const struct follower *f); /* not readable as a record */
uint64_t follower_unfit(const struct follower *f);     /* reports of what is not configured */
uint64_t follower_lines(const struct follower *f);     /* records read */

/* How far they have been read, between two turns of the loop; NULL: they cannot be, or not yet. */
const struct sweep *follower_journals(const struct follower *f);

/* Segments that ended before this much are gone, or about to be (fodns-state(5)). */
#define FOLLOWER_RETENTION_MS (INT64_C(7) * 86400 * 1000)

#endif
