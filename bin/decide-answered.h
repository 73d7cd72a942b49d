#ifndef FODNS_DECIDE_ANSWERED_H
#define FODNS_DECIDE_ANSWERED_H

#include "base/buf.h"
#include "decide.h"

/* What was really answered, as STATE/decisions/ has it: beside a replay, or in its place. */

/*
 * Of a replay at d->at: "same", or what was answered then, or why that is not known.
 * Nothing when there is nothing to compare with: of now, or of report lines.
 */
void answered_compare(const struct decide *d, const struct config *c, const struct domain *dom,
                      const struct decision *dec, struct buf *b);

/*
 * If the reports of d->at are gone, tells what was answered in place of what they would
 * say: a listing, or with d->explain an explanation, of the operands or all domains.  False:
 * they are not, or the state cannot be read, which the judge will say.
 */
bool answered_instead(const struct decide *d, const struct config *c, int *status);

#endif
