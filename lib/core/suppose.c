#include "core/suppose.h"

#include <string.h>

#include "core/inside.h"

/* An instant that does not come: who is fresh until then always is. */
static const int64_t EVER = INT64_MAX / 4;

struct engine *
suppose_copy(const struct engine *e)
{
	struct engine *copy = engine_new(e->config, e->now);

	engine_adopt(copy, e);
	return copy;
}

/* ---- views */

static void
touch(struct engine *e, struct dom *d, struct aim *a)
{
	a->touched = true;
	engine_mark(e, d);
}

/* A row long enough for any rise or fall, by the configured probe. */
static void
say(struct engine *e, struct dom *d, struct aim *a, struct opinion *v, enum state state)
{
	const struct server_rules *rules = d->config->server;
	bool up = state == STATE_UP;
	uint32_t old = v->reason;

	v->state = (uint8_t)state;
	v->status = up ? STATUS_OK : STATUS_FAIL;
	v->oks = up ? (uint16_t)rules->rise : 0;
	v->fails = up ? 0 : (uint16_t)rules->fall;
	v->last = v->conclusive = v->arrival = e->now;
	v->latency = -1;
	v->tcp = false;
	v->reason = reason_take(&e->reasons, up ? "" : "supposed");
	reason_drop(&e->reasons, old);
	e->reported = true;
	touch(e, d, a);
}

static void
earlier(int64_t *at, int64_t most)
{
	if (*at > most)
		*at = most;
}

/* As if its last word were just too old to be fresh. */
static void
silence(struct engine *e, struct dom *d, struct aim *a, struct opinion *v)
{
	int64_t stale = e->now - d->config->server->timeout_ms - 1;

	earlier(&v->last, stale);
	earlier(&v->conclusive, stale);
	touch(e, d, a);
}

static void
tell(struct engine *e, struct dom *d, struct aim *a, uint32_t agent, enum state state)
{
	struct opinion *v = fold_find(a, agent);

	if (state == STATE_UNKNOWN) {
		if (v)
			silence(e, d, a, v);
		return;
	}
	say(e, d, a, v ? v : fold_insert(a, agent), state);
}

static bool
serves(const struct engine *e, const struct dom *d, uint32_t agent)
{
	const struct agent_binding *b = &e->config->agents[agent];

	return config_tags_match(d->config, (const char *const *)b->tags, b->ntags);
}

/* The configured agents come first among the engine's, in their order. */
static void
tell_configured(struct engine *e, struct dom *d, struct aim *a, enum state state)
{
	for (uint32_t g = 0; g < e->config->nagents; g++)
		if (serves(e, d, g))
			tell(e, d, a, g, state);
}

/* Of learned agents those that are not forgotten; where there is none, one is made up. */
static void
tell_learned(struct engine *e, struct dom *d, struct aim *a, enum state state)
{
	bool found = false;

	for (size_t i = 0; i < a->nviews; i++) {
		if (!votes_expects(e, d, &a->views[i], false, e->now))
			continue;
		found = true;
		tell(e, d, a, a->views[i].agent, state);
	}
	if (!found && state != STATE_UNKNOWN)
		tell(e, d, a, engine_agent(e, SUPPOSE_AGENT_ID), state);
}

static void
tell_all(struct engine *e, struct dom *d, struct aim *a, enum state state)
{
	if (e->config->nagents)
		tell_configured(e, d, a, state);
	else
		tell_learned(e, d, a, state);
}

/* ---- suppositions */

static struct suppose_count
suppose_votes(struct engine *e, const struct supposition *s)
{
	struct target_pattern p;
	struct suppose_count n = {0};

	target_pattern_parse(s->target, &p);
	for (size_t i = 0; i < e->config->ndomains; i++) {
		struct dom *d = &e->doms[i];
		size_t before = n.targets;

		if (s->domain && s->domain != d->config)
			continue;
		for (size_t k = 0; k < d->config->ntargets; k++)
			if (target_pattern_matches(&p, &d->config->targets[k])) {
				tell_all(e, d, &d->aims[k], s->state);
				n.targets++;
			}
		n.domains += n.targets > before;
	}
	return n;
}

/* A configured agent has all the checks it should report on, another one those it did. */
static bool
has_check(const struct engine *e, const struct dom *d, const struct aim *a, uint32_t agent)
{
	return agent < e->config->nagents ? serves(e, d, agent) : fold_find(a, agent) != NULL;
}

static struct suppose_count
suppose_agent(struct engine *e, const struct supposition *s)
{
	uint32_t agent = engine_agent(e, s->agent);
	struct suppose_count n = {0};

	for (size_t i = 0; i < e->config->ndomains; i++) {
		struct dom *d = &e->doms[i];
		size_t before = n.targets;

		for (size_t k = 0; k < d->config->ntargets; k++)
			if (has_check(e, d, &d->aims[k], agent)) {
				tell(e, d, &d->aims[k], agent, s->state);
				n.targets++;
			}
		n.domains += n.targets > before;
	}
	return n;
}

static struct suppose_count
suppose_override(struct engine *e, const struct supposition *s)
{
	static const enum override_state words[] = {
		[STATE_UP] = OVERRIDE_UP, [STATE_DOWN] = OVERRIDE_DOWN, [STATE_DRAIN] = OVERRIDE_DRAIN,
	};
	struct override o = {
		.state = words[s->state], .at = e->now, .until = OVERRIDE_FOREVER,
		.reason = "supposed", .who = SUPPOSE_AGENT_ID,
	};
	struct target_pattern p;
	struct suppose_count n = {0};

	memcpy(o.target, s->target, sizeof(o.target));
	if (s->domain)
		strcpy(o.domain, s->domain->name);
	n.targets = engine_override(e, &o);
	target_pattern_parse(s->target, &p);
	for (size_t i = 0; i < e->config->ndomains; i++) {
		const struct domain *d = &e->config->domains[i];
		size_t k = 0;

		if (s->domain && s->domain != d)
			continue;
		while (k < d->ntargets && !target_pattern_matches(&p, &d->targets[k]))
			k++;
		n.domains += k < d->ntargets;
	}
	return n;
}

struct suppose_count
suppose(struct engine *e, const struct supposition *s)
{
	if (s->kind == SUPPOSE_OVERRIDE || s->state == STATE_DRAIN)
		return suppose_override(e, s);
	return s->kind == SUPPOSE_AGENT ? suppose_agent(e, s) : suppose_votes(e, s);
}

static bool
any_fresh(const struct engine *e, const struct dom *d, const struct aim *a)
{
	for (size_t i = 0; i < a->nviews; i++)
		if (opinion_fresh(&a->views[i], d->config, e->now))
			return true;
	return false;
}

void
suppose_assume(struct engine *e, enum state state)
{
	for (size_t i = 0; i < e->config->ndomains; i++) {
		struct dom *d = &e->doms[i];

		for (size_t k = 0; state != STATE_UNKNOWN && k < d->config->ntargets; k++)
			if (!any_fresh(e, d, &d->aims[k]))
				tell_all(e, d, &d->aims[k], state);
	}
	engine_settle(e);
}

/* ---- the world from then on */

static void
go_on(const struct engine *e, const struct domain *d, struct opinion *v)
{
	if (v->last != NONE && e->now - v->last <= d->server->timeout_ms)
		v->last = EVER;
	if (opinion_fresh(v, d, e->now))
		v->last = v->conclusive = EVER;
}

void
suppose_begin(struct engine *e)
{
	for (size_t i = 0; i < e->config->ndomains; i++) {
		struct dom *d = &e->doms[i];

		for (size_t k = 0; k < d->config->ntargets; k++) {
			struct aim *a = &d->aims[k];

			for (size_t v = 0; v < a->nviews; v++)
				go_on(e, d->config, &a->views[v]);
			touch(e, d, a);
		}
	}
	engine_settle(e);
}

int64_t
suppose_due(const struct engine *e)
{
	int64_t due = engine_due(e);

	return due < EVER ? due : NEVER;
}
