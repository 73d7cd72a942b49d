#include "codec/yaml.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/map.h"
#include "codec/yaml_map.h"
#include "codec/yaml_quick.h"
#include "codec/yaml_text.h"
#include "model/limits.h"

/* More than 64 MB of the densest sensible config has; a bound for the memory of a hostile one. */
enum { MOST_NODES = 16 << 20, MOST_DIRECTIVES = 8 };

struct anchor {
	const struct yaml *node;
	size_t nodes; /* below and with it, aliases expanded */
	bool done;
};

/* A list or map that is not complete yet. */
struct level {
	struct yaml *node, **tail;
	struct anchor *anchor;
	size_t before; /* nodes counted when it began */
	bool value;    /* of a map: the next node is a value */
	bool merge;    /* of a map: it has a `<<` */
};

struct builder {
	struct arena *arena;
	yaml_problem *problem;
	void *arg;
	struct yaml *root;
	struct level levels[LIMIT_CONFIG_DEPTH];
	int depth, documents;
	size_t nodes, expanded;
	struct map anchors;
	struct yaml_texts texts;
};

static bool
at_mark(struct builder *b, yaml_mark_t mark, const char *text)
{
	b->problem(b->arg, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1, text);
	return false;
}

static void
at_node(struct builder *b, const struct yaml *n, const char *text)
{
	b->problem(b->arg, n->line, n->col, text);
}

/* ---- nodes */

static struct yaml *
new_node(struct builder *b, enum yaml_kind kind, yaml_mark_t mark)
{
	struct yaml *n = arena_alloc(b->arena, sizeof(*n));

	n->kind = (uint8_t)kind;
	n->line = (uint32_t)mark.line + 1;
	n->col = mark.column < UINT16_MAX ? (uint16_t)(mark.column + 1) : UINT16_MAX;
	b->nodes++;
	return n;
}

/* Hangs n into the list or map that is open; false if it cannot be there. */
static bool
attach(struct builder *b, struct yaml *n)
{
	struct level *l;

	if (b->depth == 0) {
		b->root = n;
		return true;
	}
	l = &b->levels[b->depth - 1];
	if (l->node->kind == YAML_MAP && !l->value) {
		if (n->kind != YAML_SCALAR) {
			at_node(b, n, "a key must be a word, not a list or map");
			return false;
		}
		l->merge = l->merge || (n->plain && strcmp(n->text, "<<") == 0);
	}
	*l->tail = n;
	l->tail = &n->next;
	l->node->n += l->node->kind == YAML_LIST || l->value;
	l->value = !l->value;
	return true;
}

static struct anchor *
new_anchor(struct builder *b, const yaml_char_t *name, const struct yaml *n)
{
	struct anchor *a;

	if (!name)
		return NULL;
	a = arena_alloc(b->arena, sizeof(*a));
	a->node = n;
	*map_puts(&b->anchors, arena_strdup(b->arena, (const char *)name)) = a;
	return a;
}

static bool
tag_known(const yaml_char_t *tag)
{
	static const char *const known[] = {"!", YAML_STR_TAG, YAML_INT_TAG, YAML_FLOAT_TAG,
	    YAML_BOOL_TAG, YAML_NULL_TAG, YAML_SEQ_TAG, YAML_MAP_TAG};

	for (size_t i = 0; tag && i < sizeof(known) / sizeof(*known); i++)
		if (strcmp((const char *)tag, known[i]) == 0)
			return true;
	return !tag;
}

/* ---- events */

static bool
on_scalar(struct builder *b, const yaml_event_t *e)
{
	const char *s = (const char *)e->data.scalar.value;
	size_t len = e->data.scalar.length;
	const yaml_char_t *tag = e->data.scalar.tag;
	struct anchor *a;
	struct yaml *n;

	if (!tag_known(tag))
		return at_mark(b, e->start_mark, "tags are not used here");
	if (len > UINT32_MAX || memchr(s, '\0', len))
		return at_mark(b, e->start_mark, "a NUL byte in a text");
	n = new_node(b, YAML_SCALAR, e->start_mark);
	n->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    !(tag && strcmp((const char *)tag, YAML_STR_TAG) == 0);
	n->block = e->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
	    e->data.scalar.style == YAML_FOLDED_SCALAR_STYLE;
	n->n = (uint32_t)len;
	n->text = yaml_text(&b->texts, b->arena, n, s, len);
	a = new_anchor(b, e->data.scalar.anchor, n);
	if (a) {
		a->nodes = 1;
		a->done = true;
	}
	return attach(b, n);
}

static bool
open_level(struct builder *b, const yaml_event_t *e, enum yaml_kind kind, const yaml_char_t *tag,
    const yaml_char_t *anchor)
{
	struct yaml *n;

	if (!tag_known(tag))
		return at_mark(b, e->start_mark, "tags are not used here");
	if (b->depth == LIMIT_CONFIG_DEPTH)
		return at_mark(b, e->start_mark, "nested deeper than 16 levels");
	n = new_node(b, kind, e->start_mark);
	if (!attach(b, n))
		return false;
	b->levels[b->depth++] = (struct level){.node = n,
	                                       .tail = &n->first,
	                                       .before = b->nodes - 1,
	                                       .anchor = new_anchor(b, anchor, n)};
	return true;
}

static bool
on_list(struct builder *b, const yaml_event_t *e)
{
	return open_level(b, e, YAML_LIST, e->data.sequence_start.tag,
	                  e->data.sequence_start.anchor);
}

static bool
on_map(struct builder *b, const yaml_event_t *e)
{
	return open_level(b, e, YAML_MAP, e->data.mapping_start.tag, e->data.mapping_start.anchor);
}

static bool
on_alias(struct builder *b, const yaml_event_t *e)
{
	const struct anchor *a = map_gets(&b->anchors, (const char *)e->data.alias.anchor);
	struct yaml *n;

	if (!a)
		return at_mark(b, e->start_mark, "an alias without its anchor");
	if (!a->done)
		return at_mark(b, e->start_mark, "an alias inside of what it stands for");
	b->expanded += a->nodes;
	b->nodes += a->nodes - 1;
	if (b->expanded > LIMIT_CONFIG_NODES)
		return at_mark(b, e->start_mark, "aliases expand to more than 100000 nodes");
	n = new_node(b, (enum yaml_kind)a->node->kind, e->start_mark);
	n->plain = a->node->plain;
	n->block = a->node->block;
	n->n = a->node->n;
	n->first = a->node->first; /* or its text */
	return attach(b, n);
}

static bool
on_end(struct builder *b, const yaml_event_t *e)
{
	struct level *l = &b->levels[b->depth - 1];

	(void)e;
	if (l->node->kind == YAML_MAP && (l->node->n > 1 || l->merge))
		yaml_map_finish(b->arena, l->node, l->merge, b->problem, b->arg);
	if (l->anchor) {
		l->anchor->nodes = b->nodes - l->before;
		l->anchor->done = true;
	}
	b->depth--;
	return true;
}

static bool
on_document(struct builder *b, const yaml_event_t *e)
{
	if (b->documents++ > 0)
		return at_mark(b, e->start_mark, "a second document begins here; one is allowed");
	return true;
}

static bool
on_nothing(struct builder *b, const yaml_event_t *e)
{
	(void)b;
	(void)e;
	return true;
}

static bool (*const handlers[])(struct builder *, const yaml_event_t *) = {
    [YAML_NO_EVENT] = on_nothing,
    [YAML_STREAM_START_EVENT] = on_nothing,
    [YAML_STREAM_END_EVENT] = on_nothing,
    [YAML_DOCUMENT_START_EVENT] = on_document,
    [YAML_DOCUMENT_END_EVENT] = on_nothing,
    [YAML_ALIAS_EVENT] = on_alias,
    [YAML_SCALAR_EVENT] = on_scalar,
    [YAML_SEQUENCE_START_EVENT] = on_list,
    [YAML_SEQUENCE_END_EVENT] = on_end,
    [YAML_MAPPING_START_EVENT] = on_map,
    [YAML_MAPPING_END_EVENT] = on_end,
};

/* ---- the whole */

static void
syntax_problem(struct builder *b, const yaml_parser_t *p)
{
	char text[256];
	yaml_mark_t mark = p->problem_mark;

	if (p->error == YAML_MEMORY_ERROR) {
		snprintf(text, sizeof(text), "out of memory");
	} else if (p->error == YAML_READER_ERROR) {
		mark = p->mark;
		snprintf(text, sizeof(text), "not UTF-8 text: %s",
		         p->problem ? p->problem : "bad byte");
	} else {
		snprintf(text, sizeof(text), "not YAML: %s%s%s",
		         p->problem ? p->problem : "unreadable", p->context ? " " : "",
		         p->context ? p->context : "");
	}
	at_mark(b, mark, text);
}

static bool
build(struct builder *b, yaml_parser_t *p)
{
	bool ok = true, end = false;

	while (ok && !end) {
		yaml_event_t e;

		if (!yaml_parser_parse(p, &e)) {
			syntax_problem(b, p);
			return false;
		}
		end = e.type == YAML_STREAM_END_EVENT;
		ok = handlers[e.type](b, &e);
		if (ok && b->nodes > MOST_NODES)
			ok = at_mark(b, e.start_mark, "more than 16 million nodes");
		yaml_event_delete(&e);
	}
	return ok;
}

/* libyaml compares each %TAG with all before it, and nobody needs one. */
static bool
directives_fine(struct builder *b, const char *text, size_t n)
{
	const char *p = text, *end = text + n;
	int count = 0;

	while (count < MOST_DIRECTIVES && (p = memmem(p, (size_t)(end - p), "%TAG", 4))) {
		count += p == text || p[-1] == '\n' || p[-1] == '\r';
		p += 4;
	}
	if (count < MOST_DIRECTIVES)
		return true;
	return at_mark(b, (yaml_mark_t){0}, "too many %TAG directives");
}

struct yaml *
yaml_parse_events(struct arena *a, const char *text, size_t n, yaml_problem *problem, void *arg)
{
	struct builder b = {.arena = a, .problem = problem, .arg = arg};
	yaml_parser_t p;
	bool ok;

	if (!directives_fine(&b, text, n))
		return NULL;
	if (!yaml_parser_initialize(&p)) {
		at_mark(&b, (yaml_mark_t){0}, "out of memory");
		return NULL;
	}
	yaml_parser_set_input_string(&p, (const unsigned char *)text, n);
	ok = build(&b, &p);
	yaml_parser_delete(&p);
	map_free(&b.anchors);
	if (ok && !b.root)
		ok = at_mark(&b, (yaml_mark_t){0}, "the file is empty");
	return ok ? b.root : NULL;
}

struct yaml *
yaml_parse(struct arena *a, const char *text, size_t n, yaml_problem *problem, void *arg)
{
	struct arena_mark before = arena_mark(a);
	struct yaml *root = yaml_quick(a, text, n);

	if (root)
		return root;
	arena_rewind(a, before);
	return yaml_parse_events(a, text, n, problem, arg);
}
