#include "codec/config_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "model/name.h"

enum { MOST_PROBLEMS = 1000, MOST_TEXT = 1024, MOST_TAGS = 256 };

/* ---- problems */

struct place
read_place(const struct reader *r, const struct yaml *n)
{
	return (struct place){.line = n->line, .col = n->col, .file = r->file};
}

static void
add_problem(struct reader *r, struct place at, bool warning, enum advice id, const char *fmt,
            va_list ap)
{
	struct config_problems *p = r->problems;
	struct config_problem *one;
	int len;

	if (!p->infos && advice_level(id) == ADVICE_INFO)
		return;
	p->errors += !warning;
	if (p->n >= MOST_PROBLEMS)
		return;
	p->list = mem_array(p->list, &p->cap, p->n + 1, sizeof(*p->list));
	one = &p->list[p->n++];
	*one = (struct config_problem){.warning = warning, .id = id, .at = at};
	one->file_len = strlen(r->files[at.file]);
	len = at.line == 0 ? snprintf(one->text, sizeof(one->text), "%s: ", r->files[at.file])
	    : snprintf(one->text, sizeof(one->text), "%s:%u:%u: ", r->files[at.file],
		  (unsigned)at.line, (unsigned)at.col);
	if (len > 0 && (size_t)len < sizeof(one->text)) {
		one->message = (size_t)len;
		vsnprintf(one->text + len, sizeof(one->text) - (size_t)len, fmt, ap);
	}
}

void
read_problem(struct reader *r, const struct yaml *n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_problem(r, read_place(r, n), false, ADVICE_CONFIG, fmt, ap);
	va_end(ap);
}

void
read_advice(struct reader *r, struct place at, enum advice id, const char *fmt, ...)
{
	va_list ap;

	if (r->ignore & ADVICE_BIT(id)) {
		r->problems->ignored++;
		return;
	}
	va_start(ap, fmt);
	add_problem(r, at, true, id, fmt, ap);
	va_end(ap);
}

void
read_problem_at(struct reader *r, struct place at, bool warning, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_problem(r, at, warning, ADVICE_CONFIG, fmt, ap);
	va_end(ap);
}

char *
read_show(char dst[static 64], const struct yaml *n)
{
	size_t len = text_clean(dst, 61, n->text, n->n);

	if (len < n->n && len >= 56)
		strcpy(dst + len, "...");
	return dst;
}

/* ---- kinds of nodes */

bool
read_is_null(const struct yaml *n)
{
	return n->kind == YAML_SCALAR && n->plain &&
	    (n->n == 0 || strcmp(n->text, "~") == 0 || strcasecmp(n->text, "null") == 0);
}

bool
read_clean(const struct yaml *n)
{
	return !text_dirty(n->text, n->n);
}

bool
read_expect_kind(struct reader *r, const struct yaml *n, enum yaml_kind kind, const char *what)
{
	static const char *const names[] = {"one value", "a list", "a map"};

	if (n->kind == kind)
		return true;
	read_problem(r, n, "%s must be %s, not %s", what, names[kind], names[n->kind]);
	return false;
}

/* ---- single values */

static bool
out_of_range(struct reader *r, const struct yaml *n, const struct key *k, bool over)
{
	char shown[64], limit[24];
	int64_t edge = over ? k->max : k->min;

	if (k->kind == KEY_SECONDS || k->kind == KEY_DURATION)
		num_duration_text(limit, edge);
	else
		snprintf(limit, sizeof(limit), "%lld", (long long)edge);
	read_problem(r, n, "%s %s is %s %s", k->name, read_show(shown, n), over ? "over" : "under",
	             limit);
	return false;
}

static bool
wrong_value(struct reader *r, const struct yaml *n, const struct key *k, const char *meant)
{
	char shown[64];

	read_problem(r, n, "%s \"%s\" is not %s", k->name, read_show(shown, n), meant);
	return false;
}

/* Digits only, perhaps a sign: too large for int64_t is still a number that is over the limit. */
static bool
all_digits(const char *s)
{
	s += *s == '-' || *s == '+';
	return *s && s[strspn(s, "0123456789")] == '\0';
}

static bool
read_number(struct reader *r, const struct yaml *n, const struct key *k, int64_t *v)
{
	if (!all_digits(n->text))
		return wrong_value(r, n, k, "a whole number");
	/* The original's loader reads 010 as eight, most people as ten. */
	if (n->text[0] == '0' && n->n > 1)
		return wrong_value(r, n, k, "a number without zeros in front");
	if (!num_i64(n->text, INT64_MIN, INT64_MAX, v))
		return out_of_range(r, n, k, n->text[0] != '-');
	if (*v < k->min || *v > k->max)
		return out_of_range(r, n, k, *v > k->max);
	return true;
}

static bool
value_int(struct reader *r, const struct yaml *n, const struct key *k, void *to)
{
	int64_t v;

	if (!read_number(r, n, k, &v))
		return false;
	*(int *)to = (int)v;
	return true;
}

static bool
value_u32(struct reader *r, const struct yaml *n, const struct key *k, void *to)
{
	int64_t v;

	if (!read_number(r, n, k, &v))
		return false;
	*(uint32_t *)to = (uint32_t)v;
	return true;
}

static bool
value_time(struct reader *r, const struct yaml *n, const struct key *k, void *to)
{
	int64_t ms = 0;
	bool ok = k->kind == KEY_SECONDS ? num_seconds(n->text, &ms) : num_duration(n->text, &ms);

	if (!ok && all_digits(n->text))
		return out_of_range(r, n, k, n->text[0] != '-');
	if (!ok)
		return wrong_value(r, n, k, k->kind == KEY_SECONDS ? "a number of seconds"
		    : "a duration such as 90, 90s, 5m or 1h30m");
	if (ms < k->min || ms > k->max)
		return out_of_range(r, n, k, ms > k->max);
	*(int64_t *)to = ms;
	return true;
}

static bool
value_bytes(struct reader *r, const struct yaml *n, const struct key *k, void *to)
{
	uint64_t v;

	if (!num_bytes(n->text, &v))
		return wrong_value(r, n, k, "a size such as 65536, 64M or 2G");
	if (v < (uint64_t)k->min || v > (uint64_t)k->max)
		return out_of_range(r, n, k, v > (uint64_t)k->max);
	*(uint64_t *)to = v;
	return true;
}

static bool
value_bool(struct reader *r, const struct yaml *n, const struct key *k, void *to)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcasecmp(n->text, words[i]) == 0) {
			*(bool *)to = i & 1;
			return true;
		}
	}
	return wrong_value(r, n, k, "true or false");
}

static bool
value_word(struct reader *r, const struct yaml *n, const struct key *k, void *to)
{
	char list[160], shown[64];
	const char *near;

	for (int i = 0; k->words[i]; i++) {
		if (strcmp(n->text, k->words[i]) == 0) {
			*(int *)to = i;
			return true;
		}
	}
	near = text_nearest(n->text, k->words);
	text_list(list, sizeof(list), k->words);
	if (near)
		read_problem(r, n, "%s \"%s\" is none of %s (did you mean \"%s\"?)", k->name,
		    read_show(shown, n), list, near);
	else
		read_problem(r, n, "%s \"%s\" is none of %s", k->name, read_show(shown, n), list);
	return false;
}

/* Free text: one line of valid UTF-8. No value in the message, it may be a secret. */
static bool
text_fine(struct reader *r, const struct yaml *n, const struct key *k)
{
	const char *wrong = NULL;

	if (n->n > MOST_TEXT)
		wrong = "is over 1024 bytes";
	else if (text_dirty(n->text, n->n))
		wrong = "has control characters";
	if (wrong)
		read_problem(r, n, "%s %s", k->name, wrong);
	return !wrong;
}

static bool
value_text(struct reader *r, const struct yaml *n, const struct key *k, void *to)
{
	if (!text_fine(r, n, k))
		return false;
	if (n->n == 0 && k->kind == KEY_PATH) {
		read_problem(r, n, "%s is empty", k->name);
		return false;
	}
	*(const char **)to = k->kind == KEY_PATH ? reader_path(r, n->text)
	    : k->kind == KEY_SECRET && n->n == 0 ? NULL
	    : arena_strndup(r->arena, n->text, n->n);
	return true;
}

static bool (*const values[])(struct reader *, const struct yaml *, const struct key *, void *) = {
    [KEY_INT] = value_int,       [KEY_U32] = value_u32,   [KEY_SECONDS] = value_time,
    [KEY_DURATION] = value_time, [KEY_BOOL] = value_bool, [KEY_WORD] = value_word,
    [KEY_TEXT] = value_text,     [KEY_PATH] = value_text, [KEY_SECRET] = value_text,
    [KEY_BYTES] = value_bytes,
};

bool
read_value(struct reader *r, const struct yaml *n, const struct key *k, void *into)
{
	char *to = (char *)into + k->at;

	if (k->place)
		*(struct place *)(void *)((char *)into + k->place) = read_place(r, n);
	if (k->kind == KEY_NODE) {
		*(const struct yaml **)(void *)to = n;
		return true;
	}
	return read_expect_kind(r, n, YAML_SCALAR, k->name) && values[k->kind](r, n, k, to);
}

/* ---- maps by a table of keys */

/* "token:abc" without a space is one word to YAML, and what follows may be a secret. */
static void
unknown_key(struct reader *r, const struct yaml *key, const char *what, const struct key *keys)
{
	const char *names[48], *near, *colon = strchr(key->text, ':');
	char shown[64], list[256];
	size_t n = 0;

	for (; keys[n].name && n < 47; n++)
		names[n] = keys[n].name;
	names[n] = NULL;
	if (colon) {
		text_clean(shown, sizeof(shown), key->text, (size_t)(colon - key->text));
		read_problem(r, key, "unknown key \"%s:...\": a space is missing after the colon",
		             shown);
		return;
	}
	near = text_nearest(key->text, names);
	if (near) {
		read_problem(r, key, "unknown key \"%s\" (did you mean \"%s\"?)",
		             read_show(shown, key), near);
		return;
	}
	text_list(list, sizeof(list), names);
	read_problem(r, key, "unknown key \"%s\" in %s; it takes %s", read_show(shown, key), what,
	             list);
}

uint64_t
read_map(struct reader *r, const struct yaml *map, const char *what, const struct key *keys,
         void *into)
{
	uint64_t seen = 0;

	if (read_is_null(map) || !read_expect_kind(r, map, YAML_MAP, what))
		return 0;
	for (const struct yaml *k = map->first; k; k = k->next->next) {
		size_t i = 0;

		while (keys[i].name && strcmp(keys[i].name, k->text) != 0)
			i++;
		if (!keys[i].name) {
			unknown_key(r, k, what, keys);
		} else if (!read_is_null(k->next)) {
			read_value(r, k->next, &keys[i], into);
			seen |= SEEN(i); /* a wrong value was meant, too: nothing is missing */
		}
	}
	return seen;
}

/* ---- lists */

void
read_each(struct reader *r, const struct yaml *n, const char *what,
    void (*each)(struct reader *, const struct yaml *, void *), void *arg)
{
	if (read_is_null(n))
		return;
	if (n->kind == YAML_SCALAR) {
		each(r, n, arg);
		return;
	}
	if (!read_expect_kind(r, n, YAML_LIST, what))
		return;
	for (const struct yaml *i = n->first; i; i = i->next)
		if (read_expect_kind(r, i, YAML_SCALAR, what))
			each(r, i, arg);
}

struct tag_list {
	const char *what, **tags;
	size_t n, cap;
	bool over;
};

static void
add_tag(struct reader *r, struct tag_list *l, const char *s, size_t n)
{
	for (size_t i = 0; i < l->n; i++)
		if (strlen(l->tags[i]) == n && memcmp(l->tags[i], s, n) == 0)
			return;
	if (l->n == MOST_TAGS) {
		l->over = true;
		return;
	}
	l->tags = mem_array(l->tags, &l->cap, l->n + 1, sizeof(*l->tags));
	l->tags[l->n++] = arena_strndup(r->arena, s, n);
}

static void
take_tags(struct reader *r, const struct yaml *n, void *arg)
{
	struct tag_list *l = arg;
	const struct key key = {.name = l->what};

	if (!text_fine(r, n, &key))
		return;
	for (const char *s = n->text; *s;) {
		size_t len = strcspn(s, ", ");

		if (len > 0)
			add_tag(r, l, s, len);
		s += len + (s[len] != '\0');
	}
}

void
read_tags(struct reader *r, const struct yaml *n, const char *what, const char ***tags,
          size_t *ntags)
{
	struct tag_list l = {.what = what};

	read_each(r, n, what, take_tags, &l);
	if (l.over)
		read_problem(r, n, "%s has more than %d words", what, (int)MOST_TAGS);
	*ntags = l.n;
	*tags = arena_alloc(r->arena, l.n * sizeof(**tags));
	if (l.n > 0)
		memcpy(*tags, l.tags, l.n * sizeof(**tags));
	free(l.tags);
}

/* ---- addresses, names */

bool
read_address(struct reader *r, const struct yaml *n, const char *what, struct addr *a)
{
	char shown[64];

	if (!read_expect_kind(r, n, YAML_SCALAR, what))
		return false;
	if (addr_parse(n->text, a))
		return true;
	read_problem(r, n, "%s \"%s\" is not an IPv4 or IPv6 address", what, read_show(shown, n));
	return false;
}

const char *
read_name(struct reader *r, const struct yaml *n, const char *what)
{
	char name[254], shown[64];
	const char *why;

	if (!read_expect_kind(r, n, YAML_SCALAR, what))
		return NULL;
	if (name_normal(name, n->text, &why))
		return arena_strdup(r->arena, name);
	read_problem(r, n, "%s \"%s\": %s", what, read_show(shown, n), why);
	return NULL;
}
