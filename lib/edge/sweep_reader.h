#ifndef FODNS_SWEEP_READER_H
#define FODNS_SWEEP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "edge/statedir.h"
#include "edge/sweep.h"
#include "model/name.h"

/*
 * One journal as a reader sees it: a place in its chain of segments, and the
 * records behind that place one run after the other.  A run is what was stored
 * at one instant, in the order of seq.
 */
struct item {
	bool ours;    /* stored in this boot */
	int64_t time; /* boot_ms of this boot, else received */
	union {
		struct report report;
		struct override override;
	};
};

struct reader {
	char sub[16 + AGENT_FILE]; /* "reports/a1", "overrides" */
	char agent[65];            /* "": overrides */
	const struct statedir *dir;
	const struct sweep_calls *calls;
	int dirfd, fd, wd;
	dev_t dev;
	ino_t ino;

	uint64_t number;  /* of the open segment, 0: none */
	uint64_t line;    /* lines read of it */
	int64_t offset;   /* of the first byte not yet taken as a line */
	int64_t quiet;    /* lines before are too old to count */
	int64_t whole;    /* since when (wall clock) nothing is missing; INT64_MIN: ever */
	bool headed, ours, sealed, overlong;
	bool failing;     /* said so already */
	int error;        /* while failing: errno */
	uint64_t failed;  /* and the segment */
	bool dirty;       /* the bell rang; it is in the sweep's list of those */
	bool ended;       /* nothing more to read in this sweep */

	uint64_t limit_number; /* reading stops there; 0: at the end of what is there */
	int64_t limit;

	char *buf; /* of cap bytes while reading; buf[pos] is at `offset` */
	size_t pos, len, cap;

	struct item *run;
	size_t nrun, cap_run;
	bool ahead; /* run[nrun] is the first of the next run */
};

/* from: where another reader was; NULL: at the beginning.  NULL with errno. */
struct reader *reader_open(const struct statedir *dir, const char *sub, const char *agent,
    const struct sweep_calls *calls, int64_t oldest, const struct saved_place *from);
bool reader_place(const struct reader *s, struct saved_place *p); /* false: it is nowhere yet */
int64_t reader_begun(const struct reader *s); /* when the segment it is in was; -1: it does not say */
void reader_close(struct reader *s);
bool reader_replaced(const struct reader *s); /* its directory is gone or another one */
void reader_stop_at_now(struct reader *s);    /* sets the limit to the journal's size of now */
/* moves on from a last segment without a seal when there are later ones */
void reader_rescue(struct reader *s);

void reader_begin(struct reader *s, size_t buffer); /* of a sweep */
bool reader_run(struct reader *s);                  /* the next run to run[0..nrun) */
/* keep the buffer for the next sweep, or give it back */
void reader_end(struct reader *s, bool keep);

/* sweep_chain.c: the segments. */
void chain_begin(struct reader *s, int64_t oldest, const struct saved_place *from);
bool chain_advance(struct reader *s); /* to the next segment, if there is one */
void reader_failed(struct reader *s, uint64_t segment, int err); /* said once */

/* Order of two runs' beginnings: earlier boots first, then time, then agent. */
int reader_cmp(const struct reader *a, const struct reader *b);

#endif
