/*
 * reflect PORT: the floor of the benchmarks. It gives back what it gets over UDP and TCP, with QR
 * set and 32 bytes more, as many as two addresses take: a DNS server without DNS.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 32, ROOM = 1536, MORE = 32, CONNECTIONS = 256, STREAM = 1 << 16 };

_Noreturn static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static int
bound(int type, int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, type, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		die("bind");
	return fd;
}

static size_t
reflect(uint8_t *p, size_t n)
{
	p[2] |= 0x80;
	memset(p + n, 0, MORE);
	return n + MORE;
}

_Noreturn static void
udp(int fd)
{
	static struct mmsghdr m[BATCH];
	static struct iovec iov[BATCH];
	static struct sockaddr_in peers[BATCH];
	static uint8_t data[BATCH][ROOM];

	for (;;) {
		int n;

		for (int i = 0; i < BATCH; i++) {
			iov[i] = (struct iovec){data[i], ROOM - MORE};
			m[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1, .msg_name = &peers[i],
				.msg_namelen = sizeof(peers[i])};
		}
		n = recvmmsg(fd, m, BATCH, MSG_WAITFORONE, NULL);
		for (int i = 0; i < n; i++)
			iov[i].iov_len = reflect(data[i], m[i].msg_len);
		for (int at = 0, sent; at < n; at += sent)
			if ((sent = sendmmsg(fd, m + at, (unsigned)(n - at), 0)) <= 0)
				break;
	}
}

static struct { size_t have; uint8_t in[STREAM]; } streams[CONNECTIONS];

/* All whole messages of one read, with one write. */
static void
turn(int fd)
{
	static uint8_t out[2 * STREAM];
	size_t at = 0, len = 0, n;
	ssize_t got = recv(fd, streams[fd].in + streams[fd].have, STREAM - streams[fd].have, 0);

	if (got <= 0) {
		close(fd);
		return;
	}
	streams[fd].have += (size_t)got;
	while (streams[fd].have - at >= 2) {
		const uint8_t *p = streams[fd].in + at;

		n = (size_t)p[0] << 8 | p[1];
		if (streams[fd].have - at < n + 2 || len + n + 2 + MORE > sizeof(out))
			break;
		memcpy(out + len + 2, p + 2, n);
		at += n + 2;
		n = reflect(out + len + 2, n);
		out[len] = (uint8_t)(n >> 8);
		out[len + 1] = (uint8_t)n;
		len += n + 2;
	}
	memmove(streams[fd].in, streams[fd].in + at, streams[fd].have - at);
	streams[fd].have -= at;
	(void)!send(fd, out, len, MSG_NOSIGNAL);
}

_Noreturn static void
tcp(int fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd}, got[64];
	int ep = epoll_create1(0), one = 1, n;

	if (listen(fd, 128) < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0)
		die("listen");
	for (;;) {
		n = epoll_wait(ep, got, 64, -1);
		for (int i = 0; i < n; i++) {
			int c = got[i].data.fd;

			if (c != fd) {
				turn(c);
				continue;
			}
			c = accept(fd, NULL, NULL);
			if (c < 0 || c >= CONNECTIONS) {
				close(c);
				continue;
			}
			streams[c].have = 0;
			setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
			ev.data.fd = c;
			epoll_ctl(ep, EPOLL_CTL_ADD, c, &ev);
		}
	}
}

int
main(int argc, char **argv)
{
	int port = argc == 2 ? atoi(argv[1]) : 0, u, t;

	if (!port)
		return 2;
	u = bound(SOCK_DGRAM, port);
	t = bound(SOCK_STREAM, port);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		tcp(t);
	}
	udp(u);
}
