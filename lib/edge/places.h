#ifndef FODNS_PLACES_H
#define FODNS_PLACES_H

#include <stddef.h>

#include "base/map.h"
#include "model/saved.h"

/* How far journals have been read, by the journal's name.  Zeroed it is empty. */
struct places {
	struct saved_place **list;
	size_t n, cap;
	struct map by_journal;
};

void places_add(struct places *p, const struct saved_place *place); /* in place of an earlier one */
const struct saved_place *places_find(const struct places *p, const char *journal); /* NULL */
void places_free(struct places *p); /* idempotent */

#endif
