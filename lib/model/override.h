#ifndef FODNS_OVERRIDE_H
#define FODNS_OVERRIDE_H

#include <stdint.h>

#include "model/addr.h"
#include "model/config.h"
#include "model/limits.h"
#include "model/words.h"

/* An operator's word on a target. until = OVERRIDE_FOREVER: without end. */
enum { OVERRIDE_TARGET = LIMIT_NAME + 11 };
#define OVERRIDE_FOREVER INT64_MAX

struct override {
	char domain[LIMIT_NAME + 1]; /* "": every domain that has the target */
	/* as given: addr, addr:port, [v6]:port, CIDR, name, name:port or rdata; "": the whole domain */
	char target[OVERRIDE_TARGET];
	enum override_state state;
	int64_t at, until;           /* in force while at <= now < until; for clear, until is at */
	char reason[LIMIT_REASON + 1];
	char who[LIMIT_AGENT_ID + 1];
	int64_t boot_ms; /* CLOCK_MONOTONIC at `at`, stamped by the journal; 0 or less: unknown */
};

/*
 * A target as written in an override: what it matches.  An address is one that is
 * answered or one that is probed; a name is that of a CNAME or an SRV record, with
 * or without the last dot; anything else is rdata as it is shown.
 */
enum pattern_kind { PATTERN_ALL, PATTERN_NET, PATTERN_TEXT };

struct target_pattern {
	enum pattern_kind kind;
	struct prefix net;
	int port; /* PORT_NONE: any */
	char name[OVERRIDE_TARGET]; /* normal form; "" if it is none */
	char text[OVERRIDE_TARGET]; /* as given */
};

/* 0, or -1; "" matches everything. */
int target_pattern_parse(const char *s, struct target_pattern *p);
bool target_pattern_matches(const struct target_pattern *p, const struct target *t);
/* The same for a place that is probed; name NULL: the address. */
bool target_pattern_has(const struct target_pattern *p, const struct addr *a, const char *name, int port);

#endif
