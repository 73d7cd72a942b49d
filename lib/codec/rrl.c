#include "codec/rrl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/siphash.h"

/*
 * A bucket from its top: 20 bits that tell networks apart, 20 bits of the time
 * it was last used, 24 bits of tokens, all of them a second's worth.
 */
enum {
	SETS = 1 << 14,
	WAYS = 8,
	TOKENS = 24,
	TIME = 20,
	UNIT = 8, /* ms of a tick */
	APART = 1000 /* ticks that one thread's time may be behind another's */
};
#define FULL ((UINT32_C(1) << TOKENS) - 1)
#define TIME_MASK ((UINT32_C(1) << TIME) - 1)

struct rrl {
	uint64_t key[2];
	uint64_t sets[SETS][WAYS];
};

struct rrl *
rrl_new(const uint64_t key[2])
{
	struct rrl *r = mem_alloc(sizeof(*r));

	r->key[0] = key[0];
	r->key[1] = key[1];
	return r;
}

void
rrl_free(struct rrl *r)
{
	free(r);
}

static struct addr
address(const uint8_t *p, size_t n)
{
	struct addr a = {.family = n == 4 ? FAMILY_V4 : FAMILY_V6};

	memcpy(a.b, p, n < sizeof(a.b) ? n : sizeof(a.b));
	return a;
}

bool
rrl_exempt(const struct rrl_rules *rules, const uint8_t *addr, size_t addrlen)
{
	struct addr a = address(addr, addrlen);

	for (size_t i = 0; i < rules->nexempt; i++)
		if (prefix_has(&rules->exempt[i], &a))
			return true;
	return false;
}

/* The network of the address and the kind of reply, hashed. */
static uint64_t
network(const struct rrl *r, const struct rrl_rules *rules, const uint8_t *addr, size_t addrlen,
        enum rrl_kind kind)
{
	struct addr a = address(addr, addrlen);
	size_t bits = rules->bits[a.family], whole = bits / 8;
	uint8_t data[2 + sizeof(a.b)] = {(uint8_t)kind, a.family};

	memcpy(data + 2, a.b, whole);
	if (bits % 8)
		data[2 + whole] = (uint8_t)(a.b[whole] & 0xff00 >> bits % 8);
	return siphash13(r->key, data, sizeof(data));
}

/* Ticks since the bucket was used.  Threads read the clock apart: one may be a tick ahead. */
static uint32_t
passed(uint64_t bucket, uint32_t tick)
{
	uint32_t ticks = (tick - (uint32_t)(bucket >> TOKENS)) & TIME_MASK;

	return ticks > TIME_MASK - APART ? 0 : ticks;
}

static uint32_t
tokens(uint64_t bucket, uint32_t tick)
{
	uint64_t n = (bucket & FULL) + (uint64_t)passed(bucket, tick) * (FULL / (1000 / UNIT));

	return n < FULL ? (uint32_t)n : FULL;
}

/* The network's own bucket, else the one that was idle longest. */
static uint64_t *
find(uint64_t *set, uint32_t tag, uint32_t *tick, uint32_t *left)
{
	uint64_t *best = set;
	uint32_t most = 0;

	for (size_t i = 0; i < WAYS; i++) {
		uint64_t bucket = __atomic_load_n(&set[i], __ATOMIC_RELAXED);
		uint32_t n = bucket ? tokens(bucket, *tick) : FULL;

		if (bucket >> (TOKENS + TIME) == tag) {
			*left = n;
			if (!passed(bucket, *tick)) /* its time never goes back */
				*tick = (uint32_t)(bucket >> TOKENS) & TIME_MASK;
			return &set[i];
		}
		if (n > most) {
			most = n;
			best = &set[i];
		}
	}
	*left = FULL;
	return best;
}

enum rrl_verdict
rrl_judge(struct rrl *r, const struct rrl_rules *rules, const uint8_t *addr, size_t addrlen,
          enum rrl_kind kind, int64_t now, uint32_t chance)
{
	uint64_t hash = network(r, rules, addr, addrlen, kind);
	uint32_t tag = (uint32_t)(hash >> (64 - 20)) | 1; /* never the one of an empty bucket */
	uint32_t tick = (uint32_t)(now / UNIT) & TIME_MASK, left, cost = FULL / rules->rate;
	uint64_t *bucket = find(r->sets[hash % SETS], tag, &tick, &left);
	bool over = left < cost;

	if (!over)
		left -= cost;
	__atomic_store_n(bucket, (uint64_t)tag << (TOKENS + TIME) | (uint64_t)tick << TOKENS | left,
	                 __ATOMIC_RELAXED);
	if (!over)
		return RRL_SEND;
	return rules->slip && chance % rules->slip == 0 ? RRL_SLIP : RRL_DROP;
}
