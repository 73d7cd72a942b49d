#include "edge/sweep_reader.h"

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

enum { RUN_MOST = 4096 };

static void
say(struct reader *s, const char *why)
{
	char where[sizeof(s->sub) + 64], name[SEGMENT_NAME];

	snprintf(where, sizeof(where), "%s/%s:%llu", s->sub, segment_name(name, s->number),
	         (unsigned long long)s->line);
	if (s->calls->bad)
		s->calls->bad(s->calls->arg, where, why);
}

/* Trouble with the file and not with a line: once until it is over. */
void
reader_failed(struct reader *s, uint64_t segment, int err)
{
	char where[sizeof(s->sub) + 64], why[160], name[SEGMENT_NAME];

	if (s->failing)
		return;
	s->failing = true;
	s->error = err;
	s->failed = segment;
	snprintf(where, sizeof(where), "%s/%s", s->sub, segment_name(name, segment));
	snprintf(why, sizeof(why), "cannot be read: %s", strerror(err));
	if (s->calls->bad)
		s->calls->bad(s->calls->arg, where, why);
}

struct reader *
reader_open(const struct statedir *dir, const char *sub, const char *agent,
            const struct sweep_calls *calls, int64_t oldest, const struct saved_place *from)
{
	struct reader *s = mem_alloc(sizeof(*s));
	struct stat st;

	snprintf(s->sub, sizeof(s->sub), "%s", sub);
	snprintf(s->agent, sizeof(s->agent), "%s", agent);
	s->dir = dir;
	s->calls = calls;
	s->fd = s->wd = -1;
	s->whole = INT64_MIN;
	s->dirfd = statefile_path(dir->fd, sub, false, dir->owner);
	if (s->dirfd < 0 || fstat(s->dirfd, &st) < 0) {
		int err = errno;

		reader_close(s);
		errno = err;
		return NULL;
	}
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	chain_begin(s, oldest, from);
	return s;
}

void
reader_close(struct reader *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->dirfd >= 0)
		close(s->dirfd);
	free(s->buf);
	free(s->run);
	free(s);
}

bool
reader_replaced(const struct reader *s)
{
	struct stat st;

	return fstatat(s->dir->fd, s->sub, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_ino != s->ino ||
	       st.st_dev != s->dev;
}

/* ---- bytes to lines */

/* More bytes behind those in the buffer; false: the end for now. */
static bool
fill(struct reader *s)
{
	int64_t at = s->offset + (int64_t)(s->len - s->pos);
	size_t want;
	ssize_t n;

	memmove(s->buf, s->buf + s->pos, s->len - s->pos);
	s->len -= s->pos;
	s->pos = 0;
	want = s->cap - s->len;
	if (s->limit_number && s->number >= s->limit_number)
		want = s->number > s->limit_number || at >= s->limit ? 0
		       : (int64_t)want > s->limit - at               ? (size_t)(s->limit - at)
		                                                     : want;
	do
		n = want ? pread(s->fd, s->buf + s->len, want, at) : 0;
	while (n < 0 && errno == EINTR);
	if (n < 0)
		reader_failed(s, s->number, errno);
	else
		s->failing = false;
	s->ended = n < (ssize_t)want || want == 0;
	if (n > 0)
		s->len += (size_t)n;
	return n > 0;
}

/* A line that does not end within the limit is skipped as it comes in. */
static void
skip_overlong(struct reader *s)
{
	if (!s->overlong) {
		s->line++;
		say(s, "longer than 4096 bytes");
	}
	s->overlong = true;
	s->offset += (int64_t)(s->len - s->pos);
	s->pos = s->len;
}

/* The next whole line, without its newline; *at is where it begins. */
static bool
next_line(struct reader *s, const char **line, size_t *n, int64_t *at)
{
	for (;;) {
		size_t have = s->len - s->pos;
		char *end = have ? memchr(s->buf + s->pos, '\n', have) : NULL;

		if (end) {
			*line = s->buf + s->pos;
			*n = (size_t)(end - *line);
			*at = s->offset;
			s->pos += *n + 1;
			s->offset += (int64_t)*n + 1;
			if (!s->overlong) {
				s->line++;
				return true;
			}
			s->overlong = false;
			continue;
		}
		if (have >= LIMIT_REPORT_LINE)
			skip_overlong(s);
		if (s->ended || !fill(s))
			return false;
	}
}

/* ---- lines to items */

static void
control(struct reader *s, const char *line, size_t n)
{
	struct segment_line head;
	struct fault f;

	if (segment_read(&head, line, n, &f) < 0) {
		say(s, f.text);
	} else if (head.seal) {
		s->sealed = true;
	} else if (strcmp(head.agent, s->agent)) {
		say(s, "the segment is another agent's");
	} else {
		s->ours = head.boot_id[0] && !strcmp(head.boot_id, statedir_boot_id());
	}
}

static bool
take_override(struct reader *s, struct item *it, const char *line, size_t n)
{
	struct fault f;

	if (override_read(&it->override, line, n, &f) < 0) {
		say(s, f.text);
		return false;
	}
	it->ours = s->ours && it->override.boot_ms > 0;
	it->time = it->ours ? it->override.boot_ms : it->override.at;
	return true;
}

static bool
take_report(struct reader *s, struct item *it, const char *line, size_t n)
{
	struct report *r = &it->report;
	struct fault f;

	if (report_read(r, line, n, &f) < 0) {
		say(s, f.text);
		return false;
	}
	if (strcmp(r->agent_id, s->agent)) {
		say(s, "the report is another agent's");
		return false;
	}
	if (r->received < 0)
		r->received = r->timestamp;
	it->ours = s->ours && r->boot_ms >= 0;
	it->time = it->ours ? r->boot_ms : r->received;
	return true;
}

static bool
next_item(struct reader *s, struct item *it)
{
	static const char begin[] = "{\"type\":\"se";
	const char *line;
	int64_t at;
	size_t n;

	for (;;) {
		bool is_control;

		if (s->sealed || s->fd < 0) {
			if (!chain_advance(s)) {
				s->ended = true;
				return false;
			}
			s->ended = false;
		}
		if (!next_line(s, &line, &n, &at))
			return false;
		is_control = n > sizeof(begin) && !memcmp(line, begin, sizeof(begin) - 1);
		if (is_control)
			control(s, line, n);
		else if (!s->headed)
			say(s, "not the first line of a segment");
		s->headed = true;
		if (is_control || n == 0 || at < s->quiet)
			continue;
		if (s->agent[0] ? take_report(s, it, line, n) : take_override(s, it, line, n))
			return true;
	}
}

/* ---- items to runs */

static bool
in_order(const struct report *a, const struct report *b)
{
	return a->inc != b->inc ? a->inc < b->inc : a->seq <= b->seq;
}

/* Insertion: a run is nearly always one item, or already in order. */
static void
sort_run(struct reader *s)
{
	for (size_t i = 1; i < s->nrun; i++) {
		struct item it;
		size_t k = i;

		if (in_order(&s->run[i - 1].report, &s->run[i].report))
			continue;
		it = s->run[i];
		while (k > 0 && !in_order(&s->run[k - 1].report, &it.report))
			k--;
		memmove(&s->run[k + 1], &s->run[k], (i - k) * sizeof(it));
		s->run[k] = it;
	}
}

void
reader_begin(struct reader *s, size_t buffer)
{
	if (!s->buf) {
		s->buf = mem_resize(NULL, buffer);
		s->cap = buffer;
		s->pos = s->len = 0;
	}
	s->dirty = s->ended = false;
}

bool
reader_run(struct reader *s)
{
	if (s->ahead)
		s->run[0] = s->run[s->nrun];
	s->nrun = s->ahead;
	s->ahead = false;
	while (s->nrun < RUN_MOST) {
		s->run = mem_array(s->run, &s->cap_run, s->nrun + 1, sizeof(*s->run));
		if (!next_item(s, &s->run[s->nrun]))
			break;
		if (s->nrun && (s->run[s->nrun].time != s->run[0].time ||
		                s->run[s->nrun].ours != s->run[0].ours)) {
			s->ahead = true;
			break;
		}
		s->nrun++;
	}
	if (s->agent[0] && s->nrun > 1)
		sort_run(s);
	return s->nrun > 0;
}

void
reader_end(struct reader *s, bool keep)
{
	if (!keep) {
		free(s->buf);
		s->buf = NULL;
		s->cap = 0;
	}
	s->pos = s->len = 0;
	/* Keep room for a few; a backlog's run is not worth its memory. */
	if (s->cap_run > 16) {
		free(s->run);
		s->run = NULL;
		s->cap_run = 0;
	}
}

int
reader_cmp(const struct reader *a, const struct reader *b)
{
	const struct item *x = &a->run[0], *y = &b->run[0];

	if (x->ours != y->ours)
		return x->ours ? 1 : -1;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return strcmp(a->agent, b->agent);
}
