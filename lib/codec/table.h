#ifndef FODNS_TABLE_H
#define FODNS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/siphash.h"
#include "codec/image.h"
#include "codec/query.h"
#include "codec/records.h"

/*
 * One generation of answers: every configured name, and every name between one
 * and its zone (empty non-terminals, RFC 8020), by hash.
 *
 * Built by one thread, then read by many while that one thread goes on to
 * replace images.  A reader sees the old image or the new one; whoever frees the
 * old one has to wait until no reader can hold it (RCU).
 */
struct table_zone {
	uint8_t namelen;
	uint8_t name[WIRE_NAME];
	uint32_t serial; /* read and written atomically */
	uint64_t sum;    /* of all images: has anything changed? */
	/* The SOA record, with the places of pointers into the zone's part of the asked name. */
	uint16_t soalen, serial_at, nfix;
	uint16_t fix[3];
	uint8_t soa[2 * WIRE_NAME + 64];
};

struct table {
	uint64_t key[2]; /* of the hash; random, so that nobody outside can choose collisions */
	uint64_t *slots; /* 0, or an image: 48 bits of its address below 16 of the hash */
	size_t mask;     /* number of slots - 1, at most half are taken */
	size_t names, decided;
	unsigned labels; /* of the deepest name */
	uint8_t nsid[LIMIT_NSID]; /* what NSID tells (RFC 5001); nsidlen 0: nothing */
	uint8_t nsidlen;
	struct rrl_rules rrl;
	struct table_zone **zones;
	size_t nzones, zones_cap;
};

/* An empty one; key of 16 random bytes. table_free it. */
struct table *table_new(const uint64_t key[2]);
void table_free(struct table *t); /* NULL is fine */

/* Lines of a generation, zones first.  -1: it does not fit what is there. */
int table_zone(struct table *t, const struct stream_zone *z, struct fault *f);
int table_record(struct table *t, const struct stream_rr *r, struct fault *f);
int table_decision(struct table *t, const struct decision *d, struct fault *f);

/* Nothing more is added.  A zone that says the same as in `before` (may be NULL) keeps its serial,
 * another's rises. */
void table_finish(struct table *t, const struct table *before);

/*
 * A decision for a name of a finished table.  1: *old was replaced (free it after
 * a grace period) and the zone's serial has risen; 0: it says what was said
 * before; -1: the name is not there.
 */
int table_update(struct table *t, const struct decision *d, struct image **old, struct fault *f);

static inline uint64_t
table_hash(const struct table *t, const uint8_t *name, size_t n)
{
	return siphash13(t->key, name, n);
}

static inline struct image *
table_image(uint64_t slot)
{
	return (struct image *)(uintptr_t)(slot & UINT64_C(0xffffffffffff));
}

/* The image of a lower-case name, NULL if there is none. */
struct image *table_find(const struct table *t, uint64_t hash, const uint8_t *name, size_t n);

/* The longest proper ancestor that is in the table; NULL: the name is outside all zones.  *skip:
 * bytes of name before it. */
struct image *table_above(const struct table *t, const uint8_t *name, size_t n, size_t *skip);

#endif
