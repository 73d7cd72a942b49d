#include "edge/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "edge/portholder.h"
#include "edge/sockaddr.h"

#ifndef IPV6_PMTUDISC_OMIT
#define IPV6_PMTUDISC_OMIT 5
#endif

/*
 * The kernel counts twice the size asked for, and some 800 bytes for a query: this holds ten
 * thousand, while another worker starts.
 */
enum { RECEIVE_BUFFER = 4 << 20, BACKLOG = 1024 };

static void
set(int fd, int level, int option, int value)
{
	/* None of them is needed to serve; what a kernel does not have, it does without. */
	(void)!setsockopt(fd, level, option, &value, sizeof(value));
}

static void
set_buffer(int fd)
{
	int now = 0;
	socklen_t n = sizeof(now);

	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &now, &n) == 0 && now >= 2 * RECEIVE_BUFFER)
		return; /* who has bound it knows better */
	set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
	set(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER);
}

static void
set_udp(int fd, const struct addr *a)
{
	bool any = addr_is_wildcard(a);

	set_buffer(fd);
	/*
	 * No path MTU is learned from ICMP that anybody may forge; fragments only where a link needs
	 * them.  An IPv6 socket may have IPv4 clients.
	 */
	set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
	if (a->family == FAMILY_V4) {
		if (any)
			set(fd, IPPROTO_IP, IP_PKTINFO, 1);
		return;
	}
	set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
	if (any)
		set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

static int
bind_one(const struct sockets *s, bool tcp, struct fault *f)
{
	const struct listen *l = &s->listen;
	int type = tcp ? SOCK_STREAM | SOCK_NONBLOCK : SOCK_DGRAM, err;
	int fd = socket(l->addr.family == FAMILY_V4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0);
	union sockaddr_any at;
	socklen_t n = sockaddr_make(&at, &l->addr, l->port);

	if (fd < 0)
		return portholder_fault(f, &l->addr, l->port, !tcp, errno);
	if (l->addr.family == FAMILY_V6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, !s->dual);
	if (tcp) {
		set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
		set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	} else {
		set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
		set_udp(fd, &l->addr);
	}
	if (bind(fd, &at.sa, n) < 0 || (tcp && listen(fd, BACKLOG) < 0)) {
		err = errno;
		close(fd);
		return portholder_fault(f, &l->addr, l->port, !tcp, err);
	}
	return fd;
}

static void
add_udp(struct sockets *s, int fd)
{
	s->udp = mem_array(s->udp, &s->udp_cap, s->nudp + 1, sizeof(*s->udp));
	s->udp[s->nudp++] = fd;
}

static int
share(int fd, struct fault *f)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return copy < 0 ? fault_temp(f, "a socket for each thread: %s", strerror(errno)) : copy;
}

int
sockets_complete(struct sockets *s, size_t threads, struct fault *f)
{
	size_t passed = s->nudp;

	if (s->tcp < 0 && (s->tcp = bind_one(s, true, f)) < 0)
		goto fail;
	while (s->nudp < threads && !s->tcp_only) {
		int fd = passed ? share(s->udp[s->nudp % passed], f) : bind_one(s, false, f);

		if (fd < 0)
			goto fail;
		add_udp(s, fd);
	}
	return 0;
fail:
	sockets_close(s);
	return -1;
}

int
sockets_open(struct sockets *s, const struct listen *l, size_t threads, struct fault *f)
{
	*s = (struct sockets){.listen = *l, .tcp = -1};
	return sockets_complete(s, threads, f);
}

/* ---- sockets that were handed over */

static bool
is_dual(const struct activation_socket *p)
{
	int only = 1;
	socklen_t n = sizeof(only);

	return p->listen.addr.family == FAMILY_V6 &&
	       getsockopt(p->fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &n) == 0 && !only;
}

/* The entry that p belongs to, a new one if need be. */
static struct sockets *
find_entry(struct sockets *list, size_t *n, const struct activation_socket *p)
{
	bool known = false;

	for (size_t i = 0; i < *n; i++) {
		if (!listen_equal(&list[i].listen, &p->listen))
			continue;
		if (!p->tcp || list[i].tcp < 0)
			return &list[i];
		known = true;
	}
	list[*n] = (struct sockets){
		.listen = p->listen, .tcp = -1, .dual = is_dual(p), .tcp_only = known,
	};
	return &list[(*n)++];
}

size_t
sockets_adopt(struct sockets *list, const struct activation *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		const struct activation_socket *p = &a->sockets[i];
		struct sockets *s = find_entry(list, &n, p);

		if (p->tcp) {
			s->tcp = p->fd;
			set(p->fd, IPPROTO_TCP, TCP_NODELAY, 1);
		} else {
			set_udp(p->fd, &p->listen.addr);
			add_udp(s, p->fd);
		}
	}
	return n;
}

void
sockets_close(struct sockets *s)
{
	if (s->tcp >= 0)
		close(s->tcp);
	for (size_t i = 0; i < s->nudp; i++)
		close(s->udp[i]);
	free(s->udp);
	s->udp = NULL;
	s->nudp = s->udp_cap = 0;
	s->tcp = -1;
}
