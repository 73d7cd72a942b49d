#ifndef FODNS_QUERY_H
#define FODNS_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/cookie.h"
#include "codec/wire.h"

/* What a DNS message asks (RFC 1035 4.1, RFC 6891). */
struct query {
	uint8_t rcode;    /* what is to be said of its form: NOERROR (look it up), FORMERR, NOTIMP,
	                     REFUSED, BADVERS */
	bool opt;         /* it has an OPT record: the reply has one */
	bool dnssec_ok;   /* its DO flag */
	bool nsid;        /* asks who answers (RFC 5001) */
	bool keepalive, keepalive_wrong; /* asks how long TCP may idle (RFC 7828); not rightly */
	uint8_t cookielen;               /* 0: no cookie */
	uint8_t cookie[COOKIE_MOST];
	uint16_t size;    /* most bytes of a reply over UDP, 512 .. QUERY_SIZE */
	uint16_t type, class;
	uint16_t namelen; /* of the name in the question, at byte 12; 0: there is no question to
	                     give back, and with NOERROR none was asked: it is about the cookie */
	uint16_t end;     /* where the question ends: what a reply keeps */
	uint64_t hash;    /* of name; the lookup's own */
	uint8_t name[WIRE_NAME + 1]; /* the name in lower case */
};

/* Our own largest reply over UDP, and what we advertise (DNS flag day 2020). */
enum { QUERY_SIZE = 1232, QUERY_HEADER = 12, QUERY_OPT = 11 };

/*
 * Reads the n bytes of a message.  False: it must not be answered at all (under
 * 12 bytes, or itself a reply).  Only the n bytes are looked at; pointers are
 * skipped, never followed.
 */
bool query_parse(struct query *q, const uint8_t *p, size_t n);

#endif
