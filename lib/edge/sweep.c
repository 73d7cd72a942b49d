#include "edge/sweep_own.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/mem.h"
#include "edge/clock.h"
#include "edge/file.h"
#include "edge/statefile.h"
#include "model/limits.h"

enum {
	BUFFERS = 16 << 20,
	BUFFER_MOST = 64 << 10,
	BUFFER_LEAST = 8 << 10,
	LOOK_MS = 1000,
	KEEP = 64
};

/* ---- watches */

static int
watch(struct sweep *s, const char *sub, uint32_t mask)
{
	char path[sizeof(s->dir.path) + 256];

	if (s->bell < 0)
		return -1;
	snprintf(path, sizeof(path), "%s%s%s", s->dir.path, *sub ? "/" : "", sub);
	return inotify_add_watch(s->bell, path, mask | IN_ONLYDIR);
}

static void
ring(struct sweep *s, struct reader *r)
{
	if (r->dirty)
		return;
	r->dirty = true;
	s->rung = mem_array(s->rung, &s->cap_rung, s->nrung + 1, sizeof(struct reader *));
	s->rung[s->nrung++] = r;
}

static void
watch_reader(struct sweep *s, struct reader *r)
{
	size_t cap = s->nwd;

	/* No watch left (max_user_watches): the sweep of all finds what is new. */
	r->wd = watch(s, r->sub, IN_MODIFY | IN_CREATE | IN_MOVED_TO);
	if (r->wd < 0)
		return;
	s->by_wd = mem_array(s->by_wd, &cap, (size_t)r->wd + 1, sizeof(struct reader *));
	s->nwd = cap;
	s->by_wd[r->wd] = r;
}

static void
unwatch(struct sweep *s, int *wd)
{
	if (*wd < 0)
		return;
	inotify_rm_watch(s->bell, *wd);
	if ((size_t)*wd < s->nwd)
		s->by_wd[*wd] = NULL;
	*wd = -1;
}

/* ---- which journals there are */

static void
refuse(struct sweep *s, const char *sub, int err)
{
	char why[160];

	if (err == ENOENT || map_gets(&s->refused, sub) || s->refused.used >= LIMIT_AGENTS)
		return;
	sub = mem_strdup(sub);
	*map_puts(&s->refused, sub) = (void *)(uintptr_t)sub;
	if (err != ENOTDIR && err != ELOOP) {
		s->denied = sub;
		s->denied_errno = err;
	}
	snprintf(why, sizeof(why), "not a journal that can be read: %s", strerror(err));
	if (s->calls.bad)
		s->calls.bad(s->calls.arg, sub, why);
}

static void
pardon(struct sweep *s, const char *sub)
{
	if (s->denied && strcmp(s->denied, sub) == 0)
		s->denied = NULL;
	if (s->refused.used)
		free(map_del(&s->refused, sub, strlen(sub)));
}

static void
add(struct sweep *s, const char *sub, const char *agent)
{
	struct reader *r = map_gets(&s->by_sub, sub);

	if (r || s->n > LIMIT_AGENTS)
		return;
	r = reader_open(&s->dir, sub, agent, &s->calls, *agent ? s->oldest : INT64_MIN,
	                places_find(&s->places, sub));
	if (!r) {
		refuse(s, sub, errno);
		return;
	}
	pardon(s, sub);
	watch_reader(s, r);
	/* What came before the watch is found by reading once. */
	ring(s, r);
	s->readers = mem_array(s->readers, &s->cap, s->n + 1, sizeof(struct reader *));
	s->readers[s->n++] = r;
	*map_puts(&s->by_sub, r->sub) = r;
}

static void
drop(struct sweep *s, size_t i)
{
	struct reader *r = s->readers[i];

	map_del(&s->by_sub, r->sub, strlen(r->sub));
	unwatch(s, &r->wd);
	for (size_t k = s->nrung; k-- > 0;)
		if (s->rung[k] == r)
			s->rung[k] = s->rung[--s->nrung];
	reader_close(r);
	s->readers[i] = s->readers[--s->n];
}

static void
add_agent(void *arg, const char *name)
{
	char sub[16 + AGENT_FILE], agent[65];

	/* Only what a writer of ours could have made is an agent's. */
	if (strlen(name) >= AGENT_FILE || !agent_id_from_file(agent, name))
		return;
	snprintf(sub, sizeof(sub), "reports/%s", name);
	add(arg, sub, agent);
}

static int
discover(struct sweep *s, struct fault *f)
{
	int fd;

	if (s->wd_root < 0)
		s->wd_root = watch(s, "", IN_CREATE | IN_MOVED_TO);
	if (s->wd_reports < 0)
		s->wd_reports = watch(s, "reports", IN_CREATE | IN_MOVED_TO);
	add(s, "overrides", "");
	fd = statefile_dir(s->dir.fd, "reports", false, s->dir.owner);
	if (fd < 0)
		return errno == ENOENT ? 0 : statedir_denied(&s->dir, "reports", errno, f);
	if (statefile_each(fd, add_agent, s) < 0) {
		close(fd);
		return statedir_denied(&s->dir, "reports", errno, f);
	}
	close(fd);
	return 0;
}

/* A directory that was taken away or replaced is another one: read from its beginning. */
static void
drop_replaced(struct sweep *s)
{
	for (size_t i = s->n; i-- > 0;) {
		if (reader_replaced(s->readers[i]))
			drop(s, i);
		else
			reader_rescue(s->readers[i]);
	}
}

static void
forget(struct sweep *s)
{
	s->nheap = 0;
	while (s->n)
		drop(s, s->n - 1);
	unwatch(s, &s->wd_reports);
	unwatch(s, &s->wd_root);
}

/* Is the directory still the one that was opened? If another took its place, that is read anew. */
static int
look(struct sweep *s, struct fault *f)
{
	struct statedir now;

	s->looked = clock_mono();
	s->root_rang = false;
	if (s->dir.fd < 0 || statedir_replaced(&s->dir)) {
		forget(s);
		statedir_close(&s->dir);
		if (statedir_open(&now, s->dir.path, false, f) < 0)
			return -1;
		s->dir = now;
	}
	drop_replaced(s);
	return discover(s, f);
}

/* ---- the bell */

static void
rang(struct sweep *s, const struct inotify_event *e)
{
	if (e->mask & IN_Q_OVERFLOW) {
		for (size_t i = 0; i < s->n; i++)
			ring(s, s->readers[i]);
		s->root_rang = true;
		return;
	}
	if (e->mask & IN_IGNORED) {
		if (e->wd == s->wd_root)
			s->wd_root = -1;
		if (e->wd == s->wd_reports)
			s->wd_reports = -1;
	} else if (e->wd == s->wd_root) {
		/* Temporary files come and go there; only two names concern us. */
		s->root_rang |=
		    e->len && (!strcmp(e->name, "reports") || !strcmp(e->name, "overrides"));
	} else if (e->wd == s->wd_reports) {
		if (e->len)
			add_agent(s, e->name);
	}
	if (e->wd >= 0 && (size_t)e->wd < s->nwd && s->by_wd[e->wd])
		ring(s, s->by_wd[e->wd]);
}

static void
read_bell(struct sweep *s)
{
	_Alignas(struct inotify_event) char events[16384];
	ssize_t n;

	do {
		n = s->bell >= 0 ? read(s->bell, events, sizeof(events)) : 0;
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const void *)(events + at);

			rang(s, e);
			at += (ssize_t)(sizeof(*e) + e->len);
		}
		/* A short read was all there is. */
	} while (n > (ssize_t)sizeof(events) / 2);
}

/* ---- all runs in one order */

static void
sink(struct sweep *s, size_t i)
{
	struct reader *r = s->heap[i];

	for (size_t c; (c = 2 * i + 1) < s->nheap; i = c) {
		if (c + 1 < s->nheap && reader_cmp(s->heap[c + 1], s->heap[c]) < 0)
			c++;
		if (reader_cmp(r, s->heap[c]) <= 0)
			break;
		s->heap[i] = s->heap[c];
	}
	s->heap[i] = r;
}

static int64_t
arrival(const struct item *it, int64_t *now)
{
	int64_t at = it->ours ? clock_axis_of_mono(it->time) : it->time;

	if (at <= *now)
		return at;
	*now = clock_axis();
	return at < *now ? at : *now;
}

static void
hand_over(struct sweep *s, struct reader *r, int64_t *now)
{
	for (size_t i = 0; i < r->nrun; i++) {
		struct item *it = &r->run[i];
		int64_t at = arrival(it, now);

		if (r->agent[0]) {
			report_place(&it->report, at);
			s->calls.report(s->calls.arg, &it->report);
			continue;
		}
		/* What was said to last two hours does, whatever the wall clock does meanwhile. */
		if (it->override.until != OVERRIDE_FOREVER)
			it->override.until += at - it->override.at;
		it->override.at = at;
		s->calls.override(s->calls.arg, &it->override);
	}
	s->lines += (int64_t)r->nrun;
}

static void
begin(struct sweep *s, bool all)
{
	struct reader **list = all ? s->readers : s->rung;
	size_t n = all ? s->n : s->nrung, buffer = n ? BUFFERS / n : BUFFER_MOST;

	buffer = buffer > BUFFER_MOST ? BUFFER_MOST : buffer < BUFFER_LEAST ? BUFFER_LEAST : buffer;
	s->heap = mem_array(s->heap, &s->cap_heap, n, sizeof(struct reader *));
	s->nheap = 0;
	s->lines = 0;
	for (size_t i = 0; i < n; i++) {
		reader_begin(list[i], buffer);
		if (reader_run(list[i]))
			s->heap[s->nheap++] = list[i];
		else
			reader_end(list[i], s->n <= KEEP);
	}
	s->nrung = 0;
	for (size_t i = s->nheap / 2; i-- > 0;)
		sink(s, i);
}

/* Until there are no runs or the deadline (CLOCK_MONOTONIC ms) is past; true: there are more. */
static bool
merge(struct sweep *s, int64_t deadline)
{
	int64_t now = clock_axis();

	while (s->nheap) {
		struct reader *r = s->heap[0];
		int64_t before = s->lines;

		hand_over(s, r, &now);
		if (!reader_run(r)) {
			reader_end(r, s->n <= KEEP);
			s->heap[0] = s->heap[--s->nheap];
		}
		if (s->nheap > 1)
			sink(s, 0);
		if (s->lines / 64 != before / 64 && clock_mono() >= deadline)
			return s->nheap > 0;
	}
	return false;
}

struct sweep *
sweep_new(const struct statedir *dir, int64_t oldest, const struct sweep_calls *calls,
          struct fault *f)
{
	struct sweep *s = mem_alloc(sizeof(*s));

	file_limit(); /* a journal takes a descriptor or two */
	s->calls = *calls;
	s->oldest = oldest;
	s->wd_root = s->wd_reports = -1;
	map_init(&s->by_sub);
	map_init(&s->refused);
	s->bell = -1;
	s->dir = *dir;
	s->dir.fd = -1;
	if (statedir_open(&s->dir, dir->path, false, f) < 0) {
		sweep_free(s);
		return NULL;
	}
	return s;
}

void
sweep_free(struct sweep *s)
{
	const struct map_slot *slot;

	if (!s)
		return;
	forget(s);
	places_free(&s->places);
	statedir_close(&s->dir);
	if (s->bell >= 0)
		close(s->bell);
	map_free(&s->by_sub);
	for (size_t i = 0; (slot = map_next(&s->refused, &i));)
		free(slot->value);
	map_free(&s->refused);
	free(s->readers);
	free(s->by_wd);
	free(s->rung);
	free(s->heap);
	free(s);
}

/*
 * Not before somebody waits for it: closing an inotify descriptor takes the
 * kernel some ten milliseconds, which a program that looks once need not spend.
 */
int
sweep_bell(struct sweep *s)
{
	if (s->bell >= 0)
		return s->bell;
	s->bell = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	for (size_t i = 0; i < s->n; i++) {
		watch_reader(s, s->readers[i]);
		ring(s, s->readers[i]);
	}
	s->root_rang = true;
	return s->bell;
}

int
sweep_find(struct sweep *s, struct fault *f)
{
	return look(s, f);
}

int
sweep_start(struct sweep *s, int64_t budget_ms, struct fault *f)
{
	if (!s->starting) {
		if (look(s, f) < 0)
			return -1;
		for (size_t i = 0; i < s->n; i++)
			reader_stop_at_now(s->readers[i]);
		s->starting = true;
		begin(s, true);
	}
	if (merge(s, clock_mono() + budget_ms))
		return 1;
	for (size_t i = 0; i < s->n; i++) {
		s->readers[i]->limit_number = 0;
		ring(s, s->readers[i]);
	}
	s->starting = false;
	places_free(&s->places);
	return 0;
}

/* The segment itself: its directory can be entered, or there were no reader. */
static int
unread(const struct sweep *s, const struct reader *r, struct fault *f)
{
	char path[sizeof(r->sub) + 64], name[SEGMENT_NAME];

	snprintf(path, sizeof(path), "%s/%s", r->sub, segment_name(name, r->failed));
	return statedir_denied(&s->dir, path, r->error, f);
}

int
sweep_unread(const struct sweep *s, struct fault *f)
{
	if (s->denied)
		return statedir_denied(&s->dir, s->denied, s->denied_errno, f);
	for (size_t i = 0; i < s->n; i++)
		if (s->readers[i]->failing)
			return unread(s, s->readers[i], f);
	return 0;
}

void
sweep_doubt(struct sweep *s)
{
	s->looked = -LOOK_MS;
}

int64_t
sweep_read(struct sweep *s, bool all, struct fault *f)
{
	if (s->starting)
		sweep_start(s, INT32_MAX, f);
	read_bell(s);
	if (s->root_rang || ((all || s->trouble) && clock_mono() - s->looked >= LOOK_MS))
		s->trouble = look(s, &s->why) < 0;
	if (s->trouble) {
		*f = s->why;
		return -1;
	}
	begin(s, all);
	merge(s, INT64_MAX);
	return s->lines;
}
