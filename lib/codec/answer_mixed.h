#ifndef FODNS_ANSWER_MIXED_H
#define FODNS_ANSWER_MIXED_H

#include "codec/answer_options.h"

/* Inside of answer.c: the sets that are rare, out of the way of the others. */

/* A number below `below`, each as likely as the other. */
static inline uint32_t
answer_draw(struct answerer *w, uint32_t below)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (uint32_t)((w->random >> 32) * below >> 32);
}

/* Points the owners of n bytes of records to another place than the question. */
static inline void
mixed_owners(uint8_t *p, size_t n, size_t at)
{
	for (size_t i = 0; i < n; i += 12U + wire_get16(p + i + 10))
		wire_put16(p + i, (uint16_t)(0xc000 | at));
}

/*
 * Appends s->pick records of a decided set of any lengths, each subset and order as likely
 * as the other, or the one that is the client's; false if they do not fit.
 */
bool mixed_put(struct reply *r, int section, const struct image_set *s, const uint8_t *records,
               size_t owner);

#endif
