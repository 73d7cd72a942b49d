#ifndef FODNS_TESTS_NAIVE_H
#define FODNS_TESTS_NAIVE_H

/*
 * The policy once more, in the simplest way that could work: every millisecond
 * all is computed again from all that was ever reported.  It shares nothing
 * with the engine but the nouns.  An answer is a set of bits, one a letter.
 */
#include "world.h"

enum { N_AGENTS = 5, N_TARGETS = 7, N_INPUTS = 96 };

struct n_result {
	int64_t effective;
	uint64_t inc, seq;
	enum status status;
	bool tcp;
};

struct n_view { /* what a replay of its results says */
	struct n_result taken[N_INPUTS];
	size_t n;
	enum state state;
	int64_t conclusive, last;
	bool any, ever, tcp;
};

struct n_override {
	int target; /* -1: the domain */
	enum override_state state;
	int64_t said, start, until;
};

struct n_target {
	enum state votes, determined;
	int64_t undetermined, up_since, latched; /* -1: not */
	bool delayed;
	int said; /* enum state */
	int rank;
};

struct n_family {
	uint64_t answer, keep, last;
	uint32_t ttl, keep_ttl;
	enum source source;
	enum rcode rcode, keep_rcode;
	bool one; /* its answers are selected from, where that is by weight or hash */
	bool kept, lasted, falling, keep_falling;
};

struct naive {
	const struct domain *d;
	size_t nagents; /* configured; 0: learned */
	struct n_view views[N_TARGETS][N_AGENTS];
	struct n_override overrides[N_INPUTS];
	size_t noverrides;
	struct n_target targets[N_TARGETS];
	struct n_family family[FAMILIES];
	int isolated[N_AGENTS]; /* 0, or its place from 1 */
	enum state raw_before[N_TARGETS]; /* by the expiries of this instant alone */
	int64_t since;
	bool changed, reported;
};

static inline uint64_t
n_bit(const struct answer *a)
{
	return UINT64_C(1) << ((a->family == FAMILY_V6 ? 32 : 0) + (world_letter(a) & 31));
}

static inline void
naive_init(struct naive *n, const struct domain *d, size_t nagents)
{
	memset(n, 0, sizeof(*n));
	n->d = d;
	n->nagents = nagents;
	for (size_t i = 0; i < d->ntargets; i++)
		n->targets[i].undetermined = n->targets[i].up_since = n->targets[i].latched = -1;
}

/* Section 3, from the first result on. */
static inline void
n_replay(struct n_view *v, const struct server_rules *r)
{
	int oks = 0, fails = 0;

	v->state = STATE_UNKNOWN;
	v->any = v->ever = false;
	for (size_t i = 0; i < v->n; i++) {
		const struct n_result *x = &v->taken[i];
		bool good = x->status != STATUS_FAIL;

		if (v->ever && v->tcp != x->tcp) {
			v->state = STATE_UNKNOWN;
			v->any = false;
			oks = fails = 0;
		}
		v->ever = true;
		v->tcp = x->tcp;
		v->last = x->effective;
		if (x->status == STATUS_UNKNOWN)
			continue;
		if (good && v->any && x->effective - v->conclusive > r->timeout_ms)
			oks = 0;
		oks = good ? oks + 1 : 0;
		fails = good ? 0 : fails + 1;
		v->conclusive = x->effective;
		if (!v->any || (v->state == STATE_UP && fails >= r->fall) || (v->state == STATE_DOWN && oks >= r->rise))
			v->state = good ? STATE_UP : STATE_DOWN;
		v->any = true;
	}
}

static inline void
naive_report(struct naive *n, size_t target, size_t agent, const struct n_result *r)
{
	struct n_view *v = &n->views[target][agent];

	if (v->n) {
		const struct n_result *kept = &v->taken[v->n - 1];

		if (r->inc && r->inc == kept->inc ? r->seq <= kept->seq : r->effective <= kept->effective)
			return;
	}
	v->taken[v->n++] = *r;
	n_replay(v, n->d->server);
	n->reported = true;
}

static inline void
naive_override(struct naive *n, int target, enum override_state s, int64_t now, int64_t at, int64_t until)
{
	n->overrides[n->noverrides++] = (struct n_override){target, s, at, at > now ? at : now, until};
}

/* The record of this key that holds at t: of those that have started, the newest. */
static inline const struct n_override *
n_record(const struct naive *n, int target, int64_t t)
{
	const struct n_override *best = NULL;

	for (size_t i = 0; i < n->noverrides; i++) {
		const struct n_override *o = &n->overrides[i];

		if (o->target == target && o->start <= t && (!best || o->said >= best->said))
			best = o;
	}
	return best && best->state != OVERRIDE_CLEAR && t < best->until ? best : NULL;
}

static inline bool
n_same(const struct naive *n, size_t i, size_t k)
{
	struct answer a = target_answer(&n->d->targets[i]), b = target_answer(&n->d->targets[k]);

	return n_bit(&a) == n_bit(&b);
}

/* An address or name names all targets that have it. */
static inline int
n_key(const struct naive *n, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (n_same(n, k, i))
			return (int)k;
	return (int)i;
}

static inline bool
n_cleared(const struct naive *n, size_t i, int64_t from, int64_t t)
{
	for (size_t k = 0; k < n->noverrides; k++) {
		const struct n_override *o = &n->overrides[k];

		if (o->state == OVERRIDE_CLEAR && o->start >= from && o->start <= t && (o->target == -1 || o->target == n_key(n, i)))
			return true;
	}
	return false;
}

static inline bool
n_fresh(const struct naive *n, const struct n_view *v, int64_t t)
{
	return v->any && t - v->conclusive <= n->d->server->timeout_ms;
}

static inline bool
n_counts(const struct naive *n, size_t i, size_t g, int64_t t)
{
	const struct n_view *v = &n->views[i][g];

	if (!v->ever)
		return false;
	for (size_t k = 0; v->tcp && k < N_AGENTS; k++)
		if (!n->views[i][k].tcp && n_fresh(n, &n->views[i][k], t))
			return false;
	return n->nagents || t - v->last <= n->d->server->agent_forget_ms;
}

static inline bool
n_says(const struct naive *n, size_t i, size_t g, enum state s, int64_t t)
{
	const struct n_view *v = &n->views[i][g];

	return n_counts(n, i, g, t) && n_fresh(n, v, t) && v->state == s;
}

static inline void
n_isolate(struct naive *n, int64_t t)
{
	int cap = ((int)n->nagents - 1) / 2;

	memset(n->isolated, 0, sizeof(n->isolated));
	for (int place = 1; n->nagents && place <= cap; place++) {
		int worst = -1;
		double share = 0;

		for (size_t g = 0; g < n->nagents; g++) {
			int views = 0, bad = 0;

			for (size_t i = 0; i < n->d->ntargets; i++) {
				bool other = false;

				for (size_t k = 0; k < n->nagents; k++)
					other |= k != g && !n->isolated[k] && n_says(n, i, k, STATE_UP, t);
				views += n_says(n, i, g, STATE_UP, t) || n_says(n, i, g, STATE_DOWN, t);
				bad += other && n_says(n, i, g, STATE_DOWN, t);
			}
			if (!n->isolated[g] && views >= 5 && bad * 10 >= views * 9 && (double)bad / views > share) {
				share = (double)bad / views;
				worst = (int)g;
			}
		}
		if (worst < 0)
			return;
		n->isolated[worst] = place;
	}
}

/* Section 5's table; unknown is undetermined with a quorum. */
static inline enum state
n_raw(const struct naive *n, size_t i, int64_t t)
{
	const struct server_rules *r = n->d->server;
	int e = 0, ok = 0, bad = 0, k;

	for (size_t g = 0; g < N_AGENTS; g++) {
		e += n->nagents ? g < n->nagents : n_counts(n, i, g, t);
		ok += !n->isolated[g] && n_says(n, i, g, STATE_UP, t);
		bad += !n->isolated[g] && n_says(n, i, g, STATE_DOWN, t);
	}
	if (r->votes == VOTES_ANY)
		return ok ? STATE_UP : bad ? STATE_DOWN : STATE_UNKNOWN;
	if (r->votes == VOTES_ALL)
		return bad ? STATE_DOWN : ok ? STATE_UP : STATE_UNKNOWN;
	k = r->quorum.kind == QUORUM_MAJORITY ? e / 2 + 1
	    : r->quorum.kind == QUORUM_COUNT  ? (int)r->quorum.value
	                                      : (e * (int)r->quorum.value + 99) / 100;
	if (k < 1)
		k = 1;
	return ok >= k ? STATE_UP : k <= e && bad > e - k ? STATE_DOWN : STATE_UNKNOWN;
}

static inline enum state
n_vote(const struct naive *n, size_t i, int64_t t)
{
	struct n_target *g = (struct n_target *)&n->targets[i];
	enum state raw = n_raw(n, i, t);

	if (n->d->server->votes != VOTES_QUORUM)
		return raw;
	if (raw != STATE_UNKNOWN) {
		g->undetermined = -1;
		return g->determined = raw;
	}
	if (g->undetermined < 0)
		g->undetermined = !n->reported || n->raw_before[i] == STATE_UNKNOWN ? t - 1 : t;
	return t - g->undetermined <= n->d->server->hold_ms ? g->determined : STATE_UNKNOWN;
}

enum { N_UP, N_DRAINED, N_UNKNOWN, N_DOWN, N_OUT, N_NEVER };

static inline void
n_target_at(struct naive *n, size_t i, int64_t t)
{
	const struct server_rules *r = n->d->server;
	const struct n_override *o = n_record(n, n_key(n, i), t);
	struct n_target *g = &n->targets[i];
	enum state was = g->votes;
	bool kept_down = false;

	if (!o)
		o = n_record(n, -1, t);
	g->votes = n_vote(n, i, t);
	g->up_since = g->votes != STATE_UP ? -1 : g->up_since < 0 ? t : g->up_since;
	if (r->failback_manual) {
		if (g->votes == STATE_DOWN && was != STATE_DOWN && g->latched < 0)
			g->latched = t;
		if (g->latched >= 0 && n_cleared(n, i, g->latched, t))
			g->latched = -1;
		kept_down = g->latched >= 0;
	}
	if (g->votes == STATE_DOWN)
		g->delayed = r->failback_delay_ms > 0;
	if (o && o->state == OVERRIDE_UP)
		g->delayed = false;
	if (g->delayed && g->votes == STATE_UP) {
		g->delayed = t - g->up_since <= r->failback_delay_ms;
		kept_down |= g->delayed;
	}
	g->rank = kept_down || g->votes == STATE_DOWN ? N_DOWN : g->votes == STATE_UP ? N_UP : N_UNKNOWN;
	g->said = (int)g->votes;
	if (o) {
		g->said = o->state == OVERRIDE_UP ? STATE_UP : o->state == OVERRIDE_DOWN ? STATE_DOWN : STATE_DRAIN;
		g->rank = o->state == OVERRIDE_UP ? N_UP : o->state == OVERRIDE_DOWN ? N_OUT : g->rank == N_UP ? N_DRAINED : N_DOWN;
	}
}

/* The worst target of its address speaks for a target. */
static inline int
n_rank(const struct naive *n, size_t i)
{
	int worst = 0;

	for (size_t k = 0; k < n->d->ntargets; k++) {
		bool never = n->d->server->select == SELECT_WEIGHTED && n->d->targets[k].weight == 0;
		int rank = never ? N_NEVER : n->targets[k].rank;

		if (n_same(n, k, i) && rank > worst)
			worst = rank;
	}
	return worst;
}

/* Bits and number of the family's targets of a rank and tier; rank -1: any; tier INT64_MAX: any. */
static inline int
n_pick(const struct naive *n, int f, int rank, int64_t tier, uint64_t *set)
{
	int count = 0;

	*set = 0;
	for (size_t i = 0; i < n->d->ntargets; i++) {
		const struct target *g = &n->d->targets[i];
		struct answer a = target_answer(g);

		if (g->addr.family != f || (rank >= 0 && n_rank(n, i) != rank) || (tier != INT64_MAX && g->priority != tier))
			continue;
		*set |= n_bit(&a);
		count++;
	}
	return count;
}

static inline uint64_t
n_ranked(const struct naive *n, int f, int rank)
{
	const struct server_rules *r = n->d->server;
	uint64_t set, unused, first = 0;

	if (r->select != SELECT_PRIORITY) {
		n_pick(n, f, rank, INT64_MAX, &set);
		return set;
	}
	for (int tier = 9; tier >= 0; tier--) {
		int up = n_pick(n, f, rank, tier, &set), all = n_pick(n, f, -1, tier, &unused);
		int need = r->min_healthy.percent ? (all * (int)r->min_healthy.value + 99) / 100 : (int)r->min_healthy.value;

		if (!r->min_healthy.percent && need > all)
			need = all;
		if (!up)
			continue;
		if (up >= need)
			return set;
		if (!first)
			first = set;
	}
	return first;
}

static inline uint64_t
n_all(const struct naive *n, int f)
{
	bool tiers = n->d->server->select == SELECT_PRIORITY;
	uint64_t set, out, never;

	for (int tier = 9; tier >= 0; tier--) {
		n_pick(n, f, -1, tiers ? tier : INT64_MAX, &set);
		n_pick(n, f, N_OUT, tiers ? tier : INT64_MAX, &out);
		n_pick(n, f, N_NEVER, tiers ? tier : INT64_MAX, &never);
		if (set & ~out & ~never)
			return set & ~out & ~never;
	}
	for (int tier = 9; tier >= 0; tier--) {
		n_pick(n, f, -1, tiers ? tier : INT64_MAX, &set);
		if (set)
			return set;
	}
	return 0;
}

static inline uint64_t
n_fallback(const struct naive *n, int f)
{
	uint64_t set = 0;

	for (size_t i = 0; i < n->d->nfallback; i++)
		if (n->d->fallback[i].family == f)
			set |= n_bit(&n->d->fallback[i]);
	return set;
}

struct n_plan {
	uint64_t set;
	enum source source;
	int rule; /* 0 no targets, else section 7's */
	bool falling;
	enum rcode rcode;
};

static inline struct n_plan
n_plan_fallback(const struct naive *n, int f, struct n_plan p)
{
	p.set = n_fallback(n, f);
	p.falling = n->d->nfallback > 0;
	p.source = p.set ? SOURCE_FALLBACK : SOURCE_NONE;
	if (!p.falling) {
		p.set = n_all(n, f);
		p.source = SOURCE_ALL;
	}
	return p;
}

static inline struct n_plan
n_plan_of(const struct naive *n, int f)
{
	const struct server_rules *r = n->d->server;
	const struct n_family *m = &n->family[f];
	struct n_plan p = {0, SOURCE_NONE, 0, false, DECIDED_NOERROR};
	uint64_t set, out, never;

	n_pick(n, f, N_OUT, INT64_MAX, &out);
	n_pick(n, f, N_NEVER, INT64_MAX, &never);
	out |= never;
	if (!n_pick(n, f, -1, INT64_MAX, &set))
		return p;
	for (p.rule = 1; p.rule <= 2; p.rule++)
		if (n_pick(n, f, p.rule == 1 ? N_UP : N_DRAINED, INT64_MAX, &set)) {
			p.set = n_ranked(n, f, p.rule == 1 ? N_UP : N_DRAINED);
			p.source = SOURCE_LIVE;
			return p;
		}
	p.rule = n_pick(n, f, N_UNKNOWN, INT64_MAX, &set) ? 3 : 4;
	if (p.rule == 3 ? r->on_silence == SILENCE_ALL : r->on_all_down == DOWN_ALL) {
		p.set = n_all(n, f);
		p.source = SOURCE_ALL;
		return p;
	}
	if (p.rule == 4 && r->on_all_down >= DOWN_NODATA) {
		p.rcode = r->on_all_down == DOWN_SERVFAIL  ? DECIDED_SERVFAIL
		          : r->on_all_down == DOWN_REFUSED ? DECIDED_REFUSED
		                                           : DECIDED_NOERROR;
		return p;
	}
	if (p.rule == 3 && r->on_silence == SILENCE_KEEP && m->kept && (!m->keep || m->keep & ~out)) {
		p.set = m->keep & ~out;
		p.source = SOURCE_KEEP;
		p.falling = m->keep_falling;
		p.rcode = m->keep_rcode;
		return p;
	}
	if (p.rule == 4 && r->on_all_down == DOWN_LAST && m->lasted && m->last & ~out) {
		p.set = m->last & ~out;
		p.source = SOURCE_LAST;
		return p;
	}
	return n_plan_fallback(n, f, p);
}

static inline uint32_t
n_ttl(const struct naive *n, int f, const struct n_plan *p)
{
	const struct server_rules *r = n->d->server;
	uint64_t down, out;

	if (p->source == SOURCE_FALLBACK)
		return r->fallback_ttl;
	if (p->source == SOURCE_KEEP)
		return n->family[f].keep_ttl;
	n_pick(n, f, N_DOWN, INT64_MAX, &down);
	n_pick(n, f, N_OUT, INT64_MAX, &out);
	return r->ttl_degraded && (down | out) ? r->ttl_degraded : r->ttl;
}

static inline void
n_commit(struct naive *n, int f, const struct n_plan *p)
{
	struct n_family *m = &n->family[f];

	n->changed |= m->answer != p->set || m->source != p->source || m->rcode != p->rcode;
	m->ttl = n_ttl(n, f, p);
	m->answer = p->set;
	m->source = p->source;
	m->falling = p->falling;
	m->one = p->source != SOURCE_NONE && p->source != SOURCE_FALLBACK && !p->falling;
	m->rcode = p->rcode;
	if (p->rule == 0 || p->rule == 3)
		return;
	m->keep = p->set;
	m->keep_ttl = m->ttl;
	m->keep_falling = p->falling;
	m->keep_rcode = p->rcode;
	m->kept = true;
	if (p->rule == 4)
		return;
	m->last = p->set;
	m->lasted = true;
}

static inline void
naive_begin(struct naive *n, int64_t t)
{
	n->reported = false;
	for (size_t i = 0; i < n->d->ntargets; i++)
		n->raw_before[i] = n_raw(n, i, t);
}

static inline void
naive_settle(struct naive *n, int64_t t)
{
	struct n_plan p[FAMILIES];

	n->changed = false;
	n_isolate(n, t);
	for (size_t i = 0; i < n->d->ntargets; i++)
		n_target_at(n, i, t);
	for (int f = 0; f < FAMILIES; f++)
		p[f] = n_plan_of(n, f);
	for (int f = 0; f < FAMILIES; f++) {
		bool others = false;

		for (int g = 0; g < FAMILIES; g++)
			others |= g != f && p[g].rule && p[g].falling;
		if (!p[f].rule && others && n_fallback(n, f))
			p[f] = (struct n_plan){n_fallback(n, f), SOURCE_FALLBACK, 0, false, DECIDED_NOERROR};
	}
	for (int f = 0; f < FAMILIES; f++) {
		uint64_t others = 0;

		for (int g = 0; g < FAMILIES; g++)
			others |= g != f ? p[g].set : 0;
		if (p[f].rule && p[f].falling && p[f].source == SOURCE_NONE && !others)
			p[f] = (struct n_plan){n_all(n, f), SOURCE_ALL, p[f].rule, false, DECIDED_NOERROR};
	}
	for (int f = 0; f < FAMILIES; f++)
		n_commit(n, f, &p[f]);
	if (n->changed)
		n->since = t;
}

#endif
