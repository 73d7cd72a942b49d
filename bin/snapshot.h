#ifndef FODNS_BIN_SNAPSHOT_H
#define FODNS_BIN_SNAPSHOT_H

#include "core/engine.h"
#include "edge/places.h"
#include "edge/statedir.h"
#include "edge/sweep.h"
#include "model/saved.h"

/*
 * What an engine knew at an instant and how far the journals had been read, in a
 * file (fodns-state(5), "Snapshots").  Glue between core, codec and edge, and so
 * in bin/.
 */
struct snapshot {
	uint64_t number;
	struct saved_head head;
	int64_t at; /* its instant on the engine's axis */
};

/* All of e, which must be settled, and where s is between two sweeps. */
int snapshot_write(const struct statedir *dir, const struct engine *e, const struct sweep *s,
                   const char *config, struct fault *f);

/*
 * The newest one numbered below `below` and not of a later instant than `at` (engine's
 * axis).  False: there is none.  One that cannot be read is said and passed over.
 */
bool snapshot_find(const struct statedir *dir, int64_t at, uint64_t below, struct snapshot *s);

/*
 * An engine of that instant, with this config; *p is where to go on reading.  NULL: it
 * is damaged, which is said; the one before it may serve.
 */
struct engine *snapshot_engine(const struct statedir *dir, const struct snapshot *s,
                               const struct config *c, struct places *p);

/* Its places alone, without looking at what follows; false: damaged, which is said. */
bool snapshot_places(const struct statedir *dir, const struct snapshot *s, struct places *p);

/*
 * Where there are snapshots and none could be used, once the journals are read: says
 * from when on they are whole, as what was known from before is missing.
 */
void snapshot_missing(const struct statedir *dir, const struct sweep *s);

#endif
