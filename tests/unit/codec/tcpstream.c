/* DNS over a stream, in any pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "codec/tcpstream.h"

static struct answer_counts counts;
static struct answerer w;
static struct table *table;

static int
set_up(void **state)
{
	(void)state;
	table = table_new((const uint64_t[]){1, 2});
	answerer_init(&w, &counts, NULL, 1, true);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	table_free(table);
	return 0;
}

/* A query for ". NS" with the id, behind its length: 19 bytes. */
static size_t
put(uint8_t *p, unsigned id)
{
	memset(p, 0, 19);
	wire_put16(p, 17);
	wire_put16(p + 2, (uint16_t)id);
	wire_put16(p + 6, 1);
	wire_put16(p + 15, TYPE_NS);
	wire_put16(p + 17, CLASS_IN);
	return 19;
}

static void
pipelined(void **state)
{
	static uint8_t in[19 * 10], out[2 * TCPSTREAM_ROOM];
	size_t n = 0, used, messages;

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		n += put(in + n, i);
	/* However much has come: the whole messages in it are answered, the rest is left. */
	for (size_t have = 0; have <= n; have++) {
		size_t outlen = 0;

		assert_int_equal(tcpstream_answer(&w, table, in, have, &used, &messages, out, &outlen, sizeof(out)), TCPSTREAM_MORE);
		assert_int_equal(used, have / 19 * 19);
		assert_int_equal(messages, have / 19);
		assert_int_equal(outlen, messages * 19); /* REFUSED, the question alone */
		for (size_t i = 0; i < messages; i++)
			assert_int_equal(wire_get16(out + i * 19 + 2), i);
	}
}

static void
broken(void **state)
{
	static uint8_t in[64], out[TCPSTREAM_ROOM + 64];
	size_t used, messages, outlen;

	(void)state;
	for (unsigned len = 0; len < 12; len++) {
		size_t n = put(in, 7);

		wire_put16(in + n, (uint16_t)len);
		outlen = 0;
		assert_int_equal(tcpstream_answer(&w, table, in, n + 2, &used, &messages, out, &outlen, sizeof(out)), TCPSTREAM_BROKEN);
		assert_int_equal(outlen, 19); /* what was right before is still answered */
	}
}

/* No reply is begun without room for the largest. */
static void
full(void **state)
{
	static uint8_t in[57], out[TCPSTREAM_ROOM + 20];
	size_t used, messages, outlen = 0;

	(void)state;
	put(in, 1);
	put(in + 19, 2);
	put(in + 38, 3);
	assert_int_equal(tcpstream_answer(&w, table, in, 57, &used, &messages, out, &outlen, sizeof(out)), TCPSTREAM_FULL);
	assert_int_equal(messages, 2);
	assert_int_equal(used, 38);
	/* A reply among the queries is dropped, not answered. */
	in[4] |= 0x80;
	outlen = 0;
	assert_int_equal(tcpstream_answer(&w, table, in, 19, &used, &messages, out, &outlen, sizeof(out)), TCPSTREAM_MORE);
	assert_int_equal(outlen, 0);
	assert_int_equal(used, 19);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(pipelined), cmocka_unit_test(broken), cmocka_unit_test(full)};

	return cmocka_run_group_tests_name("tcpstream", tests, set_up, tear_down);
}
