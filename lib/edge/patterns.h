#ifndef FODNS_PATTERNS_H
#define FODNS_PATTERNS_H

#include <stddef.h>

#include "model/pattern.h"

/*
 * Compiled patterns (model/pattern.h), each text once however many probes have
 * it and however often they run.
 */
struct patterns;

struct pattern {
	struct regex *re;
	unsigned users;
	char text[];
};

struct patterns *patterns_new(void);
void patterns_free(struct patterns *p); /* with all that were taken; NULL is fine */

/* NULL: it is no pattern.  Given back by pattern_drop; kept for the next one meanwhile. */
struct pattern *pattern_take(struct patterns *p, const char *text);
void pattern_drop(struct patterns *p, struct pattern *one); /* NULL is fine */

/* pattern_matches for at most about 15 ms. */
enum pattern_found pattern_find(const struct pattern *one, const char *text, size_t n);

#endif
