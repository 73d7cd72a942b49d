#ifndef FODNS_LOOP_H
#define FODNS_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/*
 * The door to libev: one event loop a thread.  Watchers live in the caller's
 * storage, zeroed before first use; stopping one that does not run is fine.
 * Callbacks may stop and start any watcher, their own included.
 */
struct loop;

struct loop *loop_new(void);
void loop_free(struct loop *l);
void loop_run(struct loop *l);  /* until loop_stop */
void loop_once(struct loop *l, bool block); /* one turn */
void loop_stop(struct loop *l);
int64_t loop_now(struct loop *l); /* CLOCK_MONOTONIC ms, read once a turn */
double loop_now_us(struct loop *l);

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

struct loop_io {
	void (*call)(struct loop_io *w, int events);
	void *arg;
	struct loop *loop;
	_Alignas(8) char opaque[72];
};
void loop_io_start(struct loop *l, struct loop_io *w, int fd, int events,
                   void (*call)(struct loop_io *, int), void *arg);
void loop_io_stop(struct loop_io *w);

struct loop_timer {
	void (*call)(struct loop_timer *w);
	void *arg;
	struct loop *loop;
	_Alignas(8) char opaque[72];
};

/* repeat 0: once; restarts one that runs */
void loop_timer_start(struct loop *l, struct loop_timer *w, int64_t after_ms, int64_t repeat_ms,
                      void (*call)(struct loop_timer *), void *arg);
void loop_timer_stop(struct loop_timer *w);

/*
 * Called once, at the end of this turn: before the loop waits for anything.
 * Those that are started meanwhile have their turn, too.
 */
struct loop_turn {
	void (*call)(struct loop_turn *w);
	void *arg;
	struct loop *loop;
	TAILQ_ENTRY(loop_turn) link;
};
/* one that is started already stays where it is */
void loop_turn_start(struct loop *l, struct loop_turn *w, void (*call)(struct loop_turn *),
                     void *arg);
void loop_turn_stop(struct loop_turn *w);

struct loop_signal {
	void (*call)(struct loop_signal *w, int signo);
	void *arg;
	struct loop *loop;
	_Alignas(8) char opaque[72];
};
void loop_signal_start(struct loop *l, struct loop_signal *w, int signo,
                       void (*call)(struct loop_signal *, int), void *arg);
void loop_signal_stop(struct loop_signal *w);

struct loop_child { /* the end of a child, by pidfd: no SIGCHLD handler */
	/* status as of waitpid; the child is reaped */
	void (*call)(struct loop_child *w, int status);
	void *arg;
	int pid, pidfd;
	bool noticed;
	struct loop_io io;
};

/* -1 with errno */
int loop_child_start(struct loop *l, struct loop_child *w, int pid,
                     void (*call)(struct loop_child *, int), void *arg);
void loop_child_stop(struct loop_child *w);

#endif
