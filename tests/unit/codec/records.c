#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/records.h"

#define BASE \
	"{\"agent_id\":\"a1\",\"timestamp\":\"2026-11-22T10:00:00.123Z\"," \
	"\"check_name\":\"webmail.failover:10.10.10.250:80\",\"domain\":\"webmail.failover\"," \
	"\"type\":\"tcp\",\"target_ip\":\"10.10.10.250\",\"port\":80,\"status\":\"ok\"," \
	"\"latency_ms\":1.23,\"reason\":null"

/* By its parts, which were made for another result of the same check and instant. */
static void
of_parts(const struct report *r, const struct buf *whole)
{
	struct report other = *r;
	struct report_instant instant = {0};
	struct buf check, b;

	buf_init(&check);
	buf_init(&b);
	other.seq++;
	other.status = STATUS_FAIL;
	report_instant_set(&instant, &other);
	report_instant_set(&instant, &other);
	report_write_check(&check, &other);
	report_write_about(&b, r, &instant, check.data, check.len);
	assert_string_equal(b.data, whole->data);
	report_instant_free(&instant);
	buf_free(&check);
	buf_free(&b);
}

/* Lines that are the same when read and written again, by the quick reader and by json-c. */
static void
canonical(void **state)
{
	static const char *const lines[] = {
	    BASE "}",
	    BASE
	    ",\"inc\":1764150000123,\"seq\":0,\"mono_ms\":0,\"boot\":9007199254740991,"
	    "\"server\":\"m1\",\"age_ms\":12,\"received\":\"2026-11-22T10:00:00.200Z\","
	    "\"boot_ms\":77}",
	    BASE ",\"received\":\"2026-11-22T10:00:00.200Z\",\"boot_ms\":77}",
	    BASE ",\"seq\":9007199254740992}",
	    BASE ",\"perfdata\":\"/=90%;5 'a b'=1\",\"age_ms\":12}",
	};
	struct report r, slow;
	struct fault f;
	struct buf b;

	(void)state;
	buf_init(&b);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		size_t n = strlen(lines[i]);

		assert_true(report_scan(&r, lines[i], n));
		assert_int_equal(report_read_json(&slow, lines[i], n, &f), 0);
		assert_memory_equal(&r, &slow, sizeof(r));
		buf_clear(&b);
		report_write(&b, &r);
		assert_int_equal(b.len, n + 1);
		assert_memory_equal(b.data, lines[i], n);
		of_parts(&r, &b);
		for (size_t cut = 0; cut < n; cut++)
			assert_int_equal(report_read(&r, lines[i], cut, &f), -1);
	}
	buf_free(&b);
}

/* What the original's agents may send, and how it is stored. */
static void
other_forms(void **state)
{
	static const char line[] =
	    " {\"perfdata\": \"\\u001bx=1\", \"reason\": \"no\\u0007pe \xe2\x82\xac\", \"status\": \"fail\","
	    " \"latency_ms\": null, \"x\": [1],"
	    "\"port\": null, \"target_ip\": \"2001:DB8::1\", \"type\": \"icmp\","
	    " \"domain\": \"WebMail.Failover.\","
	    "\"check_name\": \"c\", \"timestamp\": 1795341600.5, \"agent_id\": \"\\u0061/\\\"\"}";
	static const char stored[] =
	    "{\"agent_id\":\"a/\\\"\",\"timestamp\":\"2026-11-22T10:00:00.500Z\","
	    "\"check_name\":\"c\","
	    "\"domain\":\"webmail.failover\",\"type\":\"icmp\",\"target_ip\":\"2001:db8::1\","
	    "\"port\":null,"
	    "\"status\":\"fail\",\"latency_ms\":null,\"reason\":\"nope \xe2\x82\xac\",\"perfdata\":\"x=1\"}\n";
	struct report r;
	struct fault f;
	struct buf b;

	(void)state;
	buf_init(&b);
	assert_false(report_scan(&r, line, sizeof(line) - 1));
	assert_int_equal(report_read(&r, line, sizeof(line) - 1, &f), 0);
	report_write(&b, &r);
	assert_string_equal(b.data, stored);
	buf_free(&b);
}

static void
times(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
	    {"\"2026-11-22T10:00:00Z\"", 1795341600000},
	    {"\"2026-11-22T10:00:00.123456+00:00\"", 1795341600123},
	    {"\"2026-11-22T12:00:00+02:00\"", 1795341600000},
	    {"\"2026-11-22T10:00:00.5\"", 1795341600500},
	    {"\"2026-11-22 10:00:00\"", 1795341600000},
	    {"1795341600", 1795341600000},
	    {"1795341600.25", 1795341600250},
	    {"1795341600123", 1795341600123},
	    {"0", 0},
	    {"\"now\"", -1},
	    {"\"2026-02-30T10:00:00Z\"", -1},
	    {"-1", -1},
	    {"1e300", -1},
	    {"true", -1},
	    {"\"\"", -1},
	    {"\"2026-11-22T10:00:00Z\\u0000\"", -1},
	    {"[1]", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char line[512];
		struct report r;
		struct fault f;
		int n = snprintf(
		    line, sizeof(line),
		    "{\"timestamp\":%s,\"agent_id\":\"a\",\"check_name\":\"c\",\"domain\":\"d\","
		    "\"type\":\"tcp\","
		    "\"target_ip\":\"1.2.3.4\",\"status\":\"ok\"}",
		    rows[i].text);

		assert_int_equal(report_read(&r, line, (size_t)n, &f), rows[i].ms < 0 ? -1 : 0);
		if (rows[i].ms >= 0)
			assert_true(r.timestamp == rows[i].ms);
		else
			assert_non_null(strstr(f.text, "timestamp: "));
	}
}

/* One field replaced in a good report: what is said of it. */
static void
faults(void **state)
{
	static const char *const good[][2] = {
	    {"agent_id", "\"a\""}, {"timestamp", "1"},   {"check_name", "\"c\""},
	    {"domain", "\"d\""},   {"type", "\"tcp\""},  {"target_ip", "\"1.2.3.4\""},
	    {"port", "80"},        {"status", "\"ok\""}, {"latency_ms", "1"},
	    {"reason", "null"},
	};
	static const struct {
		const char *field, *value, *type;
	} rows[] = {
	    {"agent_id", NULL, "missing"},
	    {"agent_id", "null", "string_type"},
	    {"agent_id", "7", "string_type"},
	    {"agent_id", "\"\"", "value_error"},
	    {"agent_id", "\"a\\u0000\"", "value_error"},
	    {"agent_id", "\"a\\n\"", "value_error"},
	    {"agent_id", "\"12345678901234567890123456789012345678901234567890123456789012345\"",
	     "value_error"},
	    {"timestamp", NULL, "missing"},
	    {"timestamp", "\"x\"", "datetime_parsing"},
	    {"timestamp", "null", "datetime_type"},
	    {"check_name", "\"\"", "string_too_short"},
	    {"domain", "\"a..b\"", "value_error"},
	    {"domain", "5", "string_type"},
	    {"type", "\"averyveryverylongword\"", "string_too_long"},
	    {"target_ip", "\"10.0.0\"", "value_error"},
	    {"target_ip", "\"1.2.3.4 \"", "value_error"},
	    {"port", "\"x\"", "int_parsing"},
	    {"port", "80.5", "int_type"},
	    {"port", "65536", "value_error"},
	    {"port", "null", ""},
	    {"status", "\"up\"", "literal_error"},
	    {"latency_ms", "\"1\"", "float_type"},
	    {"latency_ms", "-1", ""},
	    {"latency_ms", "1e10", ""},
	    {"reason", "5", "string_type"},
	    {"reason", NULL, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct field_fault list[4];
		struct report r;
		struct buf b;
		size_t n;

		buf_init(&b);
		for (size_t k = 0; k < sizeof(good) / sizeof(*good); k++) {
			const char *v =
			    strcmp(good[k][0], rows[i].field) ? good[k][1] : rows[i].value;

			if (v)
				buf_printf(&b, "%s\"%s\":%s", b.len ? "," : "{", good[k][0], v);
		}
		buf_puts(&b, "}");
		report_read_fields(&r, b.data, b.len, list, &n, 4);
		assert_int_equal(n, *rows[i].type != '\0');
		if (n) {
			assert_string_equal(list[0].field, rows[i].field);
			assert_string_equal(list[0].type, rows[i].type);
		}
		buf_free(&b);
	}
}

static void
all_faults(void **state)
{
	struct field_fault list[4];
	struct report r;
	struct fault f;
	size_t n;

	(void)state;
	assert_int_equal(report_read_fields(&r, "{}", 2, list, &n, 4), -1);
	assert_int_equal(n, 4);
	assert_int_equal(report_read_fields(&r, "[]", 2, list, &n, 4), -1);
	assert_string_equal(list[0].type, "model_attributes_type");
	assert_int_equal(report_read_fields(&r, "{", 1, list, &n, 4), -1);
	assert_string_equal(list[0].type, "json_invalid");
	assert_int_equal(report_read(&r, "{}", 2, &f), -1);
	assert_string_equal(f.text, "agent_id: Field required");
}

static void
overrides(void **state)
{
	static const struct {
		const char *line;
		bool good;
	} rows[] = {
	    {"{\"type\":\"override\",\"domain\":\"a.b\",\"target\":\"192.0.2.1:80\","
	     "\"state\":\"down\","
	     "\"until\":\"2026-11-22T12:00:00.000Z\",\"reason\":\"kernel\",\"who\":\"jo\","
	     "\"at\":\"2026-11-22T10:00:00.000Z\",\"boot_ms\":5}\n",
	     true},
	    {"{\"type\":\"override\",\"domain\":null,\"target\":\"192.0.2.0/24\","
	     "\"state\":\"drain\","
	     "\"until\":null,\"reason\":null,\"who\":null,\"at\":\"2026-11-22T10:00:00.000Z\"}\n",
	     true},
	    {"{\"type\":\"override\",\"domain\":\"a\",\"target\":null,\"state\":\"clear\","
	     "\"until\":\"2026-11-22T10:00:00.000Z\",\"reason\":null,\"who\":null,"
	     "\"at\":\"2026-11-22T10:00:00.000Z\"}\n",
	     true},
	    {"{\"type\":\"override\",\"domain\":null,\"target\":\"eu.example.net:443\","
	     "\"state\":\"drain\","
	     "\"until\":null,\"reason\":null,\"who\":null,\"at\":\"2026-11-22T10:00:00.000Z\"}\n",
	     true},
	    {"{\"type\":\"override\",\"state\":\"up\",\"until\":1,\"at\":1}\n", false},
	    {"{\"type\":\"override\",\"target\":\"192.0.2.300\",\"state\":\"up\",\"until\":1,\"at\":1}\n",
	     false},
	    {"{\"type\":\"override\",\"domain\":\"a\",\"state\":\"sideways\",\"until\":1,"
	     "\"at\":1}\n",
	     false},
	    {"{\"type\":\"override\",\"domain\":\"a\",\"state\":\"up\",\"at\":1}\n", false},
	    {"{\"type\":\"tcp\",\"domain\":\"a\",\"state\":\"up\",\"until\":1,\"at\":1}\n", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct override o;
		struct fault f;
		struct buf b;

		buf_init(&b);
		assert_int_equal(override_read(&o, rows[i].line, strlen(rows[i].line) - 1, &f),
		                 rows[i].good - 1);
		if (rows[i].good) {
			override_write(&b, &o);
			assert_string_equal(b.data, rows[i].line);
		}
		buf_free(&b);
	}
}

/* A field of later versions is ignored, a parameter is not: its default may be well. */
static void
strange_parameters(void **state)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
	    {"{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,\"timeout_sec\":1,"
	    "\"interval_sec\":30,\"type\":\"http\",\"http\":{\"pth\":\"/\"}}",
	     "http: unknown parameter \"pth\" (did you mean \"path\"?)"},
	    {"{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,\"timeout_sec\":1,"
	    "\"interval_sec\":30,\"type\":\"http\",\"http\":{\"follow\":1,\"colour\":\"red\"}}",
	     "http: unknown parameter \"colour\""},
	    {"{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,\"timeout_sec\":1,"
	    "\"interval_sec\":30,\"type\":\"http\",\"http\":{\"min_days\":3}}",
	     "http: min_days is for type https or tls"},
	    {"{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,\"timeout_sec\":1,"
	    "\"interval_sec\":30,\"type\":\"http\",\"tcp\":{\"expect\":\"x\"}}",
	     "tcp: parameters of a task of type http"},
	    {"{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,\"timeout_sec\":1,"
	    "\"interval_sec\":30,\"type\":\"http\",\"expect_body\":\"x\"}",
	     "expect_body: a parameter stands in \"http\":{}"},
	    {"{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,\"timeout_sec\":1,"
	    "\"interval_sec\":30,\"type\":\"http\",\"host\":\"a.example\",\"new\":{\"a\":1},\"http\":{\"host\":\"b\",\"colour\":null}}",
	     NULL},
	    {"{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,\"timeout_sec\":1,"
	    "\"interval_sec\":30,\"type\":\"htp\"}",
	     "type: no type \"htp\" (did you mean \"http\"?)"},
	    {"{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,\"timeout_sec\":1,"
	    "\"interval_sec\":30,\"type\":\"smtp-banner\"}",
	     "type: Input should be tcp, http, https, icmp, tls, udp, dns or exec"},
	    {"{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,\"timeout_sec\":1,"
	    "\"interval_sec\":30,\"type\":\"dns\",\"dns\":{\"rcode\":[\"NOERROR\",\"nxdomian\"]}}",
	     "rcode: has \"nxdomian\" (did you mean \"NXDOMAIN\"?)"},
	    {"{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,\"timeout_sec\":1,"
	    "\"interval_sec\":30,\"type\":\"dns\",\"dns\":{\"rcode\":[\"x1\"]}}",
	     "rcode: has \"x1\", no code such as NOERROR, NXDOMAIN or REFUSED"},
	    {"{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,\"timeout_sec\":1,"
	    "\"interval_sec\":30,\"type\":\"dns\",\"dns\":{\"rcode\":[\"noerror\",\"NxDomain\"]}}",
	     NULL},
	};
	struct arena a;
	struct fault f;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct task t = {0};
		int r = task_read(&t, &a, rows[i].line, strlen(rows[i].line), &f);

		assert_int_equal(r, rows[i].why ? -1 : 0);
		if (rows[i].why)
			assert_string_equal(f.text, rows[i].why);
	}
	arena_free(&a);
}

static void
tasks(void **state)
{
	static const char *const lines[] = {
	    "{\"check_name\":\"d:10.0.0.1:80\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\","
	    "\"port\":80,"
	    "\"type\":\"tcp\",\"timeout_sec\":5,\"interval_sec\":30}\n",
	    "{\"check_name\":\"d:::1:icmp\",\"domain\":\"d\",\"target_ip\":\"::1\",\"port\":null,"
	    "\"type\":\"icmp\",\"timeout_sec\":0.25,\"interval_sec\":1.5}\n",
	    "{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":443,"
	    "\"type\":\"https\",\"timeout_sec\":5,\"interval_sec\":30,"
	    "\"https\":{\"path\":\"/healthz\","
	    "\"method\":\"HEAD\",\"host\":\"h\",\"expect_status\":\"200-204,302\",\"verify\":false,"
	    "\"ca\":\"/ca.pem\"},\"server\":\"m1\"}\n",
#define AT_D                                                                                       \
	"{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,\"type\":"
#define TIMES "\"timeout_sec\":5,\"interval_sec\":30"
	    AT_D "\"tcp\"," TIMES ",\"tcp\":{\"send\":\"a\\n\",\"expect\":\"!b\"}}\n",
	    AT_D "\"tls\"," TIMES ",\"tls\":{\"verify\":false,\"cert\":\"/c\",\"key\":\"/k\","
	         "\"min_days\":7,\"sni\":\"h\",\"alpn\":\"h2\"}}\n",
	    AT_D "\"udp\"," TIMES ",\"udp\":{\"send\":\"\\u0001\"}}\n",
	    AT_D "\"udp\"," TIMES ",\"udp\":{\"send_hex\":\"00fF\"}}\n",
	    AT_D "\"dns\"," TIMES ",\"dns\":{\"expect\":\"^1\",\"qname\":\"a.b\",\"qtype\":\"MX\","
	         "\"rcode\":[\"NOERROR\",\"NXDOMAIN\"],\"tcp\":true}}\n",
	    AT_D "\"dns\"," TIMES "}\n",
	    "{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":null,"
	    "\"type\":\"exec\",\"timeout_sec\":5,\"interval_sec\":30,"
	    "\"exec\":{\"command\":[\"a\",\"\",\"{ip}\"],\"codes\":\"posix\"}}\n",
	    "{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,"
	    "\"type\":\"tcp\",\"timeout_sec\":5,\"interval_sec\":30,"
	    "\"fast_interval_sec\":0.5,\"rise\":2,\"fall\":1000}\n",
	    "{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":null,"
	    "\"type\":\"icmp\",\"timeout_sec\":5,\"interval_sec\":30,"
	    "\"icmp\":{\"source\":[\"10.0.0.2\",\"::1\"],\"interface\":\"eth0\"}}\n",
	};
	static const char *const bad[] = {
	    "{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"type\":\"tcp\","
	    "\"timeout_sec\":5,"
	    "\"interval_sec\":30}",
	    "{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,"
	    "\"type\":\"ftp\","
	    "\"timeout_sec\":5,\"interval_sec\":30}",
	    "{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,"
	    "\"type\":\"tcp\","
	    "\"timeout_sec\":0,\"interval_sec\":30}",
	    "{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,"
	    "\"type\":\"http\","
	    "\"timeout_sec\":1,\"interval_sec\":30,\"http\":{\"path\":\"/\\r\\nX: y\"}}",
	    AT_D "\"tcp\"," TIMES ",\"tcp\":{\"send\":\"\"}}",
	    AT_D "\"tcp\"," TIMES ",\"tcp\":{\"send_hex\":\"\"}}",
	    AT_D "\"tcp\"," TIMES ",\"tcp\":{\"send_hex\":\"0\"}}",
	    AT_D "\"tcp\"," TIMES ",\"tcp\":{\"send_hex\":\"0g\"}}",
	    AT_D "\"tcp\"," TIMES ",\"tcp\":{\"send_hex\":\"00\",\"send\":\"a\"}}",
	    AT_D "\"tcp\"," TIMES ",\"tcp\":{\"send\":\"a\\u0000b\"}}",
	    AT_D "\"udp\"," TIMES ",\"udp\":{\"expect\":\"(\"}}",
	    AT_D "\"tls\"," TIMES ",\"tls\":{\"key\":\"/k\"}}",
	    AT_D "\"tls\"," TIMES ",\"tls\":{\"sni\":\"a b\"}}",
	    AT_D "\"tls\"," TIMES ",\"tls\":{\"alpn\":\"\"}}",
	    AT_D "\"tls\"," TIMES ",\"tls\":{\"min_days\":3651}}",
	    AT_D "\"dns\"," TIMES ",\"dns\":{\"qname\":\"a..b\"}}",
	    AT_D "\"dns\"," TIMES ",\"dns\":{\"qtype\":\"ANY\"}}",
	    AT_D "\"dns\"," TIMES ",\"dns\":{\"rcode\":[\"NOPE\"]}}",
	    AT_D "\"dns\"," TIMES ",\"dns\":{\"rcode\":[]}}",
	    "{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"type\":\"exec\","
	    "\"timeout_sec\":1,\"interval_sec\":30}",
	    "{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,\"type\":\"tcp\","
	    "\"timeout_sec\":1,\"interval_sec\":30,\"fast_interval_sec\":-1}",
	    "{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":1,\"type\":\"tcp\","
	    "\"timeout_sec\":1,\"interval_sec\":30,\"fast_interval_sec\":1,\"fall\":0}",
	    "{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"type\":\"exec\","
	    "\"timeout_sec\":1,\"interval_sec\":30,\"exec\":{\"command\":[\"{ip}\"]}}",
	};
	struct arena a;
	struct task t = {0};
	struct fault f;
	struct buf b;

	(void)state;
	arena_init(&a);
	buf_init(&b);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		assert_int_equal(task_read(&t, &a, lines[i], strlen(lines[i]) - 1, &f), 0);
		buf_clear(&b);
		task_write(&b, &t);
		assert_string_equal(b.data, lines[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(task_read(&t, &a, bad[i], strlen(bad[i]), &f), -1);
	buf_clear(&b);
	assert_int_equal(task_read(&t, &a, lines[2], strlen(lines[2]) - 1, &f), 0);
	task_write_object(&b, &t, true);
	assert_string_equal(
	    b.data,
	    "{\"check_name\":\"c\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":443,"
	    "\"type\":\"tcp\","
	    "\"timeout_sec\":5,\"interval_sec\":30}");
	buf_free(&b);
	arena_free(&a);
}

/* target_ip as a host name: an original agent connects to it, and reports it as it was. */
static void
named_targets(void **state)
{
	static const struct {
		const char *given, *name; /* NULL: refused */
	} rows[] = {
	    {"eu.example.net", "eu.example.net"}, {"EU.Example.net.", "eu.example.net"},
	    {"localhost", "localhost"},           {"10.0.0.example", "10.0.0.example"},
	    {"10.0.0", NULL},                     {"10.0.0.256", NULL},
	    {"a b", NULL},                        {"*.example.net", NULL},
	    {".", NULL},                          {"a..b", NULL},
	};
	static struct report r, slow;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char line[512];
		int n = snprintf(line, sizeof(line),
		                 "{\"agent_id\":\"a1\",\"timestamp\":\"2026-11-22T10:00:00.000Z\","
		                 "\"check_name\":\"d:x:80\",\"domain\":\"d\",\"type\":\"tcp\","
		                 "\"target_ip\":\"%s\",\"port\":80,\"status\":\"ok\","
		                 "\"latency_ms\":null,\"reason\":null}",
		                 rows[i].given);
		char text[TARGET_TEXT], want[TARGET_TEXT];
		struct buf b;

		assert_int_equal(report_read(&r, line, (size_t)n, &f), rows[i].name ? 0 : -1);
		if (!rows[i].name)
			continue;
		assert_int_equal(report_read_json(&slow, line, (size_t)n, &f), 0);
		assert_memory_equal(&r, &slow, sizeof(r));
		assert_string_equal(r.target_name, rows[i].name);
		assert_int_equal(r.target.family, FAMILY_OTHER);
		snprintf(want, sizeof(want), "%s:80", rows[i].name);
		assert_string_equal(report_target(text, &r), want);
		buf_init(&b);
		report_write(&b, &r);
		assert_int_equal(report_scan(&slow, b.data, b.len - 1), true);
		assert_memory_equal(&r, &slow, sizeof(r));
		buf_free(&b);
	}
}

static const char decision_line[] =
    "{\"type\":\"decision\",\"at\":\"2026-11-22T10:00:00.000Z\",\"domain\":\"webmail.failover\","
    "\"rrsets\":{\"A\":{\"answers\":[\"10.10.10.250\",\"10.10.10.9\"],\"ttl\":5,"
    "\"source\":\"live\"},"
    "\"AAAA\":{\"answers\":[],\"ttl\":5,\"source\":\"none\"}},"
    "\"since\":\"2026-11-22T09:00:00.000Z\","
    "\"targets\":[{\"ip\":\"10.10.10.250\",\"port\":80,\"state\":\"up\",\"ok\":2,\"fail\":0,"
    "\"missing\":1},"
    "{\"ip\":\"10.10.10.9\",\"port\":null,\"state\":\"drain\",\"ok\":0,\"fail\":0,\"missing\":3}],"
    "\"next\":\"2026-11-22T10:01:00.000Z\"}\n";

static void
decisions(void **state)
{
	static struct stream_line s;
	struct fault f;
	struct buf b;

	(void)state;
	buf_init(&b);
	for (int pass = 0; pass < 2; pass++) {
		memset(&s, 0xa5, sizeof(s));
		assert_int_equal((pass ? stream_read_json : stream_read)(
				     &s, decision_line, sizeof(decision_line) - 2, &f),
		                 0);
		assert_int_equal(s.type, STREAM_DECISION);
		buf_clear(&b);
		decision_write(&b, &s.decision);
		assert_string_equal(b.data, decision_line);
	}
	for (size_t n = 0; n < sizeof(decision_line) - 2; n++)
		assert_int_equal(stream_read(&s, decision_line, n, &f), -1);
	buf_free(&b);
}

/* Other types, how one is selected, and what is said in place of answers, by both readers; a value with quotes is json-c's alone. */
static void
other_decisions(void **state)
{
	static const char *const lines[] = {
	    "{\"type\":\"decision\",\"at\":\"2026-11-22T10:00:00.000Z\",\"domain\":\"w.f\",\"rrsets\":{"
	    "\"A\":{\"answers\":[],\"ttl\":5,\"source\":\"none\",\"max\":8},"
	    "\"AAAA\":{\"answers\":[],\"ttl\":5,\"source\":\"none\",\"max\":8},"
	    "\"CNAME\":{\"answers\":[\"eu.example.\",\"us.example.\"],\"ttl\":5,\"source\":\"live\",\"max\":8}},"
	    "\"since\":\"2026-11-22T09:00:00.000Z\",\"targets\":["
	    "{\"type\":\"CNAME\",\"value\":\"eu.example.\",\"port\":80,\"state\":\"up\",\"ok\":2,\"fail\":0,\"missing\":1},"
	    "{\"type\":\"CNAME\",\"value\":\"us.example.\",\"ip\":\"192.0.2.1\",\"port\":null,\"state\":\"up\","
	    "\"ok\":2,\"fail\":0,\"missing\":1}],\"next\":null}\n",
	    "{\"type\":\"decision\",\"at\":\"2026-11-22T10:00:00.000Z\",\"domain\":\"w.f\",\"rrsets\":{"
	    "\"A\":{\"answers\":[],\"ttl\":5,\"source\":\"none\"},\"AAAA\":{\"answers\":[],\"ttl\":5,\"source\":\"none\"},"
	    "\"TXT\":{\"answers\":[\"\\\"v=1\\\"\"],\"ttl\":5,\"source\":\"live\"}},"
	    "\"since\":\"2026-11-22T09:00:00.000Z\",\"targets\":["
	    "{\"type\":\"TXT\",\"value\":\"\\\"v=1\\\"\",\"ip\":\"2001:db8::1\",\"port\":80,\"state\":\"up\",\"ok\":2,"
	    "\"fail\":0,\"missing\":1}],\"next\":null}\n",
	    "{\"type\":\"decision\",\"at\":\"2026-11-22T10:00:00.000Z\",\"domain\":\"w.f\",\"rrsets\":{"
	    "\"A\":{\"answers\":[],\"ttl\":5,\"source\":\"none\",\"max\":8,\"rcode\":\"SERVFAIL\"},"
	    "\"AAAA\":{\"answers\":[],\"ttl\":5,\"source\":\"keep\",\"max\":8,\"rcode\":\"REFUSED\"}},"
	    "\"since\":\"2026-11-22T09:00:00.000Z\",\"targets\":[],\"next\":null}\n",
	    "{\"type\":\"decision\",\"at\":\"2026-11-22T10:00:00.000Z\",\"domain\":\"w.f\",\"rrsets\":{"
	    "\"A\":{\"answers\":[\"192.0.2.1\",\"192.0.2.2\"],\"ttl\":5,\"source\":\"live\",\"max\":8,\"select\":\"weighted\","
	    "\"weights\":[65535,1]},"
	    "\"AAAA\":{\"answers\":[\"2001:db8::1\",\"2001:db8::2\"],\"ttl\":5,\"source\":\"keep\",\"max\":8,\"select\":\"hash\"}},"
	    "\"since\":\"2026-11-22T09:00:00.000Z\",\"targets\":[],\"next\":null}\n",
	};
	static struct stream_line s;
	struct fault f;
	struct buf b;

	(void)state;
	buf_init(&b);
	for (size_t i = 0; i < 2 * sizeof(lines) / sizeof(*lines); i++) {
		const char *line = lines[i / 2];
		size_t n = strlen(line) - 1;

		memset(&s, 0xa5, sizeof(s));
		assert_int_equal((i % 2 ? stream_read_json : stream_read)(&s, line, n, &f), 0);
		buf_clear(&b);
		decision_write(&b, &s.decision);
		assert_string_equal(b.data, line);
		for (size_t cut = 0; cut < n; cut++)
			assert_int_equal(stream_read(&s, line, cut, &f), -1);
	}
	buf_free(&b);
}

/* A line by hand says what is answered, and need not say more. */
static void
short_decisions(void **state)
{
#define SHORT(rrsets) "{\"type\":\"decision\",\"at\":1,\"domain\":\"w.f\",\"rrsets\":{" rrsets "}}"
#define SET(type, answers) "\"" type "\":{\"answers\":[" answers "],\"ttl\":5,\"source\":\"live\"}"
	static const struct {
		const char *line;
		int want; /* answers of all sets, or -1 */
	} rows[] = {
	    {SHORT(SET("CNAME", "\"a.b.\"")), 1},
	    {SHORT(SET("TXT", "\"x\",\"y\"")), 2},
	    {SHORT(SET("A", "\"192.0.2.1\"") "," SET("AAAA", "")), 1},
	    {SHORT(SET("SRV", "") "," SET("A", "\"192.0.2.1\"")), 1},
	    {SHORT(SET("A", "\"192.0.2.1\"")), -1},
	    {SHORT(SET("CNAME", "\"a.b.\"") "," SET("TXT", "\"x\"")), -1},
	    {SHORT(SET("CNAME", "1")), -1},
	    {SHORT(SET("TXT", "\"a\\u0001b\"")), -1},
	    {SHORT(""), -1},
	    {SHORT("\"TXT\":{\"answers\":[],\"ttl\":5,\"source\":\"none\",\"rcode\":\"SERVFAIL\"}"), 0},
	    {SHORT("\"TXT\":{\"answers\":[\"x\"],\"ttl\":5,\"source\":\"none\",\"rcode\":\"NOERROR\"}"), 1},
	    {SHORT("\"TXT\":{\"answers\":[\"x\"],\"ttl\":5,\"source\":\"none\",\"rcode\":\"SERVFAIL\"}"), -1},
	    {SHORT("\"TXT\":{\"answers\":[],\"ttl\":5,\"source\":\"none\",\"rcode\":\"NXDOMAIN\"}"), -1},
#define TWO(more) SHORT("\"TXT\":{\"answers\":[\"x\",\"y\"],\"ttl\":5,\"source\":\"live\"," more "}")
	    {TWO("\"select\":\"hash\""), 2},
	    {TWO("\"select\":\"all\""), 2},
	    {TWO("\"weights\":[5,1],\"select\":\"weighted\""), 2},
	    {TWO("\"weights\":[5,0]"), 2}, /* of no select: not known, not looked at */
	    {TWO("\"select\":\"weighted\""), -1},
	    {TWO("\"select\":\"weighted\",\"weights\":[1]"), -1},
	    {TWO("\"select\":\"weighted\",\"weights\":[1,1,1]"), -1},
	    {TWO("\"select\":\"weighted\",\"weights\":[1,0]"), -1},
	    {TWO("\"select\":\"weighted\",\"weights\":[1,65536]"), -1},
	    {TWO("\"select\":\"weighted\",\"weights\":[1,\"x\"]"), -1},
	    {TWO("\"select\":\"most\""), -1},
	    {SHORT("\"TXT\":{\"answers\":[\"x\"],\"ttl\":5,\"source\":\"live\",\"select\":\"weighted\"}"), 1},
	};
	static struct stream_line s;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int n = stream_read(&s, rows[i].line, strlen(rows[i].line), &f);

		for (int k = 0; n >= 0 && k < FAMILIES; k++)
			n += (int)s.decision.rrsets[k].nanswers;
		assert_int_equal(n, rows[i].want);
	}
}

static void
stream(void **state)
{
	static struct stream_line s;
	static const uint8_t rdata[] = {192, 0, 2, 53};
	struct listen listen[] = {{.port = 53}, {.port = 8053}};
	const char *ns[] = {"ns.failover."};
	struct config c = {.dns = listen, .ndns = 2, .threads = 3, .hash = "00112233445566aa"};
	struct zone z = {.name = "failover",
	                 .ns = ns,
	                 .nns = 1,
	                 .soa = {"ns.failover.", "hostmaster.failover.", 1, 2, 3, 4}};
	struct record r = {.owner = "ns.failover.",
	                   .type = 1,
	                   .ttl = 60,
	                   .rdata = rdata,
	                   .rdlen = 4,
	                   .text = "192.0.2.53",
	                   .type_text = "A"};
	struct fault f;
	struct buf b;

	(void)state;
	addr_parse("127.0.0.1", &listen[0].addr);
	addr_parse("2001:db8::1", &listen[1].addr);
	buf_init(&b);
	rrl_rules_default(&c.rrl);
	c.rrl.rate = 20;
	c.nsid = "ns1";
	stream_write_server(&b, &c, 7, true);
	assert_int_equal(stream_read(&s, b.data, b.len - 1, &f), 0);
	assert_int_equal(s.type, STREAM_SERVER);
	assert_true(s.server.gen == 7 && s.server.provisional && s.server.threads == 3);
	assert_int_equal(s.server.nlisten, 2);
	assert_true(s.server.has_nsid);
	assert_string_equal(s.server.nsid, "ns1");
	assert_true(s.server.rrl.rate == 20 && s.server.rrl.slip == 2 && s.server.rrl.bits[FAMILY_V6] == 56);
	assert_int_equal(s.server.rrl.nexempt, c.rrl.nexempt);
	assert_memory_equal(s.server.rrl.exempt, c.rrl.exempt, sizeof(c.rrl.exempt));
	assert_true(addr_equal(&s.server.listen[1].addr, &listen[1].addr));
	assert_int_equal(s.server.listen[1].port, 8053);
	assert_string_equal(s.server.config, c.hash);

	buf_clear(&b);
	stream_write_zone(&b, &z, 42);
	assert_int_equal(stream_read(&s, b.data, b.len - 1, &f), 0);
	assert_int_equal(s.type, STREAM_ZONE);
	assert_string_equal(s.zone.name, "failover.");
	assert_string_equal(s.zone.ns[0], "ns.failover.");
	assert_true(s.zone.serial == 42 && s.zone.refresh == 1 && s.zone.minimum == 4);

	buf_clear(&b);
	stream_write_record(&b, &z, &r);
	assert_string_equal(
	    b.data,
	    "{\"type\":\"rr\",\"zone\":\"failover.\",\"owner\":\"ns.failover.\","
	    "\"rrtype\":\"A\",\"ttl\":60,\"rdata\":\"192.0.2.53\",\"wire\":\"c0000235\"}\n");
	assert_int_equal(stream_read(&s, b.data, b.len - 1, &f), 0);
	assert_int_equal(s.type, STREAM_RR);
	assert_int_equal(s.rr.rdlen, 4);
	assert_memory_equal(s.rr.rdata, rdata, 4);

	buf_clear(&b);
	stream_write_ready(&b, 7, 3, false);
	assert_int_equal(stream_read(&s, b.data, b.len - 1, &f), 0);
	assert_true(s.type == STREAM_READY && s.ready.gen == 7 && s.ready.lines == 3 &&
	            !s.ready.provisional);

	buf_clear(&b);
	stream_write_alive(&b, 1795341600000);
	assert_int_equal(stream_read(&s, b.data, b.len - 1, &f), 0);
	assert_true(s.type == STREAM_ALIVE && s.at == 1795341600000);

	assert_int_equal(stream_read(&s, "{\"type\":\"news\"}", 15, &f), 0);
	assert_int_equal(s.type, STREAM_OTHER);
	assert_int_equal(stream_read(&s, "{\"type\":\"ready\",\"gen\":-1}", 25, &f), -1);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(canonical), cmocka_unit_test(other_forms), cmocka_unit_test(times),
	    cmocka_unit_test(faults),    cmocka_unit_test(all_faults),  cmocka_unit_test(overrides),
	    cmocka_unit_test(tasks),     cmocka_unit_test(strange_parameters), cmocka_unit_test(decisions),
	    cmocka_unit_test(named_targets),
	    cmocka_unit_test(other_decisions), cmocka_unit_test(short_decisions), cmocka_unit_test(stream),
	};

	return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
