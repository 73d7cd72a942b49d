#ifndef FODNS_SHARED_H
#define FODNS_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/answer.h"

/*
 * What fodns-serve's worker counts and its keeper reads, in memory that both
 * map.  It outlives the worker, so that counters go on after a restart.  Single
 * writers, relaxed reads: a counter may be a moment old, nothing depends on it.
 */
enum { SHARED_THREADS = 256, SHARED_VERSION = 1 };

struct shared {
	uint32_t version;
	uint32_t ready; /* a generation is served */
	uint64_t heard; /* lines of the decision stream: its sign of life */
	uint64_t gen, names, domains, zones;
	uint64_t updates, bad_lines, generations;
	char config[17]; /* hash of the config that is served */
	uint32_t threads;
	struct {
		uint64_t open, accepted, evicted, timed_out, refused;
	} tcp;
	struct answer_counts counts[SHARED_THREADS]; /* [0] is of TCP */
};

/* Anonymous memory as a file descriptor, zeroed; -1 with errno. */
int shared_make(void);
/* Maps it; NULL with errno. fd can be closed afterwards. */
struct shared *shared_map(int fd);
/* The sum over all threads. */
void shared_sum(const struct shared *s, struct answer_counts *sum);

#endif
