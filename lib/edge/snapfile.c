#include "edge/snapfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "edge/file.h"
#include "edge/statefile.h"

enum { LITTLE = 8192, CHUNK = 1 << 20, LINE_MOST = 64 << 20 };
static const char SUB[] = "snap";
static const char TEMP[] = ".writing.";

char *
snapfile_sub(char dst[static SNAPFILE_SUB], uint64_t number)
{
	char name[SEGMENT_NAME];

	snprintf(dst, SNAPFILE_SUB, "%s/%s", SUB, segment_name(name, number));
	return dst;
}

int
snapfile_list(const struct statedir *dir, uint64_t **list, size_t *n, struct fault *f)
{
	int fd = statefile_dir(dir->fd, SUB, false, dir->owner), r;

	*list = NULL;
	*n = 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : statedir_denied(dir, SUB, errno, f);
	r = segment_list(fd, list, n);
	close(fd);
	return r < 0 ? statedir_denied(dir, SUB, errno, f) : 0;
}

int
snapfile_delete(const struct statedir *dir, uint64_t number, struct fault *f)
{
	int fd = statefile_dir(dir->fd, SUB, false, dir->owner), r;
	char name[SEGMENT_NAME], sub[SNAPFILE_SUB];

	r = fd < 0 ? -1 : unlinkat(fd, segment_name(name, number), 0);
	if (r < 0 && errno != ENOENT)
		statedir_denied(dir, snapfile_sub(sub, number), errno, f);
	else
		r = 0;
	if (fd >= 0)
		close(fd);
	return r;
}

/* ---- writing */

static int
failed(struct snapfile_writer *w, int err, struct fault *f)
{
	fault_temp(f, "%s/%s: %s", w->dir->path, SUB, strerror(err));
	snapfile_abandon(w);
	return -1;
}

static void
sweep_up(void *arg, const char *name)
{
	const struct snapfile_writer *w = arg;

	if (!strncmp(name, TEMP, sizeof(TEMP) - 1))
		unlinkat(w->dirfd, name, 0);
}

int
snapfile_create(struct snapfile_writer *w, const struct statedir *dir, struct fault *f)
{
	memset(w, 0, sizeof(*w));
	w->dir = dir;
	w->fd = -1;
	w->dirfd = statefile_dir(dir->fd, SUB, true, dir->owner);
	if (w->dirfd < 0)
		return statedir_denied(dir, SUB, errno, f);
	statefile_all(w->dirfd, sweep_up, w);
	snprintf(w->temp, sizeof(w->temp), "%s%d", TEMP, (int)getpid());
	w->fd = openat(w->dirfd, w->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	               STATE_FILE_MODE);
	if (w->fd < 0 || fchmod(w->fd, STATE_FILE_MODE) < 0)
		return failed(w, errno, f);
	return 0;
}

int
snapfile_add(struct snapfile_writer *w, const void *p, size_t n, struct fault *f)
{
	return file_write_all(w->fd, p, n) ? 0 : failed(w, errno, f);
}

static uint64_t
next_number(const struct snapfile_writer *w)
{
	uint64_t *list = NULL, last = 0;
	size_t n = 0;

	if (segment_list(w->dirfd, &list, &n) == 0 && n)
		last = list[n - 1];
	free(list);
	return last + 1;
}

int
snapfile_commit(struct snapfile_writer *w, struct fault *f)
{
	char name[SEGMENT_NAME];
	int err = fsync(w->fd) < 0 ? errno : 0;

	if (close(w->fd) < 0 && !err)
		err = errno;
	w->fd = -1;
	if (!err && renameat(w->dirfd, w->temp, w->dirfd, segment_name(name, next_number(w))) < 0)
		err = errno;
	if (err)
		return failed(w, err, f);
	w->temp[0] = '\0';
	fsync(w->dirfd);
	snapfile_abandon(w);
	return 0;
}

void
snapfile_abandon(struct snapfile_writer *w)
{
	if (w->fd >= 0)
		close(w->fd);
	if (w->dirfd >= 0) {
		if (w->temp[0])
			unlinkat(w->dirfd, w->temp, 0);
		close(w->dirfd);
	}
	w->fd = w->dirfd = -1;
}

/* ---- reading */

int
snapfile_open(struct snapfile_reader *r, const struct statedir *dir, uint64_t number,
              struct fault *f)
{
	int fd = statefile_dir(dir->fd, SUB, false, dir->owner), err;
	char name[SEGMENT_NAME];

	memset(r, 0, sizeof(*r));
	snapfile_sub(r->sub, number);
	r->fd = fd < 0 ? -1
	               : statefile_open(fd, segment_name(name, number), O_RDONLY, 0, dir->owner);
	err = errno;
	if (fd >= 0)
		close(fd);
	if (r->fd >= 0)
		return 0;
	return fault_temp(f, "%s", err == EPERM ? "not a regular file of the directory's owner"
	                                        : strerror(err));
}

void
snapfile_close(struct snapfile_reader *r)
{
	if (r->fd >= 0)
		close(r->fd);
	free(r->data);
	r->fd = -1;
	r->data = NULL;
}

/* More bytes behind those in the buffer; -1 with errno, 0 at the end. */
static ssize_t
fill(struct snapfile_reader *r)
{
	ssize_t n;

	if (r->at) {
		memmove(r->data, r->data + r->at, r->len - r->at);
		r->len -= r->at;
		r->at = 0;
	}
	/* A little at first: often only the first line is wanted. */
	if (r->cap - r->len < r->cap / 2 || !r->cap)
		r->data = mem_resize(r->data, r->cap = r->cap ? 2 * r->cap + CHUNK : LITTLE);
	do
		n = read(r->fd, r->data + r->len, r->cap - r->len);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		r->len += (size_t)n;
	return n;
}

int
snapfile_line(struct snapfile_reader *r, char **line, size_t *n, struct fault *f)
{
	size_t seen = 0;

	for (;;) {
		size_t have = r->len - r->at;
		char *end = have > seen ? memchr(r->data + r->at + seen, '\n', have - seen) : NULL;
		ssize_t got;

		if (end) {
			*line = r->data + r->at;
			*n = (size_t)(end - *line) + 1;
			r->at += *n;
			return 1;
		}
		seen = have;
		if (have > LINE_MOST)
			return fault_set(f, "a line of over 64 MiB");
		got = fill(r);
		if (got < 0)
			return fault_temp(f, "%s", strerror(errno));
		if (got == 0)
			return have ? fault_set(f, "ends within a line") : 0;
	}
}
