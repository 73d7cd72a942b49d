#ifndef FODNS_PARCEL_H
#define FODNS_PARCEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/report.h"

/* Report lines on their way to one master, each with where it came from. */
enum parcel_fate { FATE_OPEN, FATE_TAKEN, FATE_REFUSED };

struct parcel_item {
	uint64_t input;       /* line of stdin; 0: from the spool */
	uint64_t segment;     /* of the spool, with the line in it, from 0 */
	uint32_t line;
	uint32_t off, len;    /* in text, with the newline */
	struct spool_entry *entry; /* the spool's index entry while it travels; NULL */
	enum parcel_fate fate;
};

struct parcel {
	struct buf text;
	struct parcel_item *items;
	size_t n, cap;
};

void parcel_init(struct parcel *p);
void parcel_free(struct parcel *p);  /* idempotent; entries are the spool's */
void parcel_clear(struct parcel *p); /* keeps the memory */
/* A copy of the line; the rest of the item is zeroed. */
struct parcel_item *parcel_add(struct parcel *p, const char *line, size_t n);

/* Moves lines from the front of `from` to the end of `to` until it holds `lines` or `bytes`. */
void parcel_move(struct parcel *to, struct parcel *from, size_t lines, size_t bytes);
void parcel_drop(struct parcel *p, size_t n); /* the first n */

/*
 * A report as it leaves: mono_ms becomes age_ms when it was taken in this boot,
 * and is meaningless elsewhere.  boot_now: clock_boot(); own: clock_boot_hash().
 */
void parcel_age(struct report *r, int64_t boot_now, uint64_t own);

#endif
