#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "edge/probesocket.h"

/*
 * tcp with send or expect.  What comes is matched as it comes, but a target that
 * sends byte by byte does not have all of it matched anew for each: once it has
 * grown by an eighth, or a moment later.
 */
enum { TALK_CAP = 64 * 1024, GROWN = 8, MOMENT_MS = 20, LAST_TICK = 2 };

struct talk {
	struct loop_io io;
	struct loop_timer moment;
	int fd;
	struct buf send;
	size_t sent;
	struct expect expect;
	struct buf in;
	size_t tried; /* of in, when it was matched last */
	bool waits;   /* for the moment */
};

/* ---- what comes */

/* last: nothing more will come that counts. */
static void
match(struct probe_run *r, bool last)
{
	struct talk *k = r->talk;
	bool yes = k->in.len > k->tried && expect_matches(&k->expect, r, k->in.data, k->in.len);

	k->tried = k->in.len;
	if (yes != k->expect.negated && (yes || (last && k->in.len)))
		probe_end_ok(r, probe_elapsed(r));
	else if (yes || last)
		probe_end(r, STATUS_FAIL, k->in.len ? expect_failed(&k->expect) : "connection closed");
}

static void
on_moment(struct loop_timer *w)
{
	struct probe_run *r = w->arg;

	r->talk->waits = false;
	if (!probe_late(r))
		match(r, false);
}

static void
take(struct probe_run *r, const char *data, size_t n)
{
	struct talk *k = r->talk;

	if (!k->in.len)
		r->result.first_byte_ms = probe_elapsed(r);
	buf_add(&k->in, data, n);
	if (k->in.len - k->tried > k->tried / GROWN || k->in.len == TALK_CAP)
		match(r, k->in.len == TALK_CAP);
	else if (!k->waits) {
		k->waits = true;
		loop_timer_start(r->prober->loop, &k->moment, MOMENT_MS, 0, on_moment, r);
	}
}

static void
on_readable(struct loop_io *w, int events)
{
	struct probe_run *r = w->arg;
	struct talk *k = r->talk;
	char *chunk = probe_chunk(r->prober);
	size_t room = TALK_CAP - k->in.len;
	ssize_t n = recv(k->fd, chunk, room < PROBE_CHUNK ? room : PROBE_CHUNK, 0);
	int err = errno;

	(void)events;
	if (n < 0 && (err == EAGAIN || err == EINTR))
		return;
	if (probe_late(r))
		;
	else if (n < 0)
		probe_end_errno(r, err, false);
	else if (n == 0)
		match(r, true);
	else
		take(r, chunk, (size_t)n);
	if (r->ended) /* what still comes would wake us for nothing */
		loop_io_stop(w);
}

/* ---- what goes */

static void
all_sent(struct probe_run *r)
{
	struct talk *k = r->talk;

	if (k->expect.pattern) {
		loop_io_start(r->prober->loop, &k->io, k->fd, LOOP_READ, on_readable, r);
		return;
	}
	loop_io_stop(&k->io);
	probe_close_softly(k->fd); /* RST would take back what was sent */
	probe_end_ok(r, probe_elapsed(r));
}

static void
put(struct probe_run *r)
{
	struct talk *k = r->talk;
	size_t left = k->send.len - k->sent;
	ssize_t n = left ? send(k->fd, k->send.data + k->sent, left, MSG_NOSIGNAL) : 0;

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		probe_end_errno(r, errno, false);
	else if (n >= 0 && (k->sent += (size_t)n, (size_t)n == left))
		all_sent(r);
}

static void
on_writable(struct loop_io *w, int events)
{
	struct probe_run *r = w->arg;

	(void)events;
	if (!probe_late(r) && (r->result.connect_ms > 0 || probe_connected(r, r->talk->fd)))
		put(r);
	if (r->ended)
		loop_io_stop(w);
}

/* ---- */

static void
start(struct probe_run *r, const struct task *t)
{
	struct talk *k = r->talk = mem_alloc(sizeof(*k));
	bool now;

	r->parts = PROBE_THIRDS;
	k->fd = -1;
	probe_words(&k->send, t->probe);
	expect_take(&k->expect, r, t->probe->expect);
	if (r->ended)
		return;
	k->fd = probe_socket(r, SOCK_STREAM, &now);
	if (k->fd >= 0)
		loop_io_start(r->prober->loop, &k->io, k->fd, LOOP_WRITE, on_writable, r);
}

/* Enough has been waited for what must not come: how long says nothing of the target. */
static void
conclude(struct probe_run *r)
{
	match(r, true);
	if (r->talk->expect.negated && r->result.status == STATUS_OK)
		r->result.latency_ms = r->result.first_byte_ms;
}

/* The rest is for the verdict to be in time. */
static void
tick(struct probe_run *r)
{
	if (r->part == LAST_TICK && r->talk->expect.negated && r->talk->in.len)
		conclude(r);
}

/* What is there by now counts, though it may have come since it was looked at. */
static void
expire(struct probe_run *r)
{
	if (r->talk->in.len)
		conclude(r);
	else
		probe_end(r, STATUS_FAIL, "timed out");
}

static void
stop(struct probe_run *r)
{
	struct talk *k = r->talk;

	loop_io_stop(&k->io);
	loop_timer_stop(&k->moment);
	if (k->fd >= 0)
		close(k->fd);
	expect_drop(&k->expect, r);
	buf_free(&k->in);
	buf_free(&k->send);
	free(k);
	r->talk = NULL;
}

const struct probe_kind probe_kind_talk = {
    .start = start, .stop = stop, .tick = tick, .expire = expire};
