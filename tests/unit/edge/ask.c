#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "edge/ask.h"

enum { ID = 0x1234 };

/* "x. A" answered with two addresses, one of them twice; then cut at every byte. */
static const uint8_t reply[] = {0x12, 0x34, 0x84, 0, 0, 1, 0, 3, 0, 0, 0, 0, 1, 'x', 0, 0, 1, 0, 1,
	0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 2, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 1,
	0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 2};

static void
reads(void **state)
{
	struct ask_reply r;

	(void)state;
	assert_int_equal(ask_read(reply, sizeof(reply), ID, RRTYPE_A, &r), 0);
	assert_int_equal(r.nanswers, 2);
	assert_int_equal(r.answers[0].addr.b[3], 1);
	assert_int_equal(r.ttl, 5);
	assert_int_equal(r.rcode, 0);
	assert_int_equal(ask_read(reply, sizeof(reply), ID + 1, RRTYPE_A, &r), -1);
}

static void
refuses_what_is_cut(void **state)
{
	struct ask_reply r;
	uint8_t part[sizeof(reply)];

	(void)state;
	for (size_t n = 0; n < sizeof(reply); n++) {
		memcpy(part, reply, n);
		assert_int_equal(ask_read(part, n, ID, RRTYPE_A, &r), -1);
	}
}

/* A query with our id that comes back is no reply. */
static void
refuses_a_query(void **state)
{
	uint8_t p[sizeof(reply)];
	struct ask_reply r;

	(void)state;
	memcpy(p, reply, sizeof(p));
	p[2] = 0;
	assert_int_equal(ask_read(p, sizeof(p), ID, RRTYPE_A, &r), -1);
}

/* Of an alias's chain only what stands at the asked name counts. */
static void
reads_values(void **state)
{
	static const uint8_t chain[] = {0x12, 0x34, 0x84, 0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 'x', 0, 0, 5, 0, 1,
		0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 7, 0, 3, 1, 'y', 0, 0xc0, 31, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 1};
	static const uint8_t text[] = {0x12, 0x34, 0x84, 0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 'x', 0, 0, 16, 0, 1,
		0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 7, 0, 4, 1, 'b', 1, '"', 1, 'x', 0, 0, 16, 0, 1, 0, 0, 0, 7, 0, 2, 1, 'a'};
	struct ask_reply r;

	(void)state;
	assert_int_equal(ask_read(chain, sizeof(chain), ID, RRTYPE_CNAME, &r), 0);
	assert_int_equal(r.nanswers, 1);
	assert_string_equal(r.answers[0].text, "y.");
	assert_int_equal(r.ttl, 7);
	assert_int_equal(ask_read(chain, sizeof(chain), ID, RRTYPE_A, &r), 0);
	assert_int_equal(r.nanswers, 0);
	assert_int_equal(ask_read(text, sizeof(text), ID, RRTYPE_TXT, &r), 0);
	assert_int_equal(r.nanswers, 2);
	assert_string_equal(r.answers[0].text, "\"a\"");
	assert_string_equal(r.answers[1].text, "\"b\" \"\\\"\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(refuses_what_is_cut),
	    cmocka_unit_test(refuses_a_query), cmocka_unit_test(reads_values)};

	return cmocka_run_group_tests_name("ask", tests, NULL, NULL);
}
