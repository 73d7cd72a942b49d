#ifndef FODNS_RUNNER_H
#define FODNS_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/loop.h"

/*
 * Runs commands beside a loop, at most so many at a time; the others wait.  A
 * command is a process group of its own with no file of ours but its stdout and
 * stderr, which are pipes, and nothing on stdin.  The first bytes of both are
 * kept and the rest is read and forgotten.  It is over when its process ends,
 * whoever still holds the pipes; what is left of its group is killed then.
 *
 * The process may have threads: nothing is forked.
 */
struct runner;
struct run;

enum { RUN_OUT_MOST = 4096, RUN_ERR_MOST = 512 };

enum run_end {
	RUN_EXIT,   /* number: the status */
	RUN_SIGNAL, /* number: of the signal that it did not get from us */
	RUN_NEVER,  /* number: the errno of its start */
	RUN_TIMEOUT /* it is being killed, or never had its turn */
};

struct run_result {
	enum run_end end;
	int number;
	int64_t waited_ms; /* for its turn */
	double ms;         /* from its start to its end */
	const char *out, *err;
	size_t nout, nerr;
};

struct runner *runner_new(struct loop *l, size_t most);
void runner_free(struct runner *u); /* kills what runs, without calls */

/*
 * The block argv points into is malloc'ed and becomes the run's; env is part of it.  done
 * is called once, from the loop, never from within; after a timeout the process gets
 * SIGTERM and a second later SIGKILL.
 */
struct run_request {
	void *block;
	char *const *argv; /* argv[0]: a path */
	char *const *env;
	int64_t timeout_ms;
};
struct run *runner_start(struct runner *u, const struct run_request *q,
                         void (*done)(void *arg, const struct run_result *res), void *arg);
void runner_cancel(struct run *r); /* as at a timeout, without a call */

#endif
