/* DNS over TCP (RFC 7766): one thread, an event loop, bounded in every direction. */
#include <bsd/sys/queue.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/tcpstream.h"
#include "edge/dnsd.h"
#include "edge/generation.h"
#include "edge/loop.h"

enum {
	CONNS_MAX = 1024,
	CONNS_PER_ADDRESS = 128, /* not for loopback */
	IDLE_MS = 15000,
	MESSAGE_MS = 2000, /* for the rest of a message, and for a client to take its replies */
	SWEEP_MS = 500,
	PAUSE_MS = 100,
	ACCEPTS = 16,
	IN_ROOM = 2 * TCPSTREAM_ROOM,
	OUT_ROOM = 2 * TCPSTREAM_ROOM
};

struct conn {
	TAILQ_ENTRY(conn) link;
	struct server *server;
	struct loop_io io;
	int fd;
	int64_t active;  /* the last whole message, or the accept */
	/* since when a message is incomplete or replies are not taken; 0: neither */
	int64_t waiting;
	uint8_t *in, *out; /* what is left over; NULL mostly */
	size_t inlen, outlen, outat;
	struct in6_addr peer;
};

TAILQ_HEAD(conns, conn);

struct listener {
	struct server *server;
	struct loop_io io;
	int fd;
};

struct server {
	struct loop *loop;
	struct shared *shared;
	struct listener *listeners;
	size_t nlisteners, nconns, max;
	struct conns conns; /* by `active`, the longest idle first */
	struct loop_timer sweep, resume;
	uint64_t seed;
	struct answerer w;
	uint8_t in[IN_ROOM], out[OUT_ROOM]; /* of whichever connection has its turn */
};

static void on_event(struct loop_io *io, int events);

static void
conn_close(struct conn *c)
{
	struct server *s = c->server;

	loop_io_stop(&c->io);
	TAILQ_REMOVE(&s->conns, c, link);
	close(c->fd);
	free(c->in);
	free(c->out);
	free(c);
	s->nconns--;
	s->shared->tcp.open = s->nconns;
}

/* ---- writing */

static void
keep(uint8_t **to, size_t *len, const uint8_t *p, size_t n)
{
	uint8_t *copy = n ? mem_alloc(n) : NULL;

	if (n)
		memcpy(copy, p, n);
	free(*to);
	*to = copy;
	*len = n;
}

/* Sends all or keeps the rest for later; false: the connection is gone. */
static bool
conn_send(struct conn *c, size_t n)
{
	ssize_t sent = n ? send(c->fd, c->server->out, n, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;

	if (sent < 0 && errno != EAGAIN && errno != EINTR)
		return false;
	if (sent < 0)
		sent = 0;
	if ((size_t)sent == n)
		return true;
	keep(&c->out, &c->outlen, c->server->out + sent, n - (size_t)sent);
	c->outat = 0;
	c->waiting = loop_now(c->server->loop);
	/* A client that does not read is not read from, either. */
	loop_io_start(c->server->loop, &c->io, c->fd, LOOP_WRITE, on_event, c);
	return true;
}

/* ---- reading */

static void
touch(struct conn *c)
{
	struct server *s = c->server;

	c->active = loop_now(s->loop);
	c->waiting = 0;
	TAILQ_REMOVE(&s->conns, c, link);
	TAILQ_INSERT_TAIL(&s->conns, c, link);
}

/*
 * Answers the n bytes in server->in; what is not used yet stays with the connection. False: it is
 * over.
 */
static bool
conn_answer(struct conn *c, size_t n)
{
	struct server *s = c->server;
	enum tcpstream r;
	size_t at = 0;

	s->w.peer = c->peer.s6_addr;
	s->w.peerlen = sizeof(c->peer);
	do {
		const struct table *t = generation_enter();
		size_t used, messages, outlen = 0;

		r = tcpstream_answer(&s->w, t, s->in + at, n - at, &used, &messages, s->out,
		                     &outlen, OUT_ROOM);
		generation_leave();
		at += used;
		if (messages)
			touch(c);
		if (!conn_send(c, outlen) || r == TCPSTREAM_BROKEN)
			return false;
	} while (r == TCPSTREAM_FULL && !c->out);
	keep(&c->in, &c->inlen, s->in + at, n - at);
	if (c->out)
		return true;
	if (c->inlen && !c->waiting)
		c->waiting = loop_now(s->loop);
	return true;
}

static bool
on_readable(struct conn *c)
{
	struct server *s = c->server;
	size_t have = c->inlen;
	ssize_t n;

	if (have)
		memcpy(s->in, c->in, have);
	n = recv(c->fd, s->in + have, IN_ROOM - have, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false; /* all that was whole has been answered and taken */
	return conn_answer(c, have + (size_t)n);
}

static bool
on_writable(struct conn *c)
{
	struct server *s = c->server;
	ssize_t n =
	    send(c->fd, c->out + c->outat, c->outlen - c->outat, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->outat += (size_t)n;
	if (c->outat < c->outlen)
		return true;
	free(c->out);
	c->out = NULL;
	c->waiting = 0;
	loop_io_start(s->loop, &c->io, c->fd, LOOP_READ, on_event, c);
	if (!c->inlen)
		return true;
	memcpy(s->in, c->in, c->inlen);
	return conn_answer(c, c->inlen);
}

static void
on_event(struct loop_io *io, int events)
{
	struct conn *c = io->arg;

	(void)events;
	if (!(c->out ? on_writable(c) : on_readable(c)))
		conn_close(c);
}

/* ---- accepting */

static struct in6_addr
peer_address(const struct sockaddr_storage *from)
{
	struct in6_addr a;

	if (from->ss_family == AF_INET6)
		return ((const struct sockaddr_in6 *)from)->sin6_addr;
	memset(&a, 0, sizeof(a));
	a.s6_addr[10] = a.s6_addr[11] = 0xff;
	memcpy(a.s6_addr + 12, &((const struct sockaddr_in *)from)->sin_addr, 4);
	return a;
}

static bool
too_many(const struct server *s, const struct in6_addr *peer)
{
	/* Who has one IPv6 address has a /64 of them. */
	size_t own = IN6_IS_ADDR_V4MAPPED(peer) ? sizeof(*peer) : sizeof(*peer) / 2;
	const struct conn *c;
	unsigned n = 0;

	if (IN6_IS_ADDR_LOOPBACK(peer) || (IN6_IS_ADDR_V4MAPPED(peer) && peer->s6_addr[12] == 127))
		return false;
	TAILQ_FOREACH(c, &s->conns, link)
		n += !memcmp(&c->peer, peer, own);
	return n >= CONNS_PER_ADDRESS;
}

static void
conn_open(struct server *s, int fd, const struct in6_addr *peer)
{
	struct conn *c;

	if (too_many(s, peer)) {
		s->shared->tcp.refused++;
		close(fd);
		return;
	}
	if (s->nconns >= s->max) {
		s->shared->tcp.evicted++;
		conn_close(TAILQ_FIRST(&s->conns));
	}
	c = mem_alloc(sizeof(*c));
	c->server = s;
	c->fd = fd;
	c->peer = *peer;
	c->active = loop_now(s->loop);
	TAILQ_INSERT_TAIL(&s->conns, c, link);
	s->shared->tcp.accepted++;
	s->shared->tcp.open = ++s->nconns;
	loop_io_start(s->loop, &c->io, fd, LOOP_READ, on_event, c);
}

static void on_accept(struct loop_io *io, int events);

static void
listen_again(struct loop_timer *timer)
{
	struct server *s = timer->arg;

	for (size_t i = 0; i < s->nlisteners; i++)
		loop_io_start(s->loop, &s->listeners[i].io, s->listeners[i].fd, LOOP_READ,
		              on_accept, &s->listeners[i]);
}

static void
on_accept(struct loop_io *io, int events)
{
	struct listener *l = io->arg;
	struct server *s = l->server;

	(void)events;
	for (int i = 0; i < ACCEPTS; i++) {
		struct sockaddr_storage from;
		socklen_t n = sizeof(from);
		int fd = accept4(l->fd, (struct sockaddr *)&from, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
		int err = errno;

		if (fd >= 0) {
			struct in6_addr peer = peer_address(&from);

			conn_open(s, fd, &peer);
			continue;
		}
		if (err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM) {
			/* The listener stays readable: wait, instead of asking again at once. */
			for (size_t k = 0; k < s->nlisteners; k++)
				loop_io_stop(&s->listeners[k].io);
			loop_timer_start(s->loop, &s->resume, PAUSE_MS, 0, listen_again, s);
		}
		if (err != ECONNABORTED && err != EINTR)
			return;
	}
}

/* ---- time */

static void
on_sweep(struct loop_timer *timer)
{
	struct server *s = timer->arg;
	int64_t now = loop_now(s->loop);
	struct conn *c, *next;

	for (c = TAILQ_FIRST(&s->conns); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (now - c->active < IDLE_MS && (!c->waiting || now - c->waiting < MESSAGE_MS))
			continue;
		s->shared->tcp.timed_out++;
		conn_close(c);
	}
}

static void *
run_tcp(void *arg)
{
	struct server *s = arg;

	generation_register();
	s->loop = loop_new();
	listen_again(&(struct loop_timer){.arg = s});
	loop_timer_start(s->loop, &s->sweep, SWEEP_MS, SWEEP_MS, on_sweep, s);
	loop_run(s->loop);
	return NULL;
}

/* Half of the files the process may have are left to everything else. */
static size_t
conns_max(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur / 2 >= CONNS_MAX)
		return CONNS_MAX;
	return r.rlim_cur / 2 > 8 ? r.rlim_cur / 2 : 8;
}

int
dnsd_start_tcp(const int *fds, size_t n, uint64_t seed, const struct answer_site *site,
               struct shared *shared, struct fault *f)
{
	struct server *s = mem_alloc(sizeof(*s));

	s->shared = shared;
	s->max = conns_max();
	s->listeners = mem_alloc(n * sizeof(*s->listeners));
	s->nlisteners = n;
	for (size_t i = 0; i < n; i++) {
		s->listeners[i].server = s;
		s->listeners[i].fd = fds[i];
	}
	TAILQ_INIT(&s->conns);
	answerer_init(&s->w, &shared->counts[0], site, seed, true);
	s->w.keepalive = IDLE_MS / 100;
	return dnsd_thread(run_tcp, s, f);
}
