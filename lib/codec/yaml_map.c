#include "codec/yaml_map.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/text.h"

/* Fewer keys are compared one by one, more are hashed. */
enum { FEW_KEYS = 12 };

struct finisher {
	struct arena *arena;
	struct yaml *map, **tail;
	yaml_problem *problem;
	void *arg;
};

static void
at_node(const struct finisher *f, const struct yaml *n, const char *text)
{
	f->problem(f->arg, n->line, n->col, text);
}

static bool
same_key(const struct yaml *a, const struct yaml *b)
{
	return a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
}

/* The keys of a map, to look up. */
struct keys {
	const struct yaml *map;
	struct map hashed;
	bool many;
};

static void
keys_init(struct keys *k, const struct yaml *map, size_t most)
{
	*k = (struct keys){.map = map, .many = most > FEW_KEYS};
}

/* The key equal to n that stands before `end`, else NULL; when many, n is entered. */
static const struct yaml *
keys_seen(struct keys *k, const struct yaml *n, const struct yaml *end)
{
	if (k->many) {
		void **slot = map_put(&k->hashed, n->text, n->n);
		const struct yaml *old = *slot;

		if (!old)
			*slot = (void *)(uintptr_t)n;
		return old;
	}
	for (const struct yaml *i = k->map->first; i && i != end; i = i->next->next)
		if (same_key(i, n))
			return i;
	return NULL;
}

static void
drop_duplicates(struct finisher *f)
{
	struct yaml **link = &f->map->first;
	struct keys keys;

	keys_init(&keys, f->map, f->map->n);
	for (struct yaml *n; (n = *link);) {
		const struct yaml *old = keys_seen(&keys, n, n);
		char text[128], shown[65];

		if (!old) {
			link = &n->next->next;
			continue;
		}
		text_clean(shown, sizeof(shown), n->text, n->n);
		snprintf(text, sizeof(text), "duplicate key \"%s\" (first on line %u)", shown,
		    (unsigned)old->line);
		at_node(f, n, text);
		*link = n->next->next;
		f->map->n--;
	}
	f->tail = link;
	map_free(&keys.hashed);
}

static struct yaml *
copy(const struct finisher *f, const struct yaml *n)
{
	struct yaml *c = arena_alloc(f->arena, sizeof(*c));

	*c = *n;
	c->next = NULL;
	return c;
}

/* Adds the pairs whose keys the map does not have: its own win, then what was merged first. */
static void
merge_map(struct finisher *f, struct keys *keys, const struct yaml *from)
{
	for (const struct yaml *k = from->first; k; k = k->next->next) {
		struct yaml *key;

		if (!keys->many && keys_seen(keys, k, NULL))
			continue;
		if (keys->many && map_get(&keys->hashed, k->text, k->n))
			continue;
		key = copy(f, k);
		key->next = copy(f, k->next);
		*f->tail = key;
		f->tail = &key->next->next;
		f->map->n++;
		if (keys->many)
			keys_seen(keys, key, NULL);
	}
}

static size_t
merge_size(const struct yaml *from)
{
	size_t n = from->n;

	if (from->kind == YAML_LIST)
		for (const struct yaml *i = from->first; i; i = i->next)
			n += i->n;
	return n;
}

/*
 * Takes the pair of `<<` out of the map; returns its value, NULL if it was dropped as a duplicate.
 */
static const struct yaml *
take_merge(struct finisher *f)
{
	struct yaml **link = &f->map->first;
	const struct yaml *value;

	while (*link && !((*link)->plain && strcmp((*link)->text, "<<") == 0))
		link = &(*link)->next->next;
	if (!*link)
		return NULL;
	value = (*link)->next;
	*link = value->next;
	if (!*link)
		f->tail = link;
	f->map->n--;
	return value;
}

static void
merge(struct finisher *f)
{
	const struct yaml *from = take_merge(f);
	struct keys keys;

	if (!from)
		return;
	keys_init(&keys, f->map, f->map->n + merge_size(from));
	for (const struct yaml *k = f->map->first; keys.many && k; k = k->next->next)
		keys_seen(&keys, k, NULL);
	if (from->kind == YAML_MAP)
		merge_map(f, &keys, from);
	else if (from->kind == YAML_SCALAR)
		at_node(f, from, "<< takes a map or a list of maps");
	for (const struct yaml *i = from->kind == YAML_LIST ? from->first : NULL; i; i = i->next) {
		if (i->kind == YAML_MAP)
			merge_map(f, &keys, i);
		else
			at_node(f, i, "<< takes a map or a list of maps");
	}
	map_free(&keys.hashed);
}

void
yaml_map_finish(struct arena *a, struct yaml *map, bool merges, yaml_problem *problem, void *arg)
{
	struct finisher f = {a, map, &map->first, problem, arg};

	drop_duplicates(&f);
	if (merges)
		merge(&f);
}

const struct yaml *
yaml_get(const struct yaml *map, const char *key)
{
	if (map->kind != YAML_MAP)
		return NULL;
	for (const struct yaml *k = map->first; k; k = k->next->next)
		if (strcmp(k->text, key) == 0)
			return k->next;
	return NULL;
}
