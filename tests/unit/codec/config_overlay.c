#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "source.h"

/* Rules that count more than the file's: what a domain has in the end, or what is wrong. */
static const char text[] =
    "defaults: {server: {fall: 5}}\n"
    "zones:\n"
    "  - name: z\n"
    "    domains:\n"
    "      a.z: {monitor: {targets: [{ip: 10.0.0.1, port: 80}]}}\n"
    "      b.z: {server: {policy: priority, fall: 2, timeout_sec: 20}, monitor: {targets: [{ip: 10.0.0.1, port: 80}]}}\n"
    "      q.z: {server: {votes: quorum, hold: 7}, monitor: {targets: [{ip: 10.0.0.1, port: 80}]}}\n";

struct row {
	const char *lines[3], *domains[3], *want;
};

static void
rules(char *dst, size_t cap, const struct config *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->ndomains; i++) {
		const struct server_rules *r = c->domains[i].server;

		n += (size_t)snprintf(dst + n, cap - n, "%s%s/%s fall %d fresh %d hold %d", i ? "; " : "",
		    votes_word((int)r->votes), select_word((int)r->select), r->fall, (int)r->timeout_ms / 1000,
		    (int)r->hold_ms / 1000);
	}
}

static size_t
count(const char *const *list)
{
	size_t n = 0;

	while (list[n])
		n++;
	return n;
}

static void
overlays(void **state)
{
	static const struct row rows[] = {
		{{NULL}, {NULL},
		    "any/all fall 5 fresh 60 hold 120; any/priority fall 2 fresh 20 hold 40; quorum/all fall 5 fresh 60 hold 7"},
		{{"fall: 3"}, {NULL},
		    "any/all fall 3 fresh 60 hold 120; any/priority fall 3 fresh 20 hold 40; quorum/all fall 3 fresh 60 hold 7"},
		{{"fall: 3", "timeout_sec: 30"}, {"b.z"},
		    "any/all fall 5 fresh 60 hold 120; any/priority fall 3 fresh 30 hold 60; quorum/all fall 5 fresh 60 hold 7"},
		/* one axis without the other */
		{{"votes: all"}, {"b.z"},
		    "any/all fall 5 fresh 60 hold 120; all/priority fall 2 fresh 20 hold 40; quorum/all fall 5 fresh 60 hold 7"},
		/* what is of a quorum waits for those that have one, unless the domain was named */
		{{"hold: 9"}, {NULL},
		    "any/all fall 5 fresh 60 hold 9; any/priority fall 2 fresh 20 hold 9; quorum/all fall 5 fresh 60 hold 9"},
		{{"hold: 9"}, {"a.z"}, "--set:1:7: hold is for votes quorum, and here votes is any\n"},
		/* mistakes are said once, by the place among the rules */
		{{"fal: 3"}, {NULL}, "--set:1:1: unknown key \"fal\" (did you mean \"fall\"?)\n"},
		{{"fall: 3", "rise: 0"}, {NULL}, "--set:2:7: rise 0 is under 1\n"},
		{{"fall: 3", "fall: 4"}, {NULL}, "--set:2:1: duplicate key \"fall\" (first on line 1)\n"},
		{{"policy: quorm"}, {"a.z"}, "--set:1:9: policy \"quorm\" is none of any, all, quorum or priority (did you mean \"quorum\"?)\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct source_file files[] = {{"/e/f", text}, {0}};
		struct config_overlay over = {"--set", rows[i].lines, count(rows[i].lines), rows[i].domains, count(rows[i].domains)};
		struct config_source src = source_of(files);
		struct config_problems p = {0};
		struct config c;
		char got[1024];
		struct buf b;

		if (config_load_over(&c, "/e/f", &src, &over, &p) == 0) {
			rules(got, sizeof(got), &c);
			config_free(&c);
			assert_string_equal(got, rows[i].want);
		} else {
			problems_text(&p, &b);
			assert_string_equal(b.data, rows[i].want);
			buf_free(&b);
		}
		config_problems_free(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(overlays)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
