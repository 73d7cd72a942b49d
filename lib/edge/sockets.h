#ifndef FODNS_SOCKETS_H
#define FODNS_SOCKETS_H

#include <stddef.h>

#include "base/fault.h"
#include "model/config.h"

/* The sockets of one listen address of the DNS server. */
struct sockets {
	struct listen listen;
	int tcp;   /* listening, non-blocking */
	int *udp;  /* one for each thread, blocking */
	size_t nudp;
};

/*
 * Binds.  TCP first and without SO_REUSEPORT, so that a second server on the
 * address gets EADDRINUSE; the fault says who holds the port if that can be known.
 */
int sockets_open(struct sockets *s, const struct listen *l, size_t threads, struct fault *f);
void sockets_close(struct sockets *s);

#endif
