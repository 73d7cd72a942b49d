#ifndef FODNS_MAP_H
#define FODNS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A hash table from byte strings to pointers.  It keeps the caller's pointer to
 * the key: the key must live as long as its entry.  The hash key is fixed per
 * map, set by map_seed for maps that hold text from outside.
 */
struct map_slot {
	const void *key;
	void *value;
	uint32_t len, hash;
};

struct map {
	struct map_slot *slots;
	size_t cap, used, filled; /* filled counts deleted slots, too */
	uint64_t seed[2];
};

void map_init(struct map *m);
void map_seed(struct map *m, uint64_t a, uint64_t b); /* before the first entry */

/* idempotent; keys and values are the caller's */
void map_free(struct map *m);

void *map_get(const struct map *m, const void *key, size_t len); /* NULL if there is none */
void *map_gets(const struct map *m, const char *key);

/* The slot of the key's value, made (NULL value) if it is not there; valid until the next
 * change. */
void **map_put(struct map *m, const void *key, size_t len);
void **map_puts(struct map *m, const char *key);
void *map_del(struct map *m, const void *key, size_t len); /* the value it had */

/* Iterates: for (size_t i = 0; (s = map_next(m, &i)); ) — in no order. */
const struct map_slot *map_next(const struct map *m, size_t *i);

#endif
