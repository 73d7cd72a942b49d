#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/answer.h"

#define ROWS(a) (sizeof(a) / sizeof(*(a)))

static struct answer
answer(const char *text)
{
	struct addr a;

	return addr_parse(text, &a) ? answer_addr(&a) : answer_value(text);
}

/* Answers are written in the order of their text, so 10.0.0.10 comes before 10.0.0.9. */
static void
sorted_as_text(void **state)
{
	static const struct {
		const char *in[6], *out[6];
	} rows[] = {
		{{"10.0.0.9", "2001:db8::1", "10.0.0.10", "10.0.0.9", "9.0.0.1"},
		 {"10.0.0.10", "10.0.0.9", "2001:db8::1", "9.0.0.1"}},
		{{"us.example.", "eu.example.", "eu.example."}, {"eu.example.", "us.example."}},
		{{"20 0 1 b.", "10 0 1 a."}, {"10 0 1 a.", "20 0 1 b."}},
		{{"\"a\""}, {"\"a\""}},
		{{NULL}, {NULL}},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct answer a[6];
		char text[ADDR_TEXT];
		size_t n = 0, want = 0;

		for (; rows[i].in[n]; n++)
			a[n] = answer(rows[i].in[n]);
		while (rows[i].out[want])
			want++;
		assert_int_equal(answer_sort(a, n), want);
		for (size_t k = 0; k < want; k++)
			assert_string_equal(answer_text(text, &a[k]), rows[i].out[k]);
	}
}

static void
equal(void **state)
{
	char copy[] = "eu.example.";
	struct answer a = answer("192.0.2.1"), b = answer("192.0.2.2"), eu = answer("eu.example."),
		      again = answer(copy), us = answer("us.example.");

	(void)state;
	assert_true(answer_equal(&a, &a));
	assert_false(answer_equal(&a, &b));
	assert_true(answer_equal(&eu, &again));
	assert_false(answer_equal(&eu, &us));
	assert_false(answer_equal(&eu, &a));
	assert_false(answer_equal(&a, &eu));
}

static void
types(void **state)
{
	(void)state;
	assert_int_equal(family_type(FAMILY_V4, RRTYPE_CNAME), RRTYPE_A);
	assert_int_equal(family_type(FAMILY_V6, RRTYPE_TXT), RRTYPE_AAAA);
	assert_int_equal(family_type(FAMILY_OTHER, RRTYPE_TXT), RRTYPE_TXT);
}

static void
lists(void **state)
{
	static const char *const rows[][2] = {
	    {"", ""},
	    {"10.0.0.1", "<10.0.0.1>"},
	    {"10.0.0.1,10.0.0.2,+7", "<10.0.0.1><10.0.0.2><+7>"},
	    {"\"a,b\",\"c\\\",d\" \"e,\"", "<\"a,b\"><\"c\\\",d\" \"e,\">"},
	};

	char lines[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *list = rows[i][0], *one;
		size_t n;

		lines[0] = '\0';
		while (answer_each(&list, &one, &n))
			snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "<%.*s>", (int)n, one);
		assert_string_equal(lines, rows[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted_as_text),
		cmocka_unit_test(equal),
		cmocka_unit_test(types),
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
