#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/command.h"

#define ROWS(x) (sizeof(x) / sizeof(*(x)))

static const struct command_values whole = {
    .ip = "::1", .port = "80", .domain = "-a.z", .check = "a.z:::1:80", .timeout = "5"};

static void
expanding(void **state)
{
	static const struct {
		const char *word, *text; /* NULL: refused */
	} rows[] = {
	    {"", ""},
	    {"x", "x"},
	    {"{ip}", "::1"},
	    {"http://[{ip}]:{port}/{port}", "http://[::1]:80/80"},
	    {"{timeout}{check}", "5a.z:::1:80"},
	    {"{IP}{ ip}{ip", "{IP}{ ip}{ip"},
	    {"{{ip}}", "{::1}"},
	    {"{\"a\":\"{ip}\"}", "{\"a\":\"::1\"}"},
	    {"{domain}", NULL},
	    {"{domain}.x", NULL},
	    {"--name={domain}", "--name=-a.z"},
	    {"x{domain}", "x-a.z"},
	};
	struct buf b = {0};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *why;

		buf_clear(&b);
		buf_puts(&b, "before");
		why = command_expand(&b, rows[i].word, &whole);
		assert_int_equal(why == NULL, rows[i].text != NULL);
		if (rows[i].text)
			assert_string_equal(b.data + 6, rows[i].text);
	}
	buf_free(&b);
}

static void
without_port(void **state)
{
	struct command_values v = whole;
	struct buf b = {0};

	(void)state;
	v.port = NULL;
	assert_null(command_expand(&b, "{ip}", &v));
	assert_string_equal(command_expand(&b, "-p{port}", &v), "the command wants a port");
	buf_free(&b);
}

/* What cannot be a command, by how the reason begins; NULL: nothing is wrong. */
static void
wrong(void **state)
{
	static const struct {
		const char *words[4], *why;
	} rows[] = {
	    {{NULL}, NULL},
	    {{"a"}, NULL},
	    {{"a", ""}, NULL},
	    {{"a", "b c"}, NULL},
	    {{"a b", "c"}, NULL},
	    {{"a b"}, "is a list of words"},
	    {{""}, "must begin with a program"},
	    {{"{ip}", "x"}, "must begin with a program"},
	    {{"a", "{adress}"}, "has a placeholder that is none"},
	    {{"a", "{adress}:1"}, NULL},
	    {{"a", "{ip}", "{port}", "{timeout}"}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *list[4];
		struct texts words = {list, 0};
		const char *why;

		while (words.n < 4 && rows[i].words[words.n]) {
			list[words.n] = rows[i].words[words.n];
			words.n++;
		}
		why = command_wrong(&words);
		assert_int_equal(why != NULL, rows[i].why != NULL);
		if (why)
			assert_int_equal(strncmp(why, rows[i].why, strlen(rows[i].why)), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(expanding), cmocka_unit_test(without_port),
	                                   cmocka_unit_test(wrong)};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
