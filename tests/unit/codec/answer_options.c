/* EDNS options: what a client may ask for beside its question, and what it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/answer.h"
#include "codec/feed.h"
#include "codec/rrl.h"

enum { NOW = 1795000000, OPT_AT = 12 + 14 + 4 };

static const char stream[] =
    "{\"type\":\"server\",\"gen\":1,\"listen\":[\"127.0.0.1@53\"],\"threads\":1}\n"
    "{\"type\":\"zone\",\"zone\":\"failover.\",\"soa\":{\"mname\":\"ns.failover.\",\"rname\":\"hm.failover.\",\"serial\":7,"
    "\"refresh\":1,\"retry\":2,\"expire\":3,\"minimum\":4},\"ns\":[\"ns.failover.\"]}\n";

static struct feed feed;
static struct table *table;
static struct answer_counts counts;
static struct answerer w;
static struct answer_secrets secrets = {.n = 2, .secret = {"first secret...", "the one before."}};
static struct answer_site site;
static const uint8_t peer[4] = {192, 0, 2, 1};
static uint8_t p[2048];
static size_t n; /* of the message in p */

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

/* web.failover, by where its address is from and what state its two targets are in. */
static void
decide(const char *source, const char *state)
{
	char line[1024];

	snprintf(line, sizeof(line),
	         "{\"type\":\"decision\",\"at\":\"2026-11-22T10:00:00.000Z\",\"domain\":\"web.failover\",\"rrsets\":{"
	         "\"A\":{\"answers\":[\"10.0.0.1\"],\"ttl\":5,\"source\":\"%s\"},\"AAAA\":{\"answers\":[],\"ttl\":5,\"source\":\"none\"}},"
	         "\"since\":\"2026-11-22T10:00:00.000Z\",\"targets\":["
	         "{\"ip\":\"10.0.0.1\",\"port\":80,\"state\":\"%s\",\"ok\":0,\"fail\":0,\"missing\":1},"
	         "{\"ip\":\"10.0.0.2\",\"port\":80,\"state\":\"unknown\",\"ok\":0,\"fail\":0,\"missing\":1}],\"next\":null}\n",
	         source, state);
	feed_input(&feed, line, strlen(line));
}

static int
set_up(void **state)
{
	const struct feed_calls calls = {.publish = on_publish, .retire = on_retire};
	static const char ready[] = "{\"type\":\"ready\",\"gen\":1,\"lines\":2}\n";

	(void)state;
	feed_init(&feed, (const uint64_t[]){1, 2}, &calls);
	feed_input(&feed, stream, strlen(stream));
	decide("live", "up");
	feed_input(&feed, ready, strlen(ready));
	assert_non_null(table);
	site = (struct answer_site){.secrets = &secrets, .seconds = NOW};
	answerer_init(&w, &counts, &site, 1, false);
	w.peer = peer;
	w.peerlen = sizeof(peer);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	rrl_free(site.rrl);
	feed_free(&feed);
	table_free(table);
	table = NULL;
	return 0;
}

/* A query for "web.failover A" with these options in hexadecimal; name NULL: without a question. */
static void
ask_type(const char *name, uint16_t type, const char *options)
{
	uint8_t wire[WIRE_NAME];
	size_t len = strlen(options) / 2, at = 12;

	memset(p, 0, sizeof(p));
	if (name) {
		size_t k = wire_name(wire, name);

		memcpy(p + at, wire, k);
		at += k + 4;
		p[at - 3] = (uint8_t)type;
		p[at - 1] = CLASS_IN;
		p[5] = 1;
	}
	p[11] = 1;
	wire_put16(p + at + 1, TYPE_OPT);
	wire_put16(p + at + 3, 1232);
	wire_put16(p + at + 9, (uint16_t)len);
	for (size_t i = 0; i < len; i++) {
		unsigned byte;

		assert_int_equal(sscanf(options + 2 * i, "%2x", &byte), 1);
		p[at + 11 + i] = (uint8_t)byte;
	}
	n = at + 11 + len;
	n = dns_answer(&w, table, p, n, p, sizeof(p));
	assert_true(n >= 12);
}

static void
ask(const char *name, const char *options)
{
	ask_type(name, TYPE_A, options);
}

/* The reply's rcode, extended bits included. */
static unsigned
rcode(void)
{
	size_t at = 12;

	if (p[5])
		at = OPT_AT;
	for (unsigned left = p[7] + p[9]; left; left--)
		at += (p[at] >= 0xc0 ? 2U : 1U) + 10 + wire_get16(p + at + (p[at] >= 0xc0 ? 10 : 9));
	assert_int_equal(p[11], 1);
	return (unsigned)p[at + 5] << 4 | (p[3] & 0xf);
}

/* The option of that code in the reply's OPT, which is last; NULL. */
static const uint8_t *
option(unsigned code, size_t *len)
{
	/* Found from behind: an OPT whose options end where the message does. */
	for (size_t at = n - 11; at >= 12; at--) {
		if (p[at] || wire_get16(p + at + 1) != TYPE_OPT || wire_get16(p + at + 3) != 1232 ||
		    at + 11 + wire_get16(p + at + 9) != n)
			continue;
		for (size_t i = at + 11; i < n; i += 4U + wire_get16(p + i + 2)) {
			*len = wire_get16(p + i + 2);
			if (wire_get16(p + i) == code)
				return p + i + 4;
		}
		return NULL;
	}
	fail_msg("no OPT");
	return NULL;
}

static void
nsid(void **state)
{
	const uint8_t *o;
	size_t len;

	(void)state;
	ask("web.failover", "00030000");
	assert_null(option(OPTION_NSID, &len)); /* there is none to tell */
	table->nsidlen = 3;
	memcpy(table->nsid, "ns1", 3);
	ask("web.failover", "");
	assert_null(option(OPTION_NSID, &len)); /* not asked for */
	ask("web.failover", "fde900020102" "00030000");
	o = option(OPTION_NSID, &len);
	assert_non_null(o);
	assert_int_equal(len, 3);
	assert_memory_equal(o, "ns1", 3);
	assert_null(option(0xfde9, &len)); /* an unknown one is not echoed */
	ask("else.where", "00030000"); /* whatever the answer is */
	assert_non_null(option(OPTION_NSID, &len));
}

static void
cookies(void **state)
{
	static const struct {
		const char *options;
		unsigned rcode;
		bool cookie;
	} rows[] = {
		{"000a00080102030405060708", RCODE_NOERROR, true},
		{"000a00070102030405060708", RCODE_FORMERR, false}, /* cut, and a byte over */
		{"000a000701020304050607", RCODE_FORMERR, false},
		{"000a0009010203040506070809", RCODE_FORMERR, false},
		{"000a0000", RCODE_FORMERR, false},
		/* somebody else's, and two at once */
		{"000a0010" "0102030405060708" "1111111111111111", RCODE_NOERROR, true},
		{"000a00080102030405060708" "000a00080202030405060708", RCODE_NOERROR, true},
	};
	const uint8_t *o;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ask("web.failover", rows[i].options);
		assert_int_equal(rcode(), rows[i].rcode);
		o = option(OPTION_COOKIE, &len);
		assert_int_equal(o != NULL, rows[i].cookie);
		if (!o)
			continue;
		assert_int_equal(len, 24);
		assert_memory_equal(o, "\1\2\3\4\5\6\7\10", 8);
		assert_true(cookie_valid(secrets.secret[0], o, len, peer, 4, NOW));
	}
	site.secrets = NULL;
	ask("web.failover", rows[0].options);
	assert_null(option(OPTION_COOKIE, &len));
}

/* RFC 7873 5.4: nothing is asked but a cookie. */
static void
only_a_cookie(void **state)
{
	uint8_t made[24];
	char hex[64] = "000a0018";
	size_t len;

	(void)state;
	ask(NULL, "000a00080102030405060708");
	assert_int_equal(rcode(), RCODE_NOERROR);
	assert_int_equal(wire_get16(p + 4), 0);
	assert_int_equal(wire_get16(p + 6), 0);
	assert_non_null(option(OPTION_COOKIE, &len));
	ask(NULL, "000a0010" "0102030405060708" "1111111111111111");
	assert_int_equal(rcode(), RCODE_BADCOOKIE);
	assert_non_null(option(OPTION_COOKIE, &len));
	cookie_make(made, secrets.secret[1], (const uint8_t *)"\1\2\3\4\5\6\7\10", peer, 4, NOW - 60);
	for (size_t i = 0; i < 24; i++)
		sprintf(hex + 8 + 2 * i, "%02x", made[i]);
	ask(NULL, hex);
	assert_int_equal(rcode(), RCODE_NOERROR); /* of the secret before: known again */
	ask(NULL, "00030000");
	assert_int_equal(rcode(), RCODE_FORMERR);
}

static void
keepalive(void **state)
{
	const uint8_t *o;
	size_t len;

	(void)state;
	w.keepalive = 150;
	ask("web.failover", "000b0000");
	assert_null(option(OPTION_KEEPALIVE, &len)); /* never over UDP */
	ask("web.failover", "000b00020001");
	assert_int_equal(rcode(), RCODE_NOERROR);
	w.tcp = true;
	ask("web.failover", "");
	assert_null(option(OPTION_KEEPALIVE, &len));
	ask("web.failover", "000b0000");
	o = option(OPTION_KEEPALIVE, &len);
	assert_non_null(o);
	assert_int_equal(len, 2);
	assert_int_equal(wire_get16(o), 150);
	ask("web.failover", "000b00020001"); /* a client does not say how long */
	assert_int_equal(rcode(), RCODE_FORMERR);
}

/* The extended error of the reply. */
static int
code(void)
{
	size_t len;
	const uint8_t *o = option(OPTION_EDE, &len);

	return o ? wire_get16(o) : EDE_NONE;
}

static int
told(const char *name)
{
	ask(name, "");
	return code();
}

static void
extended_errors(void **state)
{
	static const struct {
		const char *source, *state;
		int code;
	} rows[] = {
		{"live", "up", EDE_NONE},
		{"fallback", "unknown", EDE_NOT_READY},
		{"fallback", "down", EDE_NONE}, /* something is known */
		{"all", "unknown", EDE_NOT_READY},
		{"none", "unknown", EDE_NOT_READY},
		{"keep", "unknown", EDE_STALE},
		{"last", "down", EDE_STALE},
		{"fallback", "down", EDE_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		decide(rows[i].source, rows[i].state);
		assert_int_equal(told("web.failover"), rows[i].code);
		/* the family that is not asked for has none to tell, nor has another type */
		ask_type("web.failover", TYPE_AAAA, "");
		assert_int_equal(code(), EDE_NONE);
		ask_type("web.failover", TYPE_MX, "");
		assert_int_equal(code(), EDE_NONE);
	}
	assert_int_equal(told("no.failover"), EDE_NONE);
	assert_int_equal(told("else.where"), EDE_NOT_AUTHORITATIVE);
}

/* The data is what it was, so the serial is, too. */
static void
serial_stays(void **state)
{
	uint32_t before;

	(void)state;
	decide("fallback", "down");
	before = table->zones[0]->serial;
	decide("fallback", "unknown");
	assert_int_equal(told("web.failover"), EDE_NOT_READY);
	assert_int_equal(table->zones[0]->serial, before);
}

/* What does not fit is left out, before any record is. */
static void
options_give_way(void **state)
{
	size_t with, without;

	(void)state;
	table->nsidlen = LIMIT_NSID;
	ask("web.failover", "00030000" "000a00080102030405060708");
	with = n;
	ask("web.failover", "000a00080102030405060708");
	without = n;
	assert_int_equal(with, without + 4 + LIMIT_NSID);
	w.tcp = true; /* a small buffer instead of a small UDP size */
	for (size_t cap = without; cap <= with; cap++) {
		uint8_t q[64], r[2048];
		size_t k, m = OPT_AT + 11 + 4 + 12;

		ask("web.failover", "");
		memcpy(q, p, OPT_AT);
		memset(q + 6, 0, 6);
		q[2] = q[3] = 0;
		q[11] = 1;
		memcpy(q + OPT_AT, "\0\0\x29\x04\xd0\0\0\0\0\0\x10\0\3\0\0\0\x0a\0\x08\1\2\3\4\5\6\7\10", 27);
		k = dns_answer(&w, table, q, m, r, cap);
		assert_int_equal(r[7], 1); /* the answer is there */
		assert_int_equal(k, cap < with ? without : with);
	}
}

static void
rate(void **state)
{
	static const uint8_t loopback[4] = {127, 0, 0, 1};
	static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1};
	char hex[64] = "000a0018";
	uint8_t made[24];
	unsigned slipped = 0, dropped = 0;

	(void)state;
	rrl_rules_default(&table->rrl);
	table->rrl.rate = 5;
	site.rrl = rrl_new((const uint64_t[]){1, 2});
	for (int i = 0; i < 200; i++) {
		static const uint8_t query[] = {0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'w', 'e', 'b', 8, 'f', 'a', 'i',
		    'l', 'o', 'v', 'e', 'r', 0, 0, 1, 0, 1};

		n = dns_answer(&w, table, query, sizeof(query), p, sizeof(p));
		if (i < 5)
			assert_int_equal(p[7], 1);
		else if (n) {
			assert_int_equal(p[2] & 2, 2); /* TC, and nothing in it */
			assert_int_equal(n, sizeof(query));
			slipped++;
		} else
			dropped++;
	}
	assert_in_range(slipped, 60, 140); /* one of two, by chance */
	assert_int_equal(counts.slipped, slipped);
	assert_int_equal(counts.limited, dropped);
	/* who shows a cookie of ours, who comes over TCP, who is exempt */
	cookie_make(made, secrets.secret[0], (const uint8_t *)"\1\2\3\4\5\6\7\10", peer, 4, NOW);
	for (size_t i = 0; i < 24; i++)
		sprintf(hex + 8 + 2 * i, "%02x", made[i]);
	for (int i = 0; i < 20; i++) {
		ask("web.failover", hex);
		assert_int_equal(p[7], 1);
	}
	w.tcp = true;
	ask("web.failover", "");
	assert_int_equal(p[7], 1);
	w.tcp = false;
	w.peer = mapped; /* 10.0.0.1 on an IPv6 socket */
	w.peerlen = 16;
	for (int i = 0; i < 20; i++) {
		ask("web.failover", "");
		assert_int_equal(p[7], 1);
	}
	w.peer = loopback;
	w.peerlen = 4;
	for (int i = 0; i < 20; i++) {
		ask("web.failover", "");
		assert_int_equal(p[7], 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nsid, set_up, tear_down),
		cmocka_unit_test_setup_teardown(cookies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_a_cookie, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keepalive, set_up, tear_down),
		cmocka_unit_test_setup_teardown(extended_errors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(serial_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(options_give_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rate, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
