#include "edge/loop.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "edge/clock.h"

struct loop {
	struct ev_loop *ev;
	double turn;   /* libev's time of the turn that now_us was read in */
	double now_us; /* CLOCK_MONOTONIC */
	TAILQ_HEAD(, loop_turn) turns;
	ev_prepare prepare;
};

_Static_assert(sizeof(ev_io) <= sizeof(((struct loop_io *)0)->opaque), "room for ev_io");
_Static_assert(sizeof(ev_timer) <= sizeof(((struct loop_timer *)0)->opaque), "room for ev_timer");
_Static_assert(sizeof(ev_signal) <= sizeof(((struct loop_signal *)0)->opaque),
               "room for ev_signal");

static void
on_prepare(struct ev_loop *ev, ev_prepare *p, int events)
{
	struct loop *l = p->data;
	struct loop_turn *w;

	(void)ev;
	(void)events;
	while ((w = TAILQ_FIRST(&l->turns))) {
		loop_turn_stop(w);
		w->call(w);
	}
}

struct loop *
loop_new(void)
{
	struct loop *l = mem_alloc(sizeof(*l));

	/* EVFLAG_NOENV: no surprise by LIBEV_FLAGS of the environment. */
	l->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
	if (!l->ev)
		l->ev = ev_loop_new(EVFLAG_NOENV);
	TAILQ_INIT(&l->turns);
	ev_prepare_init(&l->prepare, on_prepare);
	l->prepare.data = l;
	return l;
}

void
loop_free(struct loop *l)
{
	if (!l)
		return;
	ev_loop_destroy(l->ev);
	free(l);
}

void
loop_run(struct loop *l)
{
	ev_run(l->ev, 0);
}

void
loop_once(struct loop *l, bool block)
{
	ev_run(l->ev, EVRUN_ONCE | (block ? 0 : EVRUN_NOWAIT));
}

void
loop_stop(struct loop *l)
{
	ev_break(l->ev, EVBREAK_ALL);
}

int64_t
loop_now(struct loop *l)
{
	return (int64_t)(loop_now_us(l) / 1e3);
}

/* Once a turn, so that all watchers of one turn see one instant. */
double
loop_now_us(struct loop *l)
{
	double turn = ev_now(l->ev);

	if (turn != l->turn) {
		l->turn = turn;
		l->now_us = clock_mono_us();
	}
	return l->now_us;
}

static void
on_io(struct ev_loop *ev, ev_io *w, int events)
{
	struct loop_io *io = w->data;

	(void)ev;
	io->call(io, (events & EV_READ ? LOOP_READ : 0) | (events & EV_WRITE ? LOOP_WRITE : 0));
}

void
loop_io_start(struct loop *l, struct loop_io *w, int fd, int events,
              void (*call)(struct loop_io *, int), void *arg)
{
	ev_io *io = (ev_io *)(void *)w->opaque;

	loop_io_stop(w);
	w->loop = l;
	w->call = call;
	w->arg = arg;
	ev_io_init(io, on_io, fd,
	           (events & LOOP_READ ? EV_READ : 0) | (events & LOOP_WRITE ? EV_WRITE : 0));
	io->data = w;
	ev_io_start(l->ev, io);
}

void
loop_io_stop(struct loop_io *w)
{
	if (w->loop)
		ev_io_stop(w->loop->ev, (ev_io *)(void *)w->opaque);
	w->loop = NULL;
}

static void
on_timer(struct ev_loop *ev, ev_timer *t, int events)
{
	struct loop_timer *w = t->data;

	(void)ev;
	(void)events;
	w->call(w);
}

void
loop_timer_start(struct loop *l, struct loop_timer *w, int64_t after_ms, int64_t repeat_ms,
    void (*call)(struct loop_timer *), void *arg)
{
	ev_timer *t = (ev_timer *)(void *)w->opaque;

	loop_timer_stop(w);
	w->loop = l;
	w->call = call;
	w->arg = arg;
	if (after_ms < 0)
		after_ms = 0;
	ev_timer_init(t, on_timer, (double)after_ms / 1e3, (double)repeat_ms / 1e3);
	t->data = w;
	ev_timer_start(l->ev, t);
}

void
loop_timer_stop(struct loop_timer *w)
{
	if (w->loop)
		ev_timer_stop(w->loop->ev, (ev_timer *)(void *)w->opaque);
	w->loop = NULL;
}

void
loop_turn_start(struct loop *l, struct loop_turn *w, void (*call)(struct loop_turn *), void *arg)
{
	if (w->loop)
		return;
	w->loop = l;
	w->call = call;
	w->arg = arg;
	TAILQ_INSERT_TAIL(&l->turns, w, link);
	ev_prepare_start(l->ev, &l->prepare);
}

/* The loop lives on by those that wait only. */
void
loop_turn_stop(struct loop_turn *w)
{
	struct loop *l = w->loop;

	if (!l)
		return;
	TAILQ_REMOVE(&l->turns, w, link);
	w->loop = NULL;
	if (TAILQ_EMPTY(&l->turns))
		ev_prepare_stop(l->ev, &l->prepare);
}

static void
on_signal(struct ev_loop *ev, ev_signal *s, int events)
{
	struct loop_signal *w = s->data;

	(void)ev;
	(void)events;
	w->call(w, s->signum);
}

void
loop_signal_start(struct loop *l, struct loop_signal *w, int signo,
                  void (*call)(struct loop_signal *, int), void *arg)
{
	ev_signal *s = (ev_signal *)(void *)w->opaque;

	loop_signal_stop(w);
	w->loop = l;
	w->call = call;
	w->arg = arg;
	ev_signal_init(s, on_signal, signo);
	s->data = w;
	ev_signal_start(l->ev, s);
}

void
loop_signal_stop(struct loop_signal *w)
{
	if (w->loop)
		ev_signal_stop(w->loop->ev, (ev_signal *)(void *)w->opaque);
	w->loop = NULL;
}

static void
on_child(struct loop_io *io, int events)
{
	struct loop_child *w = io->arg;
	int status = 0;

	(void)events;
	/*
	 * A signal to a whole process group reaches us before the child's end can, yet libev may
	 * see it a turn later: let it be heard first, so that an end we were told of is no
	 * surprise.
	 */
	if (!w->noticed) {
		w->noticed = true;
		return;
	}
	if (waitpid(w->pid, &status, WNOHANG) != w->pid)
		return;
	loop_child_stop(w);
	w->call(w, status);
}

int
loop_child_start(struct loop *l, struct loop_child *w, int pid,
                 void (*call)(struct loop_child *, int), void *arg)
{
	loop_child_stop(w);
	w->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (w->pidfd < 0)
		return -1;
	w->pid = pid;
	w->noticed = false;
	w->call = call;
	w->arg = arg;
	loop_io_start(l, &w->io, w->pidfd, LOOP_READ, on_child, w);
	return 0;
}

void
loop_child_stop(struct loop_child *w)
{
	if (!w->io.loop)
		return;
	loop_io_stop(&w->io);
	close(w->pidfd);
	w->pidfd = -1;
}
