/*
 * blast: DNS load that costs less than the server that answers it, and a look at every answer.
 *
 *   blast udp PORT NAMES SECONDS [any]       200 queries in flight; see load() for what it prints
 *   blast tcp PORT NAMES SECONDS [any]       20 connections, 20 queries in flight on each
 *   blast tcp-single PORT NAMES SECONDS [any]    the same, each query with a write of its own
 *   blast ready PORT NAMES SECONDS WANT      waits until the last name answers so
 *   blast flip PORT NAMES WANT FILE COMMAND...
 *       runs COMMAND with FILE as its input; prints the ms until the last name answers so, how many
 *       answers were wrong, between old and new, lost, and seen in all, COMMAND's seconds of CPU,
 *       and the ms until the first name did.  Of more than 10,000 names each tenth is asked
 *       until it is new, so that the questions don't take the time; then all are, and one that
 *       is still old is wrong.
 *
 * The names are those of `drive config`. WANT: live (both targets), fallback, any (not looked at).
 * Of the load 80 % is A, 10 % AAAA of the same names (NODATA), 10 % A of names that do not exist.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	QUERY = 34,       /* bytes of each query, all alike: the kernel cuts them apart (GSO) */
	SOCKETS = 4,
	SLOTS = 50,       /* queries in flight on each socket */
	SEGMENTS = 25,    /* queries in one sendmsg */
	CONNECTIONS = 20,
	PIPELINE = 20,    /* queries in flight on each connection */
	BATCH = 64,
	LOST_MS = 1000,
};

/* What an answer says of a name of ours. */
enum said { WRONG, LIVE, ONE, FALLBACK, NODATA, NXDOMAIN };

enum kind { ASK_A, ASK_AAAA, ASK_MISSING };

struct slot {
	unsigned name;
	uint8_t kind, turn;
	bool taken, flipped; /* flipped: it was already when we asked */
};

_Noreturn static void
die(const char *what)
{
	fprintf(stderr, "blast: %s: %s\n", what, errno ? strerror(errno) : "no");
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t
chance(void)
{
	static uint64_t x = UINT64_C(0x9e3779b97f4a7c15);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x >> 16;
}

static unsigned names;
static bool any;

/* ---- one query, one answer */

static void
put_query(uint8_t *q, unsigned id, const struct slot *s)
{
	static const uint8_t whole[QUERY] = "\0\0\0\0\0\1\0\0\0\0\0\0\7h000000\10failover\0\0\1\0\1";
	unsigned v = s->name;

	memcpy(q, whole, QUERY);
	q[0] = (uint8_t)(id >> 8);
	q[1] = (uint8_t)id;
	if (s->kind == ASK_MISSING)
		q[13] = 'x';
	for (unsigned i = 19; v; v /= 10)
		q[i--] = (uint8_t)('0' + v % 10);
	if (s->kind == ASK_AAAA)
		q[31] = 28;
}

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static size_t
skip_name(const uint8_t *r, size_t n, size_t at)
{
	while (at < n && r[at] && r[at] < 0xc0)
		at += r[at] + 1u;
	return at < n && r[at] ? at + 2 : at + 1;
}

/* Which of the addresses that name i can have: 1, 2 its targets, 4 the fallback; 0 none. */
static unsigned
which(const uint8_t *p, unsigned i)
{
	static const uint8_t fallback[4] = {192, 0, 2, 1};

	if (!memcmp(p, fallback, 4))
		return 4;
	if (p[0] != 10 || get16(p + 2) != (i & 0xffff) || (p[1] & 63) != (i >> 16))
		return 0;
	return p[1] < 64 ? 1 : p[1] < 128 ? 2 : 0;
}

static enum said
addresses(const uint8_t *r, size_t n, unsigned i)
{
	unsigned found = 0, one;
	size_t at = QUERY;

	for (unsigned k = get16(r + 6); k; k--, at += 14) {
		at = skip_name(r, n, at);
		if (at + 14 > n || memcmp(r + at, "\0\1\0\1", 4) != 0 || memcmp(r + at + 8, "\0\4", 2) != 0)
			return WRONG;
		one = which(r + at + 10, i);
		if (!one || (found & one))
			return WRONG;
		found |= one;
	}
	return found == 3 ? LIVE : found == 4 ? FALLBACK : found < 3 ? ONE : WRONG;
}

/* The question is ours, and the reply a complete authoritative one. */
static enum said
understand(const uint8_t *r, size_t n, const struct slot *s)
{
	uint8_t q[QUERY];

	put_query(q, get16(r), s);
	if (n < QUERY || memcmp(r + 12, q + 12, QUERY - 12) != 0 || (r[2] & 0x86) != 0x84)
		return WRONG;
	if (get16(r + 6))
		return (r[3] & 15) == 0 ? addresses(r, n, s->name) : WRONG;
	return (r[3] & 15) == 0 ? NODATA : (r[3] & 15) == 3 ? NXDOMAIN : WRONG;
}

static bool
right(const uint8_t *r, size_t n, const struct slot *s)
{
	static const enum said want[] = {[ASK_A] = LIVE, [ASK_AAAA] = NODATA, [ASK_MISSING] = NXDOMAIN};

	return any || understand(r, n, s) == want[s->kind];
}

static void
choose(struct slot *s)
{
	unsigned x = (unsigned)(chance() % 10);

	s->name = (unsigned)(chance() % names);
	s->kind = x < 8 ? ASK_A : x == 8 ? ASK_AAAA : ASK_MISSING;
}

static int
loopback(int type, int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, type, 0), one = 1, room = 4 << 20;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("connect");
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	else
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return fd;
}

/* ---- load: what is counted between the lines "start" and "end" */

static uint64_t answered, wrong, lost, late; /* late: after it was given up as lost */

static double
cpu_of(const struct rusage *r)
{
	return (double)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) +
	    (double)(r->ru_utime.tv_usec + r->ru_stime.tv_usec) / 1e6;
}

static double
own_cpu(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return cpu_of(&r);
}

/*
 * turn() sends and receives for a moment. Prints "start", then "end ANSWERED WRONG LOST SECONDS
 * OWN_CPU".
 */
static int
load(void (*turn)(void), double seconds)
{
	double start, cpu, t = now();

	for (double warm = t + 0.3; t < warm; t = now())
		turn();
	printf("start\n");
	fflush(stdout);
	answered = wrong = lost = late = 0;
	cpu = own_cpu();
	for (start = now(); t < start + seconds; t = now())
		turn();
	printf("end %llu %llu %llu %.6f %.6f\n", (unsigned long long)answered, (unsigned long long)wrong,
	    (unsigned long long)lost, t - start, own_cpu() - cpu);
	fflush(stdout);
	usleep(100000); /* the reader looks at the server: its threads may end with our connections */
	return 0;
}

/* ---- UDP */

static struct flow {
	int fd;
	struct slot slots[SLOTS];
	uint8_t idle[SLOTS];
	unsigned nidle;
	double heard; /* when anything came */
} flows[SOCKETS];

static struct mmsghdr in[BATCH];
static struct iovec in_iov[BATCH];
static uint8_t in_data[BATCH][1500];

/* What is asked next (false: nothing now), and what is done with an answer. */
static bool (*ask)(struct slot *);
static void (*hear)(const struct slot *, const uint8_t *, size_t);

static void
udp_open(int port)
{
	for (int i = 0; i < SOCKETS; i++) {
		flows[i].fd = loopback(SOCK_DGRAM, port);
		flows[i].heard = now();
		for (unsigned k = 0; k < SLOTS; k++)
			flows[i].idle[flows[i].nidle++] = (uint8_t)k;
	}
	for (int i = 0; i < BATCH; i++) {
		in_iov[i] = (struct iovec){in_data[i], sizeof(in_data[i])};
		in[i].msg_hdr.msg_iov = &in_iov[i];
		in[i].msg_hdr.msg_iovlen = 1;
	}
}

static void
udp_one(struct flow *f, const uint8_t *r, size_t n)
{
	unsigned id = n >= 12 ? get16(r) : 0;
	struct slot *s = &f->slots[id & 255];

	if (n < 12 || !(r[2] & 0x80) || (id & 255) >= SLOTS || !s->taken || s->turn != id >> 8) {
		if (++late > lost)
			wrong++;
		return;
	}
	s->taken = false;
	f->idle[f->nidle++] = (uint8_t)id;
	hear(s, r, n);
}

static void
udp_receive(struct flow *f)
{
	int n;

	do {
		n = recvmmsg(f->fd, in, BATCH, MSG_DONTWAIT, NULL);
		if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED)
			die("recvmmsg");
		for (int i = 0; i < n; i++)
			udp_one(f, in_data[i], in[i].msg_len);
		if (n > 0)
			f->heard = now();
	} while (n == BATCH);
}

/* One datagram for the way to the server's socket, where it is many again. */
static void
udp_write(int fd, void *data, size_t n)
{
	char control[CMSG_SPACE(sizeof(uint16_t))] = {0};
	struct iovec iov = {data, n};
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);
	uint16_t each = QUERY;

	c->cmsg_level = SOL_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(each));
	memcpy(CMSG_DATA(c), &each, sizeof(each));
	if (sendmsg(fd, &h, 0) < 0 && errno != ECONNREFUSED)
		die("sendmsg");
}

static void
udp_send(struct flow *f)
{
	static uint8_t data[SEGMENTS * QUERY];
	size_t n = 0;

	while (n < sizeof(data) && f->nidle) {
		unsigned k = f->idle[f->nidle - 1];
		struct slot *s = &f->slots[k];

		if (!ask(s))
			break;
		f->nidle--;
		s->taken = true;
		s->turn++;
		put_query(data + n, (unsigned)s->turn << 8 | k, s);
		n += QUERY;
	}
	if (n)
		udp_write(f->fd, data, n);
}

static void
give_up(struct flow *f)
{
	for (unsigned k = 0; k < SLOTS; k++) {
		if (f->slots[k].taken) {
			f->slots[k].taken = false;
			f->idle[f->nidle++] = (uint8_t)k;
			lost++;
		}
	}
}

static void
udp_turn(void)
{
	for (struct flow *f = flows; f < flows + SOCKETS; f++) {
		double t;

		udp_receive(f);
		while (f->nidle >= SEGMENTS) {
			unsigned before = f->nidle;

			udp_send(f);
			if (f->nidle == before)
				break;
		}
		t = now();
		if (f->nidle && t - f->heard > 30e-6)
			udp_send(f);
		if (f->nidle < SLOTS && t - f->heard > LOST_MS / 1e3) {
			give_up(f);
			f->heard = t;
		}
	}
}

static bool
ask_mix(struct slot *s)
{
	choose(s);
	return true;
}

static void
hear_mix(const struct slot *s, const uint8_t *r, size_t n)
{
	answered++;
	wrong += !right(r, n, s);
}

static int
udp(int port, double seconds)
{
	udp_open(port);
	ask = ask_mix;
	hear = hear_mix;
	return load(udp_turn, seconds);
}

/* ---- TCP */

static struct connection {
	int fd;
	struct slot slots[PIPELINE];
	size_t have;
	uint8_t data[1 << 16];
} connections[CONNECTIONS];
static int poll_fd;
static bool single;

/* The queries of the given slots, with one write if they may share it. */
static void
tcp_ask(struct connection *c, const uint8_t *which_slots, size_t n)
{
	uint8_t data[PIPELINE * (QUERY + 2)];

	for (size_t i = 0; i < n; i++) {
		struct slot *s = &c->slots[which_slots[i]];
		uint8_t *p = data + i * (QUERY + 2);

		choose(s);
		s->taken = true;
		s->turn++;
		p[0] = 0;
		p[1] = QUERY;
		put_query(p + 2, (unsigned)s->turn << 8 | which_slots[i], s);
	}
	for (size_t at = 0, len = single ? QUERY + 2 : n * (QUERY + 2); at < n * (QUERY + 2); at += len)
		if (send(c->fd, data + at, len, MSG_NOSIGNAL) != (ssize_t)len)
			die("send");
}

static size_t
tcp_one(struct connection *c, const uint8_t *r, size_t n, uint8_t *free_slot)
{
	unsigned id = n >= 12 ? get16(r) : 0;
	struct slot *s = &c->slots[id & 255];

	if (n < 12 || (id & 255) >= PIPELINE || !s->taken || s->turn != id >> 8) {
		wrong++;
		return 0;
	}
	answered++;
	wrong += !right(r, n, s);
	s->taken = false;
	*free_slot = (uint8_t)id;
	return 1;
}

static void
tcp_receive(struct connection *c)
{
	uint8_t idle[PIPELINE];
	size_t at = 0, nidle = 0, len;
	ssize_t n = recv(c->fd, c->data + c->have, sizeof(c->data) - c->have, 0);

	if (n <= 0)
		die("the server has closed a connection");
	c->have += (size_t)n;
	while (c->have - at >= 2 && c->have - at >= (len = get16(c->data + at)) + 2) {
		nidle += tcp_one(c, c->data + at + 2, len, &idle[nidle]);
		at += len + 2;
	}
	memmove(c->data, c->data + at, c->have - at);
	c->have -= at;
	tcp_ask(c, idle, nidle);
}

static void
tcp_turn(void)
{
	struct epoll_event got[CONNECTIONS];
	int n = epoll_wait(poll_fd, got, CONNECTIONS, 300);

	if (n == 0)
		die("no answer over TCP");
	for (int i = 0; i < n; i++)
		tcp_receive(got[i].data.ptr);
}

static int
tcp(int port, double seconds)
{
	uint8_t all[PIPELINE];

	poll_fd = epoll_create1(0);
	for (unsigned i = 0; i < PIPELINE; i++)
		all[i] = (uint8_t)i;
	for (struct connection *c = connections; c < connections + CONNECTIONS; c++) {
		struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

		c->fd = loopback(SOCK_STREAM, port);
		epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &ev);
		tcp_ask(c, all, PIPELINE);
	}
	return load(tcp_turn, seconds);
}

/* ---- the last name */

static int
ready(int port, double seconds, enum said want)
{
	struct slot s = {.name = names - 1, .kind = ASK_A};
	struct timeval patience = {0, 20000};
	uint8_t q[QUERY], r[1500];
	int fd = loopback(SOCK_DGRAM, port);
	double end = now() + seconds;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (unsigned id = 1; now() < end; id++) {
		ssize_t n;

		put_query(q, id & 0xffff, &s);
		(void)!send(fd, q, QUERY, 0);
		n = recv(fd, r, sizeof(r), 0);
		if (n >= 12 && (any || understand(r, (size_t)n, &s) == want))
			return 0;
		if (n < 0 && errno != EAGAIN)
			usleep(500); /* refused */
	}
	errno = ETIMEDOUT;
	die("no right answer");
}

/* ---- a flip of all names: each is asked until it answers so, then now and then */

static enum said target;
static bool *flipped;
static unsigned all, nrest, front, next_rest, step;
static bool strict; /* nothing old is right any more */
static uint64_t between;
static double first; /* when the first was new */
static double began; /* the sweep */
static uint64_t questions;
enum { WINDOW = 256, IN_VAIN = 20000 };

/* Is its flip waited for? */
static bool
waited(unsigned i)
{
	return !flipped[i] && (i % step == 0 || i == names - 1);
}

static bool
ask_rest(struct slot *s)
{
	/*
	 * They flip in the order of the reports: of those that have not, the first few are asked, so
	 * that it is not our questions that take the time: two for each that has, and some in vain.
	 */
	if (!nrest || questions > IN_VAIN * (now() - began) + 2 * (all - nrest))
		return false;
	questions++;
	do
		next_rest = next_rest + 1 < front + WINDOW * step && next_rest + 1 < names
		                ? next_rest + 1 : front;
	while (!waited(next_rest));
	s->name = nrest < names && chance() % 8 == 0 ? (unsigned)(chance() % names) : next_rest;
	s->kind = ASK_A;
	s->flipped = flipped[s->name];
	return true;
}

static void
strike(unsigned i)
{
	nrest -= waited(i);
	flipped[i] = true;
	while (front < names && !waited(front))
		front++;
	if (next_rest < front)
		next_rest = front;
}

/* The first wrong ones are worth a look. */
static void
complain(const struct slot *s, const uint8_t *r, size_t n, enum said said)
{
	static const char *const text[] = {"nonsense", "both targets", "one target", "the fallback",
		"no data", "no name"};

	if (wrong++ >= 10)
		return;
	fprintf(stderr, "blast: h%06u says %s%s:", s->name, text[said],
	    s->flipped ? " after it had flipped" : "");
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, " %02x", r[i]);
	fprintf(stderr, "\n");
}

/* Right is the old answer, then one live target if only one was reported, then the new answer. */
static void
hear_rest(const struct slot *s, const uint8_t *r, size_t n)
{
	enum said said = understand(r, n, s);

	answered++;
	if (said == target) {
		if (nrest == all)
			first = now();
		if (!flipped[s->name])
			strike(s->name);
	} else if (s->flipped || strict || (said != LIVE && said != FALLBACK && said != ONE)) {
		complain(s, r, n, said);
	} else {
		between += said == ONE;
	}
}

static void
sweep(enum said want, double seconds, unsigned each)
{
	double end = now() + seconds;

	target = want;
	for (int i = 0; i < SOCKETS; i++)
		for (int k = 0; k < SLOTS; k++)
			flows[i].slots[k].flipped = false; /* it was to what the sweep before waited for */
	memset(flipped, 0, names * sizeof(*flipped));
	step = each;
	all = nrest = (names - 1) / step + 1 + ((names - 1) % step != 0);
	front = next_rest = 0;
	questions = 0;
	began = now();
	/* Who waits leaves the processors to those who work. */
	for (unsigned before = nrest; nrest && now() < end; before = nrest) {
		udp_turn();
		if (nrest == before)
			usleep(1000);
	}
	errno = ETIMEDOUT;
	if (nrest)
		die("not all names have flipped");
}

static pid_t
run(const char *file, char **command)
{
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	fd = open(file, O_RDONLY);
	if (fd < 0 || dup2(fd, 0) < 0)
		die(file);
	execvp(command[0], command);
	die(command[0]);
}

static int
flip(int port, enum said want, const char *file, char **command)
{
	double start, took, lead;
	struct rusage r;
	int status;
	pid_t pid;

	flipped = calloc(names, sizeof(*flipped));
	udp_open(port);
	ask = ask_rest;
	hear = hear_rest;
	sweep(want == LIVE ? FALLBACK : LIVE, 30, 1);
	answered = wrong = between = lost = late = 0;
	start = now();
	if ((pid = run(file, command)) < 0)
		die("fork");
	sweep(want, 60, names > 10000 ? 10 : 1);
	took = now() - start;
	lead = first - start;
	strict = true;
	sweep(want, 10, 1); /* now each has, and none goes back */
	if (wait4(pid, &status, 0, &r) < 0 || status)
		die(command[0]);
	printf("%.0f %llu %llu %llu %llu %.2f %.0f\n", took * 1e3, (unsigned long long)wrong,
	    (unsigned long long)between,
	    (unsigned long long)lost, (unsigned long long)answered, cpu_of(&r), lead * 1e3);
	return 0;
}

static enum said
wanted(const char *text)
{
	any = !strcmp(text, "any");
	return !strcmp(text, "live") ? LIVE : FALLBACK;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 3 ? argv[1] : "";
	int port = argc > 3 ? atoi(argv[2]) : 0;

	names = argc > 3 ? (unsigned)atoi(argv[3]) : 0;
	if (names < 1 || names > 1000000)
		what = "";
	any = argc == 6 && !strcmp(argv[5], "any");
	if (!strcmp(what, "udp") && argc >= 5)
		return udp(port, atof(argv[4]));
	single = !strcmp(what, "tcp-single");
	if ((single || !strcmp(what, "tcp")) && argc >= 5)
		return tcp(port, atof(argv[4]));
	if (!strcmp(what, "ready") && argc == 6)
		return ready(port, atof(argv[4]), wanted(argv[5]));
	if (!strcmp(what, "flip") && argc >= 7)
		return flip(port, wanted(argv[4]), argv[5], argv + 6);
	fprintf(stderr, "usage: see the head of blast.c\n");
	return 2;
}
