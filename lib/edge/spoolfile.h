#ifndef FODNS_SPOOLFILE_H
#define FODNS_SPOOLFILE_H

#include "base/map.h"
#include "edge/spool.h"
#include "model/name.h"

/* The inside of a spool: its segments on disk and the newest line of each check in them. */
struct spool_segment {
	uint64_t number;
	int fd;              /* its lock is what makes it ours */
	uint32_t size, lines;
	uint32_t settled;    /* lines delivered or unreadable */
	uint8_t *taken;      /* a bit a line: settled or under way */
	size_t taken_cap;
};

/* The newest line of one check: the index has it until it is delivered or there is a newer one. */
struct spool_entry {
	bool travels;    /* in a parcel, which frees it */
	bool superseded; /* meanwhile: out of the index */
	uint64_t segment;
	uint32_t line, off, len;
	int64_t timestamp;
	size_t key_len;
	char key[];
};

struct spool {
	char base[4096], path[4096 + AGENT_FILE + 1];
	uint64_t cap, dropped;
	int dirfd;
	struct spool_segment *segments; /* by number */
	size_t nsegments, segments_cap;
	uint64_t last_number;     /* none is given twice: parcels and at_segment know them by it */
	struct map newest;        /* key of the check -> struct spool_entry */
	size_t waiting;           /* of them, those that do not travel */
	uint64_t at_segment;      /* where spool_backlog goes on */
	uint32_t at_off, at_line;
	struct buf text;          /* a segment being read */
};

struct spool_segment *spool_segment(struct spool *s, uint64_t number); /* NULL: dropped */
struct spool_segment *spool_segment_new(struct spool *s, struct fault *f);
/* Moves the others: pointers to them are void. */
void spool_segment_delete(struct spool *s, struct spool_segment *g);
void spool_segment_close(struct spool_segment *g); /* the file stays */
bool spool_segment_read(struct spool *s, const struct spool_segment *g); /* into s->text */

bool spool_taken(const struct spool_segment *g, uint32_t line);
void spool_take(struct spool_segment *g, uint32_t line, bool on);

void spool_index(struct spool *s, const struct report *r, const struct spool_segment *g,
    uint32_t line, uint32_t off, uint32_t len);
void spool_unindex(struct spool *s, struct spool_entry *e);

int spool_dir(struct spool *s, bool make, struct fault *f); /* 0 open, 1 it is not there, -1 */
void spool_dir_lost(struct spool *s); /* somebody deleted it, with what was in it */

#endif
