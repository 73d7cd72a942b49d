/* Queries in, replies out: the replies are read by ldns, which shares no code with what wrote them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ldns/ldns.h>

#include "base/log.h"
#include "codec/answer.h"
#include "codec/feed.h"

static const char stream[] =
    "{\"type\":\"server\",\"gen\":1,\"listen\":[\"127.0.0.1@53\"],\"threads\":1,\"config\":\"0123456789abcdef\"}\n"
    "{\"type\":\"zone\",\"zone\":\"failover.\",\"soa\":{\"mname\":\"ns.failover.\",\"rname\":\"hm.failover.\",\"serial\":7,"
    "\"refresh\":1,\"retry\":2,\"expire\":3,\"minimum\":4},\"ns\":[\"ns.failover.\",\"ns.other.\"]}\n"
    "{\"type\":\"zone\",\"zone\":\"x.y.test.\",\"soa\":{\"mname\":\"a.b.\",\"rname\":\"test.\",\"serial\":9,"
    "\"refresh\":1,\"retry\":2,\"expire\":3,\"minimum\":4},\"ns\":[\"a.b.\"]}\n"
    "{\"type\":\"zone\",\"zone\":\"test.\",\"soa\":{\"mname\":\"test.\",\"rname\":\"test.\",\"serial\":9,"
    "\"refresh\":1,\"retry\":2,\"expire\":3,\"minimum\":4},\"ns\":[\"a.b.\"]}\n"
    "{\"type\":\"rr\",\"zone\":\"failover.\",\"owner\":\"ns.failover.\",\"rrtype\":\"A\",\"ttl\":60,\"rdata\":\"192.0.2.53\",\"wire\":\"c0000235\"}\n"
    "{\"type\":\"rr\",\"zone\":\"failover.\",\"owner\":\"t.failover.\",\"rrtype\":\"TXT\",\"ttl\":60,\"rdata\":\"\\\"hi\\\"\",\"wire\":\"026869\"}\n"
    "{\"type\":\"rr\",\"zone\":\"failover.\",\"owner\":\"*.w.failover.\",\"rrtype\":\"A\",\"ttl\":60,\"rdata\":\"192.0.2.9\",\"wire\":\"c0000209\"}\n"
    "{\"type\":\"rr\",\"zone\":\"failover.\",\"owner\":\"has.w.failover.\",\"rrtype\":\"TXT\",\"ttl\":60,\"rdata\":\"\\\"hi\\\"\",\"wire\":\"026869\"}\n"
    "{\"type\":\"rr\",\"zone\":\"failover.\",\"owner\":\"alias.failover.\",\"rrtype\":\"CNAME\",\"ttl\":60,\"rdata\":\"web.failover.\",\"wire\":\"03776562084641494c6f76657200\"}\n"
    "{\"type\":\"rr\",\"zone\":\"failover.\",\"owner\":\"away.failover.\",\"rrtype\":\"CNAME\",\"ttl\":60,\"rdata\":\"a.b.\",\"wire\":\"0161016200\"}\n"
    "{\"type\":\"rr\",\"zone\":\"failover.\",\"owner\":\"lost.failover.\",\"rrtype\":\"CNAME\",\"ttl\":60,\"rdata\":\"q.test.\",\"wire\":\"0171047465737400\"}\n"
    "{\"type\":\"rr\",\"zone\":\"failover.\",\"owner\":\"ring.failover.\",\"rrtype\":\"CNAME\",\"ttl\":60,\"rdata\":\"back.failover.\",\"wire\":\"046261636b086661696c6f76657200\"}\n"
    "{\"type\":\"rr\",\"zone\":\"failover.\",\"owner\":\"back.failover.\",\"rrtype\":\"CNAME\",\"ttl\":60,\"rdata\":\"ring.failover.\",\"wire\":\"0472696e67086661696c6f76657200\"}\n"
    "{\"type\":\"rr\",\"zone\":\"failover.\",\"owner\":\"loop.failover.\",\"rrtype\":\"CNAME\",\"ttl\":60,\"rdata\":\"loop.failover.\",\"wire\":\"046c6f6f70086661696c6f76657200\"}\n"
    "{\"type\":\"decision\",\"at\":\"2026-11-22T10:00:00.000Z\",\"domain\":\"web.failover\",\"rrsets\":{\"A\":{\"answers\":[\"10.0.0.1\",\"10.0.0.2\"],\"ttl\":5,\"source\":\"live\"},\"AAAA\":{\"answers\":[],\"ttl\":5,\"source\":\"none\"}},\"since\":\"2026-11-22T10:00:00.000Z\",\"targets\":[],\"next\":null}\n"
    "{\"type\":\"decision\",\"at\":\"2026-11-22T10:00:00.000Z\",\"domain\":\"deep.e.n.t.failover\",\"rrsets\":{\"A\":{\"answers\":[],\"ttl\":5,\"source\":\"none\"},\"AAAA\":{\"answers\":[\"2001:db8::1\"],\"ttl\":5,\"source\":\"live\"}},\"since\":\"2026-11-22T10:00:00.000Z\",\"targets\":[],\"next\":null}\n"
    "{\"type\":\"decision\",\"at\":1,\"domain\":\"go.failover\",\"rrsets\":{\"CNAME\":{\"answers\":[\"web.failover.\"],\"ttl\":5,\"source\":\"live\"}}}\n"
    "{\"type\":\"decision\",\"at\":1,\"domain\":\"two.failover\",\"rrsets\":{\"CNAME\":{\"answers\":[\"web.failover.\",\"lost.failover.\"],\"ttl\":5,\"source\":\"live\"}}}\n"
    "{\"type\":\"decision\",\"at\":1,\"domain\":\"sip.failover\",\"rrsets\":{\"SRV\":{\"answers\":[\"10 5 5060 b.test.\",\"20 5 5060 sip1.test.\"],\"ttl\":5,\"source\":\"live\"}}}\n"
    "{\"type\":\"decision\",\"at\":1,\"domain\":\"txt.failover\",\"rrsets\":{\"TXT\":{\"answers\":[\"\\\"v=1\\\" \\\"2\\\"\"],\"ttl\":5,\"source\":\"live\"}}}\n"
    "{\"type\":\"decision\",\"at\":1,\"domain\":\"off.failover\",\"rrsets\":{\"CNAME\":{\"answers\":[],\"ttl\":5,\"source\":\"live\"}}}\n";

struct world {
	struct feed feed;
	struct table *table;
	struct answer_counts counts;
	struct answerer w;
};

static void
on_publish(void *arg, struct table *t, const struct stream_server *s)
{
	struct world *x = arg;

	(void)s;
	table_free(x->table);
	x->table = t;
}

static void
on_retire(void *arg, struct image *old)
{
	(void)arg;
	free(old);
}

static void
feed_text(struct world *x, const char *text)
{
	feed_input(&x->feed, text, strlen(text));
}

/* A domain with n addresses, in a line of its own. */
static void
feed_many(struct world *x, const char *domain, int n, int max)
{
	struct decision *d = calloc(1, sizeof(*d));
	struct buf b;

	d->domain = domain;
	d->next = -1;
	d->max_answers = max;
	for (int i = 0; i < n; i++)
		d->rrsets[FAMILY_V6].answers[i].addr = (struct addr){FAMILY_V6, {0x20, 1, 0xd, 0xb8, (uint8_t)(i >> 4), (uint8_t)i}};
	d->rrsets[FAMILY_V6].nanswers = (size_t)n;
	buf_init(&b);
	decision_write(&b, d);
	feed_input(&x->feed, b.data, b.len);
	buf_free(&b);
	free(d);
}

static int
set_up(void **state)
{
	static struct world x;
	static const uint64_t key[2] = {1, 2};
	const struct feed_calls calls = {.arg = &x, .publish = on_publish, .retire = on_retire};

	feed_init(&x.feed, key, &calls);
	answerer_init(&x.w, &x.counts, NULL, 1, false);
	feed_text(&x, stream);
	feed_many(&x, "many.failover", 40, 0);
	feed_many(&x, "all.failover", 40, 40);
	feed_text(&x, "{\"type\":\"ready\",\"gen\":1,\"lines\":22}\n");
	*state = &x;
	return x.table ? 0 : -1;
}

static int
tear_down(void **state)
{
	struct world *x = *state;

	feed_free(&x->feed);
	table_free(x->table);
	return 0;
}

/* ---- queries */

static size_t
put_query(uint8_t *p, const char *name, unsigned type)
{
	uint8_t wire[WIRE_NAME];
	size_t n = wire_name(wire, name);

	assert_true(n > 0);
	memset(p, 0, 12);
	wire_put16(p, 0xbeef);
	p[2] = 1; /* RD */
	wire_put16(p + 4, 1);
	memcpy(p + 12, wire, n);
	wire_put16(p + 12 + n, (uint16_t)type);
	wire_put16(p + 14 + n, CLASS_IN);
	return n + 16;
}

static size_t
put_opt(uint8_t *p, size_t at, unsigned size, uint32_t ttl)
{
	wire_put16(p + 10, (uint16_t)(wire_get16(p + 10) + 1));
	memset(p + at, 0, 11);
	wire_put16(p + at + 1, TYPE_OPT);
	wire_put16(p + at + 3, (uint16_t)size);
	wire_put32(p + at + 5, ttl);
	return at + 11;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The section in zone-file form without class, sorted: "name ttl type rdata|…". */
static void
section_text(char *dst, size_t cap, const ldns_rr_list *list)
{
	char *texts[64];
	size_t n = ldns_rr_list_rr_count(list), at = 0;

	dst[0] = 0;
	assert_true(n <= 64);
	for (size_t i = 0; i < n; i++) {
		texts[i] = ldns_rr2str(ldns_rr_list_rr(list, i));
		texts[i][strcspn(texts[i], "\n")] = 0;
	}
	qsort(texts, n, sizeof(*texts), by_text);
	for (size_t i = 0; i < n; i++) {
		for (char *c = texts[i]; *c; c++)
			*c = *c == '\t' ? ' ' : *c;
		at += (size_t)snprintf(dst + at, cap - at, "%s%s", i ? "|" : "", texts[i]);
		free(texts[i]);
	}
}

struct row {
	const char *name;
	unsigned type;
	int rcode;
	const char *answer, *authority, *additional; /* authority "SOA x": begins with */
};

static void
check_reply(const struct row *r, const uint8_t *p, size_t n)
{
	char text[8192];
	ldns_pkt *pkt = NULL;

	assert_int_equal(ldns_wire2pkt(&pkt, p, n), LDNS_STATUS_OK);
	assert_int_equal(ldns_pkt_id(pkt), 0xbeef);
	assert_true(ldns_pkt_qr(pkt) && ldns_pkt_rd(pkt) && !ldns_pkt_ra(pkt));
	assert_int_equal(ldns_pkt_aa(pkt), r->rcode == RCODE_NOERROR || r->rcode == RCODE_NXDOMAIN);
	assert_int_equal(ldns_pkt_get_rcode(pkt), r->rcode);
	section_text(text, sizeof(text), ldns_pkt_answer(pkt));
	assert_string_equal(text, r->answer);
	section_text(text, sizeof(text), ldns_pkt_authority(pkt));
	assert_string_equal(text, r->authority);
	section_text(text, sizeof(text), ldns_pkt_additional(pkt));
	assert_string_equal(text, r->additional);
	ldns_pkt_free(pkt);
}

#define SOA "failover. 4 IN SOA ns.failover. hm.failover. 7 1 2 3 4"
#define SOA_TEST "test. 4 IN SOA test. test. 9 1 2 3 4"

static void
answers(void **state)
{
	static const struct row rows[] = {
		{"web.failover", TYPE_A, 0, "web.failover. 5 IN A 10.0.0.1|web.failover. 5 IN A 10.0.0.2", "", ""},
		{"web.failover", TYPE_AAAA, 0, "", SOA, ""},
		{"web.failover", 65280, 0, "", SOA, ""},
		{"web.failover", TYPE_SOA, 0, "", SOA, ""},
		{"deep.e.n.t.failover", TYPE_AAAA, 0, "deep.e.n.t.failover. 5 IN AAAA 2001:db8::1", "", ""},
		{"e.n.t.failover", TYPE_A, 0, "", SOA, ""},
		{"t.failover", TYPE_TXT, 0, "t.failover. 60 IN TXT \"hi\"", "", ""},
		{"x.failover", TYPE_A, 3, "", SOA, ""},
		{"x.e.n.t.failover", TYPE_A, 3, "", SOA, ""},
		{"x.web.failover", TYPE_AAAA, 3, "", SOA, ""},
		{"webxfailover", TYPE_A, 5, "", "", ""},
		{"web\\.failover", TYPE_A, 5, "", "", ""},
		{"xfailover", TYPE_A, 5, "", "", ""},
		{".", TYPE_NS, 5, "", "", ""},
		{"failover", TYPE_SOA, 0, SOA, "", ""},
		{"failover", TYPE_NS, 0, "failover. 3600 IN NS ns.failover.|failover. 3600 IN NS ns.other.", "",
		    "ns.failover. 60 IN A 192.0.2.53"},
		{"failover", TYPE_A, 0, "", SOA, ""},
		{"web.failover", TYPE_AXFR, 5, "", "", ""},
		{"failover", TYPE_AXFR, 5, "", "", ""},
		{"failover", TYPE_IXFR, 5, "", "", ""},
		{"deep.e.n.t.failover", TYPE_ANY, 0, "deep.e.n.t.failover. 5 IN AAAA 2001:db8::1", "", ""},
		{"t.failover", TYPE_ANY, 0, "t.failover. 60 IN TXT \"hi\"", "", ""},
		{"n.t.failover", TYPE_ANY, 0, "", SOA, ""},
		{"x.failover", TYPE_ANY, 3, "", SOA, ""},
		/* wildcards, RFC 4592 */
		{"any.w.failover", TYPE_A, 0, "any.w.failover. 60 IN A 192.0.2.9", "", ""},
		{"a.b.w.failover", TYPE_A, 0, "a.b.w.failover. 60 IN A 192.0.2.9", "", ""},
		{"any.w.failover", TYPE_AAAA, 0, "", SOA, ""},
		{"has.w.failover", TYPE_A, 0, "", SOA, ""},
		{"b.has.w.failover", TYPE_A, 3, "", SOA, ""},
		{"w.failover", TYPE_A, 0, "", SOA, ""},
		/* aliases */
		{"alias.failover", TYPE_CNAME, 0, "alias.failover. 60 IN CNAME web.failover.", "", ""},
		{"alias.failover", TYPE_A, 0,
		    "alias.failover. 60 IN CNAME web.failover.|web.failover. 5 IN A 10.0.0.1|web.failover. 5 IN A 10.0.0.2", "", ""},
		{"alias.failover", TYPE_AAAA, 0, "alias.failover. 60 IN CNAME web.failover.", SOA, ""},
		{"away.failover", TYPE_A, 0, "away.failover. 60 IN CNAME a.b.", "", ""},
		{"loop.failover", TYPE_A, 0, "loop.failover. 60 IN CNAME loop.failover.", "", ""},
		{"ring.failover", TYPE_A, 0,
		    "back.failover. 60 IN CNAME ring.failover.|ring.failover. 60 IN CNAME back.failover.", "", ""},
		{"lost.failover", TYPE_A, 3, "lost.failover. 60 IN CNAME q.test.", SOA_TEST, ""},
		/* decided aliases, services and texts */
		{"go.failover", TYPE_CNAME, 0, "go.failover. 5 IN CNAME web.failover.", "", ""},
		{"go.failover", TYPE_A, 0,
		    "go.failover. 5 IN CNAME web.failover.|web.failover. 5 IN A 10.0.0.1|web.failover. 5 IN A 10.0.0.2", "", ""},
		{"go.failover", TYPE_AAAA, 0, "go.failover. 5 IN CNAME web.failover.", SOA, ""},
		{"go.failover", TYPE_ANY, 0, "go.failover. 5 IN CNAME web.failover.", "", ""},
		{"sip.failover", TYPE_SRV, 0, "sip.failover. 5 IN SRV 10 5 5060 b.test.|sip.failover. 5 IN SRV 20 5 5060 sip1.test.", "", ""},
		{"sip.failover", TYPE_A, 0, "", SOA, ""},
		{"txt.failover", TYPE_TXT, 0, "txt.failover. 5 IN TXT \"v=1\" \"2\"", "", ""},
		{"off.failover", TYPE_CNAME, 0, "", SOA, ""},
		{"off.failover", TYPE_A, 0, "", SOA, ""},
		/* a zone below another one: the name between exists */
		{"y.test", TYPE_A, 0, "", SOA_TEST, ""},
		{"z.test", TYPE_A, 3, "", SOA_TEST, ""},
		{"x.y.test", TYPE_SOA, 0, "x.y.test. 4 IN SOA a.b. test. 9 1 2 3 4", "", ""},
		{"q.x.y.test", TYPE_A, 3, "", "x.y.test. 4 IN SOA a.b. test. 9 1 2 3 4", ""},
	};
	struct world *x = *state;
	uint8_t p[4096];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = put_query(p, rows[i].name, rows[i].type);

		n = dns_answer(&x->w, x->table, p, n, p, sizeof(p));
		if (getenv("VERBOSE"))
			print_message("%s %u\n", rows[i].name, rows[i].type);
		check_reply(&rows[i], p, n);
	}
}

/* The same through the batch, and in another buffer. */
static void
batch(void **state)
{
	struct world *x = *state;
	static uint8_t p[ANSWER_BATCH][1344], q[512], r[1344];
	struct answer_item items[ANSWER_BATCH];
	static const char *const names[] = {"web.failover", "no.failover", "else.where", "t.failover"};

	for (size_t i = 0; i < ANSWER_BATCH; i++)
		items[i] = (struct answer_item){.data = p[i], .len = put_query(p[i], names[i % 4], TYPE_TXT), .cap = sizeof(p[i])};
	p[8][2] |= 0x80;
	items[9].len = 11;
	answer_batch(&x->w, x->table, items, ANSWER_BATCH);
	for (size_t i = 0; i < ANSWER_BATCH; i++) {
		size_t n = put_query(q, names[i % 4], TYPE_TXT);

		n = dns_answer(&x->w, x->table, q, n, r, sizeof(r));
		assert_int_equal(items[i].len, i == 8 || i == 9 ? 0 : n);
		if (items[i].len)
			assert_memory_equal(p[i], r, n);
	}
}

/* ---- form */

static void
edns(void **state)
{
	static const struct {
		unsigned size;
		uint32_t ttl;
		int rcode;
		unsigned tc;
		const char *name;
	} rows[] = {
		{0, 0, 0, 0, "many.failover"},        /* 8 of 40 fit into 512 */
		{512, 0, 0, 0, "many.failover"},
		{1232, 0, 0, 0, "all.failover"},      /* 40 * 28 = 1120 fit into 1232 */
		{4096, 0, 0, 0, "all.failover"},
		{65535, 0x8000, 0, 0, "all.failover"},
		{1100, 0, 0, 1, "all.failover"},
		{100, 0, 0, 1, "all.failover"},
		{1232, 0x10000, 16, 0, "all.failover"},   /* version 1 */
		{1232, 0xff7fff00, 0, 0, "all.failover"} , /* unknown flags and rcode bits: version 0x7f */
	};
	struct world *x = *state;
	uint8_t p[4096];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = put_opt(p, put_query(p, rows[i].name, TYPE_AAAA), rows[i].size, rows[i].ttl), question = n - 11;
		unsigned badvers = (rows[i].ttl & 0xff0000) != 0;

		n = dns_answer(&x->w, x->table, p, n, p, sizeof(p));
		assert_int_equal(!!(p[2] & 2), rows[i].tc);
		assert_int_equal(p[3], badvers ? 0 : rows[i].rcode);
		assert_int_equal(p[n - 6], badvers);
		assert_int_equal(p[n - 5], 0);
		assert_int_equal(p[n - 4], rows[i].ttl & 0x8000 ? 0x80 : 0);
		assert_int_equal(wire_get16(p + n - 8), 1232);
		assert_int_equal(wire_get16(p + 10), 1);
		if (rows[i].tc || badvers)
			assert_int_equal(n, question + 11);
		else
			assert_int_equal(wire_get16(p + 6), rows[i].name[0] == 'm' ? 8 : 40);
	}
}

static void
without_edns(void **state)
{
	struct world *x = *state;
	uint8_t p[65536];
	size_t n = put_query(p, "all.failover", TYPE_AAAA);

	assert_int_equal(dns_answer(&x->w, x->table, p, n, p, sizeof(p)), n);
	assert_true(p[2] & 2);
	assert_int_equal(wire_get16(p + 6), 0);
	x->w.tcp = true;
	n = put_query(p, "all.failover", TYPE_AAAA);
	assert_int_equal(dns_answer(&x->w, x->table, p, n, p, sizeof(p)), n + 40 * 28);
	x->w.tcp = false;
	assert_false(p[2] & 2);
}

/* Bytes changed at a place of a good query for web.failover A with an OPT at the end: what becomes of it. */
static void
form(void **state)
{
	static const struct {
		const char *what;
		size_t at;
		uint8_t byte;
		int cut;   /* bytes taken off, or put on if negative */
		int rcode; /* -1: not answered */
		bool question;
	} rows[] = {
		{"good", 0, 0xbe, 0, 0, true},
		{"a reply", 2, 0x80, 0, -1, false},
		{"a short one", 0, 0, 41 - 11, -1, false},
		{"notify", 2, 0x20, 0, RCODE_NOTIMP, true},
		{"update", 2, 0x28, 0, RCODE_NOTIMP, true},
		{"status", 2, 0x10, 0, RCODE_NOTIMP, true},
		{"all flags", 3, 0xff, 0, 0, true},
		{"aa, tc", 2, 0x07, 0, 0, true},
		{"no question", 5, 0, 0, RCODE_FORMERR, false},
		{"two questions", 5, 2, 0, RCODE_FORMERR, false},
		{"65281 questions", 4, 255, 0, RCODE_FORMERR, false},
		{"an answer that is not there", 7, 1, 0, RCODE_FORMERR, true},
		{"65281 authority records", 8, 255, 0, RCODE_FORMERR, true},
		{"additional record missing", 11, 2, 0, RCODE_FORMERR, true},
		{"a pointer", 12, 0xc0, 0, RCODE_FORMERR, false},
		{"a label of type 0x40", 12, 0x43, 0, RCODE_FORMERR, false},
		{"a label beyond the end", 12, 63, 0, RCODE_FORMERR, false},
		{"class CHAOS", 12 + 14 + 3, 3, 0, RCODE_REFUSED, true},
		{"class ANY", 12 + 14 + 3, 255, 0, RCODE_REFUSED, true},
		{"cut in the question", 0, 0, 12, RCODE_FORMERR, false},
		{"cut in the OPT", 0, 0, 1, RCODE_FORMERR, true},
		{"OPT with rdata that is not there", 12 + 18 + 10, 1, 0, RCODE_FORMERR, true},
		{"OPT owned by a name", 12 + 18, 0xc0, 0, RCODE_FORMERR, true},
		{"bytes behind the end", 0, 0, -5, 0, true},
	};
	struct world *x = *state;
	uint8_t p[4096];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = put_opt(p, put_query(p, "web.failover", TYPE_A), 1232, 0);

		memset(p + n, 0, 16);
		p[rows[i].at] = rows[i].byte;
		n = dns_answer(&x->w, x->table, p, n - (size_t)rows[i].cut, p, sizeof(p));
		if (getenv("VERBOSE"))
			print_message("%s\n", rows[i].what);
		assert_int_equal(n == 0, rows[i].rcode < 0);
		if (!n)
			continue;
		assert_int_equal(p[3], rows[i].rcode);
		assert_int_equal(wire_get16(p + 4), rows[i].question);
		assert_int_equal(wire_get16(p + 6), rows[i].rcode ? 0 : 2);
		assert_int_equal(p[2] & 0x86, rows[i].rcode ? 0x80 : 0x84);
	}
}

static void
options(void **state)
{
	static const struct {
		size_t n;
		uint8_t rdata[12];
		int rcode;
	} rows[] = {
		{4, {253, 233, 0, 0}, 0}, {12, {0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}, 0}, {8, {0, 3, 0, 0, 255, 255, 0, 0}, 0},
		{3, {0, 10, 0}, 1}, {4, {0, 10, 0, 1}, 1}, {9, {0, 10, 0, 4, 1, 2, 3, 4, 0}, 1},
	};
	struct world *x = *state;
	uint8_t p[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = put_opt(p, put_query(p, "web.failover", TYPE_A), 1232, 0);

		wire_put16(p + n - 2, (uint16_t)rows[i].n);
		memcpy(p + n, rows[i].rdata, rows[i].n);
		n = dns_answer(&x->w, x->table, p, n + rows[i].n, p, sizeof(p));
		assert_int_equal(p[3], rows[i].rcode);
		assert_int_equal(wire_get16(p + n - 2), 0); /* never echoed */
		n = put_opt(p, put_opt(p, put_query(p, "web.failover", TYPE_A), 1232, 0), 1232, 0);
		dns_answer(&x->w, x->table, p, n, p, sizeof(p));
		assert_int_equal(p[3], RCODE_FORMERR);
		assert_int_equal(wire_get16(p + 10), 1);
	}
}

/* Letters come back as they were sent, in a NODATA reply's SOA, too (RFC 4343, draft dns0x20). */
static void
letter_case(void **state)
{
	struct world *x = *state;
	uint8_t p[512], q[512];
	size_t n = put_query(p, "web.failover", TYPE_A), r;

	memcpy(p + 13, "wEB", 3);
	memcpy(p + 17, "FAILoveR", 8);
	memcpy(q, p, n);
	r = dns_answer(&x->w, x->table, p, n, p, sizeof(p));
	assert_int_equal(r, n + 32);
	assert_memory_equal(p + 12, q + 12, n - 12);
	assert_memory_equal(p + n, "\xc0\x0c", 2);
}

/* Labels of any bytes, names of 255 bytes and 127 labels; the negative answer for the longest fits 512. */
static void
odd_names(void **state)
{
	struct world *x = *state;
	uint8_t p[1024], name[WIRE_NAME];
	char text[1024];
	size_t n = 0;

	for (int i = 0; i < 122; i++)
		n += (size_t)sprintf(text + n, "a.");
	sprintf(text + n, "failover");
	assert_int_equal(wire_name(name, text), 254);
	n = put_query(p, text, TYPE_A);
	n = dns_answer(&x->w, x->table, p, n, p, 512);
	assert_int_equal(p[3], RCODE_NXDOMAIN);
	assert_int_equal(wire_get16(p + 8), 1);
	assert_false(p[2] & 2);
	n = put_query(p, "\\000\\255\\.\\032.failover", TYPE_A);
	dns_answer(&x->w, x->table, p, n, p, 512);
	assert_int_equal(p[3], RCODE_NXDOMAIN);
}

/* Each response has another order, all addresses come first at some time. */
static void
shuffled(void **state)
{
	struct world *x = *state;
	unsigned first[2] = {0}, seen[40] = {0};

	for (int i = 0; i < 2000; i++) {
		uint8_t p[1344];
		size_t n = put_query(p, "web.failover", TYPE_A), at = n;

		dns_answer(&x->w, x->table, p, n, p, sizeof(p));
		first[p[at + 15] - 1]++;
		n = at = put_query(p, "many.failover", TYPE_AAAA);
		n = dns_answer(&x->w, x->table, p, n, p, sizeof(p));
		for (; at < n; at += 28)
			seen[p[at + 12 + 5]]++;
	}
	assert_in_range(first[0], 800, 1200);
	for (int i = 0; i < 40; i++)
		assert_in_range(seen[i], 250, 550); /* 2000 * 8 / 40 = 400 */
}

/* Records of a name's other type have any length; of several aliases a response has one, and goes on from it. */
static void
shuffled_values(void **state)
{
	struct world *x = *state;
	unsigned first = 0, web = 0;

	for (int i = 0; i < 1000; i++) {
		uint8_t p[1344];
		size_t n = put_query(p, "sip.failover", TYPE_SRV), at = n;

		dns_answer(&x->w, x->table, p, n, p, sizeof(p));
		assert_int_equal(wire_get16(p + 6), 2);
		first += p[at + 13] == 10;
		n = at = put_query(p, "two.failover", TYPE_A);
		dns_answer(&x->w, x->table, p, n, p, sizeof(p));
		assert_int_equal(p[3] & 15, p[at + 12] == 3 ? RCODE_NOERROR : RCODE_NXDOMAIN);
		assert_int_equal(wire_get16(p + 6), p[at + 12] == 3 ? 3 : 2); /* or the other alias and no further */
		web += p[at + 12] == 3;
	}
	assert_in_range(first, 400, 600);
	assert_in_range(web, 400, 600);
}

/* What cannot be compiled is refused, and what was there stays. */
static void
wrong_values(void **state)
{
	static const char *const lines[] = {
    "{\"type\":\"decision\",\"at\":1,\"domain\":\"go.failover\",\"rrsets\":{\"CNAME\":{\"answers\":[\"a b\"],\"ttl\":5,\"source\":\"live\"}}}\n",
    "{\"type\":\"decision\",\"at\":1,\"domain\":\"go.failover\",\"rrsets\":{\"CNAME\":{\"answers\":[\"10.0.0.1\"],\"ttl\":5,\"source\":\"live\"}}}\n",
    "{\"type\":\"decision\",\"at\":1,\"domain\":\"sip.failover\",\"rrsets\":{\"SRV\":{\"answers\":[\"1 2 sip.\"],\"ttl\":5,\"source\":\"live\"}}}\n",
    "{\"type\":\"decision\",\"at\":1,\"domain\":\"txt.failover\",\"rrsets\":{\"TXT\":{\"answers\":[\"\\\"\"],\"ttl\":5,\"source\":\"live\"}}}\n",
	    ("{\"type\":\"decision\",\"at\":1,\"domain\":\"go.failover\",\"rrsets\":{\"CNAME\":{\"answers\":[\"a.b.\"],\"ttl\":5,"
	     "\"source\":\"live\"},\"A\":{\"answers\":[\"10.0.0.1\"],\"ttl\":5,\"source\":\"live\"}}}\n"),
	};
	static const struct row still = {"go.failover", TYPE_CNAME, 0, "go.failover. 5 IN CNAME web.failover.", "", ""};
	struct world *x = *state;

	log_level(LOG_ERROR);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		uint64_t bad = x->feed.bad;
		uint8_t p[4096];
		size_t n = put_query(p, still.name, still.type);

		feed_text(x, lines[i]);
		assert_int_equal(x->feed.bad, bad + 1);
		check_reply(&still, p, dns_answer(&x->w, x->table, p, n, p, sizeof(p)));
	}
}

/* From an alias to addresses and back, as a fallback does. */
static void
alias_to_addresses(void **state)
{
	static const char away[] = "{\"type\":\"decision\",\"at\":1,\"domain\":\"go.failover\",\"rrsets\":{\"CNAME\":{\"answers\":[],"
	    "\"ttl\":5,\"source\":\"none\"},\"A\":{\"answers\":[\"10.9.9.9\"],\"ttl\":7,\"source\":\"fallback\"}}}\n";
	static const char back[] =
    "{\"type\":\"decision\",\"at\":1,\"domain\":\"go.failover\",\"rrsets\":{\"CNAME\":{\"answers\":[\"a.b.\"],\"ttl\":5,\"source\":\"live\"}}}\n";
	static const struct row rows[] = {
		{"go.failover", TYPE_A, 0, "go.failover. 7 IN A 10.9.9.9", "", ""},
		{"go.failover", TYPE_CNAME, 0, "", "failover. 4 IN SOA ns.failover. hm.failover. 8 1 2 3 4", ""},
		{"go.failover", TYPE_A, 0, "go.failover. 5 IN CNAME a.b.", "", ""},
	};
	struct world *x = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint8_t p[4096];
		size_t n = put_query(p, rows[i].name, rows[i].type);

		feed_text(x, i < 2 ? away : back);
		check_reply(&rows[i], p, dns_answer(&x->w, x->table, p, n, p, sizeof(p)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers), cmocka_unit_test(batch), cmocka_unit_test(edns), cmocka_unit_test(without_edns),
		cmocka_unit_test(form), cmocka_unit_test(options), cmocka_unit_test(letter_case), cmocka_unit_test(odd_names),
		cmocka_unit_test(shuffled), cmocka_unit_test(shuffled_values), cmocka_unit_test(wrong_values),
		cmocka_unit_test(alias_to_addresses),
	};

	return cmocka_run_group_tests_name("answer", tests, set_up, tear_down);
}
