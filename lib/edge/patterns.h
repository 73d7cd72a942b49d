#ifndef FODNS_PATTERNS_H
#define FODNS_PATTERNS_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Compiled patterns (model/pattern.h), each text once however many probes have
 * it and however often they run.
 */
struct patterns;

struct pattern {
	regex_t re;
	unsigned users;
	double spent_us; /* in matching since it was compiled */
	char text[];
};

struct patterns *patterns_new(void);
void patterns_free(struct patterns *p); /* with all that were taken; NULL is fine */

/* NULL: it is no pattern.  Given back by pattern_drop; kept for the next one meanwhile. */
struct pattern *pattern_take(struct patterns *p, const char *text);
void pattern_drop(struct patterns *p, struct pattern *one); /* NULL is fine */

/* Of n bytes with a NUL behind them, as pattern_matches does; what it learned of a text is not kept
 * for ever. */
bool pattern_try(struct pattern *one, const char *text, size_t n);

#endif
