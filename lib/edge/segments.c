#include "edge/segments.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "codec/records.h"
#include "edge/statefile.h"

enum { CHUNK = 256 << 10 };

struct walk {
	const struct statedir *dir;
	const char *sub;
	void (*each)(void *arg, const char *line, size_t n, bool ours);
	void *arg;
	struct buf b;
};

static bool
of_this_boot(const char *line, size_t n)
{
	struct segment_line head;
	struct fault f;

	return segment_read(&head, line, n, &f) == 0 && head.boot_id[0] &&
	       !strcmp(head.boot_id, statedir_boot_id());
}

/* The whole lines in the buffer; what is left is the beginning of one. */
static void
hand_over(struct walk *w, bool *first, bool *ours)
{
	size_t at = 0;
	const char *end;

	while ((end = memchr(w->b.data + at, '\n', w->b.len - at))) {
		const char *line = w->b.data + at;
		size_t n = (size_t)(end - line);

		if (*first)
			*ours = of_this_boot(line, n);
		*first = false;
		w->each(w->arg, line, n, *ours);
		at += n + 1;
	}
	buf_consume(&w->b, at);
}

static int
walk_segment(struct walk *w, int fd)
{
	bool first = true, ours = false;
	ssize_t n;

	buf_clear(&w->b);
	while ((n = read(fd, buf_room(&w->b, CHUNK), CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		w->b.len += (size_t)n;
		hand_over(w, &first, &ours);
	}
	return 0;
}

static int
walk_number(struct walk *w, int dirfd, uint64_t number, int64_t since)
{
	char name[SEGMENT_NAME];
	int fd = statefile_open(dirfd, segment_name(name, number), O_RDONLY, 0, w->dir->owner), r = 0;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) == 0 && (int64_t)st.st_mtim.tv_sec * 1000 + 999 >= since)
		r = walk_segment(w, fd);
	close(fd);
	return r;
}

int
segments_each(const struct statedir *dir, const char *sub, int64_t since,
              void (*each)(void *arg, const char *line, size_t n, bool ours), void *arg,
              struct fault *f)
{
	struct walk w = {.dir = dir, .sub = sub, .each = each, .arg = arg};
	int fd = statefile_path(dir->fd, sub, false, dir->owner), r = 0;
	uint64_t *list = NULL;
	size_t n = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : statedir_denied(dir, sub, errno, f);
	if (segment_list(fd, &list, &n) < 0)
		r = -1;
	for (size_t i = 0; i < n && r == 0; i++)
		r = walk_number(&w, fd, list[i], since);
	if (r < 0)
		statedir_denied(dir, sub, errno, f);
	free(list);
	close(fd);
	buf_free(&w.b);
	return r;
}
