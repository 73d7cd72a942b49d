#ifndef FODNS_REASON_H
#define FODNS_REASON_H

#include <stdint.h>

#include "base/map.h"

/*
 * The texts of reasons, each held once and named by a number: when a data centre
 * goes, 200,000 checks say the same.  0 names the empty one.
 */
struct reasons {
	struct reason **list; /* by number; NULL: not in use */
	size_t n, cap;
	uint32_t *spare; /* numbers not in use */
	size_t nspare, cap_spare;
	struct map by_text;
};

void reasons_free(struct reasons *t);

uint32_t reason_take(struct reasons *t, const char *text); /* one more user of it */
void reason_drop(struct reasons *t, uint32_t number);      /* one less; 0 is fine */
const char *reason_text(const struct reasons *t, uint32_t number); /* "" of 0 */

#endif
