#ifndef FODNS_DELIVER_H
#define FODNS_DELIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "edge/fetch.h"
#include "edge/loop.h"
#include "edge/spool.h"
#include "model/config.h"
#include "model/report.h"

/*
 * Reports to one master, on a loop.  What comes in is sent at once, all that has
 * gathered in one request; what cannot be sent goes to the spool; once the
 * master answers again it gets the newest report of each check first and the
 * backlog beside what is new.  Which kind of master it is (fodns-api, or the
 * original, which takes one report a request) is learned from its answers.
 *
 * An original master keeps what came last as the newest, whatever its time, so
 * it is never sent a report older than one that it has.
 */
struct deliver;

struct deliver_setup {
	struct loop *loop;
	struct fetcher *fetcher;
	const struct master *master; /* must outlive it */
	const char *spool_dir;
	uint64_t spool_max;
	void *arg;
	/* A line that the master refuses for good; input 0: it was in the spool. */
	void (*refused)(void *arg, const struct master *m, uint64_t input, const char *domain,
	    int status, const char *detail);
	/* Something was settled: look at deliver_done, deliver_full. Never from within a call. */
	void (*progress)(void *arg);
};

struct deliver_counts {
	uint64_t delivered, refused;
	uint64_t lost;    /* neither delivered nor spooled */
	uint64_t dropped; /* from the spool, for its cap */
	uint64_t spooled; /* in the spool now */
};

struct deliver *deliver_new(const struct deliver_setup *s);
/*
 * Its file was read again: m is the same master by its name, and from now on the one that must
 * outlive it.  Where what is said of connections is the same, nothing is disturbed; else what is
 * under way goes once more, by what is said now.
 */
void deliver_renew(struct deliver *d, const struct master *m);
void deliver_free(struct deliver *d); /* after deliver_abort, or what is under way is lost */

/* Queues; input: line of stdin, from 1. */
void deliver_report(struct deliver *d, const struct report *r, uint64_t input);
/* After the last of a read: sends, or spools while the master is down. */
void deliver_kick(struct deliver *d);
/* More is queued in memory than needed: a patient source can wait. */
bool deliver_full(const struct deliver *d);

/* The end: nothing more comes, one more try, then what is left is spooled; or nothing more is
 * sent and what is not under way is spooled now; or what is under way, too. */
void deliver_end(struct deliver *d);
void deliver_close(struct deliver *d);
void deliver_abort(struct deliver *d);
bool deliver_done(const struct deliver *d); /* after deliver_end or deliver_close */

void deliver_counts(const struct deliver *d, struct deliver_counts *c);

/*
 * Milliseconds to wait before try number `attempt` (from 1): 1 s doubled each
 * time up to 10 s, so that a master that comes back soon knows again, a quarter
 * more or less by `chance`, and not before what the master asked for (-1:
 * nothing; believed up to 10 min).
 */
int64_t deliver_backoff(unsigned attempt, int64_t retry_after_ms, uint32_t chance);

#endif
