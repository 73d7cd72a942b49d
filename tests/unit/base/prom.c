#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/prom.h"

static void
samples(void **state)
{
	struct buf b = {0};

	(void)state;
	prom_one(&b, "fodns_x", "gauge", "What it is.", 1.5);
	assert_string_equal(b.data, "# HELP fodns_x What it is.\n# TYPE fodns_x gauge\nfodns_x 1.5\n");
	buf_free(&b);
}

/* What the format wants escaped, and nothing else. */
static void
labels(void **state)
{
	static const struct {
		const char *value, *out;
	} rows[] = {
		{"", "x{a=\"\""},
		{"10.0.0.1:80", "x{a=\"10.0.0.1:80\""},
		{"\"v=1; a\"", "x{a=\"\\\"v=1; a\\\"\""},
		{"back\\slash", "x{a=\"back\\\\slash\""},
		{"two\nlines", "x{a=\"two\\nlines\""},
		{"{},=#", "x{a=\"{},=#\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf b = {0};

		prom_label(&b, "x{", "a", rows[i].value);
		assert_string_equal(b.data, rows[i].out);
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(samples), cmocka_unit_test(labels)};

	return cmocka_run_group_tests_name("prom", tests, NULL, NULL);
}
