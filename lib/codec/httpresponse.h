#ifndef FODNS_HTTPRESPONSE_H
#define FODNS_HTTPRESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * One HTTP/1 response, taken as it comes, in pieces of any size (RFC 9112).
 * What of it counts for a probe is kept: the status, where it redirects to, and
 * as much of the body as is wanted.
 *
 * A line of the head may end with LF alone (2.2) and be folded (5.2), as each
 * browser takes it.  A name with a space before its colon, a control character
 * CR or NUL, Content-Length together with Transfer-Encoding, either of them
 * twice with different values, or a transfer coding that nobody asked for are
 * refused: a server that cannot say where its answer ends is not well.
 */
enum {
	HTTPRESPONSE_HEAD_CAP = 32 * 1024, /* of all header lines, interim answers included */
	HTTPRESPONSE_LINE_CAP = 4096,      /* of a line, what is looked at */
	HTTPRESPONSE_EXTRA_CAP = 16 * 1024, /* of chunk extensions and trailers together */
	HTTPRESPONSE_INTERIM = 16
};

enum httpresponse_end {
	HTTPRESPONSE_MORE,
	HTTPRESPONSE_HEAD, /* said once: the head is whole, code stands; the body comes next */
	HTTPRESPONSE_DONE, /* with its body, or as much of that as is wanted */
	HTTPRESPONSE_BAD   /* why says */
};

struct httpresponse {
	int code;           /* 0: not known yet */
	const char *why;    /* from a fixed list */
	struct buf body;
	char *location;     /* NULL: none; "": nowhere, or over HTTPRESPONSE_LINE_CAP */
	/* The reader's own. */
	struct buf line;    /* what a read left of a line */
	size_t line_len, head_bytes, extra_bytes, body_cap;
	uint64_t left;      /* of the body or chunk */
	uint8_t at, interims, field;
	bool to_head, chunked, has_length;
};

/* to_head: the request was HEAD.  At most body_cap bytes of the body are kept. */
void httpresponse_init(struct httpresponse *r, bool to_head, size_t body_cap);
void httpresponse_free(struct httpresponse *r); /* idempotent */

/* Takes the first bytes of n, how many says *used: all, but for what follows HEAD, DONE and BAD. */
enum httpresponse_end httpresponse_take(struct httpresponse *r, const char *data, size_t n,
                                        size_t *used);
/* The other side has closed. */
enum httpresponse_end httpresponse_eof(struct httpresponse *r);

#endif
