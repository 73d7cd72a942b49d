#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "codec/records.h"
#include "codec/records_field.h"
#include "model/name.h"
#include "model/pattern.h"

enum { TASK_BYTES = 65536 };
#define SECONDS_MAX (3650.0 * 86400)

static const char *
keep_text(struct fields *f, struct arena *a, const char *key, enum need need, const char *otherwise)
{
	char text[PATTERN_MOST + 1]; /* the longest of them */

	return field_copy(f, key, need, text, sizeof(text)) ? arena_strdup(a, text) : otherwise;
}

static void
read_seconds(struct fields *f, const char *key, enum need need, int64_t *ms)
{
	double s;

	if (!field_double(f, key, need, &s))
		return;
	if (s > 0 && s <= SECONDS_MAX)
		*ms = (int64_t)ceil(s * 1000);
	else
		field_wrong(f, key, "value_error", "Value error, not a time in seconds");
}

/* ---- the object named after the type: its parameters, each with the probe's default */

static void
read_bytes(struct fields *f, struct arena *a, const struct probe_param *q, const char **to)
{
	size_t n;
	const char *s = field_text(f, q->name, NEED_NOT, &n);

	if (s && (n > PARAM_BYTES_MOST || strlen(s) != n))
		field_wrong(f, q->name, "value_error", "Value error, a NUL, or over %d bytes",
		            PARAM_BYTES_MOST);
	else if (s)
		*to = arena_strdup(a, s);
}

static void
read_codes(struct fields *f, const char *name, struct code_ranges *codes)
{
	char text[256];

	if (field_copy(f, name, NEED_NOT, text, sizeof(text)) && !code_ranges_parse(text, codes))
		field_wrong(f, name, "value_error", "Value error, not a list of codes");
}

static void
read_texts(struct fields *f, struct arena *a, const struct probe_param *q, struct texts *t)
{
	const char *name = q->name;
	struct json *list = json_get(f->object, name);
	size_t n = json_length(list);

	if (!list)
		return;
	if (json_type(list) != JSON_ARRAY || n > PARAM_TEXTS_MOST) {
		field_wrong(f, name, "list_type", "Input should be a list of at most %d strings",
		            PARAM_TEXTS_MOST);
		return;
	}
	*t = (struct texts){arena_alloc(a, (n + 1) * sizeof(*t->list)), 0};
	for (size_t i = 0, len; i < n; i++) {
		const char *s = json_string(json_at(list, i), &len);

		if (s && !text_dirty(s, len) && len <= PARAM_BYTES_MOST)
			t->list[t->n++] = arena_strdup(a, s);
		else
			field_wrong(f, name, "string_type", "Input should be a list of strings");
	}
	probe_param_words(q, t);
}

static void
read_word(struct fields *f, const struct probe_param *q, int *to)
{
	if (json_get(f->object, q->name))
		field_word(f, q->name, q->words, to);
}

static void
read_param(struct fields *f, struct arena *a, const struct probe_param *q, struct probe *p)
{
	void *to = (char *)p + q->at;
	struct json *j = json_get(f->object, q->name);
	int64_t v;

	switch (q->kind) {
	case PARAM_TEXT:
	case PARAM_FILE:
		*(const char **)to = keep_text(f, a, q->name, NEED_NOT, *(const char **)to);
		break;
	case PARAM_BYTES: read_bytes(f, a, q, to); break;
	case PARAM_BOOL:
		if (j && !json_bool(j, to))
			field_wrong(f, q->name, "bool_type", "Input should be a valid boolean");
		break;
	case PARAM_NUMBER:
		if (field_int(f, q->name, NEED_NOT, q->min, q->max, &v))
			*(int *)to = (int)v;
		break;
	case PARAM_WORD: read_word(f, q, to); break;
	case PARAM_CODES: read_codes(f, q->name, to); break;
	case PARAM_TEXTS:
	case PARAM_COMMAND: read_texts(f, a, q, to); break;
	}
}

/*
 * A parameter that is not known would be a probe with its default, which may be well where the
 * one that was meant is not: unlike a field of a record it is not ignored.
 */
struct strangers {
	struct fields *fields;
	enum probe_type type;
};

static const struct probe_param *
param_of(const char *name)
{
	const struct probe_param *q = probe_params;

	while (q->name && strcmp(q->name, name) != 0)
		q++;
	return q->name ? q : NULL;
}

static void
unknown_param(const struct strangers *s, const char *key)
{
	const char *names[PROBE_PARAMS_MOST + 1], *near;
	const char *type = probe_type_word((int)s->type);
	char shown[48];
	size_t n = 0;

	for (const struct probe_param *q = probe_params; q->name; q++)
		if (probe_has(s->type, q))
			names[n++] = q->name;
	names[n] = NULL;
	near = text_nearest(key, names);
	text_clean(shown, sizeof(shown), key, strlen(key));
	if (near)
		field_wrong(s->fields, type, "extra_forbidden",
		            "unknown parameter \"%s\" (did you mean \"%s\"?)", shown, near);
	else
		field_wrong(s->fields, type, "extra_forbidden", "unknown parameter \"%s\"", shown);
}

static void
inside(void *arg, const char *key, struct json *value)
{
	const struct strangers *s = arg;
	const struct probe_param *q = param_of(key);
	char types[64];

	if (!value || (q && probe_has(s->type, q)))
		return;
	if (q)
		field_wrong(s->fields, probe_type_word((int)s->type), "extra_forbidden",
		            "%s is for type %s", key, probe_param_types(types, sizeof(types), q));
	else
		unknown_param(s, key);
}

/* Of the task's own fields host is one, too. */
static void
beside(void *arg, const char *key, struct json *value)
{
	const struct strangers *s = arg;
	int type = probe_type_from(key);

	if (!value || type == (int)s->type || !strcmp(key, "host"))
		return;
	if (type >= 0)
		field_wrong(s->fields, key, "extra_forbidden", "parameters of a task of type %s",
		            probe_type_word((int)s->type));
	else if (param_of(key))
		field_wrong(s->fields, key, "extra_forbidden", "a parameter stands in \"%s\":{}",
		            probe_type_word((int)s->type));
}

static void
refuse_strangers(struct fields *f, const struct json *object, enum probe_type type)
{
	struct strangers s = {f, type};

	json_each(f->object, beside, &s);
	if (object)
		json_each(object, inside, &s);
}

static void
read_params(struct fields *f, struct arena *a, struct json *object, struct probe *p)
{
	struct fields in = {object, f->list, f->n, f->cap};

	for (const struct probe_param *q = probe_params; q->name; q++) {
		const char *wrong;

		if (!probe_has(p->type, q))
			continue;
		read_param(&in, a, q, p);
		if (q->wrong && (wrong = q->wrong(p)))
			field_wrong(&in, q->name, "value_error", "Value error, %s", wrong);
	}
	f->n = in.n;
}

/* In place of the list of all types, which is what is noted for one that is none. */
static void
near_type(struct fields *f)
{
	const char *s = json_string(json_get(f->object, "type"), NULL);
	const char *near = s ? text_nearest(s, probe_type_words) : NULL;
	char shown[24];

	if (!near || f->n != 1)
		return;
	text_clean(shown, sizeof(shown), s, strlen(s));
	f->n = 0;
	field_wrong(f, "type", "literal_error", "no type \"%s\" (did you mean \"%s\"?)", shown, near);
}

/* Tasks by the thousand have a handful of probes: the known one again, if it is the same. */
static const struct probe *
read_probe(struct fields *f, struct arena *a, const struct probe *known)
{
	struct arena_mark before = arena_mark(a);
	struct json *object;
	struct probe p, *own;
	int type = PROBE_TCP;

	if (!field_word(f, "type", probe_type_words, &type)) {
		type = PROBE_TCP;
		near_type(f);
	}
	probe_default(&p, (enum probe_type)type);
	object = json_get(f->object, probe_type_word(type));
	if (object && json_type(object) != JSON_OBJECT)
		field_wrong(f, probe_type_word(type), "model_attributes_type",
		            "Input should be an object");
	if (!f->n)
		refuse_strangers(f, object, p.type);
	if (!f->n && object)
		read_params(f, a, object, &p);
	if (!f->n && probe_lacks(&p))
		field_wrong(f, probe_type_word(type), "missing", "Field required: %s",
		            probe_lacks(&p));
	if (known && probe_equal(known, &p)) {
		arena_rewind(a, before);
		return known;
	}
	own = arena_alloc(a, sizeof(*own));
	*own = p;
	return own;
}

/* An address, or a host name that is resolved before each probe. */
static void
read_target(struct fields *f, struct arena *a, struct task *t)
{
	char name[LIMIT_NAME + 1];
	size_t n;
	const char *s = field_text(f, "target_ip", NEED_FIELD, &n);

	if (!s || (strlen(s) == n && addr_parse(s, &t->target)))
		return;
	t->target.family = FAMILY_OTHER;
	if (strlen(s) == n && name_host(name, s, NULL))
		t->target_name = arena_strdup(a, name);
	else
		field_wrong(f, "target_ip", "value_error",
		            "Value error, not an IP address or host name");
}

static void
read_where(struct fields *f, struct arena *a, struct task *t)
{
	int64_t port;

	read_target(f, a, t);
	t->port = PORT_NONE;
	if (field_int(f, "port", NEED_NOT, 1, 65535, &port))
		t->port = (int)port;
	else if (!f->n && probe_needs_port(t->probe->type))
		field_wrong(f, "port", "missing", "Field required for %s",
		            probe_type_word((int)t->probe->type));
}

static const char *
read_domain(struct fields *f, struct arena *a)
{
	char name[LIMIT_NAME + 1];

	return field_name(f, "domain", NEED_FIELD, name) ? arena_strdup(a, name) : NULL;
}

static void
read_fast(struct fields *f, struct task *t)
{
	int64_t rise = 1, fall = 1;

	read_seconds(f, "fast_interval_sec", NEED_NOT, &t->fast_interval_ms);
	field_int(f, "rise", NEED_NOT, 1, LIMIT_STREAK, &rise);
	field_int(f, "fall", NEED_NOT, 1, LIMIT_STREAK, &fall);
	if (!t->fast_interval_ms)
		return;
	t->rise = (int)rise;
	t->fall = (int)fall;
}

int
task_read(struct task *t, struct arena *a, const char *line, size_t n, struct fault *f)
{
	struct field_fault wrong;
	struct fields in;
	const struct probe *known = t->probe;
	char check[LIMIT_CHECK_NAME + 1];

	memset(t, 0, sizeof(*t));
	if (fields_open(&in, line, n, TASK_BYTES, &wrong, 1)) {
		if (field_copy(&in, "check_name", NEED_FIELD, check, sizeof(check)))
			t->check_name = arena_strdup(a, check);
		t->domain = read_domain(&in, a);
		t->probe = read_probe(&in, a, known);
		read_where(&in, a, t);
		read_seconds(&in, "timeout_sec", NEED_FIELD, &t->timeout_ms);
		read_seconds(&in, "interval_sec", NEED_FIELD, &t->interval_ms);
		read_fast(&in, t);
		t->server = keep_text(&in, a, "server", NEED_NOT, NULL);
		t->host = keep_text(&in, a, "host", NEED_NOT, NULL);
	}
	return fields_end(&in, f);
}

/* 5 or 0.25 */
static void
put_seconds(struct buf *b, int64_t ms)
{
	buf_puti(b, ms / 1000);
	if (ms % 1000 == 0)
		return;
	buf_printf(b, ".%03d", (int)(ms % 1000));
	while (b->data[b->len - 1] == '0')
		b->data[--b->len] = '\0';
}

static void
put_text(struct buf *b, const char *key, const char *s)
{
	if (!s)
		return;
	buf_puts(b, key);
	buf_json(b, s);
}

static void
put_texts(struct buf *b, const struct texts *t)
{
	for (size_t i = 0; i < t->n; i++) {
		buf_putc(b, i == 0 ? '[' : ',');
		buf_json(b, t->list[i]);
	}
	buf_puts(b, t->n == 0 ? "[]" : "]");
}

static void
put_param(struct buf *b, const struct probe *p, const struct probe_param *q)
{
	const void *v = probe_value(p, q);
	char codes[PROBE_CODES * 12];

	switch (q->kind) {
	case PARAM_TEXT:
	case PARAM_BYTES:
	case PARAM_FILE: buf_json(b, *(const char *const *)v); break;
	case PARAM_BOOL: buf_puts(b, *(const bool *)v ? "true" : "false"); break;
	case PARAM_NUMBER: buf_puti(b, *(const int *)v); break;
	case PARAM_WORD: buf_json(b, q->words[*(const int *)v]); break;
	case PARAM_CODES: buf_json(b, code_ranges_format(codes, sizeof(codes), v)); break;
	case PARAM_TEXTS:
	case PARAM_COMMAND: put_texts(b, v); break;
	}
}

/* The object named after the type, with what is not the default; none if that is nothing. */
static void
put_params(struct buf *b, const struct probe *p)
{
	bool any = false;

	for (const struct probe_param *q = probe_params; q->name; q++) {
		if (!probe_has(p->type, q) || probe_is_default(p, q))
			continue;
		if (!any)
			buf_printf(b, ",\"%s\":{", probe_type_word((int)p->type));
		buf_printf(b, "%s\"%s\":", any ? "," : "", q->name);
		put_param(b, p, q);
		any = true;
	}
	if (any)
		buf_putc(b, '}');
}

void
task_write_object(struct buf *b, const struct task *t, bool original)
{
	char addr[ADDR_TEXT];

	buf_puts(b, "{\"check_name\":");
	buf_json(b, t->check_name);
	buf_puts(b, ",\"domain\":");
	buf_json(b, t->domain);
	buf_puts(b, ",\"target_ip\":");
	buf_json(b, t->target_name ? t->target_name : addr_format(addr, &t->target));
	buf_puts(b, ",\"port\":");
	if (t->port == PORT_NONE)
		buf_puts(b, "null");
	else
		buf_puti(b, t->port);
	put_text(b, ",\"type\":", probe_type_word(original ? PROBE_TCP : (int)t->probe->type));
	buf_puts(b, ",\"timeout_sec\":");
	put_seconds(b, t->timeout_ms);
	buf_puts(b, ",\"interval_sec\":");
	put_seconds(b, t->interval_ms);
	if (!original && t->fast_interval_ms) {
		buf_puts(b, ",\"fast_interval_sec\":");
		put_seconds(b, t->fast_interval_ms);
		buf_printf(b, ",\"rise\":%d,\"fall\":%d", t->rise, t->fall);
	}
	if (!original) {
		put_params(b, t->probe);
		put_text(b, ",\"server\":", t->server);
		put_text(b, ",\"host\":", t->host);
	}
	buf_putc(b, '}');
}

void
task_write(struct buf *b, const struct task *t)
{
	task_write_object(b, t, false);
	buf_putc(b, '\n');
}
