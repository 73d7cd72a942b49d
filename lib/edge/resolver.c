#include "edge/resolver.h"

#include <ares.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "edge/clock.h"
#include "edge/sockaddr.h"

enum { TRY_MS = 1000, TRIES = 2, CONFIG_MS = 60000 };

/* A socket of c-ares; kept for the next one, as it may be given back from its own call. */
struct watch {
	struct watch *next;
	struct resolver *resolver;
	struct loop_io io;
	int fd; /* -1: free */
};

struct lookup {
	struct lookup *prev, *next;
	struct resolver *resolver;
	void (*done)(void *arg, enum resolved how, const struct addr *a);
	void *arg;
	struct loop_timer timer; /* the deadline, then the way to done */
	enum resolved how;
	struct addr addr;
	bool asking, told; /* c-ares has it; done was called */
};

struct resolver {
	struct loop *loop;
	ares_channel channel;
	bool open;
	int64_t opened;
	struct addr server;
	int port; /* PORT_NONE: the system's servers */
	struct loop_timer timer;
	struct watch *watches;
	struct lookup *lookups;
	size_t asking;
};

/* ---- c-ares on the loop */

static void on_timer(struct loop_timer *w);

static void
wind(struct resolver *r)
{
	struct timeval tv, *next = r->open ? ares_timeout(r->channel, NULL, &tv) : NULL;

	if (!next)
		loop_timer_stop(&r->timer);
	else
		loop_timer_start(r->loop, &r->timer, next->tv_sec * 1000 + next->tv_usec / 1000 + 1,
		                 0, on_timer, r);
}

static void
on_timer(struct loop_timer *w)
{
	struct resolver *r = w->arg;

	ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	wind(r);
}

static void
on_socket(struct loop_io *io, int events)
{
	struct watch *w = io->arg;
	struct resolver *r = w->resolver;

	ares_process_fd(r->channel, events & LOOP_READ ? w->fd : ARES_SOCKET_BAD,
	                events & LOOP_WRITE ? w->fd : ARES_SOCKET_BAD);
	wind(r);
}

static struct watch *
watch_of(struct resolver *r, int fd)
{
	struct watch *w = r->watches;

	while (w && w->fd != fd)
		w = w->next;
	return w;
}

static struct watch *
watch_new(struct resolver *r, int fd)
{
	struct watch *w = watch_of(r, -1);

	if (!w) {
		w = mem_alloc(sizeof(*w));
		w->next = r->watches;
		w->resolver = r;
		r->watches = w;
	}
	w->fd = fd;
	return w;
}

/* c-ares says what it waits for. */
static void
on_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct resolver *r = arg;
	struct watch *w = watch_of(r, fd);

	if (w)
		loop_io_stop(&w->io);
	if (!readable && !writable) {
		if (w)
			w->fd = -1;
		return;
	}
	if (!w)
		w = watch_new(r, fd);
	loop_io_start(r->loop, &w->io, fd,
	              (readable ? LOOP_READ : 0) | (writable ? LOOP_WRITE : 0), on_socket, w);
}

static bool
set_server(struct resolver *r)
{
	struct ares_addr_port_node node = {.udp_port = r->port, .tcp_port = r->port};

	if (r->port == PORT_NONE)
		return true;
	node.family = r->server.family == FAMILY_V4 ? AF_INET : AF_INET6;
	memcpy(&node.addr, r->server.b, r->server.family == FAMILY_V4 ? 4 : 16);
	return ares_set_servers_ports(r->channel, &node) == ARES_SUCCESS;
}

static void
shut(struct resolver *r)
{
	if (r->open)
		ares_destroy(r->channel);
	r->open = false;
	loop_timer_stop(&r->timer);
}

/* c-ares reads its configuration once; while nothing is asked it may begin anew. */
static bool
ready(struct resolver *r)
{
	struct ares_options o = {
	    .timeout = TRY_MS, .tries = TRIES, .sock_state_cb = on_state, .sock_state_cb_data = r};
	int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_DOMAINS;

	if (r->open && !r->asking && clock_mono() - r->opened > CONFIG_MS)
		shut(r);
	if (r->open)
		return true;
	r->opened = clock_mono();
	r->open = ares_init_options(&r->channel, &o, mask) == ARES_SUCCESS;
	if (r->open && !set_server(r))
		shut(r);
	return r->open;
}

/* ---- lookups */

static void
drop(struct lookup *q)
{
	loop_timer_stop(&q->timer);
	if (q->prev)
		q->prev->next = q->next;
	else
		q->resolver->lookups = q->next;
	if (q->next)
		q->next->prev = q->prev;
	free(q);
}

/* The answer, or the deadline. */
static void
tell(struct loop_timer *w)
{
	struct lookup *q = w->arg;

	q->told = true;
	q->done(q->arg, q->how, &q->addr);
	if (!q->asking)
		drop(q);
}

static void
take(struct lookup *q, const struct ares_addrinfo *list)
{
	const struct ares_addrinfo_node *n = list->nodes;

	while (n && n->ai_family != AF_INET && n->ai_family != AF_INET6)
		n = n->ai_next;
	q->how = n ? RESOLVED_ADDRESS : RESOLVED_NOTHING;
	if (n)
		sockaddr_addr(n->ai_addr, &q->addr, NULL);
}

static void
on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *list)
{
	struct lookup *q = arg;

	(void)timeouts;
	q->asking = false;
	q->resolver->asking--;
	if (status == ARES_SUCCESS && list)
		take(q, list);
	else if (status == ARES_ENOTFOUND || status == ARES_ENODATA)
		q->how = RESOLVED_NOTHING;
	ares_freeaddrinfo(list);
	if (q->told) /* too late */
		drop(q);
	else
		loop_timer_start(q->resolver->loop, &q->timer, 0, 0, tell, q);
}

void
resolver_lookup(struct resolver *r, const char *name, int64_t timeout_ms,
                void (*done)(void *arg, enum resolved how, const struct addr *a), void *arg)
{
	static const struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC};
	struct lookup *q = mem_alloc(sizeof(*q));

	q->resolver = r;
	q->done = done;
	q->arg = arg;
	q->how = RESOLVED_FAILED;
	q->next = r->lookups;
	if (q->next)
		q->next->prev = q;
	r->lookups = q;
	if (!ready(r)) {
		loop_timer_start(r->loop, &q->timer, 0, 0, tell, q);
		return;
	}
	loop_timer_start(r->loop, &q->timer, timeout_ms, 0, tell, q);
	q->asking = true;
	r->asking++;
	ares_getaddrinfo(r->channel, name, NULL, &hints, on_answer, q);
	wind(r);
}

/* ---- */

struct resolver *
resolver_new(struct loop *l, const struct addr *server, int port)
{
	struct resolver *r = mem_alloc(sizeof(*r));

	r->loop = l;
	r->port = server ? port : PORT_NONE;
	if (server)
		r->server = *server;
	return r;
}

void
resolver_free(struct resolver *r)
{
	struct watch *w;

	if (!r)
		return;
	shut(r); /* calls on_answer of what is still asked */
	while (r->lookups)
		drop(r->lookups);
	while ((w = r->watches)) {
		r->watches = w->next;
		loop_io_stop(&w->io);
		free(w);
	}
	free(r);
}
