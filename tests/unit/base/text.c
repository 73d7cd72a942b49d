#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

/* Foreign text on a terminal: what it would do to what stands around it. */
static void
cleaning(void **state)
{
	static const struct {
		const char *dirty, *clean;
	} rows[] = {
	    {"plain text", "plain text"},
	    {"\x1b[2Jgone\r\n", "[2Jgone"},
	    {"a\x7f\xc2\x9b" "b", "ab"},
	    {"Stra\xc3\x9f" "e \xe2\x82\xac \xf0\x9f\x98\x80", "Stra\xc3\x9f" "e \xe2\x82\xac \xf0\x9f\x98\x80"},
	    {"no\xe2\x80\xaekcab", "nokcab"},                 /* U+202E: backwards from here */
	    {"\xe2\x81\xa6" "a\xe2\x81\xa9", "a"},           /* isolates */
	    {"two\xe2\x80\xa8lines\xe2\x80\xa9", "twolines"},
	    {"ad\xe2\x80\x8bmin\xef\xbb\xbf", "admin"},     /* of no width */
	    {"\xf3\xa0\x81\x81" "tag", "tag"},
	    {"\xe0\xa6\x95\xe2\x80\x8d\xe0\xa6\xb7", "\xe0\xa6\x95\xe2\x80\x8d\xe0\xa6\xb7"}, /* a joiner is script */
	    {"cut \xe2\x82", "cut "},
	    {"\xed\xa0\x80", ""},
	};
	char got[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = text_clean(got, sizeof(got), rows[i].dirty, strlen(rows[i].dirty));

		assert_string_equal(got, rows[i].clean);
		assert_int_equal(n, strlen(got));
		assert_int_equal(text_dirty(rows[i].dirty, strlen(rows[i].dirty)),
		                 strcmp(rows[i].dirty, rows[i].clean) != 0);
	}
	assert_int_equal(text_clean(got, 5, "ab\xe2\x82\xac" "cd", 7), 2);
	assert_string_equal(got, "ab");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(cleaning)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
