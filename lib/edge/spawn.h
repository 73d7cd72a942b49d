#ifndef FODNS_SPAWN_H
#define FODNS_SPAWN_H

#include <stddef.h>

/*
 * Starts a program in a process without threads.  stdin is /dev/null; `out` is
 * its stdout, `extra` its descriptor 3 (-1: stays as it is, closed).  It gets SIGTERM when
 * we die.  The pid, or -1 with errno; a program that cannot be executed exits
 * with 127 after a line on stderr.
 */
int spawn_program(const char *path, const char *const *argv, int out, int extra);

/* The path of a program beside our own executable; false if it cannot be known. */
int spawn_beside(char *dst, size_t cap, const char *name);

#endif
