#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codec/dnsask.h"

#define QUESTION "\4good\4test\0\0\1\0\1"
#define A_RECORD "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2"
#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1

static void
asking(void **state)
{
	static const char want[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\4good\4test\0\0\x0f\0\1";
	uint8_t q[DNSASK_QUERY];

	(void)state;
	assert_int_equal(dnsask_query(q, 0x1234, "Good.Test.", QTYPE_MX), sizeof(want) - 1);
	assert_memory_equal(q, want, sizeof(want) - 1);
	assert_int_equal(dnsask_query(q, 1, ".", QTYPE_NS), 12 + 1 + 4);
	assert_int_equal(dnsask_query(q, 1, "a..b", QTYPE_A), 0);
}

static void
fitting(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		bool fits;
	} rows[] = {
#define ROW(s, fits) {s, sizeof(s) - 1, fits}
	    ROW("\0\7\x81\x80\0\1\0\0\0\0\0\0" QUESTION, true),
	    ROW("\0\7\x81\x80\0\1\0\0\0\0\0\0\4GOOD\4tEst\0\0\1\0\1", true),
	    ROW("\0\7\x81\x80\0\1\0\1\0\0\0\0" QUESTION A_RECORD "\1", true),
	    ROW("\0\7\x81\x85\0\0\0\0\0\0\0\0", true), /* REFUSED, without the question */
	    ROW("\0\7\x81\x80\0\0\0\0\0\0\0\0", false),
	    ROW("\0\6\x81\x80\0\1\0\0\0\0\0\0" QUESTION, false), /* another ID */
	    ROW("\0\7\1\0\0\1\0\0\0\0\0\0" QUESTION, false),     /* no answer */
	    ROW("\0\7\xa9\x80\0\1\0\0\0\0\0\0" QUESTION, false), /* a notify */
	    ROW("\0\7\x81\x80\0\1\0\0\0\0\0\0\4good\4tesx\0\0\1\0\1", false),
	    ROW("\0\7\x81\x80\0\1\0\0\0\0\0\0\4good\4test\0\0\2\0\1", false),
	    ROW("\0\7\x81\x80\0\1\0\0\0\0\0\0\4good\4test\0\0\1\0\3", false),
	    ROW("\0\7\x81\x80\0\2\0\0\0\0\0\0" QUESTION QUESTION, false),
	    ROW("\0\7\x81\x80\0\1\0\0\0\0\0\0\4good\4test\0\0\1\0", false),
	    ROW("\0\7\x81\x80\0\1\0\0\0\0\0", false),
	    ROW("", false),
#undef ROW
	};
	uint8_t q[DNSASK_QUERY];
	size_t n = dnsask_query(q, 7, "good.test", QTYPE_A);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (dnsask_fits(q, n, (const uint8_t *)rows[i].text, rows[i].n) != rows[i].fits)
			fail_msg("row %zu", i);
}

static void
reading(void **state)
{
	static const uint8_t two[] = "\0\7\x81\x80\0\1\0\2\0\0\0\0" QUESTION A_RECORD "\1" A_RECORD "\2";
	static const uint8_t loop[] =
	    "\0\7\x81\x80\0\1\0\1\0\0\0\0" QUESTION "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\x27";
	struct buf b = {0};

	(void)state;
	assert_true(dnsask_answers(&b, two, sizeof(two) - 1));
	assert_string_equal(b.data, "192.0.2.1\n192.0.2.2\n");
	assert_false(dnsask_answers(&b, two, sizeof(two) - 2)); /* cut off */
	assert_false(dnsask_answers(&b, loop, sizeof(loop) - 1));
	buf_clear(&b);
	assert_true(dnsask_answers(&b, BYTES("\0\7\x81\x83\0\1\0\0\0\0\0\0" QUESTION)));
	assert_true(dnsask_answers(&b, BYTES("\0\7\x81\x85\0\0\0\0\0\0\0\0")));
	assert_int_equal(b.len, 0);
	assert_false(dnsask_answers(&b, BYTES("\0\7\x81\x80\0\1\0\1\0\0\0\0" QUESTION)));
	buf_free(&b);
	assert_true(dnsask_truncated((const uint8_t *)"\0\7\x83\x80"));
	assert_false(dnsask_truncated(two));
	assert_int_equal(dnsask_rcode((const uint8_t *)"\0\7\x81\x83"), RCODE_NXDOMAIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(asking), cmocka_unit_test(fitting),
	    cmocka_unit_test(reading)};

	return cmocka_run_group_tests_name("dnsask", tests, NULL, NULL);
}
