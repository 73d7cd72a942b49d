#ifndef FODNS_CHECKTABLE_H
#define FODNS_CHECKTABLE_H

#include "base/buf.h"
#include "edge/probe.h"
#include "model/report.h"
#include "model/task.h"

/* fodns-check's results for people: a row each, in columns as wide as the tasks need. */
struct checktable {
	bool times; /* a first column with the time: for runs that go on */
	bool colour;
	bool servers;
	bool phases; /* below a row, where a probe has several */
	int width;   /* of the terminal; a reason that does not fit has its own line; 0: any */
	bool headed; /* the heading was written */
	int target_width, domain_width;
};

void checktable_fit(struct checktable *t, const struct task *const *list, size_t n);
void checktable_row(struct checktable *t, struct buf *b, const struct report *r,
    const struct probe_result *res);

#endif
