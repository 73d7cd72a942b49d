#ifndef FODNS_DNSD_H
#define FODNS_DNSD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "edge/shared.h"

/*
 * Answers on sockets, from generation.h's table.  One thread for each UDP
 * socket, blocking: under load a batch costs two system calls.  Threads run
 * until the process ends.  A table must be published before they start.
 */
struct dnsd_udp {
	int fd;
	bool ipv6;
	bool wildcard; /* bound to every address: a reply leaves from the one that was asked */
	uint64_t seed; /* random, of the order of answers */
	struct answer_counts *counts;
	const struct answer_site *site;
};

int dnsd_start_udp(const struct dnsd_udp *u, struct fault *f); /* copied */

/*
 * The end of the process: returns when each UDP thread has answered what it has read and reads no
 * more, after a second at the latest.  What is queued in the sockets stays there.
 */
void dnsd_stop_udp(void);

/* One thread for all TCP listeners (dnstcp.c); fds are non-blocking. */
int dnsd_start_tcp(const int *fds, size_t n, uint64_t seed, const struct answer_site *site,
                   struct shared *shared, struct fault *f);

/* A thread with all signals blocked and a small stack. */
int dnsd_thread(void *(*run)(void *), void *arg, struct fault *f);

#endif
