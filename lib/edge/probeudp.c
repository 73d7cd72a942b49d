#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "edge/probesocket.h"

/*
 * A datagram, sent again at each third of the timeout, as one that gets lost is
 * nobody's fault.  The socket is connected: only the target is heard, and its
 * ICMP errors.
 */
enum { ANSWERS_MOST = 256, AT_ONCE = 16 };

struct udp_probe {
	struct loop_io io;
	int fd;
	struct buf send; /* empty: so is the datagram */
	struct expect expect;
	unsigned answers; /* that did not match */
};

/* An echo is a good answer, but not one's own. */
static bool
is_own(struct probe_run *r, const char *data, size_t n)
{
	const struct buf *sent = &r->udp->send;

	return n == sent->len && (!n || memcmp(data, sent->data, n) == 0) &&
	       probe_met_itself(r, r->udp->fd);
}

static void
take(struct probe_run *r, const char *data, size_t n)
{
	struct udp_probe *u = r->udp;
	bool yes = !u->expect.pattern || expect_matches(&u->expect, r, data, n) != u->expect.negated;

	if (is_own(r, data, n)) {
		probe_end_errno(r, ECONNREFUSED, false);
		return;
	}
	if (r->result.first_byte_ms <= 0)
		r->result.first_byte_ms = probe_elapsed(r);
	if (yes)
		probe_end_ok(r, probe_elapsed(r));
	else if (u->expect.negated || ++u->answers == ANSWERS_MOST)
		probe_end(r, STATUS_FAIL, expect_failed(&u->expect));
}

static void
on_readable(struct loop_io *w, int events)
{
	struct probe_run *r = w->arg;
	char *chunk = probe_chunk(r->prober);

	(void)events;
	for (int i = 0; i < AT_ONCE && !r->ended; i++) {
		ssize_t n = recv(r->udp->fd, chunk, PROBE_CHUNK - 1, 0);
		int err = errno;

		if (n < 0 && (err == EAGAIN || err == EINTR))
			return;
		if (probe_late(r))
			;
		else if (n < 0)
			probe_end_errno(r, err, false);
		else {
			chunk[n] = '\0'; /* which the sanitizers look for */
			take(r, chunk, (size_t)n);
		}
	}
	if (r->ended)
		loop_io_stop(w);
}

static void
put(struct probe_run *r, bool first)
{
	const struct buf *sent = &r->udp->send;

	probe_send(r, r->udp->fd, sent->len ? sent->data : "", sent->len, first);
}

static void
start(struct probe_run *r, const struct task *t)
{
	struct udp_probe *u = r->udp = mem_alloc(sizeof(*u));
	bool now;

	r->parts = PROBE_THIRDS;
	u->fd = -1;
	probe_words(&u->send, t->probe);
	expect_take(&u->expect, r, t->probe->expect);
	if (r->ended || (u->fd = probe_socket(r, SOCK_DGRAM, &now)) < 0)
		return;
	put(r, true);
	if (!r->ended)
		loop_io_start(r->prober->loop, &u->io, u->fd, LOOP_READ, on_readable, r);
}

static void
tick(struct probe_run *r)
{
	put(r, false);
}

static void
expire(struct probe_run *r)
{
	const struct udp_probe *u = r->udp;

	if (u->answers)
		probe_end(r, STATUS_FAIL, expect_failed(&u->expect));
	else if (u->expect.pattern)
		probe_end(r, STATUS_FAIL, "timed out");
	else
		probe_end(r, STATUS_WARN, "no answer; udp cannot tell");
}

static void
stop(struct probe_run *r)
{
	struct udp_probe *u = r->udp;

	loop_io_stop(&u->io);
	if (u->fd >= 0)
		close(u->fd);
	expect_drop(&u->expect, r);
	buf_free(&u->send);
	free(u);
	r->udp = NULL;
}

const struct probe_kind probe_kind_udp = {
    .start = start, .stop = stop, .tick = tick, .expire = expire};
