#ifndef FODNS_AGENTDIR_H
#define FODNS_AGENTDIR_H

#include "base/fault.h"

/*
 * The directory in which an agent keeps what must outlive it: reports that
 * could not be delivered, the last list of tasks, the lock against a second
 * run.  It is the agent file's spool_dir, else /var/lib/fodns/spool for root,
 * else ${XDG_STATE_HOME:-~/.local/state}/fodns/spool.  configured: spool_dir, may be NULL.
 */
int agentdir_path(char path[static 4096], const char *configured, struct fault *f);

/* Opens the directory; with `make` it and its parents are made (0700) where missing.
 * The descriptor, or -1 with a fault; -2 without one if it is not there and make is 0. */
int agentdir_open(const char *path, int make, struct fault *f);

#endif
