#ifndef FODNS_SOCKETS_H
#define FODNS_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "edge/activation.h"
#include "model/config.h"

/* The sockets of one listen address of the DNS server. */
struct sockets {
	struct listen listen;
	int tcp;   /* listening, non-blocking */
	int *udp;  /* one for each thread, blocking */
	size_t nudp, udp_cap;
	bool dual; /* an IPv6 socket that takes IPv4, too */
	bool tcp_only; /* a further listener of an address that has all */
};

/*
 * Binds.  TCP first and without SO_REUSEPORT, so that a second server on the
 * address gets EADDRINUSE; the fault says who holds the port if that can be known.
 */
int sockets_open(struct sockets *s, const struct listen *l, size_t threads, struct fault *f);

/*
 * Those that were handed over, by address; list has room for all of them. Returns how many
 * addresses; each is to be completed.
 */
size_t sockets_adopt(struct sockets *list, const struct activation *a);

/*
 * What is not there yet is bound. Threads share the UDP sockets that were handed over: one bound
 * beside them would lose what waits in it when we end.
 */
int sockets_complete(struct sockets *s, size_t threads, struct fault *f);
void sockets_close(struct sockets *s);

#endif
