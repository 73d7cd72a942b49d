#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/name.h"

#define ROWS(x) (sizeof(x) / sizeof(*(x)))
#define L60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
normal_form(void **state)
{
	static const struct {
		const char *text, *normal; /* normal NULL: no name, why must hold `wrong` */
		const char *wrong;
	} rows[] = {
		{"WebMail.Failover.", "webmail.failover", NULL}, {"a_b-c.d", "a_b-c.d", NULL},
		{"*.failover", "*.failover", NULL}, {".", ".", NULL}, {L60 "abc.x", L60 "abc.x", NULL},
		{L60 "." L60 "." L60 "." L60 ".aaaaaaaaa", L60 "." L60 "." L60 "." L60 ".aaaaaaaaa", NULL},
		{L60 "." L60 "." L60 "." L60 ".aaaaaaaaaa", NULL, "253"}, {L60 "abcd.x", NULL, "63"},
		{"", NULL, "empty name"}, {"a..b", NULL, "empty label"}, {".a", NULL, "empty label"},
		{"a..", NULL, "empty label"}, {"a.*.b", NULL, "letters"}, {"a*.b", NULL, "letters"},
		{"a b", NULL, "letters"}, {"a/b", NULL, "letters"}, {"\xc3\xa4.x", NULL, "letters"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char dst[254];
		const char *why = NULL;

		assert_int_equal(name_normal(dst, rows[i].text, &why), rows[i].normal != NULL);
		if (rows[i].normal)
			assert_string_equal(dst, rows[i].normal);
		else
			assert_non_null(strstr(why, rows[i].wrong));
	}
}

static void
relations(void **state)
{
	(void)state;
	assert_true(name_equal("A.b.", "a.B"));
	assert_true(name_equal(".", "."));
	assert_false(name_equal("a.b", "a.bc"));
	assert_false(name_equal("a.b", "a"));
	assert_true(name_under("www.failover", "failover"));
	assert_true(name_under("failover", "failover"));
	assert_true(name_under("x", "."));
	assert_false(name_under("wwwfailover", "failover"));
	assert_false(name_under("failover", "www.failover"));
}

static void
agent_files(void **state)
{
	static const struct {
		const char *id, *file;
	} rows[] = {
		{"fra1", "fra1"}, {"../x", "%2E.%2Fx"}, {".", "%2E"}, {"a.b", "a.b"}, {"Fra 1", "%46ra%201"},
		{"\xc3\xa4", "%C3%A4"}, {"a%2f", "a%252f"},
	};
	static const char *const foreign[] = {"", ".x", "A", "%41%", "%4", "%zz", "%61", "%2e", "%00", "a b", "%0A",
	    L60 "aaaaa"};
	char file[AGENT_FILE], id[65];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		agent_id_file(file, rows[i].id);
		assert_string_equal(file, rows[i].file);
		assert_true(agent_id_from_file(id, file));
		assert_string_equal(id, rows[i].id);
	}
	for (size_t i = 0; i < ROWS(foreign); i++)
		assert_false(agent_id_from_file(id, foreign[i]));
}

static void
agent_ids(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_true(agent_id_valid("a", 1, &why));
	assert_true(agent_id_valid(L60 "aaaa", 64, &why));
	assert_null(why);
	assert_false(agent_id_valid(L60 "aaaaa", 65, &why));
	assert_non_null(strstr(why, "64"));
	assert_false(agent_id_valid("", 0, &why));
	assert_false(agent_id_valid("a\x1b", 2, &why));
	assert_false(agent_id_valid("a\0b", 3, &why));
	assert_false(agent_id_valid("\xff", 1, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(normal_form), cmocka_unit_test(relations), cmocka_unit_test(agent_files),
	    cmocka_unit_test(agent_ids),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
