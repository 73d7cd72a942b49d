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

#define ANSWERS(n) "\0\7\x81\x80\0\1\0" n "\0\0\0\0" QUESTION
#define IN_A "\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
#define ALIAS(owner, to, n) owner "\0\5\0\1\0\0\0\x3c\0" n to
#define CDN "\3cdn\4test\0"

/* Shapes of a message: the walk ends at its end, whatever the type that was asked for. */
static void
valid(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		bool valid;
	} rows[] = {
#define ROW(s, valid) {s, sizeof(s) - 1, valid}
	    ROW(ANSWERS("\0"), true),
	    ROW(ANSWERS("\1") A_RECORD "\1", true),
	    ROW(ANSWERS("\1") A_RECORD "\1" "junk", true),
	    ROW(ANSWERS("\1") A_RECORD, false),      /* cut */
	    ROW(ANSWERS("\1") "\xc0\x0c\0\1\0", false),
	    ROW(ANSWERS("\1") "\xc0", false),
	    ROW(ANSWERS("\x32") A_RECORD "\1", false), /* 50 are said to be there */
	    ROW("\0\7\x81\x80\0\1\0\0\0\0\0\1" QUESTION, false),
	    ROW("\0\7\x81\x80\0\1\0\0\0\1\0\0" QUESTION A_RECORD, false),
	    ROW("\0\7\x81\x80\0\1\0\0\0\0\0\1" QUESTION "\0\0\x29\4\xd0\0\0\0\0\0\0", true),
	    ROW(ANSWERS("\1") "\xc0\x1b" IN_A, false), /* to itself */
	    ROW(ANSWERS("\1") "\xc0\xff" IN_A, false), /* forward, to nowhere */
	    ROW(ANSWERS("\1") "\xc0\x02" IN_A, false), /* into the header */
	    ROW(ANSWERS("\1") "\1a\xc0\x1b" IN_A, false), /* to where it began */
	    ROW(ANSWERS("\1") "\1a\xc0\x0c" IN_A, true),
	    ROW(ANSWERS("\1") "\x40" IN_A, false),
	    ROW(ANSWERS("\1") ALIAS("\xc0\x0c", "\xc0\x27", "\2"), false),
	    ROW(ANSWERS("\1") ALIAS("\xc0\x0c", "\xc0\x0c", "\2"), true),
	    ROW(ANSWERS("\1") ALIAS("\xc0\x0c", "\xc0\x0c\0", "\3"), false),
	    ROW(ANSWERS("\1") "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\3\xc0\0\2", false),
	    ROW(ANSWERS("\1") "\xc0\x0c\0\x0f\0\1\0\0\0\x3c\0\1\0", false), /* MX without a name */
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (dnsask_valid((const uint8_t *)rows[i].text, rows[i].n) != rows[i].valid)
			fail_msg("row %zu", i);
}

/* Only what was asked for is shown, at the end of its aliases; NULL: not read. */
static void
reading(void **state)
{
	static const struct {
		enum qtype type;
		const char *text;
		size_t n;
		const char *want;
	} rows[] = {
#define ROW(type, s, want) {QTYPE_##type, s, sizeof(s) - 1, want}
	    ROW(A, ANSWERS("\2") A_RECORD "\1" A_RECORD "\2", "192.0.2.1\n192.0.2.2\n"),
	    ROW(A, ANSWERS("\2") A_RECORD "\1" A_RECORD, NULL),
	    ROW(A, "\0\7\x81\x83\0\1\0\0\0\0\0\0" QUESTION, ""),
	    ROW(A, "\0\7\x81\x85\0\0\0\0\0\0\0\0", ""),
	    ROW(A, ANSWERS("\1"), NULL),
	    ROW(A, ANSWERS("\1") "\4GOOD\4tesT\0" IN_A, "192.0.2.1\n"),
	    ROW(A, ANSWERS("\1") "\4evil\4test\0" IN_A, ""),
	    ROW(A, ANSWERS("\1") "\xc0\x0c\0\1\0\3\0\0\0\x3c\0\4\xc0\0\2\1", ""), /* class CH */
	    ROW(AAAA, ANSWERS("\1") A_RECORD "\1", ""),
	    ROW(A, ANSWERS("\2") ALIAS("\xc0\x0c", CDN, "\x0a") CDN IN_A, "192.0.2.1\n"),
	    ROW(A, ANSWERS("\2") CDN IN_A ALIAS("\xc0\x0c", CDN, "\x0a"), "192.0.2.1\n"),
	    ROW(A, ANSWERS("\2") ALIAS("\xc0\x0c", CDN, "\x0a") "\4evil\4test\0" IN_A, ""),
	    ROW(A, ANSWERS("\2") ALIAS("\xc0\x0c", CDN, "\x0a") "\xc0\x0c" IN_A, ""),
	    ROW(A, ANSWERS("\2") ALIAS("\xc0\x0c", "\xc0\x0c", "\2") "\xc0\x0c" IN_A, ""),
	    ROW(A, ANSWERS("\1") ALIAS("\xc0\x0c", CDN, "\x0a"), ""),
	    ROW(CNAME, ANSWERS("\1") ALIAS("\xc0\x0c", CDN, "\x0a"), "cdn.test.\n"),
	    ROW(CNAME, ANSWERS("\2") ALIAS("\xc0\x0c", CDN, "\x0a") ALIAS(CDN, "\xc0\x0c", "\2"),
	        "cdn.test.\n"),
#undef ROW
	};
	static const uint8_t *const truncated = (const uint8_t *)"\0\7\x83\x80";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint8_t q[DNSASK_QUERY];
		struct buf b = {0};
		bool read;

		dnsask_query(q, 7, "good.test", rows[i].type);
		read = dnsask_answers(&b, q, (const uint8_t *)rows[i].text, rows[i].n);
		if (read != (rows[i].want != NULL) ||
		    (read && strcmp(b.len ? b.data : "", rows[i].want) != 0))
			fail_msg("row %zu: %d \"%s\"", i, read, b.len ? b.data : "");
		buf_free(&b);
	}
	assert_true(dnsask_truncated(truncated));
	assert_false(dnsask_truncated((const uint8_t *)rows[0].text));
	assert_int_equal(dnsask_rcode((const uint8_t *)"\0\7\x81\x83"), RCODE_NXDOMAIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(asking), cmocka_unit_test(fitting),
	    cmocka_unit_test(valid), cmocka_unit_test(reading)};

	return cmocka_run_group_tests_name("dnsask", tests, NULL, NULL);
}
