#ifndef FODNS_COMPARE_H
#define FODNS_COMPARE_H

#include <stdbool.h>

#include "base/buf.h"
#include "core/engine.h"

/*
 * What two decisions answer, side by side, for people.  What counts as a
 * difference stands in compare_rrset alone.
 */
struct compared {
	const struct domain *domain;     /* NULL: not configured on this side */
	const struct decision *decision;
};

/* Is there anything to say of this family: a target or an answer? */
bool compare_shown(const struct compared *c, enum family f);

/* "A 10.0.0.1 10.0.0.2 live, ttl 5" */
void compare_rrset(struct buf *b, const struct compared *c, enum family f);

/* Does a client get another answer, or the same for another reason? */
bool compare_same(const struct compared *a, const struct compared *b, enum family f);
bool compare_all_same(const struct compared *a, const struct compared *b);

/* "- A ..." and "+ A ..." for each family that differs. */
void compare_write(struct buf *b, bool colour, const struct compared *was,
                   const struct compared *is);

/* One line of a diff: sign is '-' or '+'. */
void compare_line(struct buf *b, bool colour, char sign, const char *text);
/* A sentence behind such a sign, broken at its spaces to stay within the width. */
void compare_sentence(struct buf *b, bool colour, char sign, const char *text, size_t width);

#endif
