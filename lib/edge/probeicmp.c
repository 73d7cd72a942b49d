#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "edge/clock.h"
#include "edge/probekind.h"
#include "edge/sockaddr.h"

/*
 * One socket a family for all probes.  An echo carries where its probe is kept
 * and a keyed hash over it and the address, so that neither a forged nor an old
 * reply is taken for ours, whatever the kernel made of id and sequence number.
 * An echo that got lost is sent again at each third of the timeout.
 */
struct echo { /* RFC 792, RFC 4443 4.1 */
	uint8_t type, code;
	uint16_t sum, id, seq;
	uint32_t slot, serial, attempt, zero;
	uint64_t tag;
};

_Static_assert(sizeof(struct echo) == 32, "no padding on the wire");

enum { READ_AT_ONCE = 64, RECEIVE_BUFFER = 1 << 20, SENDS = 3 };

struct slot {
	struct probe_run *run;
	uint32_t serial;
	uint32_t next_free;
};

struct icmp_socket {
	struct pinger *pinger;
	struct icmp_socket *next; /* of those with an outlet of their own */
	struct loop_io io;
	struct outlet outlet;
	int family, fd;
	bool open, raw;
};

struct pinger {
	struct loop *loop;
	struct icmp_socket sockets[FAMILY_OTHER]; /* one for each family of addresses */
	struct icmp_socket *more; /* and one for each outlet */
	struct slot *slots;
	size_t nslots, cap;
	uint32_t free_slot; /* index + 1, 0: none */
	uint32_t serial;
	uint64_t key[2];
};

static struct pinger *
pinger_new(struct loop *l)
{
	struct pinger *s = mem_alloc(sizeof(*s));

	s->loop = l;
	for (int f = 0; f < FAMILY_OTHER; f++)
		s->sockets[f] = (struct icmp_socket){
		    .pinger = s, .family = f, .outlet.source.family = FAMILY_OTHER};
	if (getrandom(s->key, sizeof(s->key), 0) != sizeof(s->key))
		s->key[0] = (uint64_t)clock_wall() ^ (uint64_t)getpid();
	return s;
}

static void
close_socket(struct icmp_socket *k)
{
	if (!k->open)
		return;
	loop_io_stop(&k->io);
	close(k->fd);
}

void
pinger_free(struct pinger *s)
{
	struct icmp_socket *k;

	if (!s)
		return;
	for (int f = 0; f < FAMILY_OTHER; f++)
		close_socket(&s->sockets[f]);
	while ((k = s->more)) {
		s->more = k->next;
		close_socket(k);
		free(k);
	}
	free(s->slots);
	free(s);
}

static uint64_t
tag_of(const struct pinger *s, const struct echo *e, const struct addr *a)
{
	uint8_t text[12 + sizeof(a->b)];

	memcpy(text, &e->slot, 12); /* slot, serial, attempt */
	memcpy(text + 12, a->b, sizeof(a->b));
	return siphash13(s->key, text, sizeof(text));
}

static uint16_t
checksum(const void *data, size_t n) /* RFC 1071; n is even */
{
	const uint8_t *p = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i += 2) {
		uint16_t word;

		memcpy(&word, p + i, 2);
		sum += word;
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
take_reply(struct pinger *s, const struct echo *e, const struct addr *from)
{
	struct slot *slot = e->slot < s->nslots ? &s->slots[e->slot] : NULL;
	struct probe_run *r = slot ? slot->run : NULL;
	double now = clock_mono_us();

	if (!r || slot->serial != e->serial || e->attempt >= SENDS || !addr_equal(from, &r->addr) ||
	    e->tag != tag_of(s, e, from))
		return;
	if (!probe_late(r))
		probe_end_ok(r, (now - r->icmp.sent_us[e->attempt]) / 1e3);
}

/* A raw IPv4 socket hands over the IP header, too. */
static size_t
skip_header(const struct icmp_socket *k, const uint8_t *p, size_t n)
{
	if (!k->raw || k->family != FAMILY_V4)
		return 0;
	return n >= sizeof(struct iphdr) ? (size_t)(p[0] & 0x0f) * 4 : n;
}

static void
on_readable(struct loop_io *w, int events)
{
	struct icmp_socket *k = w->arg;

	(void)events;
	for (int i = 0; i < READ_AT_ONCE; i++) {
		uint8_t p[256];
		union sockaddr_any from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(k->fd, p, sizeof(p), 0, &from.sa, &len);
		struct echo e;
		struct addr a;
		size_t skip;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		skip = skip_header(k, p, (size_t)n);
		if ((size_t)n < skip + sizeof(e) || !sockaddr_addr(&from.sa, &a, NULL))
			continue;
		memcpy(&e, p + skip, sizeof(e));
		if (e.type == (k->family == FAMILY_V4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY))
			take_reply(k->pinger, &e, &a);
	}
}

/* A raw socket would hear all ICMP of this host. */
static void
only_replies(int fd, int family)
{
	struct icmp6_filter six;
	uint32_t four = ~(1U << ICMP_ECHOREPLY);

	if (family == FAMILY_V4) {
		setsockopt(fd, SOL_RAW,
		           1 /* ICMP_FILTER in linux/icmp.h, which clashes with netinet */, &four,
		           sizeof(four));
		return;
	}
	ICMP6_FILTER_SETBLOCKALL(&six);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &six);
	setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &six, sizeof(six));
}

static void
say_once(void)
{
	static bool said;

	if (!said)
		log_warn("icmp probes are not permitted to this user; allow ping sockets by "
		         "sysctl net.ipv4.ping_group_range=\"0 2147483647\", or give the program "
		         "CAP_NET_RAW");
	said = true;
}

static struct icmp_socket *
socket_for(struct pinger *s, int family, const struct outlet *o)
{
	struct icmp_socket *k = &s->sockets[family];

	if (!outlet_any(o))
		return k;
	for (k = s->more; k; k = k->next)
		if (k->family == family && outlet_equal(&k->outlet, o))
			return k;
	k = mem_alloc(sizeof(*k));
	*k = (struct icmp_socket){.pinger = s, .family = family, .outlet = *o, .next = s->more};
	return s->more = k;
}

/* Ping sockets need no rights where the system allows them; else raw ones. Tried again for each
 * probe. */
static int
open_socket(struct icmp_socket *k, struct probe_run *r)
{
	int family = k->family;
	int af = family == FAMILY_V4 ? AF_INET : AF_INET6;
	int proto = family == FAMILY_V4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	int size = RECEIVE_BUFFER, fd, err;

	if (k->open)
		return 0;
	k->raw = false;
	fd = socket(af, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, proto);
	err = errno;
	if (fd < 0 && (err == EACCES || err == EPERM || err == EPROTONOSUPPORT)) {
		k->raw = true;
		fd = socket(af, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, proto);
		err = errno;
	}
	if (fd < 0) {
		if (err == EPERM || err == EACCES)
			say_once();
		probe_end_errno(r, err, true);
		return -1;
	}
	if (!probe_bind(r, fd)) {
		close(fd);
		return -1;
	}
	if (k->raw)
		only_replies(fd, family);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	k->fd = fd;
	k->open = true;
	loop_io_start(k->pinger->loop, &k->io, fd, LOOP_READ, on_readable, k);
	return 0;
}

static uint32_t
take_slot(struct pinger *s, struct probe_run *r)
{
	uint32_t i;

	if (s->free_slot) {
		i = s->free_slot - 1;
		s->free_slot = s->slots[i].next_free;
	} else {
		i = (uint32_t)s->nslots;
		s->slots = mem_array(s->slots, &s->cap, s->nslots + 1, sizeof(*s->slots));
		s->nslots++;
	}
	s->slots[i] = (struct slot){.run = r, .serial = ++s->serial};
	return i;
}

static void
send_echo(struct probe_run *r)
{
	struct pinger *s = r->prober->pinger;
	struct echo e = {.slot = r->icmp.slot,
	                 .serial = s->slots[r->icmp.slot].serial,
	                 .id = htons((uint16_t)getpid())};
	union sockaddr_any to;
	socklen_t len = sockaddr_make(&to, &r->addr, 0);

	e.type = r->addr.family == FAMILY_V4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	e.attempt = (uint32_t)r->icmp.sends;
	e.seq = htons((uint16_t)r->icmp.sends);
	e.tag = tag_of(s, &e, &r->addr);
	if (r->addr.family == FAMILY_V4)
		e.sum = checksum(&e, sizeof(e)); /* the kernel's own task for ICMPv6 */
	r->icmp.sent_us[r->icmp.sends++] = clock_mono_us();
	if (sendto(r->icmp.socket->fd, &e, sizeof(e), 0, &to.sa, len) >= 0)
		return;
	/* A full buffer may have room at the next third; what is refused at first will be refused
	 * again. */
	if (r->icmp.sends == 1)
		probe_end_errno(r, errno, true);
}

static void
start(struct probe_run *r, const struct task *t)
{
	struct prober *p = r->prober;

	(void)t;
	if (!p->pinger)
		p->pinger = pinger_new(p->loop);
	r->icmp.slot = take_slot(p->pinger, r);
	r->icmp.socket = socket_for(p->pinger, r->addr.family, &r->outlet);
	if (open_socket(r->icmp.socket, r) == 0)
		send_echo(r);
}

static void
tick(struct probe_run *r)
{
	if (r->icmp.sends < SENDS)
		send_echo(r);
}

static void
stop(struct probe_run *r)
{
	struct pinger *s = r->prober->pinger;
	struct slot *slot = &s->slots[r->icmp.slot];

	slot->run = NULL;
	slot->next_free = s->free_slot;
	s->free_slot = r->icmp.slot + 1;
}

const struct probe_kind probe_kind_icmp = {.start = start, .stop = stop, .tick = tick};
