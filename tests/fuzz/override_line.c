#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
same(const struct override *a, const struct override *b)
{
	if (strcmp(a->domain, b->domain) || strcmp(a->target, b->target) ||
	    strcmp(a->reason, b->reason) || strcmp(a->who, b->who) || a->state != b->state ||
	    a->at != b->at || a->until != b->until)
		abort();
	/* 0 or less is unknown, and written as nothing. */
	if ((a->boot_ms > 0 || b->boot_ms > 0) && a->boot_ms != b->boot_ms)
		abort();
}

/* What is read is one line when it is written, fits where it came from, and is read the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct override first, again;
	struct target_pattern pattern;
	struct fault f;
	struct buf b;

	if (n > LIMIT_REPORT_LINE + 16 || override_read(&first, (const char *)data, n, &f) < 0)
		return 0;
	if (target_pattern_parse(first.target, &pattern) < 0)
		abort();
	buf_init(&b);
	override_write(&b, &first);
	if (b.len > LIMIT_REPORT_LINE || memchr(b.data, '\n', b.len) != b.data + b.len - 1 ||
	    override_read(&again, b.data, b.len - 1, &f) < 0)
		abort();
	same(&first, &again);
	buf_free(&b);
	return 0;
}
