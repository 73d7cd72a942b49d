#ifndef FODNS_ADVISE_H
#define FODNS_ADVISE_H

#include "core/lint.h"

/* Inside of lint*.c: one file a subject, one function a finding or a family of them. */
struct advisor {
	struct lint *lint;
	const struct config *config;
	const struct domain *domain; /* NULL: the whole */
	size_t agents;               /* of `agents:` that serve the domain */
};

/* at: NULL or nowhere: the domain's own place. */
void advise(struct advisor *a, enum advice id, const struct place *at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Whether it would be said: for what takes time to find out. */
bool advise_wants(const struct advisor *a, enum advice id);

/* Where a key of the domain was written; NULL: nowhere. */
#define PLACE_OF(a, key) ((a)->domain->places ? &(a)->domain->places->key : NULL)


void lint_timing(struct advisor *a);  /* lint_timing.c */
void lint_answers(struct advisor *a); /* lint_answers.c: targets, priorities, the fallback list */
void lint_votes(struct advisor *a);   /* lint_votes.c: votes, silence, fail-back */
void lint_access(struct advisor *a);  /* lint_access.c, of the whole: tokens, the API */
void lint_original(struct advisor *a); /* lint_original.c */
void lint_aliases(struct advisor *a); /* lint_aliases.c, of the whole */
void lint_expect(struct advisor *a);  /* lint_expect.c */


#endif
