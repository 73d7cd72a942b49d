#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/httpresponse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { BODY = 4096 };

/* In pieces of `size`; what it came to after the end of the connection. */
static enum httpresponse_end
take(struct httpresponse *r, const char *s, size_t n, size_t size)
{
	enum httpresponse_end end = HTTPRESPONSE_MORE;
	bool head = false;

	while (n) {
		size_t piece = n < size ? n : size, used;
		char *own = malloc(piece); /* exactly, so that a byte too far is seen */

		memcpy(own, s, piece);
		end = httpresponse_take(r, own, piece, &used);
		free(own);
		if (used > piece || (end == HTTPRESPONSE_MORE && used != piece))
			abort();
		if (end == HTTPRESPONSE_HEAD && (head || r->code < 101 || r->code > 999))
			abort();
		head |= end == HTTPRESPONSE_HEAD;
		if (end == HTTPRESPONSE_BAD || end == HTTPRESPONSE_DONE)
			break;
		s += used;
		n -= used;
	}
	if (end == HTTPRESPONSE_MORE || end == HTTPRESPONSE_HEAD)
		end = httpresponse_eof(r);
	if ((end == HTTPRESPONSE_BAD) != (r->why != NULL) || (end == HTTPRESPONSE_DONE && !head))
		abort();
	if (r->body.len > BODY || r->line.len > HTTPRESPONSE_LINE_CAP)
		abort();
	return end;
}

/* One byte of how, then what a server sends: however it is cut, it says the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct httpresponse whole, cut;
	enum httpresponse_end a, b;

	if (n < 1)
		return 0;
	httpresponse_init(&whole, data[0] & 1, BODY);
	httpresponse_init(&cut, data[0] & 1, BODY);
	a = take(&whole, (const char *)data + 1, n - 1, n);
	b = take(&cut, (const char *)data + 1, n - 1, 1 + (data[0] >> 1) % 37);
	if (a != b || whole.code != cut.code || whole.body.len != cut.body.len ||
	    (whole.body.len && memcmp(whole.body.data, cut.body.data, whole.body.len) != 0) ||
	    !whole.location != !cut.location || (whole.why && strcmp(whole.why, cut.why) != 0))
		abort();
	httpresponse_free(&whole);
	httpresponse_free(&cut);
	return 0;
}
