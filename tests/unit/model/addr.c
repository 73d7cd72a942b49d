#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/addr.h"

#define ROWS(x) (sizeof(x) / sizeof(*(x)))

static void
parse_and_format(void **state)
{
	static const struct {
		const char *text, *canon; /* canon NULL: no address */
	} rows[] = {
		{"192.0.2.1", "192.0.2.1"}, {"0.0.0.0", "0.0.0.0"}, {"255.255.255.255", "255.255.255.255"},
		{"2001:DB8:0:0::1", "2001:db8::1"}, {"::", "::"}, {"::1", "::1"}, {"fe80::1%eth0", NULL},
		{"192.0.2", NULL}, {"192.0.2.256", NULL}, {"[::1]", NULL}, {"", NULL}, {"192.0.2.1 ", NULL},
		{"1.2.3.04", NULL}, {"2001:db8::1::2", NULL}, {"localhost", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct addr a;
		char text[ADDR_TEXT];

		assert_int_equal(addr_parse(rows[i].text, &a), rows[i].canon != NULL);
		if (rows[i].canon)
			assert_string_equal(addr_format(text, &a), rows[i].canon);
	}
}

static void
kinds(void **state)
{
	/* w wildcard, l loopback, k link-local, m multicast */
	static const struct {
		const char *text, *kind;
	} rows[] = {
		{"0.0.0.0", "w"}, {"::", "w"}, {"127.0.0.1", "l"}, {"127.9.9.9", "l"}, {"::1", "l"},
		{"169.254.169.254", "k"}, {"fe80::1", "k"}, {"febf::1", "k"}, {"fec0::1", ""},
		{"224.0.0.1", "m"}, {"239.1.1.1", "m"}, {"ff02::1", "m"}, {"240.0.0.1", ""},
		{"192.0.2.1", ""}, {"::ffff:127.0.0.1", "l"}, {"::ffff:169.254.1.1", "k"},
		{"::ffff:0.0.0.0", "w"}, {"::ffff:224.0.0.1", "m"}, {"::ffff:192.0.2.1", ""},
		{"64:ff9b::169.254.169.254", "k"}, {"64:ff9b::224.0.0.1", "m"}, {"64:ff9b::192.0.2.1", ""},
		{"64:ff9b::127.0.0.1", ""}, {"::169.254.169.254", "k"}, {"::224.0.0.1", "m"},
		{"::192.0.2.1", ""}, {"::127.0.0.1", ""}, {"2002:a9fe:a9fe::", "k"}, {"2002:a9fe:a9fe::1", "k"},
		{"2002:e000:1::1", "m"}, {"2002:c000:201::1", ""}, {"2002:7f00:1::", ""},
		{"64:ff9b:1::169.254.169.254", ""}, {"1::169.254.169.254", ""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct addr a;

		assert_true(addr_parse(rows[i].text, &a));
		assert_int_equal(addr_is_wildcard(&a), strchr(rows[i].kind, 'w') != NULL);
		assert_int_equal(addr_is_loopback(&a), strchr(rows[i].kind, 'l') != NULL);
		assert_int_equal(addr_is_linklocal(&a), strchr(rows[i].kind, 'k') != NULL);
		assert_int_equal(addr_is_multicast(&a), strchr(rows[i].kind, 'm') != NULL);
	}
}

static void
prefixes(void **state)
{
	static const struct {
		const char *prefix, *addr;
		int has; /* -1: no prefix */
	} rows[] = {
		{"10.0.0.0/8", "10.255.0.1", 1}, {"10.0.0.0/8", "11.0.0.0", 0}, {"10.1.2.3", "10.1.2.3", 1},
		{"10.1.2.3", "10.1.2.4", 0}, {"192.0.2.128/25", "192.0.2.127", 0},
		{"192.0.2.128/25", "192.0.2.255", 1}, {"0.0.0.0/0", "8.8.8.8", 1}, {"0.0.0.0/0", "::1", 0},
		{"2001:db8::/33", "2001:db8:7fff::1", 1}, {"2001:db8::/33", "2001:db8:8000::1", 0},
		{"10.0.0.0/33", "10.0.0.0", -1}, {"10.0.0.0/", "10.0.0.0", -1}, {"/8", "10.0.0.0", -1},
		{"10.0.0.0/8x", "10.0.0.0", -1}, {"::/129", "::", -1}, {"", "::", -1},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct prefix p;
		struct addr a;

		assert_true(addr_parse(rows[i].addr, &a));
		assert_int_equal(prefix_parse(rows[i].prefix, &p), rows[i].has >= 0);
		if (rows[i].has >= 0)
			assert_int_equal(prefix_has(&p, &a), rows[i].has);
	}
}

static void
endpoints(void **state)
{
	static const struct {
		const char *text, *canon;
	} rows[] = {
		{"192.0.2.1", "192.0.2.1"}, {"192.0.2.1:80", "192.0.2.1:80"}, {"192.0.2.1@53", "192.0.2.1:53"},
		{"[2001:db8::1]:80", "[2001:db8::1]:80"}, {"2001:db8::1", "2001:db8::1"},
		{"[2001:db8::1]", "2001:db8::1"}, {"2001:db8::1@53", "[2001:db8::1]:53"}, {"::1@65535", "[::1]:65535"},
		{"[192.0.2.1]:80", NULL}, {"192.0.2.1:", NULL}, {"192.0.2.1:0", NULL}, {"192.0.2.1:65536", NULL},
		{"192.0.2.1@", NULL}, {"[::1", NULL}, {"[::1]80", NULL}, {"[::1]:", NULL}, {":80", NULL}, {"", NULL},
		{"192.0.2.1:80:90", NULL}, {"host:80", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[ENDPOINT_TEXT];
		struct addr a;
		int port;

		assert_int_equal(endpoint_parse(rows[i].text, &a, &port), rows[i].canon != NULL);
		if (rows[i].canon)
			assert_string_equal(endpoint_format(text, &a, port), rows[i].canon);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parse_and_format), cmocka_unit_test(kinds), 
	    cmocka_unit_test(prefixes), cmocka_unit_test(endpoints),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
