#ifndef FODNS_NAME_H
#define FODNS_NAME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Names as text.  A domain name inside fodns is in lower case and without the
 * last dot ("webmail.failover"); the root is ".".
 */

/*
 * Writes the normal form of the domain name s to dst.  False if it is none: a
 * label empty or over 63 bytes, 253 in all, or bytes other than letters, digits,
 * '-', '_', and '*' as the whole first label.  *why says what is wrong.
 */
bool name_normal(char dst[static 254], const char *s, const char **why);

/* The normal form of a host: no root, no wildcard, and not what only an address could be (its
 * last label a number). */
bool name_host(char dst[static 254], const char *s, const char **why);

bool name_equal(const char *a, const char *b); /* without case, with or without the last dot */
/* Of normal forms; a name is under itself; label borders are respected. */
bool name_under(const char *name, const char *zone);

/* Can s be an agent_id: 1-64 bytes, UTF-8, no control characters? *why says what is wrong. */
bool agent_id_valid(const char *s, size_t n, const char **why);

/*
 * An agent_id as the name of a directory: percent-encoded outside [a-z0-9_-],
 * '.' stays unless it is first.  dst holds 3 * 64 + 1 bytes.  The way back is
 * false for anything that agent_id_file could not have written.
 */
enum { AGENT_FILE = 3 * 64 + 1 };
void agent_id_file(char dst[static AGENT_FILE], const char *id);
bool agent_id_from_file(char dst[static 65], const char *file);

#endif
