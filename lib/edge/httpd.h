#ifndef FODNS_HTTPD_H
#define FODNS_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "edge/loop.h"
#include "edge/router.h"
#include "model/addr.h"

/*
 * The door to libmicrohttpd: an HTTP/1.1 server on an event loop (RFC 9112).
 * Handlers are called with a whole request and fill a reply at once.  Refused
 * before any handler: Content-Length beside Transfer-Encoding or repeated, NUL
 * in the URL, unknown paths and methods, bodies over the route's cap.
 */
struct httpd;

struct httpd_options {
	const struct route *routes; /* ended by a NULL path; kept */
	void *arg;                  /* first argument of the handlers */
	size_t connections, connections_per_addr;
	int64_t headers_ms, request_ms, idle_ms; /* absolute; edge/gate.h */
	/* Called for each answer that no handler gave and, with handled, for each other; may be
	 * NULL. */
	void (*answered)(void *arg, const struct http_request *q, int status, bool handled);
};

struct http_request {
	const char *method, *path;
	const char *tail;    /* what the '*' of the route stands for */
	const char *body;    /* NUL behind it; "" if there is none */
	size_t body_len;
	struct addr peer;
	void *connection;    /* libmicrohttpd's */
};

/* The first header of that name, any case; NULL: none, or one with a NUL in it. */
const char *http_header(const struct http_request *q, const char *name);
/* The first query parameter, decoded; *len is its length, NUL bytes included.  NULL: not given. */
const char *http_query(const struct http_request *q, const char *name, size_t *len);

struct http_reply {
	int status;        /* 200 */
	const char *type;  /* "application/json" */
	const char *fixed; /* a static text as the body, prepared once */
	struct buf body;   /* else this; taken over */
	char etag[40];     /* with quotes; "": none */
	int retry_after;   /* seconds; 0: none */
	bool authenticate; /* WWW-Authenticate: Bearer, with 401 */
};

/* {"detail":"…"} with that status. */
void http_detail(struct http_reply *r, int status, const char *detail);

struct httpd *httpd_new(struct loop *l, const struct httpd_options *o);
void httpd_free(struct httpd *h); /* closes all */

/* Binds and listens, so that a program may do it before it drops its rights. Faults say who holds
 * the port. */
int httpd_listen(struct httpd *h, const struct addr *a, int port, struct fault *f);
/* Certificate chain and key in PEM, copied; before httpd_start, or while it runs: then connections
 * are closed and new ones use it. */
int httpd_tls(struct httpd *h, const char *cert, const char *key, struct fault *f);
int httpd_start(struct httpd *h, struct fault *f); /* answers from now on */

struct httpd_counts {
	size_t connections;
	uint64_t accepted, evicted, late, requests;
};
void httpd_counts(const struct httpd *h, struct httpd_counts *out);

#endif
