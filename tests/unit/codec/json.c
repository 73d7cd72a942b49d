#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "codec/json.h"

static void
strict(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
	    {"{}", true},
	    {" [1, -2.5e+3, \"x\", true, false, null] ", true},
	    {"12", true},
	    {"-0", true},
	    {"\"\\u00e9\\ud83d\\ude00\\n\"", true},
	    {"\"\\u0000\"", true},
	    {"[[[[[[[[1]]]]]]]]", true},
	    {"{\"a\":{\"a\":1},\"b\":[{\"a\":1}]}", true},
	    {"\"\xc3\xa9\"", true},
	    {"", false},
	    {"{", false},
	    {"[1,]", false},
	    {"{\"a\":1,}", false},
	    {"{'a':1}", false},
	    {"NaN", false},
	    {"[Infinity]", false},
	    {"-", false},
	    {"01", false},
	    {"1.", false},
	    {".5", false},
	    {"1e", false},
	    {"+1", false},
	    {"\"\x01\"", false},
	    {"\"a", false},
	    {"\"\\x\"", false},
	    {"\"\\ud83d\"", false},
	    {"\"\\ude00\"", false},
	    {"\"\\ud83d\\u0041\"", false},
	    {"\"\xff\"", false},
	    {"{\"a\\u0000b\":1}", false},
	    {"{\"a\":1,\"a\":2}", false},
	    {"{\"a\":1,\"\\u0061\":2}", false},
	    {"{\"a\" 1}", false},
	    {"{1:2}", false},
	    {"[1 2]", false},
	    {"1 2", false},
	    {"{}x", false},
	    {"[[[[[[[[[1]]]]]]]]]", false},
	    {"TRUE", false},
	    {"nul", false},
	    {"/* */1", false},
	    {"null", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fault f;
		struct json *j = json_parse(rows[i].text, strlen(rows[i].text), &f);

		if ((j != NULL) != rows[i].good)
			fail_msg("%s: %s", rows[i].text, j ? "taken" : f.text);
		json_free(j);
	}
}

/* Numbers at the ends of json-c's range are those that did not fit. */
static void
numbers(void **state)
{
	static const char text[] =
	    "[9007199254740992,99999999999999999999,-99999999999999999999,1.5,1e999,"
	    "9223372036854775807,70000]";
	struct json *j = json_parse(text, sizeof(text) - 1, NULL);
	int64_t v = 0;
	double d = 0;

	(void)state;
	assert_non_null(j);
	assert_true(json_int(json_at(j, 0), 0, INT64_MAX, &v));
	assert_true(v == INT64_C(9007199254740992));
	for (size_t i = 1; i < 6; i++)
		assert_false(json_int(json_at(j, i), INT64_MIN, INT64_MAX, &v));
	assert_false(json_int(json_at(j, 6), 0, 65535, &v));
	assert_true(json_double(json_at(j, 3), &d));
	assert_true(d > 1.4 && d < 1.6);
	assert_false(json_double(json_at(j, 4), &d));
	assert_null(json_at(j, 7));
	json_free(j);
}

/* A line in a larger buffer: nothing behind n is looked at. */
static void
borders(void **state)
{
	struct json *j = json_parse("123456", 3, NULL);
	int64_t v = 0;

	(void)state;
	assert_true(json_int(j, 0, 1000, &v));
	assert_int_equal(v, 123);
	json_free(j);
	assert_null(json_parse("{}", 1, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(strict),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(borders),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
