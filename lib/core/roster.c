#include "core/roster.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/view.h"

static struct roster_agent *
enter(struct roster *r, const char *id)
{
	struct roster_agent **slot = (struct roster_agent **)map_puts(&r->agents, id);

	if (!*slot) {
		*slot = mem_alloc(sizeof(**slot));
		(*slot)->last_at = -1;
	}
	return *slot;
}

static void
take_target(struct roster *r, struct engine *e, const struct domain *d, size_t target)
{
	size_t n = view_agents(e, d, target);
	struct agent_view v;

	for (size_t i = 0; i < n; i++) {
		struct roster_agent *a;

		view_agent(e, d, target, i, &v);
		a = enter(r, v.agent_id);
		if (v.last_at > a->last_at)
			a->last_at = v.last_at;
		a->fresh |= v.fresh;
		a->expected |= v.expected;
		a->lacks |= v.expected && !v.fresh;
		a->isolated |= v.isolated;
	}
}

/* Whom the config names is expected before the first report. */
static void
take_domain(struct roster *r, struct engine *e, const struct config *c, const struct domain *d)
{
	for (size_t i = 0; i < d->ntargets; i++)
		take_target(r, e, d, i);
	for (size_t i = 0; i < c->nagents && d->ntargets; i++)
		if (config_tags_match(d, (const char *const *)c->agents[i].tags,
		                      c->agents[i].ntags))
			enter(r, c->agents[i].id)->expected = true;
}

void
roster_init(struct roster *r, struct engine *e, const struct config *c, const bool *chosen)
{
	const struct map_slot *s;

	*r = (struct roster){0};
	map_init(&r->agents);
	for (size_t i = 0; i < c->ndomains; i++)
		if (!chosen || chosen[i])
			take_domain(r, e, c, &c->domains[i]);
	for (size_t i = 0; (s = map_next(&r->agents, &i));) {
		const struct roster_agent *a = s->value;

		r->fresh += a->fresh;
		r->stale += a->expected && !a->fresh;
		r->lacking += a->expected && (a->lacks || !a->fresh);
		r->isolated += a->isolated;
	}
}

void
roster_free(struct roster *r)
{
	const struct map_slot *s;

	for (size_t i = 0; (s = map_next(&r->agents, &i));)
		free(s->value);
	map_free(&r->agents);
}
