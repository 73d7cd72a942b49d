#ifndef FODNS_MIX_H
#define FODNS_MIX_H

#include <stdint.h>

/* The step and the end of splitmix64 (Steele, Lea, Flood 2014): each bit of x moves every bit.  No
 * secret: whoever may choose x may choose collisions. */
#define MIX_STEP UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

#endif
