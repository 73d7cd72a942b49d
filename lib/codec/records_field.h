#ifndef FODNS_RECORDS_FIELD_H
#define FODNS_RECORDS_FIELD_H

#include "codec/json.h"
#include "codec/records.h"

/*
 * Taking fields out of a JSON object, every fault of them noted in the words
 * that the original's API used.  A getter is false when there is nothing to use:
 * the field is not there, null, or noted as wrong.
 */
struct fields {
	struct json *object;
	struct field_fault *list;
	size_t n, cap; /* n counts what did not fit the list, too */
};

enum need { NEED_NOT, NEED_FIELD };

/* Parses the line, an object of at most `most` bytes; false: noted. fields_free in any case. */
bool fields_open(struct fields *f, const char *line, size_t n, size_t most,
    struct field_fault *list, size_t cap);
void fields_free(struct fields *f);

bool field_wrong(struct fields *f, const char *field, const char *type, const char *fmt, ...)
    __attribute__((format(printf, 4, 5))); /* false */
/* NULL: nothing to use */
const char *field_text(struct fields *f, const char *key, enum need need, size_t *len);
/* no control characters, not longer, not empty */
bool field_copy(struct fields *f, const char *key, enum need need, char *dst, size_t cap);
bool field_int(struct fields *f, const char *key, enum need need, int64_t min, int64_t max,
    int64_t *v);
bool field_double(struct fields *f, const char *key, enum need need, double *v);
/* ISO 8601 or epoch seconds; 0 .. year 9999 */
bool field_time(struct fields *f, const char *key, enum need need, int64_t *ms);
bool field_addr(struct fields *f, const char *key, enum need need, struct addr *a);
/* one of words; required */
bool field_word(struct fields *f, const char *key, const char *const *words, int *v);
/* a domain name, normalised */
bool field_name(struct fields *f, const char *key, enum need need, char dst[static LIMIT_NAME + 1]);

/* For readers that name one fault: 0, or -1 with "field: message". */
int fields_end(struct fields *f, struct fault *fault);

#endif
