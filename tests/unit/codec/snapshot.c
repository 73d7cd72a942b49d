#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/pull.h"
#include "codec/snapshot.h"

static struct snap_line line;
static struct fault fault;

static int
read_text(const char *text, int64_t base)
{
	static char copy[8192];

	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	return snap_read(&line, copy, strlen(copy), base, &fault);
}

static void
write_again(struct buf *b, int64_t base)
{
	switch (line.kind) {
	case SNAP_HEAD: snap_write_head(b, &line.head); break;
	case SNAP_PLACE: snap_write_place(b, &line.place); break;
	case SNAP_AGENT: snap_write_agent(b, &line.agent); break;
	case SNAP_OVERRIDE: snap_write_override(b, &line.override, base); break;
	case SNAP_DOMAIN: snap_write_domain(b, &line.domain, base); break;
	case SNAP_END: snap_write_end(b, line.end.lines, strtoull(line.end.sum, NULL, 16)); break;
	case SNAP_OTHER: break;
	}
}

#define VIEW "{\"agent\":\"a1\",\"state\":\"down\",\"status\":\"fail\",\"reason\":\"a \\\"quoted\\\" z\xc3\xbc\",\"inc\":9007199254740992,\"seq\":3," \
	"\"last\":-5,\"conclusive\":-5,\"arrival\":-1,\"period\":30000,\"latency_ms\":1.234,\"oks\":1,\"fails\":65535,\"skew\":true,\"tcp\":true}"
#define TARGET "{\"ip\":\"10.0.0.1\",\"port\":80,\"state\":\"drain\",\"votes\":\"up\",\"determined\":\"down\",\"since\":-9,\"up_since\":-8,\"undetermined\":-7," \
	"\"kept_down\":-6,\"delayed\":true,\"overridden\":true,\"views\":[" VIEW "]}"
#define NAMED "{\"value\":\"s.example.\",\"since\":-9,\"check\":{\"host\":\"s.example\",\"port\":443},\"views\":[]}"
#define ELSEWHERE "{\"ip\":\"2001:db8::1\",\"since\":-9,\"check\":{\"ip\":\"10.0.0.9\",\"port\":443},\"views\":[]}"
#define RRSETS "{\"A\":{\"since\":-3,\"source\":\"live\",\"ttl\":5,\"keep_ttl\":4,\"keep_falling\":true,\"answers\":[\"10.0.0.1\",\"10.0.0.2\"],\"keep\":[],\"last\":[\"10.0.0.1\"]}," \
	"\"AAAA\":{\"since\":-3,\"answers\":[]},\"TXT\":{\"since\":-3,\"answers\":[\"\\\"v=1\\\"\"]}}"

/* What is read and written again is the same, wherever the axis of time is. */
static void
round_trip(void **state)
{
	static const char *const rows[] = {
		"{\"type\":\"snapshot\",\"format\":1,\"at\":\"2026-11-25T10:00:00.123Z\",\"boot_id\":\"ab\",\"boot_ms\":5,\"config\":\"32fe6f8c109713e7\"}",
		"{\"type\":\"journal\",\"journal\":\"reports/a1\",\"segment\":42,\"head\":\"00fd912fe26805e6\",\"line\":7,\"offset\":2002,\"sealed\":true}",
		"{\"type\":\"agent\",\"agent\":\"a1\",\"live\":true}",
		"{\"type\":\"agent\",\"agent\":\"a/2\"}",
		"{\"type\":\"override\",\"domain\":\"d.z\",\"target\":\"10.0.0.0/8\",\"state\":\"down\",\"at\":-5,\"until\":7000,\"reason\":\"x\",\"who\":\"me\",\"boot_ms\":9,\"start\":-4,\"end\":7000,\"serial\":3}",
		"{\"type\":\"override\",\"target\":\"10.0.0.1:80\",\"at\":60000,\"start\":60000}",
		"{\"type\":\"domain\",\"domain\":\"d.z\",\"rrtype\":\"TXT\",\"probe\":\"https\",\"since\":-1,\"rrsets\":" RRSETS ",\"targets\":[" TARGET "," NAMED "," ELSEWHERE "]}",
		"{\"type\":\"domain\",\"domain\":\"e.z\",\"since\":0,\"rrsets\":{},\"targets\":[]}",
		"{\"type\":\"end\",\"lines\":13,\"sum\":\"56bdb053cb5f7e7a\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (int64_t base = 0; base < 4000000000000; base += 1795341600000) {
			struct buf b = {0};

			if (read_text(rows[i], base) < 0)
				fail_msg("%s: %s", rows[i], fault.text);
			write_again(&b, base);
			assert_int_equal(b.data[b.len - 1], '\n');
			b.data[b.len - 1] = '\0';
			assert_string_equal(b.data, rows[i]);
			buf_free(&b);
		}
	/* Keys that a later program adds are passed over, and so are its lines. */
	assert_int_equal(read_text("{\"type\":\"agent\",\"x\":[{\"y\":-1.5e3},null],\"agent\":\"a1\",\"z\":\"\"}", 0), 0);
	assert_string_equal(line.agent.id, "a1");
	assert_int_equal(read_text("{\"type\":\"weather\",\"rain\":true}", 0), 0);
	assert_int_equal(line.kind, SNAP_OTHER);
}

static void
members(void **state)
{
	const struct saved_view *v;

	(void)state;
	/* The type of what is no address is the domain's. */
	assert_int_not_equal(read_text("{\"type\":\"domain\",\"domain\":\"d.z\",\"since\":-1,\"rrsets\":" RRSETS ",\"targets\":[]}", 1000), 0);
	assert_int_equal(read_text("{\"type\":\"domain\",\"domain\":\"d.z\",\"rrtype\":\"TXT\",\"since\":-1,\"rrsets\":" RRSETS ",\"targets\":[" TARGET "," NAMED "]}", 1000), 0);
	assert_int_equal(line.domain.ntargets, 2);
	assert_int_equal(line.domain.since, 999);
	assert_int_equal(line.domain.rrsets[FAMILY_V4].keep.n, 0);
	assert_true(line.domain.rrsets[FAMILY_V4].kept && line.domain.rrsets[FAMILY_V4].lasted);
	assert_false(line.domain.rrsets[FAMILY_V6].kept);
	assert_string_equal(line.domain.rrsets[FAMILY_OTHER].now.list[0].text, "\"v=1\"");
	assert_int_equal(line.domain.targets[0].latched, 994);
	assert_int_equal(line.domain.targets[0].key.probed_port, 80);
	assert_int_equal(line.domain.targets[1].latched, SAVED_NEVER);
	assert_int_equal(line.domain.targets[1].key.port, PORT_NONE);
	assert_int_equal(line.domain.targets[0].nviews, 1);
	v = &line.domain.targets[0].views[0];
	assert_string_equal(v->reason, "a \"quoted\" z\xc3\xbc");
	assert_int_equal(v->last, 995);
	assert_int_equal(v->period, 30000);
	assert_true(v->latency == 1.234);
}

static void
refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"", "not a line of a snapshot"},
		{"{\"type\":\"agent\"", "not a line of a snapshot"},
		{"{\"type\":\"agent\",\"agent\":\"a1\"} ", "not a line of a snapshot"},
		{"{\"type\":\"agent\"}", "not a line of a snapshot"},
		{"{\"type\":\"agent\",\"agent\":\"a\\u0000b\"}", "not a line of a snapshot"},
		{"{\"type\":\"agent\",\"agent\":\"a\xff\"}", "not a line of a snapshot"},
		{"{\"type\":\"agent\",\"agent\":\"a1\",\"live\":1}", "not a line of a snapshot"},
		{"{\"type\":\"snapshot\",\"format\":2,\"at\":\"2026-11-25T10:00:00.123Z\"}", "format 2, where this program knows 1"},
		{"{\"type\":\"snapshot\",\"format\":1,\"at\":\"yesterday\"}", "not a line of a snapshot"},
		{"{\"type\":\"journal\",\"journal\":\"overrides\",\"segment\":0,\"offset\":1}", "not a line of a snapshot"},
		{"{\"type\":\"journal\",\"journal\":\"overrides\",\"segment\":1,\"offset\":-1}", "not a line of a snapshot"},
		{"{\"type\":\"override\",\"at\":1,\"start\":1}", "not a line of a snapshot"},
		{"{\"type\":\"override\",\"target\":\"10.0.0.1\",\"at\":1}", "not a line of a snapshot"},
		{"{\"type\":\"override\",\"target\":\"10.0.0.1\",\"at\":1,\"start\":1,\"end\":9007199254740993}", "not a line of a snapshot"},
		{"{\"type\":\"domain\",\"domain\":\"d.z\"}", "not a line of a snapshot"},
		{"{\"type\":\"domain\",\"domain\":\"d.z\",\"since\":0,\"targets\":[{\"ip\":\"10.0.0.1\",\"since\":0,\"votes\":\"drain\"}]}", "not a line of a snapshot"},
		{"{\"type\":\"domain\",\"domain\":\"d.z\",\"since\":0,\"targets\":[{\"since\":0}]}", "not a line of a snapshot"},
		{"{\"type\":\"domain\",\"domain\":\"d.z\",\"since\":0,\"rrsets\":{\"A\":{\"since\":0,\"answers\":[\"2001:db8::1\"]}}}", "not a line of a snapshot"},
		{"{\"type\":\"domain\",\"domain\":\"d.z\",\"since\":0,\"targets\":[{\"ip\":\"10.0.0.1\",\"since\":0,\"views\":[{\"agent\":\"a1\",\"oks\":65536}]}]}", "not a line of a snapshot"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (read_text(rows[i].text, 0) == 0)
			fail_msg("taken: %s", rows[i].text);
		assert_string_equal(fault.text, rows[i].why);
	}
}

static void
names(void **state)
{
	static const char d[] = "{\"type\":\"domain\",\"domain\":\"d.z\",\"since\":0}";
	size_t n;
	const char *name = snap_domain_name(d, sizeof(d) - 1, &n);

	(void)state;
	assert_int_equal(n, 3);
	assert_memory_equal(name, "d.z", 3);
	assert_null(snap_domain_name(d, 28, &n));
	assert_null(snap_domain_name("{\"type\":\"agent\",\"agent\":\"a1\"}", 29, &n));
	/* Any change of any line, and of their order, is another sum. */
	assert_true(snap_sum(snap_sum(0, "a\n", 2), "b\n", 2) != snap_sum(snap_sum(0, "b\n", 2), "a\n", 2));
	assert_true(snap_sum(0, "a\n", 2) != snap_sum(0, "a", 1));
}

/* Numbers are read as strtod does, by the quick way, too. */
static void
numbers(void **state)
{
	static const char *const rows[] = {"0", "1", "0.001", "1.23", "12345.678", "999999999.999", "0.1", "0.30000000000000004",
		"1.7976931348623157e+30", "123456789012345678", "5e-324"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[64];
		struct pull j = {text, text + strlen(rows[i])};
		double v;

		strcpy(text, rows[i]);
		assert_true(pull_number(&j, &v));
		assert_true(v == strtod(rows[i], NULL));
		assert_ptr_equal(j.p, j.end);
	}
	for (uint64_t us = 1; us < 2000000; us += 777) {
		struct buf b = {0};
		static const struct column c[] = {{"v", COLUMN_LATENCY, 0, 0, NULL}, {NULL, 0, 0, 0, NULL}};
		double v = (double)us / 1000, third = (double)us / 3, again;
		struct pull j;

		for (int k = 0; k < 2; k++) {
			buf_clear(&b);
			buf_putc(&b, '{');
			columns_write(&b, c, k ? &third : &v, 0);
			buf_putc(&b, '}');
			j = (struct pull){b.data, b.data + b.len};
			columns_blank(c, &again);
			assert_true(columns_read(&j, c, &again, 0, NULL, NULL));
			assert_true(again == (k ? third : v));
		}
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip), cmocka_unit_test(members), cmocka_unit_test(refused),
		cmocka_unit_test(names), cmocka_unit_test(numbers),
	};
	int r;

	snap_line_init(&line);
	r = cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
	snap_line_free(&line);
	return r;
}
