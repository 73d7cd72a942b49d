#ifndef FODNS_REFERENCE_H
#define FODNS_REFERENCE_H

#include "edge/probe.h"
#include "model/config.h"

/*
 * Whether this host reaches anything at all: places that are probed beside the checks, every
 * 5 s and when a check has failed.  While none of them answers a failed check says nothing
 * about its target.
 *
 * What counts for a check that began at an instant is a round of probes that began no
 * earlier: a network that went away meanwhile is noticed before the first failure is told.
 */
struct references;

enum reach {
	REACH_SOME,    /* one answered, or none could be asked: a failure is one */
	REACH_NONE,
	REACH_LATER,   /* call comes */
	REACH_UNKNOWN  /* not known yet; to a call: nobody will ever know, it is the end */
};

struct references *references_new(struct loop *l, struct prober *p);
void references_free(struct references *f); /* before the prober; calls who waits */

/* The list and what it points to stay until the next call; n 0: nobody is asked. */
void references_set(struct references *f, const struct reference *list, size_t n);

/* A check that began then (CLOCK_MONOTONIC ms) has failed. */
enum reach references_ask(struct references *f, int64_t began,
                          void (*call)(void *arg, enum reach now), void *arg);

/* REACH_SOME, REACH_NONE or REACH_UNKNOWN, and since when (wall clock); false: there are none. */
bool references_now(const struct references *f, enum reach *now, int64_t *since);

#endif
