#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/say.h"

static void
lines(void **state)
{
	static const struct {
		struct event ev;
		const char *line;
	} rows[] = {
		{{.kind = EVENT_ANSWER, .domain = "webmail.failover", .from = "10.10.10.250", .to = "10.10.10.254",
		  .why = "10.10.10.250:80 down (0 of 3 up: connection refused)", .source = SOURCE_FALLBACK},
		 "webmail.failover A 10.10.10.250 -> 10.10.10.254 fallback: 10.10.10.250:80 down (0 of 3 up: connection "
		 "refused)"},
		{{.kind = EVENT_ANSWER, .domain = "w.f", .type = RRTYPE_AAAA, .from = "2001:db8::1", .source = SOURCE_NONE},
		 "w.f AAAA 2001:db8::1 -> nothing none"},
		{{.kind = EVENT_ANSWER, .domain = "w.f", .type = RRTYPE_CNAME, .from = "eu.example.net.",
		  .to = "backup.example.net.", .why = "eu.example.net:443 down (0 of 1 up)", .source = SOURCE_FALLBACK},
		 "w.f CNAME eu.example.net. -> backup.example.net. fallback: eu.example.net:443 down (0 of 1 up)"},
		{{.kind = EVENT_TARGET, .domain = "w.f", .target = "10.0.0.1:80", .from = "up", .to = "down", .why = "x"},
		 "w.f 10.0.0.1:80 up -> down: x"},
		{{.kind = EVENT_TIER, .domain = "w.f", .from = "10", .to = "5"}, "w.f A priority 10 -> 5"},
		{{.kind = EVENT_AGENT, .domain = "", .agent = "a1", .from = "fresh", .to = "silent"},
		 "agent a1 fresh -> silent"},
		{{.kind = EVENT_OVERRIDE, .domain = "w.f", .from = "none", .to = "down", .why = "by root"},
		 "w.f override of all targets: none -> down: by root"},
	};
	char line[2400];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(say_event(line, sizeof(line), &rows[i].ev), rows[i].line);
}

/* A small buffer cuts, and never overflows. */
static void
cuts(void **state)
{
	struct event ev = {.kind = EVENT_TARGET, .domain = "w.f", .target = "10.0.0.1:80", .from = "up", .to = "down",
	                   .why = "x"};
	char line[12];

	(void)state;
	assert_string_equal(say_event(line, sizeof(line), &ev), "w.f 10.0.0.");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lines), cmocka_unit_test(cuts)};

	return cmocka_run_group_tests_name("say", tests, NULL, NULL);
}
