#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/records.h"

#define AT "\"at\":\"2026-11-22T03:12:07.125Z\""
#define ANSWER "{\"type\":\"event\",\"event\":\"answer\"," AT ",\"domain\":\"webmail.failover\","

/* Lines that are the same when read and written again, by the quick reader and by json-c. */
static void
canonical(void **state)
{
	static const char *const lines[] = {
	    ANSWER "\"family\":\"A\",\"from\":\"10.0.0.1,10.0.0.2\",\"to\":\"\",\"source\":\"none\","
	           "\"why\":\"all targets down\"}",
	    "{\"type\":\"event\",\"event\":\"tier\"," AT ",\"domain\":\"a.b\",\"family\":\"AAAA\","
	    "\"from\":\"5\",\"to\":\"1\",\"why\":\"\"}",
	    "{\"type\":\"event\",\"event\":\"target\"," AT ",\"domain\":\"a.b\","
	    "\"target\":\"[2001:db8::1]:80\",\"from\":\"up\",\"to\":\"down\",\"why\":\"0 of 3 up\"}",
	    "{\"type\":\"event\",\"event\":\"agent\"," AT ",\"agent\":\"fra1\",\"from\":\"fresh\","
	    "\"to\":\"silent\",\"why\":\"its last report is stale everywhere\"}",
	    "{\"type\":\"event\",\"event\":\"override\"," AT ",\"domain\":\"a.b\","
	    "\"target\":\"10.0.0.1:80\",\"from\":\"none\",\"to\":\"drain\",\"why\":\"override drain\"}",
	};
	struct event e, slow;
	struct event_head head;
	struct fault f;
	struct buf b;

	(void)state;
	buf_init(&b);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		size_t n = strlen(lines[i]);

		assert_true(event_scan(&e, lines[i], n));
		assert_int_equal(event_read_json(&slow, lines[i], n, &f), 0);
		assert_int_equal(e.at, INT64_C(1795317127125));
		assert_int_equal(event_peek(&head, lines[i], n), *e.domain != '\0');
		for (int k = 0; k < 2; k++) {
			buf_clear(&b);
			event_write(&b, k ? &slow : &e);
			assert_int_equal(b.len, n + 1);
			assert_memory_equal(b.data, lines[i], n);
		}
		for (size_t cut = 0; cut < n; cut++)
			assert_int_equal(event_read(&e, lines[i], cut, &f), -1);
	}
	buf_free(&b);
}

static void
other_forms(void **state)
{
	static const char line[] =
	    "{\"why\": \"caf\\u00e9\\n \\\"x\\\"\", \"type\": \"event\", \"event\": \"answer\","
	    " \"new\": {},"
	    " \"at\": 1795317127.125, \"family\": \"TXT\", \"domain\": \"Webmail.Failover.\","
	    " \"source\": \"live\", \"to\": \"\\\"a,b\\\"\"}";
	struct event e;
	struct fault f;

	(void)state;
	assert_false(event_scan(&e, line, strlen(line)));
	assert_int_equal(event_read(&e, line, strlen(line), &f), 0);
	assert_int_equal(e.kind, EVENT_ANSWER);
	assert_int_equal(e.type, RRTYPE_TXT);
	assert_int_equal(e.source, SOURCE_LIVE);
	assert_int_equal(e.at, INT64_C(1795317127125));
	assert_string_equal(e.domain, "webmail.failover");
	assert_string_equal(e.from, "");
	assert_string_equal(e.to, "\"a,b\"");
	assert_string_equal(e.why, "caf\xc3\xa9 \"x\"");
}

/* What others write into the journal is passed over, what is damaged is named. */
static void
others_and_faults(void **state)
{
	static const struct {
		const char *line, *fault; /* NULL: another record */
	} rows[] = {
	    {"{\"type\":\"config\"," AT ",\"hash\":\"00\"}", NULL},
	    {"{\"type\":\"seal\"," AT "}", NULL},
	    {"{\"type\":\"event\",\"event\":\"eclipse\"," AT "}", NULL},
	    {"{\"event\":\"agent\"," AT "}", "type: Field required"},
	    {"{\"type\":\"event\"," AT "}", "event: Field required"},
	    {"{\"type\":\"event\",\"event\":\"agent\"}", "at: Field required"},
	    {"{\"type\":\"event\",\"event\":\"agent\",\"at\":\"noon\"}",
	     "at: Input should be a valid datetime"},
	    {ANSWER "\"from\":\"\",\"to\":\"\",\"source\":\"live\"}", "family: Field required"},
	    {ANSWER "\"family\":\"A\",\"from\":\"\",\"to\":\"\"}", "source: Field required"},
	    {ANSWER "\"family\":\"MX\",\"source\":\"live\"}",
	     "family: Input should be A, AAAA, CNAME, SRV or TXT"},
	};
	struct event e;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int r = event_read(&e, rows[i].line, strlen(rows[i].line), &f);

		assert_int_equal(r, rows[i].fault ? -1 : 1);
		if (rows[i].fault)
			assert_string_equal(f.text, rows[i].fault);
	}
}

/* Only what is certain to be the same for the whole line is said of its beginning. */
static void
beginnings(void **state)
{
	static const char *const unsure[] = {
	    "{\"type\":\"event\",\"event\":\"agent\"," AT ",\"agent\":\"x\",\"domain\":\"a.b\"",
	    "{\"type\":\"event\",\"event\":\"answer\"," AT ",\"domain\":\"A.b\"",
	    "{\"type\":\"event\",\"event\":\"answer\"," AT ",\"domain\":\"a.b",
	    "{\"type\":\"event\", \"event\":\"answer\"," AT ",\"domain\":\"a.b\"",
	};
	struct event_head h;

	(void)state;
	assert_true(event_peek(&h, ANSWER, strlen(ANSWER)));
	assert_int_equal(h.kind, EVENT_ANSWER);
	assert_int_equal(h.at, INT64_C(1795317127125));
	assert_string_equal(h.domain, "webmail.failover");
	for (size_t i = 0; i < sizeof(unsure) / sizeof(*unsure); i++)
		assert_false(event_peek(&h, unsure[i], strlen(unsure[i])));
}

/* Of any record. */
static void
types(void **state)
{
	static const struct {
		const char *line, *type; /* NULL: no record */
		int64_t at;
	} rows[] = {
	    {"{\"type\":\"config\"," AT "}", "config", INT64_C(1795317127125)},
	    {"{\"at\":5}", "", 5000},
	    {"{\"type\":\"seal\",\"at\":\"noon\"}", "seal", -1},
	    {"{\"type\":\"of-far-more-bytes-than-any\"}", "", -1},
	    {"{\"type\":7}", "", -1},
	    {"{\"type\":\"seal\"", NULL, -1},
	    {"[]", NULL, -1},
	};
	char type[16];
	int64_t at;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool good = record_type(rows[i].line, strlen(rows[i].line), type, &at);

		assert_int_equal(good, rows[i].type != NULL);
		assert_int_equal(at, rows[i].at);
		if (good)
			assert_string_equal(type, rows[i].type);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(canonical),
	    cmocka_unit_test(other_forms),
	    cmocka_unit_test(others_and_faults),
	    cmocka_unit_test(beginnings),
	    cmocka_unit_test(types),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
