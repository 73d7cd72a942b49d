#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct buf
written(const struct stream_line *s)
{
	struct buf b;

	buf_init(&b);
	decision_write(&b, &s->decision);
	return b;
}

/* Any line of the stream; a decision is read the same by the quick reader and by json-c. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct stream_line quick, slow;
	const char *line = (const char *)data;
	struct fault f;
	struct buf a, b;
	int q, s;

	if (n > 16384)
		return 0;
	q = stream_read(&quick, line, n, &f);
	s = stream_read_json(&slow, line, n, &f);
	if (q != s || (q == 0 && quick.type != slow.type))
		abort();
	if (q < 0 || quick.type != STREAM_DECISION)
		return 0;
	a = written(&quick);
	b = written(&slow);
	if (a.len != b.len || memcmp(a.data, b.data, a.len) ||
	    stream_read(&slow, a.data, a.len - 1, &f) < 0)
		abort();
	buf_free(&a);
	buf_free(&b);
	return 0;
}
