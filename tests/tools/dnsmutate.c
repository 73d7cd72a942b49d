/*
 * dnsmutate [-n PACKETS] [-t STREAMS] [-s SEED] ADDR PORT: sends mutated and random packets over UDP,
 * then mutated streams over TCP, and looks at each reply: QR is set, id and opcode are those of a
 * message that was no reply itself and had a whole header, each is answered once at most, the rcode
 * is one that a server of ours may send, and a UDP reply has at most 1232 bytes.  A good query
 * closes each batch; its reply says that all before it are through.  The same SEED sends the same.
 *
 *   seed 1 packets 10000 replies 8210 streams 2000 replies 4711 bad 0
 *
 * Exit status 0 if nothing was bad.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 48, ROOM = 2048, STREAM_ROOM = 16384, HEADER = 12, MOST = 1232, WAIT_MS = 5000 };

struct message {
	uint8_t data[ROOM];
	size_t n;
	bool replied;
};

struct stream {
	uint8_t data[STREAM_ROOM];
	size_t n;
};

static uint64_t rng;
static unsigned long bad;
static struct sockaddr_in to;

static uint32_t
chance(uint32_t below)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng >> 32) % below;
}

static void
complain(const char *why, const uint8_t *m, size_t n)
{
	if (bad++ >= 10)
		return;
	fprintf(stderr, "dnsmutate: %s: ", why);
	for (size_t i = 0; i < n && i < 160; i++)
		fprintf(stderr, "%02x", m[i]);
	fputc('\n', stderr);
}

/* ---- what is sent */

#define NAME "\7h000009\10failover"
#define TEXT(s) {s, sizeof(s) - 1}

/* Header without its id, question, and what follows. */
static const struct {
	const char *bytes;
	size_t n;
} seeds[] = {
	TEXT("\1\0\0\1\0\0\0\0\0\0" NAME "\0\0\1\0\1"),
	TEXT("\1\0\0\1\0\0\0\0\0\0" NAME "\0\0\x1c\0\1"),
	TEXT("\1\0\0\1\0\0\0\0\0\1" NAME "\0\0\1\0\1\0\0\x29\4\xd0\0\0\x80\0\0\0"),
	/* NSID, cookie, padding, keepalive, client subnet */
	TEXT("\1\x20\0\1\0\0\0\0\0\1" NAME "\0\0\1\0\1\0\0\x29\x10\0\0\0\0\0\0\x27\0\3\0\0"
	     "\0\x0a\0\x08" "12345678" "\0\x0c\0\4\0\0\0\0\0\x0b\0\0\0\x08\0\7\0\1\x18\0\x0a\0\0"),
	TEXT("\1\0\0\1\0\0\0\0\0\1" NAME "\0\0\1\0\1\0\0\x29\4\xd0\0\1\0\0\0\0"),
	TEXT("\0\0\0\1\0\0\0\0\0\0\6nobody\10failover\0\0\1\0\1"),
	TEXT("\1\0\0\1\0\0\0\0\0\0\10failover\0\0\6\0\1"),
	TEXT("\1\0\0\1\0\0\0\0\0\0\10failover\0\0\xff\0\1"),
	TEXT("\0\0\0\1\0\0\0\0\0\0\10failover\0\0\xfc\0\1"),
	TEXT("\1\0\0\1\0\0\0\0\0\0\0\0\2\0\1"),
	TEXT("\x20\0\0\1\0\1\0\0\0\0\10failover\0\0\6\0\1\xc0\x0c\0\6\0\1\0\0\0\0\0\0"),
	TEXT("\x28\0\0\1\0\0\0\1\0\0\10failover\0\0\6\0\1" NAME "\0\0\1\0\xff\0\0\0\0\0\0"),
	/* TSIG */
	TEXT("\1\0\0\1\0\0\0\0\0\1" NAME "\0\0\1\0\1\3key\0\0\xfa\0\xff\0\0\0\0\0\x1d"
	     "\x0bhmac-sha256\0\0\0\0\0\0\0\1\x2c\0\0\0\0\0\0\0\0\0\0"),
};

enum { SEEDS = sizeof(seeds) / sizeof(*seeds) };

/* Bytes that break parsers: label types, pointers, ends of ranges. */
static uint8_t
nasty(void)
{
	static const uint8_t bytes[] = {0, 1, 0x0c, 0x29, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff};

	return chance(2) ? bytes[chance(sizeof(bytes))] : (uint8_t)chance(256);
}

static void
mutate(uint8_t *p, size_t *n, size_t cap)
{
	size_t at = *n ? chance((uint32_t)*n) : 0, len;

	switch (chance(7)) {
	case 0: /* cut */
		*n = at;
		break;
	case 1: /* flip */
		if (*n)
			p[at] ^= (uint8_t)(1u << chance(8));
		break;
	case 2: /* more behind it */
		for (len = 1 + chance(chance(8) ? 16 : 1200); len && *n < cap; len--)
			p[(*n)++] = nasty();
		break;
	case 3: /* a piece twice */
		len = 1 + chance(32);
		if (at + len <= *n && *n + len <= cap) {
			memmove(p + at + len, p + at, *n - at);
			*n += len;
		}
		break;
	case 4: /* a piece less */
		len = 1 + chance(8);
		if (at + len <= *n) {
			memmove(p + at, p + at + len, *n - at - len);
			*n -= len;
		}
		break;
	case 5: /* header counts */
		at = 2 + chance(10);
		if (at < *n)
			p[at] = nasty();
		break;
	default:
		if (*n)
			p[at] = nasty();
	}
}

/* One message: an intact one now and then, a mutated one, or noise. */
static void
make(struct message *m, unsigned id)
{
	uint32_t kind = chance(16), k = chance(SEEDS);

	m->replied = false;
	m->n = 0;
	if (kind == 0) {
		for (size_t len = chance(chance(4) ? 64 : 1400); m->n < len;)
			m->data[m->n++] = (uint8_t)chance(256);
	} else {
		memcpy(m->data + 2, seeds[k].bytes, seeds[k].n);
		m->n = 2 + seeds[k].n;
		for (uint32_t times = kind == 1 ? 0 : 1 + chance(4); times; times--)
			mutate(m->data, &m->n, ROOM);
	}
	if (m->n >= 2) { /* replies are told apart by it */
		m->data[0] = (uint8_t)(id >> 8);
		m->data[1] = (uint8_t)id;
	}
}

/* ---- what comes back */

static bool
may_answer(const uint8_t *m, size_t n)
{
	return n >= HEADER && !(m[2] & 0x80);
}

/* Why r is no reply to q; NULL: it is one. */
static const char *
judge(const uint8_t *r, size_t n, const uint8_t *q, size_t qn)
{
	/* NOERROR (and BADVERS), FORMERR, NXDOMAIN, NOTIMP, REFUSED, BADCOOKIE's low bits, NOTAUTH */
	static const unsigned legal = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 9;

	if (n < HEADER || !(r[2] & 0x80))
		return "a reply without QR or header";
	if (!may_answer(q, qn))
		return "a reply to what is none to answer";
	if ((r[2] ^ q[2]) & 0x78)
		return "another opcode";
	if (!(legal >> (r[3] & 15) & 1))
		return "an rcode that is not legal";
	return r[3] & 0xf0 ? "RA, Z, AD or CD" : NULL;
}

static struct message *
find(struct message *batch, unsigned n, const uint8_t *r)
{
	for (unsigned i = 0; i < n; i++)
		if (batch[i].n >= 2 && batch[i].data[0] == r[0] && batch[i].data[1] == r[1])
			return &batch[i];
	return NULL;
}

/* ---- UDP */

/* Replies to the batch until that to its last message; how many. */
static unsigned
collect(int fd, struct message *batch, unsigned n)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint8_t r[4096];
	unsigned replies = 0;

	while (poll(&p, 1, WAIT_MS) > 0) {
		ssize_t len = recv(fd, r, sizeof(r), 0);
		struct message *q = len >= 2 ? find(batch, n, r) : NULL;
		const char *why = !q           ? "a reply to nothing"
		                  : q->replied ? "a second reply"
		                  : len > MOST ? "too long"
		                               : judge(r, (size_t)len, q->data, q->n);

		if (len < 0) {
			perror("dnsmutate: recv");
			exit(1);
		}
		if (why) {
			complain(why, r, (size_t)len);
			if (q)
				complain("the query", q->data, q->n);
		}
		replies++;
		if (!q)
			continue;
		q->replied = true;
		if (q == &batch[n - 1])
			return replies - 1;
	}
	complain("the good query that closes a batch got no reply", batch[n - 1].data, batch[n - 1].n);
	return replies;
}

static unsigned long
run_udp(unsigned long packets)
{
	static struct message batch[BATCH + 1];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	unsigned id = chance(65536);
	unsigned long replies = 0;

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("dnsmutate: connect");
		exit(1);
	}
	for (unsigned n; packets; packets -= n) {
		n = packets < BATCH ? (unsigned)packets : BATCH;
		for (unsigned i = 0; i < n; i++)
			make(&batch[i], id++ & 0xffff);
		batch[n] = (struct message){.n = 2 + seeds[0].n};
		memcpy(batch[n].data + 2, seeds[0].bytes, seeds[0].n);
		batch[n].data[0] = (uint8_t)(id >> 8);
		batch[n].data[1] = (uint8_t)id++;
		for (unsigned i = 0; i <= n; i++)
			if (send(fd, batch[i].data, batch[i].n, 0) < 0)
				perror("dnsmutate: send");
		replies += collect(fd, batch, n + 1);
	}
	close(fd);
	return replies;
}

/* ---- TCP */

/* Some messages with their lengths, mutated one by one and as a whole. */
static void
make_stream(struct stream *s)
{
	struct message m;

	s->n = 0;
	for (unsigned i = 1 + chance(6); i; i--) {
		make(&m, chance(65536));
		if (s->n + 2 + m.n > STREAM_ROOM)
			break;
		s->data[s->n++] = (uint8_t)(m.n >> 8);
		s->data[s->n++] = (uint8_t)m.n;
		memcpy(s->data + s->n, m.data, m.n);
		s->n += m.n;
	}
	if (chance(2))
		mutate(s->data, &s->n, STREAM_ROOM);
}

/* Whether the stream, read as the server reads it, has a message that r may answer. */
static const char *
judge_in_stream(const struct stream *s, const uint8_t *r, size_t n)
{
	const char *why = "a reply to nothing";
	size_t at = 0, len;

	for (; n >= 2 && at + 2 <= s->n; at += 2 + len) {
		len = (size_t)(s->data[at] << 8 | s->data[at + 1]);
		if (at + 2 + len > s->n)
			break;
		if (len < 2 || memcmp(s->data + at + 2, r, 2) != 0)
			continue;
		why = judge(r, n, s->data + at + 2, len);
		if (!why)
			return NULL;
	}
	return why;
}

static void
send_stream(int fd, const struct stream *s)
{
	size_t chunk = chance(4) ? s->n : 1 + chance(40);

	for (size_t at = 0; at < s->n; at += chunk) {
		if (chunk > s->n - at)
			chunk = s->n - at;
		if (send(fd, s->data + at, chunk, MSG_NOSIGNAL) < 0)
			return;
	}
}

/* Until the server ends it, which it has to. */
static unsigned
read_replies(int fd, const struct stream *s)
{
	static uint8_t in[1 << 20];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t have = 0, at = 0;
	unsigned replies = 0;
	ssize_t n;

	while ((n = poll(&p, 1, WAIT_MS)) > 0 && (n = recv(fd, in + have, sizeof(in) - have, 0)) > 0)
		have += (size_t)n;
	if (n == 0 && p.revents == 0)
		complain("a stream that the server does not end", s->data, s->n);
	for (; have - at >= 2; replies++) {
		size_t len = (size_t)(in[at] << 8 | in[at + 1]);
		const char *why;

		if (have - at < 2 + len) {
			if (n == 0)
				complain("half a reply", in + at, have - at);
			break;
		}
		why = judge_in_stream(s, in + at + 2, len);
		if (why) {
			complain(why, in + at + 2, len);
			complain("the stream", s->data, s->n);
		}
		at += 2 + len;
	}
	return replies;
}

static unsigned long
run_tcp(unsigned long streams)
{
	static struct stream s;
	struct linger reset = {1, 0};
	unsigned long replies = 0;
	int one = 1;

	for (; streams; streams--) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		make_stream(&s);
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
			perror("dnsmutate: connect");
			exit(1);
		}
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		send_stream(fd, &s);
		if (chance(8)) {
			shutdown(fd, SHUT_WR);
			replies += read_replies(fd, &s);
		}
		close(fd); /* by a reset, now and then in the middle of it */
	}
	return replies;
}

int
main(int argc, char **argv)
{
	unsigned long packets = 10000, streams = 2000, seed = 1, udp, tcp;
	int c;

	while ((c = getopt(argc, argv, "n:t:s:")) != -1)
		switch (c) {
		case 'n': packets = strtoul(optarg, NULL, 10); break;
		case 't': streams = strtoul(optarg, NULL, 10); break;
		case 's': seed = strtoul(optarg, NULL, 10); break;
		default: return 2;
		}
	if (argc - optind != 2 || inet_pton(AF_INET, argv[optind], &to.sin_addr) != 1)
		return 2;
	to.sin_family = AF_INET;
	to.sin_port = htons((uint16_t)atoi(argv[optind + 1]));
	rng = (seed + 1) * 0x9e3779b97f4a7c15u;
	udp = run_udp(packets);
	tcp = run_tcp(streams);
	printf("seed %lu packets %lu replies %lu streams %lu replies %lu bad %lu\n", seed, packets,
	       udp, streams, tcp, bad);
	return bad != 0;
}
