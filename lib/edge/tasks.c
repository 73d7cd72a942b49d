#include "edge/tasks.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "codec/records.h"
#include "codec/taskurl.h"
#include "edge/sockaddr.h"
#include "edge/taskobjects.h"
#include "model/name.h"
#include "model/override.h"

enum { LEAST_INTERVAL_MS = 50, BUDGET_PERCENT = 90 };

void
tasks_init(struct tasks *t)
{
	memset(t, 0, sizeof(*t));
	arena_init(&t->arena);
}

void
tasks_free(struct tasks *t)
{
	free(t->list);
	arena_free(&t->arena);
	memset(t, 0, sizeof(*t));
}

/* A probe is over before the next one starts: its budget is at most 90 % of the interval. */
static void
add(struct tasks *t, const struct task *one)
{
	struct task *copy = arena_alloc(&t->arena, sizeof(*copy));
	int64_t budget;

	*copy = *one;
	t->last = copy->probe;
	if (copy->interval_ms < LEAST_INTERVAL_MS)
		copy->interval_ms = LEAST_INTERVAL_MS;
	if (copy->fast_interval_ms && copy->fast_interval_ms < LEAST_INTERVAL_MS)
		copy->fast_interval_ms = LEAST_INTERVAL_MS;
	budget = copy->interval_ms * BUDGET_PERCENT / 100;
	if (copy->timeout_ms > budget)
		copy->timeout_ms = budget;
	t->list = mem_array(t->list, &t->cap, t->n + 1, sizeof(*t->list));
	t->list[t->n++] = copy;
}

static void
skip(struct tasks *t, const struct tasks_said *said, const char *where, size_t number,
     const char *why)
{
	char what[768];

	t->bad++;
	if (!said || !said->bad)
		return;
	snprintf(what, sizeof(what), "%s:%zu: %s", where, number, why);
	said->bad(said->arg, what);
}

void
tasks_config(struct tasks *t, const struct config *c)
{
	for (size_t i = 0; i < c->ndomains; i++) {
		const struct domain *d = &c->domains[i];

		for (size_t j = 0; j < d->ntargets; j++) {
			const struct target *g = &d->targets[j];
			struct task one = task_of(d, g);

			one.check_name = arena_strdup(&t->arena, one.check_name);
			one.domain = arena_strdup(&t->arena, one.domain);
			if (one.target_name)
				one.target_name = arena_strdup(&t->arena, one.target_name);
			add(t, &one);
		}
	}
}

void
tasks_lines(struct tasks *t, const char *name, const char *text, size_t n,
            const struct tasks_said *said)
{
	const char *end = text + n;

	for (size_t number = 1; text < end; number++) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t len = nl ? (size_t)(nl - text) : (size_t)(end - text);
		struct task one = {.probe = t->last};
		struct fault f;

		if (strspn(text, " \t\r") >= len)
			; /* an empty line says nothing */
		else if (task_read(&one, &t->arena, text, len, &f) < 0)
			skip(t, said, name, number, f.text);
		else if (t->n >= TASKS_MOST)
			skip(t, said, name, number, "too many tasks");
		else
			add(t, &one);
		text += nl ? len + 1 : len;
	}
}

/* ---- a master's answer */

struct reply {
	struct tasks *tasks;
	const struct probe *asked, *own; /* the last one of the list, and what was made of it */
	const char *refused; /* the command that was said last not to be here */
	const struct agent_config *agent;
	const char *server;
	const struct tasks_said *said;
	size_t number;
};

/* What a master has read here goes where it likes: the files it may name are the agent's word. */
static const char *
file_not_lent(const struct agent_config *agent, const struct probe *p)
{
	for (const struct probe_param *q = probe_params; q->name; q++) {
		const char *path = NULL;

		if (q->kind == PARAM_FILE && probe_has(p->type, q))
			path = *(const char *const *)probe_value(p, q);
		if (path && !agent_config_lends(agent, path))
			return q->name;
	}
	return NULL;
}

static const char *
refuse(const struct reply *a, const struct task *one, char why[static 1024])
{
	const char *file = file_not_lent(a->agent, one->probe);
	char text[TARGET_TEXT];

	if (a->tasks->n >= TASKS_MOST)
		return "too many tasks";
	if (file) {
		snprintf(why, 1024, "%s: %s is a file that a master may not name here (files)",
		         one->check_name, file);
		return why;
	}
	/* What a name leads to is looked at when it is known, before each probe. */
	if (one->target_name || agent_config_allows(a->agent, &one->target, one->port))
		return NULL;
	snprintf(why, 1024, "%s: this agent may not probe %s (allow)", one->check_name,
	         place_text(text, &one->target, one->target_name, one->port));
	return why;
}

/* The words of this agent's file under that name, and the task's where the file says so. */
static bool
own_words(struct reply *a, const struct texts *asked, struct texts *own)
{
	const struct agent_command *c = agent_config_command(a->agent, asked->list[0]);
	size_t more = asked->n - 1;
	char why[512], name[64];

	if (c && (c->args || !more)) {
		own->list = arena_alloc(&a->tasks->arena, (c->words.n + more) * sizeof(*own->list));
		memcpy(own->list, c->words.list, c->words.n * sizeof(*own->list));
		memcpy(own->list + c->words.n, asked->list + 1, more * sizeof(*own->list));
		own->n = c->words.n + more;
		return true;
	}
	if (a->said && a->said->bad && (!a->refused || strcmp(a->refused, asked->list[0]) != 0)) {
		text_clean(name, sizeof(name), asked->list[0], strlen(asked->list[0]));
		snprintf(why, sizeof(why), "%s:%zu: command \"%s\" %s", a->server, a->number, name,
		         c ? "takes no arguments from a master here (args)"
		           : "is none of this agent's (commands)");
		a->said->bad(a->said->arg, why);
	}
	a->refused = asked->list[0];
	return false;
}

/*
 * A master only names a command.  One that is not here stays a task, without any
 * words: each probe of it is unknown, so that the master learns of it.
 */
static const struct probe *
own_probe(struct reply *a, const struct probe *asked)
{
	struct probe *own;

	if (asked->type != PROBE_EXEC || asked == a->asked)
		return asked->type == PROBE_EXEC ? a->own : asked;
	own = arena_alloc(&a->tasks->arena, sizeof(*own));
	*own = *asked;
	if (!own_words(a, &asked->command, &own->command))
		own->command = (struct texts){0};
	a->own = own;
	return own;
}

static void
take_object(void *arg, const char *text, size_t n)
{
	struct reply *a = arg;
	const struct probe *asked;
	struct task one = {.probe = a->asked};
	struct fault f;
	char why[1024];
	const char *no;

	a->number++;
	if (task_read(&one, &a->tasks->arena, text, n, &f) < 0)
		no = f.text;
	else
		no = refuse(a, &one, why);
	if (no) {
		skip(a->tasks, a->said, a->server, a->number, no);
		return;
	}
	asked = one.probe;
	one.probe = own_probe(a, asked);
	a->asked = asked;
	one.server = a->server;
	add(a->tasks, &one);
}

int
tasks_answer(struct tasks *t, const struct agent_config *agent, const char *server,
             const char *text, size_t n, const struct tasks_said *said, struct fault *f)
{
	struct reply a = {.tasks = t, .agent = agent, .said = said};

	a.server = arena_strdup(&t->arena, server);
	if (taskobjects(text, n, NULL, NULL) < 0)
		return fault_temp(f, "%s: not a list of tasks", server);
	return taskobjects(text, n, take_object, &a);
}

/* ---- a URL */

/* The host's first IPv4 address, else its first IPv6 one, by the system's resolver; blocks. */
static bool
resolve(const struct taskurl *u, struct addr *a)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list, *p;
	bool found = false;

	if (u->literal) {
		*a = u->addr;
		return true;
	}
	if (getaddrinfo(u->host, NULL, &hints, &list) != 0)
		return false;
	for (p = list; p; p = p->ai_next) {
		struct addr one;

		if (!sockaddr_addr(p->ai_addr, &one, NULL) || (found && one.family != FAMILY_V4))
			continue;
		*a = one;
		found = true;
		if (one.family == FAMILY_V4)
			break;
	}
	freeaddrinfo(list);
	return found;
}

static const char *
check_name(struct arena *a, const char *domain, const struct taskurl *u, const struct addr *addr)
{
	char text[LIMIT_CHECK_NAME + 1], ip[ADDR_TEXT];
	int n = snprintf(text, sizeof(text), "%s:%s:", domain, addr_format(ip, addr));

	if (u->port == PORT_NONE)
		snprintf(text + n, sizeof(text) - (size_t)n, "icmp");
	else
		snprintf(text + n, sizeof(text) - (size_t)n, "%d", u->port);
	return arena_strdup(a, text);
}

int
tasks_url(struct tasks *t, const char *url, const struct tasks_adhoc *o, struct fault *f)
{
	struct taskurl u;
	struct task one = {0};
	struct probe *probe;
	char name[254];

	if (taskurl_parse(&u, url, f) < 0)
		return -1;
	if (!resolve(&u, &one.target))
		one.target = (struct addr){.family = FAMILY_V4}; /* the probe is then unknown */
	probe = arena_alloc(&t->arena, sizeof(*probe));
	probe_default(probe, u.type);
	if (u.path[0])
		probe->path = arena_strdup(&t->arena, u.path);
	if (u.qname[0]) {
		probe->qname = arena_strdup(&t->arena, u.qname);
		probe->qtype = u.qtype;
	}
	one.probe = probe;
	one.host = arena_strdup(&t->arena, u.host);
	if (o->domain)
		one.domain = o->domain;
	else if (u.qname[0] && strcmp(u.qname, ".") != 0)
		one.domain = probe->qname; /* as a config has it: what is asked for is the domain */
	else
		one.domain = u.literal || !name_normal(name, u.host, NULL)
		                 ? one.host
		                 : arena_strdup(&t->arena, name);
	one.check_name = check_name(&t->arena, one.domain, &u, &one.target);
	one.port = u.port;
	one.timeout_ms = o->timeout_ms;
	one.interval_ms = o->interval_ms;
	add(t, &one);
	return 0;
}

/* ---- a choice of them */

static bool
chosen(const struct task *t, const char *word)
{
	struct target_pattern p;

	if (name_equal(t->domain, word))
		return true;
	return target_pattern_parse(word, &p) == 0 &&
	       target_pattern_has(&p, &t->target, t->target_name, t->port);
}

int
tasks_select(struct tasks *t, char *const *words, size_t nwords, size_t *which)
{
	bool *used = mem_alloc(nwords + 1);
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < t->n; i++) {
		bool any = false;

		for (size_t w = 0; w < nwords; w++)
			if (chosen(t->list[i], words[w]))
				any = used[w] = true;
		if (any)
			t->list[n++] = t->list[i];
	}
	t->n = n;
	for (size_t w = 0; w < nwords && !r; w++) {
		*which = w;
		r = used[w] ? 0 : -1;
	}
	free(used);
	return r;
}
