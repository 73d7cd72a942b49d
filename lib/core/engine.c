#include "core/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/inside.h"

struct dom *
engine_dom(const struct engine *e, const struct domain *d)
{
	return &e->doms[d->index];
}

void
engine_mark(struct engine *e, struct dom *d)
{
	if (d->dirty)
		return;
	d->dirty = true;
	e->dirty[e->ndirty++] = (uint32_t)(d - e->doms);
}

uint32_t
engine_agent(struct engine *e, const char *id)
{
	uintptr_t known = (uintptr_t)map_gets(&e->by_id, id);
	struct agent *a;

	if (known)
		return (uint32_t)(known - 1);
	e->agents = mem_array(e->agents, &e->agents_cap, e->nagents + 1, sizeof(*e->agents));
	a = e->agents[e->nagents++] = mem_alloc(sizeof(*a));
	a->id = mem_strdup(id);
	*map_puts(&e->by_id, a->id) = (void *)(uintptr_t)e->nagents;
	return (uint32_t)(e->nagents - 1);
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Domains are judged in the order of the config, whatever touched them first. */
static void
sort_dirty(struct engine *e)
{
	if (e->ndirty > 1)
		qsort(e->dirty, e->ndirty, sizeof(*e->dirty), by_number);
}

static void
count(struct engine *e, struct dom *d)
{
	for (size_t i = 0; i < d->config->ntargets; i++)
		if (d->aims[i].touched || d->aims[i].wake <= e->now)
			isolate_count(e, d, &d->aims[i]);
}

void
engine_settle(struct engine *e)
{
	if (!e->ndirty)
		return;
	free(e->future);
	e->future = NULL;
	sort_dirty(e);
	for (size_t i = 0; i < e->ndirty; i++)
		count(e, &e->doms[e->dirty[i]]);
	isolate(e);
	sort_dirty(e);
	for (size_t i = 0; i < e->ndirty; i++)
		judge(e, &e->doms[e->dirty[i]]);
	event_agents(e);
	e->ndirty = 0;
	e->reported = false;
	deadline_tidy(e);
}

/*
 * The engine comes to the instant t: all that is due before it is over, what is due at it is
 * marked.
 */
void
engine_enter(struct engine *e, int64_t t)
{
	int64_t due;

	if (t <= e->now)
		return;
	engine_settle(e);
	while ((due = deadline_first(e)) < t) {
		e->now = due;
		deadline_wake(e);
		engine_settle(e);
	}
	e->now = t;
	deadline_wake(e);
}

void
engine_advance(struct engine *e, int64_t now)
{
	engine_enter(e, now);
	engine_settle(e);
}

int64_t
engine_now(const struct engine *e)
{
	return e->now;
}

int64_t
engine_due(const struct engine *e)
{
	return e->ndirty ? e->now : deadline_first(e);
}

struct engine *
engine_new(const struct config *config, int64_t now)
{
	struct engine *e = mem_alloc(sizeof(*e));

	e->config = config;
	e->now = now;
	e->last = &e->first;
	map_init(&e->by_id);
	map_init(&e->scopes);
	for (size_t i = 0; i < config->nagents; i++)
		engine_agent(e, config->agents[i].id);
	build_doms(e);
	for (size_t i = 0; i < config->ndomains; i++)
		judge(e, &e->doms[i]);
	deadline_tidy(e);
	/* The first decisions are no changes. */
	for (size_t i = 0; i < e->nchanged; i++)
		e->doms[e->changed[i]].changed = false;
	e->nchanged = 0;
	return e;
}

void
engine_free(struct engine *e)
{
	struct event ev;

	if (!e)
		return;
	while (engine_event(e, &ev))
		continue;
	build_free(e);
	for (size_t i = 0; i < e->nagents; i++) {
		free(e->agents[i]->id);
		free(e->agents[i]);
	}
	decrees_free(e);
	free(e->agents);
	free(e->changed);
	free(e->stirred);
	free(e->future);
	map_free(&e->by_id);
	free(e);
}

const char *
type_text(const struct dom *d, const struct opinion *v)
{
	return probe_type_word(v->tcp ? PROBE_TCP : (int)d->config->probe->type);
}

bool
dom_heard(const struct dom *d, uint32_t agent)
{
	for (size_t i = 0; i < d->config->ntargets; i++)
		if (fold_find(&d->aims[i], agent))
			return true;
	return false;
}

/* What an agent last said anywhere in the domain. */
static int64_t
last_word(const struct dom *d, uint32_t agent)
{
	int64_t last = NONE;
	const struct opinion *v;

	for (size_t i = 0; i < d->config->ntargets; i++)
		if ((v = fold_find(&d->aims[i], agent)) && v->last > last)
			last = v->last;
	return last;
}

static void
forget(struct engine *e, struct dom *d, uint32_t agent)
{
	for (size_t i = 0; i < d->config->ntargets; i++) {
		struct aim *a = &d->aims[i];
		struct opinion *v = fold_find(a, agent);

		if (!v)
			continue;
		v->last = v->conclusive = NONE;
		isolate_count(e, d, a);
		reason_drop(&e->reasons, v->reason);
		memmove(v, v + 1, (size_t)(a->views + a->nviews - (v + 1)) * sizeof(*v));
		a->nviews--;
		a->touched = true;
	}
	d->nagents--;
}

/*
 * A domain takes 256 agents. When they are full, one that has been silent for
 * longer than agent_forget gives its place away, the one silent longest first.
 */
static bool
may_forget(const struct engine *e, const struct dom *d, uint32_t *who)
{
	int64_t oldest = e->now - d->config->server->agent_forget_ms;

	*who = UINT32_MAX;
	for (uint32_t g = 0; g < e->nagents; g++) {
		int64_t last = last_word(d, g);

		if (last != NONE && last < oldest) {
			oldest = last;
			*who = g;
		}
	}
	return *who != UINT32_MAX;
}

static bool
make_room(struct engine *e, struct dom *d)
{
	uint32_t who;

	if (d->nagents < LIMIT_AGENTS_PER_DOMAIN)
		return true;
	if (!may_forget(e, d, &who))
		return false;
	forget(e, d, who);
	return true;
}

bool
engine_knows(const struct engine *e, const struct domain *d, const char *agent_id)
{
	uintptr_t known = (uintptr_t)map_gets(&e->by_id, agent_id);

	return known && dom_heard(engine_dom(e, d), (uint32_t)(known - 1));
}

bool
engine_room(const struct engine *e, const struct domain *d)
{
	const struct dom *dom = engine_dom(e, d);
	uint32_t who;

	return dom->nagents < LIMIT_AGENTS_PER_DOMAIN || may_forget(e, dom, &who);
}

bool
engine_serves(const struct config *c, const struct domain *d, const char *agent_id)
{
	const struct agent_binding *b;

	if (!c->nagents)
		return true;
	b = config_agent(c, agent_id);
	return b && config_tags_match(d, (const char *const *)b->tags, b->ntags);
}

/* Before the first report of an instant: what its expiries alone do. */
static void
expire(struct engine *e)
{
	for (size_t i = 0; i < e->ndirty; i++)
		if (e->doms[e->dirty[i]].woken)
			votes_expire(e, &e->doms[e->dirty[i]]);
}

static enum verdict
take(struct engine *e, struct dom *d, size_t i, const struct report *r)
{
	struct aim *a = &d->aims[i];
	uintptr_t known = (uintptr_t)map_gets(&e->by_id, r->agent_id);
	struct opinion *v = known ? fold_find(a, (uint32_t)(known - 1)) : NULL;
	bool tcp =
	    d->config->probe->type != PROBE_TCP && !strcmp(r->type, probe_type_word(PROBE_TCP));

	if (!v && !engine_serves(e->config, d->config, r->agent_id))
		return VERDICT_NO_AGENT;
	if (v && fold_duplicate(v, r))
		return VERDICT_DUPLICATE;
	if (!e->reported)
		expire(e);
	if (!v) {
		bool before = known && dom_heard(d, (uint32_t)(known - 1));

		if (!before && !make_room(e, d))
			return VERDICT_TOO_MANY;
		d->nagents += !before;
		v = fold_insert(a, engine_agent(e, r->agent_id));
	}
	fold(e, v, r, d->config, tcp);
	a->mixed |= tcp;
	e->mixed |= tcp;
	a->touched = e->reported = true;
	engine_mark(e, d);
	return VERDICT_TAKEN;
}

/* Where a report belongs, by the config alone. */
static enum verdict
place(const struct config *c, const struct report *r, const struct domain **d, size_t *i)
{
	const struct target *g;

	*d = map_gets(&c->by_name, r->domain);
	if (!*d && !(*d = config_domain(c, r->domain)))
		return VERDICT_NO_DOMAIN;
	g = config_target(*d, &r->target, r->target_name, r->port, r->check_name);
	if (!g)
		return VERDICT_NO_TARGET;
	*i = (size_t)(g - (*d)->targets);
	if (strcmp(r->check_name, g->check_name))
		return VERDICT_NO_CHECK;
	if (!strcmp(r->type, probe_type_word((int)(*d)->probe->type)))
		return VERDICT_TAKEN;
	/* An original agent connects whatever the type says; it needs a port to connect to. */
	if (strcmp(r->type, probe_type_word(PROBE_TCP)) || r->port == PORT_NONE)
		return VERDICT_NO_CHECK;
	return VERDICT_TAKEN;
}

enum verdict
engine_accepts(const struct config *config, const struct report *r)
{
	const struct domain *d;
	size_t i;
	enum verdict v = place(config, r, &d, &i);

	if (v == VERDICT_TAKEN && !engine_serves(config, d, r->agent_id))
		return VERDICT_NO_AGENT;
	return v;
}

enum verdict
engine_report(struct engine *e, const struct report *r)
{
	const struct domain *d;
	size_t i;
	enum verdict v;

	engine_enter(e, r->arrival);
	v = place(e->config, r, &d, &i);
	if (v != VERDICT_TAKEN)
		return v;
	return take(e, &e->doms[d->index], i, r);
}

const char *
verdict_text(enum verdict v)
{
	static const char *const text[] = {
		[VERDICT_TAKEN] = "taken",
		[VERDICT_DUPLICATE] = "seen before",
		[VERDICT_NO_DOMAIN] = "domain not configured",
		[VERDICT_NO_TARGET] = "target not configured",
		[VERDICT_NO_CHECK] = "check not configured",
		[VERDICT_NO_AGENT] = "agent not configured for this domain",
		[VERDICT_TOO_MANY] = "too many agents for this domain",
	};

	return text[v];
}

bool
engine_changed(struct engine *e, const struct domain **d)
{
	struct dom *dom;

	if (e->changed_at == e->nchanged) {
		e->changed_at = e->nchanged = 0;
		return false;
	}
	dom = &e->doms[e->changed[e->changed_at++]];
	dom->changed = false;
	*d = dom->config;
	return true;
}
