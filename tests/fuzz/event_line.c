#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct buf
written(const struct event *e)
{
	struct buf b;

	buf_init(&b);
	event_write(&b, e);
	return b;
}

static void
same(const struct event *x, const struct event *y)
{
	struct buf a = written(x), b = written(y);

	if (a.len != b.len || memcmp(a.data, b.data, a.len))
		abort();
	buf_free(&a);
	buf_free(&b);
}

/* What only the beginning of the line was looked at for is what the whole line says. */
static void
peek(const struct event *e, const char *line, size_t n)
{
	struct event_head h;

	if (event_peek(&h, line, n) &&
	    (h.kind != e->kind || h.at != e->at || strcmp(h.domain, e->domain)))
		abort();
}

/*
 * What the quick reader takes json-c takes, and reads the same; what was read is
 * the same when it is written and read again.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct event quick, slow, again;
	const char *line = (const char *)data;
	struct fault f;
	struct buf b;

	if (n > 16384)
		return 0;
	if (event_scan(&quick, line, n)) {
		if (event_read_json(&slow, line, n, &f))
			abort();
		same(&quick, &slow);
	}
	if (event_read(&quick, line, n, &f))
		return 0;
	peek(&quick, line, n);
	b = written(&quick);
	/* Nothing that came in can make two lines of one. */
	if (memchr(b.data, '\n', b.len - 1) || event_read(&again, b.data, b.len - 1, &f))
		abort();
	same(&quick, &again);
	buf_free(&b);
	return 0;
}
