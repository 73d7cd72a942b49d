#ifndef FODNS_STORAGE_H
#define FODNS_STORAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "edge/journal.h"
#include "edge/statedir.h"
#include "model/report.h"

/*
 * Reports into a state directory, for as long as a pipe lasts: gathered,
 * written one batch an agent, with the directory looked at once a second in
 * case that it was replaced.  What cannot be written is counted and said.
 */
struct storage {
	const char *path;
	bool open, durable;
	struct statedir dir;
	uint64_t stored, lost;
	bool failing, hard; /* hard: a fault that another try does not mend */
	int64_t looked;     /* CLOCK_MONOTONIC, ms */
	struct recorder *recorder;
	struct report *batch, *gathered;
	size_t nbatch;
};

/* path must outlive it.  Without `make` the directory is only opened, for a dry run. */
int storage_open(struct storage *s, const char *path, bool make, bool durable, struct fault *f);
void storage_close(struct storage *s); /* idempotent; what was not flushed is gone */
void storage_add(struct storage *s, const struct report *r); /* flushes by itself when full */
void storage_flush(struct storage *s);

#endif
