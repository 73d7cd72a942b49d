#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/stamp.h"

/* What is written is read back, by both readers. */
static void
there_and_back(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
	    {0, "1970-01-01T00:00:00.000Z"},
	    {1795341600123, "2026-11-22T10:00:00.123Z"},
	    {951782400000, "2000-02-29T00:00:00.000Z"},
	    {4102444799999, "2099-12-31T23:59:59.999Z"},
	    {253402300799999, "9999-12-31T23:59:59.999Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[STAMP_LEN];
		int64_t ms = -1;

		assert_string_equal(stamp_format(text, rows[i].ms), rows[i].text);
		assert_true(stamp_scan(text, &ms) && ms == rows[i].ms);
		assert_true(stamp_parse(text, &ms) && ms == rows[i].ms);
	}
}

static void
not_scanned(void **state)
{
	static const char *const rows[] = {
	    "2026-02-29T10:00:00.000Z", "2026-11-22T24:00:00.000Z", "2026-11-22T10:60:00.000Z",
	    "2026-11-22T10:00:60.000Z", "2026-13-22T10:00:00.000Z", "2026-11-22 10:00:00.000Z",
	    "2026-11-22T10:00:00.000+", "2026-11-2xT10:00:00.000Z",
	};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_false(stamp_scan(rows[i], &ms));
}

/* The time of day that a person types, at 2026-11-22T10:00Z in UTC. */
static void
typed(void **state)
{
	static const int64_t now = 1795341600000;
	static const struct {
		const char *text;
		int64_t ms; /* -1: not a time */
	} rows[] = {
	    {"now", 1795341600000},
	    {"-15min", 1795341600000 - 900000},
	    {"03:12", 1795341600000 - 6 * 3600000 - 48 * 60000},
	    {"10:01", 1795341600000 - 86400000 + 60000},
	    {"@1764150000", 1764150000000},
	    {"1764150000.25", 1764150000250},
	    {"2026-11-22", 1795305600000},
	    {"2026-11-22T12:00:00+02:00", 1795341600000},
	    {"2026-11-22 09:00", 1795338000000},
	    {"yesterday", -1},
	    {"@", -1},
	    {"1.", -1},
	    {"999999999999999999", -1},
	    {"", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t ms = -1;

		if (stamp_typed(rows[i].text, now, &ms) != (rows[i].ms >= 0))
			fail_msg("%s", rows[i].text);
		if (rows[i].ms >= 0 && ms != rows[i].ms)
			fail_msg("%s: %lld", rows[i].text, (long long)ms);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(there_and_back),
	    cmocka_unit_test(not_scanned),
	    cmocka_unit_test(typed),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("stamp", tests, NULL, NULL);
}
