#include "core/grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { GAP = 2, LEAST_LAST = 20 };

void
paint_add(struct buf *b, bool colour, enum paint p, const char *s)
{
	static const char *const codes[] = {"",         "\033[32m", "\033[33m",
	                                    "\033[31m", "\033[2m",  "\033[1m"};

	if (!colour || p == PAINT_PLAIN) {
		buf_puts(b, s);
		return;
	}
	buf_puts(b, codes[p]);
	buf_puts(b, s);
	buf_puts(b, "\033[0m");
}

void
grid_init(struct grid *t, size_t columns)
{
	memset(t, 0, sizeof(*t));
	t->columns = columns;
}

void
grid_free(struct grid *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->cells[i].text);
	free(t->cells);
	t->cells = NULL;
	t->n = t->cap = 0;
}

void
grid_add(struct grid *t, enum paint p, const char *text)
{
	size_t n = text ? strlen(text) : 0;
	char *clean = mem_alloc(n + 1);

	text_clean(clean, n + 1, text ? text : "", n);
	t->cells = mem_array(t->cells, &t->cap, t->n + 1, sizeof(*t->cells));
	t->cells[t->n++] = (struct grid_cell){clean, p};
}

void
grid_addf(struct grid *t, enum paint p, const char *fmt, ...)
{
	struct buf b = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	grid_add(t, p, b.data);
	buf_free(&b);
}

/* Characters, as far as one of UTF-8 is one column of a terminal. */
static size_t
columns_of(const char *s, size_t n)
{
	size_t w = 0;

	for (size_t i = 0; i < n; i++)
		w += ((unsigned char)s[i] & 0xc0) != 0x80;
	return w;
}

static void
spaces(struct buf *b, size_t n)
{
	while (n-- > 0)
		buf_putc(b, ' ');
}

/* Bytes of s that go on a line of `room` columns: up to a space, or all when there is none. */
static size_t
line_part(const char *s, size_t room)
{
	size_t last = 0, i;

	for (i = 0; s[i]; i++) {
		if (s[i] == ' ')
			last = i;
		if (columns_of(s, i + 1) > room && last > 0)
			return last;
	}
	return i;
}

static void
write_last(struct buf *b, const struct grid_cell *c, bool colour, size_t at, size_t width)
{
	size_t room = width > at + LEAST_LAST ? width - at : LEAST_LAST, n;
	const char *s = c->text;
	char *part;

	for (;;) {
		n = line_part(s, room);
		part = mem_strndup(s, n);
		paint_add(b, colour, c->paint, part);
		free(part);
		s += n + strspn(s + n, " ");
		if (!*s)
			return;
		buf_putc(b, '\n');
		spaces(b, at);
	}
}

static void
write_row(const struct grid *t, const struct grid_cell *row, const size_t *widths, struct buf *b,
          bool colour, size_t width)
{
	size_t at = t->indent, pad, start = b->len;

	spaces(b, t->indent);
	for (size_t i = 0; i + 1 < t->columns; i++) {
		pad = widths[i] - columns_of(row[i].text, strlen(row[i].text));
		if (t->right & 1u << i)
			spaces(b, pad);
		paint_add(b, colour, *row[i].text ? row[i].paint : PAINT_PLAIN, row[i].text);
		if (!(t->right & 1u << i))
			spaces(b, pad);
		at += widths[i];
		if (widths[i] > 0) {
			spaces(b, GAP);
			at += GAP;
		}
	}
	if (*row[t->columns - 1].text)
		write_last(b, &row[t->columns - 1], colour, at, width);
	while (b->len > start && b->data[b->len - 1] == ' ')
		b->data[--b->len] = '\0';
	buf_putc(b, '\n');
}

void
grid_write(const struct grid *t, struct buf *b, bool colour, size_t width)
{
	size_t widths[GRID_COLUMNS] = {0}, rows = t->n / t->columns;

	for (size_t i = 0; i < rows * t->columns; i++) {
		size_t w = columns_of(t->cells[i].text, strlen(t->cells[i].text));

		if (w > widths[i % t->columns])
			widths[i % t->columns] = w;
	}
	for (size_t r = 0; r < rows; r++)
		write_row(t, t->cells + r * t->columns, widths, b, colour, width);
}
