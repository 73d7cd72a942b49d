#ifndef FODNS_TASK_H
#define FODNS_TASK_H

#include <stdint.h>

#include "model/addr.h"
#include "model/limits.h"
#include "model/probe.h"

/* One check to make: what, where, how often.  Strings belong to its maker's arena. */
struct task {
	const char *check_name, *domain;
	struct addr target; /* FAMILY_OTHER: target_name is resolved before each probe */
	const char *target_name; /* normal form; NULL: target is the place */
	int port; /* PORT_NONE */
	const struct probe *probe; /* shared by tasks with equal ones */
	int64_t timeout_ms, interval_ms;
	int64_t fast_interval_ms; /* while the view is between two states; 0: no other than ever */
	int rise, fall;           /* what turns the view, for that alone */
	const char *server; /* the master that asked, NULL: none */
	const char *host;   /* ad-hoc: the name in the URL that was resolved to target; NULL */
};

struct domain;
struct target;
/* What a config asks for; strings and probe are the config's. */
struct task task_of(const struct domain *d, const struct target *t);

#endif
