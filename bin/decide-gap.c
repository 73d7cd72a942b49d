#include "decide-gap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "edge/annals.h"
#include "model/answer.h"

struct change {             /* of one family */
	bool noted;
	char *from, *why;   /* before the first that was noted; of the last one */
	int resourced;      /* the first changed but the source, to this one; -1 */
	enum rrtype type;
	char *recorded;     /* the last answer in decisions/; NULL */
	enum source source; /* of it */
};

struct changed {
	char *domain;
	int64_t first, last; /* when what was noted was; INT64_MAX: nothing is noted */
	struct change of[FAMILIES];
};

struct gap {
	struct map by_domain;
	struct changed **list; /* in the order in which they came */
	size_t n, cap;
};

struct gap *
gap_new(void)
{
	struct gap *g = mem_alloc(sizeof(*g));

	map_init(&g->by_domain);
	return g;
}

static void
drop(struct changed *c)
{
	for (int f = 0; f < FAMILIES; f++) {
		free(c->of[f].from);
		free(c->of[f].why);
		free(c->of[f].recorded);
	}
	free(c->domain);
	free(c);
}

void
gap_forget(struct gap *g, int64_t t)
{
	size_t kept = 0;

	for (size_t i = 0; i < g->n; i++) {
		struct changed *c = g->list[i];

		if (c->last >= t) {
			g->list[kept++] = c;
			continue;
		}
		map_del(&g->by_domain, c->domain, strlen(c->domain));
		drop(c);
	}
	g->n = kept;
}

void
gap_free(struct gap *g)
{
	if (!g)
		return;
	gap_forget(g, INT64_MAX);
	map_free(&g->by_domain);
	free(g->list);
	free(g);
}

static struct changed *
of_domain(struct gap *g, const char *domain)
{
	struct changed *c = map_gets(&g->by_domain, domain);

	if (c)
		return c;
	c = mem_alloc(sizeof(*c));
	c->domain = mem_strdup(domain);
	c->first = INT64_MAX;
	*map_puts(&g->by_domain, c->domain) = c;
	g->list = mem_array(g->list, &g->cap, g->n + 1, sizeof(*g->list));
	return g->list[g->n++] = c;
}

void
gap_event(struct gap *g, const struct event *ev)
{
	struct changed *whole;
	struct change *c;

	if (ev->kind != EVENT_ANSWER)
		return;
	whole = of_domain(g, ev->domain);
	if (whole->first > ev->at)
		whole->first = ev->at;
	whole->last = ev->at;
	c = &whole->of[type_family(ev->type)];
	c->type = ev->type;
	if (!c->noted) {
		c->from = mem_strdup(ev->from);
		c->resourced = strcmp(ev->from, ev->to) ? -1 : (int)ev->source;
	}
	c->noted = true;
	free(c->why);
	c->why = mem_strdup(ev->why);
}

/* ---- what was recorded all the same */

static int
read_recorded(struct gap *g, const struct statedir *dir, int64_t since, struct fault *f)
{
	const struct annals_query q = {since, INT64_MAX, 1u << EVENT_ANSWER, NULL, false, false};
	enum annals_step step;
	struct annals_line line;
	struct annals a;
	int r = annals_open(&a, dir, &q, f);

	if (r != 0)
		return r < 0 ? -1 : 0;
	while ((step = annals_next(&a, &line, f)) == ANNALS_LINE) {
		const struct event *ev = line.event;
		struct change *c = &of_domain(g, ev->domain)->of[type_family(ev->type)];

		free(c->recorded);
		c->recorded = mem_strdup(ev->to);
		c->source = ev->source;
		c->type = ev->type;
	}
	annals_close(&a);
	return step == ANNALS_FAILED ? -1 : 0;
}

/* ---- the difference */

/* ev->to and source are what is answered now. */
static bool
same(const struct change *c, const struct event *ev)
{
	if (c->recorded)
		return !strcmp(c->recorded, ev->to) && c->source == ev->source;
	return !strcmp(c->from, ev->to) && c->resourced != (int)ev->source;
}

static void
answer_now(const struct engine *e, const struct domain *d, const struct changed *whole, int f,
           struct event *ev)
{
	if (d) {
		engine_answering(e, d, (enum family)f, ev);
		return;
	}
	*ev = (struct event){.kind = EVENT_ANSWER, .type = whole->of[f].type};
	ev->source = SOURCE_NONE;
	snprintf(ev->domain, sizeof(ev->domain), "%s", whole->domain);
	snprintf(ev->why, sizeof(ev->why), "no longer configured");
}

static bool
difference(const struct gap_end *end, const struct changed *whole, int f, struct event *ev)
{
	const struct domain *d = config_domain(end->config, whole->domain);
	const struct change *c = &whole->of[f];
	char *why;

	answer_now(end->engine, d, whole, f, ev);
	if (same(c, ev))
		return false;
	snprintf(ev->from, sizeof(ev->from), "%s", c->recorded ? c->recorded : c->from);
	why = mem_strdup(c->why ? c->why : ev->why);
	snprintf(ev->why, sizeof(ev->why), "while nothing was recorded: %s", why);
	free(why);
	return true;
}

static void
tell_differences(const struct changed *whole, bool answered, const struct gap_end *end)
{
	static struct event ev;

	for (int f = 0; f < FAMILIES; f++) {
		const struct change *c = &whole->of[f];

		if (!(c->recorded || (c->noted && answered)) || !difference(end, whole, f, &ev))
			continue;
		ev.at = end->at;
		end->tell(end->arg, &ev);
	}
}

int
gap_close(struct gap *g, const struct statedir *dir, int64_t since, const struct gap_end *end,
          struct fault *f)
{
	bool answered = since != INT64_MIN;

	for (size_t i = 0; i < g->n; i++)
		if (g->list[i]->first < since)
			since = g->list[i]->first;
	if (read_recorded(g, dir, since, f) < 0)
		return -1;
	for (size_t i = 0; i < g->n; i++)
		tell_differences(g->list[i], answered, end);
	gap_forget(g, INT64_MAX);
	return 0;
}
