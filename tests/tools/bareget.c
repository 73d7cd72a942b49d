/*
 * bareget PORT SECONDS: how little an HTTP probe can cost: connects to
 * 127.0.x.y:PORT, one write, one read, closed with RST, 64 under way at a time.
 * Prints the CPU of one in nanoseconds, and how much of that was not the kernel's.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 64, ADDRESSES = 5000 };

static const char request[] = "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
static int epoll, port;
static unsigned next_addr;
static unsigned long done;

static void
open_one(void)
{
	static const struct linger hard = {1, 0};
	static const int none = 0;
	unsigned i = next_addr++ % ADDRESSES;
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct epoll_event e = {.events = EPOLLOUT, .data.fd = fd};

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (i / 200 << 8) + i % 200);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &none, sizeof(none));
	if (fd < 0 || (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 && errno != EINPROGRESS)) {
		perror("bareget");
		exit(1);
	}
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

static void
go_on(struct epoll_event *e)
{
	char answer[4096];

	if (e->events & EPOLLOUT) {
		if (write(e->data.fd, request, sizeof(request) - 1) < 0)
			exit(1);
		e->events = EPOLLIN;
		epoll_ctl(epoll, EPOLL_CTL_MOD, e->data.fd, e);
		return;
	}
	if (read(e->data.fd, answer, sizeof(answer)) < 12 || memcmp(answer, "HTTP/1.", 7) != 0)
		exit(1);
	close(e->data.fd);
	done++;
	open_one();
}

int
main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 2);
	struct epoll_event events[AT_ONCE];
	struct rusage u;

	port = argc > 1 ? atoi(argv[1]) : 80;
	epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < AT_ONCE; i++)
		open_one();
	while (time(NULL) <= end) {
		int n = epoll_wait(epoll, events, AT_ONCE, 100);

		for (int i = 0; i < n; i++)
			go_on(&events[i]);
	}
	getrusage(RUSAGE_SELF, &u);
	printf("%.0f %.0f\n",
	    (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e9 / done + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e3 / done,
	    u.ru_utime.tv_sec * 1e9 / done + u.ru_utime.tv_usec * 1e3 / done);
	return 0;
}
