/* Tables that pick one record of several: by weight exactly, by hash so that who leaves moves nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/image.h"
#include "codec/pick.h"
#include "codec/wire.h"

enum { MOST = 256, SIZE = 16 };

static uint8_t set[PICK_SLOTS + MOST * 32];
static uint16_t at[MOST];

/* A records 10.0.x.y for the numbers given, behind a table of that size. */
static void
put_records(size_t table, const unsigned *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t addr[4] = {10, 0, (uint8_t)(numbers[i] >> 8), (uint8_t)numbers[i]};

		at[i] = (uint16_t)(table + i * SIZE);
		assert_int_equal(image_record(set + at[i], TYPE_A, 5, addr, 4), SIZE);
	}
}

static size_t
record(size_t offset, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] == offset)
			return i;
	fail_msg("%zu is no record", offset);
	return 0;
}

/* Every column at every height: each record is found exactly n times as often as its weight says. */
static void
proportions(void **state)
{
	static const struct {
		size_t n;
		uint16_t weights[8];
	} rows[] = {
		{2, {1, 1}}, {2, {3, 1}}, {2, {1, 65535}}, {3, {1, 2, 3}}, {3, {70, 20, 10}}, {5, {1, 1, 1, 1, 1}},
		{8, {1, 2, 4, 8, 16, 32, 64, 128}}, {4, {1000, 1, 1000, 999}}, {7, {5, 5, 0x7fff, 5, 0x7ffe, 1, 2}},
	};
	static const unsigned numbers[8] = {1, 2, 3, 4, 5, 6, 7, 8};

	(void)state;
	for (size_t k = 0; k < sizeof(rows) / sizeof(*rows); k++) {
		uint64_t found[8] = {0}, sum = 0;
		size_t n = rows[k].n;

		put_records(pick_weighted_size(n), numbers, n);
		pick_weighted_table(set, rows[k].weights, at, n);
		for (size_t i = 0; i < n; i++)
			sum += rows[k].weights[i];
		assert_int_equal(pick_height(set), sum);
		for (uint32_t column = 0; column < n; column++)
			for (uint32_t height = 0; height < sum; height++)
				found[record(pick_weighted(set, column, height), n)]++;
		for (size_t i = 0; i < n; i++)
			assert_int_equal(found[i], n * rows[k].weights[i]);
	}
}

/* The most there can be of all: nothing overflows.  A cut is looked for, not walked to. */
static void
largest(void **state)
{
	static uint64_t found[MOST];
	unsigned numbers[MOST];
	uint16_t weights[MOST];

	(void)state;
	for (unsigned i = 0; i < MOST; i++) {
		numbers[i] = i;
		weights[i] = i % 3 ? UINT16_MAX : (uint16_t)(1 + i);
	}
	put_records(pick_weighted_size(MOST), numbers, MOST);
	pick_weighted_table(set, weights, at, MOST);
	for (uint32_t column = 0; column < MOST; column++) {
		uint32_t low = 0, high = pick_height(set);
		size_t own = pick_weighted(set, column, 0), other = pick_weighted(set, column, high - 1);

		while (low < high) {
			uint32_t middle = low + (high - low) / 2;

			if (own == other || pick_weighted(set, column, middle) == own)
				low = middle + 1;
			else
				high = middle;
		}
		found[record(own, MOST)] += low;
		found[record(other, MOST)] += pick_height(set) - low;
	}
	for (size_t i = 0; i < MOST; i++)
		assert_int_equal(found[i], (uint64_t)MOST * weights[i]);
}

static void
hash_of(const unsigned *numbers, size_t n, unsigned *winners)
{
	put_records(pick_hashed_size(n), numbers, n);
	pick_hashed_table(set, at, n);
	for (unsigned slot = 0; slot < PICK_SLOTS; slot++)
		winners[slot] = numbers[record(pick_hashed(set, slot), n)];
}

/* Of any set, whichever leaves: the slots of the others stay, and its own go to several. */
static void
leaving(void **state)
{
	static unsigned before[PICK_SLOTS], after[PICK_SLOTS];

	(void)state;
	for (size_t n = 2; n <= 12; n++)
		for (size_t gone = 0; gone < n; gone++) {
			unsigned all[16], left[16], heirs[16] = {0}, nheirs = 0;
			size_t k = 0;

			for (unsigned i = 0; i < n; i++)
				all[i] = 7 * i + 3;
			for (size_t i = 0; i < n; i++)
				if (i != gone)
					left[k++] = all[i];
			hash_of(all, n, before);
			hash_of(left, n - 1, after);
			for (unsigned slot = 0; slot < PICK_SLOTS; slot++) {
				if (before[slot] != all[gone])
					assert_int_equal(after[slot], before[slot]);
				else
					heirs[(after[slot] - 3) / 7]++;
			}
			for (size_t i = 0; i < n; i++)
				nheirs += heirs[i] > 0;
			assert_int_equal(nheirs, n - 1);
		}
}

/* The order of the records is of no account, nor is their TTL. */
static void
order(void **state)
{
	static const unsigned up[] = {1, 2, 3, 4}, down[] = {4, 3, 2, 1};
	static unsigned a[PICK_SLOTS], b[PICK_SLOTS];

	(void)state;
	hash_of(up, 4, a);
	hash_of(down, 4, b);
	assert_memory_equal(a, b, sizeof(a));
}

/* Shares of slots as even as pick.h says, five deviations wide; nothing here is drawn, so it is so or not. */
static void
even(void **state)
{
	static unsigned winners[PICK_SLOTS];

	(void)state;
	for (size_t n = 2; n <= MOST; n *= 2) {
		unsigned numbers[MOST], count[MOST] = {0};

		for (unsigned i = 0; i < n; i++)
			numbers[i] = i;
		hash_of(numbers, n, winners);
		for (unsigned slot = 0; slot < PICK_SLOTS; slot++)
			count[winners[slot]]++;
		for (size_t i = 0; i < n; i++) {
			double mean = (double)PICK_SLOTS / (double)n, off = (double)count[i] - mean;

			assert_true(count[i] > 0);
			assert_true(off * off < 25 * mean);
		}
	}
}

/* A network is a /24 or a /56, and all of them use the slots evenly. */
static void
networks(void **state)
{
	static const uint8_t v4[][4] = {{192, 0, 2, 1}, {192, 0, 2, 254}, {192, 0, 3, 1}};
	static unsigned count[PICK_SLOTS];
	uint8_t v6[16] = {0x20, 1, 0xd, 0xb8, 0, 0, 1}, other[16];
	double chi = 0;

	(void)state;
	assert_int_equal(pick_slot(v4[0], 4), pick_slot(v4[1], 4));
	assert_int_not_equal(pick_slot(v4[0], 4), pick_slot(v4[2], 4));
	memcpy(other, v6, sizeof(v6));
	memset(other + 7, 0xff, 9);
	assert_int_equal(pick_slot(v6, 16), pick_slot(other, 16));
	other[6] = 2;
	assert_int_not_equal(pick_slot(v6, 16), pick_slot(other, 16));
	assert_true(pick_slot(NULL, 0) < PICK_SLOTS);
	for (unsigned i = 0; i < 1 << 18; i++) {
		uint8_t a[4] = {(uint8_t)(10 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i, 0};

		count[pick_slot(a, 4)]++;
	}
	for (unsigned i = 0; i < PICK_SLOTS; i++)
		chi += ((double)count[i] - 64) * ((double)count[i] - 64) / 64;
	/* 4095 degrees of freedom: 90.5 is a deviation */
	assert_true(chi > 4095 - 5 * 90.5 && chi < 4095 + 5 * 90.5);
}

/* What a client was told before an upgrade it is told after it: these are for ever. */
static void
for_ever(void **state)
{
	static const unsigned numbers[] = {1, 2, 3};
	static const uint8_t client[] = {198, 51, 100, 7};
	static unsigned winners[PICK_SLOTS];

	(void)state;
	hash_of(numbers, 3, winners);
	assert_int_equal(pick_slot(client, 4), 3357);
	assert_int_equal(winners[0], 1);
	assert_int_equal(winners[1], 2);
	assert_int_equal(winners[4095], 3);
	assert_int_equal(winners[pick_slot(client, 4)], 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proportions), cmocka_unit_test(largest), cmocka_unit_test(leaving), cmocka_unit_test(order),
		cmocka_unit_test(even), cmocka_unit_test(networks), cmocka_unit_test(for_ever),
	};

	return cmocka_run_group_tests_name("pick", tests, NULL, NULL);
}
