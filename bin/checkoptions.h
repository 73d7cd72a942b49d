#ifndef FODNS_CHECKOPTIONS_H
#define FODNS_CHECKOPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/addr.h"

/* The command line of fodns-check. */
enum origin { FROM_NONE, FROM_URLS, FROM_TASKS, FROM_CONFIG, FROM_AGENT };

struct checkoptions {
	enum origin source;
	const char *path; /* of the tasks, the config or the agent's file */
	char **words;     /* operands: URLs, or a choice of domains and targets */
	size_t nwords;
	const char *agent_id, *domain, *state, *output;       /* NULL: not given */
	int64_t timeout_ms, interval_ms, for_ms, until_ok_ms; /* -1: not given */
	bool follow, nagios, summary, repeated;
	uint64_t repeat; /* so many runs, unless it goes on: 1 */
	struct addr resolver;
	int resolver_port; /* PORT_NONE: the system's servers */
};

void checkoptions_parse(struct checkoptions *c, int argc, char **argv); /* or ends the program */
bool checkoptions_go_on(const struct checkoptions *c);                  /* not a one-shot run */

#endif
