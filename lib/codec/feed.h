#ifndef FODNS_FEED_H
#define FODNS_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "codec/records.h"
#include "codec/table.h"

/*
 * The decision stream as its reader sees it: bytes in, generations and single
 * changes out.  A generation is taken whole at `ready`; the last good one stays
 * until then, and for ever if the stream ends or breaks before.
 */
struct feed_calls {
	void *arg;
	/* A generation is complete: t is the callee's now, and the feed goes on to update it until
	 * it ends or the next one. */
	void (*publish)(void *arg, struct table *t, const struct stream_server *s);
	/* no longer in the table; readers may still hold it */
	void (*retire)(void *arg, struct image *old);
};

struct feed {
	struct feed_calls calls;
	uint64_t key[2];
	struct table *current;  /* published last, borrowed; of an earlier feed perhaps */
	struct table *pending;  /* the generation that is arriving */
	bool taken;             /* current is of this stream: decisions are for it */
	bool skipping, broken;  /* in a line too long; pending cannot become whole */
	uint64_t lines;         /* of pending, as `ready` counts them */
	uint64_t heard;         /* lines in all: the sign of life */
	uint64_t bad, updates;
	struct stream_server server;
	struct stream_line line;
	struct buf rest; /* an incomplete line */
};

/* key: of the tables' hash. The struct is large: keep it off the stack. */
void feed_init(struct feed *f, const uint64_t key[2], const struct feed_calls *calls);
void feed_free(struct feed *f); /* not the current table */
void feed_restart(struct feed *f); /* a new stream begins; what is current stays */
void feed_input(struct feed *f, const void *p, size_t n);

#endif
