#ifndef FODNS_IMAGE_H
#define FODNS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/wire.h"
#include "model/addr.h"

/*
 * All that is said of one name, compiled: its RRsets as they stand in a reply.
 * Each record begins with the pointer 0xC00C to the name in the question, so
 * that a set is copied as it is.  An image never changes; a new one takes its
 * place.  One allocation: sets, name, records.
 */
struct table_zone;

struct image_set {
	uint16_t type;
	uint16_t len;   /* bytes of all records, and of a table before them */
	uint16_t count; /* records */
	/* bytes of each record if all are alike and may be sent in any order, else 0 */
	uint8_t stride;
	/*
	 * most records of a reply, of a decided set: any in any order; 0: all as they are;
	 * image_one: the one that the table of pick.h before the records finds
	 */
	uint8_t pick;
};

enum { IMAGE_PICK_MOST = 253, IMAGE_ONE_HASHED, IMAGE_ONE_WEIGHTED };

static inline bool
image_one(const struct image_set *s)
{
	return !s->stride && s->pick > IMAGE_PICK_MOST;
}

enum image_flag {
	IMAGE_APEX = 1,   /* SOA and NS are asked here */
	IMAGE_WILD = 2,   /* there is a name "*" right below */
	IMAGE_DECIDED = 4, /* a decision was made of it: a failover domain */
	IMAGE_REFUSES = 8  /* some rcode is set */
};

struct image {
	struct table_zone *zone;
	uint8_t namelen, nsets, flags, labels;
	/* Extended errors to tell with what was decided (RFC 8914), by family; 0: none. */
	uint8_t ede[FAMILIES];
	/* What is said in place of a set that is not there, where it was decided so. */
	uint8_t rcode[FAMILIES];
	uint16_t other; /* type of FAMILY_OTHER's, 0: there is none */
	struct image_set sets[];
};

static inline const uint8_t *
image_name(const struct image *m)
{
	return (const uint8_t *)(m->sets + m->nsets);
}

/* The set of a type and where its records begin; NULL if there is none. */
static inline const struct image_set *
image_find(const struct image *m, uint16_t type, const uint8_t **records)
{
	const uint8_t *p = image_name(m) + m->namelen;

	for (unsigned i = 0; i < m->nsets; p += m->sets[i++].len)
		if (m->sets[i].type == type) {
			*records = p;
			return &m->sets[i];
		}
	return NULL;
}

/* Without any set; name in lower case, on the wire.  free() it. */
struct image *image_new(struct table_zone *zone, const uint8_t *name, size_t namelen,
                        unsigned flags);

/*
 * A copy of m in which the sets of n types are those given; one with count 0
 * leaves.  records[i] has sets[i].len bytes.  NULL: too many sets or bytes.
 */
struct image *image_with(const struct image *m, const struct image_set *sets,
                         const uint8_t *const *records, size_t n, unsigned flags);

/* Both say the same (flags and extended errors apart). */
bool image_same(const struct image *a, const struct image *b);

/* Bytes of the image, for its hash: sets, name and records. */
size_t image_size(const struct image *m);

/* Appends a record with owner 0xC00C and class IN to dst; returns its length, 12 + rdlen. */
size_t image_record(uint8_t *dst, uint16_t type, uint32_t ttl, const uint8_t *rdata, size_t rdlen);

#endif
