#include "edge/agenda.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/*
 * To go down through a heap of thousands is to wait for memory half a dozen times, where a program
 * sleeps between its turns and finds the cache cold.  So the first thousand are taken from it at
 * once, and stand in a row from then on.
 */
enum { SOON = 1024, WIDE = 8 }; /* WIDE: children of an entry of the heap */

void
agenda_free(struct agenda *a)
{
	free(a->soon);
	free(a->heap);
	*a = (struct agenda){0};
}

void
agenda_clear(struct agenda *a)
{
	a->at = a->end = a->n = 0;
}

static void
heap_up(struct agenda *a, size_t i)
{
	uint64_t e = a->heap[i];

	for (; i && e < a->heap[(i - 1) / WIDE]; i = (i - 1) / WIDE)
		a->heap[i] = a->heap[(i - 1) / WIDE];
	a->heap[i] = e;
}

static void
heap_down(struct agenda *a, size_t i)
{
	uint64_t e = a->heap[i];

	for (size_t c; (c = WIDE * i + 1) < a->n; i = c) {
		size_t end = c + WIDE < a->n ? c + WIDE : a->n;

		for (size_t k = c + 1; k < end; k++)
			if (a->heap[k] < a->heap[c])
				c = k;
		if (e <= a->heap[c])
			break;
		a->heap[i] = a->heap[c];
	}
	a->heap[i] = e;
}

static void
put_later(struct agenda *a, uint64_t e)
{
	a->heap = mem_array(a->heap, &a->heap_cap, ++a->n, sizeof(*a->heap));
	a->heap[a->n - 1] = e;
	heap_up(a, a->n - 1);
}

/* The first of the row that is not before e. */
static size_t
place(const struct agenda *a, uint64_t e)
{
	size_t from = a->at, to = a->end;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (a->soon[middle] < e)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Those before it move into the place of what is past, where there is one, else those after it move
 * on; the last one of a full row goes back to the heap. */
static void
put_soon(struct agenda *a, uint64_t e)
{
	size_t i;

	if (a->end - a->at == SOON)
		put_later(a, a->soon[--a->end]);
	i = place(a, e);
	if (a->at) {
		memmove(a->soon + a->at - 1, a->soon + a->at, (i - a->at) * sizeof(*a->soon));
		a->at--;
		i--;
	} else {
		memmove(a->soon + i + 1, a->soon + i, (a->end - i) * sizeof(*a->soon));
		a->end++;
	}
	a->soon[i] = e;
}

void
agenda_put(struct agenda *a, int64_t when, uint32_t who)
{
	uint64_t e = (uint64_t)when << AGENDA_WHO_BITS | who;

	if (a->at < a->end && e < a->soon[a->end - 1])
		put_soon(a, e);
	else
		put_later(a, e);
}

static void
refill(struct agenda *a)
{
	if (!a->soon)
		a->soon = mem_alloc(SOON * sizeof(*a->soon));
	for (a->at = a->end = 0; a->n && a->end < SOON;) {
		a->soon[a->end++] = a->heap[0];
		a->heap[0] = a->heap[--a->n];
		if (a->n)
			heap_down(a, 0);
	}
}

static uint32_t
who_of(uint64_t e)
{
	return e & ((1U << AGENDA_WHO_BITS) - 1);
}

static bool
ready(struct agenda *a)
{
	if (a->at == a->end)
		refill(a);
	return a->at < a->end;
}

bool
agenda_first(struct agenda *a, int64_t *when, uint32_t *who)
{
	if (!ready(a))
		return false;
	*when = (int64_t)(a->soon[a->at] >> AGENDA_WHO_BITS);
	*who = who_of(a->soon[a->at]);
	return true;
}

void
agenda_pass(struct agenda *a)
{
	a->at++;
}

size_t
agenda_next(struct agenda *a, uint32_t *who, size_t n)
{
	if (!ready(a))
		return 0;
	if (n > a->end - a->at)
		n = a->end - a->at;
	for (size_t i = 0; i < n; i++)
		who[i] = who_of(a->soon[a->at + i]);
	return n;
}
