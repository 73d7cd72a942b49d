#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/inside.h"

/* Notes are queued as text of just their length: a mass failure makes hundreds of thousands. */
static void
queue(struct engine *e, const struct event *ev)
{
	const char *const parts[] = {ev->domain, ev->target, ev->agent, ev->from, ev->to, ev->why};
	enum { PARTS = sizeof(parts) / sizeof(*parts) };
	size_t n = 0, len;
	struct note *note;

	for (size_t i = 0; i < PARTS; i++)
		n += strlen(parts[i]) + 1;
	note = mem_alloc(sizeof(*note) + n);
	note->kind = ev->kind;
	note->at = ev->at;
	note->type = (uint8_t)ev->type;
	note->source = (uint8_t)ev->source;
	n = 0;
	for (size_t i = 0; i < PARTS; i++, n += len) {
		len = strlen(parts[i]) + 1;
		memcpy(note->text + n, parts[i], len);
	}
	*e->last = note;
	e->last = &note->next;
}

static const char *
unpack(char *dst, size_t cap, const char *text)
{
	snprintf(dst, cap, "%s", text);
	return text + strlen(text) + 1;
}

bool
engine_event(struct engine *e, struct event *ev)
{
	struct note *note = e->first;
	const char *p;

	if (!note)
		return false;
	ev->kind = note->kind;
	ev->at = note->at;
	ev->type = (enum rrtype)note->type;
	ev->source = (enum source)note->source;
	p = unpack(ev->domain, sizeof(ev->domain), note->text);
	p = unpack(ev->target, sizeof(ev->target), p);
	p = unpack(ev->agent, sizeof(ev->agent), p);
	p = unpack(ev->from, sizeof(ev->from), p);
	p = unpack(ev->to, sizeof(ev->to), p);
	unpack(ev->why, sizeof(ev->why), p);
	e->first = note->next;
	if (!e->first)
		e->last = &e->first;
	free(note);
	return true;
}

void
engine_events(struct engine *e, bool on)
{
	e->events = on;
	e->nstirred = 0;
	for (size_t i = 0; i < e->nagents; i++)
		e->agents[i]->live = e->agents[i]->fresh > 0;
}

static void
begin(const struct engine *e, const struct dom *d, enum event_kind kind, struct event *ev)
{
	ev->kind = kind;
	ev->at = e->now;
	snprintf(ev->domain, sizeof(ev->domain), "%s", d ? d->config->name : "");
	ev->type = RRTYPE_A;
	ev->source = SOURCE_NONE;
	ev->target[0] = ev->agent[0] = ev->from[0] = ev->to[0] = ev->why[0] = '\0';
}

static void
name_target(const struct dom *d, size_t i, struct event *ev)
{
	const struct target *t = &d->config->targets[i];

	target_text(ev->target, t);
	ev->type = family_type((enum family)t->addr.family, d->config->type);
}

/* Why an agent says down: the reason of the first that does. */
static const char *
first_reason(const struct engine *e, const struct dom *d, const struct aim *a)
{
	for (size_t i = 0; i < a->nviews; i++)
		if (a->views[i].state == STATE_DOWN && a->views[i].reason &&
		    opinion_fresh(&a->views[i], d->config, e->now))
			return reason_text(&e->reasons, a->views[i].reason);
	return NULL;
}

static void
override_reason(const struct override *o, char *dst, size_t cap)
{
	snprintf(dst, cap, "override %s%s%s%s%s", override_state_word((int)o->state),
	         o->who[0] ? " by " : "", o->who, o->reason[0] ? ": " : "", o->reason);
}

/* Nobody counts: because all are silent, or because those who are not cannot tell. */
static const char *
no_voice(const struct engine *e, const struct dom *d, const struct aim *a)
{
	for (size_t i = 0; i < a->nviews; i++)
		if (opinion_recent(&a->views[i], d->config, e->now))
			return "no fresh report that counts";
	return "no fresh report";
}

/* One line on why target i is as it is: "0 of 3 up: connection refused". */
void
event_reason(const struct engine *e, const struct dom *d, size_t i, char *dst, size_t cap)
{
	const struct aim *a = &d->aims[i];
	struct tally n = votes_tally(e, d, a, e->now);
	const char *reason = a->votes == STATE_DOWN ? first_reason(e, d, a) : NULL;

	if (a->override)
		override_reason(&a->override->said, dst, cap);
	else if (a->latched != NONE && a->votes != STATE_DOWN)
		snprintf(dst, cap, "%s, kept down until cleared", state_word((int)a->votes));
	else if (a->state == STATE_DOWN && a->votes == STATE_UP)
		snprintf(dst, cap, "up, kept down by failback_delay");
	else if (!n.ok && !n.bad)
		snprintf(dst, cap, "%s", no_voice(e, d, a));
	else
		snprintf(dst, cap, "%d of %d up%s%s", n.ok, n.expected, reason ? ": " : "",
		         reason ? reason : "");
}

static void
event_override(struct engine *e, struct dom *d, size_t i, const struct aim *was)
{
	const struct aim *a = &d->aims[i];
	struct event ev;

	begin(e, d, EVENT_OVERRIDE, &ev);
	name_target(d, i, &ev);
	snprintf(ev.from, sizeof(ev.from), "%s",
	         was->override ? override_state_word((int)was->override->said.state) : "none");
	snprintf(ev.to, sizeof(ev.to), "%s",
	         a->override ? override_state_word((int)a->override->said.state) : "none");
	override_reason(a->override ? &a->override->said : &was->override->said, ev.why,
	                sizeof(ev.why));
	queue(e, &ev);
}

void
event_target(struct engine *e, struct dom *d, size_t i, const struct aim *before, unsigned what)
{
	struct event ev;

	if (what & JUDGED_OVERRIDE)
		event_override(e, d, i, before);
	if (!(what & JUDGED_STATE))
		return;
	begin(e, d, EVENT_TARGET, &ev);
	name_target(d, i, &ev);
	snprintf(ev.from, sizeof(ev.from), "%s", state_word((int)before->state));
	snprintf(ev.to, sizeof(ev.to), "%s", state_word((int)d->aims[i].state));
	event_reason(e, d, i, ev.why, sizeof(ev.why));
	queue(e, &ev);
}

/* "192.0.2.1,192.0.2.2", "+7" in place of what has no room; "SERVFAIL". */
static void
join(const struct dom *d, const uint64_t *set, const struct choice *c, char *dst, size_t cap)
{
	struct answer a[LIMIT_TARGETS];
	size_t n = dom_answers(d, set, a), len = 0;

	snprintf(dst, cap, "%s", c->rcode ? rcode_word(c->rcode) : "");
	for (size_t i = 0; i < n; i++) {
		char buf[ADDR_TEXT];
		const char *text = answer_text(buf, &a[i]);

		if (len + strlen(text) + 8 > cap) {
			snprintf(dst + len, cap - len, "%s+%zu", len ? "," : "", n - i);
			return;
		}
		len += (size_t)snprintf(dst + len, cap - len, "%s%s", len ? "," : "", text);
	}
}

static bool
in_set(const uint64_t *set, size_t bit)
{
	return set[bit / 64] >> (bit % 64) & 1;
}

/*
 * Which of the family's targets, whose rank moved in this instant, brought the change about: one
 * that came into the answer as it rose or left it as it fell, else the first.  SIZE_MAX: none.
 */
static size_t
culprit(const struct dom *d, int f, const struct before *was)
{
	const uint64_t *now = dom_set(d, SET_NOW, f);
	size_t first = SIZE_MAX;

	for (size_t i = 0; i < d->config->ntargets; i++) {
		const struct aim *a = &d->aims[i];
		bool is_in;

		if (d->config->targets[i].addr.family != f || a->rank == was->ranks[i])
			continue;
		is_in = in_set(now, a->name);
		if (is_in != in_set(was->sets[f], a->name) && is_in == (a->rank < was->ranks[i]))
			return i;
		if (first == SIZE_MAX)
			first = i;
	}
	return first;
}

/* Of a family that hangs on another: one without targets, or with no address on the list. */
static size_t
culprit_elsewhere(const struct dom *d, const struct before *was, int *family)
{
	size_t i = SIZE_MAX;

	for (int f = d->first; f < d->end && i == SIZE_MAX; f++) {
		i = culprit(d, f, was);
		*family = f;
	}
	return i;
}

static const char *
by_rule(const struct dom *d, int f)
{
	static const char *const texts[] = {
		[RULE_NO_TARGETS] = "follows the other family", [RULE_LIVE] = "targets up",
		[RULE_DRAINED] = "only drained targets are up", [RULE_SILENCE] = "no target up, some unknown",
		[RULE_ALL_DOWN] = "all targets down",
	};

	return texts[dom_choice(d, f)->rule];
}

static void
answer_reason(const struct engine *e, const struct dom *d, int f, const struct before *was,
              char *dst, size_t cap)
{
	char target[TARGET_TEXT], why[200], follows[24] = "";
	size_t i = culprit(d, f, was);
	int other;

	if (i == SIZE_MAX && (i = culprit_elsewhere(d, was, &other)) != SIZE_MAX)
		snprintf(follows, sizeof(follows), "follows %s: ",
		         rrtype_word((int)family_type((enum family)other, d->config->type)));
	if (i == SIZE_MAX) {
		snprintf(dst, cap, "%s", by_rule(d, f));
		return;
	}
	target_text(target, &d->config->targets[i]);
	event_reason(e, d, i, why, sizeof(why));
	snprintf(dst, cap, "%s%s %s (%s)", follows, target, state_word((int)d->aims[i].state), why);
}

static void
event_tier(struct engine *e, struct dom *d, int f, const struct before *before)
{
	const struct choice *c = dom_choice(d, f), *was = &before->choices[f];
	struct event ev;

	if (was->source != SOURCE_LIVE || c->source != SOURCE_LIVE || was->tier == c->tier)
		return;
	begin(e, d, EVENT_TIER, &ev);
	ev.type = family_type((enum family)f, d->config->type);
	ev.source = SOURCE_LIVE;
	snprintf(ev.from, sizeof(ev.from), "%d", was->tier);
	snprintf(ev.to, sizeof(ev.to), "%d", c->tier);
	answer_reason(e, d, f, before, ev.why, sizeof(ev.why));
	queue(e, &ev);
}

void
event_answer(struct engine *e, struct dom *d, int f, const struct before *was)
{
	const struct choice *c = dom_choice(d, f);
	struct event ev;

	event_tier(e, d, f, was);
	if (dom_says(d, f, was->sets[f], &was->choices[f]))
		return;
	begin(e, d, EVENT_ANSWER, &ev);
	ev.type = family_type((enum family)f, d->config->type);
	ev.source = (enum source)c->source;
	join(d, was->sets[f], &was->choices[f], ev.from, sizeof(ev.from));
	join(d, dom_set(d, SET_NOW, f), c, ev.to, sizeof(ev.to));
	answer_reason(e, d, f, was, ev.why, sizeof(ev.why));
	queue(e, &ev);
}

/* What a family of it answers; nothing where there is no such domain or family. */
static enum source
answer_text_of(const struct dom *d, int f, char *dst, size_t cap)
{
	dst[0] = '\0';
	if (!d || f < d->first || f >= d->end)
		return SOURCE_NONE;
	join(d, dom_set(d, SET_NOW, f), dom_choice(d, f), dst, cap);
	return (enum source)dom_choice(d, f)->source;
}

void
engine_answering(const struct engine *e, const struct domain *domain, enum family f,
                 struct event *ev)
{
	const struct dom *d = engine_dom(e, domain);

	begin(e, d, EVENT_ANSWER, ev);
	ev->type = family_type(f, domain->type);
	ev->source = answer_text_of(d, (int)f, ev->to, sizeof(ev->to));
	if ((int)f >= d->first && (int)f < d->end)
		snprintf(ev->why, sizeof(ev->why), "%s", by_rule(d, (int)f));
}

void
event_config(struct engine *e, const struct dom *was, const struct dom *now)
{
	const struct dom *either = now ? now : was;
	struct event ev;

	for (int f = 0; f < FAMILIES; f++) {
		enum source source;

		begin(e, either, EVENT_ANSWER, &ev);
		source = answer_text_of(was, f, ev.from, sizeof(ev.from));
		ev.source = answer_text_of(now, f, ev.to, sizeof(ev.to));
		if (source == ev.source && !strcmp(ev.from, ev.to))
			continue;
		ev.type = family_type((enum family)f, either->config->type);
		snprintf(ev.why, sizeof(ev.why), "%s", !was ? "newly configured"
		         : !now ? "no longer configured" : "another config");
		queue(e, &ev);
	}
}

/* Agents whose last fresh view went, or whose first came, in this instant; by agent_id. */
static int
by_id(const void *a, const void *b, void *arg)
{
	const struct engine *e = arg;

	return strcmp(e->agents[*(const uint32_t *)a]->id, e->agents[*(const uint32_t *)b]->id);
}

void
event_agents(struct engine *e)
{
	struct event ev;

	if (e->nstirred > 1)
		qsort_r(e->stirred, e->nstirred, sizeof(*e->stirred), by_id, e);
	for (size_t i = 0; i < e->nstirred; i++) {
		struct agent *g = e->agents[e->stirred[i]];

		if (g->live == (g->fresh > 0))
			continue;
		g->live = !g->live;
		begin(e, NULL, EVENT_AGENT, &ev);
		snprintf(ev.agent, sizeof(ev.agent), "%s", g->id);
		snprintf(ev.from, sizeof(ev.from), "%s", g->live ? "silent" : "fresh");
		snprintf(ev.to, sizeof(ev.to), "%s", g->live ? "fresh" : "silent");
		snprintf(ev.why, sizeof(ev.why), "%s",
		         !g->live   ? "its last report is stale everywhere"
		         : g->heard ? "it reports again"
		                    : "its first fresh report");
		queue(e, &ev);
	}
	e->nstirred = 0;
}
