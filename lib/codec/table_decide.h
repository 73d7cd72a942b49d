#ifndef FODNS_TABLE_DECIDE_H
#define FODNS_TABLE_DECIDE_H

#include "base/fault.h"
#include "codec/image.h"
#include "model/decision.h"

/*
 * Inside of table.c: the image of m with the decision's answers in place of what was
 * decided before.  NULL: they are none that can be answered.  Not for two threads at
 * once.  free() it.
 */
struct image *table_decide(const struct image *m, const struct decision *d, struct fault *f);

#endif
