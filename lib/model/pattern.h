#ifndef FODNS_PATTERN_H
#define FODNS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The door to PCRE2: POSIX extended regular expressions over what a target
 * sends, whose makers may be strangers: what one match may cost is bounded,
 * whatever the text.  ^ and $ match at each line.
 */
enum { PATTERN_MOST = 1024, PATTERN_PARTS = 500 };

struct regex;

enum pattern_found {
	PATTERN_NO,
	PATTERN_YES,
	PATTERN_COSTLY /* given up: nobody knows */
};

/* Why s is no such expression; NULL: it is one.  The text is good until the thread's next call. */
const char *pattern_wrong(const char *s);

/* NULL: pattern_wrong says why. */
struct regex *pattern_make(const char *s);
void pattern_free(struct regex *re); /* NULL is fine */
/* n bytes, NULs and all.  It is given up after some 2 to 10 ms, or so many times as long, up to 32;
 * one thread at a time. */
enum pattern_found pattern_matches(const struct regex *re, const char *text, size_t n,
                                   unsigned times);

#endif
