#include "codec/yaml_quick.h"

#include <string.h>

#include "codec/yaml_map.h"
#include "codec/yaml_text.h"
#include "model/limits.h"

/* libyaml takes 1024 bytes of a key; more nodes than these are for it to count. */
enum { KEY_MOST = 1000, MOST_NODES = 8 << 20 };

struct quick {
	const char *p, *end;
	const char *bol; /* begin of the line */
	uint32_t line;
	int depth;
	size_t nodes;
	bool refused;
	struct arena *arena;
	struct yaml_texts texts;
};

static struct yaml *flow(struct quick *q);
static struct yaml *block(struct quick *q, long col);

/* ---- characters; behind the text stands a NUL */

static bool
blank(char c)
{
	return c == ' ' || c == '\n' || c == '\0';
}

static bool
flow_mark(char c)
{
	return c == ',' || c == '[' || c == ']' || c == '{' || c == '}';
}

/* Of libyaml's columns a byte is one, and it has no line breaks but this one. */
static bool
all_plain(const char *s, size_t n)
{
	bool odd = false;

	for (size_t i = 0; i < n; i++)
		odd |= (unsigned char)(s[i] - 0x20) > 0x7e - 0x20 && s[i] != '\n';
	return !odd;
}

static struct yaml *
node(struct quick *q, enum yaml_kind kind, const char *at)
{
	struct yaml *n = arena_alloc(q->arena, sizeof(*n));
	size_t col = (size_t)(at - q->bol);

	n->kind = (uint8_t)kind;
	n->line = q->line;
	n->col = col < UINT16_MAX ? (uint16_t)(col + 1) : UINT16_MAX;
	return ++q->nodes > MOST_NODES ? NULL : n;
}

/* ---- space between tokens */

static void
skip_spaces(struct quick *q)
{
	while (*q->p == ' ')
		q->p++;
}

/* A comment needs a blank in front of it; anything else of a line is none. */
static bool
at_line_end(struct quick *q)
{
	skip_spaces(q);
	if (*q->p == '#' && (q->p == q->bol || q->p[-1] == ' ')) {
		q->p = memchr(q->p, '\n', (size_t)(q->end - q->p));
		if (!q->p)
			q->p = q->end;
	}
	return *q->p == '\n' || q->p == q->end;
}

/* "---" and "..." at the begin of a line are documents' ends. */
static bool
document_mark(const struct quick *q)
{
	return q->p == q->bol && (!strncmp(q->p, "---", 3) || !strncmp(q->p, "...", 3));
}

/* From the end of a line's content to that of the next line that has some, or to the end. */
static bool
next_line(struct quick *q)
{
	while (at_line_end(q)) {
		if (q->p == q->end)
			return true;
		q->bol = ++q->p;
		q->line++;
		skip_spaces(q);
		if (*q->p != '\n' && *q->p != '#' && q->p != q->end)
			return !document_mark(q);
	}
	return false;
}

static long
column(const struct quick *q)
{
	return q->p == q->end ? -1 : (long)(q->p - q->bol);
}

/* Within brackets a line's end is a blank like another. */
static bool
skip_all(struct quick *q)
{
	skip_spaces(q);
	return (*q->p != '\n' && *q->p != '#') || next_line(q);
}

/* ---- scalars */

static struct yaml *
scalar(struct quick *q, const char *at, const char *text, size_t n, bool plain)
{
	struct yaml *s = node(q, YAML_SCALAR, at);

	if (!s)
		return NULL;
	s->plain = plain;
	s->n = (uint32_t)n;
	s->text = yaml_text(&q->texts, q->arena, s, text, n);
	return s;
}

/* Without escapes, and on one line. */
static struct yaml *
quoted(struct quick *q)
{
	const char *at = q->p, *p = at + 1;

	while (*p != *at && *p != '\\' && *p != '\n' && p < q->end)
		p++;
	if (*p != *at || (*at == '\'' && p[1] == '\''))
		return NULL;
	q->p = p + 1;
	return scalar(q, at, at + 1, (size_t)(p - at - 1), false);
}

static bool
may_begin(const char *p)
{
	if (*p == '-')
		return (p[1] >= '0' && p[1] <= '9') || (p[1] >= 'a' && p[1] <= 'z');
	return !blank(*p) && !strchr("?:,[]{}#&*!|>'\"%@`", *p);
}

/* As long as libyaml takes it; blanks within belong to it, those at its end don't. */
static struct yaml *
plain(struct quick *q, bool in_flow)
{
	const char *at = q->p, *p = at, *last = at;

	if (!may_begin(p))
		return NULL;
	for (;; p++) {
		while (*p == ' ')
			p++;
		if (*p == '\n' || p == q->end || (*p == '#' && p[-1] == ' '))
			break;
		if (*p == ':' && blank(p[1]))
			break;
		if (in_flow && flow_mark(*p))
			break;
		if (in_flow && (*p == '?' || (*p == ':' && flow_mark(p[1]))))
			return NULL;
		last = p;
	}
	q->p = last + 1;
	return scalar(q, at, at, (size_t)(last + 1 - at), true);
}

static struct yaml *
any_scalar(struct quick *q, bool in_flow)
{
	return *q->p == '"' || *q->p == '\'' ? quoted(q) : plain(q, in_flow);
}

/* The colon behind a key. Behind quotes in brackets none needs a blank. */
static bool
take_colon(struct quick *q, const struct yaml *key, const char *at, bool in_flow)
{
	skip_spaces(q);
	if (*q->p != ':' || q->p - at > KEY_MOST || (!blank(q->p[1]) && (!in_flow || key->plain)))
		return false;
	q->p++;
	return !(key->plain && strcmp(key->text, "<<") == 0);
}

/* ---- maps */

static void
refuse(void *arg, uint32_t line, uint32_t col, const char *text)
{
	struct quick *q = arg;

	(void)line;
	(void)col;
	(void)text;
	q->refused = true;
}

static struct yaml *
finish_map(struct quick *q, struct yaml *map)
{
	if (map->n > 1)
		yaml_map_finish(q->arena, map, false, refuse, q);
	return q->refused ? NULL : map;
}

/* ---- flow: in brackets and braces */

static struct yaml *
flow_value(struct quick *q)
{
	if (!skip_all(q))
		return NULL;
	return *q->p == '[' || *q->p == '{' ? flow(q) : any_scalar(q, true);
}

static struct yaml *
flow_key(struct quick *q)
{
	const char *at = q->p;
	struct yaml *key = any_scalar(q, true);

	return key && take_colon(q, key, at, true) ? key : NULL;
}

/* Past the comma, if one is there; false at what is neither that nor the end. */
static bool
flow_next(struct quick *q, char end)
{
	if (!skip_all(q))
		return false;
	if (*q->p == end)
		return true;
	if (*q->p != ',')
		return false;
	q->p++;
	return skip_all(q);
}

static bool
flow_items(struct quick *q, struct yaml *n, char end)
{
	struct yaml **tail = &n->first;

	if (!skip_all(q))
		return false;
	while (*q->p != end) {
		if (n->kind == YAML_MAP) {
			if (!(*tail = flow_key(q)))
				return false;
			tail = &(*tail)->next;
		}
		if (!(*tail = flow_value(q)))
			return false;
		tail = &(*tail)->next;
		n->n++;
		if (!flow_next(q, end))
			return false;
	}
	q->p++;
	return true;
}

static struct yaml *
flow(struct quick *q)
{
	bool list = *q->p == '[';
	struct yaml *n = node(q, list ? YAML_LIST : YAML_MAP, q->p);

	if (!n || ++q->depth > LIMIT_CONFIG_DEPTH)
		return NULL;
	q->p++;
	if (!flow_items(q, n, list ? ']' : '}'))
		return NULL;
	q->depth--;
	return list ? n : finish_map(q, n);
}

/* ---- block: by indentation; each leaves off at the next line's content */

static bool
at_dash(const struct quick *q)
{
	return *q->p == '-' && blank(q->p[1]);
}

static struct yaml *
block_list(struct quick *q, long col)
{
	struct yaml *n = node(q, YAML_LIST, q->p), **tail;

	if (!n || ++q->depth > LIMIT_CONFIG_DEPTH)
		return NULL;
	for (tail = &n->first; column(q) == col && at_dash(q); tail = &(*tail)->next) {
		q->p++;
		skip_spaces(q);
		if ((*q->p == '\n' || *q->p == '#') && !next_line(q))
			return NULL;
		if (column(q) <= col || !(*tail = block(q, column(q))))
			return NULL;
		n->n++;
	}
	q->depth--;
	return column(q) > col ? NULL : n;
}

/* On the key's line, or on those below it. A list may stand right below its key. */
static struct yaml *
block_value(struct quick *q, long col)
{
	struct yaml *n;

	skip_spaces(q);
	if (*q->p == '\n' || *q->p == '#' || q->p == q->end) {
		if (!next_line(q))
			return NULL;
		if (column(q) == col && at_dash(q))
			return block_list(q, col);
		return column(q) > col ? block(q, column(q)) : NULL;
	}
	n = *q->p == '[' || *q->p == '{' ? flow(q) : any_scalar(q, false);
	return n && next_line(q) ? n : NULL;
}

static struct yaml *
block_key(struct quick *q)
{
	const char *at = q->p;
	struct yaml *key = any_scalar(q, false);

	return key && take_colon(q, key, at, false) ? key : NULL;
}

static struct yaml *
block_map(struct quick *q, struct yaml *key, long col)
{
	struct yaml *n = node(q, YAML_MAP, q->p), **tail;

	if (!n || ++q->depth > LIMIT_CONFIG_DEPTH)
		return NULL;
	n->line = key->line;
	n->col = key->col;
	for (tail = &n->first;; n->n++) {
		*tail = key;
		if (!(key->next = block_value(q, col)))
			return NULL;
		tail = &key->next->next;
		if (column(q) != col)
			break;
		if (!(key = block_key(q)))
			return NULL;
	}
	n->n++;
	q->depth--;
	return column(q) > col ? NULL : finish_map(q, n);
}

/* The node that begins here, at a column that is beyond its parent's. */
static struct yaml *
block(struct quick *q, long col)
{
	const char *at = q->p;
	struct yaml *n;

	if (at_dash(q))
		return block_list(q, col);
	if (*q->p == '[' || *q->p == '{') {
		n = flow(q);
		return n && next_line(q) ? n : NULL;
	}
	n = any_scalar(q, false);
	if (!n)
		return NULL;
	skip_spaces(q);
	if (*q->p == ':')
		return take_colon(q, n, at, false) ? block_map(q, n, col) : NULL;
	return next_line(q) ? n : NULL;
}

struct yaml *
yaml_quick(struct arena *a, const char *text, size_t n)
{
	struct quick q = {.p = text, .end = text + n, .bol = text, .line = 1, .arena = a};
	struct yaml *root;

	if (!all_plain(text, n) || document_mark(&q))
		return NULL;
	skip_spaces(&q);
	if ((*q.p == '\n' || *q.p == '#') && !next_line(&q))
		return NULL;
	if (q.p == q.end)
		return NULL;
	root = block(&q, column(&q));
	return root && q.p == q.end ? root : NULL;
}
