#ifndef FODNS_DECIDE_STREAM_H
#define FODNS_DECIDE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/engine.h"
#include "edge/loop.h"
#include "model/config.h"

/*
 * The decision stream (fodns-records(5)) on a descriptor.  Nothing is queued:
 * what has to be said is a place in the generation and a set of domains, and
 * lines are made of it when the reader has room for them.
 */
struct stream;

/* gone: the reader went away (0), or writing failed (errno); the stream is dead then. */
struct stream *stream_new(struct loop *l, int fd, void (*gone)(void *arg, int err), void *arg);
void stream_free(struct stream *s);

/*
 * Begins a generation: server, zones and static records go out; the decisions
 * when stream_decide allows it.  config and engine must live until the next
 * call.  engine may be NULL until stream_decide.
 */
void stream_generation(struct stream *s, const struct config *config, uint64_t gen);
void stream_decide(struct stream *s, struct engine *e, bool provisional);

/* Takes what changed in the engine and writes as much as goes; false: nothing had. */
bool stream_changed(struct stream *s);
void stream_alive(struct stream *s, int64_t at);

/* Are there decisions that changed and are still to be said? */
bool stream_behind(const struct stream *s);
bool stream_sent(const struct stream *s); /* its `ready` is behind it */
uint64_t stream_lines(const struct stream *s);
uint64_t stream_gen(const struct stream *s);

#endif
