#include "core/inside.h"

/*
 * A heap with at most one entry a domain.  An entry may be earlier than its
 * domain's wake, never later: reports push deadlines away far more often than
 * one is met, so an entry is moved only when it comes to the top.
 */

static bool
before(const struct deadline *a, const struct deadline *b)
{
	return a->at < b->at || (a->at == b->at && a->dom < b->dom);
}

static void
put(struct engine *e, size_t i, struct deadline x)
{
	e->heap[i] = x;
	e->doms[x.dom].heap_at = (uint32_t)i + 1;
}

static void
up(struct engine *e, size_t i, struct deadline x)
{
	while (i && before(&x, &e->heap[(i - 1) / 2])) {
		put(e, i, e->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put(e, i, x);
}

static void
down(struct engine *e, size_t i, struct deadline x)
{
	for (size_t k; (k = 2 * i + 1) < e->nheap; i = k) {
		if (k + 1 < e->nheap && before(&e->heap[k + 1], &e->heap[k]))
			k++;
		if (!before(&e->heap[k], &x))
			break;
		put(e, i, e->heap[k]);
	}
	put(e, i, x);
}

static void
pop(struct engine *e)
{
	struct deadline last = e->heap[--e->nheap];

	e->doms[e->heap[0].dom].heap_at = 0;
	if (e->nheap)
		down(e, 0, last);
}

void
deadline_set(struct engine *e, struct dom *d)
{
	struct deadline x = {d->wake, (uint32_t)(d - e->doms)};

	if (d->wake == NEVER)
		return;
	if (!d->heap_at)
		up(e, e->nheap++, x);
	else if (d->wake < e->heap[d->heap_at - 1].at)
		up(e, d->heap_at - 1, x);
}

void
deadline_tidy(struct engine *e)
{
	while (e->nheap) {
		const struct dom *d = &e->doms[e->heap[0].dom];

		if (d->wake == e->heap[0].at)
			return;
		if (d->wake == NEVER)
			pop(e);
		else
			down(e, 0, (struct deadline){d->wake, e->heap[0].dom});
	}
}

int64_t
deadline_first(const struct engine *e)
{
	return e->nheap ? e->heap[0].at : NEVER;
}

void
deadline_wake(struct engine *e)
{
	while (deadline_first(e) <= e->now) {
		struct dom *d = &e->doms[e->heap[0].dom];

		d->woken = true;
		engine_mark(e, d);
		pop(e);
		deadline_tidy(e);
	}
}
