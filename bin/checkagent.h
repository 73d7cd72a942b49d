#ifndef FODNS_CHECKAGENT_H
#define FODNS_CHECKAGENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "edge/loop.h"
#include "model/config.h"
#include "model/task.h"

/* An agent's file at work: the lists of its masters, the directory it keeps, its lock. */
struct checkagent;

struct checkagent_calls {
	void *arg;
	/* The tasks from now on; they live until the next call has returned.  The list is the
	 * callee's to free. */
	void (*tasks)(void *arg, const struct task **list, size_t n);
	bool early; /* those of the first master that has some, and not when all have answered or failed */
};

/* Loads the file or ends the program. id: in place of the file's; NULL: the file's. */
struct checkagent *checkagent_new(struct loop *l, const char *path, const char *id,
                                  const struct checkagent_calls *calls);
void checkagent_free(struct checkagent *a);
/* Once locked that of the lock; before, what is said, NULL: nothing is. */
const char *checkagent_id(const struct checkagent *a);

/* Takes the agent's lock: 0, 1 another process has it.  Without a directory to keep things in it
 * says so and goes on. */
int checkagent_lock(struct checkagent *a, const char *id);
void checkagent_start(struct checkagent *a);         /* asks the masters */
void checkagent_reload(struct checkagent *a);        /* a bad file is refused, the old one stays */
size_t checkagent_known(const struct checkagent *a); /* of how many masters there is a list */
/*
 * Where it keeps what it counts: the directory, and the name of a file in it.  -1: nowhere.
 */
int checkagent_place(const struct checkagent *a, const char **name);
const char *checkagent_refused(const struct checkagent *a); /* why a newer file is not in force; "" */
/* The file in force. */
const struct agent_config *checkagent_config(const struct checkagent *a);
/* By allow: of the file in force. */
bool checkagent_allows(const struct checkagent *a, const struct addr *to, int port);
size_t checkagent_bad(const struct checkagent *a);   /* tasks that were skipped */

#endif
