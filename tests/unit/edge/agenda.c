#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mix.h"
#include "edge/agenda.h"

/* ---- a bag to compare with: it looks at all that is in it */

enum { BAG = 6000 };

static struct entry {
	int64_t when;
	uint32_t who;
} bag[BAG];
static size_t nbag;

static size_t
earliest(void)
{
	size_t first = 0;

	for (size_t i = 1; i < nbag; i++)
		if (bag[i].when < bag[first].when ||
		    (bag[i].when == bag[first].when && bag[i].who < bag[first].who))
			first = i;
	return first;
}

static void
put(struct agenda *a, int64_t when, uint32_t who)
{
	agenda_put(a, when, who);
	bag[nbag++] = (struct entry){when, who};
}

/* Takes the first of both; when it was due. */
static int64_t
take(struct agenda *a)
{
	size_t i = earliest();
	int64_t when;
	uint32_t who;

	assert_true(agenda_first(a, &when, &who));
	assert_int_equal(when, bag[i].when);
	assert_int_equal(who, bag[i].who);
	agenda_pass(a);
	bag[i] = bag[--nbag];
	return when;
}

/* ---- */

/* Whoever had his turn comes again: at once, among those that are soon, or long after. */
static void
like_the_bag(void **state)
{
	static const struct {
		uint32_t n;
		uint64_t most; /* ms until the next turn */
	} rows[] = {{1, 5}, {7, 1}, {300, 10}, {300, 1000000}, {3000, 20}, {5000, 100000}};
	uint64_t dice = 0;

	(void)state;
	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		struct agenda a = {0};

		nbag = 0;
		for (uint32_t i = 0; i < rows[r].n; i++)
			put(&a, (int64_t)(mix(++dice) % rows[r].most), i);
		for (int i = 0; i < 4000; i++) {
			int64_t now = take(&a);
			int64_t next = now + (int64_t)(mix(++dice) % rows[r].most);

			put(&a, next, (uint32_t)(dice % rows[r].n));
			if (dice % 7 == 0 && nbag < BAG) /* once more, earlier */
				put(&a, now, (uint32_t)(dice % 5));
		}
		while (nbag)
			take(&a);
		assert_false(agenda_first(&a, &(int64_t){0}, &(uint32_t){0}));
		agenda_free(&a);
	}
}

/* One that is fast, before one that waits for an hour, takes no more memory with each turn. */
static void
no_growth(void **state)
{
	struct agenda a = {0};

	(void)state;
	nbag = 0;
	put(&a, 3600000, 1);
	put(&a, 0, 0);
	take(&a);
	for (int64_t now = 50; now < 3600000; now += 50) {
		put(&a, now, 0);
		assert_int_equal(take(&a), now);
	}
	assert_true(a.end <= 2);
	agenda_clear(&a);
	assert_false(agenda_first(&a, &(int64_t){0}, &(uint32_t){0}));
	agenda_free(&a);
}

/* All that come before the one that was looked at: they find a row, and fill the heap. */
static void
before_the_last(void **state)
{
	struct agenda a = {0};

	(void)state;
	nbag = 0;
	put(&a, 3600000, 0);
	assert_true(agenda_first(&a, &(int64_t){0}, &(uint32_t){0}));
	for (uint32_t i = 1; i < 3000; i++)
		put(&a, (int64_t)(mix(i) % 10000), i);
	assert_true(a.n > 1000 && a.end - a.at > 1000);
	while (nbag)
		take(&a);
	agenda_free(&a);
}

static void
ahead(void **state)
{
	struct agenda a = {0};
	uint32_t who[4];

	(void)state;
	assert_int_equal(agenda_next(&a, who, 4), 0);
	for (uint32_t i = 0; i < 3; i++)
		agenda_put(&a, 100 - i, i);
	assert_int_equal(agenda_next(&a, who, 2), 2);
	assert_int_equal(who[0], 2);
	assert_int_equal(who[1], 1);
	assert_int_equal(agenda_next(&a, who, 4), 3);
	assert_int_equal(who[2], 0);
	agenda_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(like_the_bag), cmocka_unit_test(no_growth),
	    cmocka_unit_test(before_the_last), cmocka_unit_test(ahead)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
