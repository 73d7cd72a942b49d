/* Regular expressions: which are taken, and what they find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "model/pattern.h"

static void
taken(void **state)
{
	static const struct {
		const char *text, *wrong; /* how the reason begins */
	} rows[] = {
	    {"ok", NULL},
	    {"^status: (up|ready)$", NULL},
	    {"[0-9]{1,3}(\\.[0-9]{1,3}){3}", NULL},
	    {"[]\\1]", NULL},
	    {"[[:alpha:]\\2]+", NULL},
	    {"a{400}", NULL},
	    {"", "is empty"},
	    {"a)|(b", "is no regular expression: "},
    {"(", "is no regular expression: "},
	    {"[a", "is no regular expression: "},
	    {"a{2,1}", "is no regular expression: "},
	    {"a{", "is no regular expression: "},
	    {"(a)\\1", "refers back"},
	    {"a{501}", "is too large"},
	    {"((a{99}){99}){99}", "is too large"},
	    {"((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}", "is too large"},
	    {"(((a{99}{99}", "is too large"},
	    {"a{4294967297}", "is too large"},
	    {"a+++++++++", "is too large"}, /* each of them doubles it */
	    {"a++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++", "is too large"},
	    {"((((((((((a+)+)+)+)+)+)+)+)+)+)", "is too large"},
	    {"(a{99})*{99}", "is too large"},
	    {"(a{99})?{99}", "is too large"},
	    {"(a?+)+", NULL},
	    {"([a-z0-9]+ )+[0-9]+[.]?[0-9]* ms", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *why = pattern_wrong(rows[i].text);
		regex_t re;

		if (!why != !rows[i].wrong || (why && strncmp(why, rows[i].wrong, strlen(rows[i].wrong)) != 0))
			fail_msg("%s: %s", rows[i].text, why ? why : "taken");
		assert_int_equal(pattern_make(&re, rows[i].text), !why);
		if (!why)
			regfree(&re);
	}
}

static void
found(void **state)
{
	static const char body[] = "one\nstatus: up\n\0hidden\xff end";
	static const struct {
		const char *text;
		bool matches;
	} rows[] = {
	    {"^status: (up|ready)$", true}, {"one.status", false}, {"hidden", true}, {"end$", true}, {"^up", false}, {"ended", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		regex_t re;

		assert_true(pattern_make(&re, rows[i].text));
		if (pattern_matches(&re, body, sizeof(body) - 1) != rows[i].matches)
			fail_msg("%s", rows[i].text);
		regfree(&re);
	}
}

/* What a hostile target could send so that a search from each byte takes hours. */
static void
linear(void **state)
{
	static char body[(1 << 20) + 1];
	regex_t re;

	(void)state;
	for (size_t i = 0; i < sizeof(body) - 1; i++)
		body[i] = "ab"[i & 1];
	assert_true(pattern_make(&re, "a.*b.*a.*c"));
	assert_false(pattern_matches(&re, body, sizeof(body) - 1));
	regfree(&re);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(taken), cmocka_unit_test(found), cmocka_unit_test(linear)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
