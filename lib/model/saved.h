#ifndef FODNS_SAVED_H
#define FODNS_SAVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/config.h"
#include "model/name.h"
#include "model/override.h"
#include "model/words.h"

/*
 * What the engine knows beyond config and time, piece by piece, in words of its
 * own: from one engine to another at a reload, and to and from a snapshot
 * (fodns-state(5), "Snapshots").  Whatever can be judged again from these is
 * not in them.  Times are on the engine's axis.
 *
 * Pieces come in this order: agents, overrides, domains.  What they point to is
 * the giver's and lasts for the call.
 */
#define SAVED_NEVER INT64_MIN /* of what has not been, or is not known */
#define SAVED_FOREVER INT64_MAX

struct saved_agent { /* in the order in which they became known */
	const char *id;
	bool live;  /* had a fresh view */
	bool heard; /* had one that is fresh no more */
};

struct saved_override {
	struct override said;
	int64_t start, end; /* in force from, until; SAVED_FOREVER */
	uint64_t serial;    /* of two of one instant the later said has the greater */
};

struct saved_view { /* what one agent knows of one check */
	const char *agent, *reason; /* reason "": none */
	uint64_t inc, seq; /* dated: seq is the timestamp */
	int64_t last, conclusive; /* effective times; SAVED_NEVER */
	int64_t arrival, period;
	double latency; /* ms, < 0: none */
	unsigned oks, fails;
	int state, status; /* enum state: unknown, up, down; enum status */
	bool skew, dated;
	bool tcp; /* a plain connect for a check of another type */
};

struct saved_target {
	struct target_key key;
	int state, votes, determined; /* enum state; the latter two without drain */
	int64_t since, undetermined, up_since, latched;
	bool delayed, overridden;
	const struct saved_view *views;
	size_t nviews;
};

struct saved_answers { /* sorted as text */
	const struct answer *list;
	size_t n;
};

struct saved_rrset {
	bool there; /* the domain may answer this family */
	int64_t since;
	int source, rcode; /* enum source, enum rcode */
	uint32_t ttl;
	struct saved_answers now;
	/* what on_silence: keep and on_all_down: last remember */
	bool kept, lasted, kept_falling;
	uint32_t kept_ttl;
	int kept_rcode;
	struct saved_answers keep, last;
};

struct saved_domain {
	const char *name;
	int type;  /* enum rrtype: of the rrset of FAMILY_OTHER */
	int probe; /* enum probe_type */
	int64_t since;
	struct saved_rrset rrsets[FAMILIES];
	const struct saved_target *targets;
	size_t ntargets;
};

/* How far a journal had been read when all that was known. */
struct saved_place {
	char journal[16 + AGENT_FILE]; /* "reports/a1", "overrides" */
	char head[17];                 /* of the segment's first line: is it still that one? */
	uint64_t segment, line;        /* number; lines read of it */
	int64_t offset;                /* of the first byte that was not read */
	bool sealed;                   /* what follows is in the next segment */
};

/* What a snapshot is of. */
struct saved_head {
	int64_t at; /* the engine's time, by the wall clock */
	char boot_id[33];
	int64_t boot_ms;  /* the same instant on CLOCK_MONOTONIC of that boot */
	char config[17];  /* hash of the config in force */
};

struct saved_calls {
	void *arg;
	void (*agent)(void *arg, const struct saved_agent *a);
	void (*override)(void *arg, const struct saved_override *o);
	void (*domain)(void *arg, const struct saved_domain *d);
};

#endif
