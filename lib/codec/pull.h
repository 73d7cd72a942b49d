#ifndef FODNS_PULL_H
#define FODNS_PULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * JSON without white space, read in place, a value at a time: for what only we
 * write, and much of it.  A text ends where its quote was, so the bytes must be
 * ours to change, and line[n] too.  Every function is false at anything else.
 */
struct pull {
	char *p, *end;
};

bool pull_is(struct pull *j, char c); /* reads c, if it is next */
/* After '{' or '[': reads up to the next member; *more is false where the list was closed. */
bool pull_next(struct pull *j, char close, bool *first, bool *more);
char *pull_text(struct pull *j); /* valid UTF-8 without control characters, or NULL */
bool pull_int(struct pull *j, int64_t *v); /* as exact as a double: up to 2^53 */
bool pull_number(struct pull *j, double *v); /* 0 or more */
bool pull_bool(struct pull *j, bool *v);
bool pull_skip(struct pull *j); /* any value */

/*
 * A record as a table: one row a member, in the order in which they are written.
 * What has the value of its kind that says nothing is not written, and not there
 * when read: a record must be blank before.
 */
enum column_kind {
	COLUMN_TEXT,    /* const char *; "" or NULL */
	COLUMN_COPY,    /* char[most]; "" */
	COLUMN_ADDR,    /* struct addr; FAMILY_OTHER */
	COLUMN_WORD,    /* int, of words up to most; 0 */
	COLUMN_FLAG,    /* bool; false */
	COLUMN_UINT,    /* unsigned, up to most; 0 */
	COLUMN_COUNT,   /* uint64_t; 0 */
	COLUMN_SPAN,    /* int64_t ms; INT64_MIN */
	COLUMN_TIME,    /* int64_t ms, written relative to the base; INT64_MIN */
	COLUMN_UNTIL,   /* the same; INT64_MAX */
	COLUMN_LATENCY, /* double ms; < 0 */
	COLUMN_PORT     /* int; PORT_NONE */
};

struct column {
	const char *key;
	enum column_kind kind;
	size_t offset;
	int64_t most; /* of what is read; COLUMN_COPY: bytes with the NUL */
	const char *const *words;
};

/* Sets what says nothing; texts to "". */
void columns_blank(const struct column *c, void *record);
/* The members, each with a comma before it but the first of an object. */
void columns_write(struct buf *b, const struct column *c, const void *record, int64_t base);
/*
 * An object.  A key of no row goes to `other` (false: wrong; NULL: none such is known);
 * what that does not know either is passed over.
 */
enum column_other { OTHER_WRONG, OTHER_TAKEN, OTHER_UNKNOWN };
bool columns_read(struct pull *j, const struct column *c, void *record, int64_t base,
                  enum column_other (*other)(void *arg, struct pull *j, const char *key),
                  void *arg);

#endif
