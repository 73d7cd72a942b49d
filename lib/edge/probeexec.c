#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "edge/probekind.h"
#include "edge/runner.h"
#include "model/command.h"

enum {
	MOST_COMMANDS = 64, /* at one time; each is a process */
	WAITED_PERCENT = 20, /* of the timeout: not its own fault */
	NOT_EXECUTABLE = 126, NOT_FOUND = 127 /* what shells and env(1) exit with */
};

#define SEARCH \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:" \
	"/usr/lib/nagios/plugins:/usr/lib64/nagios/plugins"

/* ---- what is executed: two lists of words in one block */

struct words {
	struct buf text; /* each with its NUL */
	size_t n, nargv;
};

static void
end_word(struct words *w)
{
	buf_putc(&w->text, '\0');
	w->n++;
}

static void
add_setting(struct words *w, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(&w->text, "%s=%s", name, value);
	end_word(w);
}

/* A word without a slash is looked for where such programs are. */
static bool
add_program(struct words *w, const char *name)
{
	size_t from = w->text.len;

	if (strchr(name, '/')) {
		buf_puts(&w->text, name);
		end_word(w);
		return true;
	}
	for (const char *dir = SEARCH; *dir;) {
		size_t n = strcspn(dir, ":");

		w->text.len = from;
		buf_printf(&w->text, "%.*s/%s", (int)n, dir, name);
		if (access(w->text.data + from, X_OK) == 0) {
			end_word(w);
			return true;
		}
		dir += n + (dir[n] == ':');
	}
	return false;
}

/* NULL, or why there is nothing to execute. */
static const char *
add_argv(struct words *w, const struct texts *command, const struct command_values *v)
{
	if (command->n == 0)
		return "command not allowed";
	if (!add_program(w, command->list[0]))
		return "command not found";
	for (size_t i = 1; i < command->n; i++) {
		const char *why = command_expand(&w->text, command->list[i], v);

		if (why)
			return why;
		end_word(w);
	}
	w->nargv = w->n;
	return NULL;
}

/* Nothing of ours but where it is at home: what is checked must not depend on who started us. */
static void
add_env(struct words *w, const struct command_values *v)
{
	add_setting(w, "PATH", SEARCH);
	add_setting(w, "LC_ALL", "C");
	add_setting(w, "HOME", getenv("HOME"));
	add_setting(w, "TZ", getenv("TZ"));
	add_setting(w, "FODNS_TARGET", v->ip);
	add_setting(w, "FODNS_PORT", v->port);
	add_setting(w, "FODNS_DOMAIN", v->domain);
	add_setting(w, "FODNS_CHECK", v->check);
	add_setting(w, "FODNS_TIMEOUT", v->timeout);
}

static void
make_block(const struct words *w, struct run_request *q)
{
	size_t pointers = (w->n + 2) * sizeof(char *);
	char **list = mem_alloc(pointers + w->text.len);
	char *text = (char *)list + pointers;
	size_t at = 0;

	memcpy(text, w->text.data, w->text.len);
	q->block = list;
	q->argv = list;
	q->env = list + w->nargv + 1;
	for (size_t i = 0; i < w->n; i++, text += strlen(text) + 1) {
		list[at++] = text;
		if (i + 1 == w->nargv)
			at++; /* the NULL between the two */
	}
}

static const char *
make_request(struct run_request *q, const struct task *t, int64_t timeout_ms)
{
	char ip[ADDR_TEXT], port[8], timeout[24];
	struct command_values v = {.ip = addr_format(ip, &t->target),
	                           .port = t->port == PORT_NONE ? NULL : port,
	                           .domain = t->domain,
	                           .check = t->check_name,
	                           .timeout = timeout};
	struct words w = {0};
	const char *why;

	snprintf(port, sizeof(port), "%d", t->port);
	snprintf(timeout, sizeof(timeout), "%lld",
	         (long long)(timeout_ms < 1000 ? 1 : timeout_ms / 1000));
	q->timeout_ms = timeout_ms;
	why = add_argv(&w, &t->probe->command, &v);
	if (!why) {
		add_env(&w, &v);
		make_block(&w, q);
	}
	buf_free(&w.text);
	return why;
}

/* ---- what it said */

struct said {
	char reason[LIMIT_REASON + 1], perfdata[LIMIT_PERFDATA + 1];
};

/* Moves what is between spaces to the front. */
static void
trim(char *s)
{
	size_t from = strspn(s, " "), n = strlen(s + from);

	while (n && s[from + n - 1] == ' ')
		n--;
	memmove(s, s + from, n);
	s[n] = '\0';
}

/* Whole items only: a number that lost its end is another number. */
static void
take_perfdata(char dst[static LIMIT_PERFDATA + 1], char *s, bool cut)
{
	size_t n = strlen(s);

	if (n > LIMIT_PERFDATA || cut) {
		char *space;

		s[n > LIMIT_PERFDATA ? LIMIT_PERFDATA + 1 : n] = '\0';
		space = strrchr(s, ' ');
		*(space ? space : s) = '\0';
	}
	memcpy(dst, s, strlen(s) + 1);
}

/* What stands before the first bar of a line is for people, what stands behind it for graphs. */
static void
take_line(struct said *to, const char *line, size_t n, bool cut)
{
	char raw[RUN_OUT_MOST], text[RUN_OUT_MOST + 1], *bar;

	for (size_t i = 0; i < n; i++)
		raw[i] = line[i] == '\t' ? ' ' : line[i];
	text_clean(text, sizeof(text), raw, n);
	bar = strchr(text, '|');
	if (bar) {
		*bar++ = '\0';
		trim(bar);
		take_perfdata(to->perfdata, bar, cut);
	}
	trim(text);
	text_clean(to->reason, sizeof(to->reason), text, strlen(text));
}

/* The first line that has something in it. */
static void
take_output(struct said *to, const char *s, size_t n, size_t most)
{
	const char *end = s + n;

	while (s < end && !to->reason[0] && !to->perfdata[0]) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));

		take_line(to, s, (size_t)((nl ? nl : end) - s), !nl && n == most);
		s = nl ? nl + 1 : end;
	}
}

static void
listen_to(struct said *to, const struct run_result *res)
{
	struct said errors = {0};

	take_output(to, res->out, res->nout, RUN_OUT_MOST);
	if (to->reason[0])
		return;
	take_output(&errors, res->err, res->nerr, RUN_ERR_MOST);
	memcpy(to->reason, errors.reason, sizeof(to->reason));
}

/* ---- what it means */

static enum status
meaning(enum exec_codes codes, int number)
{
	static const enum status nagios[] = {STATUS_OK, STATUS_WARN, STATUS_FAIL, STATUS_UNKNOWN};

	if (number == NOT_EXECUTABLE || number == NOT_FOUND)
		return STATUS_UNKNOWN;
	if (codes == CODES_POSIX)
		return number == 0 ? STATUS_OK : STATUS_FAIL;
	return number <= 3 ? nagios[number] : STATUS_UNKNOWN;
}

static void
ended(struct probe_run *r, const struct run_result *res)
{
	enum status status = meaning(r->exec.codes, res->number);
	struct said said = {0};

	listen_to(&said, res);
	if (!said.reason[0] && res->number)
		snprintf(said.reason, sizeof(said.reason), "exit status %d", res->number);
	probe_end_text(r, status, said.reason, said.perfdata);
	if (status != STATUS_UNKNOWN)
		r->result.latency_ms = res->ms;
}

static const char *
why_not(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR: return "command not found";
	case EACCES:
	case EPERM:
	case ENOEXEC:
	case EISDIR: return "command not executable";
	case EMFILE:
	case ENFILE: return "too many open files";
	default: return "cannot start a process";
	}
}

static void
on_end(void *arg, const struct run_result *res)
{
	struct probe_run *r = arg;
	char text[48];

	r->exec.run = NULL;
	if (res->end == RUN_TIMEOUT && res->waited_ms * 100 > r->timeout_ms * WAITED_PERCENT) {
		probe_end(r, STATUS_UNKNOWN, "too many commands at one time");
	} else if (probe_late(r)) {
		;
	} else if (res->end == RUN_EXIT) {
		ended(r, res);
	} else if (res->end == RUN_NEVER) {
		probe_end(r, STATUS_UNKNOWN, why_not(res->number));
	} else {
		snprintf(text, sizeof(text), "command killed by signal %d", res->number);
		probe_end(r, STATUS_UNKNOWN, text);
	}
}

static void
start(struct probe_run *r, const struct task *t)
{
	struct prober *p = r->prober;
	struct run_request q = {0};
	const char *why = make_request(&q, t, r->timeout_ms);

	r->exec.codes = (enum exec_codes)t->probe->exec_codes;
	if (why) {
		probe_end(r, STATUS_UNKNOWN, why);
		return;
	}
	if (!p->runner)
		p->runner = runner_new(p->loop, MOST_COMMANDS);
	r->exec.run = runner_start(p->runner, &q, on_end, r);
}

static void
stop(struct probe_run *r)
{
	runner_cancel(r->exec.run);
	r->exec.run = NULL;
}

/* Its deadline counts from the same instant, and tells waiting from running. */
const struct probe_kind probe_kind_exec = {.start = start, .stop = stop, .own_deadline = true};
