/* Response rate limiting: buckets of networks, told the time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/rrl.h"

static struct rrl *r;
static struct rrl_rules rules;
static const uint64_t key[2] = {1, 2};

static int
set_up(void **state)
{
	(void)state;
	r = rrl_new(key);
	rrl_rules_default(&rules);
	rules.rate = 10;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	rrl_free(r);
	return 0;
}

/* How many of n replies at `now` are sent, slip, are dropped. */
static void
count(unsigned got[3], const char *from, enum rrl_kind kind, int64_t now, unsigned n)
{
	struct addr a;

	memset(got, 0, 3 * sizeof(*got));
	assert_true(addr_parse(from, &a));
	for (unsigned i = 0; i < n; i++)
		got[rrl_judge(r, &rules, a.b, a.family == FAMILY_V4 ? 4 : 16, kind, now, i)]++;
}

static void
test_rate(void **state)
{
	unsigned got[3];

	(void)state;
	count(got, "192.0.2.1", RRL_ANSWER, 1000, 30);
	assert_int_equal(got[RRL_SEND], 10);
	assert_int_equal(got[RRL_SLIP], 10);
	assert_int_equal(got[RRL_DROP], 10);
	count(got, "192.0.2.1", RRL_ANSWER, 1504, 30); /* half a second: half as many */
	assert_int_equal(got[RRL_SEND], 5);
	count(got, "192.0.2.1", RRL_ANSWER, 9000, 30); /* never more than a second's worth */
	assert_int_equal(got[RRL_SEND], 10);
}

static void
test_networks(void **state)
{
	unsigned got[3];

	(void)state;
	count(got, "192.0.2.1", RRL_ANSWER, 0, 30);
	count(got, "192.0.2.254", RRL_ANSWER, 0, 1);
	assert_int_equal(got[RRL_SEND], 0); /* of the same /24 */
	count(got, "192.0.3.1", RRL_ANSWER, 0, 1);
	assert_int_equal(got[RRL_SEND], 1);
	count(got, "192.0.2.1", RRL_NXDOMAIN, 0, 1);
	assert_int_equal(got[RRL_SEND], 1); /* another kind */
	count(got, "2001:db8:0:100::1", RRL_ERROR, 0, 30);
	count(got, "2001:db8:0:1ff:ffff::", RRL_ERROR, 0, 1);
	assert_int_equal(got[RRL_SEND], 0); /* of the same /56 */
	count(got, "2001:db8:0:200::1", RRL_ERROR, 0, 1);
	assert_int_equal(got[RRL_SEND], 1);
}

/* Two threads, one of which is always a little behind. */
static void
test_clocks_apart(void **state)
{
	unsigned got[3], sent = 0;

	(void)state;
	for (int i = 0; i < 500; i++) {
		count(got, "192.0.2.1", RRL_ANSWER, 100000, 1);
		sent += got[RRL_SEND];
		count(got, "192.0.2.1", RRL_ANSWER, 100000 - 8 * (i % 20), 1);
		sent += got[RRL_SEND];
	}
	assert_int_equal(sent, 10);
	count(got, "192.0.2.1", RRL_ANSWER, 101000, 30);
	assert_in_range(got[RRL_SEND], 9, 10);
}

static void
test_slip(void **state)
{
	unsigned got[3];

	(void)state;
	rules.slip = 0;
	count(got, "192.0.2.1", RRL_ANSWER, 0, 30);
	assert_int_equal(got[RRL_DROP], 20);
	rules.slip = 1;
	count(got, "192.0.2.1", RRL_ANSWER, 0, 30);
	assert_int_equal(got[RRL_SLIP], 30);
}

static void
test_exempt(void **state)
{
	static const struct {
		const char *addr;
		bool exempt;
	} rows[] = {
		{"127.0.0.9", true},   {"10.1.2.3", true},      {"172.31.0.1", true},
		{"172.32.0.1", false}, {"192.168.9.9", true},   {"169.254.1.1", true},
		{"192.0.2.1", false},  {"::1", true},           {"::2", false},
		{"fd00::1", true},     {"fe80::1", true},       {"2001:db8::1", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct addr a;

		assert_true(addr_parse(rows[i].addr, &a));
		assert_int_equal(rrl_exempt(&rules, a.b, a.family == FAMILY_V4 ? 4 : 16),
		                 rows[i].exempt);
	}
}

/* Among a hundred thousand networks the one that floods is still held. */
static void
test_crowd(void **state)
{
	unsigned got[3], sent = 0;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		/* a /24 for each */
		uint8_t a[4] = {(uint8_t)(11 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i, 0};

		rrl_judge(r, &rules, a, 4, RRL_ANSWER, 0, i);
		count(got, "192.0.2.1", RRL_ANSWER, 0, 1);
		sent += got[RRL_SEND];
	}
	assert_in_range(sent, 10, 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_networks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_clocks_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_slip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_exempt, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_crowd, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
