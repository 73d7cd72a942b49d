#include "edge/taskobjects.h"

#include <stdbool.h>
#include <string.h>

enum { DEPTH = 16 };

struct scan {
	const char *p, *end;
};

static void
space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool
take(struct scan *s, char c)
{
	space(s);
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool
string(struct scan *s)
{
	if (!take(s, '"'))
		return false;
	for (; s->p < s->end && *s->p != '"'; s->p++)
		if (*s->p == '\\')
			s->p++;
	if (s->p >= s->end)
		return false;
	s->p++;
	return true;
}

/* Opening and closing brackets must pair; what is between them is not judged. */
static bool
nested(struct scan *s)
{
	char open[DEPTH];
	size_t depth = 0;

	do {
		char c;

		space(s);
		if (s->p == s->end)
			return false;
		c = *s->p;
		if (c == '"') {
			if (!string(s))
				return false;
			continue;
		}
		s->p++;
		if (c == '{' || c == '[') {
			if (depth == DEPTH)
				return false;
			open[depth++] = c;
		} else if (c == '}' || c == ']') {
			if (!depth || open[--depth] != (c == '}' ? '{' : '['))
				return false;
		}
	} while (depth);
	return true;
}

/* Any value; a number or word ends at what cannot be in it. */
static bool
value(struct scan *s)
{
	const char *start;

	space(s);
	if (s->p == s->end)
		return false;
	if (*s->p == '"')
		return string(s);
	if (*s->p == '{' || *s->p == '[')
		return nested(s);
	for (start = s->p; s->p < s->end && !strchr(",]} \t\r\n", *s->p); s->p++)
		;
	return s->p > start;
}

static bool
list(struct scan *s, void (*each)(void *arg, const char *object, size_t len), void *arg)
{
	if (!take(s, '['))
		return false;
	if (take(s, ']'))
		return true;
	do {
		const char *start;

		space(s);
		start = s->p;
		if (s->p == s->end || *s->p != '{' || !nested(s))
			return false;
		if (each)
			each(arg, start, (size_t)(s->p - start));
	} while (take(s, ','));
	return take(s, ']');
}

int
taskobjects(const char *text, size_t n, void (*each)(void *arg, const char *object, size_t len),
            void *arg)
{
	struct scan s = {.p = text, .end = text + n};
	bool found = false;

	if (!take(&s, '{'))
		return -1;
	do {
		const char *key;

		space(&s);
		key = s.p;
		if (!string(&s) || !take(&s, ':'))
			return -1;
		if (!found && strncmp(key, "\"tasks\"", 7) == 0) {
			found = true;
			if (!list(&s, each, arg))
				return -1;
		} else if (!value(&s)) {
			return -1;
		}
	} while (take(&s, ','));
	if (!take(&s, '}'))
		return -1;
	space(&s);
	return found && s.p == s.end ? 0 : -1;
}
