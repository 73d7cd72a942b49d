#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codec/taskurl.h"

static const struct {
	const char *text;
	int type; /* -1: refused */
	const char *host; /* or a piece of the fault */
	int port;
	const char *path;
} rows[] = {
	{"tcp://127.0.0.1:80", PROBE_TCP, "127.0.0.1", 80, ""},
	{"tcp:127.0.0.1:80", PROBE_TCP, "127.0.0.1", 80, ""},
	{"tcp:www.example.org:443", PROBE_TCP, "www.example.org", 443, ""},
	{"tcp://[::1]:80", PROBE_TCP, "::1", 80, ""},
	{"tcp://h:80/", PROBE_TCP, "h", 80, ""},
	{"http://host/healthz", PROBE_HTTP, "host", 80, "/healthz"},
	{"http://host:8080", PROBE_HTTP, "host", 8080, "/"},
	{"http://host?x=1", PROBE_HTTP, "host", 80, "/?x=1"},
	{"https://host/a:b@c", PROBE_HTTPS, "host", 443, "/a:b@c"},
	{"https://[2001:db8::1]/", PROBE_HTTPS, "2001:db8::1", 443, "/"},
	{"https://2001:db8::1/", PROBE_HTTPS, "2001:db8::1", 443, "/"},
	{"icmp://::1", PROBE_ICMP, "::1", PORT_NONE, ""},
	{"icmp://[::1]", PROBE_ICMP, "::1", PORT_NONE, ""},
	{"icmp:192.0.2.1", PROBE_ICMP, "192.0.2.1", PORT_NONE, ""},
	{"icmp://::1:80", PROBE_ICMP, "::1:80", PORT_NONE, ""}, /* an address, too */
	{"tls://h:993", PROBE_TLS, "h", 993, ""},
	{"udp://[::1]:514", PROBE_UDP, "::1", 514, ""},
	{"dns://192.0.2.1/example.org", PROBE_DNS, "192.0.2.1", 53, ""},
	{"dns://ns1:5353/Example.Org.?type=mx", PROBE_DNS, "ns1", 5353, ""},
	{"dns://ns1/.?class=IN;type=SOA", PROBE_DNS, "ns1", 53, ""},
	{"tls://h", -1, "tls needs a port; write tls://HOST:PORT", 0, NULL},
	{"udp://h", -1, "udp needs a port", 0, NULL},
	{"dns://h", -1, "needs a name", 0, NULL},
	{"dns://h/", -1, "needs a name", 0, NULL},
	{"dns://h/?type=A", -1, "needs a name", 0, NULL},
	{"dns://h/a..b", -1, "not a domain name", 0, NULL},
	{"dns://h/a/b", -1, "not a domain name", 0, NULL},
	{"dns://h/a?type=AA", -1, "only ?type=", 0, NULL},
	{"dns://h/a?typ=A", -1, "only ?type=", 0, NULL},
	{"icmp://h:80", -1, "icmp has no port", 0, NULL},
	{"tcp://h", -1, "tcp needs a port", 0, NULL},
	{"tcp://::1:80", -1, "tcp://[ADDRESS]:PORT", 0, NULL},
	{"tcp://h:0", -1, "1 to 65535", 0, NULL},
	{"tcp://h:65536", -1, "1 to 65535", 0, NULL},
	{"tcp://h:", -1, "1 to 65535", 0, NULL},
	{"tcp://h:80x", -1, "1 to 65535", 0, NULL},
	{"tcp://h:80/x", -1, "only for http", 0, NULL},
	{"tcp://:80", -1, "not a host name", 0, NULL},
	{"https://b\303\274cher.example/", -1, "written as xn--", 0, NULL},
	{"tcp://[::1:80", -1, "not a host name", 0, NULL},
	{"tcp://[127.0.0.1]:80", -1, "not a host name", 0, NULL},
	{"tcp://[::1]80", -1, "not a host name", 0, NULL},
	{"tcp://a b:80", -1, "not a host name", 0, NULL},
	{"http://u:p@h/", -1, "user names", 0, NULL},
	{"http://h/a b", -1, "space", 0, NULL},
	{"http://h/a\nb", -1, "control", 0, NULL},
	{"http://h/#x", -1, "fragment", 0, NULL},
	{"ftp://h/", -1, "not a check", 0, NULL},
	{"127.0.0.1:80", -1, "not a check; write tcp://", 0, NULL},
	{"htps://x/", -1, "not a check (did you mean https://?)", 0, NULL},
	{"exe://x/", -1, "not a check; write", 0, NULL},
	{"htps:80", -1, "not a check; write", 0, NULL},
	{"", -1, "not a check", 0, NULL},
	{"tcp:", -1, "not a host name", 0, NULL},
};

static void
parsing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct taskurl u;
		struct fault f = {0};
		int r = taskurl_parse(&u, rows[i].text, &f);

		if (rows[i].type < 0 ? r == 0 || !strstr(f.text, rows[i].host) : r != 0)
			fail_msg("%s: %d %s", rows[i].text, r, f.text);
		if (r)
			continue;
		assert_int_equal(u.type, rows[i].type);
		assert_string_equal(u.host, rows[i].host);
		assert_int_equal(u.port, rows[i].port);
		assert_string_equal(u.path, rows[i].path);
	}
}

static void
questions(void **state)
{
	static const struct {
		const char *text, *qname;
		int qtype;
	} asked[] = {
	    {"dns://h/Example.Org.", "example.org", QTYPE_A},
	    {"dns://h/example.org?type=mx", "example.org", QTYPE_MX},
	    {"dns://h/_sip._tcp.example.org?type=SRV&class=in", "_sip._tcp.example.org", QTYPE_SRV},
	    {"dns://h/.?type=NS", ".", QTYPE_NS},
	    {"tcp://h:1", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		struct taskurl u;
		struct fault f;

		assert_int_equal(taskurl_parse(&u, asked[i].text, &f), 0);
		assert_string_equal(u.qname, asked[i].qname);
		assert_int_equal(u.qtype, asked[i].qtype);
	}
}

static void
recognising(void **state)
{
	(void)state;
	assert_true(taskurl_is("tcp:h:1"));
	assert_true(taskurl_is("ftp://h"));
	assert_false(taskurl_is("webmail.failover"));
	assert_false(taskurl_is("10.0.0.1:80"));
	assert_false(taskurl_is("[::1]:80"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parsing), cmocka_unit_test(questions), cmocka_unit_test(recognising)};

	return cmocka_run_group_tests_name("taskurl", tests, NULL, NULL);
}
