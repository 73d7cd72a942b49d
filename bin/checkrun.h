#ifndef FODNS_CHECKRUN_H
#define FODNS_CHECKRUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checknagios.h"
#include "checksummary.h"
#include "checktable.h"
#include "edge/loop.h"
#include "edge/reference.h"
#include "model/task.h"

/* Running checks on a loop: scheduler, probes and output of fodns-check put together. */
struct checkrun;

struct checkrun_options {
	const char *agent_id;       /* kept by the caller */
	uint64_t runs;              /* so many of each, then over; 0: go on */
	bool until_ok;              /* over as soon as the last run of every check was ok or warn */
	int64_t most_interval_ms;   /* 0: as the tasks say */
	bool table;                 /* else report lines */
	struct checknagios *nagios; /* not NULL: counted here in place of any output */
	bool summary;               /* at the end what it came to */
	bool no_results;            /* nothing else */
	struct checktable look;
	struct addr resolver;       /* the DNS server that host names are asked of, */
	int resolver_port;          /* unless PORT_NONE: the system's */
	/* May what a name of a master's task leads to be probed?  NULL: whatever it is. */
	bool (*allowed)(void *arg, const struct addr *a, int port);
	void (*over)(void *arg); /* nothing more to do, or the output is broken; may come again */
	void *arg;
};

/* NULL with errno: no thread for the output */
struct checkrun *checkrun_new(struct loop *l, const struct checkrun_options *o);

/* The tasks from now on; they, not the list, live until the next call or checkrun_end. */
void checkrun_set(struct checkrun *c, const struct task *const *list, size_t n);

/* From where probes go out that do not say it; kept until the next call. */
void checkrun_outlet(struct checkrun *c, const struct texts *source, const char *interface);

/*
 * What this host must reach for a failed check to count; kept until the next call.  n 0:
 * every one counts.
 */
void checkrun_references(struct checkrun *c, const struct reference *list, size_t n);
/* False: there are none. */
bool checkrun_reach(const struct checkrun *c, enum reach *now, int64_t *since);

/* 0 the last run of each check was ok or warn, 1 one failed, 3 one is unknown and none failed. */
int checkrun_status(const struct checkrun *c);

/* How far a run is: what the last run of each check came to, and those without one. */
struct checkrun_tally {
	size_t n[STATUS_UNKNOWN + 1], none, all, running;
};
struct checkrun_tally checkrun_tally(const struct checkrun *c);

struct checkrun_counts {
	uint64_t probes, running, results, overruns, dropped;
	int64_t late_p50_ms, late_p99_ms, late_most_ms; /* starts, against when they were due */
};
struct checkrun_counts checkrun_counts(const struct checkrun *c);

/* Stops what runs, writes what is queued (wait_ms, -1: however long), frees. 0, EPIPE or what went
 * wrong with the output. */
int checkrun_end(struct checkrun *c, int64_t wait_ms);

#endif
