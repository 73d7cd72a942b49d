#ifndef FODNS_STATEDIR_H
#define FODNS_STATEDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/fault.h"

/*
 * The state directory of fodns-state(5) as a whole: its format, its owner, the
 * recorder's lock, accepted configs, the daemons' counters.  What is inside
 * reports/, overrides/ and decisions/ is journal.h's.
 */
struct statedir {
	int fd; /* of the directory */
	char path[4096];
	uid_t owner;
	gid_t group;
};

/*
 * Opens; with `make` creates it if it is not there (its parents only below
 * $HOME).  Root on another user's directory becomes that user: setgroups,
 * setgid, setuid.  Faults name path, what is missing, what to type.
 */
int statedir_open(struct statedir *s, const char *path, bool make, struct fault *f);
void statedir_close(struct statedir *s);
bool statedir_replaced(const struct statedir *s); /* path no longer leads to the open directory */

/* Fills a fault about a file below it: whose it is and what to type. Returns -1. */
int statedir_denied(const struct statedir *s, const char *sub, int err, struct fault *f);

/*
 * The boot that segments are stamped with: the kernel's, or what a test says (NULL: the
 * kernel's again).
 */
const char *statedir_boot_id(void);
void statedir_boot_id_set(const char *id);

/* The recorder's lock, without waiting: 0 held (keep *fd open), 1 somebody else is, -1 fault. */
int statedir_record(const struct statedir *s, int *fd, struct fault *f);

/*
 * config/HASH.yaml: every file of the config as one text, the first line a comment with time
 * and path.
 */
int statedir_keep_config(const struct statedir *s, const char *hash, const char *text, size_t n,
    struct fault *f);
/* 0, 1 there is none, -1 */
int statedir_last_config(const struct statedir *s, char path[static 4096], struct fault *f);

/* stats/NAME.json, replaced whole; name "serve", "decide", "api", "agent". */
int statedir_stats(const struct statedir *s, const char *name, const struct buf *json,
    struct fault *f);
/* 0, 1 not there, -1 */
int statedir_read_stats(const struct statedir *s, const char *name, struct buf *json,
    struct fault *f);

#endif
