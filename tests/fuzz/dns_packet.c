/*
 * A DNS message into dns_answer().  Whatever it is, the reply is well formed,
 * within its limit, and to the same question; a reply gets none.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/answer.h"
#include "codec/feed.h"
#include "dns_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the name at `at` ends; pointers go back, and are followed to their end. */
static size_t
name_end(const uint8_t *p, size_t at, size_t n)
{
	size_t end = 0, total = 0;

	for (;;) {
		assert(at < n);
		if (p[at] >= 0xc0) {
			size_t to = wire_get16(p + at) & 0x3fff;

			assert(at + 2 <= n && to < at);
			end = end ? end : at + 2;
			at = to;
			continue;
		}
		assert(p[at] < 64);
		total += p[at] + 1U;
		assert(total <= WIRE_NAME);
		if (!p[at])
			return end ? end : at + 1;
		at += p[at] + 1U;
	}
}

static void
check_records(const uint8_t *p, size_t at, size_t n)
{
	unsigned opts = 0;

	for (int section = 0; section < 3; section++)
		for (unsigned left = wire_get16(p + 6 + 2 * section); left; left--) {
			at = name_end(p, at, n);
			assert(n - at >= 10);
			opts += wire_get16(p + at) == TYPE_OPT;
			assert(wire_get16(p + at) == TYPE_OPT || wire_get16(p + at + 2) == CLASS_IN);
			assert(n - at - 10 >= wire_get16(p + at + 8));
			at += 10U + wire_get16(p + at + 8);
		}
	assert(at == n && opts <= 1);
}

static void
check_reply(const uint8_t *query, size_t n, const uint8_t *reply, size_t len, bool tcp)
{
	size_t at = 12;

	assert(n >= 12 && !(query[2] & 0x80));
	assert(len >= 12 && (tcp || len <= QUERY_SIZE));
	assert(!memcmp(query, reply, 2) && reply[2] & 0x80);
	assert(((reply[2] ^ query[2]) & 0x79) == 0 && !(reply[3] & 0xf0));
	assert(wire_get16(reply + 4) <= 1);
	if (wire_get16(reply + 4)) {
		at = name_end(reply, 12, len) + 4;
		assert(at <= n && !memcmp(query + 12, reply + 12, at - 12));
	}
	check_records(reply, at, len);
}

static void
begin(struct answerer *w, struct answer_counts *counts, bool tcp)
{
	static const uint8_t peer[4] = {192, 0, 2, 1};

	answerer_init(w, counts, dns_site(), 7, tcp);
	w->peer = peer;
	w->peerlen = sizeof(peer);
	w->keepalive = 150;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct answer_counts counts;
	static struct answerer w;
	static uint8_t reply[65535], again[65535];
	const struct table *t = dns_world();
	size_t n, m;
	uint8_t *query;
	bool tcp;

	if (!size || size > 65536)
		return 0;
	tcp = data[0] & 1;
	size--;
	query = mem_alloc(size ? size : 1); /* of this size exactly, so that a byte too far is seen */
	memcpy(query, data + 1, size);
	begin(&w, &counts, tcp);
	n = dns_answer(&w, t, query, size, reply, sizeof(reply));
	if (n)
		check_reply(query, size, reply, n, tcp);
	else
		assert(size < 12 || query[2] & 0x80);
	/* In place it is the same. */
	memcpy(again, query, size);
	begin(&w, &counts, tcp);
	m = dns_answer(&w, t, again, size, again, sizeof(again));
	assert(m == n && !memcmp(again, reply, n));
	free(query);
	return 0;
}
