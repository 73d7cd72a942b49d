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
enum { ANSWER_BATCH = 32, ANSWER_RCODES = 17 };

/* Counted by one thread, read by others at any time. */
struct answer_counts {
	_Alignas(64) uint64_t queries[2]; /* over UDP, TCP */
	uint64_t rcodes[ANSWER_RCODES];   /* of the replies */
	uint64_t dropped;                 /* not answered: replies, too short */
	uint64_t truncated;
	uint64_t send_errors, receive_errors;
};

/* One thread's own; large: keep it. */
struct answerer {
	struct answer_counts *counts;
	uint64_t random; /* never 0 */
	bool tcp;
	struct query queries[ANSWER_BATCH];
};

void answerer_init(struct answerer *w, struct answer_counts *counts, uint64_t seed, bool tcp);

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
};

/*
 * The same for n <= ANSWER_BATCH at once: all are hashed, then all are looked
 * up, then all are answered, so that the waits for memory overlap.
 */
void answer_batch(struct answerer *w, const struct table *t, struct answer_item *items, size_t n);

#endif
