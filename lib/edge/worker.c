#include "edge/worker.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "codec/feed.h"
#include "codec/json.h"
#include "codec/rrl.h"
#include "edge/clock.h"
#include "edge/dnsd.h"
#include "edge/generation.h"
#include "edge/handoff.h"
#include "edge/loop.h"
#include "edge/sandbox.h"

enum { READ_SIZE = 65536 };

struct address {
	int tcp, *udp;
	size_t nudp;
	bool wildcard, ipv6;
};

struct worker {
	int control, stream;
	struct loop *loop;
	struct loop_io control_io, stream_io;
	struct shared *shared;
	struct address addresses[LIMIT_LISTENS];
	size_t naddresses, nthreads;
	struct listen asked[LIMIT_LISTENS]; /* what the config said when we started */
	size_t nasked;
	bool listen_fixed; /* by the command line or the service manager */
	struct image **retired; /* replaced, perhaps still read */
	size_t nretired, retired_cap;
	struct answer_site site;
	struct answer_secrets *secrets; /* site's */
	struct loop_timer second;
	struct feed feed;
	struct handoff message;
	char host[LIMIT_NSID + 1]; /* this host's name */
	int status;
	char text[HANDOFF_TEXT], chunk[READ_SIZE];
};

/* ---- answers */

static uint64_t
random64(void)
{
	uint64_t v;

	if (getrandom(&v, sizeof(v), 0) != sizeof(v))
		abort();
	return v;
}

static void
free_retired(struct worker *w)
{
	if (!w->nretired)
		return;
	generation_wait();
	while (w->nretired)
		free(w->retired[--w->nretired]);
}

static void
on_retire(void *arg, struct image *old)
{
	struct worker *w = arg;

	w->retired =
	    mem_array(w->retired, &w->retired_cap, w->nretired + 1, sizeof(struct image *));
	w->retired[w->nretired++] = old;
}

static int
start_address(struct worker *w, const struct address *a, struct fault *f)
{
	for (size_t i = 0; i < a->nudp; i++) {
		struct dnsd_udp u = {
			.fd = a->udp[i], .ipv6 = a->ipv6, .wildcard = a->wildcard, .seed = random64(),
			.counts = &w->shared->counts[1 + w->nthreads++ % (SHARED_THREADS - 1)],
			.site = &w->site,
		};

		if (dnsd_start_udp(&u, f) < 0)
			return -1;
	}
	return 0;
}

/* From now on queries are read. */
static int
start_threads(struct worker *w, struct fault *f)
{
	int tcp[LIMIT_LISTENS];

	for (size_t i = 0; i < w->naddresses; i++) {
		tcp[i] = w->addresses[i].tcp;
		if (start_address(w, &w->addresses[i], f) < 0)
			return -1;
	}
	w->shared->threads = (uint32_t)w->nthreads;
	return dnsd_start_tcp(tcp, w->naddresses, random64(), &w->site, w->shared, f);
}

static bool
same_listen(const struct worker *w, const struct stream_server *s)
{
	if (s->nlisten != w->nasked)
		return false;
	for (size_t i = 0; i < s->nlisten; i++)
		if (!listen_equal(&s->listen[i], &w->asked[i]))
			return false;
	return true;
}

/* Sockets stay as they are for the life of the process: queries wait in them. */
static void
look_at_listen(struct worker *w, const struct stream_server *s, bool first)
{
	if (!first && !w->listen_fixed && !same_listen(w, s))
		log_warn(
		    "the config's listen addresses have changed: they are used after a restart");
	memcpy(w->asked, s->listen, s->nlisten * sizeof(s->listen[0]));
	w->nasked = s->nlisten;
}

/* What a generation says of the server itself. */
static void
settle(struct worker *w, struct table *t, const struct stream_server *s)
{
	const char *nsid = s->has_nsid ? s->nsid : w->host;

	t->nsidlen = (uint8_t)strlen(nsid);
	memcpy(t->nsid, nsid, t->nsidlen);
	t->rrl = s->rrl;
}

static void
on_publish(void *arg, struct table *t, const struct stream_server *s)
{
	struct worker *w = arg;
	struct handoff ready = {.kind = HANDOFF_READY, .gen = s->gen};
	struct table *old;
	bool first;
	struct fault f;

	settle(w, t, s);
	old = generation_publish(t);
	first = !old;
	look_at_listen(w, s, first);
	w->shared->gen = s->gen;
	w->shared->names = t->names;
	w->shared->domains = t->decided;
	w->shared->zones = t->nzones;
	w->shared->generations++;
	memcpy(w->shared->config, s->config, sizeof(w->shared->config));
	if (old) {
		free_retired(w);
		generation_wait();
		table_free(old);
		malloc_trim(0); /* a generation's memory in many small holes */
	}
	if (first && start_threads(w, &f) < 0) {
		log_error("%s", f.text);
		w->status = fault_exit(&f);
		loop_stop(w->loop);
		return;
	}
	__atomic_store_n(&w->shared->ready, 1, __ATOMIC_RELEASE);
	(void)!handoff_send(w->control, &ready, NULL, 0, NULL, 0);
}

static void
on_second(struct loop_timer *timer)
{
	struct worker *w = timer->arg;

	__atomic_store_n(&w->site.seconds, (uint32_t)(clock_wall() / 1000), __ATOMIC_RELAXED);
}

/* ---- the decision stream */

static void
end_stream(struct worker *w)
{
	loop_io_stop(&w->stream_io);
	close(w->stream);
	w->stream = -1;
	feed_restart(&w->feed);
}

static void
on_stream(struct loop_io *io, int events)
{
	struct worker *w = io->arg;
	ssize_t n = read(w->stream, w->chunk, sizeof(w->chunk));

	(void)events;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		end_stream(w);
		return;
	}
	feed_input(&w->feed, w->chunk, (size_t)n);
	free_retired(w);
	w->shared->updates = w->feed.updates;
	w->shared->bad_lines = w->feed.bad;
	__atomic_store_n(&w->shared->heard, w->feed.heard, __ATOMIC_RELAXED);
}

/*
 * A newer stream takes the place of the one before; what is served stays until its generation is
 * whole.
 */
static void
new_stream(struct worker *w, int fd, size_t n)
{
	if (w->stream >= 0)
		end_stream(w);
	w->stream = fd;
	feed_input(&w->feed, w->text, n);
	feed_input(&w->feed, "\n", 1);
	loop_io_start(w->loop, &w->stream_io, fd, LOOP_READ, on_stream, w);
}

/* ---- the keeper */

static void
add_address(struct worker *w, const int *fds, size_t n)
{
	struct address *a = &w->addresses[w->naddresses++];

	a->tcp = fds[0];
	a->nudp = n - 1;
	a->udp = mem_alloc(n * sizeof(int));
	memcpy(a->udp, fds + 1, a->nudp * sizeof(int));
	a->wildcard = w->message.wildcard;
	a->ipv6 = w->message.ipv6;
}

/*
 * The keeper may have died while we became another user, which makes the kernel forget the signal
 * asked for.
 */
static int
die_with_keeper(struct fault *f)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? fault_set(f, "prctl: %s", strerror(errno))
	                                            : 0;
}

static int
give_up_rights(struct worker *w)
{
	struct fault f;

	w->listen_fixed = w->message.listen_fixed;
	if (sandbox_user(w->message.uid, w->message.gid, &f) < 0 || die_with_keeper(&f) < 0) {
		log_error("%s", f.text);
		return 2;
	}
	/*
	 * json-c up to 0.15 opens /dev/urandom at its first key, and ends the process if it cannot.
	 */
	json_free(json_parse("{\"a\":1}", 7, &f));
	if (sandbox_enter(&f) < 0) {
		log_warn("the sandbox is not whole: %s", f.text);
		if (w->message.require_sandbox)
			return 2;
	}
	return 0;
}

static void
take_secrets(struct worker *w)
{
	struct answer_secrets *s = mem_alloc(sizeof(*s)), *old = w->secrets;

	memcpy(s, w->text, sizeof(*s));
	w->secrets = s;
	__atomic_store_n(&w->site.secrets, s, __ATOMIC_RELEASE);
	generation_wait(); /* readers look at them while they hold a table */
	free(old);
}

/* One message; false: the keeper is gone or makes no sense. */
static bool
take_message(struct worker *w)
{
	int fds[HANDOFF_FDS];
	size_t nfds, n;

	if (handoff_receive(w->control, &w->message, w->text, &n, fds, &nfds) <= 0)
		return false;
	switch (w->message.kind) {
	case HANDOFF_SHARED:
		return nfds == 1 && (w->shared = shared_map(fds[0])) && close(fds[0]) == 0;
	case HANDOFF_LISTEN:
		if (nfds < 1 || w->naddresses == LIMIT_LISTENS)
			return false;
		add_address(w, fds, nfds);
		return true;
	case HANDOFF_SECRETS:
		if (n != sizeof(struct answer_secrets))
			return false;
		take_secrets(w);
		return true;
	case HANDOFF_STREAM:
		if (nfds != 1)
			return false;
		new_stream(w, fds[0], n);
		return true;
	default:
		return w->message.kind == HANDOFF_GO;
	}
}

static void
on_control(struct loop_io *io, int events)
{
	struct worker *w = io->arg;

	(void)events;
	if (!take_message(w))
		loop_stop(w->loop);
}

static int
set_up(struct worker *w)
{
	do {
		if (!take_message(w))
			return 75;
	} while (w->message.kind != HANDOFF_GO);
	return w->shared ? give_up_rights(w) : 75;
}

int
worker_run(int control)
{
	struct worker *w = mem_alloc(sizeof(*w));
	const uint64_t key[2] = {random64(), random64()};
	const struct feed_calls calls = {.arg = w, .publish = on_publish, .retire = on_retire};

	/*
	 * Signals to the whole group are the keeper's business: its word is the end of `control`.
	 */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	mallopt(M_ARENA_MAX, 1);
	w->control = control;
	w->stream = -1;
	w->site.rrl = rrl_new((const uint64_t[]){random64(), random64()});
	if (gethostname(w->host, sizeof(w->host) - 1) < 0)
		w->host[0] = '\0';
	w->status = set_up(w);
	if (w->status)
		return w->status;
	feed_init(&w->feed, key, &calls);
	w->loop = loop_new();
	loop_timer_start(w->loop, &w->second, 0, 1000, on_second, w);
	loop_io_start(w->loop, &w->control_io, control, LOOP_READ, on_control, w);
	loop_run(w->loop);
	dnsd_stop_udp();
	return w->status;
}
