#include "codec/tcpstream.h"

enum tcpstream
tcpstream_answer(struct answerer *w, const struct table *t, const uint8_t *in, size_t n,
                 size_t *used, size_t *messages, uint8_t *out, size_t *outlen, size_t cap)
{
	*used = *messages = 0;
	while (n - *used >= 2) {
		const uint8_t *p = in + *used;
		size_t len = wire_get16(p), reply;

		if (len < QUERY_HEADER)
			return TCPSTREAM_BROKEN;
		if (n - *used - 2 < len)
			return TCPSTREAM_MORE;
		if (cap - *outlen < TCPSTREAM_ROOM)
			return TCPSTREAM_FULL;
		reply = dns_answer(w, t, p + 2, len, out + *outlen + 2, TCPSTREAM_MESSAGE);
		if (reply) {
			wire_put16(out + *outlen, (uint16_t)reply);
			*outlen += 2 + reply;
		}
		*used += 2 + len;
		++*messages;
	}
	return TCPSTREAM_MORE;
}
