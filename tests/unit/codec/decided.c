/* What is decided beyond a plain set of records: rcodes in place of answers, and which of several a client gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "codec/answer.h"
#include "codec/feed.h"
#include "codec/rrl.h"

#define DECISION(domain, rrsets) "{\"type\":\"decision\",\"at\":1,\"domain\":\"" domain ".f\",\"rrsets\":{" rrsets "}}\n"
#define SET(type, answers, more) "\"" type "\":{\"answers\":[" answers "],\"ttl\":5,\"source\":" more "}"
#define TEN(x) x x x x x x x x x x
/* 1440 bytes of text in strings of 240, which no UDP reply holds */
#define STRING(x) "\\\"" TEN(TEN(x x)) TEN(x x x x) "\\\""
#define BIG(x) "\"" STRING(x) " " STRING(x) " " STRING(x) " " STRING(x) " " STRING(x) " " STRING(x) "\""
#define NOTHING SET("AAAA", "", "\"none\"")

static const char stream[] =
    "{\"type\":\"server\",\"gen\":1,\"listen\":[\"127.0.0.1@53\"],\"threads\":1}\n"
    "{\"type\":\"zone\",\"zone\":\"f.\",\"soa\":{\"mname\":\"ns.f.\",\"rname\":\"hm.f.\",\"serial\":7,"
    "\"refresh\":1,\"retry\":2,\"expire\":3,\"minimum\":4},\"ns\":[\"ns.f.\"]}\n"
    "{\"type\":\"rr\",\"zone\":\"f.\",\"owner\":\"half.f.\",\"rrtype\":\"TXT\",\"ttl\":60,\"rdata\":\"\\\"hi\\\"\",\"wire\":\"026869\"}\n"
    "{\"type\":\"rr\",\"zone\":\"f.\",\"owner\":\"alias.f.\",\"rrtype\":\"CNAME\",\"ttl\":60,\"rdata\":\"half.f.\",\"wire\":\"0468616c66016600\"}\n"
    DECISION("half", SET("A", "", "\"none\",\"rcode\":\"SERVFAIL\"") "," SET("AAAA", "\"2001:db8::1\"", "\"live\""))
    DECISION("gone", SET("A", "", "\"none\",\"rcode\":\"REFUSED\"") "," NOTHING)
    DECISION("kept", SET("A", "", "\"keep\",\"rcode\":\"SERVFAIL\"") "," NOTHING)
    DECISION("name", SET("CNAME", "", "\"none\",\"rcode\":\"SERVFAIL\""))
    DECISION("text", SET("TXT", "", "\"none\",\"rcode\":\"REFUSED\""))
    DECISION("weigh", SET("A", "\"10.0.0.1\",\"10.0.0.2\",\"10.0.0.3\"", "\"live\",\"select\":\"weighted\",\"weights\":[6,3,1]") ","
                      SET("AAAA", "\"2001:db8::1\",\"2001:db8::2\"", "\"live\",\"select\":\"weighted\",\"weights\":[1,1]"))
    DECISION("hash", SET("A", "\"10.0.0.1\",\"10.0.0.2\",\"10.0.0.3\"", "\"live\",\"select\":\"hash\"") ","
                     SET("AAAA", "\"2001:db8::1\"", "\"live\",\"select\":\"hash\""))
    DECISION("to", SET("CNAME", "\"weigh.f.\",\"a.very.long.name.elsewhere.\"", "\"live\",\"select\":\"weighted\",\"weights\":[1,3]"))
    DECISION("sip", SET("SRV", "\"1 1 1 b.\",\"2 2 2 long.name.\"", "\"live\",\"select\":\"hash\""))
    DECISION("big", SET("TXT", BIG("a") "," BIG("b"), "\"live\",\"select\":\"hash\""))
    DECISION("ns", SET("A", "\"10.0.0.8\",\"10.0.0.9\"", "\"live\",\"select\":\"weighted\",\"weights\":[1,1]") "," NOTHING)
    "{\"type\":\"ready\",\"gen\":1,\"lines\":14}\n";

static struct feed feed;
static struct table *table;
static struct answer_counts counts;
static struct answerer w;
static struct answer_site site;
static uint8_t p[2048];
static size_t n; /* of the reply in p */

static void
on_publish(void *arg, struct table *t, const struct stream_server *s)
{
	(void)arg;
	(void)s;
	table = t;
}

static void
on_retire(void *arg, struct image *old)
{
	(void)arg;
	free(old);
}

static int
set_up(void **state)
{
	static const uint64_t key[2] = {1, 2};
	const struct feed_calls calls = {.publish = on_publish, .retire = on_retire};

	(void)state;
	table = NULL;
	site = (struct answer_site){.seconds = 1};
	feed_init(&feed, key, &calls);
	answerer_init(&w, &counts, &site, 1, false);
	feed_input(&feed, stream, sizeof(stream) - 1);
	return table ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	rrl_free(site.rrl);
	feed_free(&feed);
	table_free(table);
	return 0;
}

/* Asks with an OPT record; the reply is in p. */
static void
ask(const char *name, unsigned type)
{
	uint8_t wire[WIRE_NAME];
	size_t len = wire_name(wire, name), at = 12 + len;

	memset(p, 0, sizeof(p));
	p[5] = p[11] = 1;
	memcpy(p + 12, wire, len);
	wire_put16(p + at, (uint16_t)type);
	wire_put16(p + at + 2, CLASS_IN);
	wire_put16(p + at + 5, TYPE_OPT);
	wire_put16(p + at + 7, 1232);
	n = dns_answer(&w, table, p, at + 15, p, sizeof(p));
}

/* The extended error, whose option is the only one; EDE_NONE. */
static int
extended_error(const char *text)
{
	size_t len = strlen(text);

	if (n < 6 + len || memcmp(p + n - len, text, len) || wire_get16(p + n - len - 6) != OPTION_EDE)
		return EDE_NONE;
	return wire_get16(p + n - len - 2);
}

static void
rcodes(void **state)
{
	static const struct {
		const char *name;
		unsigned type;
		int rcode;
		unsigned aa, answers, authority;
		int ede;
		const char *text;
	} rows[] = {
		{"half.f", TYPE_A, RCODE_SERVFAIL, 0, 0, 0, EDE_INVALID_DATA, "all targets are down"},
		{"half.f", TYPE_AAAA, RCODE_NOERROR, 1, 1, 0, EDE_NONE, ""},
		{"half.f", TYPE_TXT, RCODE_NOERROR, 1, 1, 0, EDE_NONE, ""},
		/* there is none, in any state of health; and ANY is satisfied by one set */
		{"half.f", TYPE_MX, RCODE_NOERROR, 1, 0, 1, EDE_NONE, ""},
		{"half.f", TYPE_ANY, RCODE_NOERROR, 1, 1, 0, EDE_NONE, ""},
		{"gone.f", TYPE_A, RCODE_REFUSED, 0, 0, 0, EDE_INVALID_DATA, "all targets are down"},
		{"gone.f", TYPE_AAAA, RCODE_NOERROR, 1, 0, 1, EDE_NONE, ""},
		{"gone.f", TYPE_ANY, RCODE_REFUSED, 0, 0, 0, EDE_INVALID_DATA, "all targets are down"},
		{"kept.f", TYPE_A, RCODE_SERVFAIL, 0, 0, 0, EDE_NOT_READY, "no fresh reports"},
		/* an alias that is not told is none for every type */
		{"name.f", TYPE_CNAME, RCODE_SERVFAIL, 0, 0, 0, EDE_INVALID_DATA, "all targets are down"},
		{"name.f", TYPE_A, RCODE_SERVFAIL, 0, 0, 0, EDE_INVALID_DATA, "all targets are down"},
		{"name.f", TYPE_MX, RCODE_SERVFAIL, 0, 0, 0, EDE_INVALID_DATA, "all targets are down"},
		{"name.f", TYPE_ANY, RCODE_SERVFAIL, 0, 0, 0, EDE_INVALID_DATA, "all targets are down"},
		{"text.f", TYPE_TXT, RCODE_REFUSED, 0, 0, 0, EDE_INVALID_DATA, "all targets are down"},
		{"text.f", TYPE_A, RCODE_NOERROR, 1, 0, 1, EDE_NONE, ""},
		/* what leads there is told, by the authority for it */
		{"alias.f", TYPE_A, RCODE_SERVFAIL, 1, 1, 0, EDE_INVALID_DATA, "all targets are down"},
		{"alias.f", TYPE_AAAA, RCODE_NOERROR, 1, 2, 0, EDE_NONE, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ask(rows[i].name, rows[i].type);
		if (getenv("VERBOSE"))
			print_message("%s %u\n", rows[i].name, rows[i].type);
		assert_int_equal(p[3], rows[i].rcode);
		assert_int_equal(p[2] & 0x86, rows[i].aa ? 0x84 : 0x80);
		assert_int_equal(wire_get16(p + 4), 1);
		assert_int_equal(wire_get16(p + 6), rows[i].answers);
		assert_int_equal(wire_get16(p + 8), rows[i].authority);
		assert_int_equal(wire_get16(p + 10), 1); /* the OPT */
		if (rows[i].ede != EDE_NONE)
			assert_int_equal(extended_error(rows[i].text), rows[i].ede);
		else
			assert_int_equal(wire_get16(p + n - 2), 0);
	}
}

/* From nothing to a failure and back: another answer each time, and the serial says so. */
static void
rcode_comes_and_goes(void **state)
{
	static const struct {
		const char *line;
		int rcode;
		unsigned authority, rises;
	} rows[] = {
		{DECISION("gone", SET("A", "", "\"none\"") "," NOTHING), RCODE_NOERROR, 1, 1},
		{DECISION("gone", SET("A", "", "\"none\",\"rcode\":\"SERVFAIL\"") "," NOTHING), RCODE_SERVFAIL, 0, 1},
		/* the same, kept: but for the extended error nothing is new */
		{DECISION("gone", SET("A", "", "\"keep\",\"rcode\":\"SERVFAIL\"") "," NOTHING), RCODE_SERVFAIL, 0, 0},
		{DECISION("gone", SET("A", "\"10.0.0.1\"", "\"live\"") "," NOTHING), RCODE_NOERROR, 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint32_t serial = table->zones[0]->serial;

		feed_input(&feed, rows[i].line, strlen(rows[i].line));
		ask("gone.f", TYPE_A);
		assert_int_equal(p[3], rows[i].rcode);
		assert_int_equal(wire_get16(p + 8), rows[i].authority);
		assert_int_equal(table->zones[0]->serial, serial + rows[i].rises);
	}
}

/* A generation that differs in an rcode alone is another zone. */
static void
rcode_of_a_generation(void **state)
{
	char text[sizeof(stream)], *at;

	(void)state;
	feed_restart(&feed);
	memcpy(text, stream, sizeof(stream));
	feed.current = table;
	for (int pass = 0; pass < 2; pass++) {
		struct table *old = table;
		uint32_t serial = old->zones[0]->serial;

		at = strstr(text, "REFUSED");
		memcpy(at, pass ? "NOERROR" : "REFUSED", 7);
		feed_input(&feed, text, strlen(text));
		assert_true(table != old);
		assert_int_equal(table->zones[0]->serial, serial + (unsigned)pass);
		table_free(old);
	}
}

/* Failures are limited as a kind of their own, beside what a network gets of answers. */
static void
rcodes_are_limited(void **state)
{
	static const uint8_t peer[4] = {192, 0, 2, 1};
	unsigned failed = 0;

	(void)state;
	rrl_rules_default(&table->rrl);
	table->rrl.rate = 5;
	table->rrl.slip = 0;
	site.rrl = rrl_new((const uint64_t[]){1, 2});
	w.peer = peer;
	w.peerlen = sizeof(peer);
	for (int i = 0; i < 20; i++) {
		ask("half.f", TYPE_A);
		failed += n > 0;
	}
	assert_int_equal(failed, 5);
	ask("half.f", TYPE_AAAA);
	assert_int_equal(wire_get16(p + 6), 1);
}

static void
from(const uint8_t *address, size_t len)
{
	w.peer = address;
	w.peerlen = len;
}

/* The last byte of the only answer's data. */
static unsigned
answered(const char *name, unsigned type)
{
	size_t question;

	ask(name, type);
	question = 12 + strlen(name) + 2 + 4;
	assert_int_equal(p[3], RCODE_NOERROR);
	assert_int_equal(wire_get16(p + 6), 1);
	assert_int_equal(wire_get16(p + question), 0xc00c);
	assert_int_equal(wire_get16(p + question + 2), type);
	return p[question + 12 + wire_get16(p + question + 10) - 1];
}

/*
 * One a reply, over UDP and TCP.  That the tables are right is shown in pick.c, each column at
 * every height; here it is whether the dice are: the seed is fixed, so it is so or not, and
 * another seed had 1 in 1e9 to fall out of these bounds (chi-square of 2 degrees of freedom).
 */
static void
weighted(void **state)
{
	static const double share[] = {0.6, 0.3, 0.1};
	enum { N = 60000 };
	unsigned count[4] = {0}, v6 = 0;
	double chi = 0;

	(void)state;
	for (int i = 0; i < N; i++) {
		unsigned k;

		w.tcp = i & 1;
		k = answered("weigh.f", TYPE_A);
		assert_in_range(k, 1, 3);
		count[k]++;
	}
	for (int i = 0; i < 3; i++) {
		double off = count[i + 1] - N * share[i];

		chi += off * off / (N * share[i]);
	}
	assert_true(chi < 41.45);
	for (int i = 0; i < 1000; i++)
		v6 += answered("weigh.f", TYPE_AAAA) == 1;
	assert_in_range(v6, 400, 600);
	ask("weigh.f", TYPE_ANY);
	assert_int_equal(wire_get16(p + 6), 1);
}

/* One client network, one answer, of whatever address family, and over a mapped address. */
static void
hashed(void **state)
{
	uint8_t v4[4] = {198, 51, 0, 1}, v6[16] = {0x20, 1, 0xd, 0xb8}, mapped[16] = {[10] = 0xff, [11] = 0xff};
	unsigned seen4 = 0, seen6 = 0;

	(void)state;
	for (int net = 0; net < 256; net++) {
		unsigned first;

		v4[2] = v6[6] = (uint8_t)net;
		from(v4, 4);
		v4[3] = 1;
		first = answered("hash.f", TYPE_A);
		seen4 |= 1U << first;
		v4[3] = 77;
		w.tcp = true;
		assert_int_equal(answered("hash.f", TYPE_A), first);
		w.tcp = false;
		memcpy(mapped + 12, v4, 4);
		from(mapped, 16);
		assert_int_equal(answered("hash.f", TYPE_A), first);
		from(v6, 16);
		first = answered("hash.f", TYPE_A);
		seen6 |= 1U << first;
		v6[15] = (uint8_t)net;
		assert_int_equal(answered("hash.f", TYPE_A), first);
	}
	assert_int_equal(seen4, 0xe);
	assert_int_equal(seen6, 0xe);
	from(NULL, 0); /* of nobody: some one */
	assert_in_range(answered("hash.f", TYPE_A), 1, 3);
	assert_int_equal(answered("hash.f", TYPE_AAAA), 1);
}

/* One of several aliases, and on from there; of services; of name servers' addresses in a referral to ourselves. */
static void
other_types(void **state)
{
	static const uint8_t client[4] = {198, 51, 100, 7};
	unsigned here = 0;

	(void)state;
	from(client, 4);
	for (int i = 0; i < 4000; i++) {
		ask("to.f", TYPE_A);
		if (wire_get16(p + 6) == 2) /* its address, one of three */
			here++;
		else
			assert_int_equal(wire_get16(p + 6), 1);
	}
	assert_in_range(here, 830, 1170); /* of 1000: six deviations */
	ask("sip.f", TYPE_SRV);
	assert_int_equal(wire_get16(p + 6), 1);
	ask("f", TYPE_NS);
	assert_int_equal(wire_get16(p + 6), 1);
	assert_int_equal(wire_get16(p + 10), 2); /* ns.f with one of its two addresses, and the OPT */
	ask("big.f", TYPE_TXT);
	assert_int_equal(p[2] & 2, 2); /* does not fit into 1232 bytes */
	assert_int_equal(wire_get16(p + 6), 0);
	w.tcp = true;
	ask("big.f", TYPE_TXT);
	assert_int_equal(p[2] & 2, 0);
	assert_int_equal(wire_get16(p + 6), 1);
}

/* Weights are data: another weight is another answer; and a static record cannot join what is picked from. */
static void
select_changes(void **state)
{
	static const char *const lines[] = {
	    DECISION("weigh", SET("A", "\"10.0.0.1\",\"10.0.0.2\",\"10.0.0.3\"", "\"live\",\"select\":\"weighted\",\"weights\":[6,3,2]")
	             "," NOTHING),
	    DECISION("weigh", SET("A", "\"10.0.0.1\",\"10.0.0.2\",\"10.0.0.3\"", "\"live\",\"select\":\"hash\"") "," NOTHING),
	    DECISION("weigh", SET("A", "\"10.0.0.1\",\"10.0.0.2\",\"10.0.0.3\"", "\"live\"") "," NOTHING),
	};
	static struct stream_rr rr = {.owner = "hash.f.", .zone = "f.", .type = TYPE_A, .rdlen = 4, .rdata = {10, 9, 9, 9}};
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		uint32_t serial = table->zones[0]->serial;

		feed_input(&feed, lines[i], strlen(lines[i]));
		assert_int_equal(table->zones[0]->serial, serial + 1);
		feed_input(&feed, lines[i], strlen(lines[i]));
		assert_int_equal(table->zones[0]->serial, serial + 1);
		ask("weigh.f", TYPE_A);
		assert_int_equal(wire_get16(p + 6), i == 2 ? 3 : 1);
	}
	assert_int_equal(table_record(table, &rr, &f), -1);
	assert_string_equal(f.text, "hash.f.: decided already");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rcodes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rcode_comes_and_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rcode_of_a_generation, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rcodes_are_limited, set_up, tear_down),
		cmocka_unit_test_setup_teardown(weighted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hashed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_types, set_up, tear_down),
		cmocka_unit_test_setup_teardown(select_changes, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("decided", tests, NULL, NULL);
}
