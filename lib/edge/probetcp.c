#include <sys/socket.h>
#include <unistd.h>

#include "edge/probesocket.h"

static void
connected(struct probe_run *r)
{
	if (probe_connected(r, r->tcp.fd))
		probe_end_ok(r, r->result.connect_ms);
}

static void
on_writable(struct loop_io *w, int events)
{
	struct probe_run *r = w->arg;

	(void)events;
	loop_io_stop(w);
	if (!probe_late(r))
		connected(r);
}

static void
start(struct probe_run *r, const struct task *t)
{
	bool now;

	(void)t;
	r->tcp.fd = probe_socket(r, SOCK_STREAM, &now);
	if (now)
		connected(r);
	else if (r->tcp.fd >= 0)
		loop_io_start(r->prober->loop, &r->tcp.io, r->tcp.fd, LOOP_WRITE, on_writable, r);
}

static void
stop(struct probe_run *r)
{
	loop_io_stop(&r->tcp.io);
	if (r->tcp.fd >= 0)
		close(r->tcp.fd);
	r->tcp.fd = -1;
}

/* The last ACK is never sent: who answered SYN is up, and its program is not told of a connection
 * that was reset before it could take it. */
const struct probe_kind probe_kind_tcp = {.start = start, .stop = stop, .ack_waits = true};
