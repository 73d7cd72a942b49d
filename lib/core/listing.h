#ifndef FODNS_LISTING_H
#define FODNS_LISTING_H

#include "base/buf.h"
#include "core/engine.h"
#include "core/grid.h"

/* The listing of domains for people, and the verdict on them. */

/* How a domain is, for exit statuses and for monitoring. */
enum health {
	HEALTH_LIVE,    /* answers live targets in every family that has some */
	HEALTH_UNKNOWN, /* does not, and no fresh report says why */
	HEALTH_NOT_LIVE /* does not, by reports */
};

enum health listing_health(struct engine *e, const struct domain *d, const struct decision *dec);

/* Targets of the domain that are not up, and whether an agent is stale or an override in force. */
struct degree {
	size_t targets, up, stale_agents, overrides;
};
void listing_degree(struct engine *e, const struct domain *d, struct degree *out);

void listing_head(struct grid *t); /* inits */
void listing_row(struct grid *t, struct engine *e, const struct domain *d,
                 const struct decision *dec);

/*
 * Answers with `sep` between, those that are given by weight with their shares; "nothing", or
 * the rcode, when there is none.
 */
void listing_answers(struct buf *b, const struct rrset *r, const char *sep);

#endif
