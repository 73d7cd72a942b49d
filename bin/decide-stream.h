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

/*
 * The forms it may have: decision lines for fodns-serve(8), and messages for
 * nsupdate(1), which are of decisions only: no generation is named, none is
 * provisional, and nothing is a sign of life.
 */
enum stream_form { STREAM_LINES, STREAM_NSUPDATE };

/* gone: the reader went away (0), or writing failed (errno); the stream is dead then. */
struct stream *stream_new(struct loop *l, int fd, enum stream_form form,
                          void (*gone)(void *arg, int err), void *arg);
void stream_free(struct stream *s);

/*
 * Begins a generation: server, zones and static records go out; the decisions
 * when stream_decide allows it.  config and engine must live until the next
 * call.  engine may be NULL until stream_decide.  chosen: the domains that are
 * told, by index; NULL: all; taken over.  For nsupdate, what the config before
 * this one had and this one has not is deleted.
 */
void stream_generation(struct stream *s, const struct config *config, bool *chosen, uint64_t gen);
void stream_decide(struct stream *s, struct engine *e, bool provisional);

/* Takes what changed in the engine and writes as much as goes; false: nothing had. */
bool stream_changed(struct stream *s);

/* Once a second: a sign of life; for nsupdate some domains are told again, as a message may have
 * been lost on its way. */
void stream_alive(struct stream *s, int64_t at);

/* Are there decisions that changed and are still to be said? */
bool stream_behind(const struct stream *s);
bool stream_sent(const struct stream *s); /* its `ready` is behind it */
uint64_t stream_lines(const struct stream *s);
uint64_t stream_gen(const struct stream *s);

#endif
