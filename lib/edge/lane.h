#ifndef FODNS_LANE_H
#define FODNS_LANE_H

#include "edge/deliver.h"
#include "edge/parcel.h"
#include "edge/post.h"

/*
 * The inside of deliver.h: a parcel under way to a master, as one request of
 * many lines or, to an original master, as one request a report.
 */
enum {
	LANE_SINGLES = 8 /* requests at a time to an original master */
};

enum kind { KIND_UNKNOWN, KIND_FODNS, KIND_ORIGINAL };

/* One request to an original master. */
struct single {
	struct lane *lane;
	struct fetch *fetch; /* NULL: free */
	size_t item;
	uint64_t check;      /* reports of one check never overtake each other */
	struct buf body;
};

/* A parcel under way. New reports and backlog have one each: neither waits for the other. */
struct lane {
	struct deliver *d;
	bool busy;
	struct parcel parcel;
	struct buf body;
	struct fetch *fetch;
	struct single singles[LANE_SINGLES];
	size_t next, in_flight, unsent;
	struct post_verdict verdict;
};

struct deliver {
	struct deliver_setup set;
	char *url_lines, *url_single, *key;
	struct spool *spool;
	struct parcel queue;
	struct buf line; /* being written */
	struct lane fresh, backlog;
	enum kind kind;
	int64_t kind_since;
	size_t batch_lines;  /* halved when a master finds a batch too large */
	bool down, ending, closing, finished;
	bool spool_failed;   /* said once */
	unsigned attempt;    /* failed tries since the last success */
	int64_t not_before;
	uint64_t delivered, refused, lost, dropped_said;
	int64_t gather_until;
	struct loop_timer retry, told, gather;
};

void lane_start(struct lane *l);   /* its parcel goes; deliver_settled follows, maybe at once */
void lane_cancel(struct lane *l);  /* no more calls; the parcel's open items are as they were */
void lane_free(struct lane *l);

void deliver_settled(struct lane *l); /* each item's fate and the verdict are known */

#endif
