#ifndef FODNS_STATEFILE_H
#define FODNS_STATEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fault.h"

/*
 * Opening what lies inside the state directory, doubting it: never through a
 * symbolic link, never a FIFO or device, only what belongs to the directory's
 * owner.  -1 with errno; EPERM: not ours.  What is made gets its mode whatever
 * the umask says.
 */
enum { STATE_DIR_MODE = 02750, STATE_FILE_MODE = 0640, STATE_SECRET_MODE = 0600 };

int statefile_open(int dirfd, const char *name, int flags, mode_t mode, uid_t owner);
int statefile_dir(int dirfd, const char *name, bool make, uid_t owner);

/* A directory given as "reports/a1", below dirfd. */
int statefile_path(int dirfd, const char *path, bool make, uid_t owner);

/* Segments: 000000000042.jsonl. */
enum { SEGMENT_NAME = 12 + 6 + 1 };
char *segment_name(char dst[static SEGMENT_NAME], uint64_t number);
uint64_t segment_number(const char *name); /* 0: not the name of a segment */

/* The numbers of a directory's segments, sorted, in *list to be freed; -1 with errno. */
int segment_list(int dirfd, uint64_t **list, size_t *n);

/* The entries of a directory but those that begin with a dot. */
int statefile_each(int dirfd, void (*each)(void *arg, const char *name), void *arg);
/* Those, too; but . and .. */
int statefile_all(int dirfd, void (*each)(void *arg, const char *name), void *arg);

#endif
