#ifndef FODNS_DECISION_H
#define FODNS_DECISION_H

#include <stddef.h>
#include <stdint.h>

#include "model/answer.h"
#include "model/config.h"
#include "model/limits.h"
#include "model/words.h"

/* What a domain answers, for one family. */
struct rrset {
	struct answer answers[LIMIT_TARGETS]; /* sorted as text, no duplicates */
	size_t nanswers;
	uint32_t ttl;
	enum source source;
	/* one answer a query, by weight or by the client's network; else SELECT_ALL */
	enum select select;
	uint16_t weights[LIMIT_TARGETS]; /* SELECT_WEIGHTED: of each answer, at least 1 */
	enum rcode rcode; /* other than DECIDED_NOERROR: there are no answers */
};

struct target_view {
	const char *value; /* of another type than A and AAAA; NULL */
	struct addr addr;  /* the answered one, else the probed one; FAMILY_OTHER: none */
	int port;
	enum state state; /* an override's word, else the state by votes */
	int ok, fail, missing;
};

/*
 * A decision owns all it says but the texts, which are the config's or the reader's;
 * it is large, so keep one and fill it again.
 */
struct decision {
	int64_t at;    /* the engine's time */
	int64_t since; /* when this answer came about */
	int64_t next;  /* first instant after at when it changes by itself; -1: never */
	const char *domain; /* the config's, or the reader's */
	enum rrtype type; /* of rrsets[FAMILY_OTHER]; RRTYPE_A: there is none */
	struct rrset rrsets[FAMILIES];
	struct target_view targets[LIMIT_TARGETS];
	size_t ntargets;
	int max_answers; /* per response; 0: the server's default */
};

/* A change, for the log, decisions/ and --events.  It owns all that it says. */
struct event {
	enum event_kind kind;
	int64_t at;
	char domain[LIMIT_NAME + 1]; /* "" for an agent's liveness */
	char target[TARGET_TEXT];
	char agent[LIMIT_AGENT_ID + 1];
	char from[512], to[512]; /* "up", "down"; addresses joined by commas; "fresh", "silent" */
	char why[512];           /* one line for people */
	enum rrtype type;        /* of EVENT_ANSWER and EVENT_TIER */
	enum source source;      /* of EVENT_ANSWER */
};

#endif
