#ifndef FODNS_TEXT_H
#define FODNS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Length (1-4) of the valid UTF-8 sequence at s, 0 if there is none within n bytes (RFC 3629). */
size_t text_utf8(const char *s, size_t n);

/*
 * Copies at most cap - 1 bytes of foreign text, whole characters only; control
 * characters (C0, DEL, C1), those of direction, line and no width, and invalid bytes
 * are left out, so that it can be stored, logged and shown on a terminal.  Returns the
 * length written.
 */
size_t text_clean(char *dst, size_t cap, const char *src, size_t n);

/* True if there is something in s that text_clean leaves out. */
bool text_dirty(const char *s, size_t n);

/* The word of words[] (ended by NULL) nearest to s, NULL if none is near: "did you mean". */
const char *text_nearest(const char *s, const char *const *words);

/* Writes "a, b or c" to dst. */
void text_list(char *dst, size_t cap, const char *const *words);

#endif
