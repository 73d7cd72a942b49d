#ifndef FODNS_SANDBOX_H
#define FODNS_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/fault.h"

/* Becomes the user for good, when root: groups, gid, uid.  Nothing to do otherwise. */
int sandbox_user(uid_t uid, gid_t gid, struct fault *f);

/*
 * Gives up what a process does not need that holds all its files already: new
 * privileges, capabilities, being traced or dumped, and by Landlock every path,
 * new TCP connections, signals to others.  Call before any thread starts.  -1:
 * not all of it could be done (an old kernel); the rest is.
 */
int sandbox_enter(struct fault *f);

#endif
