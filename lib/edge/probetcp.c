#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/probekind.h"
#include "edge/sockaddr.h"

/* A connection to one's own address can meet itself (RFC 9293 3.5, simultaneous open): nobody
 * listens there. */
static bool
met_itself(struct probe_run *r)
{
	union sockaddr_any me;
	socklen_t len = sizeof(me);
	struct addr a;
	int port;

	return getsockname(r->tcp.fd, &me.sa, &len) == 0 && sockaddr_addr(&me.sa, &a, &port) &&
	       port == r->port && addr_equal(&a, &r->addr);
}

static void
connected(struct probe_run *r)
{
	double ms = probe_elapsed(r);

	if (met_itself(r)) {
		probe_end(r, STATUS_FAIL, "connection refused");
		return;
	}
	r->result.connect_ms = ms;
	probe_end_ok(r, ms);
}

static void
on_writable(struct loop_io *w, int events)
{
	struct probe_run *r = w->arg;
	socklen_t len = sizeof(int);
	int err = 0;

	(void)events;
	loop_io_stop(w);
	if (probe_late(r))
		return;
	if (getsockopt(r->tcp.fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	if (err)
		probe_end_errno(r, err, false);
	else
		connected(r);
}

static void
start(struct probe_run *r, const struct task *t)
{
	/* Closing sends RST: thousands of checks a second would fill the table of TIME_WAIT. */
	static const struct linger hard = {.l_onoff = 1, .l_linger = 0};
	union sockaddr_any to;
	socklen_t len = sockaddr_make(&to, &t->target, t->port);

	r->tcp.fd = socket(to.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (r->tcp.fd < 0) {
		probe_end_errno(r, errno, true);
		return;
	}
	setsockopt(r->tcp.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	if (connect(r->tcp.fd, &to.sa, len) == 0)
		connected(r);
	else if (errno == EINPROGRESS)
		loop_io_start(r->prober->loop, &r->tcp.io, r->tcp.fd, LOOP_WRITE, on_writable, r);
	else
		probe_end_errno(r, errno, true);
}

static void
stop(struct probe_run *r)
{
	loop_io_stop(&r->tcp.io);
	if (r->tcp.fd >= 0)
		close(r->tcp.fd);
	r->tcp.fd = -1;
}

const struct probe_kind probe_kind_tcp = {.start = start, .stop = stop};
