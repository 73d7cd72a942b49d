#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void
buf_init(struct buf *b)
{
	memset(b, 0, sizeof(*b));
}

void
buf_free(struct buf *b)
{
	free(b->data);
	buf_init(b);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

char *
buf_room(struct buf *b, size_t n)
{
	if (b->cap - b->len <= n) {
		size_t cap = b->cap ? b->cap : 64;

		while (cap - b->len <= n)
			cap *= 2;
		b->data = mem_resize(b->data, cap);
		b->cap = cap;
	}
	return b->data + b->len;
}

void
buf_putu(struct buf *b, uint64_t v)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	char d[20];
	size_t i = sizeof(d);

	for (; v >= 10; v /= 100)
		memcpy(d + (i -= 2), pairs + v % 100 * 2, 2);
	if (v || i == sizeof(d))
		d[--i] = (char)('0' + v);
	buf_add(b, d + i, sizeof(d) - i);
}

void
buf_puti(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_putc(b, '-');
	buf_putu(b, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(buf_room(b, 127), 128, fmt, ap);
	if (n > 127)
		n = vsnprintf(buf_room(b, (size_t)n), (size_t)n + 1, fmt, again);
	va_end(again);
	if (n > 0)
		b->len += (size_t)n;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
buf_consume(struct buf *b, size_t n)
{
	if (n >= b->len) {
		buf_clear(b);
		return;
	}
	memmove(b->data, b->data + n, b->len - n + 1);
	b->len -= n;
}

/* How many bytes at the front JSON writes as they are, by words of eight: names and addresses are
 * nothing else. */
static size_t
plain_words(const char *s, size_t n)
{
	const uint64_t each = UINT64_C(0x0101010101010101), high = each << 7;
	uint64_t w, odd;
	size_t i = 0;

	for (; n - i >= 8; i += 8) {
		memcpy(&w, s + i, 8);
		/* A byte less one borrows into its high bit where it was 0; so do those below 0x20, and
		 * 0x7f and one more carries. */
		odd = w | (w - 0x20 * each) | ((w ^ '"' * each) - each) | ((w ^ '\\' * each) - each) |
		      (w + each);
		if (odd & high)
			break;
	}
	return i;
}

void
buf_jsonn(struct buf *b, const char *s, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	size_t i = plain_words(s, n), plain = 0;

	buf_putc(b, '"');
	while (i < n) {
		unsigned char c = (unsigned char)s[i];
		size_t u = c < 0x80 ? 1 : text_utf8(s + i, n - i);

		if (u && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
			i += u;
			continue;
		}
		buf_add(b, s + plain, i - plain);
		if (!u)
			buf_puts(b, "\xef\xbf\xbd");
		else if (c == '"' || c == '\\')
			buf_add(b, (char[]){'\\', (char)c}, 2);
		else if (c == '\n')
			buf_puts(b, "\\n");
		else if (c == '\t')
			buf_puts(b, "\\t");
		else
			buf_add(b, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
		plain = ++i;
	}
	buf_add(b, s + plain, n - plain);
	buf_putc(b, '"');
}

void
buf_json(struct buf *b, const char *s)
{
	if (s)
		buf_jsonn(b, s, strlen(s));
	else
		buf_puts(b, "null");
}
