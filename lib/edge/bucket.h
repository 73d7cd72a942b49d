#ifndef FODNS_BUCKET_H
#define FODNS_BUCKET_H

#include <stddef.h>
#include <stdint.h>

/*
 * Token buckets: how much each key may do.  Memory is fixed: 4 x 1024 keys; of
 * four that fall together the one with the most left, which loses least by being
 * forgotten, makes room.  Time is an argument, in milliseconds on any axis.
 */
struct buckets;

struct buckets *buckets_new(double per_second, double burst, const uint64_t seed[2]);
void buckets_free(struct buckets *b);

/*
 * Takes n from the bucket of a key.  0: taken, the bucket may now be in debt (a
 * batch is known only after it was read), else the milliseconds to wait until
 * there is something again.
 */
int64_t buckets_take(struct buckets *b, const void *key, size_t len, double n, int64_t now);

#endif
