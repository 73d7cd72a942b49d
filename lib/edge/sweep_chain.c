#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/siphash.h"
#include "codec/records.h"
#include "edge/statefile.h"
#include "edge/sweep_reader.h"

/* The chain of segments of a journal: where a reader begins, and what comes next. */

static bool
enter(struct reader *s, uint64_t number)
{
	char name[SEGMENT_NAME];
	int fd = statefile_open(s->dirfd, segment_name(name, number), O_RDONLY, 0, s->dir->owner);

	if (fd < 0)
		return false;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = fd;
	s->number = number;
	s->line = 0;
	s->offset = s->quiet = 0;
	s->pos = s->len = 0;
	s->headed = s->ours = s->sealed = s->overlong = false;
	return true;
}

/* The first segment after the current one; retention may have taken some away. */
static uint64_t
later(const struct reader *s)
{
	uint64_t *list = NULL, found = 0;
	size_t n = 0;

	if (segment_list(s->dirfd, &list, &n) < 0)
		n = 0;
	for (size_t i = 0; i < n && !found; i++)
		if (list[i] > s->number)
			found = list[i];
	free(list);
	return found;
}

bool
chain_advance(struct reader *s)
{
	uint64_t next;

	if (s->limit_number && s->number >= s->limit_number)
		return false;
	if (s->number && enter(s, s->number + 1))
		return true;
	if (s->number && errno != ENOENT) {
		reader_failed(s, s->number + 1, errno);
		return false;
	}
	next = later(s);
	if (!next)
		return false;
	if (enter(s, next))
		return true;
	if (errno != ENOENT)
		reader_failed(s, next, errno);
	return false;
}

void
reader_rescue(struct reader *s)
{
	struct stat st;

	/* Read out before somebody made the next one: what is not read by now never will be
	 * written. */
	if (s->number && !s->sealed && s->fd >= 0 && fstat(s->fd, &st) == 0 &&
	    st.st_size <= s->offset && later(s))
		s->sealed = true;
}

static bool
too_old(const struct reader *s, uint64_t number, int64_t oldest, int64_t *size)
{
	char name[SEGMENT_NAME];
	struct stat st;

	if (fstatat(s->dirfd, segment_name(name, number), &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	*size = st.st_size;
	return (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000 < oldest;
}

/* The first line of the open segment, and what it says; false: it has none. */
static bool
first_line(const struct reader *s, struct segment_line *head, char sum[static 17])
{
	static const uint64_t key[2] = {0x666f646e73, 2};
	char line[LIMIT_REPORT_LINE];
	ssize_t n = s->fd < 0 ? -1 : pread(s->fd, line, sizeof(line), 0);
	const char *end = n > 0 ? memchr(line, '\n', (size_t)n) : NULL;
	struct fault f;

	memset(head, 0, sizeof(*head));
	head->at = -1;
	sum[0] = '\0';
	if (!end)
		return false;
	n = end - line;
	snprintf(sum, 17, "%016llx", (unsigned long long)siphash13(key, line, (size_t)n));
	return segment_read(head, line, (size_t)n, &f) == 0 && !head->seal;
}

int64_t
reader_begun(const struct reader *s)
{
	struct segment_line head;
	char sum[17];

	if (s->fd < 0)
		return INT64_MAX;
	first_line(s, &head, sum);
	return head.at;
}

/* What was before the open segment is not read: since when is all there? */
static void
lacks_earlier(struct reader *s)
{
	int64_t begun = reader_begun(s);

	s->whole = begun >= 0 ? begun : INT64_MAX; /* its head does not say */
}

/* The first segment that is young enough; the last is entered in any case, to follow it. */
static void
enter_first(struct reader *s, int64_t oldest)
{
	uint64_t *list = NULL;
	size_t n = 0, i = 0;
	int64_t size = 0;

	if (segment_list(s->dirfd, &list, &n) < 0)
		n = 0;
	while (i + 1 < n && too_old(s, list[i], oldest, &size))
		i++;
	if (n && enter(s, list[i]) && too_old(s, list[i], oldest, &size))
		s->quiet = size;
	if (n && list[i] != 1)
		lacks_earlier(s);
	free(list);
}

static bool
same_segment(struct reader *s, const struct saved_place *from)
{
	struct segment_line head;
	char sum[17];

	if (!from->head[0]) /* it had no line yet */
		return from->offset == 0;
	if (!first_line(s, &head, sum) || strcmp(sum, from->head) != 0)
		return false;
	s->ours = head.boot_id[0] && !strcmp(head.boot_id, statedir_boot_id());
	return true;
}

/*
 * A host that lost its power may have kept less of a segment than was read of it;
 * what was written afterwards is in the next one.
 */
static void
enter_at(struct reader *s, const struct saved_place *from)
{
	struct stat st;

	s->offset = fstat(s->fd, &st) == 0 && st.st_size < from->offset ? st.st_size : from->offset;
	s->line = from->line;
	s->headed = s->offset > 0;
	s->sealed = from->sealed;
	reader_rescue(s);
}

/* The segment is deleted by now: the next there is, if there is one. */
static bool
enter_behind(struct reader *s, const struct saved_place *from)
{
	uint64_t next;

	s->number = from->segment;
	next = later(s);
	s->number = 0;
	if (!next || !enter(s, next))
		return false;
	if (!from->sealed || next != from->segment + 1)
		lacks_earlier(s);
	return true;
}

void
chain_begin(struct reader *s, int64_t oldest, const struct saved_place *from)
{
	if (!from) {
		enter_first(s, oldest);
	} else if (enter(s, from->segment)) {
		if (same_segment(s, from))
			enter_at(s, from);
		else
			enter_first(s, oldest);
	} else if (!enter_behind(s, from)) {
		enter_first(s, oldest);
	}
}

bool
reader_place(const struct reader *s, struct saved_place *p)
{
	struct segment_line head;

	if (!s->number)
		return false;
	*p = (struct saved_place){.segment = s->number, .line = s->line, .offset = s->offset,
	                          .sealed = s->sealed};
	memcpy(p->journal, s->sub, sizeof(p->journal));
	first_line(s, &head, p->head);
	return true;
}

void
reader_stop_at_now(struct reader *s)
{
	uint64_t *list = NULL;
	size_t n = 0;

	s->limit_number = 0;
	s->limit = 0;
	if (segment_list(s->dirfd, &list, &n) == 0 && n) {
		s->limit_number = list[n - 1];
		too_old(s, list[n - 1], 0, &s->limit);
	}
	free(list);
}
