/* Compiled patterns: one for each text, kept a while, not for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "edge/patterns.h"
#include "model/pattern.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KEEPS_FREED 1
#endif
#endif
#ifndef KEEPS_FREED
#define KEEPS_FREED 0 /* memory that was given back is seen again */
#endif

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
	assert_int_equal(pattern_find(used, "it is used", 10), PATTERN_YES);
	patterns_free(p);
}

/* A text that is made for it costs some memory, and not more each time. */
static void
bounded(void **state)
{
	enum { N = 65536, MORE_KIB = 16384 };
	static char text[N + 1];
	struct patterns *p = patterns_new();
	struct pattern *one = pattern_take(p, "(a|aa|b)*c");
	struct rusage first, last;
	uint32_t dice = 1;

	(void)state;
	for (int k = 0; k < 9; k++) {
		for (int i = 0; i < N; i++) {
			dice = dice * 1664525 + 1013904223;
			text[i] = dice >> 30 & 1 ? 'a' : 'b';
		}
		if (k == 0)
			getrusage(RUSAGE_SELF, &first);
		assert_int_equal(pattern_find(one, text, N), PATTERN_COSTLY);
	}
	getrusage(RUSAGE_SELF, &last);
	if (!KEEPS_FREED)
		assert_true(last.ru_maxrss - first.ru_maxrss < MORE_KIB);
	patterns_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(shared), cmocka_unit_test(forgotten), cmocka_unit_test(bounded)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
