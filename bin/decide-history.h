#ifndef FODNS_DECIDE_HISTORY_H
#define FODNS_DECIDE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "accepted.h"
#include "edge/statedir.h"
#include "model/decision.h"

/*
 * What the recorder writes: STATE/decisions/ and STATE/config/.  Only the holder of
 * the recorder's lock does; a follower that has not got it asks again each second, so
 * that a successor takes over.
 */
struct history;

struct history *history_new(void);
void history_free(struct history *h); /* writes what is left and lets the lock go */

/* Each second, and at once at the start: the lock, the config in force, and since when, on
 * the engine's axis. */
void history_tick(struct history *h, const struct statedir *dir, struct accepted *config,
                  int64_t at);
void history_moved(struct history *h); /* the state directory is another one now */

void history_event(struct history *h, const struct event *ev);
void history_write(struct history *h); /* what was collected, with one append */

bool history_recording(const struct history *h);
uint64_t history_events(const struct history *h); /* written */
uint64_t history_lost(const struct history *h); /* not written: no room in the state or in memory */

#endif
