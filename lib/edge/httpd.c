#include "edge/httpd.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "edge/clock.h"
#include "edge/httpd_own.h"
#include "edge/portholder.h"
#include "edge/sockaddr.h"

enum {
	BACKLOG = 1024,
	POOL = 32 << 10, /* of memory a connection: its headers must fit */
	SPARE =
	    64, /* connections that libmicrohttpd has not closed yet when newcomers are let in */
	SWEEP_MS = 250,
	ROUNDS = 16 /* turns of libmicrohttpd before other watchers get theirs */
};

/* TLS 1.2 and 1.3 only. */
static const char PRIORITIES[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

/* ---- connections */

static void
close_connection(struct gate_entry *e)
{
	struct httpd_connection *c = (struct httpd_connection *)e;

	/*
	 * libmicrohttpd sees the end of the stream and closes; its own timeout would restart with
	 * each byte.
	 */
	shutdown(c->fd, SHUT_RDWR);
}

/* Who has an IPv6 /64 has all its addresses: for the cap it is one. */
static void
cap_address(struct addr *a)
{
	if (a->family == FAMILY_V6)
		memset(a->b + 8, 0, 8);
}

static enum MHD_Result
on_accept(void *cls, const struct sockaddr *sa, socklen_t len)
{
	struct httpd *h = cls;
	struct addr a;

	(void)len;
	if (!sockaddr_addr(sa, &a, NULL))
		return MHD_NO;
	cap_address(&a);
	gate_admit(&h->gate, &a);
	return MHD_YES;
}

static void
connected(struct httpd *h, struct MHD_Connection *mc, void **context)
{
	struct httpd_connection *c = mem_alloc(sizeof(*c));
	struct addr a;

	c->httpd = h;
	c->fd = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	if (!sockaddr_addr(
		MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr, &a,
		NULL))
		memset(&a, 0, sizeof(a));
	c->peer = a;
	cap_address(&a);
	gate_enter(&h->gate, &c->gate, &a, clock_mono());
	*context = c;
}

static void
on_connection(void *cls, struct MHD_Connection *mc, void **context,
              enum MHD_ConnectionNotificationCode code)
{
	struct httpd *h = cls;
	struct httpd_connection *c = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		connected(h, mc, context);
		return;
	}
	if (!c)
		return;
	gate_leave(&h->gate, &c->gate);
	buf_free(&c->body);
	free(c);
	*context = NULL;
}

static void
on_message(void *cls, const char *fmt, va_list ap)
{
	char text[512];

	(void)cls;
	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	log_debug("http: %s", text);
}

/* ---- running */

static void
run(struct httpd_listener *l)
{
	MHD_UNSIGNED_LONG_LONG wait;

	for (int i = 0; i < ROUNDS; i++) {
		MHD_run(l->daemon);
		if (MHD_get_timeout(l->daemon, &wait) != MHD_YES || wait)
			return;
	}
	/*
	 * There is more to do already, e.g. pipelined requests: after the other watchers had a
	 * turn.
	 */
	loop_timer_start(l->httpd->loop, &l->httpd->again, 0, 0, l->httpd->again.call, l->httpd);
}

static void
on_readable(struct loop_io *w, int events)
{
	(void)events;
	run(w->arg);
}

static void
on_again(struct loop_timer *w)
{
	struct httpd *h = w->arg;

	for (size_t i = 0; i < h->n; i++)
		run(&h->listeners[i]);
}

static void
on_sweep(struct loop_timer *w)
{
	struct httpd *h = w->arg;

	gate_sweep(&h->gate, clock_mono());
}

/* ---- listeners */

struct httpd *
httpd_new(struct loop *l, const struct httpd_options *o)
{
	struct httpd *h = mem_alloc(sizeof(*h));

	h->loop = l;
	h->o = *o;
	h->again.call = on_again;
	h->gate.most = o->connections;
	h->gate.most_per_addr = o->connections_per_addr;
	h->gate.headers_ms = o->headers_ms;
	h->gate.request_ms = o->request_ms;
	h->gate.idle_ms = o->idle_ms;
	h->gate.close = close_connection;
	gate_init(&h->gate);
	return h;
}

static void
stop_daemon(struct httpd_listener *l)
{
	if (!l->daemon)
		return;
	loop_io_stop(&l->io);
	MHD_stop_daemon(l->daemon); /* closes its connections and its duplicate of the socket */
	l->daemon = NULL;
}

static void
wipe(char **secret)
{
	if (*secret)
		explicit_bzero(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

void
httpd_free(struct httpd *h)
{
	if (!h)
		return;
	loop_timer_stop(&h->sweep);
	loop_timer_stop(&h->again);
	for (size_t i = 0; i < h->n; i++) {
		stop_daemon(&h->listeners[i]);
		close(h->listeners[i].fd);
	}
	for (size_t i = 0; i < HTTPD_FIXED && h->fixed[i].response; i++)
		MHD_destroy_response(h->fixed[i].response);
	wipe(&h->cert);
	wipe(&h->key);
	free(h);
}

int
httpd_listen(struct httpd *h, const struct addr *a, int port, struct fault *f)
{
	union sockaddr_any ss;
	socklen_t len = sockaddr_make(&ss, a, port);
	int on = 1, fd, err;

	if (h->n == HTTPD_LISTENERS)
		return fault_set(f, "more than %d addresses to listen on", HTTPD_LISTENERS);
	fd = socket(ss.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return portholder_fault(f, a, port, false, errno);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Accepted sockets inherit it: one call a listener, none a connection. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (ss.sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, &ss.sa, len) || listen(fd, BACKLOG)) {
		err = errno;
		close(fd);
		return portholder_fault(f, a, port, false, err);
	}
	h->listeners[h->n++] = (struct httpd_listener){.httpd = h, .fd = fd};
	return 0;
}

/* ---- daemons */

static int
start_daemon(struct httpd_listener *l, struct fault *f)
{
	struct httpd *h = l->httpd;
	int fd = fcntl(l->fd, F_DUPFD_CLOEXEC, 3);
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, h->cert}, {MHD_OPTION_HTTPS_MEM_KEY, 0, h->key},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)PRIORITIES}, {MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
	unsigned flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG | (h->cert ? MHD_USE_TLS : 0);

	if (fd < 0)
		return fault_temp(f, "listening socket: %s", strerror(errno));
	/*
	 * Each option's argument has the width that the library reads: int, unsigned, size_t or a
	 * pointer.
	 */
	l->daemon = MHD_start_daemon(flags, 0, on_accept, h, httpreq_handle, h,
	    MHD_OPTION_EXTERNAL_LOGGER, on_message, NULL, /* first: it counts for the others */
	    MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)h->o.connections + SPARE,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL,
	    MHD_OPTION_CONNECTION_TIMEOUT, 0U,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
	    MHD_OPTION_NOTIFY_COMPLETED, httpreq_completed, h,
	    MHD_OPTION_URI_LOG_CALLBACK, httpreq_uri, h,
	    MHD_OPTION_ARRAY, h->cert ? tls : plain,
	    MHD_OPTION_END);
	if (!l->daemon) {
		close(fd);
		return fault_set(
		    f, h->cert ? "the HTTP server does not start: certificate and key do not fit"
			       : "the HTTP server does not start");
	}
	loop_io_start(h->loop, &l->io,
	              MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, LOOP_READ,
	              on_readable, l);
	return 0;
}

int
httpd_start(struct httpd *h, struct fault *f)
{
	for (size_t i = 0; i < h->n; i++)
		if (start_daemon(&h->listeners[i], f))
			return -1;
	loop_timer_start(h->loop, &h->sweep, SWEEP_MS, SWEEP_MS, on_sweep, h);
	return 0;
}

/* All listeners with the certificate of now; -1 leaves those that failed stopped. */
static int
restart(struct httpd *h, struct fault *f)
{
	int result = 0;

	for (size_t i = 0; i < h->n; i++)
		if (h->listeners[i].daemon) {
			stop_daemon(&h->listeners[i]);
			result |= start_daemon(&h->listeners[i], f);
		}
	return result;
}

int
httpd_tls(struct httpd *h, const char *cert, const char *key, struct fault *f)
{
	char *old_cert = h->cert, *old_key = h->key;
	bool running = h->n && h->listeners[0].daemon;

	h->cert = mem_strdup(cert);
	h->key = mem_strdup(key);
	if (running && restart(h, f)) {
		wipe(&h->cert);
		wipe(&h->key);
		h->cert = old_cert;
		h->key = old_key;
		for (size_t i = 0; i < h->n; i++)
			if (!h->listeners[i].daemon)
				start_daemon(&h->listeners[i], NULL);
		return -1;
	}
	wipe(&old_cert);
	wipe(&old_key);
	return 0;
}

void
httpd_counts(const struct httpd *h, struct httpd_counts *out)
{
	*out = (struct httpd_counts){h->gate.n, h->gate.entered, h->gate.evicted, h->gate.late,
	                             h->requests};
}
