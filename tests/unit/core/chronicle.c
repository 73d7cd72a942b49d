#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/chronicle.h"

#define AT INT64_C(1795317127125) /* 2026-11-22T03:12:07.125Z */
#define MANY "10.0.0.11,10.0.0.12,10.0.0.13,10.0.0.14,10.0.0.15"
#define LONG "a-name-that-is-longer-than-its-column.example.failover"

static struct event
event(enum event_kind kind, int64_t at, const char *domain, const char *from, const char *to,
      const char *why)
{
	struct event e = {.kind = kind, .at = at, .source = SOURCE_LIVE};

	snprintf(e.domain, sizeof(e.domain), "%s", domain);
	snprintf(e.from, sizeof(e.from), "%s", from);
	snprintf(e.to, sizeof(e.to), "%s", to);
	snprintf(e.why, sizeof(e.why), "%s", why);
	if (kind == EVENT_TARGET || kind == EVENT_OVERRIDE)
		snprintf(e.target, sizeof(e.target), "10.0.0.1:80");
	if (kind == EVENT_AGENT)
		snprintf(e.agent, sizeof(e.agent), "fra1");
	return e;
}

/* What is written of some events, one after the other. */
static const char *
told(const struct event *list, size_t n)
{
	static struct buf b;
	struct chronicle c;

	buf_clear(&b);
	buf_puts(&b, "");
	chronicle_init(&c, false, 80, 8);
	for (size_t i = 0; i < n; i++)
		chronicle_event(&c, &b, &list[i]);
	chronicle_end(&c, &b);
	chronicle_free(&c);
	for (const char *line = b.data; *line; line = strchrnul(line, '\n') + 1)
		assert_true((size_t)(strchrnul(line, '\n') - line) <= 80);
	return b.data;
}

#define ONE(...) told(&(const struct event[]){event(__VA_ARGS__)}[0], 1)
#define DAY "Sun 2026-11-22 UTC\n"

static void
entries(void **state)
{
	(void)state;
	assert_string_equal(
	    ONE(EVENT_ANSWER, AT, "w.f", "10.0.0.1", "10.0.0.2", "10.0.0.1:80 down (0 of 3 up)"),
	    DAY "03:12:07  w.f       A      live      10.0.0.1 -> 10.0.0.2\n"
	        "          10.0.0.1:80 down (0 of 3 up)\n");
	assert_string_equal(ONE(EVENT_ANSWER, AT, "w.f", "10.0.0.1", "", ""),
	                    DAY "03:12:07  w.f       A      live      10.0.0.1 -> nothing\n");
	assert_string_equal(ONE(EVENT_ANSWER, AT, "w.f", "10.0.0.1", "10.0.0.1", ""),
	                    DAY "03:12:07  w.f       A      live      10.0.0.1, as before\n");
	assert_string_equal(ONE(EVENT_TARGET, AT, "w.f", "up", "down", ""),
	                    DAY "03:12:07  w.f              target    10.0.0.1:80 up -> down\n");
	assert_string_equal(ONE(EVENT_AGENT, AT, "", "fresh", "silent", ""),
	                    DAY "03:12:07                   agent     fra1 fresh -> silent\n");
	assert_string_equal(ONE(EVENT_TIER, AT, "w.f", "5", "1", ""),
	                    DAY "03:12:07  w.f       A      tier      priority 5 -> 1\n");
	assert_string_equal(ONE(EVENT_ANSWER, AT, LONG, "10.0.0.1", "10.0.0.2", "w"),
	                    DAY "03:12:07  " LONG "  A      live\n"
	                        "          10.0.0.1 -> 10.0.0.2\n          w\n");
}

/* Of many answers only what makes the difference, where all are named. */
static void
many_answers(void **state)
{
	(void)state;
	assert_string_equal(ONE(EVENT_ANSWER, AT, "w.f", MANY, "10.0.0.12,10.0.0.13,10.0.0.15", ""),
	                    DAY "03:12:07  w.f       A      live      out 10.0.0.11, 10.0.0.14; 3 stay\n");
	assert_string_equal(ONE(EVENT_ANSWER, AT, "w.f", "10.0.0.11,10.0.0.9", MANY, ""),
	                    DAY "03:12:07  w.f       A      live\n"
	                        "          out 10.0.0.9; in 10.0.0.12, 10.0.0.13, 10.0.0.14, "
	                        "10.0.0.15; 1 stays\n");
	assert_string_equal(ONE(EVENT_ANSWER, AT, "w.f", MANY ",+3", "10.0.0.11", ""),
	                    DAY "03:12:07  w.f       A      live\n"
	                        "          10.0.0.11, 10.0.0.12, 10.0.0.13, 10.0.0.14, 10.0.0.15, "
	                        "+3 -> 10.0.0.11\n");
}

static void
one_after_the_other(void **state)
{
	const struct event list[] = {
	    event(EVENT_TIER, AT, "w.f", "5", "1", "x down"),
	    event(EVENT_ANSWER, AT, "w.f", "10.0.0.1", "10.0.0.2", "x down"),
	    event(EVENT_ANSWER, AT, "v.f", "10.0.0.1", "10.0.0.2", "x down"),
	    event(EVENT_ANSWER, AT + 86400000, "w.f", "10.0.0.3", "10.0.0.1", "x up"),
	};

	(void)state;
	/* One cause of two changes is said once, behind both; what was not recorded is said. */
	assert_string_equal(told(list, 4),
	                    DAY "03:12:07  w.f       A      tier      priority 5 -> 1\n"
	                        "03:12:07  w.f       A      live      10.0.0.1 -> 10.0.0.2\n"
	                        "          x down\n"
	                        "03:12:07  v.f       A      live      10.0.0.1 -> 10.0.0.2\n"
	                        "          x down\n"
	                        "\nMon 2026-11-23 UTC\n"
	                        "03:12:07  w.f       A      live      10.0.0.3 -> 10.0.0.1\n"
	                        "          not recorded: how it came there from 10.0.0.2\n"
	                        "          x up\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(entries),
	    cmocka_unit_test(many_answers),
	    cmocka_unit_test(one_after_the_other),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("chronicle", tests, NULL, NULL);
}
