#include "edge/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "edge/clock.h"

enum {
	KILL_AFTER_MS = 1000,
	READ_AT_ONCE = 16,  /* of 4096 bytes: as much as a pipe holds */
	REST_EVERY_MS = 20, /* of what is read to be forgotten */
	LOOK_EVERY_MS = 5,  /* whether the last ones have ended */
	FILES_OF_A_COMMAND = 1024
};

struct stream {
	struct loop *loop;
	struct loop_io io;
	struct loop_timer rest;
	int fd;
	char *text;
	size_t n, cap;
};

struct run {
	struct runner *runner;
	TAILQ_ENTRY(run) link; /* in waiting or alive */
	void (*done)(void *arg, const struct run_result *res); /* NULL: nobody waits any more */
	void *arg;
	struct run_request q;
	double asked_us, started_us;
	int error; /* of the start */
	int pid;   /* 0: not started */
	bool ending;
	struct loop_timer timer;
	struct loop_child child;
	struct stream out, err;
	char out_text[RUN_OUT_MOST], err_text[RUN_ERR_MOST];
};

TAILQ_HEAD(run_list, run);

struct runner {
	struct loop *loop;
	size_t most;
	struct run_list waiting, alive;
	size_t nalive;
};

static void start_waiting(struct runner *u);

/* ---- its output */

static void
close_stream(struct stream *s)
{
	loop_io_stop(&s->io);
	loop_timer_stop(&s->rest);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

/* True while there may be more. */
static bool
take(struct stream *s)
{
	char spare[4096];
	size_t room = s->cap - s->n;
	ssize_t n = read(s->fd, room ? s->text + s->n : spare, room ? room : sizeof(spare));

	if (n > 0 && room)
		s->n += (size_t)n;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_stream(s);
	return n > 0 || (n < 0 && errno == EINTR && s->fd >= 0);
}

static void
take_some(struct stream *s)
{
	for (int i = 0; i < READ_AT_ONCE && s->fd >= 0 && take(s); i++)
		;
}

static void
on_rest(struct loop_timer *w)
{
	take_some(w->arg);
}

/*
 * One that writes without end must keep neither the loop from turning nor the processor busy,
 * ours and its own.  A pipe that was closed would kill one that only writes much.
 */
static void
on_output(struct loop_io *w, int events)
{
	struct stream *s = w->arg;

	(void)events;
	take_some(s);
	if (s->fd < 0 || s->n < s->cap)
		return;
	loop_io_stop(w);
	loop_timer_start(s->loop, &s->rest, REST_EVERY_MS, REST_EVERY_MS, on_rest, s);
}

/* What it wrote before its end is in the pipe; what others may still write is not waited for. */
static void
take_rest(struct stream *s)
{
	while (s->fd >= 0 && s->n < s->cap && take(s))
		;
	close_stream(s);
}

/* Our end in s, the child's in *theirs. */
static int
open_stream(struct stream *s, int *theirs)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return errno;
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	s->fd = fds[0];
	*theirs = fds[1];
	return 0;
}

/* ---- its end */

static void
run_free(struct run *r)
{
	close_stream(&r->out);
	close_stream(&r->err);
	loop_timer_stop(&r->timer);
	loop_child_stop(&r->child);
	free(r->q.block);
	free(r);
}

static void
tell(struct run *r, enum run_end end, int number)
{
	void (*done)(void *, const struct run_result *) = r->done;
	double now = clock_mono_us();
	struct run_result res = {.end = end,
	                         .number = number,
	                         .waited_ms = (int64_t)(((r->pid ? r->started_us : now) - r->asked_us) / 1e3),
	                         .ms = r->pid ? (now - r->started_us) / 1e3 : 0,
	                         .out = r->out_text,
	                         .nout = r->out.n,
	                         .err = r->err_text,
	                         .nerr = r->err.n};

	r->done = NULL;
	if (done)
		done(r->arg, &res);
}

/*
 * Its pid was free for use again a moment ago, but the numbers go round once before one
 * is given out twice.
 */
static void
kill_group(const struct run *r, int signo)
{
	kill(-r->pid, signo);
}

static void
on_child(struct loop_child *w, int status)
{
	struct run *r = w->arg;
	struct runner *u = r->runner;

	take_rest(&r->out);
	take_rest(&r->err);
	kill_group(r, SIGKILL);
	TAILQ_REMOVE(&u->alive, r, link);
	u->nalive--;
	if (WIFSIGNALED(status))
		tell(r, RUN_SIGNAL, WTERMSIG(status));
	else
		tell(r, RUN_EXIT, WEXITSTATUS(status));
	run_free(r);
	start_waiting(u);
}

static void
on_stubborn(struct loop_timer *w)
{
	kill_group(w->arg, SIGKILL);
}

/* It stays among the living until it is none; what it still says is read, lest it die of that. */
static void
end_process(struct run *r)
{
	if (r->ending)
		return;
	r->ending = true;
	kill_group(r, SIGTERM);
	loop_timer_start(r->runner->loop, &r->timer, KILL_AFTER_MS, 0, on_stubborn, r);
}

void
runner_cancel(struct run *r)
{
	if (!r)
		return;
	r->done = NULL;
	if (r->pid) {
		end_process(r);
		return;
	}
	TAILQ_REMOVE(&r->runner->waiting, r, link);
	run_free(r);
}

static void on_deadline(struct loop_timer *w);

/* libev counts from the start of its turn: what is missing to the true instant is waited for. */
static void
await(struct run *r)
{
	double left = (double)r->q.timeout_ms - (clock_mono_us() - r->asked_us) / 1e3;

	loop_timer_start(r->runner->loop, &r->timer, left > 0 ? (int64_t)left + 1 : 0, 0, on_deadline, r);
}

static void
on_deadline(struct loop_timer *w)
{
	struct run *r = w->arg;

	if ((clock_mono_us() - r->asked_us) / 1e3 < (double)r->q.timeout_ms) {
		await(r);
	} else if (r->pid) {
		end_process(r);
		tell(r, RUN_TIMEOUT, 0);
	} else {
		TAILQ_REMOVE(&r->runner->waiting, r, link);
		tell(r, RUN_TIMEOUT, 0);
		run_free(r);
	}
}

/* ---- its start */

static int
set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &all);
	return posix_spawnattr_setflags(
	    attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int
set_files(posix_spawn_file_actions_t *files, int out, int err)
{
	int e = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);

	if (!e)
		e = posix_spawn_file_actions_adddup2(files, out, 1);
	if (!e)
		e = posix_spawn_file_actions_adddup2(files, err, 2);
#if __GLIBC_PREREQ(2, 34)
	if (!e)
		e = posix_spawn_file_actions_addclosefrom_np(files, 3);
#endif
	return e;
}

static int
spawn(struct run *r, int out, int err)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int e = posix_spawn_file_actions_init(&files);

	if (e)
		return e;
	e = posix_spawnattr_init(&attr);
	if (!e) {
		e = set_attributes(&attr);
		if (!e)
			e = set_files(&files, out, err);
		if (!e)
			e = posix_spawn(&r->pid, r->q.argv[0], &files, &attr, r->q.argv, r->q.env);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return e;
}

/* We may have raised ours for all the probes; there are programs that close every number there is.
 */
static void
limit_files(int pid)
{
	struct rlimit l;

	if (prlimit(pid, RLIMIT_NOFILE, NULL, &l) < 0 || l.rlim_cur <= FILES_OF_A_COMMAND)
		return;
	l.rlim_cur = FILES_OF_A_COMMAND;
	prlimit(pid, RLIMIT_NOFILE, &l, NULL);
}

static int
start_process(struct run *r)
{
	int out = -1, err = -1, e = open_stream(&r->out, &out);

	if (!e)
		e = open_stream(&r->err, &err);
	if (!e)
		e = spawn(r, out, err);
	if (out >= 0)
		close(out);
	if (err >= 0)
		close(err);
	if (e) {
		r->pid = 0;
		return e;
	}
	limit_files(r->pid);
	if (loop_child_start(r->runner->loop, &r->child, r->pid, on_child, r) == 0)
		return 0;
	e = errno;
	kill_group(r, SIGKILL);
	waitpid(r->pid, NULL, 0);
	r->pid = 0;
	return e;
}

static void
on_failed(struct loop_timer *w)
{
	struct run *r = w->arg;

	TAILQ_REMOVE(&r->runner->waiting, r, link);
	tell(r, RUN_NEVER, r->error);
	run_free(r);
}

static void
start_one(struct run *r)
{
	struct runner *u = r->runner;

	r->error = start_process(r);
	if (r->error) {
		close_stream(&r->out);
		close_stream(&r->err);
		loop_timer_start(u->loop, &r->timer, 0, 0, on_failed, r);
		return;
	}
	r->started_us = clock_mono_us();
	TAILQ_REMOVE(&u->waiting, r, link);
	TAILQ_INSERT_TAIL(&u->alive, r, link);
	u->nalive++;
	loop_io_start(u->loop, &r->out.io, r->out.fd, LOOP_READ, on_output, &r->out);
	loop_io_start(u->loop, &r->err.io, r->err.fd, LOOP_READ, on_output, &r->err);
}

static void
start_waiting(struct runner *u)
{
	for (struct run *r = TAILQ_FIRST(&u->waiting), *next; r && u->nalive < u->most; r = next) {
		next = TAILQ_NEXT(r, link);
		if (!r->error) /* else its end is on its way */
			start_one(r);
	}
}

struct run *
runner_start(struct runner *u, const struct run_request *q,
             void (*done)(void *arg, const struct run_result *res), void *arg)
{
	struct run *r = mem_alloc(sizeof(*r));

	r->runner = u;
	r->q = *q;
	r->done = done;
	r->arg = arg;
	r->asked_us = clock_mono_us();
	r->out = (struct stream){.loop = u->loop, .fd = -1, .text = r->out_text, .cap = RUN_OUT_MOST};
	r->err = (struct stream){.loop = u->loop, .fd = -1, .text = r->err_text, .cap = RUN_ERR_MOST};
	TAILQ_INSERT_TAIL(&u->waiting, r, link);
	await(r);
	if (u->nalive < u->most)
		start_one(r);
	return r;
}

struct runner *
runner_new(struct loop *l, size_t most)
{
	struct runner *u = mem_alloc(sizeof(*u));

	signal(SIGCHLD, SIG_DFL); /* ignored, as some parents leave it, no end would be told */
	u->loop = l;
	u->most = most;
	TAILQ_INIT(&u->waiting);
	TAILQ_INIT(&u->alive);
	return u;
}

static void
drop(struct run *r)
{
	TAILQ_REMOVE(&r->runner->alive, r, link);
	run_free(r);
}

/* Those that have ended, with what is left of their groups. */
static void
reap(struct runner *u)
{
	for (struct run *r = TAILQ_FIRST(&u->alive), *next; r; r = next) {
		next = TAILQ_NEXT(r, link);
		take_some(&r->out);
		take_some(&r->err);
		if (waitpid(r->pid, NULL, WNOHANG) == 0)
			continue;
		kill_group(r, SIGKILL);
		drop(r);
	}
}

/* The second that each of them has may begin here, where no loop turns any more. */
static void
end_all(struct runner *u)
{
	int64_t until = clock_mono() + KILL_AFTER_MS;
	struct run *r;

	TAILQ_FOREACH(r, &u->alive, link)
		end_process(r);
	while (reap(u), !TAILQ_EMPTY(&u->alive) && clock_mono() < until)
		usleep(LOOK_EVERY_MS * 1000);
}

void
runner_free(struct runner *u)
{
	struct run *r;

	if (!u)
		return;
	while ((r = TAILQ_FIRST(&u->waiting))) {
		TAILQ_REMOVE(&u->waiting, r, link);
		run_free(r);
	}
	end_all(u);
	TAILQ_FOREACH(r, &u->alive, link)
		kill_group(r, SIGKILL);
	while ((r = TAILQ_FIRST(&u->alive))) {
		waitpid(r->pid, NULL, WNOHANG); /* one in the kernel's hands would hold us, too */
		drop(r);
	}
	free(u);
}
