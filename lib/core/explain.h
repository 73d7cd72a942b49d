#ifndef FODNS_EXPLAIN_H
#define FODNS_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "core/engine.h"
#include "core/view.h"

/*
 * Why a domain answers what it answers, from the answer backwards
 * (fodns-policy(7), "Explanation").  Writes from what is given; asks nobody.
 */
struct explain {
	struct engine *engine;
	const struct config *config;
	const struct domain *domain;
	const struct decision *decision;
	const char *const
	    *notes;         /* said first: about the config on disk and the like; ended by NULL */
	const char *served; /* "same (127.0.0.1@8053)" or the difference; NULL: not asked */
	const char *answered; /* "same", or what was answered then; NULL: it is of now */
	bool colour;
	size_t width; /* of the terminal, in characters */
};

void explain_text(const struct explain *x, struct buf *b);
void explain_json(const struct explain *x, struct buf *b); /* one line */

/* One sentence: the rule that chose the family's answer; its place in the config to `at`. */
void explain_why(const struct explain *x, enum family f, struct buf *b, struct place *at);
void explain_votes(const struct explain *x, struct buf *b); /* how reports become a state */
/* One lost report of this agent may already be silence. */
bool explain_seldom(const struct explain *x, const struct agent_view *a);

#endif
