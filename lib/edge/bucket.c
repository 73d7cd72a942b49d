#include "edge/bucket.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/siphash.h"

enum { SETS = 1024, WAYS = 4 };

struct bucket {
	uint64_t key; /* hash; 0: free */
	double left;
	int64_t at;
};

struct buckets {
	double rate, burst; /* per millisecond; most that is saved up */
	uint64_t seed[2];
	struct bucket slots[SETS][WAYS];
};

struct buckets *
buckets_new(double per_second, double burst, const uint64_t seed[2])
{
	struct buckets *b = mem_alloc(sizeof(*b));

	b->rate = per_second / 1000;
	b->burst = burst;
	b->seed[0] = seed[0];
	b->seed[1] = seed[1];
	return b;
}

void
buckets_free(struct buckets *b)
{
	free(b);
}

static double
left_at(const struct buckets *b, const struct bucket *s, int64_t now)
{
	double n = s->left + (now > s->at ? (double)(now - s->at) * b->rate : 0);

	return n < b->burst ? n : b->burst;
}

static struct bucket *
find(struct buckets *b, uint64_t key, int64_t now)
{
	struct bucket *set = b->slots[key % SETS], *fullest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (!set[i].key ||
		    (fullest->key && left_at(b, &set[i], now) > left_at(b, fullest, now)))
			fullest = &set[i];
	}
	*fullest = (struct bucket){key, b->burst, now};
	return fullest;
}

int64_t
buckets_take(struct buckets *b, const void *key, size_t len, double n, int64_t now)
{
	struct bucket *s = find(b, siphash13(b->seed, key, len) | 1, now);

	s->left = left_at(b, s, now);
	s->at = now;
	if (s->left <= 0)
		return (int64_t)(-s->left / b->rate) + 2; /* rounded up, and something to take */
	s->left -= n;
	if (s->left < -b->burst)
		s->left = -b->burst;
	return 0;
}
