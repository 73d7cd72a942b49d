#ifndef FODNS_AGENDA_H
#define FODNS_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is due when: a queue with the earliest first; of several at one instant, the lowest number.
 * Nothing is taken back: what is due at another time is put a second time, and its first entry is
 * known by its instant when its turn comes.
 *
 * An entry is when and who in one word: to move one touches nothing else.  All zeroes: an empty one.
 */
struct agenda {
	uint64_t *soon; /* from at to end in order, all of them before all of the heap */
	size_t at, end;
	uint64_t *heap;
	size_t n, heap_cap;
};

enum { AGENDA_WHO_BITS = 24 }; /* 16 million numbers, 34 years of milliseconds */

void agenda_free(struct agenda *a);
void agenda_clear(struct agenda *a);
/* when: ms, not negative */
void agenda_put(struct agenda *a, int64_t when, uint32_t who);

/* The first; false: there is none. */
bool agenda_first(struct agenda *a, int64_t *when, uint32_t *who);
/* Takes off the one that agenda_first gave. */
void agenda_pass(struct agenda *a);
/* A look ahead: who the first ones are, at most n, perhaps fewer than there are; how many. */
size_t agenda_next(struct agenda *a, uint32_t *who, size_t n);

#endif
