#ifndef FODNS_TLS_H
#define FODNS_TLS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The door to OpenSSL: TLS handshakes on sockets that do not block.  libcurl has
 * one, too, but offers no protocol of one's choice (ALPN), does not say which
 * alert came, and takes 0.94 ms of CPU where this takes 0.80, 1.1 ms when the
 * certificate's end is wanted.
 */
struct tls_maker; /* what handshakes share: authorities are parsed once, until their file changes */
struct tls;

struct tls_maker *tls_maker_new(void); /* NULL: no memory */
void tls_maker_free(struct tls_maker *m); /* after its handshakes; NULL is fine */

struct tls_request {
	const char *name;       /* SNI and what the certificate is for; an address is not sent */
	bool verify;
	const char *ca;         /* PEM files; NULL: the system's */
	const char *cert, *key; /* NULL: none; key NULL: in cert, too */
	const char *alpn;       /* the protocol that must be agreed on; NULL: none is offered */
};

/* fd stays the caller's, and open until tls_free.  NULL: *why says what is missing here. */
struct tls *tls_open(struct tls_maker *m, const struct tls_request *q, int fd, const char **why);
void tls_free(struct tls *t); /* NULL is fine */

enum tls_step {
	TLS_READ,  /* again when there is something to read */
	TLS_WRITE, /* again when there is room to write */
	TLS_DONE,  /* and close_notify was sent */
	TLS_BAD,   /* tls_why */
	TLS_LOST   /* the connection ended with *err */
};
enum tls_step tls_step(struct tls *t, int *err);
const char *tls_why(const struct tls *t); /* from a fixed list */
int64_t tls_cert_end(const struct tls *t); /* ms since the epoch; 0: not known */

/*
 * For an SSL_CTX of somebody else (libcurl): bounds what the handshakes of its connections take.
 * OpenSSL passes over HelloRequests as long as they come, in one call that never returns, and
 * counts in whatever field a server chooses.
 */
void tls_bound(void *ctx);

#endif
