#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "model/advice.h"

static void
ids(void **state)
{
	(void)state;
	for (int a = 0; a < ADVICE_KINDS_N; a++) {
		assert_int_equal(advice_from(advice_id((enum advice)a)), a);
		assert_true(advice_level((enum advice)a) < ADVICE_LEVELS);
	}
	assert_null(advice_ids[ADVICE_KINDS_N]);
	assert_int_equal(advice_from(""), -1);
	assert_int_equal(advice_from("Fall-1"), -1);
	assert_int_equal(advice_level(ADVICE_EXPECT), ADVICE_ERROR);
	assert_string_equal(advice_level_word(advice_level(ADVICE_DETECTION)), "info");
}

static void
ignoring(void **state)
{
	uint64_t set = 0;
	char why[128];

	(void)state;
	assert_null(advice_ignore(&set, "fall-1", why));
	assert_null(advice_ignore(&set, "original", why));
	assert_true(set == (ADVICE_BIT(ADVICE_FALL_1) | ADVICE_BIT(ADVICE_ORIGINAL)));
	assert_string_equal(advice_ignore(&set, "ttl-O", why),
	                    "no advice has the id \"ttl-O\" (did you mean \"ttl-0\"?)");
	assert_string_equal(advice_ignore(&set, "nonsense at all\n", why),
	                    "no advice has the id \"nonsense at all\"");
	assert_string_equal(advice_ignore(&set, "config", why),
	                    "config: what is refused cannot be ignored");
	assert_true(set == (ADVICE_BIT(ADVICE_FALL_1) | ADVICE_BIT(ADVICE_ORIGINAL)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(ids), cmocka_unit_test(ignoring)};

	return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
