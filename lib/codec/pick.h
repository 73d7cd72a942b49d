#ifndef FODNS_PICK_H
#define FODNS_PICK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mix.h"

/*
 * One record of several: tables that stand before the records of a set, made when it is
 * decided, so that a query takes a few loads and no division.
 *
 * By weight: a column for each record, all of one height, the sum of the weights.  A column
 * is cut once: below the cut is its own record, above it another one.  So a column and a
 * height, each drawn evenly, find a record exactly as often as its weight says.
 *
 * By hash: the client's network falls into one of PICK_SLOTS slots, and each slot has its
 * record, the one with the highest score there (rendezvous hashing): a record that leaves
 * gives up its own slots and moves no other.  Of n records each has PICK_SLOTS / n slots,
 * give or take a share of sqrt((n - 1) / PICK_SLOTS): 1.6 % of two, 4 % of eight, 12 % of
 * sixty.  Scores are of the record's data alone: every server gives a client the same.
 */
enum { PICK_SLOTS = 4096, PICK_COLUMN = 8 };

/* Bytes of a table. */
size_t pick_weighted_size(size_t n);
size_t pick_hashed_size(size_t n);

/*
 * Writes a table to set.  at: where each of the n (2 to 256) records begins, from set on.
 * Weights are 1 to 65535.  The hash is of the records' data, so they stand there already.
 */
void pick_weighted_table(uint8_t *set, const uint16_t *weights, const uint16_t *at, size_t n);
void pick_hashed_table(uint8_t *set, const uint16_t *at, size_t n);

/* The slot of a client's /24 or /56; of an address of 4 or 16 bytes, 0: not known. */
static inline unsigned
pick_slot(const uint8_t *address, size_t n)
{
	size_t bytes = n == 4 ? 3 : n ? 7 : 0;
	uint64_t net = n;

	for (size_t i = 0; i < bytes; i++)
		net = net << 8 | address[i];
	return (unsigned)(mix(net) >> 52);
}

/* Where the record of a slot is. */
static inline size_t
pick_hashed(const uint8_t *set, unsigned slot)
{
	uint16_t at;

	memcpy(&at, set + PICK_SLOTS + 2 * (size_t)set[slot], sizeof(at));
	return at;
}

/* The height of the columns; what is drawn for a height lies below it. */
static inline uint32_t
pick_height(const uint8_t *set)
{
	uint32_t height;

	memcpy(&height, set, sizeof(height));
	return height;
}

static inline size_t
pick_weighted(const uint8_t *set, uint32_t column, uint32_t height)
{
	const uint8_t *p = set + sizeof(uint32_t) + (size_t)column * PICK_COLUMN;
	uint32_t cut;
	uint16_t at;

	memcpy(&cut, p, sizeof(cut));
	memcpy(&at, p + (height < cut ? 4 : 6), sizeof(at));
	return at;
}

#endif
