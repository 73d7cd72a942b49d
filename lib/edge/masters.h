#ifndef FODNS_MASTERS_H
#define FODNS_MASTERS_H

#include "edge/fetch.h"
#include "edge/tasks.h"

/*
 * The task lists of all masters in an agent's file: fetched at the start and
 * every 15 s, kept on disk, so that probes go on while a master is down or has
 * not answered yet.
 */
struct masters;

struct masters_calls {
	void *arg;
	/* A list changed: take it with masters_list before this returns; what was handed out
	 * earlier is freed after. */
	void (*changed)(void *arg);
	/* Every master has answered or failed for the first time; once. */
	void (*settled)(void *arg);
};

/* agent must outlive it. keep: the directory for last lists, -1: none. */
struct masters *masters_new(struct loop *l, struct fetcher *f, const struct agent_config *agent,
                            const char *agent_id, int keep, const struct masters_calls *calls);
void masters_free(struct masters *m);

/* Appends the tasks of all masters to list. */
void masters_list(const struct masters *m, const struct task ***list, size_t *n, size_t *cap);

size_t masters_known(const struct masters *m); /* of how many masters there is a list */
size_t masters_bad(const struct masters *m);   /* tasks skipped in the present lists */

#endif
