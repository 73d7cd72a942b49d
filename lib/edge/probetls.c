#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "edge/probesocket.h"
#include "edge/tls.h"

/* A connection and a handshake; nothing is said over it but goodbye. */
struct tls_probe {
	struct loop_io io;
	int fd, waits; /* for LOOP_READ or LOOP_WRITE */
	struct tls *tls;
	int min_days;
};

static void on_ready(struct loop_io *w, int events);

static void
await(struct probe_run *r, int events)
{
	struct tls_probe *p = r->tls;

	if (p->waits != events)
		loop_io_start(r->prober->loop, &p->io, p->fd, events, on_ready, r);
	p->waits = events;
}

static void
step(struct probe_run *r)
{
	struct tls_probe *p = r->tls;
	int err = 0;

	switch (tls_step(p->tls, &err)) {
	case TLS_READ: await(r, LOOP_READ); break;
	case TLS_WRITE: await(r, LOOP_WRITE); break;
	case TLS_BAD: probe_end(r, STATUS_FAIL, tls_why(p->tls)); break;
	case TLS_LOST: probe_end_errno(r, err, false); break;
	case TLS_DONE:
		probe_close_softly(p->fd); /* RST would look like an error to the server */
		r->result.tls_ms = probe_elapsed(r);
		probe_end_certificate(r, r->result.tls_ms, tls_cert_end(p->tls), p->min_days);
		break;
	}
}

static void
on_ready(struct loop_io *w, int events)
{
	struct probe_run *r = w->arg;

	(void)events;
	if (!probe_late(r) && (r->result.connect_ms > 0 || probe_connected(r, r->tls->fd)))
		step(r);
	if (r->ended)
		loop_io_stop(w);
}

static const char *
prepare(struct probe_run *r, const struct task *t)
{
	const struct probe *want = t->probe;
	char text[64];
	const struct tls_request q = {.name = probe_host(t, text),
	                              .verify = want->verify,
	                              .ca = want->ca,
	                              .cert = want->cert,
	                              .key = want->key,
	                              .alpn = want->alpn};
	const char *why = "no memory";

	if (!r->prober->tls)
		r->prober->tls = tls_maker_new();
	if (r->prober->tls)
		r->tls->tls = tls_open(r->prober->tls, &q, r->tls->fd, &why);
	return r->tls->tls ? NULL : why;
}

static void
start(struct probe_run *r, const struct task *t)
{
	struct tls_probe *p = r->tls = mem_alloc(sizeof(*p));
	const char *why;
	bool now;

	p->min_days = t->probe->min_days;
	p->fd = probe_socket(r, SOCK_STREAM, &now);
	if (p->fd < 0)
		return;
	why = prepare(r, t);
	if (why)
		probe_end(r, STATUS_UNKNOWN, why);
	else
		await(r, LOOP_WRITE);
}

static void
stop(struct probe_run *r)
{
	struct tls_probe *p = r->tls;

	loop_io_stop(&p->io);
	tls_free(p->tls);
	if (p->fd >= 0)
		close(p->fd);
	free(p);
	r->tls = NULL;
}

const struct probe_kind probe_kind_tls = {.start = start, .stop = stop};
