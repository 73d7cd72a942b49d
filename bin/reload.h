#ifndef FODNS_RELOAD_H
#define FODNS_RELOAD_H

#include <stdint.h>

#include "edge/statedir.h"

/*
 * Tells the running daemons of a state directory to read their config again and
 * waits until each one says in its counters that `hash` is in force.  Prints a
 * line for each.  Exit status: 0 all have it, 2 one refused it, 75 one did not
 * answer in time or none is running.
 */
int reload_daemons(const struct statedir *dir, const char *hash, int64_t timeout_ms);

#endif
