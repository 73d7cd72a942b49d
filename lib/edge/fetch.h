#ifndef FODNS_FETCH_H
#define FODNS_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "edge/loop.h"
#include "model/outlet.h"

/*
 * The door to libcurl: HTTP requests on an event loop.  Nothing of the
 * environment counts (no proxies, no netrc), nothing is decompressed, redirects
 * are not followed; every request has one absolute deadline, and none waits for
 * another, not even for a name that no server of names wants to tell.
 */
struct fetcher;
struct fetch;

struct fetcher *fetcher_new(struct loop *l); /* ignores SIGPIPE; NULL: no memory */
void fetcher_free(struct fetcher *f); /* cancels what is under way, without calls */
/*
 * Reads the authorities (NULL: the system's, 25 ms) now, before anything is
 * under way, and not within the time of the first handshake.
 */
void fetcher_warm(struct fetcher *f, const char *ca_file);

struct fetch_request {
	const char *method;         /* NULL: GET, or POST with a body */
	const char *url;            /* http:// or https:// */
	const char *const *headers; /* "Name: value", ended by NULL; NULL: none */
	const char *body;           /* kept by the caller until done */
	size_t body_len;
	int64_t timeout_ms;
	const struct addr *connect_to; /* NULL: as the URL says; else this address, with Host, SNI
	                                  and certificate name of the URL */
	int connect_port;
	const struct outlet *outlet; /* from where; NULL: the system chooses */
	bool fresh;                 /* a connection of its own, closed after: a probe */
	bool insecure;              /* do not verify the certificate */
	const char *ca_file;        /* NULL: the system's */
	const char *cert, *key;     /* PEM files to show; key NULL: in cert, too */
	const char *proxy;          /* http://HOST:PORT or socks5h://HOST:PORT; NULL: none */
	bool want_end;              /* of the certificate, which costs a little */
	size_t max_body;            /* beyond it the transfer ends, done and truncated */
	/* Each header line as it came; false: that is enough, the transfer is done.  NULL: of no
	 * interest.  Same arg as done's, from the loop. */
	bool (*head)(void *arg, const char *line, size_t n);
};

enum fetch_end {
	FETCH_DONE,
	FETCH_TIMEOUT,
	FETCH_REFUSED,
	FETCH_RESOLVE,
	FETCH_TLS,
	FETCH_PROTOCOL,
	FETCH_LOCAL,
	FETCH_OTHER
};

struct fetch_result {
	enum fetch_end end;
	int code;            /* HTTP status when FETCH_DONE */
	bool unconnected;    /* there was no connection; err, unless 0, is why, and */
	bool no_socket;      /* not even a socket */
	int err;
	const char *error;   /* one line from a fixed list; NULL when done */
	const char *body;    /* what was kept, NUL-terminated */
	size_t body_len;
	bool truncated;      /* the body was longer than max_body */
	const char *etag;    /* response headers of use; NULL: not sent */
	int64_t retry_after_ms; /* -1: not sent */
	double connect_ms, tls_ms, first_byte_ms, total_ms; /* since the start; 0: not reached */
	int64_t cert_end;    /* ms since the epoch; 0: not known */
};

/*
 * done is called once, from the loop, never from within fetch_start; it may start, cancel and free
 * as it likes.  The request may be on the stack; strings but the body are copied.  NULL: no memory.
 */
struct fetch *fetch_start(struct fetcher *f, const struct fetch_request *r,
                          void (*done)(void *arg, const struct fetch_result *res), void *arg);
void fetch_cancel(struct fetch *t); /* no call follows */

/* Appends where a Location leads from url, without a fragment; false: nowhere. */
bool fetch_join(struct buf *b, const char *url, const char *location);

#endif
