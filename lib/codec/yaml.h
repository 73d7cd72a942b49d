#ifndef FODNS_YAML_H
#define FODNS_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"

/*
 * The door to libyaml: a document as a tree of nodes with their places.  Stops
 * at 16 levels; refuses duplicate keys, cyclic aliases and expansions beyond
 * 100,000 nodes; `<<` is merged.
 */
enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
	uint8_t kind;     /* enum yaml_kind */
	bool plain;       /* a scalar without quotes */
	uint16_t col;
	uint32_t line;    /* from 1 */
	uint32_t len, n;  /* bytes of the scalar, or number of items (of pairs) */
	const char *text; /* the scalar, NUL-terminated */
	struct yaml *next;  /* in its list; in a map key -> value -> next key */
	struct yaml *first; /* item of a list, key of a map */
};

/* problems: called for each with its place; returns NULL if the document could not be read at all. */
typedef void yaml_problem(void *arg, uint32_t line, uint32_t col, const char *text);
struct yaml *yaml_parse(struct arena *a, const char *text, size_t n, yaml_problem *problem, void *arg);

#endif
