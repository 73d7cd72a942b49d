/*
 * icmphost DEV: the hosts behind the tun device DEV.  What one does with an echo
 * request its address says, by the last byte (10.9.0.1, fd09::1):
 *	1 answers		2 is silent		3 answers from another address
 *	4 changes the payload	5 cuts it short		6 answers twice
 *	7 loses the first echo of a probe		8 loses every second one
 *	9 answers after 120 ms	10 host unreachable	11 prohibited, 8 bytes quoted
 *	12 unreachable, about an echo that was not sent	13 too big, but for the first it answers
 *	14 hop limit		15 sends 200 packets of nonsense, then answers
 *	16 answers with the request before		17 answers with a wrong checksum
 * Says "ready" once it listens.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 2048, PENDING = 256, SLOW_MS = 120 };

struct packet {
	uint8_t b[MOST];
	size_t n, ip; /* ip: bytes of its header */
	int six;
	int spoilt; /* its checksum */
};

static int tun;
static struct {
	struct packet p;
	int64_t due;
} pending[PENDING];
static size_t npending;

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint32_t
add(const uint8_t *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	return sum;
}

static void
put_sum(uint8_t *at, uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum;
	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}

/* Lengths and checksums, then out. */
static void
send_packet(struct packet *p)
{
	uint8_t *icmp = p->b + p->ip;
	size_t n = p->n - p->ip;
	uint32_t pseudo = 0;

	p->b[p->six ? 4 : 2] = (uint8_t)((p->six ? n : p->n) >> 8);
	p->b[p->six ? 5 : 3] = (uint8_t)(p->six ? n : p->n);
	if (p->six) {
		pseudo = add(p->b + 8, 32, (uint32_t)n + 58);
	} else {
		memset(p->b + 10, 0, 2);
		put_sum(p->b + 10, add(p->b, p->ip, 0));
	}
	memset(icmp + 2, 0, 2);
	put_sum(icmp + 2, add(icmp, n, pseudo));
	icmp[2] ^= (uint8_t)p->spoilt;
	if (write(tun, p->b, p->n) < 0)
		perror("icmphost: write");
}

/* From where it came to, back. */
static struct packet
reply_to(const struct packet *q)
{
	struct packet r = *q;
	size_t from = q->six ? 8 : 12, len = q->six ? 16 : 4;

	memcpy(r.b + from, q->b + from + len, len);
	memcpy(r.b + from + len, q->b + from, len);
	r.b[q->six ? 7 : 8] = 64;
	r.b[r.ip] = q->six ? 129 : 0;
	return r;
}

/* An error about q that quotes so many bytes from its ICMP header on. */
static struct packet
error_about(const struct packet *q, uint8_t type, uint8_t code, size_t quote)
{
	struct packet r = reply_to(q);

	if (quote > q->n - q->ip)
		quote = q->n - q->ip;
	memset(r.b + r.ip, 0, 8);
	r.b[r.ip] = type;
	r.b[r.ip + 1] = code;
	memcpy(r.b + r.ip + 8, q->b, q->ip + quote);
	r.n = r.ip + 8 + q->ip + quote;
	return r;
}

static void
nonsense(const struct packet *q)
{
	for (int i = 0; i < 200; i++) {
		struct packet r = i % 3 ? reply_to(q) : error_about(q, q->six ? 1 : 3, 1, MOST);

		for (size_t k = r.ip + (i % 3 ? 8 : 8 + q->ip + 8); k < r.n; k++)
			r.b[k] = (uint8_t)(rand() >> 4);
		r.n -= (size_t)rand() % (i % 3 ? 56 : 32); /* never a quote that is right as far as it goes */
		send_packet(&r);
	}
}

static void
later(const struct packet *p)
{
	if (npending == PENDING)
		return;
	pending[npending].p = *p;
	pending[npending++].due = now_ms() + SLOW_MS;
}

static void
act(const struct packet *q)
{
	static struct packet last[2];
	struct packet r = reply_to(q);
	uint32_t attempt;

	memcpy(&attempt, q->b + q->ip + 16, 4);
	switch (q->b[q->six ? 39 : 19]) {
	case 1: break;
	case 3: r.b[q->six ? 23 : 15] = 250; break;
	case 4: r.b[r.ip + 25] ^= 1; break;
	case 5: r.n -= 20; break;
	case 6: send_packet(&r); break;
	case 7:
		if (attempt == 0)
			return;
		break;
	case 8:
		if (attempt % 2)
			return;
		break;
	case 9: later(&r); return;
	case 10: r = error_about(q, q->six ? 1 : 3, q->six ? 3 : 1, MOST); break;
	case 11: r = error_about(q, q->six ? 1 : 3, q->six ? 1 : 13, 8); break;
	case 12:
		r = error_about(q, q->six ? 1 : 3, q->six ? 3 : 1, MOST);
		r.b[r.ip + 8 + q->ip + 24] ^= 1;
		break;
	case 13:
		if (attempt == 0) {
			r = error_about(q, q->six ? 2 : 3, q->six ? 0 : 4, MOST);
			r.b[r.ip + 6] = 1280 >> 8;
		}
		break;
	case 14: r = error_about(q, q->six ? 3 : 11, 0, MOST); break;
	case 15: nonsense(q); break;
	case 16:
		r = reply_to(last[q->six].n ? &last[q->six] : q);
		last[q->six] = *q;
		if (r.n == 0)
			return;
		break;
	case 17: r.spoilt = 1; break;
	default: return;
	}
	send_packet(&r);
}

static void
receive(void)
{
	struct packet q = {0};
	ssize_t n = read(tun, q.b, sizeof(q.b));

	if (n < 40)
		return;
	q.n = (size_t)n;
	q.six = q.b[0] >> 4 == 6;
	q.ip = q.six ? 40 : (size_t)(q.b[0] & 15) * 4;
	if (q.n >= q.ip + 32 && q.b[q.six ? 6 : 9] == (q.six ? 58 : 1) && q.b[q.ip] == (q.six ? 128 : 8))
		act(&q);
}

int
main(int argc, char **argv)
{
	struct ifreq r = {.ifr_flags = IFF_TUN | IFF_NO_PI};

	tun = open("/dev/net/tun", O_RDWR);
	if (argc < 2 || tun < 0)
		return 2;
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", argv[1]);
	if (ioctl(tun, TUNSETIFF, &r) < 0) {
		perror("icmphost: TUNSETIFF");
		return 2;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct pollfd p = {.fd = tun, .events = POLLIN};
		int64_t wait = npending ? pending[0].due - now_ms() : -1;

		if (poll(&p, 1, wait > 0 || !npending ? (int)wait : 0) > 0)
			receive();
		while (npending && pending[0].due <= now_ms()) {
			send_packet(&pending[0].p);
			memmove(pending, pending + 1, --npending * sizeof(*pending));
		}
	}
}
