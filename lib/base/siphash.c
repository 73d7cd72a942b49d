#include "base/siphash.h"

#include <string.h>

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

#define ROUND \
	do { \
		v0 += v1, v1 = ROTL(v1, 13), v1 ^= v0, v0 = ROTL(v0, 32); \
		v2 += v3, v3 = ROTL(v3, 16), v3 ^= v2; \
		v0 += v3, v3 = ROTL(v3, 21), v3 ^= v0; \
		v2 += v1, v1 = ROTL(v1, 17), v1 ^= v2, v2 = ROTL(v2, 32); \
	} while (0)

/* c rounds a word, d at the end: constants wherever it is called, so the loops are unrolled. */
static inline uint64_t
siphash(const uint64_t key[2], const void *data, size_t n, int c, int d)
{
	uint64_t v0 = key[0] ^ UINT64_C(0x736f6d6570736575),
		 v1 = key[1] ^ UINT64_C(0x646f72616e646f6d);
	uint64_t v2 = key[0] ^ UINT64_C(0x6c7967656e657261),
		 v3 = key[1] ^ UINT64_C(0x7465646279746573);
	const unsigned char *p = data;
	uint64_t m, last = (uint64_t)n << 56;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&m, p, 8);
		v3 ^= m;
		for (int i = 0; i < c; i++)
			ROUND;
		v0 ^= m;
	}
	for (size_t i = 0; i < n; i++)
		last |= (uint64_t)p[i] << (8 * i);
	v3 ^= last;
	for (int i = 0; i < c; i++)
		ROUND;
	v0 ^= last;
	v2 ^= 0xff;
	for (int i = 0; i < d; i++)
		ROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}

uint64_t
siphash13(const uint64_t key[2], const void *data, size_t n)
{
	return siphash(key, data, n, 1, 3);
}

uint64_t
siphash24(const uint64_t key[2], const void *data, size_t n)
{
	return siphash(key, data, n, 2, 4);
}
