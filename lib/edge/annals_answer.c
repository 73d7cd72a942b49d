#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "edge/annals.h"

/* ---- the last change before, and the first one after */

enum { BEFORE = 1, AFTER = 2, HERE = 4 }; /* here: before, in this segment */

struct search {
	struct annals annals;
	struct annals_answer *list;
	uint8_t *seen;             /* of each family of each: what is found */
	size_t n, left;            /* left: families that it has not found yet */
	struct map domains;        /* -> struct annals_answer * */
	int64_t oldest;            /* -1: there is no history */
	struct fault *f;
};

static void
search_init(struct search *s, struct annals_answer *list, size_t n, struct fault *f)
{
	*s = (struct search){.list = list, .n = n, .oldest = -1, .f = f};
	s->seen = mem_alloc((n + 1) * FAMILIES);
	map_init(&s->domains);
	for (size_t i = 0; i < n; i++) {
		memset(list[i].of, 0, sizeof(list[i].of));
		for (int k = 0; k < FAMILIES; k++)
			list[i].of[k].source = -1, list[i].of[k].since = list[i].of[k].until = -1;
		*map_puts(&s->domains, list[i].domain) = &list[i];
	}
}

static void
search_free(struct search *s)
{
	map_free(&s->domains);
	free(s->seen);
}

static void
keep(struct annals_rrset *r, const char *answers, const struct event *e)
{
	r->known = true;
	r->type = e->type;
	free(r->answers);
	r->answers = mem_strdup(answers);
}

static void
take_before(struct annals_rrset *r, const struct event *e)
{
	keep(r, e->to, e);
	r->source = (int)e->source;
	r->since = e->at;
	free(r->why);
	r->why = mem_strdup(e->why);
}

static void
take_after(struct annals_rrset *r, const struct event *e)
{
	r->until = e->at;
	if (r->known)
		r->gap = strcmp(r->answers, e->from) != 0;
	else
		keep(r, e->from, e);
}

/* What a domain may not answer by now, as its config is, ends no search. */
static void
found(struct search *s, const struct event *e)
{
	const struct annals_answer *a = map_gets(&s->domains, e->domain);

	s->left -= a->families >> type_family(e->type) & 1;
}

/* Where an event belongs; *seen: what of it is found. */
static struct annals_rrset *
place(struct search *s, const struct event *e, uint8_t **seen)
{
	struct annals_answer *a = map_gets(&s->domains, e->domain);
	int family = type_family(e->type);

	*seen = &s->seen[(a - s->list) * FAMILIES + family];
	return &a->of[family];
}

/* One segment from its beginning, with what later ones did not tell. */
static int
search_segment(struct search *s, size_t i)
{
	enum annals_step step;
	struct annals_line line;
	uint8_t *seen;

	s->annals.next = i;
	s->annals.n = i + 1;
	while ((step = annals_next(&s->annals, &line, s->f)) == ANNALS_LINE) {
		struct annals_rrset *r = place(s, line.event, &seen);

		if (*seen & BEFORE)
			continue;
		if (!(*seen & HERE))
			found(s, line.event);
		*seen |= HERE;
		take_before(r, line.event);
	}
	for (size_t k = 0; k < s->n * FAMILIES; k++)
		if (s->seen[k] & HERE)
			s->seen[k] = BEFORE;
	return step == ANNALS_FAILED ? -1 : 0;
}

static int
search_back(struct search *s)
{
	size_t n = s->annals.n;
	int r = 0;

	while (r == 0 && n > 0 && s->left > 0)
		r = search_segment(s, --n);
	return r;
}

static int
search_on(struct search *s)
{
	enum annals_step step = ANNALS_END;
	struct annals_line line;
	uint8_t *seen;

	while (s->left > 0 && (step = annals_next(&s->annals, &line, s->f)) == ANNALS_LINE) {
		struct annals_rrset *r = place(s, line.event, &seen);

		if (*seen & AFTER)
			continue;
		*seen |= AFTER;
		take_after(r, line.event);
		found(s, line.event);
	}
	return step == ANNALS_FAILED ? -1 : 0;
}

/* 0; 1: there is no history; -1. */
static int
search(struct search *s, const struct statedir *dir, int64_t since, int64_t until,
       int (*look)(struct search *s))
{
	const struct annals_query q = {since, until, 1u << EVENT_ANSWER, &s->domains, false, false};
	int r = annals_open(&s->annals, dir, &q, s->f);
	bool whole;

	if (r)
		return r;
	s->left = 0;
	for (size_t i = 0; i < s->n; i++)
		s->left += (size_t)__builtin_popcount(s->list[i].families);
	if (!annals_oldest(&s->annals, &s->oldest, &whole))
		s->oldest = -1;
	r = look(s);
	annals_close(&s->annals);
	return r;
}

static bool
any_known(const struct annals_answer *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < FAMILIES; k++)
			if (list[i].of[k].known)
				return true;
	return false;
}

enum annals_known
annals_answer(const struct statedir *dir, struct annals_answer *list, size_t n, int64_t at,
            int64_t *oldest, struct fault *f)
{
	struct search s;
	int r;

	search_init(&s, list, n, f);
	r = search(&s, dir, 0, at, search_back);
	if (r == 0 && at >= s.oldest)
		r = search(&s, dir, at + 1, INT64_MAX, search_on);
	*oldest = s.oldest;
	search_free(&s);
	if (r < 0)
		return ANNALS_UNREADABLE;
	if (s.oldest < 0 || at < s.oldest)
		return ANNALS_TOO_EARLY;
	return any_known(list, n) ? ANNALS_KNOWN : ANNALS_NOTHING;
}

void
annals_answer_free(struct annals_answer *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < FAMILIES; k++) {
			free(list[i].of[k].answers);
			free(list[i].of[k].why);
			list[i].of[k].answers = list[i].of[k].why = NULL;
		}
}
