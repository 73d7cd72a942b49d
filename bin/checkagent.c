#include "checkagent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "edge/agentdir.h"
#include "edge/cli.h"
#include "edge/file.h"
#include "edge/masters.h"
#include "model/name.h"

/* One reading of the file; a new one takes over when its masters have settled. */
struct reading {
	struct checkagent *agent;
	struct agent_config config;
	struct masters *masters;
};

struct checkagent {
	struct loop *loop;
	const char *path;
	const char *given_id;
	char id[LIMIT_AGENT_ID + 1]; /* in force; stays over reloads */
	struct fetcher *fetcher;
	struct reading *now, *next;
	bool settled;
	int dir, lock;
	char counts[AGENT_FILE + 16]; /* the name of the file with them */
	char refused[4096];
	struct checkagent_calls calls;
};

static void
reading_free(struct reading *r)
{
	if (!r)
		return;
	masters_free(r->masters);
	agent_config_free(&r->config);
	free(r);
}

struct checkagent *
checkagent_new(struct loop *l, const char *path, const char *id,
               const struct checkagent_calls *calls)
{
	struct checkagent *a = mem_alloc(sizeof(*a));

	a->loop = l;
	a->path = path;
	a->given_id = id;
	a->calls = *calls;
	a->dir = a->lock = -1;
	a->now = mem_alloc(sizeof(*a->now));
	cli_load_agent(&a->now->config, path);
	if (a->now->config.nmasters == 0) {
		log_error("%s: no servers to ask for tasks", path);
		exit(EXIT_USAGE);
	}
	return a;
}

void
checkagent_free(struct checkagent *a)
{
	if (!a)
		return;
	reading_free(a->now);
	reading_free(a->next);
	fetcher_free(a->fetcher);
	if (a->lock >= 0)
		close(a->lock);
	if (a->dir >= 0)
		close(a->dir);
	free(a);
}

const struct agent_config *
checkagent_config(const struct checkagent *a)
{
	return &a->now->config;
}

bool
checkagent_allows(const struct checkagent *a, const struct addr *to, int port)
{
	return agent_config_allows(&a->now->config, to, port);
}

const char *
checkagent_id(const struct checkagent *a)
{
	if (a->id[0]) /* what a file says goes with the file */
		return a->id;
	return a->given_id ? a->given_id : a->now->config.agent_id;
}

size_t
checkagent_known(const struct checkagent *a)
{
	return a->now->masters ? masters_known(a->now->masters) : 0;
}

size_t
checkagent_bad(const struct checkagent *a)
{
	return a->now->masters ? masters_bad(a->now->masters) : 0;
}

int
checkagent_lock(struct checkagent *a, const char *id)
{
	char path[4096], file[AGENT_FILE], name[AGENT_FILE + 16];
	struct fault f;

	snprintf(a->id, sizeof(a->id), "%s", id);
	if (agentdir_path(path, a->now->config.spool_dir, &f) < 0 ||
	    (a->dir = agentdir_open(path, 1, &f)) < 0) {
		log_warn("%s; no task list is kept and no second run is kept away", f.text);
		a->dir = -1;
		return 0;
	}
	agent_id_file(file, id);
	snprintf(name, sizeof(name), "check.%s.lock", file);
	snprintf(a->counts, sizeof(a->counts), "check.%s.json", file);
	a->lock =
	    openat(a->dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (a->lock < 0) {
		log_warn("%s/%s: %s; no second run is kept away", path, name, strerror(errno));
		return 0;
	}
	return flock(a->lock, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK ? 1 : 0;
}

int
checkagent_place(const struct checkagent *a, const char **name)
{
	*name = a->counts;
	return a->dir;
}

const char *
checkagent_refused(const struct checkagent *a)
{
	return a->refused;
}

static void
hand_out(struct checkagent *a)
{
	const struct task **list = NULL;
	size_t n = 0, cap = 0;

	masters_list(a->now->masters, &list, &n, &cap);
	if (n == 0 && !a->settled) { /* another master may have some */
		free(list);
		return;
	}
	a->calls.tasks(a->calls.arg, list, n);
}

static void
on_changed(void *arg)
{
	struct reading *r = arg;

	/* Before masters_new has returned there is nothing to list. */
	if (r == r->agent->now && r->masters && (r->agent->settled || r->agent->calls.early))
		hand_out(r->agent);
}

static void
on_settled(void *arg)
{
	struct reading *r = arg, *old = NULL;
	struct checkagent *a = r->agent;

	if (r == a->next) {
		old = a->now;
		a->now = r;
		a->next = NULL;
	}
	a->settled = true;
	hand_out(a);
	reading_free(old);
}

static void
ask(struct checkagent *a, struct reading *r)
{
	const struct masters_calls calls = {.arg = r, .changed = on_changed, .settled = on_settled};

	r->agent = a;
	r->masters = masters_new(a->loop, a->fetcher, &r->config, a->id, a->dir, &calls);
}

void
checkagent_start(struct checkagent *a)
{
	a->fetcher = fetcher_new(a->loop);
	if (!a->fetcher) {
		log_error("no memory for the connections to the masters");
		exit(EXIT_AGAIN);
	}
	ask(a, a->now);
}

void
checkagent_reload(struct checkagent *a)
{
	struct reading *r = mem_alloc(sizeof(*r));

	if (cli_try_agent(&r->config, a->path) < 0 || r->config.nmasters == 0) {
		log_error("%s: refused, the old one stays", a->path);
		snprintf(a->refused, sizeof(a->refused), "%s: not used", a->path);
		reading_free(r);
		return;
	}
	a->refused[0] = '\0';
	if (!a->given_id && r->config.agent_id && strcmp(r->config.agent_id, a->id) != 0)
		log_warn("%s: a new agent_id counts from the next start", a->path);
	reading_free(a->next);
	a->next = r;
	ask(a, r);
	log_note("%s: read again", a->path);
}
