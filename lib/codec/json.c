/* json-c has types by the names of two of our functions: here they are called otherwise. */
#define json_bool jsonc_bool
#define json_type jsonc_type
#include <json-c/json.h>
#undef json_bool
#undef json_type

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "codec/json.h"

enum { DEPTH = 8 };

/*
 * json-c even in its strict mode takes single quotes, NaN and raw control
 * characters, cuts keys at \u0000 and lets the last of two equal keys win.  So
 * the text is walked by the grammar of RFC 8259 first, and the members counted:
 * a tree with fewer has lost one to its double.
 */
struct lexer {
	const char *p, *end;
	int depth;
	size_t members;
	const char *wrong;
};

static bool
fail(struct lexer *l, const char *why)
{
	if (!l->wrong)
		l->wrong = why;
	return false;
}

static void
space(struct lexer *l)
{
	while (l->p < l->end && (*l->p == ' ' || *l->p == '\t' || *l->p == '\n' || *l->p == '\r'))
		l->p++;
}

static bool
digits(struct lexer *l)
{
	const char *from = l->p;

	while (l->p < l->end && *l->p >= '0' && *l->p <= '9')
		l->p++;
	return l->p > from || fail(l, "bad number");
}

static bool
eat(struct lexer *l, char c)
{
	if (l->p == l->end || *l->p != c)
		return false;
	l->p++;
	return true;
}

static bool
number(struct lexer *l)
{
	const char *from = l->p;

	eat(l, '-');
	if (!eat(l, '0') && !digits(l))
		return false;
	if (eat(l, '.') && !digits(l))
		return false;
	if (eat(l, 'e') || eat(l, 'E')) {
		if (!eat(l, '+'))
			eat(l, '-');
		if (!digits(l))
			return false;
	}
	return l->p - from <= 64 || fail(l, "number too long");
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hexadecimal digits behind \u; -1 if they are none. */
static int
code_unit(struct lexer *l)
{
	int v = 0;

	if (l->end - l->p < 4)
		return -1;
	for (int i = 0; i < 4; i++, l->p++) {
		if (hex(*l->p) < 0)
			return -1;
		v = v * 16 + hex(*l->p);
	}
	return v;
}

static bool
escape(struct lexer *l, bool *nul)
{
	int u;

	if (l->p == l->end)
		return fail(l, "text without an end");
	if (*l->p != 'u')
		return memchr("\"\\/bfnrt", *l->p, 8) ? (l->p++, true) : fail(l, "bad escape");
	l->p++;
	u = code_unit(l);
	if (u < 0)
		return fail(l, "bad escape");
	*nul |= u == 0;
	if (u >= 0xdc00 && u <= 0xdfff)
		return fail(l, "half a surrogate pair");
	if (u < 0xd800 || u > 0xdbff)
		return true;
	if (l->end - l->p < 2 || *l->p++ != '\\' || *l->p++ != 'u')
		return fail(l, "half a surrogate pair");
	u = code_unit(l);
	return (u >= 0xdc00 && u <= 0xdfff) || fail(l, "half a surrogate pair");
}

static bool
text(struct lexer *l, bool *nul)
{
	while (l->p < l->end) {
		unsigned char c = (unsigned char)*l->p;
		size_t u;

		if (c == '"')
			return l->p++, true;
		if (c < 0x20)
			return fail(l, "control character in a text");
		if (c == '\\') {
			l->p++;
			if (!escape(l, nul))
				return false;
		} else if (c < 0x80) {
			l->p++;
		} else if ((u = text_utf8(l->p, (size_t)(l->end - l->p)))) {
			l->p += u;
		} else {
			return fail(l, "not UTF-8");
		}
	}
	return fail(l, "text without an end");
}

static bool value(struct lexer *l);

static bool
member(struct lexer *l)
{
	bool nul = false;

	space(l);
	if (!eat(l, '"'))
		return fail(l, "a name in quotes expected");
	if (!text(l, &nul))
		return false;
	if (nul)
		return fail(l, "NUL in a name");
	space(l);
	if (!eat(l, ':'))
		return fail(l, "':' expected");
	l->members++;
	return value(l);
}

/* The inside of an array or object, the opening bracket read. */
static bool
list(struct lexer *l, char close, bool (*item)(struct lexer *))
{
	if (++l->depth > DEPTH)
		return fail(l, "nested deeper than 8");
	space(l);
	if (!eat(l, close)) {
		do {
			if (!item(l))
				return false;
			space(l);
		} while (eat(l, ','));
		if (!eat(l, close))
			return fail(l,
			            close == '}' ? "',' or '}' expected" : "',' or ']' expected");
	}
	l->depth--;
	return true;
}

static bool
literal(struct lexer *l)
{
	static const char *const words[] = {"true", "false", "null"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(l->end - l->p) >= n && !memcmp(l->p, words[i], n)) {
			l->p += n;
			return true;
		}
	}
	return fail(l, "a value expected");
}

static bool
value(struct lexer *l)
{
	bool nul = false;

	space(l);
	if (l->p == l->end)
		return fail(l, "ends too early");
	if (eat(l, '{'))
		return list(l, '}', member);
	if (eat(l, '['))
		return list(l, ']', value);
	if (eat(l, '"'))
		return text(l, &nul);
	if (*l->p == '-' || (*l->p >= '0' && *l->p <= '9'))
		return number(l);
	return literal(l);
}

static size_t
members(struct json_object *o)
{
	size_t n = 0;

	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, val)
		{
			(void)key;
			n += 1 + members(val);
		}
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += members(json_object_array_get_idx(o, i));
	}
	return n;
}

/* json-c on text that is known to be JSON. */
static struct json_object *
build(const char *s, size_t n)
{
	/* Its depth counts the values inside, too. */
	struct json_tokener *t = json_tokener_new_ex(DEPTH + 2);
	struct json_object *o;

	if (!t)
		return NULL;
	json_tokener_set_flags(t, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(t, s, (int)n);
	if (json_tokener_get_error(t) == json_tokener_continue)
		o = json_tokener_parse_ex(t, " ", 1); /* a number's end */
	json_tokener_free(t);
	return o;
}

struct json *
json_parse(const char *s, size_t n, struct fault *f)
{
	struct lexer l = {s, s + n, 0, 0, NULL};
	struct json_object *o;

	if (n > (16U << 20)) {
		fault_set(f, "not JSON: longer than 16 MiB");
		return NULL;
	}
	if (value(&l)) {
		space(&l);
		if (l.p < l.end)
			fail(&l, "something behind the value");
	}
	if (l.wrong) {
		fault_set(f, "not JSON: %s at byte %zu", l.wrong, (size_t)(l.p - s) + 1);
		return NULL;
	}
	o = build(s, n);
	if (o && members(o) != l.members) {
		json_object_put(o);
		fault_set(f, "not JSON: a name twice in one object");
		return NULL;
	}
	if (!o)
		fault_set(f, "not JSON: no value");
	return (struct json *)o;
}

static struct json_object *
inside(const struct json *j)
{
	return (struct json_object *)(uintptr_t)j;
}

void
json_free(struct json *j)
{
	json_object_put(inside(j));
}

enum json_type
json_type(const struct json *j)
{
	static const enum json_type types[] = {
	    [json_type_null] = JSON_NULL,     [json_type_boolean] = JSON_BOOL,
	    [json_type_double] = JSON_DOUBLE, [json_type_int] = JSON_INT,
	    [json_type_object] = JSON_OBJECT, [json_type_array] = JSON_ARRAY,
	    [json_type_string] = JSON_STRING,
	};

	return types[json_object_get_type(inside(j))];
}

struct json *
json_get(const struct json *object, const char *key)
{
	struct json_object *v = NULL;

	if (json_type(object) == JSON_OBJECT)
		json_object_object_get_ex(inside(object), key, &v);
	return (struct json *)v;
}

bool
json_has(const struct json *object, const char *key)
{
	return json_type(object) == JSON_OBJECT &&
	       json_object_object_get_ex(inside(object), key, NULL);
}

const char *
json_string(const struct json *j, size_t *len)
{
	if (json_type(j) != JSON_STRING)
		return NULL;
	if (len)
		*len = (size_t)json_object_get_string_len(inside(j));
	return json_object_get_string(inside(j));
}

bool
json_int(const struct json *j, int64_t min, int64_t max, int64_t *v)
{
	int64_t i;

	if (json_type(j) != JSON_INT)
		return false;
	i = json_object_get_int64(inside(j));
	/* json-c puts what does not fit at the ends of the range. */
	if (i == INT64_MIN || i == INT64_MAX || i < min || i > max)
		return false;
	*v = i;
	return true;
}

bool
json_double(const struct json *j, double *v)
{
	double d;

	if (json_type(j) != JSON_INT && json_type(j) != JSON_DOUBLE)
		return false;
	d = json_object_get_double(inside(j));
	if (!isfinite(d))
		return false;
	*v = d;
	return true;
}

bool
json_bool(const struct json *j, bool *v)
{
	if (json_type(j) != JSON_BOOL)
		return false;
	*v = json_object_get_boolean(inside(j));
	return true;
}

size_t
json_length(const struct json *array)
{
	return json_type(array) == JSON_ARRAY ? json_object_array_length(inside(array)) : 0;
}

struct json *
json_at(const struct json *array, size_t i)
{
	if (i >= json_length(array))
		return NULL;
	return (struct json *)json_object_array_get_idx(inside(array), i);
}

void
json_each(const struct json *object, void (*each)(void *arg, const char *key, struct json *value),
          void *arg)
{
	if (json_type(object) != JSON_OBJECT)
		return;
	json_object_object_foreach(inside(object), key, val) each(arg, key, (struct json *)val);
}
