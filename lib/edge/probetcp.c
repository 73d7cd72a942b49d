#include <sys/socket.h>
#include <unistd.h>

#include "edge/probesocket.h"

static void
conclude(struct probe_run *r, bool stands)
{
	if (stands)
		probe_end_ok(r, r->result.connect_ms);
}

/* Errors are readable and writable: what is writable alone stands, and the kernel need not be asked. */
static void
on_ready(struct loop_io *w, int events)
{
	struct probe_run *r = w->arg;
	int fd = r->tcp.fd;

	loop_io_stop(w);
	if (!probe_late(r))
		conclude(r, events == LOOP_WRITE ? probe_stands(r, fd) : probe_connected(r, fd));
}

static void
start(struct probe_run *r, const struct task *t)
{
	bool now;

	(void)t;
	r->tcp.fd = probe_socket(r, SOCK_STREAM, &now);
	if (now && !probe_late(r))
		conclude(r, probe_stands(r, r->tcp.fd));
	else if (!r->ended)
		loop_io_start(r->prober->loop, &r->tcp.io, r->tcp.fd, LOOP_READ | LOOP_WRITE, on_ready, r);
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
