#include "codec/records_field.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/stamp.h"
#include "base/text.h"
#include "codec/records_scan.h"
#include "model/name.h"

static void
note(struct fields *f, const char *field, const char *type, const char *fmt, va_list ap)
{
	struct field_fault *w = f->n < f->cap ? &f->list[f->n] : NULL;

	f->n++;
	if (!w)
		return;
	snprintf(w->field, sizeof(w->field), "%s", field);
	snprintf(w->type, sizeof(w->type), "%s", type);
	vsnprintf(w->message, sizeof(w->message), fmt, ap);
}

bool
field_wrong(struct fields *f, const char *field, const char *type, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(f, field, type, fmt, ap);
	va_end(ap);
	return false;
}

bool
fields_open(struct fields *f, const char *line, size_t n, size_t most, struct field_fault *list,
            size_t cap)
{
	struct fault why;

	*f = (struct fields){NULL, list, 0, cap};
	if (n > most)
		return field_wrong(f, "", "too_long", "longer than %zu bytes", most);
	f->object = json_parse(line, n, &why);
	if (!f->object)
		return field_wrong(f, "", "json_invalid", "%.150s", why.text);
	if (json_type(f->object) != JSON_OBJECT)
		return field_wrong(f, "", "model_attributes_type",
		                   "Input should be a valid dictionary");
	return true;
}

void
fields_free(struct fields *f)
{
	json_free(f->object);
	f->object = NULL;
}

/* The value; NULL where there is none or null, noted when it is needed. */
static struct json *
find(struct fields *f, const char *key, enum need need, const char *type, const char *what)
{
	struct json *j = json_get(f->object, key);

	if (!j && need == NEED_FIELD) {
		if (json_has(f->object, key))
			field_wrong(f, key, type, "Input should be a valid %s", what);
		else
			field_wrong(f, key, "missing", "Field required");
	}
	return j;
}

const char *
field_text(struct fields *f, const char *key, enum need need, size_t *len)
{
	struct json *j = find(f, key, need, "string_type", "string");
	const char *s;

	if (!j)
		return NULL;
	s = json_string(j, len);
	if (!s)
		field_wrong(f, key, "string_type", "Input should be a valid string");
	return s;
}

bool
field_copy(struct fields *f, const char *key, enum need need, char *dst, size_t cap)
{
	size_t n;
	const char *s = field_text(f, key, need, &n);

	if (!s)
		return false;
	if (n == 0 && need == NEED_FIELD)
		return field_wrong(f, key, "string_too_short",
		                   "String should have at least 1 character");
	if (n >= cap)
		return field_wrong(f, key, "string_too_long",
		                   "String should have at most %zu bytes", cap - 1);
	if (text_dirty(s, n))
		return field_wrong(f, key, "value_error", "Value error, control characters in it");
	memcpy(dst, s, n + 1);
	return true;
}

bool
field_int(struct fields *f, const char *key, enum need need, int64_t min, int64_t max, int64_t *v)
{
	struct json *j = find(f, key, need, "int_type", "integer");
	const char *s;
	int64_t parsed;

	if (!j)
		return false;
	if (json_int(j, min, max, v))
		return true;
	s = json_string(j, NULL);
	if (s && !num_i64(s, INT64_MIN, INT64_MAX, &parsed))
		return field_wrong(
		    f, key, "int_parsing",
		    "Input should be a valid integer, unable to parse string as an integer");
	if (json_type(j) != JSON_INT)
		return field_wrong(f, key, "int_type", "Input should be a valid integer");
	return field_wrong(f, key, "value_error", "Value error, not between %lld and %lld",
	                   (long long)min, (long long)max);
}

bool
field_double(struct fields *f, const char *key, enum need need, double *v)
{
	struct json *j = find(f, key, need, "float_type", "number");

	if (!j)
		return false;
	return json_double(j, v) ||
	       field_wrong(f, key, "float_type", "Input should be a valid number");
}

/* Seconds since 1970; what is too large for that is milliseconds, as the original took it. */
static bool
epoch(double v, int64_t *ms)
{
	if (v > 2e10)
		v /= 1000;
	if (!(v >= 0) || v * 1000 > (double)SCAN_TIME_MAX)
		return false;
	*ms = (int64_t)floor(v * 1000);
	return true;
}

bool
field_time(struct fields *f, const char *key, enum need need, int64_t *ms)
{
	struct json *j = find(f, key, need, "datetime_type", "datetime");
	const char *s;
	size_t n;
	double v;

	if (!j)
		return false;
	s = json_string(j, &n);
	if (s && strlen(s) == n && stamp_parse(s, ms) && *ms >= 0 && *ms <= SCAN_TIME_MAX)
		return true;
	if (s)
		return field_wrong(f, key, "datetime_parsing", "Input should be a valid datetime");
	if (json_double(j, &v) && epoch(v, ms))
		return true;
	return field_wrong(f, key, "datetime_type", "Input should be a valid datetime");
}

bool
field_addr(struct fields *f, const char *key, enum need need, struct addr *a)
{
	char text[ADDR_TEXT];
	size_t n;
	const char *s = field_text(f, key, need, &n);

	if (!s)
		return false;
	if (n >= sizeof(text) || strlen(s) != n || !addr_parse(s, a))
		return field_wrong(f, key, "value_error", "Value error, not an IP address");
	return true;
}

bool
field_word(struct fields *f, const char *key, const char *const *words, int *v)
{
	char list[120];
	size_t n;
	const char *s = field_text(f, key, NEED_FIELD, &n);

	if (!s)
		return false;
	for (*v = 0; words[*v]; ++*v)
		if (strlen(words[*v]) == n && !memcmp(s, words[*v], n))
			return true;
	text_list(list, sizeof(list), words);
	return field_wrong(f, key, "literal_error", "Input should be %s", list);
}

bool
field_name(struct fields *f, const char *key, enum need need, char dst[static LIMIT_NAME + 1])
{
	const char *why = "NUL in it";
	size_t n;
	const char *s = field_text(f, key, need, &n);

	if (!s)
		return false;
	if (strlen(s) == n && name_normal(dst, s, &why))
		return true;
	return field_wrong(f, key, "value_error", "Value error, not a domain name: %s", why);
}

int
fields_end(struct fields *f, struct fault *fault)
{
	static const char said[] = "Value error, ";
	const char *text;
	size_t n = f->n;

	fields_free(f);
	if (!n)
		return 0;
	if (!f->cap)
		return fault_set(fault, "not a record");
	/* Words of the API's 422, and of no use to who reads a log. */
	text = f->list[0].message;
	if (strncmp(text, said, strlen(said)) == 0)
		text += strlen(said);
	return fault_set(fault, "%s%s%s", f->list[0].field, *f->list[0].field ? ": " : "", text);
}
