#ifndef FODNS_DECIDE_EXPLAIN_H
#define FODNS_DECIDE_EXPLAIN_H

#include "accepted.h"
#include "decide.h"

/* The config to explain by: that on disk or, when it is refused, the one in force. */
struct explaining {
	struct accepted config;
	char notes[4][640]; /* said first */
	size_t nnotes;
	bool live; /* of now: the server is asked, and its counters are looked at */
};

void explain_begin(struct explaining *x, const struct decide *d); /* or ends the program */
void explain_note(struct explaining *x, const char *text); /* said before the first domain */
void explain_domain(struct explaining *x, const struct decide *d, const struct past *p,
                    const struct domain *dom, const struct decision *dec);

#endif
