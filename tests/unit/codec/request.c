#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/request.h"

static void
tags(void **state)
{
	static const struct {
		const char *text, *want; /* joined by '|'; NULL: refused */
	} rows[] = {
		{"", ""}, {"eu", "eu"}, {"eu,test", "eu|test"}, {" eu , test ", "eu|test"}, {",,", ""},
		{"a b", "a|b"}, {"a\tb", NULL}, {"a\x01", NULL}, {"\xff", NULL}, {"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
	};
	struct request_tags t;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *why = request_tags(&t, rows[i].text, strlen(rows[i].text));
		char got[200] = "";

		for (size_t k = 0; !why && k < t.n; k++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", k ? "|" : "", t.list[k]);
		assert_int_equal(why == NULL, rows[i].want != NULL);
		if (rows[i].want)
			assert_string_equal(got, rows[i].want);
	}
}

static void
tags_have_limits(void **state)
{
	struct request_tags t;
	char many[4096];

	(void)state;
	memset(many, 'x', sizeof(many));
	assert_null(request_tags(&t, many, 2047));
	assert_non_null(request_tags(&t, many, 2048));
	for (size_t i = 0; i < 65; i++)
		memcpy(many + 2 * i, "a,", 2);
	assert_null(request_tags(&t, many, 128));
	assert_int_equal(t.n, 64);
	assert_non_null(request_tags(&t, many, 130));
}

static void
query_times(void **state)
{
	enum { NOW = 1000000 };
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} rows[] = {
	    {"2026-11-22T10:00:00Z", INT64_C(1795341600000)},
	    {"2026-11-22T10:00:00", INT64_C(1795341600000)},
	    {"2026-11-22 10:00", INT64_C(1795341600000)},
	    {"2026-11-22T11:00:00+01:00", INT64_C(1795341600000)},
	    {"2026-11-22T11:00:00 01:00", INT64_C(1795341600000)}, /* '+' in a URL is a blank */
	    {"1795341600.25", INT64_C(1795341600250)},
	    {"-5min", NOW - 300000},
	    {"-1h", -1},
	    {"03:12", -1},
	    {"now", -1},
	    {"", -1},
	    {"2026-11-22T10:00:00Z and much more than this", -1},
	};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool good = request_time(rows[i].text, strlen(rows[i].text), NOW, &ms);

		assert_int_equal(good, rows[i].ms >= 0);
		if (good)
			assert_int_equal(ms, rows[i].ms);
	}
	assert_false(request_time("2026-11-22\0x", 12, NOW, &ms));
}

static void
places(void **state)
{
	static const char *const none[] = {"", "1", ".", "1.", ".1", "0.1", "1.-1", "1.2.3",
	                                   "1000000000000.1", "1.99999999999999999999", "a.b"};
	uint64_t number;
	int64_t offset;

	(void)state;
	assert_true(request_place("42.1234", 7, &number, &offset));
	assert_int_equal(number, 42);
	assert_int_equal(offset, 1234);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_false(request_place(none[i], strlen(none[i]), &number, &offset));
}

static void
lines(void **state)
{
	static const char body[] = "one\n \t\n  two \r\n\r\nthree\n ";
	struct request_lines l = {.next = body, .end = body + sizeof(body) - 1};
	static const struct {
		const char *text;
		size_t number;
	} want[] = {{"one", 1}, {"  two ", 3}, {"three", 5}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_true(request_line(&l));
		assert_int_equal(l.len, strlen(want[i].text));
		assert_memory_equal(l.line, want[i].text, l.len);
		assert_int_equal(l.number, want[i].number);
	}
	assert_false(request_line(&l));
	assert_false(request_line(&l));
}

static void
tokens(void **state)
{
	static const struct {
		const char *key, *authorization, *want;
	} rows[] = {
		{NULL, NULL, NULL}, {"a", NULL, "a"}, {"a", "Bearer b", "a"}, {"", "Bearer b", "b"},
		{" a\t", NULL, "a"}, {" ", NULL, NULL}, {NULL, "Bearer b c  ", "b c"}, {"", NULL, NULL},
		{NULL, "Bearer b", "b"}, {NULL, "bearer   b", "b"}, {NULL, "Bearer", NULL},
		{NULL, "Bearer ", NULL}, {NULL, "Basic b", NULL}, {NULL, "Bearerb", NULL}, {NULL, "", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = 0;
		const char *got = request_token(rows[i].key, rows[i].authorization, &n);

		assert_int_equal(got != NULL, rows[i].want != NULL);
		if (!got)
			continue;
		assert_int_equal(n, strlen(rows[i].want));
		assert_memory_equal(got, rows[i].want, n);
	}
}

static void
etags(void **state)
{
	static const struct {
		const char *header;
		bool want;
	} rows[] = {
		{NULL, false}, {"", false}, {"*", true}, {"\"ab\"", true}, {"W/\"ab\"", true},
		{"\"x\", \"ab\"", true}, {"\"x,\\\"ab\\\"\"", false}, {"\"ab", false}, {"\"abc\"", false},
		{"ab", false}, {"\"a,b\",\"ab\"", true}, {"\"", false}, {"W/", false}, {"x,\"ab\"", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(request_etag(rows[i].header, "\"ab\""), rows[i].want);
}

static void
agents(void **state)
{
	(void)state;
	assert_true(request_original_agent("python-requests/2.31.0"));
	assert_false(request_original_agent("curl/7.88.1"));
	assert_false(request_original_agent("x python-requests/2"));
	assert_false(request_original_agent(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags), cmocka_unit_test(tags_have_limits), cmocka_unit_test(query_times), cmocka_unit_test(places), cmocka_unit_test(lines),
		cmocka_unit_test(tokens), cmocka_unit_test(etags), cmocka_unit_test(agents),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
