#include "edge/echoes.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h> /* needs time.h */

#include "base/log.h"
#include "base/mem.h"
#include "edge/bindto.h"
#include "edge/clock.h"
#include "edge/rights.h"
#include "edge/sockaddr.h"

enum {
	BATCH = 32,
	BATCHES_AT_ONCE = 8, /* then the others on the loop have their turn */
	IP4_HEADER_MOST = 60,
	BUFFER = 1 << 20,
	CONTROL = 256,
	TRIES = 16,
	SMALL = 576 - IP4_HEADER_MOST - ECHO_HEADER
};

struct echoes_socket {
	struct echoes *echoes;
	struct echoes_socket *next;
	struct loop_io io;
	struct outlet outlet;
	enum family family;
	int fd; /* -1: not open */
	bool raw;
	bool small; /* fits every link: never in pieces, and the kernel needs no number for them */
};

struct waiting {
	struct echoes_socket *socket;
	struct echo echo;
	union sockaddr_any to;
	uint8_t packet[ECHO_MOST];
};

struct echoes {
	struct loop *loop;
	const struct echoes_calls *calls;
	void *arg;
	struct echoes_socket *sockets;
	uint16_t id;
	struct loop_turn turn; /* sends */
	size_t nout;
	struct waiting out[BATCH];
	struct mmsghdr out_head[BATCH], in_head[BATCH];
	struct iovec out_iov[BATCH], in_iov[BATCH];
	union sockaddr_any in_from[BATCH];
	_Alignas(8) char control[BATCH][CONTROL];
	uint8_t in[BATCH][IP4_HEADER_MOST + ECHO_MOST];
};

struct echoes *
echoes_new(struct loop *l, const struct echoes_calls *calls, void *arg)
{
	struct echoes *s = mem_alloc(sizeof(*s));

	s->loop = l;
	s->calls = calls;
	s->arg = arg;
	if (getrandom(&s->id, sizeof(s->id), 0) != sizeof(s->id))
		s->id = (uint16_t)getpid();
	for (size_t i = 0; i < BATCH; i++) {
		s->out_head[i].msg_hdr = (struct msghdr){
		    .msg_name = &s->out[i].to, .msg_iov = &s->out_iov[i], .msg_iovlen = 1};
		s->out_iov[i].iov_base = s->out[i].packet;
		s->in_iov[i] = (struct iovec){s->in[i], sizeof(s->in[i])};
	}
	return s;
}

void
echoes_free(struct echoes *s)
{
	struct echoes_socket *k;

	if (!s)
		return;
	loop_turn_stop(&s->turn);
	while ((k = s->sockets)) {
		s->sockets = k->next;
		loop_io_stop(&k->io);
		if (k->fd >= 0)
			close(k->fd);
		free(k);
	}
	free(s);
}

/* ---- receiving */

/*
 * The kernel says by the wall clock when it got a packet: how long ago is that?  None if the
 * clock was set meanwhile.
 */
static double
waited_us(struct msghdr *m, const struct timespec *now)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct timespec t;
		double us;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&t, CMSG_DATA(c), sizeof(t));
		us = (double)(now->tv_sec - t.tv_sec) * 1e6 +
		     (double)(now->tv_nsec - t.tv_nsec) / 1e3;
		return us > 0 ? us : 0;
	}
	return 0;
}

static void
prepare(struct echoes *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s->in_head[i].msg_hdr = (struct msghdr){.msg_name = &s->in_from[i],
		                                        .msg_namelen = sizeof(s->in_from[i]),
		                                        .msg_iov = &s->in_iov[i],
		                                        .msg_iovlen = 1,
		                                        .msg_control = s->control[i],
		                                        .msg_controllen = CONTROL};
}

/* How many packets there were; -1: the queue is empty, or a word about an error is. */
static int
read_batch(struct echoes_socket *k)
{
	struct echoes *s = k->echoes;
	struct timespec wall;
	double now;
	int n;

	prepare(s, BATCH);
	n = recvmmsg(k->fd, s->in_head, BATCH, MSG_DONTWAIT, NULL);
	if (n <= 0)
		return n;
	clock_gettime(CLOCK_REALTIME, &wall);
	now = clock_mono_us();
	for (int i = 0; i < n; i++) {
		bool with_ip = k->raw && k->family == FAMILY_V4;
		struct echo_seen seen;
		struct addr from;

		if (with_ip && !echo_intact(s->in[i], s->in_head[i].msg_len))
			continue;
		echo_read(&seen, s->in[i], s->in_head[i].msg_len, k->family, with_ip);
		if (seen.what != ECHO_OTHER && sockaddr_addr(&s->in_from[i].sa, &from, NULL))
			s->calls->seen(s->arg, &seen, &from,
			               now - waited_us(&s->in_head[i].msg_hdr, &wall));
	}
	return n;
}

static const struct sock_extended_err *
extended_error(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			return (const struct sock_extended_err *)(const void *)CMSG_DATA(c);
	return NULL;
}

/* Errors come to a ping socket beside its packets; from is where the request went.  False: none. */
static bool
read_error(struct echoes_socket *k)
{
	struct echoes *s = k->echoes;
	struct msghdr *m = &s->in_head[0].msg_hdr;
	const struct sock_extended_err *e;
	struct echo_seen seen;
	ssize_t n;

	prepare(s, 1);
	n = recvmsg(k->fd, m, MSG_ERRQUEUE | MSG_DONTWAIT);
	if (n < 0)
		return false;
	e = extended_error(m);
	if (!e || (e->ee_origin != SO_EE_ORIGIN_ICMP && e->ee_origin != SO_EE_ORIGIN_ICMP6))
		return true;
	echo_read_refused(&seen, e->ee_type, e->ee_code, s->in[0], (size_t)n, k->family);
	if (seen.what != ECHO_OTHER && sockaddr_addr(&s->in_from[0].sa, &seen.to, NULL))
		s->calls->seen(s->arg, &seen, &seen.to, clock_mono_us());
	return true;
}

void
echoes_look(struct echoes_socket *k)
{
	int n = BATCH;

	for (int i = 0; i < BATCHES_AT_ONCE && n == BATCH; i++)
		n = read_batch(k);
	for (int i = 0; !k->raw && n <= 0 && i < BATCH && read_error(k); i++)
		;
}

static void
on_readable(struct loop_io *w, int events)
{
	(void)events;
	echoes_look(w->arg);
}

/* ---- sockets */

struct echoes_socket *
echoes_socket(struct echoes *s, enum family f, const struct outlet *o, size_t size)
{
	bool small = size <= SMALL;
	struct echoes_socket *k;

	for (k = s->sockets; k; k = k->next)
		if (k->family == f && k->small == small && outlet_equal(&k->outlet, o))
			return k;
	k = mem_alloc(sizeof(*k));
	k->echoes = s;
	k->next = s->sockets;
	k->outlet = *o;
	k->family = f;
	k->small = small;
	k->fd = -1;
	return s->sockets = k;
}

#define LOAD8(at) BPF_STMT(BPF_LD | BPF_B | BPF_IND, (at))
#define LOAD16(at) BPF_STMT(BPF_LD | BPF_H | BPF_IND, (at))
#define EQUAL(v, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (v), (yes), (no))
#define TAKE BPF_STMT(BPF_RET | BPF_K, UINT16_MAX)
#define DROP BPF_STMT(BPF_RET | BPF_K, 0)

/*
 * A raw socket hears all ICMP of its host.  X is where ICMP's header is; in an error the request
 * is behind 8 bytes and an IP header of its own.
 */
static void
only_ours_v4(int fd, uint16_t id)
{
	struct sock_filter f[] = {
	    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	    LOAD8(0),
	    EQUAL(0, 0, 2), /* a reply */
	    LOAD16(4),
	    EQUAL(id, 14, 15),
	    EQUAL(3, 2, 0), /* unreachable, time exceeded, parameter problem */
	    EQUAL(11, 1, 0),
	    EQUAL(12, 0, 12),
	    LOAD8(8 + 9), /* about ICMP, */
	    EQUAL(1, 0, 10),
	    LOAD8(8),
	    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 15),
	    BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 2),
	    BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
	    BPF_STMT(BPF_MISC | BPF_TAX, 0),
	    LOAD8(8), /* a request of ours */
	    EQUAL(8, 0, 3),
	    LOAD16(8 + 4),
	    EQUAL(id, 0, 1),
	    TAKE,
	    DROP,
	};
	struct sock_fprog prog = {sizeof(f) / sizeof(*f), f};
	/* SOL_RAW's ICMP_FILTER of linux/icmp.h, which clashes; before a copy is made */
	uint32_t others = ~(1U << 0 | 1U << 3 | 1U << 11 | 1U << 12);

	setsockopt(fd, SOL_RAW, 1, &others, sizeof(others));
	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}

static void
only_ours_v6(int fd, uint16_t id)
{
	struct sock_filter f[] = {
	    BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 0),
	    LOAD8(0),
	    EQUAL(129, 0, 2), /* a reply */
	    LOAD16(4),
	    EQUAL(id, 9, 10),
	    EQUAL(1, 2, 0), /* unreachable, time exceeded, parameter problem */
	    EQUAL(3, 1, 0),
	    EQUAL(4, 0, 7),
	    LOAD8(8 + 6), /* about ICMPv6, */
	    EQUAL(58, 0, 5),
	    LOAD8(8 + 40), /* a request of ours */
	    EQUAL(128, 0, 3),
	    LOAD16(8 + 40 + 4),
	    EQUAL(id, 0, 1),
	    TAKE,
	    DROP,
	};
	struct sock_fprog prog = {sizeof(f) / sizeof(*f), f};
	struct icmp6_filter types;

	ICMP6_FILTER_SETBLOCKALL(&types);
	ICMP6_FILTER_SETPASS(129, &types);
	ICMP6_FILTER_SETPASS(1, &types);
	ICMP6_FILTER_SETPASS(3, &types);
	ICMP6_FILTER_SETPASS(4, &types);
	setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &types, sizeof(types));
	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}

static void
say_rights(void)
{
	static bool said;

	if (!said)
		log_warn("icmp probes are not permitted to this user; as root: %s, or sysctl -w "
		         "net.ipv4.ping_group_range=\"0 2147483647\"",
		         rights_setcap());
	said = true;
}

/* Ping sockets need no rights where the system allows them; else raw ones. */
static int
new_socket(struct echoes_socket *k)
{
	bool four = k->family == FAMILY_V4;
	int domain = four ? AF_INET : AF_INET6, proto = four ? IPPROTO_ICMP : IPPROTO_ICMPV6, err;
	int fd = socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, proto);

	err = errno;
	k->raw = fd < 0 && (err == EACCES || err == EPERM || err == EPROTONOSUPPORT);
	if (k->raw) {
		fd = socket(domain, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, proto);
		err = errno;
	}
	if (fd < 0 && (err == EPERM || err == EACCES))
		say_rights();
	errno = err;
	return fd;
}

/* To a ping socket the kernel brings what is its own. */
static void
set_up(struct echoes_socket *k, int fd)
{
	static const int size = BUFFER, on = 1, whole = IP_PMTUDISC_DO;
	bool four = k->family == FAMILY_V4;

	if (!k->raw)
		setsockopt(fd, four ? IPPROTO_IP : IPPROTO_IPV6, four ? IP_RECVERR : IPV6_RECVERR,
		           &on, sizeof(on));
	else if (four)
		only_ours_v4(fd, k->echoes->id);
	else
		only_ours_v6(fd, k->echoes->id);
	if (four && k->small)
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof(whole));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
}

int
echoes_open(struct echoes_socket *k, const char **why)
{
	int fd;

	*why = NULL;
	if (k->fd >= 0)
		return 0;
	fd = new_socket(k);
	if (fd < 0)
		return -1;
	*why = outlet_any(&k->outlet) ? bindto(fd, &k->outlet) : NULL;
	if (*why) {
		close(fd);
		return -1;
	}
	set_up(k, fd);
	k->fd = fd;
	loop_io_start(k->echoes->loop, &k->io, fd, LOOP_READ, on_readable, k);
	return 0;
}

/* ---- sending */

/* Out of from..end, all of one socket: how many went; the first that could not is called failed. */
static size_t
send_some(struct echoes *s, size_t from, size_t end)
{
	struct echoes_socket *k = s->out[from].socket;
	double now = clock_mono_us();
	int again = k->raw ? 0 : TRIES, n;

	/* A ping socket's error may be about an earlier echo; what is wrong here stays so. */
	do
		n = sendmmsg(k->fd, s->out_head + from, (unsigned)(end - from), MSG_DONTWAIT);
	while (n < 0 && (errno == EINTR || again-- > 0));
	if (n < 0) {
		s->calls->failed(s->arg, &s->out[from].echo, errno);
		return 1;
	}
	for (int i = 0; i < n; i++)
		s->calls->sent(s->arg, &s->out[from + (size_t)i].echo, now);
	return (size_t)n;
}

static void
flush(struct loop_turn *w)
{
	struct echoes *s = w->arg;
	size_t n = s->nout;

	for (size_t from = 0, end = 0; from < n; from += send_some(s, from, end))
		while (end < n && s->out[end].socket == s->out[from].socket)
			end++;
	s->nout = 0;
}

void
echoes_send(struct echoes_socket *k, const struct echo *e, const struct addr *to, size_t size)
{
	struct echoes *s = k->echoes;
	struct waiting *w = &s->out[s->nout];

	w->socket = k;
	w->echo = *e;
	s->out_head[s->nout].msg_hdr.msg_namelen = sockaddr_make(&w->to, to, 0);
	s->out_iov[s->nout].iov_len = echo_write(w->packet, e, k->family, s->id, size);
	if (++s->nout < BATCH)
		loop_turn_start(s->loop, &s->turn, flush, s);
	else
		flush(&s->turn);
}
