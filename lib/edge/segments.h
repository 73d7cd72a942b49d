#ifndef FODNS_SEGMENTS_H
#define FODNS_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "edge/statedir.h"

/*
 * Every whole line, the oldest first, of those segments of a journal that were
 * written to at or after `since` (wall clock, ms): for who looks back.  ours: the
 * segment is of this boot.  A journal that is not there has none.
 */
int segments_each(const struct statedir *dir, const char *sub, int64_t since,
                  void (*each)(void *arg, const char *line, size_t n, bool ours), void *arg,
                  struct fault *f);

#endif
