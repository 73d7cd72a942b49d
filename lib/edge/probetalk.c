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
 * grown by an eighth, or after a pause.
 */
enum { TALK_CAP = 64 * 1024, GROWN = 8, PAUSE_MS = 20, LAST_TICK = 2 };

struct talk {
	struct loop_io io;
	struct loop_timer pause;
	int fd;
	struct buf send;
	size_t sent;
	struct expect expect;
	struct buf in;
	size_t tried; /* of in, when it was matched last */
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
on_pause(struct loop_timer *w)
{
	struct probe_run *r = w->arg;

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
	else
		loop_timer_start(r->prober->loop, &k->pause, PAUSE_MS, 0, on_pause, r);
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

/* Of what must not come, enough has been waited for; the rest is for the verdict to be in time. */
static void
tick(struct probe_run *r)
{
	struct talk *k = r->talk;

	if (r->part != LAST_TICK || !k->expect.negated || !k->in.len)
		return;
	match(r, true);
	if (r->result.status == STATUS_OK)
		r->result.latency_ms = r->result.first_byte_ms;
}

static void
expire(struct probe_run *r)
{
	struct talk *k = r->talk;

	probe_end(r, STATUS_FAIL, k->in.len ? expect_failed(&k->expect) : "timed out");
}

static void
stop(struct probe_run *r)
{
	struct talk *k = r->talk;

	loop_io_stop(&k->io);
	loop_timer_stop(&k->pause);
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
