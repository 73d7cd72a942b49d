#include "core/tune.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/view.h"

struct history { /* of one domain */
	struct tune_sum sum;
	int64_t begun;  /* with its first report; -1: there was none */
	int64_t judged; /* when a target had its first state; -1: none has one */
	int64_t marked; /* summed up to here */
	uint8_t source[FAMILIES];
};

struct tune {
	const struct config *config;
	struct engine *engine;
	struct history *domains;
	int64_t since;
};

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct tune *
tune_new(const struct config *config, int64_t start, int64_t since)
{
	static struct decision dec;
	struct tune *t = mem_alloc(sizeof(*t));

	t->config = config;
	t->since = since;
	t->engine = engine_new(config, start);
	t->domains = mem_alloc((config->ndomains + 1) * sizeof(*t->domains));
	engine_events(t->engine, true);
	for (size_t i = 0; i < config->ndomains; i++) {
		struct history *h = &t->domains[i];

		h->begun = h->judged = -1;
		view_decision(t->engine, &config->domains[i], &dec);
		for (int f = 0; f < FAMILIES; f++)
			h->source[f] = (uint8_t)dec.rrsets[f].source;
	}
	return t;
}

void
tune_free(struct tune *t)
{
	if (!t)
		return;
	engine_free(t->engine);
	free(t->domains);
	free(t);
}

/* Adds the time since the last mark by what was answered in it. */
static void
account(struct tune *t, const struct domain *d, int64_t at)
{
	struct history *h = &t->domains[d->index];
	int64_t ms = at - later(later(h->begun, t->since), h->marked);
	bool fallback = false, live = true;

	if (h->begun < 0 || ms <= 0)
		return;
	for (int f = 0; f < FAMILIES; f++) {
		fallback |= h->source[f] == SOURCE_FALLBACK;
		live &= !domain_has(d, (enum family)f) || h->source[f] == SOURCE_LIVE;
	}
	h->sum.ms += ms;
	h->sum.fallback_ms += fallback ? ms : 0;
	h->sum.not_live_ms += live ? 0 : ms;
	h->marked = at;
}

static void
take_event(struct tune *t, const struct domain *d, const struct event *ev)
{
	struct history *h = &t->domains[d->index];
	bool counts;

	if (ev->kind == EVENT_TARGET && h->judged < 0)
		h->judged = ev->at;
	/* That the first verdict brings an answer about is no change of it. */
	counts = h->judged >= 0 && ev->at > h->judged && ev->at >= t->since;
	account(t, d, ev->at);
	if (ev->kind == EVENT_ANSWER) {
		h->source[type_family(ev->type)] = (uint8_t)ev->source;
		h->sum.changes += counts;
	} else if (ev->kind == EVENT_TARGET) {
		h->sum.flaps += counts && !strcmp(ev->from, state_word(STATE_UP));
	}
}

static void
take_events(struct tune *t)
{
	static struct event ev;
	const struct domain *d;

	while (engine_event(t->engine, &ev))
		if (*ev.domain && (d = map_gets(&t->config->by_name, ev.domain)))
			take_event(t, d, &ev);
}

void
tune_until(struct tune *t, int64_t at)
{
	if (at - 1 > engine_now(t->engine))
		engine_advance(t->engine, at - 1);
	take_events(t);
}

void
tune_report(struct tune *t, const struct report *r)
{
	const struct domain *d = config_domain(t->config, r->domain);

	if (engine_report(t->engine, r) == VERDICT_TAKEN && t->domains[d->index].begun < 0)
		t->domains[d->index].begun = t->domains[d->index].marked = r->arrival;
}

void
tune_override(struct tune *t, const struct override *o)
{
	engine_override(t->engine, o);
}

void
tune_end(struct tune *t, int64_t at)
{
	engine_advance(t->engine, at);
	take_events(t);
	for (size_t i = 0; i < t->config->ndomains; i++)
		account(t, &t->config->domains[i], at);
}

void
tune_sum(const struct tune *t, const struct domain *d, struct tune_sum *out)
{
	*out = t->domains[d->index].sum;
}
