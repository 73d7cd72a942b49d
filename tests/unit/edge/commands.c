#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "edge/tasks.h"

/* What an agent makes of exec tasks: a master names a command, and the words are its own. */

#define TASK(name, command) \
	"{\"check_name\":\"" name "\",\"domain\":\"d\",\"target_ip\":\"10.0.0.1\",\"port\":null," \
	"\"type\":\"exec\",\"timeout_sec\":1,\"interval_sec\":30,\"exec\":{\"command\":" command "}}"

static char said[4096];

static void
note(void *arg, const char *what)
{
	(void)arg;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n", what);
}

static const struct tasks_said notes = {NULL, note};

static const char *
words_of(const struct task *t)
{
	static char text[256];

	text[0] = '\0';
	for (size_t i = 0; i < t->probe->command.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "",
		         t->probe->command.list[i]);
	return text;
}

static void
take(struct tasks *t, const struct agent_config *agent, const char *text)
{
	struct fault f;

	said[0] = '\0';
	tasks_init(t);
	assert_int_equal(tasks_answer(t, agent, "m1", text, strlen(text), &notes, &f), 0);
}

static const char *web[] = {"/opt/web", "-H"}, *load[] = {"/opt/load"};
static struct agent_command own[] = {
    {.name = "web", .words = {web, 2}, .args = true},
    {.name = "load", .words = {load, 1}},
};
static const struct agent_config with = {.commands = own, .ncommands = 2}, without;

static void
names(void **state)
{
	static const char text[] = "{\"tasks\":[" TASK("a", "[\"web\",\"x\",\"y\"]") ","
	    TASK("b", "[\"web\"]") "," TASK("c", "[\"load\"]") "," TASK("d", "[\"load\",\"x\"]") ","
	    TASK("e", "[\"/opt/load\"]") "," TASK("f", "[\"/opt/load\"]") "," TASK("g", "[\"load\"]") "]}";
	static const char *const want[] = {"/opt/web -H x y", "/opt/web -H", "/opt/load", "", "", "", "/opt/load"};
	struct tasks t;

	(void)state;
	take(&t, &with, text);
	assert_int_equal(t.n, 7);
	assert_int_equal(t.bad, 0); /* they stay tasks, and each is reported as unknown */
	for (size_t i = 0; i < t.n; i++)
		assert_string_equal(words_of(t.list[i]), want[i]);
	assert_string_equal(said,
	    "m1:4: command \"load\" takes no arguments from a master here (args)\n"
	    "m1:5: command \"/opt/load\" is none of this agent's (commands)\n");
	assert_ptr_equal(t.list[4]->probe, t.list[5]->probe); /* equal ones are one */
	tasks_free(&t);
	take(&t, &without, "{\"tasks\":[" TASK("a", "[\"load\"]") "]}");
	assert_string_equal(words_of(t.list[0]), "");
	tasks_free(&t);
}

/* Task lines are the operator's own, and so is a config. */
static void
own_lines(void **state)
{
	static const char text[] = TASK("a", "[\"/opt/load\",\"x\"]");
	struct tasks t;

	(void)state;
	tasks_init(&t);
	tasks_lines(&t, "f", text, strlen(text), &notes);
	assert_string_equal(words_of(t.list[0]), "/opt/load x");
	tasks_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(own_lines)};

	return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
