#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/inside.h"

/* One domain at a time is put together here. */
struct saver {
	const struct engine *e;
	struct saved_domain d;
	struct answer answers[FAMILIES][SETS][LIMIT_TARGETS];
	struct saved_target targets[LIMIT_TARGETS];
	struct saved_view *views;
	size_t nviews, cap;
};

static struct saved_view
view(const struct engine *e, const struct opinion *v)
{
	return (struct saved_view){
		.agent = e->agents[v->agent]->id, .reason = reason_text(&e->reasons, v->reason),
		.inc = v->inc, .seq = v->seq, .last = v->last, .conclusive = v->conclusive,
		.arrival = v->arrival, .period = v->period, .latency = v->latency,
		.oks = v->oks, .fails = v->fails, .state = v->state, .status = v->status,
		.skew = v->skew, .dated = v->dated, .tcp = v->tcp,
	};
}

static struct saved_target
target(const struct target *config, const struct aim *a)
{
	return (struct saved_target){
		.key = target_key(config),
		.state = a->state, .votes = a->votes, .determined = a->determined,
		.since = a->since, .undetermined = a->undetermined, .up_since = a->up_since,
		.latched = a->latched, .delayed = a->delayed, .overridden = a->override != NULL,
		.nviews = a->nviews,
	};
}

static void
save_targets(struct saver *s, const struct dom *d)
{
	size_t n = 0;

	s->nviews = 0;
	for (size_t i = 0; i < d->config->ntargets; i++)
		n += d->aims[i].nviews;
	s->views = mem_array(s->views, &s->cap, n + 1, sizeof(*s->views));
	for (size_t i = 0; i < d->config->ntargets; i++) {
		const struct aim *a = &d->aims[i];

		s->targets[i] = target(&d->config->targets[i], a);
		s->targets[i].views = s->views + s->nviews;
		for (size_t k = 0; k < a->nviews; k++)
			s->views[s->nviews++] = view(s->e, &a->views[k]);
	}
	s->d.targets = s->targets;
	s->d.ntargets = d->config->ntargets;
}

static struct saved_answers
answers(struct saver *s, const struct dom *d, int which, int f)
{
	struct answer *list = s->answers[f][which];

	return (struct saved_answers){list, dom_answers(d, dom_set(d, which, f), list)};
}

static void
save_rrset(struct saver *s, const struct dom *d, int f)
{
	const struct choice *c = dom_choice(d, f);

	s->d.rrsets[f] = (struct saved_rrset){
		.there = true, .since = c->since, .source = c->source, .rcode = c->rcode, .ttl = c->ttl,
		.now = answers(s, d, SET_NOW, f),
		.kept = c->kept, .lasted = c->lasted, .kept_falling = c->kept_falling,
		.kept_ttl = c->kept_ttl, .kept_rcode = c->kept_rcode,
	};
	if (c->kept)
		s->d.rrsets[f].keep = answers(s, d, SET_KEEP, f);
	if (c->lasted)
		s->d.rrsets[f].last = answers(s, d, SET_LAST, f);
}

static const struct saved_domain *
save_domain(struct saver *s, const struct dom *d)
{
	memset(&s->d, 0, sizeof(s->d));
	s->d.name = d->config->name;
	s->d.type = d->config->type;
	s->d.probe = (int)d->config->probe->type;
	s->d.since = d->since;
	for (int f = d->first; f < d->end; f++)
		save_rrset(s, d, f);
	save_targets(s, d);
	return &s->d;
}

void
engine_save(const struct engine *e, const struct saved_calls *to)
{
	struct saver *s = mem_alloc(sizeof(*s));

	s->e = e;
	for (size_t i = 0; i < e->nagents; i++)
		to->agent(to->arg, &(struct saved_agent){e->agents[i]->id, e->agents[i]->fresh > 0,
		                                         e->agents[i]->heard});
	for (const struct decree *r = e->first_decree; r; r = r->after)
		to->override(to->arg, &(struct saved_override){r->said, r->start, r->end, r->serial});
	for (size_t i = 0; i < e->config->ndomains; i++)
		to->domain(to->arg, save_domain(s, &e->doms[i]));
	free(s->views);
	free(s);
}
