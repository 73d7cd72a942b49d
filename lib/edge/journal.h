#ifndef FODNS_JOURNAL_H
#define FODNS_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/buf.h"
#include "edge/statedir.h"
#include "model/override.h"
#include "model/report.h"

/*
 * Appending to a journal of the state directory (fodns-state(5), "Segments"):
 * reports/AGENT, overrides, decisions.  One journal, one writer at a time, by
 * flock; one write() a batch; what was acknowledged survives kill -9.
 */
struct journal {
	const struct statedir *dir;
	char sub[256];   /* "reports/fra1", "overrides", "decisions" */
	char agent[65];  /* the id in the segment's first line; "" for the others */
	int dirfd, lockfd, fd;
	uint64_t number; /* of the open segment */
	int64_t size;    /* as this writer left it; -1: look */
	int64_t opened;  /* CLOCK_MONOTONIC ms of the segment's first line */
	bool foreign;    /* begun in another boot, or its first line is no good */
	bool torn;       /* its last line has no end */
	bool durable;    /* fdatasync before a batch counts as written */
	struct buf out;
};

/* Past these a segment is sealed and the next one begun. */
#define SEGMENT_BYTES (INT64_C(64) << 20)
#define SEGMENT_MS (INT64_C(10) * 60 * 1000)

/* makes directories and lock file */
int journal_open(struct journal *j, const struct statedir *dir, const char *sub,
    const char *agent, struct fault *f);
void journal_close(struct journal *j);

/*
 * Appends a batch of whole lines.  wait_ms: how long to wait for the lock (0: not at all).
 * Reports are stamped under the lock: see journal_reports.  -1 with a temporary fault:
 * nothing of it is acknowledged.
 */
int journal_append(struct journal *j, const char *lines, size_t n, int64_t wait_ms,
    struct fault *f);

/*
 * Stamps received and boot_ms into each report under the lock and appends them all with one
 * write.
 */
int journal_reports(struct journal *j, struct report *r, size_t n, int64_t wait_ms,
    struct fault *f);

/* Many agents at once: open journals kept by agent_id, least recently used closed first. */
struct recorder;
struct recorder *recorder_new(const struct statedir *dir);
void recorder_durable(struct recorder *r, bool durable); /* off at first */
void recorder_free(struct recorder *r);
/* grouped by agent_id: neighbours of one agent go as one batch */
int recorder_reports(struct recorder *rec, struct report *r, size_t n, int64_t wait_ms,
    struct fault *f);

/* Appends to overrides/; stamps `at` (and for clear, until) and boot_ms under the lock. */
int journal_override(const struct statedir *dir, struct override *o, size_t n, int64_t wait_ms,
    struct fault *f);

#endif
