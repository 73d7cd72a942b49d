/* Regular expressions: which are taken, and what they find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
	    {"a)|(b", "is no regular expression: ) without ( at byte 2"},
	    {"a(", "is no regular expression: ( without ) at byte 2"},
	    {"a[b", "is no regular expression: [ without ] at byte 2"},
	    {"[[:alfa:]]", "is no regular expression: unknown POSIX class name at byte 1"},
	    {"a|*", "is no regular expression: nothing to repeat at byte 3"},
	    {"(?:a)", "is no regular expression: nothing to repeat at byte 2"},
	    {"(*ACCEPT)", "is no regular expression: nothing to repeat at byte 2"},
	    {"a{2,1}", "is no regular expression: wrong repetition in { } at byte 2"},
	    {"a{", "is no regular expression: wrong repetition in { } at byte 2"},
	    {"a{,}", "is no regular expression: wrong repetition in { } at byte 2"},
	    {"a{-1,2}", "is no regular expression: wrong repetition in { } at byte 2"},
	    {"a\\", "is no regular expression: \\ at the end at byte 2"},
	    {"a\\Cb", "is no regular expression: unknown letter after \\ at byte 2"},
	    {"(a)\\1", "refers back"},
	    {"a{501}", "is too large"},
	    {"((a{99}){99}){99}", "is too large"},
	    {"((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}", "is too large"},
	    {"(((a{99}{99}", "is too large"},
	    {"a{4294967297}", "is too large"},
	    {"a++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++", NULL},
	    {"((((((((((a+)+)+)+)+)+)+)+)+)+)", NULL},
	    {"(a{99})*{99}", "is too large"},
	    {"(a{99})?{99}", "is too large"},
	    {"(a?+)+", NULL},
	    {"([a-z0-9]+ )+[0-9]+[.]?[0-9]* ms", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *why = pattern_wrong(rows[i].text);
		struct regex *re;

		if (!why != !rows[i].wrong || (why && strncmp(why, rows[i].wrong, strlen(rows[i].wrong)) != 0))
			fail_msg("%s: %s", rows[i].text, why ? why : "taken");
		re = pattern_make(rows[i].text);
		assert_int_equal(re != NULL, !why);
		pattern_free(re);
	}
}

static enum pattern_found
find(const char *pattern, const char *text, size_t n)
{
	struct regex *re = pattern_make(pattern);
	enum pattern_found found;

	if (!re)
		fail_msg("%s: %s", pattern, pattern_wrong(pattern));
	found = pattern_matches(re, text, n, 1);
	pattern_free(re);
	return found;
}

static void
found(void **state)
{
	static const char body[] = "one\nstatus: up\r\n\0hidden\xff end\\d[-]";
	static const struct {
		const char *text;
		bool matches;
	} rows[] = {
	    {"^status: (up|ready).$", true}, {"one.status", false}, {"hidden", true}, {"]$", true}, {"^up", false}, {"ended", false},
	    {"^.hidden", true}, {"one[^a]status", false}, {"one[a\n]status", true}, {"one(a|\n)status", true}, {"one(.|\n)*hidden", true}, {"one(.|\\n)*hidden", true}, {"one(.|x)*hidden", false},
	    {"o(.|x)e$", true}, {"e(.|x)s", false}, {"[\\d]d\\[", true}, {"[^]a]-]", true}, {"[^-\\]-]", true}, {"[]x]$", true}, {"[x-]]", true},
	    {"(a|o)ne", true}, {"(-|x)]", true}, {"(]|x)$", true}, {"\\<up\\>", true}, {"\\<p", false}, {"\\`one", true}, {"\\`status", false},
	    {"]\\'", true}, {"up\\'", false}, {"d{2}e", true}, {"d{,2}e", true}, {"d{3}", false}, {"d{1,}en", true}, {"o*+ne", true},
	    {".*status", true}, {".*stats", false}, {".*", true}, {"z|.*hidden", true}, {"z|.*", true}, {".*+one", true}, {"z\\|.*", false}, {".*.*up", true},
	    {"^x+?$", false}, {"^o+?ne$", true}, {"[[:alpha:]]{6}", true}, {"[^[:print:]] end", true}, {"STATUS", false}, {"\xff", true},
	    {"hidden[\xc3\xbf]", false}, {"hidden[\xff]", true}, {"one\\nstatus: up\\r", true}, {"(zz|)(one|two){1}$", true}, {"", false},
	};

	(void)state;
	for (size_t i = 0; *rows[i].text; i++)
		if (find(rows[i].text, body, sizeof(body) - 1) != (rows[i].matches ? PATTERN_YES : PATTERN_NO))
			fail_msg("%s", rows[i].text);
}

/* What a hostile target could send: whatever it is, the match ends. */
static void
hostile(void **state)
{
	enum { N = 65536 };
	static char dice[N], alike[N], turns[N];
	static const struct {
		const char *pattern, *text;
		enum pattern_found found;
	} rows[] = {
	    {"ab.{40}ok", dice, PATTERN_NO},
	    {"a.{60}c", dice, PATTERN_NO},
	    {"a(a|b){60}c", dice, PATTERN_NO},
	    {"a(a|b){60}d$", dice, PATTERN_YES}, /* at the very end */
	    {"(a|aa)+$", alike, PATTERN_COSTLY},
	    {"((a|aa)+)+x", alike, PATTERN_COSTLY},
	    {"(a*)*x", alike, PATTERN_COSTLY},
	    {"[ab]*c", dice, PATTERN_COSTLY},
	    {"(a|aa|b)*d", dice, PATTERN_COSTLY}, /* a place to come back to for each byte */
	    {"a.*b.*a.*c", turns, PATTERN_COSTLY},
	    {"a+++++++++++++++++++++++++++x", alike, PATTERN_COSTLY},
	    {"a{400}b", alike, PATTERN_YES},
	    {"b", alike, PATTERN_YES},
	    {"c", alike, PATTERN_NO},
	    {".*c", alike, PATTERN_NO},
	    {"x|.*c|.*d", alike, PATTERN_NO},
	};
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < N; i++) {
		seed = seed * 1664525 + 1013904223;
		dice[i] = seed >> 30 & 1 ? 'a' : 'b';
		alike[i] = 'a';
		turns[i] = "ab"[i & 1];
	}
	alike[N - 1] = 'b';
	dice[N - 62] = 'a';
	dice[N - 1] = 'd';
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (find(rows[i].pattern, rows[i].text, N) != rows[i].found)
			fail_msg("%s", rows[i].pattern);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(taken), cmocka_unit_test(found), cmocka_unit_test(hostile)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
