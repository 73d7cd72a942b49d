#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "codec/zonetext.h"

#define ROWS(x) (sizeof(x) / sizeof(*(x)))

static void
note(void *arg, uint32_t line, const char *text)
{
	buf_printf(arg, "%u! %s\n", (unsigned)line, text);
}

static void
records(void **state)
{
	static const struct {
		const char *text, *out; /* LINE OWNER TTL TYPE RDATA, problems in between as they come */
	} rows[] = {
		{"", ""},
		{"; nothing\n\n", ""},
		{"a A 192.0.2.1", "1 a.z. 3600 A 192.0.2.1\n"},
		{"\nA 60 IN A 192.0.2.1 ; one\n\n\n  TXT \"x y\" z\n\n",
		    "2 a.z. 60 A 192.0.2.1\n5 a.z. 3600 TXT \"x y\" \"z\"\n"},
		{"$TTL 9\n$ORIGIN b.z.\n@ MX 10 m\n", "3 b.z. 9 MX 10 m.b.z.\n"},
		{"_x._tcp SRV ( 1 2\n 443 t.example. )\n", "2 _x._tcp.z. 3600 SRV 1 2 443 t.example.\n"},
		{"a CAA 0 issue \"ca.example\"\n", "1 a.z. 3600 CAA 0 issue \"ca.example\"\n"},
		{"a HTTPS 1 . alpn=h2\n", "1 a.z. 3600 HTTPS 1 . alpn=h2\n"},
		{"a TYPE65280 \\# 2 abcd\n", "1 a.z. 3600 TYPE65280 \\# 2 abcd\n"},
		{"*.w A 192.0.2.1\n", "1 *.w.z. 3600 A 192.0.2.1\n"},
		{"a A x\nb A 192.0.2.1\n", "1! Syntax error, could not parse the RR's rdata\n2 b.z. 3600 A 192.0.2.1\n"},
		{"$INCLUDE /etc/passwd\n", "1! $INCLUDE is not followed\n"},
		{"a CH TXT x\n", "1! only class IN is served\n"},
		{"a 4294967295 A 192.0.2.1\n", "1! TTL over 2147483647\n"},
		{"a TYPE41 \\# 0\n", "1! this type cannot be in a zone\n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct record *list;
		struct arena a;
		struct buf b;
		size_t n;

		arena_init(&a);
		buf_init(&b);
		buf_puts(&b, "");
		zonetext_parse(&a, "z", 3600, rows[i].text, strlen(rows[i].text), &list, &n, note, &b);
		for (size_t j = 0; j < n; j++)
			buf_printf(&b, "%u %s %u %s %s\n", (unsigned)list[j].at.line, list[j].owner, (unsigned)list[j].ttl,
			    list[j].type_text, list[j].text);
		assert_string_equal(b.data, rows[i].out);
		buf_free(&b);
		arena_free(&a);
	}
}

static void
wire(void **state)
{
	struct record *list, address;
	struct arena a;
	struct addr v6;
	size_t n;

	(void)state;
	arena_init(&a);
	assert_int_equal(zonetext_parse(&a, "z", 1, "a SRV 1 2 443 T.z.\n", 19, &list, &n, note, NULL), 0);
	assert_int_equal(list[0].type, 33);
	assert_int_equal(list[0].rdlen, 6 + 5);
	assert_memory_equal(list[0].rdata, "\0\1\0\2\1\273\1T\1z\0", 11);
	assert_true(addr_parse("2001:db8::1", &v6));
	zonetext_address(&a, &address, "ns.z.", 60, &v6);
	assert_int_equal(address.type, 28);
	assert_int_equal(address.rdlen, 16);
	assert_string_equal(address.text, "2001:db8::1");
	assert_memory_equal(address.rdata, v6.b, 16);
	arena_free(&a);
}

/* Values of targets: to canonical text, to the wire and back; what is none says why. */
static void
values(void **state)
{
	static const struct {
		enum rrtype type;
		const char *text, *out; /* "TEXT|HOST:PORT", or why not */
	} rows[] = {
		{RRTYPE_CNAME, "EU.Example.net", "eu.example.net.|eu.example.net:-1"},
		{RRTYPE_CNAME, "eu.example.net.", "eu.example.net.|eu.example.net:-1"},
		{RRTYPE_CNAME, " eu.example.net. ", "eu.example.net.|eu.example.net:-1"},
		{RRTYPE_CNAME, "a b", "not one name"},
		{RRTYPE_CNAME, "", "not one name"},
		{RRTYPE_CNAME, ".", "the root is no host"},
		{RRTYPE_CNAME, "*.example.net", "not a host name"},
		{RRTYPE_CNAME, "192.0.2.1", "not a host name"},
		{RRTYPE_CNAME, "a.b.;c", "only letters, digits, '-' and '_' can be in a name"},
		{RRTYPE_SRV, "10 5 5060 SIP1.example.net", "10 5 5060 sip1.example.net.|sip1.example.net:5060"},
		{RRTYPE_SRV, "0 0 0 .", "0 0 0 .|-:-1"},
		{RRTYPE_SRV, "0 0 80", "not priority, weight, port and name, such as 10 5 5060 sip1.example.net."},
		{RRTYPE_SRV, "0 0 65536 a.", "not priority, weight, port and name, such as 10 5 5060 sip1.example.net."},
		{RRTYPE_SRV, "0 0 80 a. b.", "not priority, weight, port and name, such as 10 5 5060 sip1.example.net."},
		{RRTYPE_TXT, "v=1", "\"v=1\"|-:-1"},
		{RRTYPE_TXT, "a b; (c) \\", "\"a b; (c) \\\\\"|-:-1"},
		{RRTYPE_TXT, "", "\"\"|-:-1"},
		{RRTYPE_TXT, "\"v=1\"  \"x;\\\"\" y", "\"v=1\" \"x;\\\"\" \"y\"|-:-1"},
		{RRTYPE_TXT, "\xc3\xbc", "\"\\195\\188\"|-:-1"},
		{RRTYPE_TXT, "\"a", "not strings in quotes, such as \"v=1\" \"more\""},
		{RRTYPE_TXT, "\"a\"b", "not strings in quotes, such as \"v=1\" \"more\""},
		{RRTYPE_TXT, "\"a\" ;b", "not strings in quotes, such as \"v=1\" \"more\""},
		{RRTYPE_TXT, "\"a\\", "not strings in quotes, such as \"v=1\" \"more\""},
		{RRTYPE_A, "192.0.2.1", "of a type without values"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct zonetext_value v, again;
		uint8_t wire[1024];
		char back[1024], got[512];
		struct arena a;
		const char *why;
		size_t n;

		arena_init(&a);
		if (zonetext_value(&a, rows[i].type, rows[i].text, &v, &why)) {
			snprintf(got, sizeof(got), "%s|%s:%d", v.text, v.host ? v.host : "-", v.port);
			n = zonetext_rdata(wire, sizeof(wire), rows[i].type, v.text);
			assert_true(n > 0);
			assert_int_equal(zonetext_rdata((uint8_t *)back, n - 1, rows[i].type, v.text), 0);
			assert_string_equal(zonetext_text(back, sizeof(back), rows[i].type, wire, n), v.text);
			assert_true(zonetext_value(&a, rows[i].type, v.text, &again, &why));
			assert_string_equal(again.text, v.text);
		} else {
			snprintf(got, sizeof(got), "%s", why);
			assert_int_equal(zonetext_rdata(wire, sizeof(wire), rows[i].type, rows[i].text), 0);
		}
		assert_string_equal(got, rows[i].out);
		arena_free(&a);
	}
}

/* One string holds 255 bytes; a longer text is several, which quotes do not do by themselves. */
static void
long_texts(void **state)
{
	char text[602], wire_text[2048];
	struct zonetext_value v;
	uint8_t wire[1024];
	const char *why;
	struct arena a;

	(void)state;
	arena_init(&a);
	memset(text, 'x', 600);
	text[600] = '\0';
	assert_true(zonetext_value(&a, RRTYPE_TXT, text, &v, &why));
	assert_int_equal(zonetext_rdata(wire, sizeof(wire), RRTYPE_TXT, v.text), 603);
	assert_int_equal(wire[0], 255);
	assert_int_equal(wire[256], 255);
	assert_int_equal(wire[512], 90);
	text[0] = text[599] = '"';
	assert_false(zonetext_value(&a, RRTYPE_TXT, text, &v, &why));
	assert_string_equal(why, "not strings of at most 255 bytes");
	assert_string_equal(zonetext_text(wire_text, sizeof(wire_text), RRTYPE_TXT, (const uint8_t *)"\7ab", 3), "");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(records), cmocka_unit_test(wire), cmocka_unit_test(values), cmocka_unit_test(long_texts)};

	return cmocka_run_group_tests_name("zonetext", tests, NULL, NULL);
}
