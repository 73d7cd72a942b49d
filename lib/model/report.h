#ifndef FODNS_REPORT_H
#define FODNS_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/config.h"
#include "model/limits.h"
#include "model/words.h"

/*
 * What one agent saw at one target (fodns-records(5)).  It owns its text, so
 * that a report is one value to copy.  "Absent" for numbers is -1, for texts "".
 */
struct report {
	char agent_id[LIMIT_AGENT_ID + 1];
	char domain[LIMIT_NAME + 1];              /* normal form */
	char check_name[LIMIT_CHECK_NAME + 1];
	char reason[LIMIT_REASON + 1];            /* cleaned; "" is null */
	char perfdata[LIMIT_PERFDATA + 1];        /* of a command; cleaned; "": absent */
	char type[LIMIT_TYPE + 1]; /* as reported; may be a word that we don't know */
	struct addr target; /* FAMILY_OTHER: target_ip was a name */
	char target_name[LIMIT_NAME + 1]; /* that name in normal form, else "" */
	int port;                                 /* PORT_NONE */
	enum status status;
	double latency_ms;                        /* < 0: null */
	int64_t timestamp;                        /* ms since the epoch, by the agent's clock */

	/* Added by fodns-check; absent in an original agent's report. */
	uint64_t inc, seq; /* the checker's start, and its count of results; inc 0: absent */
	int64_t mono_ms;                          /* CLOCK_BOOTTIME at the probe's end, -1 */
	uint64_t boot;                            /* hash of the agent's boot id, 0 */
	char server[LIMIT_AGENT_ID + 1];          /* which master asked */

	int64_t age_ms;                           /* at delivery, by fodns-report; -1 */

	/* Stamped by who stores it, under the lock of the journal. */
	int64_t received;                         /* wall clock, ms since the epoch; -1 */
	int64_t boot_ms;                          /* CLOCK_MONOTONIC, -1 */

	/* On the engine's axis of time; set by who feeds the engine, not stored. */
	int64_t arrival, effective;
};

/* "192.0.2.1:80", "eu.example.net:443"; returns dst. */
char *report_target(char dst[static TARGET_TEXT], const struct report *r);

/*
 * Sets arrival and effective (SEMANTICS: effective = arrival less age_ms, else
 * less how much older the timestamp is than the arrival on the wall clock).
 * `arrival` is the instant on the engine's axis; received must be set, or the
 * timestamp stands in for it.
 */
void report_place(struct report *r, int64_t arrival);

#endif
