#include "edge/gate.h"

void
gate_init(struct gate *g)
{
	TAILQ_INIT(&g->list);
	g->n = 0;
	g->entered = g->evicted = g->late = 0;
}

static void
phase(struct gate_entry *e, enum gate_phase p, int64_t now, int64_t ms)
{
	e->phase = p;
	e->since = now;
	e->deadline = now + ms;
}

static void
close_entry(struct gate *g, struct gate_entry *e)
{
	e->closing = true;
	g->n--;
	g->close(e);
}

/* The longest waiting of all, or of one address; how many of the address there are. */
static struct gate_entry *
longest(struct gate *g, const struct addr *a, size_t *count)
{
	struct gate_entry *e, *found = NULL;

	*count = 0;
	TAILQ_FOREACH(e, &g->list, link) {
		if (e->closing || (a && !addr_equal(a, &e->addr)))
			continue;
		(*count)++;
		if (!found || e->since < found->since)
			found = e;
	}
	return found;
}

void
gate_admit(struct gate *g, const struct addr *a)
{
	struct gate_entry *e;
	size_t count;

	if (g->n >= g->most_per_addr) {
		e = longest(g, a, &count);
		if (count >= g->most_per_addr) {
			g->evicted++;
			close_entry(g, e);
		}
	}
	if (g->n >= g->most) {
		g->evicted++;
		close_entry(g, longest(g, NULL, &count));
	}
}

void
gate_enter(struct gate *g, struct gate_entry *e, const struct addr *a, int64_t now)
{
	e->addr = *a;
	e->closing = false;
	phase(e, GATE_HEADERS, now, g->headers_ms);
	e->headers_deadline = INT64_MAX;
	TAILQ_INSERT_TAIL(&g->list, e, link);
	g->n++;
	g->entered++;
}

void
gate_leave(struct gate *g, struct gate_entry *e)
{
	TAILQ_REMOVE(&g->list, e, link);
	if (!e->closing)
		g->n--;
}

void
gate_request(struct gate *g, struct gate_entry *e, int64_t now)
{
	/*
	 * A first request's headers count from the connection, not from the end of its first line.
	 */
	int64_t start = e->phase == GATE_HEADERS ? e->since : now;

	phase(e, GATE_REQUEST, start, g->request_ms);
	e->headers_deadline = start + g->headers_ms;
}

void
gate_headers_done(struct gate_entry *e)
{
	e->headers_deadline = INT64_MAX;
}

void
gate_idle(struct gate *g, struct gate_entry *e, int64_t now)
{
	phase(e, GATE_IDLE, now, g->idle_ms);
	e->headers_deadline = INT64_MAX;
}

void
gate_sweep(struct gate *g, int64_t now)
{
	struct gate_entry *e, *next;

	for (e = TAILQ_FIRST(&g->list); e; e = next) {
		next = TAILQ_NEXT(e, link);
		if (e->closing || (now <= e->deadline && now <= e->headers_deadline))
			continue;
		if (e->phase != GATE_IDLE)
			g->late++;
		close_entry(g, e);
	}
}
