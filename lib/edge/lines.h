#ifndef FODNS_LINES_H
#define FODNS_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Lines from a descriptor, as much at a time as it has.  A line of more than
 * LIMIT_REPORT_LINE bytes is never held whole, only counted.
 */
struct lines {
	struct buf buf;
	size_t at;       /* what is before it in buf was handed out */
	uint64_t number; /* of the line last handed out, from 1 */
	bool skipping, eof;
};

enum lines_kind { LINES_NONE, LINES_LINE, LINES_LONG };

void lines_init(struct lines *l);
void lines_free(struct lines *l);

/* One read(2): the bytes got, 0 at the end, -1 with errno. */
long lines_read(struct lines *l, int fd);

/* The next line without its newline, valid until the next lines_read; at the end it needs none. */
enum lines_kind lines_next(struct lines *l, const char **line, size_t *n);

#endif
