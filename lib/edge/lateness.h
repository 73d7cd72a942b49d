#ifndef FODNS_LATENESS_H
#define FODNS_LATENESS_H

#include <stdint.h>

/* How late things were, by the millisecond; over a second is as much.  All zeroes: none yet. */
enum { LATENESS_MS = 1000 };

struct lateness {
	uint64_t n, late[LATENESS_MS + 1]; /* how many were so many ms late */
	int64_t most_ms;
};

void lateness_add(struct lateness *l, int64_t ms);

/* So late, or less, were so many of a hundred; 0 of none. */
int64_t lateness_percent(const struct lateness *l, uint64_t percent);

#endif
