#ifndef FODNS_TCPSTREAM_H
#define FODNS_TCPSTREAM_H

#include <stddef.h>
#include <stdint.h>

#include "codec/answer.h"

/*
 * DNS over a stream (RFC 1035 4.2.2, RFC 7766): messages behind their lengths,
 * in any pieces.  No socket in here.
 */
enum tcpstream {
	TCPSTREAM_MORE,  /* all whole messages were answered: read on */
	TCPSTREAM_FULL,  /* out has no room for another reply: send, then call again */
	TCPSTREAM_BROKEN /* this is no DNS: send what is in out, then close */
};

enum { TCPSTREAM_MESSAGE = 65535, TCPSTREAM_ROOM = 2 + TCPSTREAM_MESSAGE };

/*
 * Answers the whole messages in the n bytes of in; *used: bytes that were taken,
 * *messages: how many messages that were.  Replies with their lengths are
 * appended at out + *outlen, which has cap bytes; a reply is begun only with
 * TCPSTREAM_ROOM left.
 */
enum tcpstream tcpstream_answer(struct answerer *w, const struct table *t, const uint8_t *in,
                                size_t n, size_t *used, size_t *messages, uint8_t *out,
                                size_t *outlen, size_t cap);

#endif
