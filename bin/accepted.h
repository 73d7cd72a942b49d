#ifndef FODNS_ACCEPTED_H
#define FODNS_ACCEPTED_H

#include "base/buf.h"
#include "base/fault.h"
#include "edge/statedir.h"
#include "model/config.h"

/*
 * A config together with the text of every file that was read for it, so that
 * it can be kept in STATE/config/ and loaded from there when the file on disk
 * is refused.  One text holds them all: before each file a line
 * "#fodns-file BYTES PATH"; a config of one file is still plain YAML.
 */
struct accepted {
	struct config config;
	struct buf text; /* empty once it is kept: */
	int kept;        /* then the file it was kept in, open to be kept elsewhere, too; else 0 */
};

/* 0, or -1 with every problem logged and the first one in `first` (may be NULL). */
int accepted_load(struct accepted *a, const char *path, char first[static 512]);

/*
 * The last one kept in the state directory, if it came from a file of the name
 * of `path` (NULL: any); 1 with a fault if there is none, -1 if it is no good.
 */
int accepted_last(struct accepted *a, const struct statedir *dir, const char *path,
                  struct fault *f);

/* The one of that hash, as it was kept; -1 if it is not there or no good. */
int accepted_kept(struct accepted *a, const struct statedir *dir, const char *hash,
                  struct fault *f);

/* The state directory that a refused file names, if a line says so; dst or NULL. */
const char *accepted_state(const char *path, char dst[static 4096]);

/* Writes the text to the state directory, and lets go of it: a large one is much memory. */
int accepted_keep(struct accepted *a, const struct statedir *dir, struct fault *f);
void accepted_free(struct accepted *a); /* idempotent */

#endif
