#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edge/router.h"

static const struct route routes[] = {
	{"POST", "/report", 10, NULL},
	{"GET", "/status", 0, NULL},
	{"GET", "/status/*", 0, NULL},
	{"GET", "/over", 0, NULL},
	{"POST", "/over", 0, NULL},
	{NULL, NULL, 0, NULL},
};

static void
finds(void **state)
{
	static const struct {
		const char *method, *path;
		int route; /* -1: none */
		const char *tail, *allow;
	} rows[] = {
		{"POST", "/report", 0, "", ""},
		{"GET", "/report", -1, "", "POST"},
		{"get", "/status", -1, "", "GET, HEAD"},
		{"GET", "/status", 1, "", ""},
		{"HEAD", "/status", 1, "", ""},
		{"GET", "/status/", -1, "", ""},
		{"GET", "/status/a.b", 2, "a.b", ""},
		{"GET", "/status/a/b", 2, "a/b", ""},
		{"DELETE", "/status/a", -1, "", "GET, HEAD"},
		{"PUT", "/over", -1, "", "GET, HEAD, POST"},
		{"GET", "/", -1, "", ""},
		{"GET", "", -1, "", ""},
		{"GET", "/statu", -1, "", ""},
		{"GET", "/statuses", -1, "", ""},
		{"BREW", "/nowhere", -1, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct routed r;

		router_find(&r, routes, rows[i].method, rows[i].path);
		assert_int_equal(r.route ? r.route - routes : -1, rows[i].route);
		assert_string_equal(r.tail, rows[i].tail);
		assert_string_equal(r.allow, rows[i].allow);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(finds)};

	return cmocka_run_group_tests_name("router", tests, NULL, NULL);
}
