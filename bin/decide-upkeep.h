#ifndef FODNS_DECIDE_UPKEEP_H
#define FODNS_DECIDE_UPKEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "edge/loop.h"
#include "follower.h"
#include "model/config.h"

/*
 * What the recorder has done beside its work, by a child that has its memory as
 * of one instant: a snapshot of what is known, and the deleting of what is no
 * longer kept (fodns-state(5), "Snapshots" and "Retention").  The decisions wait
 * for the fork only.
 */
struct upkeep;

struct upkeep *upkeep_new(struct loop *l);
void upkeep_free(struct upkeep *u); /* ends a child that still works */

/* Each second while this is the recorder: is it time? */
void upkeep_tick(struct upkeep *u, struct follower *f, const struct config *c);
void upkeep_soon(struct upkeep *u); /* another config or another directory: at the next tick */

uint64_t upkeep_snapshots(const struct upkeep *u); /* written */
int64_t upkeep_stalled_us(const struct upkeep *u); /* the longest that a fork took */

#endif
