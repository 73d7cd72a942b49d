#ifndef FODNS_ROSTER_H
#define FODNS_ROSTER_H

#include "base/map.h"
#include "core/engine.h"

/* The agents as a whole: who reported, who should, and who fell silent. */
struct roster_agent {
	int64_t last_at; /* effective time of its newest result; -1: it never reported */
	bool fresh;      /* some result of it counts now */
	bool expected;   /* some domain counts on it */
	bool lacks;      /* and of some target it has nothing that counts now */
	bool isolated;   /* somewhere: it abstains */
};

struct roster {
	struct map agents; /* agent_id -> struct roster_agent *; ids are the engine's or the config's */
	size_t fresh, stale; /* stale: expected, and nothing of it is fresh */
	size_t lacking, isolated; /* lacking: stale, or only of some targets */
};

/* Of the domains with chosen[index] set; NULL: of all. Silent are those of agents: that serve one. */
void roster_init(struct roster *r, struct engine *e, const struct config *c, const bool *chosen);
void roster_free(struct roster *r);

#endif
