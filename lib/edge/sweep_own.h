#ifndef FODNS_SWEEP_OWN_H
#define FODNS_SWEEP_OWN_H

#include "base/map.h"
#include "edge/sweep_reader.h"

/* The inside of a sweep, for its own files. */
struct sweep {
	struct statedir dir; /* opened by the sweep, so that it can be opened again */
	struct sweep_calls calls;
	int64_t oldest;
	int bell, wd_root, wd_reports;
	struct map by_sub;
	struct places places; /* where to go on, until the journals were read once */
	struct map refused; /* what was said to be unreadable, so that it is said once */
	const char *denied; /* the last of those that may hold a journal; NULL: none */
	int denied_errno;
	struct reader **readers;
	size_t n, cap;
	struct reader **by_wd;
	size_t nwd;
	struct reader **rung; /* those whose bell rang */
	size_t nrung, cap_rung;
	struct reader **heap; /* those with a run, the earliest first */
	size_t nheap, cap_heap;
	int64_t looked; /* CLOCK_MONOTONIC ms of the last look at the directories */
	bool starting, root_rang;
	bool trouble; /* the last look failed: nothing is read, so that silence is not taken for it */
	struct fault why;
	int64_t lines;
};

#endif
