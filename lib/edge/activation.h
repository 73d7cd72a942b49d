#ifndef FODNS_ACTIVATION_H
#define FODNS_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>

#include "model/config.h"

/*
 * Sockets that a service manager has bound for us, by the protocol of
 * sd_listen_fds(3): $LISTEN_FDS of them from descriptor 3 on, ours if
 * $LISTEN_PID is our process.  They outlive us, and with them the queries that
 * wait in them.
 */
struct activation_socket {
	int fd;     /* close-on-exec */
	bool tcp;   /* listening; else UDP */
	struct listen listen; /* what it is bound to */
};

struct activation {
	struct activation_socket sockets[LIMIT_LISTENS];
	size_t n;
};

/*
 * Before any descriptor was opened; the variables are unset, so that no child
 * takes the sockets for its own.  What is neither a bound UDP socket nor a TCP
 * listener of IPv4 or IPv6 is logged and closed.
 */
void activation_take(struct activation *a);

#endif
