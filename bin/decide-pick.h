#ifndef FODNS_DECIDE_PICK_H
#define FODNS_DECIDE_PICK_H

#include "decide.h"

/* What the operands chose of a config; without any it is all of it. */
struct pick {
	bool *domains; /* by index; those of a zone that was named, too */
	bool *zones;   /* wholly: named, or all */
};

/* Operands are zones and domains. One that is neither ends the program with 2, or with `lenient`
 * is said and left out. */
void pick_init(struct pick *p, const struct decide *d, const struct config *c, bool lenient);
void pick_free(struct pick *p); /* idempotent */

#endif
