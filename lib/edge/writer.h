#ifndef FODNS_WRITER_H
#define FODNS_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/loop.h"

/*
 * Output that never blocks who has something to say: a thread writes, between
 * them is a queue of bounded size.  What does not fit is dropped whole and
 * counted.  What is put within five milliseconds is written together.
 */
struct writer;

/* broken is called on the loop, once, when writing failed; err is EPIPE when the reader has
 * gone. */
struct writer *writer_new(struct loop *l, int fd, size_t cap, void (*broken)(void *arg, int err),
                          void *arg);                          /* NULL with errno */
bool writer_put(struct writer *w, const char *data, size_t n); /* false: dropped */
uint64_t writer_drops(struct writer *w);                       /* puts dropped so far */

/*
 * Waits until all is written, at most wait_ms (-1: for ever), and ends the
 * thread.  0: all was written; else the error of the output, whether or not the
 * loop came to hear of it, or ETIMEDOUT: something was left; the thread then
 * ends by itself when its write does, and the descriptor must stay open that long.
 */
int writer_close(struct writer *w, int64_t wait_ms);

#endif
