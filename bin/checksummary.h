#ifndef FODNS_CHECKSUMMARY_H
#define FODNS_CHECKSUMMARY_H

#include <stdbool.h>

#include "base/buf.h"
#include "checktable.h"
#include "edge/probe.h"
#include "model/report.h"

/* What the results of a run come to: for each check how many of which, how fast, and why not. */
struct checksummary;

struct checksummary *checksummary_new(void);
void checksummary_free(struct checksummary *s); /* NULL is fine */
void checksummary_take(struct checksummary *s, const struct report *r,
    const struct probe_result *res);

/* A row for each check, the worst first; where there are many, not those that were always ok.  Then
 * all of them in a line; seconds is how long it took. */
void checksummary_table(struct checksummary *s, struct buf *b, const struct checktable *look,
    double seconds);
void checksummary_json(struct checksummary *s, struct buf *b); /* a line for each check */

#endif
