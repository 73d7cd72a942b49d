#ifndef FODNS_TASKS_H
#define FODNS_TASKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "model/config.h"
#include "model/task.h"

/*
 * Lists of tasks and where they come from: a master's config, task lines, the
 * answer of GET /api/v1/tasks, URLs.  A list owns its tasks and their text.
 */
enum { TASKS_MOST = 200000 }; /* in one list */

struct tasks {
	struct arena arena;
	const struct task **list;
	const struct probe *last; /* of the task read last, for the next one to share */
	size_t n, cap;
	size_t bad; /* lines or objects that were skipped */
};

void tasks_init(struct tasks *t);
void tasks_free(struct tasks *t); /* idempotent */

/* Each skipped line or task is said by bad(arg, "FILE:17: why") and counted. */
struct tasks_said {
	void *arg;
	void (*bad)(void *arg, const char *what);
};

void tasks_config(struct tasks *t, const struct config *c);
void tasks_lines(struct tasks *t, const char *name, const char *text, size_t n,
                 const struct tasks_said *said);

/*
 * {"tasks":[…]} of a master: its name becomes the tasks' server; tasks that
 * `allow` does not permit are skipped.  -1: it is no such object, nothing is taken.
 */
int tasks_answer(struct tasks *t, const struct agent_config *agent, const char *server,
                 const char *text, size_t n, const struct tasks_said *said, struct fault *f);

/* What a URL says; domain NULL: its host.  A name that cannot be resolved becomes a task with the
 * unspecified address. */
struct tasks_adhoc {
	const char *domain;
	int64_t timeout_ms, interval_ms;
};
int tasks_url(struct tasks *t, const char *url, const struct tasks_adhoc *o, struct fault *f);

/* Leaves what matches one of the domains or targets (address, address:port, CIDR); -1:
 * words[*which] matches nothing. */
int tasks_select(struct tasks *t, char *const *words, size_t nwords, size_t *which);

#endif
