#include "core/inside.h"

bool
opinion_fresh(const struct opinion *v, const struct domain *d, int64_t t)
{
	return v->conclusive != NONE && t - v->conclusive <= d->server->timeout_ms;
}

bool
opinion_recent(const struct opinion *v, const struct domain *d, int64_t t)
{
	return v->last != NONE && t - v->last <= d->server->timeout_ms;
}

bool
votes_genuine(const struct dom *d, const struct aim *a, int64_t t)
{
	for (size_t i = 0; a->mixed && i < a->nviews; i++)
		if (!a->views[i].tcp && opinion_fresh(&a->views[i], d->config, t))
			return true;
	return false;
}

/*
 * An isolated agent abstains; of one check never more than floor((E - 1) / 2)
 * do, those that were isolated first.
 */
bool
votes_abstains(const struct engine *e, const struct dom *d, const struct aim *a,
               const struct opinion *v, int64_t t)
{
	unsigned place = e->agents[v->agent]->isolated, earlier = 0;

	if (!place)
		return false;
	for (size_t i = 0; i < a->nviews; i++) {
		unsigned other = e->agents[a->views[i].agent]->isolated;

		earlier += other && other < place && opinion_fresh(&a->views[i], d->config, t);
	}
	return (int)earlier < (d->expected - 1) / 2;
}

/* Whether the agent of v is one of the expected. */
bool
votes_expects(const struct engine *e, const struct dom *d, const struct opinion *v, bool genuine,
              int64_t t)
{
	if (v->tcp && genuine)
		return false;
	return e->config->nagents ||
	       (v->last != NONE && t - v->last <= d->config->server->agent_forget_ms);
}

int
votes_need(const struct quorum *q, int expected)
{
	int k = (int)q->value;

	if (q->kind == QUORUM_MAJORITY)
		return expected / 2 + 1;
	if (q->kind == QUORUM_PERCENT)
		k = (int)(((int64_t)expected * q->value + 99) / 100);
	return k < 1 ? 1 : k;
}

struct tally
votes_tally(const struct engine *e, const struct dom *d, const struct aim *a, int64_t t)
{
	struct tally n = {0};
	bool genuine = votes_genuine(d, a, t);

	for (size_t i = 0; i < a->nviews; i++) {
		const struct opinion *v = &a->views[i];

		if (!votes_expects(e, d, v, genuine, t))
			continue;
		n.expected++;
		if (!opinion_fresh(v, d->config, t) ||
		    (e->nisolated && votes_abstains(e, d, a, v, t)))
			continue;
		n.ok += v->state == STATE_UP;
		n.bad += v->state == STATE_DOWN;
	}
	if (e->config->nagents)
		n.expected = d->expected;
	n.need = votes_need(&d->config->server->quorum, n.expected);
	return n;
}

static enum state
raw_any(const struct tally *n)
{
	return n->ok ? STATE_UP : n->bad ? STATE_DOWN : STATE_UNKNOWN;
}

static enum state
raw_all(const struct tally *n)
{
	return n->bad ? STATE_DOWN : n->ok ? STATE_UP : STATE_UNKNOWN;
}

/* STATE_UNKNOWN stands for undetermined here. */
static enum state
raw_quorum(const struct tally *n)
{
	if (n->ok >= n->need)
		return STATE_UP;
	if (n->need <= n->expected && n->bad > n->expected - n->need)
		return STATE_DOWN;
	return STATE_UNKNOWN;
}

static enum state (*const raw_of[])(const struct tally *) = {
	[VOTES_ANY] = raw_any, [VOTES_ALL] = raw_all, [VOTES_QUORUM] = raw_quorum,
};

enum state
votes_raw(const struct dom *d, const struct tally *n)
{
	return raw_of[d->config->server->votes](n);
}

void
votes_expire(struct engine *e, struct dom *d)
{
	if (d->config->server->votes != VOTES_QUORUM)
		return;
	for (size_t i = 0; i < d->config->ntargets; i++) {
		struct aim *a = &d->aims[i];
		struct tally n;

		if (a->wake > e->now || a->undetermined != NONE)
			continue;
		n = votes_tally(e, d, a, e->now);
		a->expired = votes_raw(d, &n) == STATE_UNKNOWN;
	}
}

/*
 * The earliest instant at which a view of the target stops being fresh or its
 * agent being expected.  What is fresh at its deadline is not so one later.
 */
int64_t
votes_wake(const struct engine *e, const struct dom *d, const struct aim *a, int64_t t)
{
	const struct server_rules *rules = d->config->server;
	int64_t wake = NEVER;

	for (size_t i = 0; i < a->nviews; i++) {
		const struct opinion *v = &a->views[i];
		int64_t at;

		if (opinion_fresh(v, d->config, t) &&
		    (at = v->conclusive + rules->timeout_ms + 1) < wake)
			wake = at;
		if (!e->config->nagents && v->last != NONE &&
		    (at = v->last + rules->agent_forget_ms + 1) > t && at < wake)
			wake = at;
	}
	return wake;
}
