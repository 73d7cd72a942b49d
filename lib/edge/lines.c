#include "edge/lines.h"

#include <string.h>
#include <unistd.h>

#include "model/limits.h"

enum { CHUNK = 256 * 1024 };

void
lines_init(struct lines *l)
{
	memset(l, 0, sizeof(*l));
}

void
lines_free(struct lines *l)
{
	buf_free(&l->buf);
}

long
lines_read(struct lines *l, int fd)
{
	ssize_t n;

	buf_consume(&l->buf, l->at);
	l->at = 0;
	n = read(fd, buf_room(&l->buf, CHUNK), CHUNK);
	if (n > 0)
		l->buf.len += (size_t)n;
	if (n == 0)
		l->eof = true;
	return n;
}

/* A line that has no end yet: waited for, or given up when it is too long. */
static enum lines_kind
unfinished(struct lines *l, const char **line, size_t *n)
{
	size_t rest = l->buf.len - l->at;

	if (l->skipping || rest >= LIMIT_REPORT_LINE) {
		l->skipping = !l->eof;
		l->at = l->buf.len;
		if (!l->eof)
			return LINES_NONE;
		l->number++;
		return LINES_LONG;
	}
	if (!l->eof || !rest)
		return LINES_NONE;
	*line = l->buf.data + l->at;
	*n = rest;
	l->at = l->buf.len;
	l->number++;
	return LINES_LINE;
}

enum lines_kind
lines_next(struct lines *l, const char **line, size_t *n)
{
	const char *s, *end;

	if (!l->buf.len)
		return unfinished(l, line, n);
	s = l->buf.data + l->at;
	end = memchr(s, '\n', l->buf.len - l->at);
	if (!end)
		return unfinished(l, line, n);
	l->at += (size_t)(end - s) + 1;
	l->number++;
	*line = s;
	*n = (size_t)(end - s);
	if (l->skipping || *n >= LIMIT_REPORT_LINE) {
		l->skipping = false;
		return LINES_LONG;
	}
	return LINES_LINE;
}
