#ifndef FODNS_ZONEFILE_H
#define FODNS_ZONEFILE_H

#include <stdint.h>

#include "base/buf.h"
#include "model/config.h"
#include "model/decision.h"

/*
 * What the server answers, as text for other name servers: master files (RFC
 * 1035 5) and commands for nsupdate(1), which sends them as RFC 2136 has it.
 * Names are absolute and every record has its TTL, so a line stands by itself.
 */

/* $ORIGIN, $TTL, SOA, NS and the static records. */
void zonefile_zone(struct buf *b, const struct zone *z, uint32_t serial);

/* What the domain answers; what a master file cannot say is said in comments. */
void zonefile_domain(struct buf *b, const struct domain *d, const struct decision *dec);

/*
 * One message: what the name has of the domain's types is deleted and the answers
 * are added, at once.
 */
void nsupdate_domain(struct buf *b, const struct domain *d, const struct decision *dec);

/* One message: of the types that `was` may answer, those that `now` may not are deleted; NULL: all
 * of them. False: there are none, and nothing was written. */
bool nsupdate_gone(struct buf *b, const struct domain *was, const struct domain *now);

#endif
