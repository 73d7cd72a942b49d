#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "edge/statefile.h"
#include "edge/sweep.h"
#include "model/name.h"

/*
 * What may go: every segment but the last of its journal, which its writer may
 * still have open and whose number the next one counts from, and but those that a
 * start from the last snapshots reads.
 */
struct old {
	int64_t ended; /* wall clock, ms */
	uint64_t size, number;
	char sub[16 + AGENT_FILE];
};

struct all {
	const struct statedir *dir;
	struct old *list;
	size_t n, cap;
	uint64_t bytes; /* of all segments, the last ones included */
	const struct places *behind; /* from there on all stays */
};

static void
take_segments(struct all *a, int dirfd, const char *sub)
{
	const struct saved_place *place = places_find(a->behind, sub);
	uint64_t *list = NULL;
	size_t n = 0;

	if (segment_list(dirfd, &list, &n) < 0)
		n = 0;
	for (size_t i = 0; i < n; i++) {
		char name[SEGMENT_NAME];
		struct stat st;
		struct old *o;

		if (fstatat(dirfd, segment_name(name, list[i]), &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		a->bytes += (uint64_t)st.st_size;
		if (i + 1 == n || (place && list[i] >= place->segment))
			continue;
		a->list = mem_array(a->list, &a->cap, a->n + 1, sizeof(*a->list));
		o = &a->list[a->n++];
		o->ended = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
		o->size = (uint64_t)st.st_size;
		o->number = list[i];
		memcpy(o->sub, sub, strlen(sub) + 1);
	}
	free(list);
}

static void
take_sub(struct all *a, const char *sub)
{
	int fd = statefile_path(a->dir->fd, sub, false, a->dir->owner);

	if (fd < 0)
		return;
	take_segments(a, fd, sub);
	close(fd);
}

static void
take_agent(void *arg, const char *name)
{
	char sub[16 + AGENT_FILE] = "reports/", agent[65];

	if (strlen(name) >= AGENT_FILE || !agent_id_from_file(agent, name))
		return;
	memcpy(sub + strlen(sub), name, strlen(name) + 1);
	take_sub(arg, sub);
}

static int
by_end(const void *a, const void *b)
{
	const struct old *x = a, *y = b;

	if (x->ended != y->ended)
		return x->ended < y->ended ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static int delete (const struct statedir *dir, const struct old *o)
{
	char name[SEGMENT_NAME];
	int fd = statefile_path(dir->fd, o->sub, false, dir->owner), r;

	if (fd < 0)
		return -1;
	r = unlinkat(fd, segment_name(name, o->number), 0);
	if (r < 0 && errno == ENOENT)
		r = 0;
	close(fd);
	return r;
}

int
sweep_retain(const struct statedir *dir, const char *sub, int64_t oldest, uint64_t bytes,
             const struct places *behind, struct fault *f)
{
	struct all a = {.dir = dir, .behind = behind};
	int fd = statefile_dir(dir->fd, sub, false, dir->owner), r = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : statedir_denied(dir, sub, errno, f);
	if (strcmp(sub, "reports"))
		take_segments(&a, fd, sub);
	else if (statefile_each(fd, take_agent, &a) < 0)
		r = statedir_denied(dir, sub, errno, f);
	close(fd);
	if (a.n)
		qsort(a.list, a.n, sizeof(*a.list), by_end);
	for (size_t i = 0; i < a.n && r == 0 && (a.list[i].ended < oldest || a.bytes > bytes);
	     i++) {
		r = delete (dir, &a.list[i]);
		if (r < 0)
			statedir_denied(dir, a.list[i].sub, errno, f);
		a.bytes -= a.list[i].size;
	}
	free(a.list);
	return r;
}
