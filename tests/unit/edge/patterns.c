/* Compiled patterns: one for each text, kept a while, not for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "edge/patterns.h"
#include "model/pattern.h"

static void
shared(void **state)
{
	struct patterns *p = patterns_new();
	struct pattern *a = pattern_take(p, "^up$"), *b = pattern_take(p, "^up$"), *c = pattern_take(p, "up");

	(void)state;
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	assert_null(pattern_take(p, "("));
	pattern_drop(p, a);
	pattern_drop(p, b);
	assert_ptr_equal(pattern_take(p, "^up$"), a); /* it is still there */
	pattern_drop(p, NULL);
	patterns_free(p);
	patterns_free(NULL);
}

/* One in use stays, however many come and go. */
static void
forgotten(void **state)
{
	struct patterns *p = patterns_new();
	struct pattern *used = pattern_take(p, "used");
	char text[16];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		snprintf(text, sizeof(text), "x%d", i);
		pattern_drop(p, pattern_take(p, text));
	}
	assert_ptr_equal(pattern_take(p, "used"), used);
	assert_true(pattern_matches(&used->re, "it is used", 10));
	patterns_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(shared), cmocka_unit_test(forgotten)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
