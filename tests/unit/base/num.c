#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/num.h"

static void
durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{"90", 90000}, {"55s", 55000}, {"1.5s", 1500}, {"250ms", 250}, {"5m", 300000}, {"5min", 300000},
		{"2h", 7200000}, {"1d", 86400000}, {"1h30m", 5400000}, {"0.25", 250}, {"", -1}, {"s", -1},
		{"5x", -1}, {"-5", -1}, {"1h 5m", -1}, {"99999999999999999999", -1}, {"11y", -1}, {"5.", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t ms = -1;
		bool ok = num_duration(rows[i].text, &ms);

		assert_int_equal(ok, rows[i].ms >= 0);
		if (ok)
			assert_int_equal(ms, rows[i].ms);
	}
}

static void
bytes(void **state)
{
	static const struct {
		const char *text;
		int64_t n;
	} rows[] = {
		{"0", 0}, {"65536", 65536}, {"64k", 65536}, {"16M", 16 << 20}, {"1G", 1 << 30}, {"", -1},
		{"M", -1}, {"5x", -1}, {"5K", -1}, {"-5", -1}, {"5 M", -1}, {"1.5M", -1},
		{"99999999999", -1}, {"000000000000000000000000000000", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t v = 0;
		bool ok = num_bytes(rows[i].text, &v);

		assert_int_equal(ok, rows[i].n >= 0);
		if (ok)
			assert_int_equal(v, rows[i].n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(durations), cmocka_unit_test(bytes)};

	return cmocka_run_group_tests_name("num", tests, NULL, NULL);
}
