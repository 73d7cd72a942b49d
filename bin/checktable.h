#ifndef FODNS_CHECKTABLE_H
#define FODNS_CHECKTABLE_H

#include "base/buf.h"
#include "edge/probe.h"
#include "model/report.h"
#include "model/task.h"

#define CHECKTABLE_ERASE "\r\033[K" /* the line that the cursor is on */

/* fodns-check's results for people: a row each, in columns as wide as the tasks need. */
struct checktable {
	bool times; /* a first column with the time: for runs that go on */
	bool colour;
	bool servers;
	bool phases; /* below a row, where a probe has several */
	bool means;  /* the same below a row of the summary */
	bool beside; /* something else is drawn on the line that a row goes to */
	int width;   /* of the terminal; a reason that does not fit has its own line; 0: any */
	bool headed; /* the heading was written */
	int target_width, domain_width;
};

/* A URL's name that was not resolved has no address to probe. */
bool checktable_unresolved(const struct task *t);
/* What stands for the target; NULL: its address. */
const char *checktable_name(const struct task *t);
void checktable_fit(struct checktable *t, const struct task *const *list, size_t n);
void checktable_row(struct checktable *t, struct buf *b, const struct report *r,
    const struct probe_result *res);

/* ---- for what stands below the rows */

const char *checktable_paint(const struct checktable *t, enum status s);
const char *checktable_paint_end(const struct checktable *t);
/* Ends a row of which so much is used: a reason that does not fit goes below it. */
void checktable_reason(const struct checktable *t, struct buf *b, int used, int indent,
    const char *reason);
/* How the latency was spent; nothing for what is one step. */
void checktable_phases(const struct checktable *t, struct buf *b, int indent, const char *type,
    double latency_ms, const struct probe_result *res);

#endif
