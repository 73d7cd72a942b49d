#ifndef FODNS_POST_H
#define FODNS_POST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "edge/fetch.h"
#include "edge/link.h"
#include "edge/parcel.h"

/*
 * Bodies and answers of the two ways to hand reports to a master: fodns-api's
 * POST /api/v1/reports with a verdict for each line, and the original's
 * POST /api/v1/report with one report.  No sockets here.
 *
 * Only a master's own word loses a report: what a proxy or a server in front of
 * it says (a page in place of {"detail":…}) is an outage.
 */
enum post_end {
	POST_DONE,  /* the fate of each item is set; FATE_OPEN: the master wants it again later */
	POST_OTHER, /* there is no such path: a master of the other kind */
	POST_LARGE, /* less at a time */
	POST_LATER  /* nothing was taken; the next try may be better */
};

struct post_verdict {
	enum post_end end;
	int64_t retry_after_ms; /* -1: not said */
	char why[LINK_WHY];     /* of POST_LATER, and of POST_DONE with open items */
};

/* Called for each line that the master refuses for good. */
struct post_refusal {
	void *arg;
	void (*call)(void *arg, const struct parcel *p, const struct parcel_item *it, int status,
	    const char *detail);
};

/* JSON lines, one for each item.  boot_now: clock_boot(); own: clock_boot_hash(). */
void post_lines(struct buf *body, const struct parcel *p, int64_t boot_now, uint64_t own);
void post_judge_lines(struct parcel *p, const struct fetch_result *res,
    const struct post_refusal *refuse, struct post_verdict *v);

/* The original's fields alone. It knows ok and fail: warn is ok, unknown (false) is not sent. */
bool post_single(struct buf *body, const struct report *r);
void post_judge_single(struct parcel *p, size_t i, const struct fetch_result *res,
    const struct post_refusal *refuse, struct post_verdict *v);

#endif
