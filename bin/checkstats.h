#ifndef FODNS_CHECKSTATS_H
#define FODNS_CHECKSTATS_H

#include "checkrun.h"
#include "edge/loop.h"

/*
 * STATE/stats/agent.json of a fodns-check that works on a config: by it `fodns
 * reload` finds the process and learns which config is in force.  One that works
 * on an agent's file has the same beside its lock.
 */
struct checkstats;

struct checkstats_says {
	const char *config;  /* hash */
	const char *refused; /* why a newer one is not in force; "" */
};

/*
 * Writes at once and each second.  NULL where there is no state directory of
 * this user's: a check needs none, and it does not become another user for it,
 * because that would cost it the right to probe by icmp.
 */
struct checkstats *checkstats_new(struct loop *l, const char *state, const struct checkrun *run,
                                  struct checkstats_says (*ask)(void *arg), void *arg);
/* To that file of the directory, which stays the caller's. */
struct checkstats *checkstats_beside(struct loop *l, int dir, const char *name,
                                     const struct checkrun *run,
                                     struct checkstats_says (*ask)(void *arg), void *arg);
void checkstats_now(struct checkstats *s); /* NULL is fine */
void checkstats_free(struct checkstats *s);

#endif
