#ifndef FODNS_BUF_H
#define FODNS_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A byte buffer that grows.  data[len] is always NUL once anything was added. */
struct buf {
	char *data;
	size_t len, cap;
};

void buf_init(struct buf *b);
void buf_free(struct buf *b); /* idempotent */
void buf_clear(struct buf *b); /* empties, keeps the memory */
char *buf_room(struct buf *b, size_t n); /* n writable bytes behind len; the caller raises len */

/* Where a record is written this is called for each of its commas. */
static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	char *to = b->cap - b->len > n ? b->data + b->len : buf_room(b, n);

	if (n)
		memcpy(to, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

static inline void
buf_putc(struct buf *b, int c)
{
	char ch = (char)c;

	buf_add(b, &ch, 1);
}

/* inline: the length of a literal is known when it is compiled */
static inline void
buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_putu(struct buf *b, uint64_t v); /* decimal */
void buf_puti(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void buf_consume(struct buf *b, size_t n); /* removes the first n bytes */

/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. NULL writes null. */
void buf_json(struct buf *b, const char *s);
void buf_jsonn(struct buf *b, const char *s, size_t n);

#endif
