#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/reason.h"

/* Equal texts have one number as long as somebody uses it, and then it is another's. */
static void
numbers(void **state)
{
	struct reasons t = {0};
	uint32_t a, b;

	(void)state;
	assert_int_equal(reason_take(&t, ""), 0);
	assert_string_equal(reason_text(&t, 0), "");
	a = reason_take(&t, "refused");
	b = reason_take(&t, "timed out");
	assert_int_not_equal(a, 0);
	assert_int_not_equal(a, b);
	assert_int_equal(reason_take(&t, "refused"), a);
	reason_drop(&t, a);
	assert_string_equal(reason_text(&t, a), "refused");
	reason_drop(&t, a);
	assert_int_equal(reason_take(&t, "no route"), a);
	assert_string_equal(reason_text(&t, a), "no route");
	assert_string_equal(reason_text(&t, b), "timed out");
	reason_drop(&t, 0);
	reasons_free(&t);
}

/* However many come and go, what is held is what is used. */
static void
churn(void **state)
{
	struct reasons t = {0};
	uint32_t held[16] = {0};
	char text[32];

	(void)state;
	for (int i = 0; i < 10000; i++) {
		snprintf(text, sizeof(text), "after %d ms", i * 7919 % 1000);
		reason_drop(&t, held[i % 16]);
		held[i % 16] = reason_take(&t, text);
		assert_string_equal(reason_text(&t, held[i % 16]), text);
	}
	assert_true(t.by_text.used <= 16);
	assert_true(t.n <= 18);
	assert_true(t.by_text.cap <= 256);
	reasons_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(numbers), cmocka_unit_test(churn)};

	return cmocka_run_group_tests_name("reason", tests, NULL, NULL);
}
