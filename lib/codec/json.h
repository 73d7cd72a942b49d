#ifndef FODNS_JSON_H
#define FODNS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

/*
 * The door to json-c: strict reading of what json-c alone would let pass (NaN,
 * single quotes, raw control characters, cut keys, integers out of range;
 * nesting over 8).  Writing is base/buf.h.
 */
struct json; /* a json_object */

/* one value and only white space behind it; json_free it */
struct json *json_parse(const char *s, size_t n, struct fault *f);
void json_free(struct json *j);

enum json_type { JSON_NULL, JSON_BOOL, JSON_INT, JSON_DOUBLE, JSON_STRING, JSON_ARRAY,
    JSON_OBJECT };
enum json_type json_type(const struct json *j); /* NULL pointer: JSON_NULL */

/* borrowed; NULL: not there or null */
struct json *json_get(const struct json *object, const char *key);
bool json_has(const struct json *object, const char *key);         /* there, maybe null */
/* NULL unless a string; may hold NUL bytes: compare *len with strlen */
const char *json_string(const struct json *j, size_t *len);
bool json_int(const struct json *j, int64_t min, int64_t max, int64_t *v);
bool json_double(const struct json *j, double *v); /* an int, too; finite */
bool json_bool(const struct json *j, bool *v);
size_t json_length(const struct json *array);
struct json *json_at(const struct json *array, size_t i);
/* Calls each(arg, key, value) for every member. */
void json_each(const struct json *object, void (*each)(void *arg, const char *key,
    struct json *value), void *arg);

#endif
