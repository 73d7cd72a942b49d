#ifndef FODNS_FOLLOWER_H
#define FODNS_FOLLOWER_H

#include "core/engine.h"
#include "core/view.h"
#include "edge/loop.h"
#include "edge/statedir.h"
#include "edge/sweep.h"

/*
 * Config + state + time, kept current on a loop: what fodns-decide --follow and
 * fodns-api have in common.  Glue between core and edge, and so in bin/.
 *
 * The rule of order: an expiry at T is executed only after a sweep begun after T.
 */
struct follower;

struct follower_calls {
	void *arg;
	void (*ready)(void *arg);   /* the journals were read to their size at the start */
	void (*late)(void *arg);    /* 1 s passed and they are not yet; once, may be NULL */
	void (*settled)(void *arg); /* after each sweep that changed something: take engine_changed, engine_event */
};

/* config is the caller's and must live until it is replaced by follower_reload or the follower is freed. */
struct follower *follower_new(struct loop *l, const struct statedir *dir, const struct config *config, bool events, const struct follower_calls *calls, struct fault *f);
void follower_free(struct follower *f);
void follower_reload(struct follower *f, const struct config *config); /* what is known of checks stays; afterwards every domain counts as changed */
struct engine *follower_engine(struct follower *f);
bool follower_degraded(const struct follower *f); /* the state directory cannot be read at the moment */
uint64_t follower_bad_lines(const struct follower *f);
uint64_t follower_lines(const struct follower *f);

/* One look, without a loop: reads all journals and judges at `at` (engine axis; -1: now). For one-shots. */
struct engine *follower_once(const struct statedir *dir, const struct config *config, int64_t at, struct fault *f);

#endif
