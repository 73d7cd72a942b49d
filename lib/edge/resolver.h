#ifndef FODNS_RESOLVER_H
#define FODNS_RESOLVER_H

#include <stdint.h>

#include "edge/loop.h"
#include "model/addr.h"

/*
 * The door to c-ares: host names to addresses on a loop, by /etc/hosts and the DNS,
 * as getaddrinfo(3) does but without waiting.  Nothing is kept: each lookup asks
 * anew, and names are absolute, so that no search list is tried.
 */
struct resolver;

enum resolved {
	RESOLVED_ADDRESS, /* the first in the order of getaddrinfo */
	RESOLVED_NOTHING, /* the name does not exist, or has no address */
	RESOLVED_FAILED   /* no server could tell */
};

/* server NULL: those of /etc/resolv.conf, which is read again when it may have changed. */
struct resolver *resolver_new(struct loop *l, const struct addr *server, int port);
void resolver_free(struct resolver *r); /* no call follows; NULL is fine */

/* done is called from the loop, never from within this; a is valid during the call. */
void resolver_lookup(struct resolver *r, const char *name, int64_t timeout_ms,
    void (*done)(void *arg, enum resolved how, const struct addr *a), void *arg);

#endif
