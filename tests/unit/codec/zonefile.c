#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/zonefile.h"
#include "codec/zonetext.h"

#define ROWS(x) (sizeof(x) / sizeof(*(x)))

static void
no_problem(void *arg, uint32_t line, const char *text)
{
	(void)arg;
	fail_msg("line %u: %s", (unsigned)line, text);
}

/* A static record as it is written: in its own words where every server has them. */
static void
records(void **state)
{
	static const struct {
		const char *text, *out;
	} rows[] = {
		{"a 60 A 192.0.2.1", "a.z.\t60\tIN\tA\t192.0.2.1"},
		{"@ MX 10 m", "z.\t3600\tIN\tMX\t10 m.z."},
		{"\\$a TXT \"x;\\\"y\\\\\" \"\\000\"", "\\$a.z.\t3600\tIN\tTXT\t\"x;\\\"y\\\\\" \"\\000\""},
		{"a\\$ TXT x", "a$.z.\t3600\tIN\tTXT\t\"x\""},
		{"\\@ TXT x", "\\@.z.\t3600\tIN\tTXT\t\"x\""},
		{"q\\\"q TXT x", "q\\\"q.z.\t3600\tIN\tTXT\t\"x\""},
		{"a\\.b\\;c\\(d\\)e\\\\f TXT x", "a\\.b\\;c\\(d\\)e\\\\f.z.\t3600\tIN\tTXT\t\"x\""},
		{"\\\\\\\"q TXT x", "\\\\\\\"q.z.\t3600\tIN\tTXT\t\"x\""},
		{"a CNAME q\\\"q", "a.z.\t3600\tIN\tTYPE5\t\\# 7 03712271017a00"},
		{"a HTTPS 1 . alpn=h2", "a.z.\t3600\tIN\tTYPE65\t\\# 10 00010000010003026832"},
		{"a TYPE65280 \\# 0", "a.z.\t3600\tIN\tTYPE65280\t\\# 0"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct zone z = {.name = "z", .soa = {"ns.z.", "h.z.", 1, 2, 3, 4}};
		const char *ns[] = {"ns.z."};
		struct buf b = {0};
		struct arena a;
		char want[512];

		arena_init(&a);
		z.ns = ns;
		z.nns = 1;
		assert_int_equal(zonetext_parse(&a, "z", 3600, rows[i].text, strlen(rows[i].text),
		                     &z.records, &z.nrecords, no_problem, NULL), 0);
		zonefile_zone(&b, &z, 4294967295u);
		snprintf(want, sizeof(want), "$ORIGIN z.\n$TTL 4\n"
		    "z.\t4\tIN\tSOA\tns.z. h.z. 4294967295 1 2 3 4\nz.\t3600\tIN\tNS\tns.z.\n%s\n", rows[i].out);
		assert_string_equal(b.data, want);
		buf_free(&b);
		arena_free(&a);
	}
}

/* A domain d.z by letters: A, 6 (AAAA), C (CNAME), T (TXT) have a target; a fallback in small
 * letters. */
struct world {
	struct zone zone;
	struct server_rules rules;
	struct target targets[8];
	struct answer fallback[8];
	struct domain domain;
};

static struct answer
letter_answer(char c)
{
	struct addr a = {0};

	if (c == 'C' || c == 'c')
		return answer_value("s.example.");
	if (c == 'T')
		return answer_value("\"v=1; a\"");
	assert_true(addr_parse(c == '6' ? "2001:db8::1" : c == 'A' ? "10.0.0.1" : "10.0.0.2", &a));
	return answer_addr(&a);
}

static void
world_init(struct world *w, const char *letters)
{
	*w = (struct world){.zone = {.name = "z"}, .rules = {.max_answers = 8}};
	w->domain = (struct domain){.name = "d.z", .zone = &w->zone, .server = &w->rules,
	    .targets = w->targets, .fallback = w->fallback, .type = RRTYPE_A};
	for (const char *c = letters; *c; c++) {
		struct answer a = letter_answer(*c);

		if (*c == 'a' || *c == 'c')
			w->fallback[w->domain.nfallback++] = a;
		else
			w->targets[w->domain.ntargets++].addr.family = a.family;
		if (a.family == FAMILY_OTHER)
			w->domain.type = *c == 'T' ? RRTYPE_TXT : RRTYPE_CNAME;
	}
}

static void
decide(struct decision *dec, const char *letters, enum source source)
{
	memset(dec, 0, sizeof(*dec));
	for (const char *c = letters; *c; c++) {
		struct answer a = letter_answer(*c);
		struct rrset *r = &dec->rrsets[a.family];

		r->answers[r->nanswers++] = a;
		r->source = source;
		r->ttl = 5;
	}
}

static void
answers(void **state)
{
	static const struct {
		const char *domain, *answer;
		enum source source;
		const char *zone, *update;
	} rows[] = {
		{"Aa", "A", SOURCE_LIVE, "d.z.\t5\tIN\tA\t10.0.0.1\n",
		    "update delete d.z. A\nupdate add d.z. 5 A 10.0.0.1\n"},
		{"Aa", "a", SOURCE_FALLBACK, "d.z.\t5\tIN\tA\t10.0.0.2 ; fallback\n",
		    "update delete d.z. A\nupdate add d.z. 5 A 10.0.0.2\n"},
		{"A", "", SOURCE_NONE, "; d.z. A: no answer\n", "update delete d.z. A\n"},
		{"A6", "A", SOURCE_LIVE, "d.z.\t5\tIN\tA\t10.0.0.1\n; d.z. AAAA: no answer\n",
		    "update delete d.z. A\nupdate delete d.z. AAAA\nupdate add d.z. 5 A 10.0.0.1\n"},
		{"Ca", "a", SOURCE_FALLBACK, "d.z.\t5\tIN\tA\t10.0.0.2 ; fallback\n",
		    "update delete d.z. A\nupdate delete d.z. CNAME\nupdate add d.z. 5 A 10.0.0.2\n"},
		{"CC", "CC", SOURCE_LIVE, "; d.z. CNAME: or s.example.\nd.z.\t5\tIN\tCNAME\ts.example.\n",
		    "update delete d.z. CNAME\nupdate add d.z. 5 CNAME s.example.\n"},
		{"T", "T", SOURCE_ALL, "d.z.\t5\tIN\tTXT\t\"v=1; a\" ; all\n",
		    "update delete d.z. TXT\nupdate add d.z. 5 TXT \"v=1; a\"\n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		static struct decision dec;
		struct buf b = {0};
		struct world w;
		char want[512];

		world_init(&w, rows[i].domain);
		decide(&dec, rows[i].answer, rows[i].source);
		zonefile_domain(&b, &w.domain, &dec);
		assert_string_equal(b.data, rows[i].zone);
		buf_clear(&b);
		nsupdate_domain(&b, &w.domain, &dec);
		snprintf(want, sizeof(want), "zone z.\n%ssend\n", rows[i].update);
		assert_string_equal(b.data, want);
		buf_free(&b);
	}
}

/* What a master file cannot say. */
static void
selections(void **state)
{
	static struct decision dec;
	struct buf b = {0};
	struct world w;

	(void)state;
	world_init(&w, "AA");
	decide(&dec, "Aa", SOURCE_LIVE);
	dec.rrsets[FAMILY_V4].select = SELECT_WEIGHTED;
	dec.rrsets[FAMILY_V4].weights[0] = 3;
	dec.rrsets[FAMILY_V4].weights[1] = 1;
	zonefile_domain(&b, &w.domain, &dec);
	assert_string_equal(b.data, "; d.z. A: fodns-serve gives one of these 2 a reply, by weight 3:1\n"
	    "d.z.\t5\tIN\tA\t10.0.0.1\nd.z.\t5\tIN\tA\t10.0.0.2\n");
	decide(&dec, "", SOURCE_NONE);
	dec.rrsets[FAMILY_V4].rcode = DECIDED_SERVFAIL;
	buf_clear(&b);
	zonefile_domain(&b, &w.domain, &dec);
	assert_string_equal(b.data, "; d.z. A: SERVFAIL\n");
	buf_clear(&b);
	nsupdate_domain(&b, &w.domain, &dec);
	assert_string_equal(b.data, "zone z.\nupdate delete d.z. A\nsend\n");
	buf_free(&b);
}

/* What a reload takes away is deleted, what stays is not. */
static void
gone(void **state)
{
	static const struct {
		const char *was, *now, *update; /* now NULL: not configured any more */
	} rows[] = {
		{"Aa", NULL, "update delete d.z. A\n"},
		{"A6", NULL, "update delete d.z. A\nupdate delete d.z. AAAA\n"},
		{"A6", "A", "update delete d.z. AAAA\n"},
		{"A", "A6", ""},
		{"Ca", "C", "update delete d.z. A\n"},
		{"Cc", "T", "update delete d.z. CNAME\n"},
		{"C", "A", "update delete d.z. CNAME\n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf b = {0};
		struct world was, now;
		char want[512] = "";

		world_init(&was, rows[i].was);
		world_init(&now, rows[i].now ? rows[i].now : "");
		assert_int_equal(nsupdate_gone(&b, &was.domain, rows[i].now ? &now.domain : NULL),
		    *rows[i].update != '\0');
		if (*rows[i].update)
			snprintf(want, sizeof(want), "zone z.\n%ssend\n", rows[i].update);
		assert_string_equal(b.data ? b.data : "", want);
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records), cmocka_unit_test(answers), cmocka_unit_test(selections), cmocka_unit_test(gone)};

	return cmocka_run_group_tests_name("zonefile", tests, NULL, NULL);
}
