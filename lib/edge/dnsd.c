#include "edge/dnsd.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "edge/clock.h"
#include "edge/generation.h"

enum {
	BATCH = ANSWER_BATCH,
	/*
	 * Room for a message: over QUERY_SIZE, and an odd number of cache lines, so
	 * that the beginnings of a batch do not all fall into the same cache set.
	 */
	ROOM = 21 * 64,
	STACK = 256 << 10,
	PAUSE_NS = 10000000,
	STOP_NS = 5000000,
	STOP_TRIES = 200,
	STOP_SIGNAL = SIGUSR1
};

union peer {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

union control {
	struct cmsghdr align;
	char v4[CMSG_SPACE(sizeof(struct in_pktinfo))];
	char v6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct udp {
	struct dnsd_udp u;
	struct udp *next;
	pid_t tid; /* 0: not running */
	struct answerer w;
	struct mmsghdr in[BATCH], out[BATCH];
	struct iovec in_iov[BATCH], out_iov[BATCH];
	struct answer_item items[BATCH];
	union peer peers[BATCH];
	union control controls[BATCH];
	_Alignas(64) uint8_t data[BATCH][ROOM];
};

static struct udp *threads;
static bool stopping;

static void
prepare(struct udp *s)
{
	for (size_t i = 0; i < BATCH; i++) {
		struct msghdr *h = &s->in[i].msg_hdr;

		s->in_iov[i] = (struct iovec){s->data[i], ROOM};
		h->msg_iov = &s->in_iov[i];
		h->msg_iovlen = 1;
		h->msg_name = &s->peers[i];
		h->msg_namelen = sizeof(s->peers[i]);
		s->items[i].data = s->data[i];
		s->items[i].cap = ROOM;
		s->items[i].peer = s->u.ipv6 ? s->peers[i].in6.sin6_addr.s6_addr
		                             : (const uint8_t *)&s->peers[i].in.sin_addr;
		s->items[i].peerlen = s->u.ipv6 ? 16 : 4;
		if (s->u.wildcard)
			h->msg_control = &s->controls[i];
		h->msg_controllen = s->u.wildcard ? sizeof(s->controls[i]) : 0;
	}
}

/*
 * The reply leaves from the address that was asked, as the kernel wrote it there; by any interface.
 */
static void
answer_from(struct msghdr *h)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			((struct in_pktinfo *)CMSG_DATA(c))->ipi_ifindex = 0;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_ifindex = 0;
		}
	}
}

static bool
has_port(const union peer *p)
{
	return p->sa.sa_family == AF_INET ? p->in.sin_port : p->in6.sin6_port;
}

/* Messages that were answered, made ready to send; their number. */
static unsigned
collect(struct udp *s, unsigned n)
{
	unsigned k = 0;

	for (unsigned i = 0; i < n; i++) {
		if (!s->items[i].len || !has_port(&s->peers[i])) /* nobody can be at port 0 */
			continue;
		s->out_iov[k] = (struct iovec){s->data[i], s->items[i].len};
		s->out[k].msg_hdr = s->in[i].msg_hdr;
		s->out[k].msg_hdr.msg_iov = &s->out_iov[k];
		if (s->u.wildcard)
			answer_from(&s->out[k].msg_hdr);
		k++;
	}
	return k;
}

static void
send_all(struct udp *s, unsigned n)
{
	for (unsigned at = 0; at < n;) {
		int sent = sendmmsg(s->u.fd, s->out + at, n - at, MSG_DONTWAIT);

		if (sent > 0) {
			at += (unsigned)sent;
			continue;
		}
		if (sent < 0 && errno == EINTR)
			continue;
		s->u.counts->send_errors++; /* of the first; the next may go out */
		at++;
	}
}

static void
serve_batch(struct udp *s, unsigned n)
{
	const struct table *t = generation_enter();

	if (t->rrl.rate)
		s->w.now = clock_coarse();
	for (unsigned i = 0; i < n; i++)
		s->items[i].len = s->in[i].msg_len;
	answer_batch(&s->w, t, s->items, n);
	generation_leave();
	send_all(s, collect(s, n));
	for (unsigned i = 0; i < n; i++) {
		s->in[i].msg_hdr.msg_namelen = sizeof(s->peers[i]);
		if (s->u.wildcard)
			s->in[i].msg_hdr.msg_controllen = sizeof(s->controls[i]);
	}
}

static void
on_stop(int signo)
{
	(void)signo; /* all it does is to end a recvmmsg that has nothing yet */
}

static void
stoppable(struct udp *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, STOP_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	__atomic_store_n(&s->tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
}

static void *
run_udp(void *arg)
{
	static const struct timespec pause = {.tv_nsec = PAUSE_NS};
	struct udp *s = arg;

	stoppable(s);
	generation_register();
	prepare(s);
	while (!__atomic_load_n(&stopping, __ATOMIC_RELAXED)) {
		int n = recvmmsg(s->u.fd, s->in, BATCH, MSG_WAITFORONE, NULL);

		if (n > 0) {
			serve_batch(s, (unsigned)n);
		} else if (n < 0 && errno != EINTR) {
			s->u.counts->receive_errors++;
			nanosleep(&pause, NULL);
		}
	}
	__atomic_store_n(&s->tid, 0, __ATOMIC_RELEASE);
	return NULL;
}

int
dnsd_thread(void *(*run)(void *), void *arg, struct fault *f)
{
	pthread_attr_t attr;
	sigset_t all, before;
	pthread_t thread;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	err = pthread_create(&thread, &attr, run, arg);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err ? fault_temp(f, "cannot start a thread: %s", strerror(err)) : 0;
}

int
dnsd_start_udp(const struct dnsd_udp *u, struct fault *f)
{
	struct udp *s = aligned_alloc(64, (sizeof(*s) + 63) / 64 * 64);

	if (!s)
		return fault_temp(f, "out of memory");
	memset(s, 0, sizeof(*s));
	s->u = *u;
	s->next = threads;
	threads = s;
	sigaction(STOP_SIGNAL, &(struct sigaction){.sa_handler = on_stop}, NULL);
	answerer_init(&s->w, u->counts, u->site, u->seed, false);
	return dnsd_thread(run_udp, s, f);
}

/* Signalled again until it is over: a thread may have looked at the flag just before. */
static bool
signal_all(void)
{
	bool some = false;

	for (struct udp *s = threads; s; s = s->next) {
		pid_t tid = __atomic_load_n(&s->tid, __ATOMIC_ACQUIRE);

		if (tid)
			syscall(SYS_tgkill, getpid(), tid, STOP_SIGNAL);
		some |= tid != 0;
	}
	return some;
}

void
dnsd_stop_udp(void)
{
	static const struct timespec pause = {.tv_nsec = STOP_NS};

	__atomic_store_n(&stopping, true, __ATOMIC_RELAXED);
	for (int i = 0; i < STOP_TRIES && signal_all(); i++)
		nanosleep(&pause, NULL);
}
