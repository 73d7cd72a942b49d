#ifndef FODNS_ROUTER_H
#define FODNS_ROUTER_H

#include <stddef.h>

/*
 * Which handler answers a request: a table, searched in order.  A path that ends
 * with '*' takes anything that begins with what is before it, which is then the
 * tail.  A route for GET answers HEAD, too (RFC 9110 9.3.2).
 */
struct http_request;
struct http_reply;

struct route {
	const char *method, *path;
	size_t body; /* most bytes of a request body; 0: it is not read */
	void (*call)(void *arg, const struct http_request *q, struct http_reply *r);
};

struct routed {
	const struct route *route; /* NULL: none */
	const char *tail;          /* points into the path; "" without a '*' */
	char allow[64]; /* the methods of the path, for 405; "": there is no such path (404) */
};

/* routes is ended by a NULL path. */
void router_find(struct routed *out, const struct route *routes, const char *method,
                 const char *path);

#endif
