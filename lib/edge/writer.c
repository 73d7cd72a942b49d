#include "edge/writer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

/* Lines that come closer together than this are written as one: a wake costs more than a probe. */
enum { GATHER_MS = 5 };

struct writer {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more, idle;
	struct buf queue; /* under the lock */
	size_t cap;
	bool busy, closing, ended;
	bool abandoned; /* by writer_close: the thread frees what is left */
	int err;
	uint64_t drops;
	int fd, bell; /* bell: an eventfd, rung when writing failed */
	struct loop_io io;
	void (*broken)(void *arg, int err);
	void *arg;
};

/* The descriptor may be one that somebody else made non-blocking. */
static int
write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EAGAIN)
			poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
		else if (w < 0 && errno != EINTR)
			return errno;
		if (w <= 0)
			continue;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static void
ring(struct writer *w)
{
	uint64_t one = 1;

	while (write(w->bell, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void
writer_free(struct writer *w)
{
	close(w->bell);
	buf_free(&w->queue);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->more);
	pthread_cond_destroy(&w->idle);
	free(w);
}

/* CLOCK_MONOTONIC, for a wait */
static struct timespec
in_ms(int64_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static bool
half_full(const struct writer *w)
{
	return w->queue.len > w->cap / 2;
}

/* After a write, under the lock: what comes meanwhile waits, busy as we say we are. */
static void
gather(struct writer *w)
{
	struct timespec until = in_ms(GATHER_MS);

	while (!w->err && !w->closing && !half_full(w))
		if (pthread_cond_timedwait(&w->more, &w->lock, &until) == ETIMEDOUT)
			return;
}

static void *
work(void *arg)
{
	struct writer *w = arg;
	struct buf mine = {0};
	bool alone;

	pthread_mutex_lock(&w->lock);
	while (!w->err) {
		struct buf swap = w->queue;
		int err;

		if (!swap.len && w->closing)
			break;
		if (!swap.len) {
			w->busy = false;
			pthread_cond_broadcast(&w->idle);
			pthread_cond_wait(&w->more, &w->lock);
			continue;
		}
		w->queue = mine;
		mine = swap;
		w->busy = true;
		pthread_mutex_unlock(&w->lock);
		err = write_all(w->fd, mine.data, mine.len);
		buf_clear(&mine);
		pthread_mutex_lock(&w->lock);
		w->err = err;
		gather(w);
	}
	w->ended = true;
	pthread_cond_broadcast(&w->idle);
	if (w->err)
		ring(w);
	alone = w->abandoned;
	pthread_mutex_unlock(&w->lock);
	buf_free(&mine);
	if (alone)
		writer_free(w);
	return NULL;
}

static void
on_bell(struct loop_io *io, int events)
{
	struct writer *w = io->arg;
	int err;

	(void)events;
	loop_io_stop(io);
	pthread_mutex_lock(&w->lock);
	err = w->err;
	pthread_mutex_unlock(&w->lock);
	w->broken(w->arg, err);
}

/* Signals are for the loop's thread. */
static int
start_thread(struct writer *w)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&w->thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

struct writer *
writer_new(struct loop *l, int fd, size_t cap, void (*broken)(void *arg, int err), void *arg)
{
	struct writer *w = mem_alloc(sizeof(*w));
	pthread_condattr_t mono;
	int err;

	w->fd = fd;
	w->cap = cap;
	w->broken = broken;
	w->arg = arg;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&w->more, &mono);
	pthread_cond_init(&w->idle, &mono);
	pthread_condattr_destroy(&mono);
	w->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = w->bell < 0 ? errno : start_thread(w);
	if (err) {
		if (w->bell >= 0)
			close(w->bell);
		free(w);
		errno = err;
		return NULL;
	}
	loop_io_start(l, &w->io, w->bell, LOOP_READ, on_bell, w);
	return w;
}

bool
writer_put(struct writer *w, const char *data, size_t n)
{
	bool fits;

	pthread_mutex_lock(&w->lock);
	fits = !w->err && n <= w->cap && w->queue.len <= w->cap - n;
	if (fits)
		buf_add(&w->queue, data, n);
	else
		w->drops++;
	if (fits && (!w->busy || half_full(w))) {
		pthread_cond_signal(&w->more);
		w->busy = true; /* or soon: once is enough */
	}
	pthread_mutex_unlock(&w->lock);
	return fits;
}

uint64_t
writer_drops(struct writer *w)
{
	uint64_t n;

	pthread_mutex_lock(&w->lock);
	n = w->drops;
	pthread_mutex_unlock(&w->lock);
	return n;
}

/* Under the lock; false when the time is over. */
static bool
await_end(struct writer *w, int64_t wait_ms)
{
	struct timespec until = in_ms(wait_ms > 0 ? wait_ms : 0);

	while (!w->ended)
		if (wait_ms < 0)
			pthread_cond_wait(&w->idle, &w->lock);
		else if (pthread_cond_timedwait(&w->idle, &w->lock, &until) == ETIMEDOUT)
			return w->ended;
	return true;
}

int
writer_close(struct writer *w, int64_t wait_ms)
{
	bool ended;
	int err;

	if (!w)
		return 0;
	loop_io_stop(&w->io);
	pthread_mutex_lock(&w->lock);
	w->closing = true;
	pthread_cond_signal(&w->more);
	ended = await_end(w, wait_ms);
	err = ended ? w->err : ETIMEDOUT;
	w->abandoned = !ended;
	if (!ended)
		pthread_detach(w->thread);
	pthread_mutex_unlock(&w->lock);
	if (!ended)
		return err;
	pthread_join(w->thread, NULL);
	writer_free(w);
	return err;
}
