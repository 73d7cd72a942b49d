#ifndef FODNS_PATTERN_H
#define FODNS_PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * POSIX extended regular expressions over what a target sends, whose makers may
 * be strangers: no back-references and no repetitions that multiply, which cost
 * time and memory without bound.  ^ and $ match at each line.
 */
enum { PATTERN_MOST = 1024, PATTERN_PARTS = 500 };

/* Why s is no such expression, in the words of regcomp(3) where they are its; NULL: it is one.
 * The text is good until the thread's next call. */
const char *pattern_wrong(const char *s);

/* False: pattern_wrong says why.  regfree gives it back. */
bool pattern_make(regex_t *re, const char *s);
/* n bytes, NULs and all, and a NUL behind them: some regexec wants one. */
bool pattern_matches(const regex_t *re, const char *text, size_t n);

#endif
