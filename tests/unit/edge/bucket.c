#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "edge/bucket.h"

static const uint64_t seed[2] = {1, 2};

static void
story(void **state)
{
	/* 10 a second, at most 5 saved. */
	static const struct {
		int64_t at;
		double n;
		int64_t wait;
	} rows[] = {
		{0, 1, 0}, {0, 4, 0},     /* the burst is spent */
		{0, 1, 2}, {50, 1, 0},    /* half of one is enough to begin, the rest is debt */
		{50, 1, 52}, {101, 1, 0},
		{101, 1, 101},            /* nine tenths of one in debt, and something to take */
		{100000, 5, 0}, {100000, 1, 2}, /* no more than the burst was saved */
		{200000, 100, 0},         /* a batch is known after it was read */
		{200000, 1, 502},         /* its debt is at most a burst */
		{190000, 1, 502},         /* a clock that steps back gives nothing */
		{200502, 1, 0},
	};
	struct buckets *b = buckets_new(10, 5, seed);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(buckets_take(b, "k", 1, rows[i].n, rows[i].at), rows[i].wait);
	assert_int_equal(buckets_take(b, "other", 5, 1, 200502), 0);
	buckets_free(b);
}

static void
memory_is_fixed_and_the_hungry_stay(void **state)
{
	struct buckets *b = buckets_new(1, 2, seed);
	char key[32];

	(void)state;
	assert_int_equal(buckets_take(b, "greedy", 6, 4, 0), 0);
	for (int i = 0; i < 100000; i++) {
		int n = snprintf(key, sizeof(key), "key %d", i);

		assert_int_equal(buckets_take(b, key, (size_t)n, 1, 0), 0);
	}
	assert_true(buckets_take(b, "greedy", 6, 1, 0) > 0);
	buckets_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(story), cmocka_unit_test(memory_is_fixed_and_the_hungry_stay),
	};

	return cmocka_run_group_tests_name("bucket", tests, NULL, NULL);
}
