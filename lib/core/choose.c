#include <limits.h>
#include <string.h>

#include "core/inside.h"

/* What a family is going to answer. */
struct plan {
	uint64_t set[SET_WORDS];
	enum source source;
	enum rule rule;
	enum rcode rcode;
	int tier;
	bool falling;   /* on the fallback, even where that is empty */
	bool elsewhere; /* the fallback list has only other families' entries */
};

/* Worse than overridden down, but no harm to others: weight 0 where weights count. */
enum { RANK_NEVER = RANK_OUT + 1 };

struct scene { /* what choosing looks at */
	const struct dom *d;
	const struct domain *c;
	enum family f;
	uint8_t rank[LIMIT_TARGETS];
};

static void
add(uint64_t *set, size_t bit)
{
	set[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static bool
is_empty(const uint64_t *set)
{
	for (size_t i = 0; i < SET_WORDS; i++)
		if (set[i])
			return false;
	return true;
}

uint64_t *
dom_set(const struct dom *d, int which, int family)
{
	size_t families = (size_t)(d->end - d->first);

	return d->sets + ((size_t)which * families + (size_t)(family - d->first)) * d->words;
}

size_t
dom_sets(const struct dom *d)
{
	return SETS * (size_t)(d->end - d->first) * d->words;
}

struct choice *
dom_choice(const struct dom *d, int family)
{
	return &d->choices[family - d->first];
}

struct answer
dom_name(const struct dom *d, size_t bit)
{
	size_t i = d->names[bit], n = d->config->ntargets;

	return i < n ? target_answer(&d->config->targets[i]) : d->config->fallback[i - n];
}

size_t
dom_answers(const struct dom *d, const uint64_t *set, struct answer *out)
{
	size_t n = 0;

	for (size_t i = 0; i < d->nnames && n < LIMIT_TARGETS; i++)
		if (set[i / 64] >> (i % 64) & 1)
			out[n++] = dom_name(d, i);
	return answer_sort(out, n);
}

static bool
in_family(const struct scene *w, size_t i)
{
	return w->c->targets[i].addr.family == w->f;
}

static bool
any(const struct scene *w, enum rank r)
{
	for (size_t i = 0; i < w->c->ntargets; i++)
		if (in_family(w, i) && w->rank[i] == r)
			return true;
	return false;
}

static void
add_ranked(const struct scene *w, int tier, enum rank r, uint64_t *set)
{
	for (size_t i = 0; i < w->c->ntargets; i++)
		if (in_family(w, i) && w->rank[i] == r &&
		    (w->c->server->select != SELECT_PRIORITY || w->c->targets[i].priority == tier))
			add(set, w->d->aims[i].name);
}

/* The highest priority below `under` that has a target of this rank. */
static bool
next_tier(const struct scene *w, enum rank r, int64_t under, int *tier)
{
	bool found = false;

	for (size_t i = 0; i < w->c->ntargets; i++) {
		int p = w->c->targets[i].priority;

		if (!in_family(w, i) || w->rank[i] != r || p >= under || (found && p <= *tier))
			continue;
		*tier = p;
		found = true;
	}
	return found;
}

static bool
healthy(const struct scene *w, enum rank r, int tier)
{
	const struct amount *m = &w->c->server->min_healthy;
	uint64_t configured = 0, n = 0, want = m->value;

	for (size_t i = 0; i < w->c->ntargets; i++) {
		if (!in_family(w, i) || w->c->targets[i].priority != tier)
			continue;
		configured++;
		n += w->rank[i] == r;
	}
	if (m->percent)
		want = (configured * m->value + 99) / 100;
	/* A tier with fewer targets than the count is healthy when all of them are. */
	return n >= (want < configured ? want : configured);
}

/* Rules 1 and 2: the first tier with enough targets of the rank, else the highest that has any. */
static void
pick_ranked(const struct scene *w, enum rank r, struct plan *p)
{
	int tier = 0, first;

	p->source = SOURCE_LIVE;
	p->rule = r == RANK_UP ? RULE_LIVE : RULE_DRAINED;
	if (w->c->server->select == SELECT_PRIORITY) {
		next_tier(w, r, INT64_MAX, &tier);
		first = tier;
		while (!healthy(w, r, tier))
			if (!next_tier(w, r, tier, &tier)) {
				tier = first;
				break;
			}
		p->tier = tier;
	}
	add_ranked(w, tier, r, p->set);
}

/*
 * Every target, or those of the highest tier; what is overridden down or has no weight only
 * when all have or are.
 */
static void
pick_all(const struct scene *w, struct plan *p)
{
	bool only_out = true, found = false;
	int top = INT_MIN;

	for (size_t i = 0; i < w->c->ntargets; i++)
		only_out &= !in_family(w, i) || w->rank[i] >= RANK_OUT;
	for (size_t i = 0; i < w->c->ntargets; i++)
		if (in_family(w, i) && (only_out || w->rank[i] < RANK_OUT) &&
		    w->c->targets[i].priority >= top)
			top = w->c->targets[i].priority;
	for (size_t i = 0; i < w->c->ntargets; i++) {
		if (!in_family(w, i) || (!only_out && w->rank[i] >= RANK_OUT))
			continue;
		if (w->c->server->select == SELECT_PRIORITY && w->c->targets[i].priority != top)
			continue;
		add(p->set, w->d->aims[i].name);
		found = true;
	}
	p->source = found ? SOURCE_ALL : SOURCE_NONE;
}

static bool
fallback_set(const struct dom *d, enum family f, uint64_t *set)
{
	bool found = false;

	for (size_t i = 0; i < d->config->nfallback; i++) {
		if (d->config->fallback[i].family != f)
			continue;
		add(set, d->names[d->nnames + i]);
		found = true;
	}
	return found;
}

static void
pick_fallback(const struct scene *w, struct plan *p)
{
	if (fallback_set(w->d, w->f, p->set)) {
		p->source = SOURCE_FALLBACK;
		p->falling = true;
	} else if (w->c->nfallback) {
		p->falling = p->elsewhere = true;
	} else {
		pick_all(w, p);
	}
}

/* A remembered answer less what is overridden down or has no weight; false if that leaves nothing of it. */
static bool
recall(const struct scene *w, int which, uint64_t *set)
{
	bool was_empty;

	memcpy(set, dom_set(w->d, which, w->f), w->d->words * sizeof(*set));
	was_empty = is_empty(set);
	for (size_t i = 0; i < w->c->ntargets; i++)
		if (w->rank[i] >= RANK_OUT)
			set[w->d->aims[i].name / 64] &= ~(UINT64_C(1) << (w->d->aims[i].name % 64));
	if (was_empty || !is_empty(set))
		return true;
	return false;
}

static void
pick_silent(const struct scene *w, struct plan *p)
{
	const struct choice *c = dom_choice(w->d, w->f);

	p->rule = RULE_SILENCE;
	switch (w->c->server->on_silence) {
	case SILENCE_KEEP:
		if (c->kept && recall(w, SET_KEEP, p->set)) {
			p->source = SOURCE_KEEP;
			p->rcode = (enum rcode)c->kept_rcode;
			p->falling = c->kept_falling;
			return;
		}
		break;
	case SILENCE_ALL:
		pick_all(w, p);
		return;
	case SILENCE_FALLBACK:
		break;
	}
	pick_fallback(w, p);
}

static void
pick_down(const struct scene *w, struct plan *p)
{
	p->rule = RULE_ALL_DOWN;
	switch (w->c->server->on_all_down) {
	case DOWN_NODATA:
		return;
	case DOWN_SERVFAIL:
		p->rcode = DECIDED_SERVFAIL;
		return;
	case DOWN_REFUSED:
		p->rcode = DECIDED_REFUSED;
		return;
	case DOWN_ALL:
		pick_all(w, p);
		return;
	case DOWN_LAST:
		if (dom_choice(w->d, w->f)->lasted && recall(w, SET_LAST, p->set)) {
			p->source = SOURCE_LAST;
			return;
		}
		break;
	case DOWN_FALLBACK:
		break;
	}
	pick_fallback(w, p);
}

static bool
is_weightless(const struct scene *w, size_t i)
{
	return w->c->server->select == SELECT_WEIGHTED && w->c->targets[i].weight == 0;
}

/*
 * An answer is given only while all its targets are up: the worst of them
 * speaks for each.
 */
static void
rank_all(struct scene *w)
{
	uint8_t worst[LIMIT_TARGETS] = {0};
	size_t n = w->c->ntargets;

	for (size_t i = 0; i < n; i++) {
		uint8_t *of = &worst[w->d->aims[i].name];

		w->rank[i] = is_weightless(w, i) ? RANK_NEVER : w->d->aims[i].rank;
		if (w->rank[i] > *of)
			*of = w->rank[i];
	}
	for (size_t i = 0; w->d->shared && i < n; i++)
		w->rank[i] = worst[w->d->aims[i].name];
}

static void
pick(struct scene *w, struct plan *p)
{
	*p = (struct plan){.source = SOURCE_NONE, .rule = RULE_NO_TARGETS};
	if (any(w, RANK_UP))
		pick_ranked(w, RANK_UP, p);
	else if (any(w, RANK_DRAINED))
		pick_ranked(w, RANK_DRAINED, p);
	else if (any(w, RANK_UNKNOWN))
		pick_silent(w, p);
	else if (any(w, RANK_DOWN) || any(w, RANK_OUT) || any(w, (enum rank)RANK_NEVER))
		pick_down(w, p);
}

/* Is some family with targets on the fallback, even where it has none of its own? */
static bool
any_falling(const struct dom *d, const struct plan *p)
{
	for (int f = d->first; f < d->end; f++)
		if (p[f].rule != RULE_NO_TARGETS && p[f].falling)
			return true;
	return false;
}

static bool
any_other(const struct dom *d, const struct plan *p, int except)
{
	for (int f = d->first; f < d->end; f++)
		if (f != except && !is_empty(p[f].set))
			return true;
	return false;
}

/* Where one family's answer hangs on the others'. */
static void
settle_families(struct scene *w, struct plan *p)
{
	const struct dom *d = w->d;

	for (int f = d->first; f < d->end; f++)
		if (p[f].rule == RULE_NO_TARGETS && any_falling(d, p) &&
		    fallback_set(d, (enum family)f, p[f].set))
			p[f].source = SOURCE_FALLBACK;
	for (int f = d->first; f < d->end; f++) {
		if (!p[f].elsewhere || any_other(d, p, f))
			continue;
		w->f = (enum family)f;
		p[f].falling = false;
		pick_all(w, &p[f]);
	}
}

static uint32_t
ttl_of(const struct scene *w, const struct plan *p)
{
	const struct server_rules *r = w->c->server;

	if (p->source == SOURCE_FALLBACK)
		return r->fallback_ttl;
	if (p->source == SOURCE_KEEP)
		return dom_choice(w->d, w->f)->kept_ttl;
	return r->ttl_degraded && (any(w, RANK_DOWN) || any(w, RANK_OUT)) ? r->ttl_degraded
	                                                                  : r->ttl;
}

static void
store(struct dom *d, int which, enum family f, const uint64_t *set)
{
	memcpy(dom_set(d, which, f), set, d->words * sizeof(*set));
}

static void
remember(struct dom *d, enum family f, const struct plan *p)
{
	struct choice *c = dom_choice(d, f);

	if (p->rule == RULE_SILENCE || p->rule == RULE_NO_TARGETS)
		return;
	store(d, SET_KEEP, f, p->set);
	c->kept = true;
	c->kept_ttl = c->ttl;
	c->kept_falling = p->falling;
	c->kept_rcode = (uint8_t)p->rcode;
	if (p->rule == RULE_ALL_DOWN)
		return;
	store(d, SET_LAST, f, p->set);
	c->lasted = true;
}

bool
dom_says(const struct dom *d, int family, const uint64_t *set, const struct choice *c)
{
	const struct choice *now = dom_choice(d, family);

	return now->source == c->source && now->rcode == c->rcode &&
	       !memcmp(dom_set(d, SET_NOW, family), set, d->words * sizeof(*set));
}

/* Puts the plan in force; true if the answer or its source is another. */
static bool
commit(struct dom *d, const struct scene *w, const struct plan *p, int64_t t, bool *ttl_changed)
{
	struct choice *c = dom_choice(d, w->f), new = *c;
	uint32_t ttl = ttl_of(w, p);
	bool moved;

	new.source = (uint8_t)p->source;
	new.rcode = (uint8_t)p->rcode;
	moved = !dom_says(d, w->f, p->set, &new);

	*ttl_changed |= c->ttl != ttl;
	c->ttl = ttl;
	c->source = new.source;
	c->rcode = new.rcode;
	c->rule = (uint8_t)p->rule;
	c->tier = p->source == SOURCE_LIVE ? p->tier : 0;
	c->falling = p->falling;
	store(d, SET_NOW, w->f, p->set);
	remember(d, w->f, p);
	if (moved)
		c->since = t;
	return moved;
}

unsigned
choose(struct dom *d, int64_t t, bool *ttl)
{
	struct scene w = {.d = d, .c = d->config};
	struct plan p[FAMILIES];
	unsigned moved = 0;

	*ttl = false;
	rank_all(&w);
	for (int f = d->first; f < d->end; f++) {
		w.f = (enum family)f;
		pick(&w, &p[f]);
	}
	settle_families(&w, p);
	for (int f = d->first; f < d->end; f++) {
		w.f = (enum family)f;
		moved |= commit(d, &w, &p[f], t, ttl) ? 1U << f : 0;
	}
	if (moved)
		d->since = t;
	return moved;
}
