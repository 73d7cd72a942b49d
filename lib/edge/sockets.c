#include "edge/sockets.h"

#include <errno.h>
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

enum { RECEIVE_BUFFER = 1 << 20, BACKLOG = 1024 };

static void
set(int fd, int level, int option, int value)
{
	/* None of them is needed to serve; what a kernel does not have, it does without. */
	(void)!setsockopt(fd, level, option, &value, sizeof(value));
}

static void
set_udp(int fd, const struct addr *a)
{
	bool any = addr_is_wildcard(a);

	set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
	set(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER);
	if (a->family == FAMILY_V4) {
		/*
		 * No path MTU is learned from ICMP that anybody may forge; fragments only where a
		 * link needs them.
		 */
		set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
		if (any)
			set(fd, IPPROTO_IP, IP_PKTINFO, 1);
		return;
	}
	set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
	if (any)
		set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

static int
bind_one(const struct listen *l, bool tcp, struct fault *f)
{
	int type = tcp ? SOCK_STREAM | SOCK_NONBLOCK : SOCK_DGRAM, err;
	int fd = socket(l->addr.family == FAMILY_V4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0);
	union sockaddr_any at;
	socklen_t n = sockaddr_make(&at, &l->addr, l->port);

	if (fd < 0)
		return portholder_fault(f, &l->addr, l->port, !tcp, errno);
	if (l->addr.family == FAMILY_V6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (tcp) {
		set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
		set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	} else {
		set_udp(fd, &l->addr);
	}
	if (bind(fd, &at.sa, n) < 0 || (tcp && listen(fd, BACKLOG) < 0)) {
		err = errno;
		close(fd);
		return portholder_fault(f, &l->addr, l->port, !tcp, err);
	}
	return fd;
}

int
sockets_open(struct sockets *s, const struct listen *l, size_t threads, struct fault *f)
{
	s->listen = *l;
	s->udp = mem_alloc(threads * sizeof(*s->udp));
	s->nudp = 0;
	s->tcp = bind_one(l, true, f);
	if (s->tcp < 0)
		goto fail;
	while (s->nudp < threads) {
		int fd = bind_one(l, false, f);

		if (fd < 0)
			goto fail;
		s->udp[s->nudp++] = fd;
	}
	return 0;
fail:
	sockets_close(s);
	return -1;
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
	s->nudp = 0;
	s->tcp = -1;
}
