#ifndef FODNS_ANSWER_OPTIONS_H
#define FODNS_ANSWER_OPTIONS_H

#include "codec/answer.h"

/*
 * Inside of answer.c: a reply in the making, and the EDNS options in it (RFC
 * 5001 NSID, 7873 cookies, 7828 keepalive, 8914 extended errors).
 */
struct reply {
	struct answerer *w;
	const struct table *t;
	const struct query *q;
	uint8_t *p;
	size_t at, limit, end; /* next byte; where records have to end, where all has to */
	uint16_t sections[3];
	uint8_t rcode;
	int16_t ede;           /* an extended error to tell */
	bool authoritative, full; /* full: something did not fit */
	const uint8_t *peer;
	size_t peerlen;
};

/* Room that a cookie takes in an OPT record. */
enum { OPTIONS_COOKIE = 4 + COOKIE_CLIENT + COOKIE_SERVER };

/* What is to be said of the query's own options: NOERROR, FORMERR, BADCOOKIE. */
uint8_t options_judge(const struct reply *r);

/* Has this client had a reply at its address before? */
bool options_known(const struct reply *r);

/* Appends what was asked for and what helps; cookies first, and what does not fit is left out. */
void options_put(struct reply *r);

#endif
