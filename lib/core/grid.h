#ifndef FODNS_GRID_H
#define FODNS_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Text for people: aligned columns and a little colour.  A cell's text is
 * cleaned of control characters; widths count characters, not bytes.  The last
 * column is broken at its spaces to stay within the line.
 */
enum paint { PAINT_PLAIN, PAINT_GOOD, PAINT_WARN, PAINT_BAD, PAINT_DIM, PAINT_BOLD };

/* Adds s in a colour, or as it is. */
void paint_add(struct buf *b, bool colour, enum paint p, const char *s);

enum { GRID_COLUMNS = 12 };

struct grid_cell {
	char *text;
	enum paint paint;
};

struct grid {
	struct grid_cell *cells; /* row by row */
	size_t columns, n, cap;
	size_t indent;  /* spaces in front of each line */
	unsigned right; /* bit per column: aligned to the right */
};

void grid_init(struct grid *t, size_t columns);
void grid_free(struct grid *t);
void grid_add(struct grid *t, enum paint p, const char *text); /* the next cell; NULL is "" */
void grid_addf(struct grid *t, enum paint p, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void grid_write(const struct grid *t, struct buf *b, bool colour, size_t width);

#endif
