/*
 * dnsload [-r RATE] [-s SECONDS] [-k SOCKETS] [-n NAMES] [-w WAIT] ADDR PORT SET...: sends RATE
 * queries a second over some UDP sockets for SECONDS, or until SIGTERM, and checks each answer.
 * Nothing is sent twice; after the last query it waits WAIT seconds for late answers.
 *
 * Query number i asks for A of hNNNNNN.failover, NNNNNN being i modulo NAMES, with letters in
 * random case.  A SET is 10.1 or 10.1+10.3: of name number n the answer is exactly 10.1.N.N, or
 * both, N.N being n as two bytes.  Each answer has to be one of the sets.
 *
 *   sent 50000 answered 50000 lost 0 wrong 0 longest_ms 12 10.1 26000 10.2 24000
 *
 * Exit status 0 if nothing was lost or wrong.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SOCKETS_MAX = 32, SETS_MAX = 8, BUFFER = 4 << 20, HEADER = 12, QUESTION = 22 };

struct asked {
	double at; /* 0: not asked; below 0: answered */
	uint32_t name;
	uint32_t letters; /* which of them are upper case */
};

static struct {
	int fd;
	unsigned next; /* id */
	struct asked asked[65536];
} sockets[SOCKETS_MAX];

static char *sets[SETS_MAX];
static unsigned long of_set[SETS_MAX], sent, answered, wrong;
static unsigned nsockets = 8, names = 1000;
static int nsets;
static double longest;
static uint64_t rng;
static volatile sig_atomic_t ending;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t
chance(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng >> 16);
}

static void
on_term(int signo)
{
	(void)signo;
	ending = 1;
}

/* The question as it is asked and has to come back. */
static void
question(uint8_t *dst, const struct asked *q)
{
	char label[16];

	snprintf(label, sizeof(label), "h%06u", (unsigned)(q->name % 1000000));
	dst[0] = 7;
	memcpy(dst + 1, label, 7);
	memcpy(dst + 8, "\10failover\0\0\1\0\1", 14);
	for (int i = 0; i < QUESTION - 5; i++)
		if (q->letters & 1u << i && dst[i] >= 'a' && dst[i] <= 'z')
			dst[i] = (uint8_t)(dst[i] - 32);
}

static void
ask(unsigned long number)
{
	unsigned k = (unsigned)(number % nsockets), id = sockets[k].next++ & 0xffff;
	struct asked *q = &sockets[k].asked[id];
	uint8_t m[HEADER + QUESTION] = {(uint8_t)(id >> 8), (uint8_t)id, 0, 0, 0, 1};

	if (q->at > 0) {
		fprintf(stderr, "dnsload: out of ids\n");
		exit(2);
	}
	*q = (struct asked){.at = now(), .name = (uint32_t)(number % names), .letters = chance()};
	question(m + HEADER, q);
	sent++;
	/* An error of an earlier one (nobody listens) is told by the next call. */
	for (int i = 0; i < 3 && send(sockets[k].fd, m, sizeof(m), 0) < 0; i++)
		if (errno != ECONNREFUSED)
			perror("dnsload: send");
}

static void
complain(const struct asked *q, const uint8_t *m, size_t n, const char *why)
{
	if (wrong++ >= 5)
		return;
	fprintf(stderr, "dnsload: h%06u: %s:", (unsigned)q->name, why);
	for (size_t i = 0; i < n && i < 100; i++)
		fprintf(stderr, "%s%02x", i ? "" : " ", m[i]);
	fputc('\n', stderr);
}

/* Whether the n addresses are those of the set, in any order. */
static bool
is_set(const char *set, uint32_t name, const uint8_t (*addresses)[4], unsigned n)
{
	unsigned count = 0, a, b;

	for (const char *s = set; s; s = strchr(s, '+') ? strchr(s, '+') + 1 : NULL) {
		bool found = false;

		if (sscanf(s, "%u.%u", &a, &b) != 2)
			exit(2);
		count++;
		for (unsigned i = 0; i < n; i++)
			found |= addresses[i][0] == a && addresses[i][1] == b &&
			         addresses[i][2] == (name >> 8 & 255) && addresses[i][3] == (name & 255);
		if (!found)
			return false;
	}
	return count == n;
}

/* The answer section: records of the question's own name, A, IN, four bytes. NULL if it is fine. */
static const char *
records(const uint8_t *m, size_t n, const struct asked *q)
{
	static const uint8_t head[] = {0xc0, 0x0c, 0, 1, 0, 1};
	unsigned count = (unsigned)(m[6] << 8 | m[7]);
	uint8_t addresses[16][4];

	if (count > 16 || n != HEADER + QUESTION + count * 16u)
		return "length";
	for (unsigned i = 0; i < count; i++) {
		const uint8_t *r = m + HEADER + QUESTION + i * 16u;

		if (memcmp(r, head, sizeof(head)) != 0 || r[10] != 0 || r[11] != 4)
			return "record";
		memcpy(addresses[i], r + 12, 4);
	}
	for (int i = 0; i < nsets; i++)
		if (is_set(sets[i], q->name, (const uint8_t (*)[4])addresses, count)) {
			of_set[i]++;
			return NULL;
		}
	return "addresses";
}

static const char *
check(const uint8_t *m, size_t n, const struct asked *q)
{
	uint8_t want[QUESTION];

	question(want, q);
	if (m[2] != 0x84 || m[3] != 0 || m[4] != 0 || m[5] != 1 || m[8] || m[9] || m[10] || m[11])
		return "header";
	if (n < HEADER + QUESTION || memcmp(m + HEADER, want, QUESTION) != 0)
		return "question";
	return records(m, n, q);
}

static void
take(unsigned k, const uint8_t *m, size_t n)
{
	struct asked *q = &sockets[k].asked[n >= HEADER ? m[0] << 8 | m[1] : 0];
	const char *why;

	if (n < HEADER || q->at <= 0) {
		complain(q, m, n, n < HEADER ? "short" : "nobody asked, or twice answered");
		return;
	}
	if (now() - q->at > longest)
		longest = now() - q->at;
	answered++;
	why = check(m, n, q);
	if (why)
		complain(q, m, n, why);
	q->at = -1;
}

static void
receive(int ms)
{
	struct pollfd p[SOCKETS_MAX];
	uint8_t m[1500];
	ssize_t n;

	for (unsigned k = 0; k < nsockets; k++)
		p[k] = (struct pollfd){.fd = sockets[k].fd, .events = POLLIN};
	if (poll(p, nsockets, ms) <= 0)
		return;
	for (unsigned k = 0; k < nsockets; k++)
		while (p[k].revents && ((n = recv(p[k].fd, m, sizeof(m), MSG_DONTWAIT)) >= 0 ||
		                        errno == ECONNREFUSED))
			if (n >= 0)
				take(k, m, (size_t)n);
}

static void
connect_all(const char *addr, const char *port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = v4.sin_port};
	bool six = inet_pton(AF_INET, addr, &v4.sin_addr) != 1;
	int size = BUFFER;

	if (six && inet_pton(AF_INET6, addr, &v6.sin6_addr) != 1)
		exit(2);
	for (unsigned k = 0; k < nsockets; k++) {
		int fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);

		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
		if (connect(fd, six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4,
		            six ? sizeof(v6) : sizeof(v4)) < 0) {
			perror("dnsload: connect");
			exit(2);
		}
		sockets[k].fd = fd;
		sockets[k].next = chance();
	}
}

static void
load(double rate, double seconds)
{
	double start = now();

	while (!ending && (seconds == 0 || now() - start < seconds)) {
		unsigned long due = (unsigned long)((now() - start) * rate) + 1;

		while (sent < due)
			ask(sent);
		receive(1);
	}
}

int
main(int argc, char **argv)
{
	double rate = 5000, seconds = 0, wait = 5, end;
	int c;

	while ((c = getopt(argc, argv, "r:s:k:n:w:")) != -1)
		switch (c) {
		case 'r': rate = atof(optarg); break;
		case 's': seconds = atof(optarg); break;
		case 'k': nsockets = (unsigned)atoi(optarg); break;
		case 'n': names = (unsigned)atoi(optarg); break;
		case 'w': wait = atof(optarg); break;
		default: return 2;
		}
	nsets = argc - optind - 2;
	if (nsets < 1 || nsets > SETS_MAX || !nsockets || nsockets > SOCKETS_MAX || !names)
		return 2;
	for (int i = 0; i < nsets; i++)
		sets[i] = argv[optind + 2 + i];
	rng = (uint64_t)(now() * 1e9) | 1;
	signal(SIGTERM, on_term);
	connect_all(argv[optind], argv[optind + 1]);
	load(rate, seconds);
	for (end = now() + wait; answered < sent && now() < end;)
		receive(20);
	printf("sent %lu answered %lu lost %lu wrong %lu longest_ms %.0f", sent, answered,
	       sent - answered, wrong, longest * 1e3);
	for (int i = 0; i < nsets; i++)
		printf(" %s %lu", sets[i], of_set[i]);
	putchar('\n');
	return answered != sent || wrong;
}
