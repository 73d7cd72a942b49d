#include "codec/pick.h"

#include "base/siphash.h"
#include "codec/wire.h"
#include "model/limits.h"

size_t
pick_weighted_size(size_t n)
{
	return sizeof(uint32_t) + n * PICK_COLUMN;
}

size_t
pick_hashed_size(size_t n)
{
	return PICK_SLOTS + n * sizeof(uint16_t);
}

/* ---- by weight */

static void
put_column(uint8_t *set, size_t column, uint32_t cut, uint16_t own, uint16_t other)
{
	uint8_t *p = set + sizeof(uint32_t) + column * PICK_COLUMN;

	memcpy(p, &cut, sizeof(cut));
	memcpy(p + 4, &own, sizeof(own));
	memcpy(p + 6, &other, sizeof(other));
}

/*
 * Vose's way, in whole numbers: n columns of the height of all weights hold each weight n
 * times.  A column that its own does not fill is filled up by one that has too much.
 */
void
pick_weighted_table(uint8_t *set, const uint16_t *weights, const uint16_t *at, size_t n)
{
	uint32_t left[LIMIT_TARGETS], height = 0;
	uint16_t low[LIMIT_TARGETS], high[LIMIT_TARGETS];
	size_t nlow = 0, nhigh = 0;

	for (size_t i = 0; i < n; i++)
		height += weights[i];
	memcpy(set, &height, sizeof(height));
	for (size_t i = 0; i < n; i++) {
		left[i] = weights[i] * (uint32_t)n;
		if (left[i] < height)
			low[nlow++] = (uint16_t)i;
		else
			high[nhigh++] = (uint16_t)i;
	}
	while (nlow > 0) {
		uint16_t poor = low[--nlow], rich = high[nhigh - 1];

		put_column(set, poor, left[poor], at[poor], at[rich]);
		left[rich] -= height - left[poor];
		if (left[rich] < height)
			low[nlow++] = high[--nhigh];
	}
	while (nhigh-- > 0)
		put_column(set, high[nhigh], height, at[high[nhigh]], at[high[nhigh]]);
}

/* ---- by hash */

/* Fixed, so that every server finds the same. */
static uint64_t
identity(const uint8_t *record)
{
	static const uint64_t key[2] = {UINT64_C(0x666f646e7320736c), UINT64_C(0x6f74732c20763120)};

	return siphash13(key, record + 12, wire_get16(record + 10));
}

void
pick_hashed_table(uint8_t *set, const uint16_t *at, size_t n)
{
	uint64_t best[PICK_SLOTS] = {0};

	for (size_t i = 0; i < n; i++) {
		uint64_t id = identity(set + at[i]);

		for (size_t slot = 0; slot < PICK_SLOTS; slot++) {
			uint64_t score = mix(id ^ (slot + 1) * MIX_STEP);

			if (i > 0 && score <= best[slot])
				continue;
			best[slot] = score;
			set[slot] = (uint8_t)i;
		}
	}
	memcpy(set + PICK_SLOTS, at, n * sizeof(*at));
}
