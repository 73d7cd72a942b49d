#ifndef FODNS_SNAPSHOT_H
#define FODNS_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "model/saved.h"

/*
 * The lines of a snapshot (fodns-state(5), "Snapshots"): a head, places, agents,
 * overrides, domains, an end.  Times in them are relative to the head's instant,
 * which is `base` on the engine's axis of who reads or writes.
 */
enum snap_kind {
	SNAP_HEAD,
	SNAP_PLACE,
	SNAP_AGENT,
	SNAP_OVERRIDE,
	SNAP_DOMAIN,
	SNAP_END,
	SNAP_OTHER
};

struct snap_end {
	uint64_t lines; /* before this one */
	char sum[17];   /* of all their bytes */
};

/* Of the line that was read last; large, keep one.  Texts are in that line. */
struct snap_line {
	enum snap_kind kind;
	struct saved_head head;
	struct saved_place place;
	struct saved_agent agent;
	struct saved_override override;
	struct saved_domain domain;
	struct snap_end end;
	struct snap_store *store; /* what the domain points to */
};

void snap_line_init(struct snap_line *l);
void snap_line_free(struct snap_line *l);

/* Changes the line, and line[n], which must be ours; 0, or -1 with a fault. */
int snap_read(struct snap_line *l, char *line, size_t n, int64_t base, struct fault *f);

/* The name in a domain's line, without reading it: *len bytes, not cleaned; NULL: another line. */
const char *snap_domain_name(const char *line, size_t n, size_t *len);

/* The sum of a snapshot so far and one line more, with its newline. */
uint64_t snap_sum(uint64_t sum, const char *line, size_t n);

void snap_write_head(struct buf *b, const struct saved_head *h);
void snap_write_place(struct buf *b, const struct saved_place *p);
void snap_write_agent(struct buf *b, const struct saved_agent *a);
void snap_write_override(struct buf *b, const struct saved_override *o, int64_t base);
void snap_write_domain(struct buf *b, const struct saved_domain *d, int64_t base);
void snap_write_end(struct buf *b, uint64_t lines, uint64_t sum);

#endif
