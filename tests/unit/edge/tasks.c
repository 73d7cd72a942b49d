#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "edge/taskobjects.h"
#include "edge/tasks.h"

#define TASK(name, ip, port, timeout, interval) \
	"{\"check_name\":\"" name "\",\"domain\":\"" name "\",\"target_ip\":\"" ip "\",\"port\":" port \
	",\"type\":\"tcp\",\"timeout_sec\":" timeout ",\"interval_sec\":" interval "}"

static char said[4096];

static void
note(void *arg, const char *what)
{
	(void)arg;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n", what);
}

static const struct tasks_said notes = {NULL, note};

static void
count(void *arg, const char *object, size_t n)
{
	size_t *c = arg;

	assert_true(n >= 2 && object[0] == '{' && object[n - 1] == '}');
	++*c;
}

static void
frames(void **state)
{
	static const struct {
		const char *text;
		int n; /* -1: refused */
	} rows[] = {
		{"{\"tasks\":[]}", 0},
		{" { \"tasks\" : [ {} , {\"a\":[1,{\"b\":\"]}\"}]} ] } \n", 2},
		{"{\"x\":1,\"tasks\":[{}],\"y\":[{}],\"z\":\"\\\"}\"}", 1},
		{"{\"tasks\":[{}],\"tasks\":7}", 1},
		{"{\"tasks\":[{},]}", -1},
		{"{\"tasks\":[1]}", -1},
		{"{\"tasks\":[{}]", -1},
		{"{\"tasks\":[{}]}x", -1},
		{"{\"tasks\":[{]}]}", -1},
		{"{\"tasks\":[{\"a\":\"}]}", -1},
		{"{\"tasks\":[{\"a\\", -1},
		{"{\"tasks\":{}}", -1},
		{"{\"task\":[]}", -1},
		{"[{}]", -1},
		{"{}", -1},
		{"", -1},
		{"{\"tasks\":[{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}]}", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = 0;
		int r = taskobjects(rows[i].text, strlen(rows[i].text), count, &n);

		if (rows[i].n < 0 ? r != -1 : r != 0 || n != (size_t)rows[i].n)
			fail_msg("%s: %d, %zu", rows[i].text, r, n);
	}
}

static void
lines(void **state)
{
	static const char text[] = TASK("a", "127.0.0.1", "1", "5", "30") "\n\n  \nnonsense\r\n"
	    TASK("b", "127.0.0.1", "2", "5", "30");
	struct tasks t;

	(void)state;
	tasks_init(&t);
	said[0] = '\0';
	tasks_lines(&t, "f", text, sizeof(text) - 1, &notes);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.bad, 1);
	assert_string_equal(t.list[1]->domain, "b");
	assert_int_equal(strncmp(said, "f:4: ", 5), 0);
	tasks_free(&t);
}

/* timeout, interval -> budget, interval; in seconds and in ms. */
static void
budgets(void **state)
{
	static const struct {
		const char *text;
		int64_t timeout, interval;
	} rows[] = {
		{TASK("a", "127.0.0.1", "1", "5", "30"), 5000, 30000},
		{TASK("a", "127.0.0.1", "1", "30", "30"), 27000, 30000},
		{TASK("a", "127.0.0.1", "1", "27", "30"), 27000, 30000},
		{TASK("a", "127.0.0.1", "1", "0.5", "0.001"), 45, 50},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct tasks t;

		tasks_init(&t);
		tasks_lines(&t, "f", rows[i].text, strlen(rows[i].text), NULL);
		assert_int_equal(t.n, 1);
		assert_int_equal(t.list[0]->timeout_ms, rows[i].timeout);
		assert_int_equal(t.list[0]->interval_ms, rows[i].interval);
		tasks_free(&t);
	}
}

static void
answers(void **state)
{
	static const char good[] = "{\"tasks\":[" TASK("a", "127.0.0.1", "1", "5", "30") ","
	    TASK("b", "169.254.1.1", "1", "5", "30") "," TASK("c", "127.0.0.1", "1", "0", "30") "]}";
	static const char cut[] = "{\"tasks\":[" TASK("a", "127.0.0.1", "1", "5", "30") ",";
	struct agent_config agent = {0}; /* allows all but link-local, multicast and unspecified */
	struct tasks t;
	struct fault f;

	(void)state;
	tasks_init(&t);
	said[0] = '\0';
	assert_int_equal(tasks_answer(&t, &agent, "m1", good, sizeof(good) - 1, &notes, &f), 0);
	assert_int_equal(t.n, 1);
	assert_int_equal(t.bad, 2);
	assert_string_equal(t.list[0]->server, "m1");
	assert_non_null(strstr(said, "m1:2: b: this agent may not probe 169.254.1.1:1"));
	assert_non_null(strstr(said, "m1:3: timeout_sec"));
	tasks_free(&t);
	tasks_init(&t);
	assert_int_equal(tasks_answer(&t, &agent, "m1", cut, sizeof(cut) - 1, &notes, &f), -1);
	assert_int_equal(t.n, 0);
	tasks_free(&t);
}

static void
urls(void **state)
{
	static const struct {
		const char *url, *domain, *want_domain, *check_name;
	} rows[] = {
		{"tcp://127.0.0.1:80", NULL, "127.0.0.1", "127.0.0.1:127.0.0.1:80"},
		{"icmp://::1", "web.failover", "web.failover", "web.failover:::1:icmp"},
		{"http://[::1]/x", NULL, "::1", "::1:::1:80"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct tasks_adhoc o = {rows[i].domain, 5000, 30000};
		struct tasks t;
		struct fault f;

		tasks_init(&t);
		assert_int_equal(tasks_url(&t, rows[i].url, &o, &f), 0);
		assert_string_equal(t.list[0]->domain, rows[i].want_domain);
		assert_string_equal(t.list[0]->check_name, rows[i].check_name);
		tasks_free(&t);
	}
}

static void
choosing(void **state)
{
	static const char text[] = TASK("a.x", "127.0.0.1", "1", "5", "30") "\n"
	    TASK("b.x", "127.0.0.2", "1", "5", "30") "\n" TASK("b.x", "127.0.0.2", "2", "5", "30");
	static const struct {
		const char *words[2];
		size_t n;
		int r;
	} rows[] = {
		{{"a.x"}, 1, 0}, {{"B.X."}, 2, 0}, {{"127.0.0.2"}, 2, 0}, {{"127.0.0.2:2"}, 1, 0},
		{{"127.0.0.0/8"}, 3, 0}, {{"a.x", "127.0.0.2:1"}, 2, 0}, {{"a.x", "c.x"}, 1, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *words[] = {(char *)(uintptr_t)rows[i].words[0], (char *)(uintptr_t)rows[i].words[1]};
		struct tasks t;
		size_t which = 9;

		tasks_init(&t);
		tasks_lines(&t, "f", text, sizeof(text) - 1, NULL);
		assert_int_equal(tasks_select(&t, words, words[1] ? 2 : 1, &which), rows[i].r);
		assert_int_equal(t.n, rows[i].n);
		if (rows[i].r)
			assert_int_equal(which, 1);
		tasks_free(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(frames), cmocka_unit_test(lines),
	    cmocka_unit_test(budgets), cmocka_unit_test(answers), cmocka_unit_test(urls),
	    cmocka_unit_test(choosing)};

	return cmocka_run_group_tests_name("tasks", tests, NULL, NULL);
}
