#ifndef FODNS_ARENA_H
#define FODNS_ARENA_H

#include <stddef.h>

/*
 * A bump allocator: what is made together is freed together.  A loaded config
 * and all it points to live in one arena, which is replaced whole.
 */
struct arena_chunk;

struct arena {
	struct arena_chunk *head;
	size_t used;  /* bytes taken from the head chunk */
	size_t total; /* bytes held from the system in all chunks */
};

void arena_init(struct arena *a);
void arena_free(struct arena *a); /* idempotent; the arena can be used again */

/* What is made after a mark can be given back before all else. */
struct arena_mark {
	struct arena_chunk *head;
	size_t used;
};

struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark to);

void *arena_alloc(struct arena *a, size_t n); /* zeroed, aligned to 8, never NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n); /* adds the NUL */
char *arena_strdup(struct arena *a, const char *s);

#endif
