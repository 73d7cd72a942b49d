/* Who answers: sockets, the worker, and what it is given. */
#include <errno.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "edge/handoff.h"
#include "edge/keeper_own.h"
#include "edge/notify.h"
#include "edge/spawn.h"

enum { NOBODY = 65534 };

/* ---- binding */

static size_t
count_threads(const struct keeper *k, int wanted, size_t addresses)
{
	size_t most = (SHARED_THREADS - 1) / addresses, n = 1;
	cpu_set_t cpus;

	if (k->o->threads >= 0)
		wanted = k->o->threads;
	if (wanted > 0)
		n = (size_t)wanted;
	else if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		n = (size_t)CPU_COUNT(&cpus);
	if (n > most)
		n = most;
	return n > HANDOFF_FDS - 1 ? HANDOFF_FDS - 1 : n ? n : 1;
}

/* Whether the sockets are bound to other addresses than these. */
static bool
differs(const struct keeper *k, const struct listen *l, size_t n)
{
	size_t same = 0, ours = 0;

	for (const struct sockets *s = k->sockets; s < k->sockets + k->nsockets; s++) {
		if (s->tcp_only)
			continue;
		ours++;
		for (size_t i = 0; i < n; i++)
			same += listen_equal(&l[i], &s->listen);
	}
	return same != n || n != ours;
}

static int
say_fault(struct keeper *k, const struct fault *f)
{
	log_error("%s", f->text);
	keeper_stop(k, fault_exit(f));
	return -1;
}

/* The service manager's sockets are the listen addresses, whatever else is asked for. */
static int
adopt(struct keeper *k, const struct listen *l, size_t n, int threads)
{
	struct fault f;

	k->sockets = mem_alloc(k->o->passed.n * sizeof(*k->sockets));
	k->nsockets = sockets_adopt(k->sockets, &k->o->passed);
	k->threads = count_threads(k, threads, k->nsockets);
	if (differs(k, l, n))
		log_warn("the sockets of the service manager are used, %s says something else",
		         k->o->nlisten ? "--listen" : "the config");
	for (size_t i = 0; i < k->nsockets; i++)
		if (sockets_complete(&k->sockets[i], k->threads, &f) < 0)
			return say_fault(k, &f);
	return 0;
}

static int
bind_all(struct keeper *k, const struct listen *l, size_t n, int threads)
{
	struct fault f;

	if (!n) {
		log_error("there is no address to listen on");
		keeper_stop(k, 2);
		return -1;
	}
	k->threads = count_threads(k, threads, n);
	k->sockets = mem_alloc(n * sizeof(*k->sockets));
	for (; k->nsockets < n; k->nsockets++)
		if (sockets_open(&k->sockets[k->nsockets], &l[k->nsockets], k->threads, &f) < 0)
			return say_fault(k, &f);
	return 0;
}

int
worker_bind(struct keeper *k, const struct stream_server *s)
{
	const struct listen *l = k->o->nlisten ? k->o->listen : s->listen;
	size_t n = k->o->nlisten ? k->o->nlisten : s->nlisten;

	if ((k->o->passed.n ? adopt : bind_all)(k, l, n, s->threads) < 0)
		return -1;
	k->shared_fd = shared_make();
	k->shared = k->shared_fd < 0 ? NULL : shared_map(k->shared_fd);
	if (k->shared)
		return 0;
	log_error("shared memory: %s", strerror(errno));
	keeper_stop(k, 75);
	return -1;
}

/* ---- starting */

static int
give(struct keeper *k)
{
	struct passwd *pw = getpwnam("nobody");
	struct handoff go = {
	    .kind = HANDOFF_GO,
	    .uid = pw ? pw->pw_uid : NOBODY,
	    .gid = pw ? pw->pw_gid : NOBODY,
	    .require_sandbox = k->o->require_sandbox,
	    .listen_fixed = k->o->nlisten > 0 || k->o->passed.n > 0,
	};

	if (handoff_send(k->control, &(struct handoff){.kind = HANDOFF_SHARED}, NULL, 0,
	                 &k->shared_fd, 1) < 0)
		return -1;
	for (size_t i = 0; i < k->nsockets; i++) {
		const struct sockets *s = &k->sockets[i];
		struct handoff h = {
			.kind = HANDOFF_LISTEN, .wildcard = addr_is_wildcard(&s->listen.addr),
			.ipv6 = s->listen.addr.family == FAMILY_V6,
		};
		int fds[HANDOFF_FDS] = {s->tcp};

		for (size_t n = 0; n < s->nudp; n++)
			fds[1 + n] = s->udp[n];
		if (handoff_send(k->control, &h, NULL, 0, fds, 1 + s->nudp) < 0)
			return -1;
	}
	worker_give_secrets(k);
	return handoff_send(k->control, &go, NULL, 0, NULL, 0);
}

static void
say_ready(struct keeper *k)
{
	char at[ADDR_TEXT], list[512] = "";
	size_t n = 0;

	for (size_t i = 0; i < k->nsockets && n + ENDPOINT_TEXT + 2 < sizeof(list); i++)
		if (!k->sockets[i].tcp_only)
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s@%d",
			    n ? ", " : "", addr_format(at, &k->sockets[i].listen.addr),
			    k->sockets[i].listen.port);
	log_note("serving %llu name%s of %llu zone%s on %s", (unsigned long long)k->shared->names,
	    k->shared->names == 1 ? "" : "s", (unsigned long long)k->shared->zones,
	    k->shared->zones == 1 ? "" : "s", list);
	if (!k->said)
		notify_send("READY=1");
	k->said = true;
}

static void
on_control(struct loop_io *io, int events)
{
	static char text[HANDOFF_TEXT];
	struct keeper *k = io->arg;
	struct handoff h;
	int fds[HANDOFF_FDS];
	size_t n, nfds;

	(void)events;
	if (handoff_receive(k->control, &h, text, &n, fds, &nfds) <= 0) {
		loop_io_stop(&k->control_io); /* its end is to come */
		return;
	}
	while (nfds)
		close(fds[--nfds]);
	if (h.kind != HANDOFF_READY)
		return;
	say_ready(k);
	stats_write(k);
}

static void
restart_worker(struct loop_timer *timer)
{
	struct keeper *k = timer->arg;

	if (!stream_again(k)) {
		log_error(
		    "the worker is gone, and what it knew of the decision stream cannot be read again");
		keeper_stop(k, 75);
		return;
	}
	worker_start(k);
}

static void
on_worker_end(struct loop_child *w, int status)
{
	struct keeper *k = w->arg;
	char how[32];

	k->worker.pid = 0;
	k->decide.replaced = true; /* it may see first that nobody reads it */
	k->flowing = false;
	loop_io_stop(&k->control_io);
	close(k->control);
	k->control = -1;
	k->shared->ready = 0;
	k->shared->tcp.open = 0;
	if (k->stopping) {
		keeper_stop(k, k->status);
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
		keeper_stop(k, 2);
	} else {
		log_error("the worker ended (%s)%s", child_how(status, how, sizeof(how)),
		    k->o->decisions && !strcmp(k->o->decisions, "-") ? "" :
		    ": it is started again, queries wait in the sockets");
		child_retry(&k->worker, restart_worker);
	}
}

void
worker_start(struct keeper *k)
{
	const char *argv[] = {"fodns-serve", "--worker",
	                      k->o->quiet     ? "-q"
	                      : k->o->verbose ? "-v"
	                                      : NULL,
	                      NULL};
	char path[4096];
	int pair[2], pid;

	if (spawn_beside(path, sizeof(path), "fodns-serve") < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		log_error("cannot start the worker: %s", strerror(errno));
		keeper_stop(k, 75);
		return;
	}
	pid = spawn_program(path, argv, -1, pair[1]);
	close(pair[1]);
	if (pid < 0) {
		log_error("cannot start the worker: %s", strerror(errno));
		close(pair[0]);
		child_retry(&k->worker, restart_worker);
		return;
	}
	k->control = pair[0];
	child_started(&k->worker, pid, on_worker_end);
	if (give(k) < 0) {
		log_error("the worker does not take its sockets: %s", strerror(errno));
		kill(pid, SIGKILL);
		return;
	}
	loop_io_start(k->loop, &k->control_io, k->control, LOOP_READ, on_control, k);
}

/* One that is gone gets them anew with its sockets. */
void
worker_give_secrets(struct keeper *k)
{
	const struct handoff h = {.kind = HANDOFF_SECRETS};

	if (k->control >= 0)
		(void)!handoff_send(k->control, &h, (const char *)&k->secrets, sizeof(k->secrets),
		                    NULL, 0);
}

int
worker_give_stream(struct keeper *k, int fd, const char *line, size_t n)
{
	return handoff_send(k->control, &(struct handoff){.kind = HANDOFF_STREAM}, line, n, &fd, 1);
}
