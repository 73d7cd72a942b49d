#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/records.h"
#include "edge/past.h"
#include "edge/statefile.h"
#include "model/name.h"

static int
family_of(enum rrtype t)
{
	return t == RRTYPE_A ? FAMILY_V4 : t == RRTYPE_AAAA ? FAMILY_V6 : FAMILY_OTHER;
}

/* ---- the last change before, and the first one after */

struct search {
	struct past past;
	struct past_answer *out;
	unsigned wanted, found; /* bits of families */
	struct fault *f;
};

static void
before(struct past_rrset *r, const struct event *e)
{
	r->known = true;
	r->type = e->type;
	r->source = (int)e->source;
	r->since = e->at;
	memcpy(r->answers, e->to, sizeof(r->answers));
	memcpy(r->why, e->why, sizeof(r->why));
}

static void
after(struct past_rrset *r, const struct event *e)
{
	r->until = e->at;
	if (r->known) {
		r->gap = strcmp(r->answers, e->from) != 0;
		return;
	}
	r->known = true;
	r->type = e->type;
	memcpy(r->answers, e->from, sizeof(r->answers));
}

/* One segment from its beginning, with what later ones did not tell. */
static int
search_segment(struct search *s, size_t i)
{
	unsigned here = 0;
	struct past_line line;
	enum past_step step;

	s->past.next = i;
	s->past.n = i + 1;
	while ((step = past_next(&s->past, &line, s->f)) == PAST_LINE) {
		int family = family_of(line.event->type);

		if (s->found & 1u << family)
			continue;
		before(&s->out->of[family], line.event);
		here |= 1u << family;
	}
	s->found |= here;
	return step == PAST_FAILED ? -1 : 0;
}

static int
search_back(struct search *s)
{
	size_t n = s->past.n;
	int r = 0;

	while (r == 0 && n > 0 && (s->found & s->wanted) != s->wanted)
		r = search_segment(s, --n);
	return r;
}

static int
search_on(struct search *s)
{
	struct past_line line;
	enum past_step step = PAST_LINE;

	s->found = 0;
	while ((s->found & s->wanted) != s->wanted &&
	       (step = past_next(&s->past, &line, s->f)) == PAST_LINE) {
		int family = family_of(line.event->type);

		if (!(s->found & 1u << family))
			after(&s->out->of[family], line.event);
		s->found |= 1u << family;
	}
	return step == PAST_FAILED ? -1 : 0;
}

static int
search(struct search *s, const struct statedir *dir, const char *domain, int64_t since,
       int64_t until, int (*look)(struct search *s))
{
	const struct past_query q = {since, until, 1u << EVENT_ANSWER, &domain, 1, false, false};
	int r = past_open(&s->past, dir, &q, s->f);

	if (r)
		return r;
	r = look(s);
	past_close(&s->past);
	return r;
}

enum past_known
past_answer(const struct statedir *dir, const char *domain, unsigned families, int64_t at,
            struct past_answer *out, struct fault *f)
{
	struct search s = {.out = out, .wanted = families, .f = f};
	bool whole;
	int r;

	memset(out, 0, sizeof(*out));
	out->oldest = -1;
	for (int i = 0; i < FAMILIES; i++)
		out->of[i].source = out->of[i].since = out->of[i].until = -1;
	r = past_oldest(dir, &out->oldest, &whole, f);
	if (r < 0)
		return PAST_UNREADABLE;
	if (r > 0 || at < out->oldest)
		return PAST_TOO_EARLY;
	if (search(&s, dir, domain, 0, at, search_back) < 0 ||
	    search(&s, dir, domain, at + 1, INT64_MAX, search_on) < 0)
		return PAST_UNREADABLE;
	for (int i = 0; i < FAMILIES; i++)
		if (out->of[i].known)
			return PAST_KNOWN;
	return PAST_NOTHING;
}

/* ---- what is left of the reports */

struct remains {
	const struct statedir *dir;
	int64_t from;
};

static void
first_segment(struct remains *m, int dirfd, uint64_t number)
{
	char name[SEGMENT_NAME];
	int fd = statefile_open(dirfd, segment_name(name, number), O_RDONLY, 0, m->dir->owner);
	int64_t at;

	if (fd < 0)
		return; /* deleted just now, or not ours: who reads the reports will say so */
	if (past_begun(fd, &at) && at > m->from)
		m->from = at;
	close(fd);
}

static void
take_agent(void *arg, const char *name)
{
	struct remains *m = arg;
	char sub[16 + AGENT_FILE], agent[65];
	uint64_t *list = NULL;
	size_t n = 0;
	int fd;

	if (strlen(name) >= AGENT_FILE || !agent_id_from_file(agent, name))
		return;
	snprintf(sub, sizeof(sub), "reports/%s", name);
	fd = statefile_path(m->dir->fd, sub, false, m->dir->owner);
	if (fd < 0)
		return;
	if (segment_list(fd, &list, &n) == 0 && n && list[0] > 1)
		first_segment(m, fd, list[0]);
	free(list);
	close(fd);
}

int
past_reports(const struct statedir *dir, int64_t *from, struct fault *f)
{
	struct remains m = {dir, INT64_MIN};
	int fd = statefile_dir(dir->fd, "reports", false, dir->owner), r;

	*from = INT64_MIN;
	if (fd < 0)
		return errno == ENOENT ? 0 : statedir_denied(dir, "reports", errno, f);
	r = statefile_each(fd, take_agent, &m);
	close(fd);
	if (r < 0)
		return statedir_denied(dir, "reports", errno, f);
	*from = m.from;
	return 0;
}
