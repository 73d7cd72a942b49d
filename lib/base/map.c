#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/siphash.h"

static const char deleted; /* the key of a slot that was emptied */

void
map_init(struct map *m)
{
	memset(m, 0, sizeof(*m));
}

void
map_seed(struct map *m, uint64_t a, uint64_t b)
{
	m->seed[0] = a;
	m->seed[1] = b;
}

void
map_free(struct map *m)
{
	free(m->slots);
	m->slots = NULL;
	m->cap = m->used = m->filled = 0;
}

static struct map_slot *
find(const struct map *m, const void *key, size_t len, uint32_t hash)
{
	struct map_slot *free_slot = NULL;

	for (size_t i = hash & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
		struct map_slot *s = &m->slots[i];

		if (!s->key)
			return free_slot ? free_slot : s;
		if (s->key == &deleted) {
			if (!free_slot)
				free_slot = s;
		} else if (s->hash == hash && s->len == len && !memcmp(s->key, key, len)) {
			return s;
		}
	}
}

static bool
taken(const struct map_slot *s)
{
	return s->key && s->key != &deleted;
}

void *
map_get(const struct map *m, const void *key, size_t len)
{
	struct map_slot *s;

	if (!m->used)
		return NULL;
	s = find(m, key, len, (uint32_t)siphash13(m->seed, key, len));
	return taken(s) ? s->value : NULL;
}

void *
map_gets(const struct map *m, const char *key)
{
	return map_get(m, key, strlen(key));
}

/* Load stays at or below a half, deleted slots included. */
static void
grow(struct map *m)
{
	struct map old = *m;
	size_t cap = 16;

	while (cap < m->used * 4 + 4)
		cap *= 2;
	m->slots = mem_alloc(cap * sizeof(*m->slots));
	m->cap = cap;
	m->filled = m->used;
	for (size_t i = 0; i < old.cap; i++)
		if (taken(&old.slots[i]))
			*find(m, old.slots[i].key, old.slots[i].len, old.slots[i].hash) =
			    old.slots[i];
	free(old.slots);
}

void **
map_put(struct map *m, const void *key, size_t len)
{
	uint32_t hash = (uint32_t)siphash13(m->seed, key, len);
	struct map_slot *s;

	if ((m->filled + 1) * 2 > m->cap)
		grow(m);
	s = find(m, key, len, hash);
	if (!taken(s)) {
		m->filled += !s->key;
		m->used++;
		*s = (struct map_slot){key, NULL, (uint32_t)len, hash};
	}
	return &s->value;
}

void **
map_puts(struct map *m, const char *key)
{
	return map_put(m, key, strlen(key));
}

void *
map_del(struct map *m, const void *key, size_t len)
{
	struct map_slot *s;
	void *value;

	if (!m->used)
		return NULL;
	s = find(m, key, len, (uint32_t)siphash13(m->seed, key, len));
	if (!taken(s))
		return NULL;
	value = s->value;
	s->key = &deleted;
	s->value = NULL;
	m->used--;
	return value;
}

const struct map_slot *
map_next(const struct map *m, size_t *i)
{
	while (*i < m->cap)
		if (taken(&m->slots[(*i)++]))
			return &m->slots[*i - 1];
	return NULL;
}
