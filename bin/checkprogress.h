#ifndef FODNS_CHECKPROGRESS_H
#define FODNS_CHECKPROGRESS_H

#include <stdbool.h>

#include "checkrun.h"
#include "edge/loop.h"

/* How far a run is that takes its time, in one line on a terminal that is gone at the end. */
struct checkprogress {
	struct loop_timer timer;
	struct loop *loop;
	const struct checkrun *run;
	int64_t began;
	bool shown;
};

bool checkprogress_possible(void); /* stderr is such a terminal, and is to be told */
void checkprogress_start(struct checkprogress *p, struct loop *l, const struct checkrun *run);
void checkprogress_stop(struct checkprogress *p); /* zeroed is fine */

#endif
