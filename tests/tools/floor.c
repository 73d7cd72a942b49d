/*
 * floor tcp|icmp PORT SECONDS: what a probe of 127.0.0.1 to 127.0.19.200 costs at
 * least: the system calls in a tight loop, nothing scheduled, nothing told.  tcp
 * connects without blocking, waits by epoll and resets; icmp sends and receives in
 * batches of 64.  Prints nanoseconds of CPU a probe.
 */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TARGETS = 4000, AT_ONCE = 256, BATCH = 64, ID = 0xf0d5 };

static unsigned next, done;
static double until;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct sockaddr_in
target(int port)
{
	unsigned i = next++ % TARGETS;

	return (struct sockaddr_in){.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(0x7f000000U | i / 200 << 8 | (i % 200 + 1))};
}

static int
tcp_start(int ep, int port)
{
	static const struct linger hard = {1, 0};
	static const int later = 0;
	struct sockaddr_in to = target(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct epoll_event e = {.events = EPOLLOUT, .data.fd = fd};

	if (fd < 0)
		return 0;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &later, sizeof(later));
	(void)!connect(fd, (struct sockaddr *)&to, sizeof(to));
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
	return 1;
}

static void
tcp(int port)
{
	struct epoll_event e[AT_ONCE];
	int ep = epoll_create1(0), out = 0;

	while (now() < until) {
		int n;

		while (out < AT_ONCE && tcp_start(ep, port))
			out++;
		n = epoll_wait(ep, e, AT_ONCE, 100);
		for (int i = 0; i < n; i++, out--) {
			int err = 0;
			socklen_t len = sizeof(err);

			getsockopt(e[i].data.fd, SOL_SOCKET, SO_ERROR, &err, &len);
			close(e[i].data.fd);
			done += !err;
		}
	}
}

static int
icmp_socket(void)
{
	struct sock_filter f[] = {BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	    BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
	    BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ID, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, 96), BPF_STMT(BPF_RET | BPF_K, 0)};
	struct sock_fprog prog = {sizeof(f) / sizeof(*f), f};
	int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP), size = 1 << 20;

	if (fd < 0) {
		perror("floor: socket");
		exit(1);
	}
	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

static uint16_t
checksum(const void *data, size_t n)
{
	const uint16_t *p = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < n / 2; i++)
		sum += p[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
icmp(void)
{
	static struct {
		struct icmphdr h;
		char payload[56];
	} out[BATCH];
	static char in[BATCH][128];
	static struct sockaddr_in to[BATCH];
	struct mmsghdr m[BATCH] = {0}, r[BATCH] = {0};
	struct iovec mv[BATCH], rv[BATCH];
	int fd = icmp_socket(), waiting = 0;

	for (int i = 0; i < BATCH; i++) {
		mv[i] = (struct iovec){&out[i], sizeof(out[i])};
		rv[i] = (struct iovec){in[i], sizeof(in[i])};
		m[i].msg_hdr = (struct msghdr){
		    .msg_name = &to[i], .msg_namelen = sizeof(to[i]), .msg_iov = &mv[i], .msg_iovlen = 1};
		r[i].msg_hdr = (struct msghdr){.msg_iov = &rv[i], .msg_iovlen = 1};
	}
	while (now() < until) {
		int n;

		for (int i = 0; i < BATCH; i++) {
			to[i] = target(0);
			out[i].h = (struct icmphdr){.type = ICMP_ECHO, .un.echo = {htons(ID), htons((uint16_t)next)}};
			out[i].h.checksum = checksum(&out[i], sizeof(out[i]));
		}
		waiting += sendmmsg(fd, m, BATCH, 0);
		while (waiting > 0 && (n = recvmmsg(fd, r, BATCH, 0, NULL)) > 0) {
			waiting -= n;
			done += (unsigned)n;
		}
	}
}

int
main(int argc, char **argv)
{
	struct rusage u;

	if (argc < 4)
		return 2;
	until = now() + atof(argv[3]);
	if (strcmp(argv[1], "icmp") == 0)
		icmp();
	else
		tcp(atoi(argv[2]));
	getrusage(RUSAGE_SELF, &u);
	if (!done)
		return 1;
	printf("%.0f\n", ((double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e9 +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e3) / done);
	return 0;
}
