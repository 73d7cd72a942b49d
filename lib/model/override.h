#ifndef FODNS_OVERRIDE_H
#define FODNS_OVERRIDE_H

#include <stdint.h>

#include "model/addr.h"
#include "model/limits.h"
#include "model/words.h"

/* An operator's word on a target. until = OVERRIDE_FOREVER: without end. */
#define OVERRIDE_FOREVER INT64_MAX

struct override {
	char domain[LIMIT_NAME + 1]; /* "": every domain that has the target */
	char target[64]; /* as given: addr, addr:port, [v6]:port or CIDR; "": the whole domain */
	enum override_state state;
	int64_t at, until;           /* in force while at <= now < until; for clear, until is at */
	char reason[LIMIT_REASON + 1];
	char who[LIMIT_AGENT_ID + 1];
	int64_t boot_ms; /* CLOCK_MONOTONIC at `at`, stamped by the journal; 0 or less: unknown */
};

/* A target as written in an override: what it matches. */
struct target_pattern {
	struct prefix net;
	int port; /* PORT_NONE: any */
};

/* 0, or -1; "" matches everything, of both families. */
int target_pattern_parse(const char *s, struct target_pattern *p);
int target_pattern_matches(const struct target_pattern *p, const struct addr *a, int port);

#endif
