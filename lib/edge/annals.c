#include "edge/annals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/records.h"
#include "edge/statefile.h"
#include "model/limits.h"

enum {
	CHUNK = 4 * LIMIT_STREAM_LINE,
	HEAD = 512,
	FEW = 512, /* segments */
	ENTERING = 8192 /* bytes that a segment costs beside its own */
};

/*
 * Records have the time of the engine, which goes on as it began when somebody
 * sets the clock; a file's time and its first line have that of the clock.
 */
static const int64_t CLOCK_STEP = INT64_C(3600) * 1000;

static const char sub[] = "decisions";

/* ---- segments */

static bool
ends_before(int dirfd, uint64_t number, int64_t since)
{
	char name[SEGMENT_NAME];
	struct stat st;

	return since > CLOCK_STEP &&
	       fstatat(dirfd, segment_name(name, number), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000 + CLOCK_STEP <
	           since;
}

/* When the open segment was begun; false: its first line does not say. */
static bool
begun_at(int fd, int64_t *at)
{
	char head[HEAD], type[16];
	ssize_t n = pread(fd, head, sizeof(head), 0);
	const char *end = n > 0 ? memchr(head, '\n', (size_t)n) : NULL;

	return end && record_type(head, (size_t)(end - head), type, at) && *at >= 0 &&
	       !strcmp(type, "segment");
}

static int
open_dir(struct annals *p, struct fault *f)
{
	p->dirfd = statefile_dir(p->dir->fd, sub, false, p->dir->owner);
	if (p->dirfd >= 0)
		return 0;
	return errno == ENOENT ? 1 : statedir_denied(p->dir, sub, errno, f);
}

static bool
begun_behind(const struct annals *p, uint64_t number, int64_t at)
{
	char name[SEGMENT_NAME];
	int fd = statefile_open(p->dirfd, segment_name(name, number), O_RDONLY, 0, p->dir->owner);
	int64_t begun;
	bool behind = fd >= 0 && begun_at(fd, &begun) && begun > at;

	if (fd >= 0)
		close(fd);
	return behind;
}

/* How many of a sorted list were not begun behind that time. */
static size_t
begun_until(const struct annals *p, const uint64_t *list, size_t n, int64_t at)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (begun_behind(p, list[middle], at))
			n = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* The last is read in any case: it is still written. */
static void
choose_each(struct annals *p, const uint64_t *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (i + 1 == n || !ends_before(p->dirfd, list[i], p->q.since))
			p->numbers[p->n++] = list[i];
}

static void
choose(struct annals *p, const uint64_t *list, size_t n)
{
	size_t from, to;

	p->first = list[0];
	p->numbers = mem_alloc(n * sizeof(*p->numbers));
	if (n <= FEW) {
		choose_each(p, list, n);
		return;
	}
	/* The one that was begun last before `since` may hold what is of that time. */
	from = begun_until(p, list, n, p->q.since - CLOCK_STEP);
	to = p->q.until > INT64_MAX - CLOCK_STEP
	         ? n
	         : begun_until(p, list, n, p->q.until + CLOCK_STEP);
	from -= from > 0;
	p->n = to > from ? to - from : 0;
	memcpy(p->numbers, list + from, p->n * sizeof(*list));
}

int
annals_open(struct annals *p, const struct statedir *dir, const struct annals_query *q,
            struct fault *f)
{
	uint64_t *list = NULL;
	size_t n = 0;
	int r;

	memset(p, 0, sizeof(*p));
	p->dir = dir;
	p->q = *q;
	p->fd = -1;
	p->budget = INT64_MAX;
	if ((r = open_dir(p, f)))
		return r;
	if (segment_list(p->dirfd, &list, &n) < 0)
		r = statedir_denied(dir, sub, errno, f);
	else if (!n)
		r = 1;
	else
		choose(p, list, n);
	free(list);
	p->buf = mem_resize(NULL, CHUNK);
	if (r)
		annals_close(p);
	return r;
}

void
annals_close(struct annals *p)
{
	if (p->fd >= 0)
		close(p->fd);
	if (p->dirfd >= 0)
		close(p->dirfd);
	p->fd = p->dirfd = -1;
	free(p->numbers);
	free(p->buf);
	p->numbers = NULL;
	p->buf = NULL;
}

static void
leave(struct annals *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->offset = 0;
	p->line = 0;
	p->pos = p->len = 0;
	p->overlong = p->ended = false;
}

static int
denied(const struct annals *p, uint64_t number, int err, struct fault *f)
{
	char path[sizeof(sub) + SEGMENT_NAME + 1], name[SEGMENT_NAME];

	snprintf(path, sizeof(path), "%s/%s", sub, segment_name(name, number));
	return statedir_denied(p->dir, path, err, f);
}

/* 0; 1: there is nothing to read in it; -1. */
static int
enter(struct annals *p, uint64_t number, struct fault *f)
{
	char name[SEGMENT_NAME];
	int64_t at;

	leave(p);
	p->number = number;
	p->budget -= ENTERING;
	p->fd = statefile_open(p->dirfd, segment_name(name, number), O_RDONLY, 0, p->dir->owner);
	if (p->fd < 0)
		return errno == ENOENT ? 1 : denied(p, number, errno, f);
	if (p->q.until > INT64_MAX - CLOCK_STEP || !begun_at(p->fd, &at) ||
	    at <= p->q.until + CLOCK_STEP)
		return 0;
	leave(p);
	return 1;
}

/* ---- lines */

static void
say(struct annals *p, const char *why)
{
	char where[sizeof(sub) + SEGMENT_NAME + 24], name[SEGMENT_NAME];

	if (!p->bad)
		return;
	snprintf(where, sizeof(where), "%s/%s:%llu", sub, segment_name(name, p->number),
	         (unsigned long long)p->line);
	p->bad(p->arg, where, why);
}

/* More bytes behind those in the buffer; 0 at the end of what there is, -1 with errno. */
static ssize_t
fill(struct annals *p)
{
	ssize_t n;

	memmove(p->buf, p->buf + p->pos, p->len - p->pos);
	p->len -= p->pos;
	p->pos = 0;
	do
		n = pread(p->fd, p->buf + p->len, CHUNK - p->len,
		          p->offset + (int64_t)p->len);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		p->len += (size_t)n;
	p->budget -= n;
	return n;
}

static void
skip_overlong(struct annals *p)
{
	if (!p->overlong) {
		p->line++;
		say(p, "longer than 65535 bytes");
	}
	p->overlong = true;
	p->offset += (int64_t)(p->len - p->pos);
	p->pos = p->len;
}

enum { LINE_END, LINE_HERE, LINE_LATER };

/* The next whole line of the segment; later: the budget is used up; -1 with errno. */
static int
next_line(struct annals *p, const char **line, size_t *n)
{
	for (;;) {
		size_t have = p->len - p->pos;
		const char *at = p->buf + p->pos, *end = have ? memchr(at, '\n', have) : NULL;
		ssize_t got;

		if (end) {
			*line = at;
			*n = (size_t)(end - at);
			p->pos += *n + 1;
			p->offset += (int64_t)*n + 1;
			if (p->overlong) {
				p->overlong = false;
				continue;
			}
			p->line++;
			return LINE_HERE;
		}
		if (have >= LIMIT_STREAM_LINE)
			skip_overlong(p);
		if (p->ended)
			return LINE_END;
		if (p->budget <= 0 && !p->overlong)
			return LINE_LATER;
		got = fill(p);
		if (got < 0)
			return -1;
		p->ended = got == 0;
	}
}

/* ---- what is wanted */

static bool
in_time(const struct annals *p, int64_t at)
{
	return at >= p->q.since && at <= p->q.until;
}

static bool
wanted(const struct annals *p, enum event_kind kind, int64_t at, const char *domain)
{
	if (!in_time(p, at) || !(p->q.kinds & 1u << kind))
		return false;
	return !p->q.domains || (!*domain && p->q.common) || map_gets(p->q.domains, domain);
}

static bool
wanted_other(const struct annals *p, const char *line, size_t n, int64_t *at)
{
	char type[16];

	return p->q.others && record_type(line, n, type, at) && in_time(p, *at) &&
	       strcmp(type, "segment") != 0 && strcmp(type, "seal") != 0;
}

static bool
take(struct annals *p, const char *line, size_t n, struct annals_line *out)
{
	struct event *e = &p->event;
	struct event_head head;
	struct fault f;
	int r;

	if (n == 0 ||
	    (event_peek(&head, line, n) && !wanted(p, head.kind, head.at, head.domain)))
		return false;
	r = event_read(e, line, n, &f);
	*out = (struct annals_line){r ? NULL : e, e->at, line, n};
	if (r < 0)
		say(p, f.text);
	if (r == 0)
		return wanted(p, e->kind, e->at, e->domain);
	return r > 0 && wanted_other(p, line, n, &out->at);
}

enum annals_step
annals_next(struct annals *p, struct annals_line *out, struct fault *f)
{
	const char *line;
	size_t n;
	int r;

	for (;;) {
		if (p->fd < 0) {
			if (p->next >= p->n)
				return ANNALS_END;
			if (p->budget <= 0)
				return ANNALS_PAUSE;
			if (enter(p, p->numbers[p->next++], f) < 0)
				return ANNALS_FAILED;
			continue;
		}
		r = next_line(p, &line, &n);
		if (r < 0) {
			denied(p, p->number, errno, f);
			return ANNALS_FAILED;
		}
		if (r == LINE_LATER)
			return ANNALS_PAUSE;
		if (r == LINE_END)
			leave(p);
		else if (take(p, line, n, out))
			return ANNALS_LINE;
	}
}

/* ---- going on where another reader was */

void
annals_budget(struct annals *p, int64_t bytes)
{
	p->budget = bytes;
}

void
annals_place(const struct annals *p, uint64_t *number, int64_t *offset)
{
	*number = p->fd < 0 && p->next < p->n ? p->numbers[p->next] : p->number;
	*offset = p->fd < 0 ? 0 : p->offset;
}

static bool
line_begins(int fd, int64_t offset)
{
	char before;

	return offset == 0 || (pread(fd, &before, 1, offset - 1) == 1 && before == '\n');
}

bool
annals_resume(struct annals *p, uint64_t number, int64_t offset)
{
	struct fault f;
	int r;

	while (p->next < p->n && p->numbers[p->next] < number)
		p->next++;
	if (p->next >= p->n || p->numbers[p->next] > number)
		return true; /* it is deleted by now: on with the next one */
	p->next++;
	r = enter(p, number, &f);
	if (r)
		return r > 0;
	if (offset < 0 || !line_begins(p->fd, offset))
		return false;
	p->offset = offset;
	return true;
}

/* ---- its beginning */

/* Where the first line of the first segment does not say it the first record does. */
static bool
first_record(const struct annals *p, int64_t *at)
{
	const struct annals_query all = {0, INT64_MAX, ANNALS_ALL, NULL, true, true};
	struct annals_line line;
	struct annals begin;
	struct fault f;
	bool found;

	if (annals_open(&begin, p->dir, &all, &f))
		return false;
	found = annals_next(&begin, &line, &f) == ANNALS_LINE;
	*at = found ? line.at : -1;
	annals_close(&begin);
	return found;
}

bool
annals_oldest(const struct annals *p, int64_t *at, bool *whole)
{
	char name[SEGMENT_NAME];
	int fd = statefile_open(p->dirfd, segment_name(name, p->first), O_RDONLY, 0, p->dir->owner);
	bool begun = fd >= 0 && begun_at(fd, at);

	if (fd >= 0)
		close(fd);
	*whole = p->first == 1;
	return begun || first_record(p, at);
}
