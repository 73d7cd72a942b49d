#ifndef FODNS_SNAPFILE_H
#define FODNS_SNAPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "edge/statedir.h"

/*
 * The files of STATE/snap (fodns-state(5), "Snapshots"): NUMBER.jsonl, the
 * greatest is the newest.  One is written beside its name, brought to disk, and
 * renamed; one writer at a time, the recorder.
 */
enum { SNAPFILE_SUB = 32 };
char *snapfile_sub(char dst[static SNAPFILE_SUB], uint64_t number); /* "snap/000000000042.jsonl" */

/* The numbers there are, sorted, in *list to be freed; none without a directory.  -1: fault. */
int snapfile_list(const struct statedir *dir, uint64_t **list, size_t *n, struct fault *f);
int snapfile_delete(const struct statedir *dir, uint64_t number, struct fault *f);

struct snapfile_writer {
	const struct statedir *dir;
	int dirfd, fd;
	char temp[64];
};

/* Removes what writers that were killed left behind, too. */
int snapfile_create(struct snapfile_writer *w, const struct statedir *dir, struct fault *f);
int snapfile_add(struct snapfile_writer *w, const void *p, size_t n, struct fault *f);
/* The next number, once all of it is on disk; the writer is done, whatever comes of it. */
int snapfile_commit(struct snapfile_writer *w, struct fault *f);
void snapfile_abandon(struct snapfile_writer *w); /* idempotent */

struct snapfile_reader {
	int fd;
	char *data;
	size_t at, len, cap;
	char sub[SNAPFILE_SUB];
};

/* -1 with a fault that names it, also where it is not a regular file of the directory's owner. */
int snapfile_open(struct snapfile_reader *r, const struct statedir *dir, uint64_t number,
                  struct fault *f);
void snapfile_close(struct snapfile_reader *r);
/*
 * The next line and its newline, ours to change until the next call; 1, 0 at the end, -1
 * with a fault where it does not end, is over 64 MiB, or cannot be read.
 */
int snapfile_line(struct snapfile_reader *r, char **line, size_t *n, struct fault *f);

#endif
