#include "edge/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "codec/records.h"
#include "edge/clock.h"
#include "edge/statefile.h"
#include "model/limits.h"
#include "model/name.h"

enum { TAIL = 256, HEAD = 1024 };

/* ---- directories and the lock */

static void
count_entry(void *arg, const char *name)
{
	(void)name;
	++*(size_t *)arg;
}

/* Ids come from outside: without an end to them the directory would have none either. */
static int
room_for_agent(const struct statedir *dir, const char *sub, struct fault *f)
{
	const char *name = strncmp(sub, "reports/", 8) ? NULL : sub + 8;
	size_t n = 0;
	int fd;

	if (!name)
		return 0;
	fd = statefile_dir(dir->fd, "reports", false, dir->owner);
	if (fd < 0)
		return 0; /* made by who opens it */
	if (faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		statefile_each(fd, count_entry, &n);
	close(fd);
	if (n < LIMIT_AGENTS)
		return 0;
	return fault_set(f, "%s/reports: it has %d agents, no more are taken", dir->path,
	                 LIMIT_AGENTS);
}

static int
open_parts(struct journal *j, struct fault *f)
{
	char lock[sizeof(j->sub) + 8];

	if (room_for_agent(j->dir, j->sub, f) < 0)
		return -1;
	j->dirfd = statefile_path(j->dir->fd, j->sub, true, j->dir->owner);
	if (j->dirfd < 0)
		return statedir_denied(j->dir, j->sub, errno, f);
	j->lockfd =
	    statefile_open(j->dirfd, "lock", O_RDWR | O_CREAT, STATE_SECRET_MODE, j->dir->owner);
	if (j->lockfd >= 0)
		return 0;
	snprintf(lock, sizeof(lock), "%s/lock", j->sub);
	return statedir_denied(j->dir, lock, errno, f);
}

static void
close_parts(struct journal *j)
{
	int *const fds[] = {&j->fd, &j->lockfd, &j->dirfd};

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
	j->number = 0;
	j->size = -1;
}

int
journal_open(struct journal *j, const struct statedir *dir, const char *sub, const char *agent,
             struct fault *f)
{
	memset(j, 0, sizeof(*j));
	j->dir = dir;
	j->dirfd = j->lockfd = j->fd = -1;
	j->size = -1;
	buf_init(&j->out);
	snprintf(j->sub, sizeof(j->sub), "%s", sub);
	snprintf(j->agent, sizeof(j->agent), "%s", agent);
	if (open_parts(j, f) == 0)
		return 0;
	close_parts(j);
	return -1;
}

void
journal_close(struct journal *j)
{
	close_parts(j);
	buf_free(&j->out);
}

static int
broken(const struct journal *j, const char *what, int err, struct fault *f)
{
	return fault_temp(f, "%s/%s: %s%s", j->dir->path, j->sub, what, strerror(err));
}

static int
lock(struct journal *j, int64_t wait_ms, struct fault *f)
{
	int64_t until = wait_ms > 0 ? clock_mono() + wait_ms : 0;

	while (flock(j->lockfd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return broken(j, "lock: ", errno, f);
		if (wait_ms <= 0 || clock_mono() >= until)
			return fault_temp(f, "%s/%s: another writer holds the lock", j->dir->path,
			                  j->sub);
		/* A batch takes microseconds: look again soon. */
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	}
	return 0;
}

/* ---- the open segment */

static ssize_t
read_at(int fd, char *dst, size_t n, int64_t at)
{
	ssize_t r;

	do
		r = pread(fd, dst, n, at);
	while (r < 0 && errno == EINTR);
	return r;
}

static int
read_head(struct journal *j)
{
	char head[HEAD];
	ssize_t n = read_at(j->fd, head, sizeof(head), 0);
	char *end = n > 0 ? memchr(head, '\n', (size_t)n) : NULL;
	struct segment_line s;

	if (n < 0)
		return -1;
	j->foreign = true;
	j->opened = clock_mono();
	if (!end || segment_read(&s, head, (size_t)(end - head), NULL) < 0 || s.seal)
		return 0;
	j->foreign = strcmp(s.boot_id, statedir_boot_id()) != 0 || strcmp(s.agent, j->agent) != 0;
	if (s.boot_ms >= 0)
		j->opened = s.boot_ms;
	return 0;
}

/* 1: its last line is the seal. */
static int
read_tail(struct journal *j)
{
	char tail[TAIL];
	int64_t at = j->size > TAIL ? j->size - TAIL : 0;
	ssize_t n = read_at(j->fd, tail, sizeof(tail), at);
	struct segment_line s;
	char *line;

	if (n < 0)
		return -1;
	j->torn = n > 0 && tail[n - 1] != '\n';
	if (n == 0 || j->torn)
		return 0;
	line = n > 1 ? memrchr(tail, '\n', (size_t)n - 1) : NULL;
	line = line ? line + 1 : tail;
	if (strncmp(line, "{\"type\":\"seal\"", 14) != 0)
		return 0;
	return segment_read(&s, line, (size_t)(tail + n - 1 - line), NULL) == 0 && s.seal;
}

static int
open_number(struct journal *j, uint64_t number, bool make)
{
	char name[SEGMENT_NAME];

	j->number = number;
	j->size = -1;
	j->fd = statefile_open(j->dirfd, segment_name(name, number),
	                       O_RDWR | O_APPEND | (make ? O_CREAT : 0), STATE_FILE_MODE,
	                       j->dir->owner);
	return j->fd < 0 ? -1 : 0;
}

static int
next_segment(struct journal *j)
{
	close(j->fd);
	j->fd = -1;
	return open_number(j, j->number + 1, true);
}

static int
open_last(struct journal *j)
{
	uint64_t *list = NULL;
	size_t n = 0;
	int r = segment_list(j->dirfd, &list, &n);

	if (r == 0)
		r = open_number(j, n ? list[n - 1] : 1, true);
	free(list);
	return r;
}

/* Reads the segment's ends anew. 1: it is sealed, 0 it is not, -1 errno. */
static int
look(struct journal *j, int64_t size)
{
	j->size = size;
	if (size == 0) {
		j->foreign = j->torn = false;
		j->opened = clock_mono();
		return 0;
	}
	return read_head(j) < 0 ? -1 : read_tail(j);
}

static int
seal(struct journal *j)
{
	struct segment_line s = {.seal = true};
	struct buf b;
	ssize_t w;

	buf_init(&b);
	if (j->torn)
		buf_putc(&b, '\n');
	segment_write(&b, &s, clock_wall());
	w = write(j->fd, b.data, b.len);
	if (w >= 0 && (size_t)w < b.len) {
		errno = ENOSPC;
		w = -1;
	}
	buf_free(&b);
	j->size = -1;
	return w < 0 ? -1 : 0;
}

static bool
full(const struct journal *j)
{
	return j->size >= SEGMENT_BYTES || clock_mono() - j->opened >= SEGMENT_MS;
}

/* The whole journal was taken away from under us: it is made again. */
static int
reopen(struct journal *j, struct fault *f)
{
	close_parts(j);
	return open_parts(j, f) < 0 ? -1 : lock(j, 0, f);
}

/*
 * Under the lock: makes j->fd the segment to append to.  As long as nobody else
 * wrote that is one fstat; else the ends of the file say what happened.
 */
static int
settle(struct journal *j, struct fault *f)
{
	struct stat st;
	int sealed;

	for (int tries = 0; tries < 8; tries++) {
		if (j->fd < 0 && open_last(j) < 0) {
			if (errno != ENOENT)
				return broken(j, "", errno, f);
			if (reopen(j, f) < 0)
				return -1;
			continue;
		}
		if (fstat(j->fd, &st) < 0)
			return broken(j, "", errno, f);
		if (st.st_nlink == 0) {
			close(j->fd);
			j->fd = -1;
			continue;
		}
		sealed = j->size == st.st_size ? 0 : look(j, st.st_size);
		if (sealed < 0)
			return broken(j, "", errno, f);
		if (!sealed && st.st_size > 0 && (j->foreign || full(j))) {
			if (seal(j) < 0)
				return broken(j, "", errno, f);
			sealed = 1;
		}
		if (!sealed)
			return 0;
		if (next_segment(j) < 0)
			return broken(j, "", errno, f);
	}
	return fault_temp(f, "%s/%s: no segment to append to", j->dir->path, j->sub);
}

/* What stands before a batch: the end of a torn line, the first line of a new segment. */
static void
prefix(struct journal *j)
{
	struct segment_line s = {.boot_ms = clock_mono()};

	buf_clear(&j->out);
	if (j->torn)
		buf_putc(&j->out, '\n');
	if (j->size > 0)
		return;
	snprintf(s.boot_id, sizeof(s.boot_id), "%s", statedir_boot_id());
	memcpy(s.agent, j->agent, sizeof(s.agent));
	segment_write(&j->out, &s, clock_wall());
	j->opened = s.boot_ms;
}

/* One write for all: a reader sees the batch or, after a crash, a part of it without its last
 * newline. */
static int
flush(struct journal *j, struct fault *f)
{
	bool begun = j->size == 0;
	ssize_t w;

	do
		w = write(j->fd, j->out.data, j->out.len);
	while (w < 0 && errno == EINTR);
	if (w < 0 || (size_t)w < j->out.len) {
		j->size = -1;
		return broken(j, "", w < 0 ? errno : ENOSPC, f);
	}
	j->size += w;
	j->torn = false;
	if (!j->durable)
		return 0;
	if (fdatasync(j->fd) < 0 || (begun && fsync(j->dirfd) < 0))
		return broken(j, "", errno, f);
	return 0;
}

static void
unlock(struct journal *j)
{
	if (j->lockfd >= 0)
		flock(j->lockfd, LOCK_UN);
}

/* Takes the lock and has the segment ready; fill adds the lines. */
static int
batch(struct journal *j, int64_t wait_ms, void (*fill)(struct buf *b, void *arg), void *arg,
      struct fault *f)
{
	int r = -1;

	if (j->lockfd < 0 && open_parts(j, f) < 0)
		return -1;
	if (lock(j, wait_ms, f) < 0)
		return -1;
	if (settle(j, f) == 0) {
		prefix(j);
		fill(&j->out, arg);
		r = flush(j, f);
	}
	unlock(j);
	return r;
}

struct text {
	const char *lines;
	size_t n;
};

static void
fill_text(struct buf *b, void *arg)
{
	const struct text *t = arg;

	buf_add(b, t->lines, t->n);
}

int
journal_append(struct journal *j, const char *lines, size_t n, int64_t wait_ms, struct fault *f)
{
	struct text t = {lines, n};

	if (n == 0)
		return 0;
	if (lines[n - 1] != '\n')
		return fault_set(f, "%s: a batch without its last newline", j->sub);
	return batch(j, wait_ms, fill_text, &t, f);
}

struct reports {
	struct report *r;
	size_t n;
};

static void
fill_reports(struct buf *b, void *arg)
{
	struct reports *t = arg;
	int64_t wall = clock_wall(), mono = clock_mono();

	for (size_t i = 0; i < t->n; i++) {
		t->r[i].received = wall;
		t->r[i].boot_ms = mono;
		report_write(b, &t->r[i]);
	}
}

int
journal_reports(struct journal *j, struct report *r, size_t n, int64_t wait_ms, struct fault *f)
{
	struct reports t = {r, n};

	return n ? batch(j, wait_ms, fill_reports, &t, f) : 0;
}

struct overrides {
	struct override *o;
	size_t n;
};

static void
fill_overrides(struct buf *b, void *arg)
{
	struct overrides *t = arg;
	int64_t wall = clock_wall(), mono = clock_mono();

	for (size_t i = 0; i < t->n; i++) {
		t->o[i].at = wall;
		t->o[i].boot_ms = mono;
		if (t->o[i].state == OVERRIDE_CLEAR)
			t->o[i].until = wall;
		override_write(b, &t->o[i]);
	}
}

int
journal_override(const struct statedir *dir, struct override *o, size_t n, int64_t wait_ms,
                 struct fault *f)
{
	struct overrides t = {o, n};
	struct journal j;
	int r;

	if (n == 0)
		return 0;
	if (journal_open(&j, dir, "overrides", "", f) < 0)
		return -1;
	r = batch(&j, wait_ms, fill_overrides, &t, f);
	journal_close(&j);
	return r;
}
