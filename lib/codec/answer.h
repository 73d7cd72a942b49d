#ifndef FODNS_ANSWER_H
#define FODNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/query.h"
#include "codec/table.h"

/*
 * Queries in, replies out: no socket, no allocation, no lock, no clock.  What
 * stands behind UDP, TCP, tests and the fuzzer alike.
 */
enum { ANSWER_BATCH = 32, ANSWER_RCODES = 24 };

/* Counted by one thread, read by others at any time. */
struct answer_counts {
	_Alignas(64) uint64_t queries[2]; /* over UDP, TCP */
	uint64_t rcodes[ANSWER_RCODES];   /* of the replies */
	uint64_t dropped;                 /* not answered: replies, too short */
	uint64_t truncated;
	uint64_t limited, slipped;        /* over the rate: not answered; sent to TCP */
	uint64_t send_errors, receive_errors;
};

/* Secrets of DNS cookies: the first makes them, all are known again. */
struct answer_secrets {
	uint8_t secret[2][16];
	unsigned n;
};

/* What all threads share and somebody else keeps up to date. */
struct answer_site {
	const struct answer_secrets *secrets; /* swapped as a whole; NULL: cookies are ignored */
	uint32_t seconds;                     /* the wall clock */
	struct rrl *rrl;                      /* NULL: no limit */
};

/* One thread's own; large: keep it. */
struct answerer {
	struct answer_counts *counts;
	const struct answer_site *site;
	uint64_t random; /* never 0 */
	bool tcp;
	uint16_t keepalive;  /* TCP: how long a connection may idle, in 100 ms; 0: not said */
	int64_t now;         /* ms of a steady clock, while the table limits the rate */
	const uint8_t *peer; /* of the message that dns_answer gets: 4 or 16 bytes of address */
	size_t peerlen;      /* 0: not known */
	struct query queries[ANSWER_BATCH];
};

/* site: borrowed, NULL: no cookies and no limit. */
void answerer_init(struct answerer *w, struct answer_counts *counts, const struct answer_site *site,
                   uint64_t seed, bool tcp);

/*
 * The reply to the n bytes of query into reply, which may be the same memory.
 * Returns its length, 0: none is to be sent.  Over UDP it is at most
 * QUERY_SIZE.  cap is at least 512.
 */
size_t dns_answer(struct answerer *w, const struct table *t, const uint8_t *query, size_t n,
                  uint8_t *reply, size_t cap);

/* A message and, afterwards, its reply in the same place. */
struct answer_item {
	uint8_t *data;
	size_t len; /* in: of the query; out: of the reply, 0: none */
	size_t cap;
	const uint8_t *peer; /* who asks: 4 or 16 bytes of address; peerlen 0: not known */
	size_t peerlen;
};

/*
 * The same for n <= ANSWER_BATCH at once: all are hashed, then all are looked
 * up, then all are answered, so that the waits for memory overlap.
 */
void answer_batch(struct answerer *w, const struct table *t, struct answer_item *items, size_t n);

#endif
