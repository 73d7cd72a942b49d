#ifndef FODNS_YAML_H
#define FODNS_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/*
 * The door to libyaml: a document as a tree of nodes with their places.  Stops
 * at 16 levels; refuses duplicate keys, keys that are no scalars, NUL bytes,
 * foreign tags, cyclic aliases and expansions beyond 100,000 nodes; `<<` is
 * merged.  An aliased node is a copy that shares what is below it.
 */
enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
	uint8_t kind; /* enum yaml_kind */
	bool plain;   /* a scalar without quotes */
	bool block;   /* a scalar after '|' or '>': its text begins on the next line */
	uint16_t col;
	uint32_t line;     /* from 1 */
	uint32_t n;        /* bytes of the scalar, items of the list, pairs of the map */
	struct yaml *next; /* in its list; in a map key -> value -> next key */
	union {
		const char *text;   /* the scalar, NUL-terminated */
		struct yaml *first; /* item of a list, key of a map */
	};
};

/*
 * text[n] must be NUL.  problem is called for each with its place.  Returns the
 * root, or NULL (after a call of problem) if the document could not be read to
 * its end.
 */
typedef void yaml_problem(void *arg, uint32_t line, uint32_t col, const char *text);
struct yaml *yaml_parse(struct arena *a, const char *text, size_t n, yaml_problem *problem,
    void *arg);

/* The same by libyaml alone, without the quick way for the usual form (yaml_quick.h). */
struct yaml *yaml_parse_events(struct arena *a, const char *text, size_t n, yaml_problem *problem,
    void *arg);

const struct yaml *yaml_get(const struct yaml *map, const char *key); /* the value; NULL */

#endif
