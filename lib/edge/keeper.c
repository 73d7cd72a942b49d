#include "edge/keeper_own.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "edge/clock.h"
#include "edge/notify.h"
#include "edge/secrets.h"

enum { DELAY_FIRST = 100, DELAY_MOST = 5000, LIVED = 10000, TICK = 1000, MERCY = 3000 };

/* ---- children */

void
child_started(struct child *c, int pid, void (*ended)(struct loop_child *, int))
{
	c->pid = pid;
	c->replaced = false;
	c->started = loop_now(c->keeper->loop);
	if (loop_child_start(c->keeper->loop, &c->watch, pid, ended, c->keeper) < 0) {
		kill(pid, SIGKILL);
		log_error("cannot watch %s", c->name);
		keeper_stop(c->keeper, 75);
	}
}

void
child_retry(struct child *c, void (*start)(struct loop_timer *))
{
	int64_t lived = loop_now(c->keeper->loop) - c->started;

	if (c->replaced || lived > LIVED)
		c->delay = 0;
	loop_timer_start(c->keeper->loop, &c->again, c->delay, 0, start, c->keeper);
	c->delay = c->delay ? c->delay * 2 : DELAY_FIRST;
	if (c->delay > DELAY_MOST)
		c->delay = DELAY_MOST;
	c->restarts++;
}

const char *
child_how(int status, char *dst, size_t cap)
{
	if (WIFSIGNALED(status))
		snprintf(dst, cap, "signal %d", WTERMSIG(status));
	else
		snprintf(dst, cap, "exit %d", WEXITSTATUS(status));
	return dst;
}

/* ---- the end */

static void
out_of_mercy(struct loop_timer *timer)
{
	struct keeper *k = timer->arg;

	if (k->decide.pid)
		kill(k->decide.pid, SIGKILL);
	if (k->worker.pid)
		kill(k->worker.pid, SIGKILL);
}

void
keeper_stop(struct keeper *k, int status)
{
	if (!k->stopping) {
		k->stopping = true;
		k->status = status;
		notify_send("STOPPING=1");
		loop_timer_stop(&k->tick);
		loop_timer_start(k->loop, &k->mercy, MERCY, MERCY, out_of_mercy, k);
		loop_timer_stop(&k->decide.again);
		loop_timer_stop(&k->worker.again);
		stream_close(k);
		if (k->decide.pid)
			kill(k->decide.pid, SIGTERM);
		if (k->control >= 0)
			shutdown(k->control, SHUT_RDWR);
	}
	if (!k->decide.pid && !k->worker.pid)
		loop_stop(k->loop);
}

static void
on_term(struct loop_signal *w, int signo)
{
	struct keeper *k = w->arg;

	(void)signo;
	keeper_stop(k, 0);
}

/* False: they are as they were. */
static bool
read_secrets(struct keeper *k)
{
	struct fault f;

	if (!k->o->cookie_secrets)
		return true;
	if (secrets_read(&k->secrets, k->o->cookie_secrets, &f) == 0)
		return true;
	log_error("%s", f.text);
	return false;
}

static void
on_hup(struct loop_signal *w, int signo)
{
	struct keeper *k = w->arg;

	(void)signo;
	if (read_secrets(k))
		worker_give_secrets(k);
	if (k->o->decisions && !stream_again(k))
		log_note("the decision stream is not a file: there is nothing to read again");
	else if (k->decide.pid)
		kill(k->decide.pid, SIGHUP);
}

static void
on_tick(struct loop_timer *timer)
{
	struct keeper *k = timer->arg;

	stream_watch(k);
	stats_write(k);
}

/* ---- */

static void
set_up(struct keeper *k, const struct keeper_options *o)
{
	k->o = o;
	k->started = clock_wall();
	k->loop = loop_new();
	k->stream = k->control = k->shared_fd = -1;
	k->decide = (struct child){.keeper = k, .name = "fodns-decide"};
	k->worker = (struct child){.keeper = k, .name = "the worker"};
	loop_signal_start(k->loop, &k->term, SIGTERM, on_term, k);
	loop_signal_start(k->loop, &k->intr, SIGINT, on_term, k);
	loop_signal_start(k->loop, &k->hup, SIGHUP, on_hup, k);
	loop_timer_start(k->loop, &k->tick, TICK, TICK, on_tick, k);
	signal(SIGPIPE, SIG_IGN);
}

int
keeper_run(const struct keeper_options *o)
{
	struct keeper *k = mem_alloc(sizeof(*k));
	int status;

	set_up(k, o);
	secrets_random(&k->secrets);
	if (read_secrets(k))
		stream_open(k);
	else
		keeper_stop(k, 2);
	if (!k->stopping || k->decide.pid || k->worker.pid)
		loop_run(k->loop);
	status = k->status;
	for (size_t i = 0; i < k->nsockets; i++)
		sockets_close(&k->sockets[i]);
	free(k->sockets);
	buf_free(&k->line);
	if (k->dir_open)
		statedir_close(&k->dir);
	loop_free(k->loop);
	free(k);
	return status;
}
