/*
 * drive: what the benchmarks do to the programs, and the floor to compare with.
 *
 *   drive config DOMAINS DNSPORT APIPORT [N]     a config on stdout: hNNNNNN.failover, two or N targets each
 *   drive feed DOMAINS RATE SECONDS [STATUS [N]] report lines on stdout at RATE a second (0: one of each target, at once)
 *   drive flipping DOMAINS RATE SECONDS FLIPS    the same, all ok but that FLIPS of them a second turn their target around
 *   drive post APIPORT DOMAINS SECONDS BATCH     POSTs on 16 connections; says how many reports were taken
 *   drive bare PORT                              answers each POST at once and does nothing with it: the floor of post
 *   drive acked APIPORT DOMAINS SECONDS          POSTs, coming back after each lost connection; the seq of each taken one
 *   drive flip APIPORT DNSPORT DOMAINS COUNT     report POSTed -> changed answer: p50 and p99 in us
 *   drive pipe DNSPORT DOMAINS COUNT COMMAND...  the same by a line on the command's stdin
 *   drive floor COUNT                            the same against sockets that answer at once: client and sockets alone
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

_Noreturn static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
target_text(char dst[16], unsigned i, unsigned k)
{
	snprintf(dst, 16, "10.%u.%u.%u", (k << 6) | (i >> 16 & 63), i >> 8 & 255, i & 255);
}

static int
config(unsigned n, const char *dns, const char *api, unsigned targets)
{
	char a[16];

	printf("dns: {listen_ip: 127.0.0.1, listen_port: %s, resolve_cache_ttl: 5, threads: 1}\n"
	       "api: {listen_ip: 127.0.0.1, listen_port: %s}\nzones:\n  - name: failover\n    domains:\n", dns, api);
	for (unsigned i = 0; i < n; i++) {
		printf("      h%06u.failover: {fallback: [\"192.0.2.1\"], server: {policy: any, timeout_sec: 600}, "
		       "monitor: {mode: tcp, monitor_tag: test, targets: [", i);
		for (unsigned k = 0; k < targets; k++) {
			target_text(a, i, k);
			printf("%s{ip: %s, port: 80}", k ? ", " : "", a);
		}
		printf("]}, agent: {interval_sec: 30, timeout_sec: 5}}\n");
	}
	return 0;
}

static uint64_t inc, seq;

/* A report as fodns-check writes it, of target k of domain i. */
static int
report(char *dst, size_t cap, unsigned i, unsigned k, const char *status)
{
	struct timespec t, boot;
	struct tm tm;
	char ip[16], stamp[40];

	clock_gettime(CLOCK_REALTIME, &t);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	gmtime_r(&t.tv_sec, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	target_text(ip, i, k);
	if (!inc)
		inc = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
	return snprintf(dst, cap,
	    "{\"agent_id\":\"bench\",\"timestamp\":\"%s.%03ldZ\",\"check_name\":\"h%06u.failover:%s:80\","
	    "\"domain\":\"h%06u.failover\",\"type\":\"tcp\",\"target_ip\":\"%s\",\"port\":80,\"status\":\"%s\","
	    "\"latency_ms\":1.23,\"reason\":null,\"inc\":%llu,\"seq\":%llu}\n",
	    stamp, t.tv_nsec / 1000000, i, ip, i, ip, status, (unsigned long long)inc, (unsigned long long)++seq);
}

static void
write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno != EINTR)
			die("write");
		if (w > 0)
			p += w, n -= (size_t)w;
	}
}

struct feed {
	unsigned domains, targets, rate, flips;
	const char *status;
	bool *turned; /* by check; NULL: none is */
};

/* The n-th line: each check in its turn; one of rate / flips turns around what its target is. */
static size_t
feed_line(struct feed *f, char *dst, size_t cap, uint64_t n)
{
	unsigned check = (unsigned)(n % ((uint64_t)f->domains * f->targets));

	if (f->turned && n % (f->rate / f->flips) == 0)
		f->turned[check] = !f->turned[check];
	return (size_t)report(dst, cap, check / f->targets, check % f->targets,
	    f->turned && f->turned[check] ? "fail" : f->status);
}

static int
feed(struct feed *f, double seconds)
{
	static char lines[400 * 4096];
	double start = now();
	uint64_t sent = 0, all = f->rate ? (uint64_t)(f->rate * seconds) : (uint64_t)f->domains * f->targets;

	if (f->flips)
		f->turned = calloc((size_t)f->domains * f->targets, sizeof(bool));
	while (sent < all) {
		uint64_t due = f->rate ? (uint64_t)((now() - start) * f->rate) : sent + 1000;
		size_t len = 0;

		if (due > all)
			due = all;
		if (due > sent + 1000)
			due = sent + 1000;
		for (; sent < due; sent++)
			len += feed_line(f, lines + len, sizeof(lines) - len, sent);
		write_all(1, lines, len);
		if (f->rate)
			usleep(5000);
	}
	fprintf(stderr, "%llu\n", (unsigned long long)sent);
	free(f->turned);
	return 0;
}

static int
feed_command(int argc, char **argv)
{
	struct feed f = {.domains = (unsigned)atoi(argv[2]), .rate = (unsigned)atoi(argv[3]), .status = "ok", .targets = 2};

	if (!strcmp(argv[1], "flipping"))
		f.flips = (unsigned)atoi(argv[5]);
	else if (argc > 5)
		f.status = argv[5];
	if (argc > 6)
		f.targets = (unsigned)atoi(argv[6]);
	if (!f.domains || !f.targets || (f.flips && f.rate < f.flips))
		return 2;
	return feed(&f, atof(argv[4]));
}

static int
loopback(int type, int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {5, 0};
	int fd = socket(AF_INET, type, 0), one = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("connect");
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* One response, headers and body; its status. */
static int
response(int fd, char *text, size_t cap)
{
	size_t have = 0, want = 0;
	char *head, *length;
	ssize_t n;

	while (!want || have < want) {
		n = recv(fd, text + have, cap - 1 - have, 0);
		if (n <= 0)
			die("no response");
		have += (size_t)n;
		text[have] = '\0';
		if (!want && (head = strstr(text, "\r\n\r\n"))) {
			length = strcasestr(text, "content-length:");
			want = (size_t)(head + 4 - text) + (length ? strtoul(length + 15, NULL, 10) : 0);
		}
	}
	return atoi(text + 9);
}

static void
post(int fd, const char *path, const char *body, size_t n)
{
	static char request[1 << 20];
	int head = snprintf(request, sizeof(request),
	    "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", path, n);

	memcpy(request + head, body, n);
	write_all(fd, request, (size_t)head + n);
}

enum { CONNECTIONS = 16 };

/* One after another on each connection, all connections at a time, as agents do. */
static int
post_load(int port, unsigned n, double seconds, unsigned batch)
{
	static char body[1 << 19], text[65536];
	uint64_t taken = 0;
	double end = now() + seconds;
	int fd[CONNECTIONS];
	unsigned i = 0;

	for (int c = 0; c < CONNECTIONS; c++)
		fd[c] = loopback(SOCK_STREAM, port);
	while (now() < end) {
		for (int c = 0; c < CONNECTIONS; c++) {
			size_t len = 0;

			for (unsigned k = 0; k < batch; k++, i++)
				len += (size_t)report(body + len, sizeof(body) - len, i / 2 % n, i & 1, "ok");
			post(fd[c], batch > 1 ? "/api/v1/reports" : "/api/v1/report", body, len);
		}
		for (int c = 0; c < CONNECTIONS; c++) {
			if (response(fd[c], text, sizeof(text)) != 200) {
				fprintf(stderr, "%s\n", text);
				return 1;
			}
			taken += batch;
		}
	}
	printf("%llu\n", (unsigned long long)taken);
	return 0;
}

/* A connection, or -1 while nobody listens. */
static int
try_connect(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		close(fd);
		usleep(5000);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* One POST; false when the server went away before it was taken. */
static bool
taken(int fd, const char *body, int n)
{
	char text[4096];
	int head = snprintf(text, sizeof(text), "POST /api/v1/report HTTP/1.1\r\nHost: x\r\nContent-Type: "
	    "application/json\r\nContent-Length: %d\r\n\r\n%s", n, body);

	if (send(fd, text, (size_t)head, MSG_NOSIGNAL) != head)
		return false;
	n = (int)recv(fd, text, sizeof(text) - 1, 0);
	return n > 12 && !strncmp(text + 9, "200", 3);
}

static int
acked(int port, unsigned n, double seconds)
{
	double end = now() + seconds;
	char body[1024];
	int fd = -1;

	setvbuf(stdout, NULL, _IOLBF, 0); /* it may be ended at any time */
	for (unsigned i = 0; now() < end; i++) {
		int len = report(body, sizeof(body), i / 2 % n, i & 1, "ok");

		while (fd < 0 && now() < end)
			fd = try_connect(port);
		if (fd < 0)
			break;
		if (taken(fd, body, len)) {
			printf("%llu\n", (unsigned long long)seq);
		} else {
			close(fd);
			fd = -1;
		}
	}
	return 0;
}

static size_t
query(uint8_t q[64], unsigned i)
{
	static uint16_t id;
	char name[16];

	memset(q, 0, 64);
	id++;
	memcpy(q, &id, 2);
	q[2] = 1; /* RD */
	q[5] = 1;
	snprintf(name, sizeof(name), "%ch%06u", 7, i);
	memcpy(q + 12, name, 8);
	memcpy(q + 20, "\10failover\0\0\1\0\1", 14);
	return 34;
}

/* Is 10.64.i.i, the second target, among the answers? */
static bool
answered(int fd, unsigned i)
{
	uint8_t q[64], r[1500], want[4] = {10, (uint8_t)(64 | (i >> 16 & 63)), (uint8_t)(i >> 8), (uint8_t)i};
	size_t n = query(q, i);
	ssize_t got;

	if (send(fd, q, n, 0) < 0)
		die("send");
	while ((got = recv(fd, r, sizeof(r), 0)) > 0 && memcmp(r, q, 2) != 0)
		;
	if (got <= 0)
		die("no answer");
	return memmem(r + n, (size_t)got - n, want, 4) != NULL;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* change(arg, i, status) makes the change; then the server is asked until it shows. */
static int
flips(int dns, unsigned n, unsigned count, void (*change)(void *, unsigned, const char *), void *arg)
{
	double *us = calloc(2 * (size_t)count + 1, sizeof(*us));
	size_t k = 0;

	for (unsigned c = 0; c < count; c++) {
		for (int up = 1; up >= 0; up--) {
			unsigned i = c % n;
			double start = now();

			change(arg, i, up ? "ok" : "fail");
			while (answered(dns, i) != up)
				if (now() - start > 5)
					die("the answer did not change");
			us[k++] = (now() - start) * 1e6;
			usleep(2000); /* the next one finds an idle system */
		}
	}
	qsort(us, k, sizeof(*us), by_value);
	printf("%.0f %.0f\n", us[k / 2], us[k * 99 / 100]);
	free(us);
	return 0;
}

static void
change_by_post(void *arg, unsigned i, const char *status)
{
	int fd = *(int *)arg;
	char body[1024], text[4096];
	int n = report(body, sizeof(body), i, 1, status);

	post(fd, "/api/v1/report", body, (size_t)n);
	if (response(fd, text, sizeof(text)) != 200) {
		fprintf(stderr, "%s\n", text);
		exit(1);
	}
}

static void
change_by_line(void *arg, unsigned i, const char *status)
{
	char line[1024];

	write_all(*(int *)arg, line, (size_t)report(line, sizeof(line), i, 1, status));
}

static int
pipe_flips(int dnsport, unsigned n, unsigned count, char **command)
{
	int fd[2], status, r;
	pid_t pid;

	if (pipe(fd) < 0 || (pid = fork()) < 0)
		die("fork");
	if (pid == 0) {
		dup2(fd[0], 0);
		close(fd[0]);
		close(fd[1]);
		execvp(command[0], command);
		die(command[0]);
	}
	close(fd[0]);
	r = flips(loopback(SOCK_DGRAM, dnsport), n, count, change_by_line, &fd[1]);
	close(fd[1]);
	waitpid(pid, &status, 0);
	return r || status;
}

/* Answers a POST at once and a query with what the POST said: no fodns in between. */
_Noreturn static void
echo(int tcp, int udp)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}";
	char text[4096];
	uint8_t q[1500];
	struct sockaddr_in from;
	socklen_t len;
	int c = accept(tcp, NULL, NULL);

	for (;;) {
		ssize_t n = recv(c, text, sizeof(text) - 1, 0);
		bool up;

		if (n <= 0)
			exit(0);
		text[n] = '\0';
		up = strstr(text, "\"ok\"") != NULL;
		write_all(c, ok, sizeof(ok) - 1);
		len = sizeof(from);
		n = recvfrom(udp, q, sizeof(q) - 16, 0, (struct sockaddr *)&from, &len);
		if (n < 34)
			continue;
		q[n] = 10, q[n + 1] = (uint8_t)64, q[n + 2] = 0, q[n + 3] = (uint8_t)(q[19] - '0');
		sendto(udp, q, (size_t)n + (up ? 4 : 0), 0, (struct sockaddr *)&from, len);
	}
}

static int
bound(int type, int *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, type, 0), one = 1;

	if (bind(fd, (struct sockaddr *)&a, len) < 0 || (type == SOCK_STREAM && listen(fd, 8) < 0) ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		die("bind");
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	*port = ntohs(a.sin_port);
	return fd;
}

static int
floor_flips(unsigned count)
{
	int tport, uport, tcp = bound(SOCK_STREAM, &tport), udp = bound(SOCK_DGRAM, &uport), fd, r;
	pid_t pid = fork();

	if (pid == 0)
		echo(tcp, udp);
	fd = loopback(SOCK_STREAM, tport);
	r = flips(loopback(SOCK_DGRAM, uport), 10, count, change_by_post, &fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return r;
}

/* Never returns but by a signal. A request is taken for whole as it comes: the client sends it so. */
static int
bare(int port)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}";
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), ep = epoll_create1(0), one = 1, n;
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd}, got[64];
	char text[65536];

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 128) < 0 ||
	    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0)
		die("bare");
	while ((n = epoll_wait(ep, got, 64, -1)) >= 0) {
		for (int i = 0; i < n; i++) {
			if (got[i].data.fd == fd) {
				ev.data.fd = accept(fd, NULL, NULL);
				epoll_ctl(ep, EPOLL_CTL_ADD, ev.data.fd, &ev);
			} else if (recv(got[i].data.fd, text, sizeof(text), 0) <= 0) {
				close(got[i].data.fd);
			} else {
				send(got[i].data.fd, ok, sizeof(ok) - 1, MSG_NOSIGNAL);
			}
		}
	}
	return 1;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int fd;

	signal(SIGPIPE, SIG_DFL);
	if (!strcmp(what, "config") && (argc == 5 || argc == 6))
		return config((unsigned)atoi(argv[2]), argv[3], argv[4], argc == 6 ? (unsigned)atoi(argv[5]) : 2);
	if ((!strcmp(what, "feed") && argc >= 5 && argc <= 7) || (!strcmp(what, "flipping") && argc == 6))
		return feed_command(argc, argv);
	if (!strcmp(what, "post") && argc == 6)
		return post_load(atoi(argv[2]), (unsigned)atoi(argv[3]), atof(argv[4]), (unsigned)atoi(argv[5]));
	if (!strcmp(what, "bare") && argc == 3)
		return bare(atoi(argv[2]));
	if (!strcmp(what, "acked") && argc == 5)
		return acked(atoi(argv[2]), (unsigned)atoi(argv[3]), atof(argv[4]));
	if (!strcmp(what, "flip") && argc == 6) {
		fd = loopback(SOCK_STREAM, atoi(argv[2]));
		return flips(loopback(SOCK_DGRAM, atoi(argv[3])), (unsigned)atoi(argv[4]), (unsigned)atoi(argv[5]),
		    change_by_post, &fd);
	}
	if (!strcmp(what, "pipe") && argc > 5)
		return pipe_flips(atoi(argv[2]), (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]), argv + 5);
	if (!strcmp(what, "floor") && argc == 3)
		return floor_flips((unsigned)atoi(argv[2]));
	fprintf(stderr, "usage: see the head of drive.c\n");
	return 2;
}
