#include <string.h>

#include "base/mem.h"
#include "core/inside.h"

static void
sooner(int64_t *wake, int64_t at)
{
	if (at < *wake)
		*wake = at;
}

/* A quorum that is not reached: the last determined state stays for the hold. */
static enum state
held(const struct dom *d, struct aim *a, int64_t t)
{
	int64_t hold = d->config->server->hold_ms;

	/* An expiry that is seen at t happened at the deadline, the instant before. */
	if (a->undetermined == NONE)
		a->undetermined = a->expired || d->by_time ? t - 1 : t;
	if (a->determined == STATE_UNKNOWN || t - a->undetermined > hold)
		return STATE_UNKNOWN;
	sooner(&a->wake, a->undetermined + hold + 1);
	return a->determined;
}

static enum state
vote(const struct engine *e, const struct dom *d, struct aim *a, int64_t t)
{
	struct tally n = votes_tally(e, d, a, t);
	enum state raw = votes_raw(d, &n);

	if (raw == STATE_UNKNOWN && d->config->server->votes == VOTES_QUORUM)
		return held(d, a, t);
	a->undetermined = NONE;
	if (raw != STATE_UNKNOWN)
		a->determined = (uint8_t)raw;
	return raw;
}

/* failback: manual. From the moment it went down until a clear names it. */
static bool
latched(const struct dom *d, const struct target *g, struct aim *a, enum state was, int64_t t)
{
	if (!d->config->server->failback_manual)
		return false;
	if (a->votes == STATE_DOWN && was != STATE_DOWN && a->latched == NONE)
		a->latched = t;
	if (a->latched != NONE && decree_clears(d, g, a->latched, t))
		a->latched = NONE;
	return a->latched != NONE;
}

/* failback_delay: what was down has to be up for so long without a break. */
static bool
delayed(const struct dom *d, struct aim *a, int64_t t)
{
	int64_t delay = d->config->server->failback_delay_ms;

	if (delay <= 0)
		return false;
	if (a->votes == STATE_DOWN)
		a->delayed = true;
	if (a->override && a->override->said.state == OVERRIDE_UP)
		a->delayed = false;
	if (!a->delayed || a->votes != STATE_UP)
		return false;
	if (t > a->up_since + delay) {
		a->delayed = false;
		return false;
	}
	sooner(&a->wake, a->up_since + delay + 1);
	return true;
}

static enum rank
rank(const struct aim *a, bool kept_down)
{
	static const uint8_t by_state[] = {
		[STATE_UNKNOWN] = RANK_UNKNOWN, [STATE_UP] = RANK_UP, [STATE_DOWN] = RANK_DOWN,
	};
	enum rank own = kept_down ? RANK_DOWN : (enum rank)by_state[a->votes];

	if (!a->override)
		return own;
	if (a->override->said.state == OVERRIDE_UP)
		return RANK_UP;
	if (a->override->said.state == OVERRIDE_DOWN)
		return RANK_OUT;
	return own == RANK_UP ? RANK_DRAINED : RANK_DOWN;
}

enum state
aim_said(const struct aim *a)
{
	static const uint8_t words[] = {
		[OVERRIDE_UP] = STATE_UP, [OVERRIDE_DOWN] = STATE_DOWN, [OVERRIDE_DRAIN] = STATE_DRAIN,
	};

	return a->override ? (enum state)words[a->override->said.state] : (enum state)a->votes;
}

/* Brings target i to the instant t; returns what of it changed. */
unsigned
judge_target(const struct engine *e, struct dom *d, size_t i, int64_t t)
{
	static const uint8_t state_of[] = {
		[RANK_UP] = STATE_UP, [RANK_DRAINED] = STATE_DRAIN, [RANK_UNKNOWN] = STATE_UNKNOWN,
		[RANK_DOWN] = STATE_DOWN, [RANK_OUT] = STATE_DOWN,
	};
	const struct target *g = &d->config->targets[i];
	struct aim *a = &d->aims[i], was = *a;
	bool kept_down;

	a->wake = votes_wake(e, d, a, t);
	a->votes = (uint8_t)vote(e, d, a, t);
	a->override = decree_pick(d, g, t, &a->wake);
	if (a->votes != STATE_UP)
		a->up_since = NONE;
	else if (a->up_since == NONE)
		a->up_since = t;
	kept_down = latched(d, g, a, (enum state)was.votes, t);
	kept_down |= delayed(d, a, t);
	a->rank = (uint8_t)rank(a, kept_down);
	a->state = state_of[a->rank];
	a->touched = a->expired = a->anew = a->unborn = false;
	if (a->state != was.state)
		a->since = t;
	return (a->state != was.state ? JUDGED_STATE : 0) |
	       (aim_said(a) != aim_said(&was) ? JUDGED_SAID : 0) |
	       (a->rank != was.rank || was.anew ? JUDGED_RANK : 0) |
	       (a->override != was.override ? JUDGED_OVERRIDE : 0);
}

void
judge_wake(struct dom *d)
{
	d->wake = NEVER;
	for (size_t i = 0; i < d->config->ntargets; i++)
		sooner(&d->wake, d->aims[i].wake);
}

static void
tell_change(struct engine *e, struct dom *d)
{
	if (d->changed)
		return;
	d->changed = true;
	if (e->changed_at == e->nchanged)
		e->changed_at = e->nchanged = 0;
	e->changed = mem_array(e->changed, &e->changed_cap, e->nchanged + 1, sizeof(*e->changed));
	e->changed[e->nchanged++] = (uint32_t)(d - e->doms);
}

/* Chooses anew; true if the answer, its source or a TTL changed. */
static bool
choose_anew(struct engine *e, struct dom *d, struct before *was)
{
	unsigned moved;
	bool ttl;

	for (int f = d->first; f < d->end; f++) {
		was->choices[f] = *dom_choice(d, f);
		memcpy(was->sets[f], dom_set(d, SET_NOW, f), d->words * sizeof(uint64_t));
	}
	moved = choose(d, e->now, &ttl);
	for (int f = d->first; e->events && f < d->end; f++)
		event_answer(e, d, f, was);
	return moved || ttl;
}

void
judge(struct engine *e, struct dom *d)
{
	struct before before;
	unsigned all = 0;
	bool changed = false;

	d->by_time = !e->reported;
	for (size_t i = 0; i < d->config->ntargets; i++) {
		struct aim was = d->aims[i];
		unsigned what;

		before.ranks[i] = was.rank;
		if (!was.touched && was.wake > e->now)
			continue;
		what = judge_target(e, d, i, e->now);
		if (e->events && !was.unborn)
			event_target(e, d, i, &was, what);
		all |= what;
	}
	if (all & JUDGED_RANK)
		changed = choose_anew(e, d, &before);
	if (changed || all & JUDGED_SAID)
		tell_change(e, d);
	judge_wake(d);
	deadline_set(e, d);
	d->dirty = d->woken = false;
}
