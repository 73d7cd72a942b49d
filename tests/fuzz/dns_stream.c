/* A TCP stream in pieces: however it is cut, the replies are the same bytes. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/tcpstream.h"
#include "dns_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT = 4 * TCPSTREAM_ROOM };

/* Gives the stream in pieces of `piece` bytes as a server would get it; the length of all replies. */
static size_t
run(const uint8_t *data, size_t size, size_t piece, uint8_t *out, bool *broken)
{
	static struct answer_counts counts;
	static struct answerer w;
	const struct table *t = dns_world();
	size_t at = 0, have = 0, outlen = 0, used, messages;

	answerer_init(&w, &counts, dns_site(), 9, true);
	*broken = false;
	while (have < size) {
		size_t n = size - have < piece ? size - have : piece;
		uint8_t *in;

		have += n;
		in = mem_alloc(have - at + 1);
		memcpy(in, data + at, have - at);
		in = mem_resize(in, have - at ? have - at : 1);
		*broken = tcpstream_answer(&w, t, in, have - at, &used, &messages, out, &outlen, OUT) == TCPSTREAM_BROKEN;
		free(in);
		assert(used <= have - at && outlen <= OUT);
		at += used;
		if (*broken)
			break;
	}
	return outlen;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t whole[OUT], pieces[OUT];
	bool a, b;
	size_t n, m;

	if (size < 2 || size > 4096)
		return 0;
	n = run(data + 1, size - 1, size, whole, &a);
	m = run(data + 1, size - 1, 1 + data[0] % 40, pieces, &b);
	assert(n == m && a == b && !memcmp(whole, pieces, n));
	return 0;
}
