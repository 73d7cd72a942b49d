#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/config.h"
#include "model/override.h"
#include "model/probe.h"
#include "model/report.h"
#include "model/words.h"

#define ROWS(x) (sizeof(x) / sizeof(*(x)))

static void
every_word_comes_back(void **state)
{
	static const struct {
		const char *const *words;
		const char *(*word)(int);
		int (*from)(const char *);
		int last;
		const char *last_word;
	} rows[] = {
		{status_words, status_word, status_from, STATUS_UNKNOWN, "unknown"},
		{probe_type_words, probe_type_word, probe_type_from, PROBE_EXEC, "exec"},
		{exec_codes_words, exec_codes_word, exec_codes_from, CODES_POSIX, "posix"},
		{qtype_words, qtype_word, qtype_from, QTYPE_TLSA, "TLSA"},
		{dns_rcode_words, dns_rcode_word, dns_rcode_from, 10, "NOTZONE"},
		{votes_words, votes_word, votes_from, VOTES_QUORUM, "quorum"},
		{select_words, select_word, select_from, SELECT_HASH, "hash"},
		{policy_words, policy_word, policy_from, POLICY_PRIORITY, "priority"},
		{on_silence_words, on_silence_word, on_silence_from, SILENCE_ALL, "all"},
		{on_all_down_words, on_all_down_word, on_all_down_from, DOWN_REFUSED, "refused"},
		{rcode_words, rcode_word, rcode_from, DECIDED_REFUSED, "REFUSED"},
		{state_words, state_word, state_from, STATE_DRAIN, "drain"},
		{source_words, source_word, source_from, SOURCE_KEEP, "keep"},
		{override_state_words, override_state_word, override_state_from, OVERRIDE_CLEAR, "clear"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		for (int v = 0; v <= rows[i].last; v++) {
			assert_int_equal(rows[i].from(rows[i].word(v)), v);
			assert_ptr_equal(rows[i].words[v], rows[i].word(v));
		}
		assert_string_equal(rows[i].word(rows[i].last), rows[i].last_word);
		assert_null(rows[i].words[rows[i].last + 1]);
		assert_int_equal(rows[i].from("nonsense"), -1);
		assert_string_equal(rows[i].word(99), "?");
	}
}

static void
code_ranges(void **state)
{
	static const struct {
		const char *text, *canon;
	} rows[] = {
		{"200", "200"}, {"200-299,302", "200-299,302"}, {"200, 204", "200,204"}, {"599-599", "599"},
		{"", NULL}, {"99", NULL}, {"600", NULL}, {"300-200", NULL}, {"200,", NULL}, {"200-", NULL},
		{"-200", NULL}, {"2xx", NULL}, {"200-299-301", NULL},
		{"1,2,3", NULL}, {"200,201,202,203,204,205,206,207,208,209,210,211,212,213,214,215,216", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct code_ranges r;
		char text[256];

		assert_int_equal(code_ranges_parse(rows[i].text, &r), rows[i].canon != NULL);
		if (rows[i].canon)
			assert_string_equal(code_ranges_format(text, sizeof(text), &r), rows[i].canon);
	}
}

static void
probes(void **state)
{
	struct probe a, b;

	(void)state;
	probe_default(&a, PROBE_HTTP);
	probe_default(&b, PROBE_HTTP);
	assert_true(code_ranges_have(&a.codes, 200));
	assert_true(code_ranges_have(&a.codes, 399));
	assert_false(code_ranges_have(&a.codes, 400));
	assert_true(probe_equal(&a, &b));
	b.host = "x";
	assert_false(probe_equal(&a, &b));
	probe_default(&b, PROBE_HTTPS);
	assert_false(probe_equal(&a, &b));
	assert_true(probe_needs_port(PROBE_HTTPS));
	assert_false(probe_needs_port(PROBE_ICMP));
}

static void
report_times(void **state)
{
	static const struct {
		int64_t age, received, timestamp, arrival, effective;
	} rows[] = {
		{-1, 5000, 3000, 100000, 98000}, /* two seconds on the way */
		{-1, 5000, 9000, 100000, 100000}, /* a future timestamp counts as now */
		{500, 5000, 3000, 100000, 99500}, /* the agent's own measure wins */
		{-1, -1, 3000, 100000, 100000},
		{0, 5000, 3000, 100000, 100000},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct report r = {.age_ms = rows[i].age, .received = rows[i].received, .timestamp = rows[i].timestamp};

		report_place(&r, rows[i].arrival);
		assert_int_equal(r.arrival, rows[i].arrival);
		assert_int_equal(r.effective, rows[i].effective);
	}
}

static void
override_targets(void **state)
{
	static const struct {
		const char *pattern, *addr;
		int port, matches; /* -1: no pattern */
	} rows[] = {
		{"", "192.0.2.1", 80, 1}, {"", "2001:db8::1", PORT_NONE, 1}, {"192.0.2.1", "192.0.2.1", 80, 1},
		{"192.0.2.1:80", "192.0.2.1", 80, 1}, {"192.0.2.1:80", "192.0.2.1", 443, 0},
		{"192.0.2.1:80", "192.0.2.1", PORT_NONE, 0}, {"192.0.2.0/24", "192.0.2.9", 1, 1},
		{"192.0.2.0/24", "192.0.3.9", 1, 0}, {"[2001:db8::1]:80", "2001:db8::1", 80, 1},
		{"::/0", "192.0.2.1", 80, -2}, {"web1", "192.0.2.1", 80, 0}, {"192.0.2.0/99", "192.0.2.1", 80, -1},
		{"192.0.2.300", "192.0.2.1", 80, -1}, {"192.0.2.1:99999", "192.0.2.1", 80, -1},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct target_pattern p;
		struct addr a;

		assert_true(addr_parse(rows[i].addr, &a));
		assert_int_equal(target_pattern_parse(rows[i].pattern, &p), rows[i].matches == -1 ? -1 : 0);
		if (rows[i].matches != -1)
			assert_int_equal(target_pattern_has(&p, &a, NULL, rows[i].port), rows[i].matches == 1);
	}
}

/* Targets that answer a name or a text, or are probed elsewhere. */
static void
override_values(void **state)
{
	static const struct target_more eu = {.value = "eu.example.net.", .host = "eu.example.net",
	    .check = {.family = FAMILY_OTHER}, .check_port = 443};
	static const struct target_more sip = {.value = "10 5 5060 sip1.example.net.",
	    .host = "sip1.example.net", .check = {.b = {192, 0, 2, 7}}, .check_port = 81};
	static const struct target_more txt = {.value = "\"v=1\"", .check = {.b = {192, 0, 2, 7}}, .check_port = 80};
	static const struct target_more at = {.check = {.b = {192, 0, 2, 7}}, .check_port = 80};
	static const struct target targets[] = {
		{.addr = {.family = FAMILY_OTHER}, .port = 443, .more = &eu},
		{.addr = {.family = FAMILY_OTHER}, .port = 5060, .more = &sip},
		{.addr = {.family = FAMILY_OTHER}, .port = 80, .more = &txt},
		{.addr = {.b = {192, 0, 2, 1}}, .port = 8080, .more = &at},
	};
	static const struct {
		const char *pattern, *matches; /* digits of targets */
	} rows[] = {
		{"eu.example.net", "0"}, {"EU.example.net.", "0"}, {"eu.example.net:443", "0"}, {"eu.example.net:80", ""},
		{"sip1.example.net", "1"}, {"sip1.example.net.:5060", "1"}, {"10 5 5060 sip1.example.net.", "1"},
		{"sip1.example.net:81", ""}, {"v=1", "2"}, {"\"v=1\"", "2"}, {"\"v=2\"", ""}, {"192.0.2.7", "123"},
		{"192.0.2.7:80", "23"}, {"192.0.2.7:81", "1"}, {"192.0.2.1", "3"}, {"192.0.2.1:8080", "3"},
		{"192.0.2.0/24", "123"}, {"", "0123"}, {"example.net", ""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct target_pattern p;
		char got[8] = "";

		assert_int_equal(target_pattern_parse(rows[i].pattern, &p), 0);
		for (size_t k = 0; k < ROWS(targets); k++)
			if (target_pattern_matches(&p, &targets[k]))
				got[strlen(got)] = (char)('0' + k);
		assert_string_equal(got, rows[i].matches);
	}
}

/* Which target a report is about. */
static void
report_targets(void **state)
{
	static const struct target_more eu = {.value = "eu.example.net.", .host = "eu.example.net",
	    .check = {.family = FAMILY_OTHER}, .check_port = 443};
	static const struct target_more one = {.value = "\"1\"", .check = {.b = {192, 0, 2, 7}}, .check_port = 80};
	static const struct target_more two = {.value = "\"2\"", .check = {.b = {192, 0, 2, 7}}, .check_port = 80};
	static struct target targets[] = {
		{.addr = {.family = FAMILY_OTHER}, .port = 443, .more = &eu, .check_name = "d:eu.example.net:443"},
		{.addr = {.family = FAMILY_OTHER}, .port = 80, .more = &one, .check_name = "d:192.0.2.7:80"},
		{.addr = {.family = FAMILY_OTHER}, .port = 80, .more = &two, .check_name = "d:192.0.2.7:80#2"},
		{.addr = {.b = {192, 0, 2, 1}}, .port = 80, .check_name = "d:192.0.2.1:80"},
	};
	static const struct {
		const char *addr; /* or a name */
		int port;
		const char *check_name;
		int target;
	} rows[] = {
		{"eu.example.net", 443, "d:eu.example.net:443", 0}, {"eu.example.net", 443, "else", 0},
		{"192.0.2.99", 443, "d:eu.example.net:443", 0}, /* the agent said what it resolved to */
		{"us.example.net", 443, "else", -1}, {"192.0.2.7", 80, "d:192.0.2.7:80", 1},
		{"192.0.2.7", 80, "d:192.0.2.7:80#2", 2}, {"192.0.2.7", 80, "else", 1}, {"192.0.2.7", 81, "else", -1},
		{"192.0.2.1", 80, "else", 3}, {"192.0.2.2", 80, "d:192.0.2.1:80", -1},
	};
	struct domain d = {.targets = targets, .ntargets = ROWS(targets), .type = RRTYPE_TXT};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct addr a = {.family = FAMILY_OTHER};
		const struct target *t;

		addr_parse(rows[i].addr, &a);
		t = config_target(&d, &a, rows[i].addr, rows[i].port, rows[i].check_name);
		assert_int_equal(t ? t - targets : -1, rows[i].target);
	}
}

static void
target_texts(void **state)
{
	char long_value[400], text[TARGET_TEXT];
	struct target_more more = {.value = "eu.example.net.", .host = "eu.example.net"};
	struct target t = {.addr = {.family = FAMILY_OTHER}, .port = 443, .more = &more};

	(void)state;
	assert_string_equal(target_text(text, &t), "eu.example.net:443");
	t.port = PORT_NONE;
	assert_string_equal(target_text(text, &t), "eu.example.net");
	memset(long_value, 'x', sizeof(long_value));
	long_value[sizeof(long_value) - 1] = '\0';
	more = (struct target_more){.value = long_value};
	assert_int_equal(strlen(target_text(text, &t)), TARGET_TEXT - 1);
	assert_string_equal(text + TARGET_TEXT - 4, "...");
}

static void
who_may_serve(void **state)
{
	const char *tags[] = {"eu", "dmz"};
	const char *const mine[] = {"us", "dmz"}, *const other[] = {"us"};
	struct domain d = {.tags = tags, .ntags = 2};

	(void)state;
	assert_true(config_tags_match(&d, mine, 2));
	assert_false(config_tags_match(&d, other, 1));
	assert_false(config_tags_match(&d, NULL, 0));
	d.ntags = 0;
	assert_true(config_tags_match(&d, other, 1));
	assert_true(config_tags_match(&d, NULL, 0));
}

static void
what_may_be_probed(void **state)
{
	struct allow_rule rules[2] = {{.port_from = 0, .port_to = 65535}, {.port_from = 80, .port_to = 90}};
	struct agent_config open = {0}, closed = {.allow = rules, .nallow = 2};
	static const struct {
		const char *addr;
		int port;
		bool open, closed;
	} rows[] = {
		{"10.1.1.1", 22, true, true}, {"10.1.1.1", PORT_NONE, true, true}, {"192.0.2.9", 80, true, true},
		{"192.0.2.9", 91, true, false}, {"192.0.2.9", PORT_NONE, true, false}, {"8.8.8.8", 53, true, false},
		{"169.254.169.254", 80, false, false}, {"224.0.0.1", 80, false, false}, {"0.0.0.0", 80, false, false},
		{"::ffff:169.254.169.254", 80, false, false}, {"127.0.0.1", 80, true, false},
	};

	(void)state;
	assert_true(prefix_parse("10.0.0.0/8", &rules[0].net));
	assert_true(prefix_parse("192.0.2.0/24", &rules[1].net));
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct addr a;

		assert_true(addr_parse(rows[i].addr, &a));
		assert_int_equal(agent_config_allows(&open, &a, rows[i].port), rows[i].open);
		assert_int_equal(agent_config_allows(&closed, &a, rows[i].port), rows[i].closed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_word_comes_back), cmocka_unit_test(code_ranges), cmocka_unit_test(probes),
	    cmocka_unit_test(report_times), cmocka_unit_test(override_targets),
	    cmocka_unit_test(override_values), cmocka_unit_test(report_targets), cmocka_unit_test(target_texts), cmocka_unit_test(who_may_serve),
	    cmocka_unit_test(what_may_be_probed),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
