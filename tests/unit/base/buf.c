#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void
assert_number(int64_t v)
{
	struct buf b;
	char want[32];

	buf_init(&b);
	buf_puti(&b, v);
	snprintf(want, sizeof(want), "%" PRId64, v);
	assert_string_equal(b.data, want);
	buf_clear(&b);
	buf_putu(&b, (uint64_t)v);
	snprintf(want, sizeof(want), "%" PRIu64, (uint64_t)v);
	assert_string_equal(b.data, want);
	buf_free(&b);
}

/* About each number of digits, and each pair of them. */
static void
numbers(void **state)
{
	(void)state;
	for (int64_t ten = 1; ten <= INT64_MAX / 10; ten *= 10)
		for (int64_t v = ten - 12; v <= ten + 100; v++) {
			assert_number(v);
			assert_number(-v);
		}
	assert_number(INT64_MAX);
	assert_number(INT64_MIN);
}

/* Each byte at each place of words of eight, among others. */
static void
json(void **state)
{
	struct buf b;
	char in[32], want[64], special[8];

	(void)state;
	buf_init(&b);
	for (size_t n = 1; n <= 20; n++)
		for (size_t at = 0; at < n; at++)
			for (int c = 0; c < 256; c++) {
				memset(in, 'a' + (int)(at % 26), n);
				in[at] = (char)c;
				if (c == '"' || c == '\\')
					snprintf(special, sizeof(special), "\\%c", c);
				else if (c == '\n' || c == '\t')
					snprintf(special, sizeof(special), c == '\n' ? "\\n" : "\\t");
				else if (c < 0x20 || c == 0x7f)
					snprintf(special, sizeof(special), "\\u%04x", (unsigned)c);
				else
					snprintf(special, sizeof(special), c < 0x80 ? "%c" : "\xef\xbf\xbd", c);
				snprintf(want, sizeof(want), "\"%.*s%s%.*s\"", (int)at, in, special,
				         (int)(n - at - 1), in + at + 1);
				buf_clear(&b);
				buf_jsonn(&b, in, n);
				assert_string_equal(b.data, want);
			}
	buf_clear(&b);
	buf_json(&b, "seven \xe2\x82\xac and \xf0\x9f\x98\x80");
	assert_string_equal(b.data, "\"seven \xe2\x82\xac and \xf0\x9f\x98\x80\"");
	buf_clear(&b);
	buf_json(&b, NULL);
	assert_string_equal(b.data, "null");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(numbers), cmocka_unit_test(json)};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
