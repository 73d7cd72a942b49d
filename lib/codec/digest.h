#ifndef FODNS_DIGEST_H
#define FODNS_DIGEST_H

#include "base/buf.h"
#include "model/decision.h"

/*
 * What is answered, as a number to compare (fodns-decide(1), "Digest"): the first
 * half of the SHA-256 of a text that others can make, too.  No time is in it,
 * and not why it is answered.
 */
enum { DIGEST_TEXT = 33 };

/* 32 hexadecimal digits; returns dst. */
char *digest_text(char dst[static DIGEST_TEXT], const char *text, size_t n);

/* Adds the text of a decision: one line for each of its rrsets. */
void digest_lines(struct buf *b, const struct decision *d);

#endif
