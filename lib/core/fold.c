#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/inside.h"

/* Views are sorted by agent: found by halving, however many there are. */
static size_t
lower_bound(const struct aim *a, uint32_t agent)
{
	size_t lo = 0, hi = a->nviews;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (a->views[mid].agent < agent)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct opinion *
fold_find(const struct aim *a, uint32_t agent)
{
	size_t i = lower_bound(a, agent);

	return i < a->nviews && a->views[i].agent == agent ? &a->views[i] : NULL;
}

struct opinion *
fold_insert(struct aim *a, uint32_t agent)
{
	size_t i = lower_bound(a, agent);

	/* Most checks have one or a few agents: grow by little. */
	if (a->nviews == a->cap) {
		a->cap = (uint16_t)(a->cap + a->cap / 2 + 1);
		a->views = mem_resize(a->views, a->cap * sizeof(*a->views));
	}
	memmove(&a->views[i + 1], &a->views[i], (a->nviews - i) * sizeof(*a->views));
	a->nviews++;
	a->views[i] = (struct opinion){
		.agent = agent, .last = NONE, .conclusive = NONE, .arrival = NONE, .period = NONE,
		.latency = -1, .state = STATE_UNKNOWN, .status = STATUS_UNKNOWN,
	};
	return &a->views[i];
}

/* By its timestamp alone a report has an effective time: without an age, and not of the future. */
static bool
dated(const struct report *r)
{
	return !r->inc && r->age_ms < 0 && r->timestamp <= r->received;
}

/*
 * Of one start of the checker the sequence tells, else the effective time.  That one comes from
 * two clocks cut to milliseconds, so the same report sent again may seem later by one: its
 * timestamp tells.
 */
bool
fold_duplicate(const struct opinion *v, const struct report *r)
{
	if (v->last == NONE)
		return false;
	if (r->inc && r->inc == v->inc)
		return r->seq <= v->seq;
	if (v->dated && dated(r) && v->seq == (uint64_t)r->timestamp)
		return true;
	return r->effective <= v->last;
}

static void
add(uint16_t *streak)
{
	if (*streak < UINT16_MAX)
		++*streak;
}

/*
 * A gap breaks a row of successes, as nobody looked meanwhile; a failure that silence followed is
 * still one.
 */
static void
conclude(struct opinion *v, bool good, int64_t at, const struct server_rules *rules)
{
	bool gap = v->conclusive != NONE && at - v->conclusive > rules->timeout_ms;

	if (good) {
		if (gap)
			v->oks = 0;
		add(&v->oks);
		v->fails = 0;
	} else {
		add(&v->fails);
		v->oks = 0;
	}
	v->conclusive = at;
	if (v->state == STATE_UNKNOWN)
		v->state = good ? STATE_UP : STATE_DOWN;
	else if (v->state == STATE_UP && v->fails >= rules->fall)
		v->state = STATE_DOWN;
	else if (v->state == STATE_DOWN && v->oks >= rules->rise)
		v->state = STATE_UP;
}

static void
remember(struct reasons *t, struct opinion *v, const struct report *r)
{
	uint32_t old = v->reason;

	if (!strcmp(reason_text(t, old), r->reason))
		return;
	v->reason = reason_take(t, r->reason);
	reason_drop(t, old);
}

void
fold(struct engine *e, struct opinion *v, const struct report *r, const struct domain *d, bool tcp)
{
	/* What a connect found says nothing of the real probe, nor the other way: begin anew. */
	if (v->last != NONE && v->tcp != tcp) {
		v->state = STATE_UNKNOWN;
		v->oks = v->fails = 0;
		v->conclusive = NONE;
	}
	v->tcp = tcp;
	v->period = v->last == NONE ? NONE : r->effective - v->last;
	v->inc = r->inc;
	v->dated = dated(r);
	v->seq = v->dated ? (uint64_t)r->timestamp : r->seq;
	v->last = r->effective;
	v->arrival = r->arrival;
	v->latency = r->latency_ms;
	v->status = (uint8_t)r->status;
	v->skew = r->timestamp > r->received && r->received >= 0 && r->age_ms < 0;
	remember(&e->reasons, v, r);
	if (r->status != STATUS_UNKNOWN)
		conclude(v, r->status != STATUS_FAIL, r->effective, d->server);
}
