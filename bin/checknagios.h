#ifndef FODNS_CHECKNAGIOS_H
#define FODNS_CHECKNAGIOS_H

#include <stddef.h>

#include "base/buf.h"
#include "edge/probe.h"
#include "model/report.h"
#include "model/task.h"

/* The results of one run as a monitoring plugin says them: a line, and the exit status. */
struct checknagios {
	size_t n[STATUS_UNKNOWN + 1];
	struct report worst; /* the first of the worst status so far; of ok ones the first */
	double slowest_ms; /* of those with a latency */
	struct buf more;   /* lines about what is not ok, */
	size_t listed;     /* so many */
	struct buf perf;   /* of the first one: its phases, and what a command said */
};

void checknagios_take(struct checknagios *c, const struct report *r,
    const struct probe_result *res, const struct task *t);

/* Prints the line, and below it what is not ok; frees; 0 OK, 1 WARNING (some warn), 2 CRITICAL (some fail), 3 UNKNOWN. */
int checknagios_say(struct checknagios *c);

#endif
