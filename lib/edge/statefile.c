#include "edge/statefile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Closes fd and fails when it is not of `type` or not the owner's. */
static int
doubt(int fd, mode_t type, uid_t owner)
{
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || (st.st_mode & S_IFMT) != type || st.st_uid != owner) {
		close(fd);
		errno = EPERM;
		return -1;
	}
	return fd;
}

int
statefile_open(int dirfd, const char *name, int flags, mode_t mode, uid_t owner)
{
	int fd = openat(dirfd, name,
	                (flags & ~O_CREAT) | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 && errno == ENOENT && (flags & O_CREAT)) {
		fd =
		    openat(dirfd, name, flags | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, mode);
		/* Somebody else was quicker. */
		if (fd < 0 && errno == EEXIST)
			return statefile_open(dirfd, name, flags & ~O_CREAT, mode, owner);
		if (fd >= 0)
			fchmod(fd, mode);
	}
	return doubt(fd, S_IFREG, owner);
}

int
statefile_dir(int dirfd, const char *name, bool make, uid_t owner)
{
	enum { FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };
	int fd = openat(dirfd, name, FLAGS);

	if (fd < 0 && errno == ENOENT && make) {
		if (mkdirat(dirfd, name, STATE_DIR_MODE) < 0 && errno != EEXIST)
			return -1;
		fd = openat(dirfd, name, FLAGS);
		if (fd >= 0)
			fchmod(fd, STATE_DIR_MODE);
	}
	return doubt(fd, S_IFDIR, owner);
}

int
statefile_path(int dirfd, const char *path, bool make, uid_t owner)
{
	char part[256];
	int fd = -1;

	for (;;) {
		size_t n = strcspn(path, "/");
		int next;

		if (n >= sizeof(part)) {
			errno = ENAMETOOLONG;
			next = -1;
		} else {
			memcpy(part, path, n);
			part[n] = '\0';
			next = statefile_dir(fd < 0 ? dirfd : fd, part, make, owner);
		}
		if (fd >= 0) {
			int err = errno;

			close(fd);
			errno = err;
		}
		fd = next;
		if (fd < 0 || !path[n])
			return fd;
		path += n + 1;
	}
}

char *
segment_name(char dst[static SEGMENT_NAME], uint64_t number)
{
	snprintf(dst, SEGMENT_NAME, "%012llu.jsonl",
	         (unsigned long long)(number % 1000000000000ULL));
	return dst;
}

uint64_t
segment_number(const char *name)
{
	uint64_t v = 0;

	for (int i = 0; i < 12; i++) {
		if (name[i] < '0' || name[i] > '9')
			return 0;
		v = v * 10 + (uint64_t)(name[i] - '0');
	}
	return strcmp(name + 12, ".jsonl") ? 0 : v;
}

static int
each_entry(int dirfd, bool hidden, void (*each)(void *arg, const char *name), void *arg)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' ||
		    (hidden && strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0))
			each(arg, e->d_name);
	closedir(d);
	return 0;
}

int
statefile_each(int dirfd, void (*each)(void *arg, const char *name), void *arg)
{
	return each_entry(dirfd, false, each, arg);
}

int
statefile_all(int dirfd, void (*each)(void *arg, const char *name), void *arg)
{
	return each_entry(dirfd, true, each, arg);
}

struct numbers {
	uint64_t *list;
	size_t n, cap;
};

static void
take_number(void *arg, const char *name)
{
	struct numbers *l = arg;
	uint64_t v = segment_number(name);

	if (!v)
		return;
	l->list = mem_array(l->list, &l->cap, l->n + 1, sizeof(*l->list));
	l->list[l->n++] = v;
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int
segment_list(int dirfd, uint64_t **list, size_t *n)
{
	struct numbers l = {NULL, 0, 0};
	int r = statefile_each(dirfd, take_number, &l);

	if (l.n)
		qsort(l.list, l.n, sizeof(*l.list), by_number);
	*list = l.list;
	*n = l.n;
	return r;
}
