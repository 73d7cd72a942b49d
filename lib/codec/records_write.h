#ifndef FODNS_RECORDS_WRITE_H
#define FODNS_RECORDS_WRITE_H

#include "base/buf.h"
#include "base/stamp.h"

/* What the writers of records have in common. */
static inline void
put_time(struct buf *b, int64_t ms)
{
	char stamp[STAMP_LEN + 2];

	stamp[0] = '"';
	stamp_format(stamp + 1, ms);
	stamp[STAMP_LEN] = '"';
	buf_add(b, stamp, STAMP_LEN + 1);
}

/* A time, or null where it is negative: never. */
static inline void
put_time_or_null(struct buf *b, int64_t ms)
{
	if (ms < 0)
		buf_puts(b, "null");
	else
		put_time(b, ms);
}

void put_latency(struct buf *b, double ms); /* to the microsecond */

#endif
