#ifndef FODNS_TASKOBJECTS_H
#define FODNS_TASKOBJECTS_H

#include <stddef.h>

/*
 * Cuts {"tasks":[{…},{…}],…} into its objects without building it in memory: a
 * list may be many megabytes.  Only the frame is judged here; each object is
 * read by task_read.  Calls each(arg, object, length) unless NULL.  -1: the
 * text is no such object, or nested over 16.
 */
int taskobjects(const char *s, size_t n, void (*each)(void *arg, const char *object, size_t len),
                void *arg);

#endif
