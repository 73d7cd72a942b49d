#include <string.h>

#include "edge/sweep_own.h"

void
sweep_resume(struct sweep *s, struct places *p)
{
	places_free(&s->places);
	s->places = *p;
	memset(p, 0, sizeof(*p));
}

void
sweep_places(const struct sweep *s, struct places *p)
{
	struct saved_place place;

	for (size_t i = 0; i < s->n; i++)
		if (reader_place(s->readers[i], &place))
			places_add(p, &place);
}

int64_t
sweep_whole(const struct sweep *s)
{
	int64_t whole = INT64_MIN;

	for (size_t i = 0; i < s->n; i++)
		if (s->readers[i]->whole > whole)
			whole = s->readers[i]->whole;
	return whole;
}

int64_t
sweep_first(const struct sweep *s)
{
	int64_t first = INT64_MAX, begun;

	for (size_t i = 0; i < s->n; i++)
		if ((begun = reader_begun(s->readers[i])) < first)
			first = begun;
	return first;
}

int64_t
sweep_whole_behind(const struct statedir *dir, const struct places *p)
{
	static const struct sweep_calls silent;
	int64_t whole = INT64_MIN;

	for (size_t i = 0; i < p->n; i++) {
		struct reader *r = reader_open(dir, p->list[i]->journal, "", &silent, INT64_MIN, p->list[i]);

		/* A journal that is gone as a whole was taken away on purpose. */
		if (r && r->whole > whole)
			whole = r->whole;
		if (r)
			reader_close(r);
	}
	return whole;
}
