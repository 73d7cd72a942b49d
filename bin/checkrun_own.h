#ifndef FODNS_CHECKRUN_OWN_H
#define FODNS_CHECKRUN_OWN_H

#include "checkrun.h"
#include "codec/records.h"
#include "edge/sched.h"
#include "edge/writer.h"

/* The inside of a run: checkrun.c makes the probes, checkprint.c writes what they gave. */
struct checkrun {
	struct loop *loop;
	struct checkrun_options o;
	struct sched *sched;
	struct prober *prober;
	struct references *references; /* NULL: none were ever configured */
	struct writer *writer;
	struct loop_timer timer;
	size_t most; /* probes in flight */
	bool full_said;
	uint64_t seq;
	bool dropping; /* and not said, yet */
	uint64_t drops_said;
	int64_t drops_at;
	int err; /* of the output */
	struct checksummary *summary; /* NULL: not wanted */
	int64_t began;
	struct buf line;
	struct report report; /* the one that is written next */
	double turn;          /* the instant that its clocks were read at */
	struct report_instant instant;
};

/* The result of a job, to whoever wants it: a record for each of its tasks, or a row, or a sum. */
void checkrun_print(struct checkrun *c, struct sched_job *j, const struct probe_result *res);
/* How many results found no reader: now, or not more often than each ten seconds. */
void checkrun_say_drops(struct checkrun *c, bool now);

#endif
