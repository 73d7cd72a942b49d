#ifndef FODNS_SIPHASH_H
#define FODNS_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-1-3 (Aumasson, Bernstein): keyed, so that nobody outside can choose collisions. */
uint64_t siphash13(const uint64_t key[2], const void *data, size_t n);

/* SipHash-2-4, where it serves as a MAC (RFC 9018). */
uint64_t siphash24(const uint64_t key[2], const void *data, size_t n);

#endif
