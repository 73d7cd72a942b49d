#include "edge/spoolfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/records.h"
#include "edge/agentdir.h"
#include "edge/file.h"

enum { KEY_CAP = LIMIT_AGENT_ID + LIMIT_NAME + LIMIT_CHECK_NAME + TARGET_TEXT + 8 };

/* ---- segments in memory */

struct spool_segment *
spool_segment(struct spool *s, uint64_t number)
{
	for (size_t i = 0; i < s->nsegments; i++)
		if (s->segments[i].number == number)
			return &s->segments[i];
	return NULL;
}

static struct spool_segment *
segment_insert(struct spool *s, uint64_t number, int fd)
{
	size_t i;

	s->segments =
	    mem_array(s->segments, &s->segments_cap, s->nsegments + 1, sizeof(*s->segments));
	for (i = s->nsegments; i > 0 && s->segments[i - 1].number > number; i--)
		s->segments[i] = s->segments[i - 1];
	s->segments[i] = (struct spool_segment){.number = number, .fd = fd};
	s->nsegments++;
	if (number > s->last_number)
		s->last_number = number;
	return &s->segments[i];
}

static void
segment_name(char dst[static 32], uint64_t number)
{
	snprintf(dst, 32, "%012" PRIu64 ".jsonl", number);
}

void
spool_segment_close(struct spool_segment *g)
{
	close(g->fd);
	free(g->taken);
}

bool
spool_taken(const struct spool_segment *g, uint32_t line)
{
	return line / 8 < g->taken_cap && g->taken[line / 8] & 1U << line % 8;
}

void
spool_take(struct spool_segment *g, uint32_t line, bool on)
{
	g->taken = mem_array(g->taken, &g->taken_cap, line / 8 + 1, 1);
	if (on)
		g->taken[line / 8] |= (uint8_t)(1U << line % 8);
	else
		g->taken[line / 8] &= (uint8_t) ~(1U << line % 8);
}

/* Out of the index; freed here or, if it travels, by who settles its parcel. */
void
spool_unindex(struct spool *s, struct spool_entry *e)
{
	map_del(&s->newest, e->key, e->key_len);
	e->superseded = true;
	if (e->travels)
		return;
	s->waiting--;
	free(e);
}

static void
forget_entries(struct spool *s, uint64_t number)
{
	const struct map_slot *slot;

	for (size_t i = 0; (slot = map_next(&s->newest, &i));) {
		struct spool_entry *e = slot->value;

		if (e->segment == number)
			spool_unindex(s, e);
	}
}

void
spool_segment_delete(struct spool *s, struct spool_segment *g)
{
	char name[32];

	segment_name(name, g->number);
	unlinkat(s->dirfd, name, 0);
	forget_entries(s, g->number);
	spool_segment_close(g);
	s->nsegments--;
	memmove(g, g + 1, (size_t)(s->segments + s->nsegments - g) * sizeof(*g));
}

/* The first number that no file has; the lock is taken before anyone else would. */
struct spool_segment *
spool_segment_new(struct spool *s, struct fault *f)
{
	uint64_t number = s->last_number + 1;
	char name[32];
	int fd;

	for (;; number++) {
		segment_name(name, number);
		fd = openat(s->dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
		if (fd < 0 && errno == EEXIST)
			continue;
		if (fd < 0) {
			file_denied(f, s->path, errno);
			return NULL;
		}
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return segment_insert(s, number, fd);
		close(fd); /* another program took it for a dead one's */
	}
}

/* ---- the newest line of each check */

static size_t
check_key(char dst[static KEY_CAP], const struct report *r)
{
	char to[TARGET_TEXT];

	return (size_t)snprintf(dst, KEY_CAP, "%s\n%s\n%s\n%s", r->agent_id, r->domain,
	                        r->check_name, report_target(to, r));
}

static bool
newer(const struct spool_entry *a, const struct spool_entry *b)
{
	if (a->timestamp != b->timestamp)
		return a->timestamp > b->timestamp;
	return a->segment != b->segment ? a->segment > b->segment : a->line > b->line;
}

static void
index_put(struct spool *s, struct spool_entry *e)
{
	struct spool_entry *old = map_get(&s->newest, e->key, e->key_len);

	if (old && newer(old, e)) {
		free(e);
		return;
	}
	if (old)
		spool_unindex(s, old);
	*map_put(&s->newest, e->key, e->key_len) = e;
	s->waiting++;
}

void
spool_index(struct spool *s, const struct report *r, const struct spool_segment *g, uint32_t line,
            uint32_t off, uint32_t len)
{
	char key[KEY_CAP];
	size_t n = check_key(key, r);
	struct spool_entry *e = mem_alloc(sizeof(*e) + n);

	*e = (struct spool_entry){.segment = g->number,
	                          .line = line,
	                          .off = off,
	                          .len = len,
	                          .timestamp = r->timestamp,
	                          .key_len = n};
	memcpy(e->key, key, n);
	index_put(s, e);
}

void
spool_supersede(struct spool *s, const struct report *r)
{
	char key[KEY_CAP];
	struct spool_entry *e;

	if (!s->newest.used)
		return;
	e = map_get(&s->newest, key, check_key(key, r));
	if (e)
		spool_unindex(s, e);
}

bool
spool_has_newest(const struct spool *s)
{
	return s->waiting > 0;
}

/* ---- taking over what is on disk */

bool
spool_segment_read(struct spool *s, const struct spool_segment *g)
{
	ssize_t n;

	buf_clear(&s->text);
	do
		n = pread(g->fd, buf_room(&s->text, g->size), g->size, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return false;
	s->text.len = (size_t)n;
	return true;
}

/* Lines that cannot be read, such as one torn by a crash, count as settled. */
static void
segment_index(struct spool *s, struct spool_segment *g)
{
	uint32_t off = 0, len;
	struct report r;
	char *end;

	while (off < s->text.len && (end = memchr(s->text.data + off, '\n', s->text.len - off))) {
		len = (uint32_t)(end - (s->text.data + off));
		if (report_read(&r, s->text.data + off, len, NULL)) {
			spool_take(g, g->lines, true);
			g->settled++;
		} else {
			spool_index(s, &r, g, g->lines, off, len + 1);
		}
		g->lines++;
		off += len + 1;
	}
	if (off < s->text.len &&
	    write(g->fd, "\n", 1) == 1) { /* a torn tail: the next line begins on its own */
		spool_take(g, g->lines++, true);
		g->settled++;
		g->size++;
	}
}

static void
segment_load(struct spool *s, const char *name)
{
	struct stat st;
	struct spool_segment *g;
	char again[32];
	uint64_t number = strtoull(name, NULL, 10);
	int fd;

	segment_name(again, number);
	if (strcmp(name, again) != 0 || spool_segment(s, number))
		return;
	fd = openat(s->dirfd, name, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	/* Locked: another program's. No link: that one has just delivered and deleted it. */
	if (flock(fd, LOCK_EX | LOCK_NB) || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    !st.st_nlink || st.st_size > (off_t)UINT32_MAX / 2) {
		close(fd);
		return;
	}
	g = segment_insert(s, number, fd);
	g->size = (uint32_t)st.st_size;
	if (spool_segment_read(s, g))
		segment_index(s, g);
	if (g->settled == g->lines)
		spool_segment_delete(s, g);
}

int
spool_dir(struct spool *s, bool make, struct fault *f)
{
	const char *name = strrchr(s->path, '/') + 1;
	int base;

	if (s->dirfd >= 0)
		return 0;
	base = agentdir_open(s->base, make, f);
	if (base == -2)
		return 1;
	if (base < 0)
		return -1;
	if (make && mkdirat(base, name, 0700) && errno != EEXIST) {
		close(base);
		return file_denied(f, s->path, errno);
	}
	s->dirfd = openat(base, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	close(base);
	if (s->dirfd >= 0)
		return 0;
	return errno == ENOENT && !make ? 1 : file_denied(f, s->path, errno);
}

/* The directory is gone: what was in it is, too. */
void
spool_dir_lost(struct spool *s)
{
	while (s->nsegments) {
		struct spool_segment *g = &s->segments[0];

		s->dropped += g->lines - g->settled;
		spool_segment_delete(s, g);
	}
	if (s->dirfd >= 0)
		close(s->dirfd);
	s->dirfd = -1;
}

int
spool_load(struct spool *s, struct fault *f)
{
	struct dirent *e;
	int r = spool_dir(s, false, f), fd;
	DIR *d;

	if (r)
		return r < 0 ? -1 : 0;
	fd = openat(s->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd >= 0 ? fdopendir(fd) : NULL;
	if (!d) {
		if (fd >= 0)
			close(fd);
		return file_denied(f, s->path, errno);
	}
	while ((e = readdir(d)))
		segment_load(s, e->d_name);
	closedir(d);
	return 0;
}
