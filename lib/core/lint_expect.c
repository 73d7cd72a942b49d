#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/advise.h"
#include "core/explain.h"
#include "core/view.h"

/*
 * expect: of a domain.  The story is always the same: every agent finds all
 * targets up; what is drained is; what is down fails until it is down for all
 * agents; at last nobody hears of what is unknown any more.
 */

static const char *const conditions[] = {"down", "unknown", "drained"};

struct story {
	struct config config; /* of this one domain */
	struct domain domain;
	const struct expect *expect;
	struct engine *engine;
	int64_t now;
};

static bool
is(const struct expect *e, int state, const struct target *t)
{
	struct target_pattern p;

	for (size_t i = 0; i < e->nwhen[state]; i++)
		if (target_pattern_parse(e->when[state][i], &p) == 0 &&
		    target_pattern_matches(&p, t))
			return true;
	return false;
}

static void
begin(struct story *s, const struct advisor *a, const struct expect *e)
{
	memset(s, 0, sizeof(*s));
	s->expect = e;
	s->domain = *a->domain;
	s->domain.index = 0;
	s->config.agents = a->config->agents;
	s->config.nagents = a->config->nagents;
	s->config.domains = &s->domain;
	s->config.ndomains = 1;
	map_init(&s->config.by_name);
	*map_puts(&s->config.by_name, s->domain.name) = &s->domain;
	s->engine = engine_new(&s->config, 0);
}

static void
end(struct story *s)
{
	engine_free(s->engine);
	map_free(&s->config.by_name);
}

/* ---- what agents say */

static void
report(struct story *s, const char *agent, const struct target *t, enum status status)
{
	struct report r = {.status = status, .latency_ms = -1, .mono_ms = -1, .age_ms = -1,
	                   .boot_ms = -1, .received = s->now, .timestamp = s->now,
	                   .arrival = s->now, .effective = s->now};
	const char *name;

	r.target = *target_probed(t, &name, &r.port);
	snprintf(r.agent_id, sizeof(r.agent_id), "%s", agent);
	snprintf(r.domain, sizeof(r.domain), "%s", s->domain.name);
	snprintf(r.check_name, sizeof(r.check_name), "%s", t->check_name);
	snprintf(r.type, sizeof(r.type), "%s", probe_type_word((int)s->domain.probe->type));
	if (name)
		snprintf(r.target_name, sizeof(r.target_name), "%s", name);
	engine_report(s->engine, &r);
}

/* Where agents are learned there are as many as a quorum wants. */
static size_t
made_up(const struct server_rules *r)
{
	return r->votes == VOTES_QUORUM && r->quorum.kind == QUORUM_COUNT ? r->quorum.value : 1;
}

/* All of them speak of a target, at this instant; who does not serve the domain is not heard. */
static void
report_all(struct story *s, const struct target *t, enum status status)
{
	char name[24];

	for (size_t i = 0; i < s->config.nagents; i++)
		report(s, s->config.agents[i].id, t, status);
	for (size_t i = 0; !s->config.nagents && i < made_up(s->domain.server); i++) {
		snprintf(name, sizeof(name), "agent%zu", i + 1);
		report(s, name, t, status);
	}
}

static void
pass(struct story *s, int64_t ms)
{
	s->now += ms;
	engine_advance(s->engine, s->now - 1);
}

static void
all_up(struct story *s)
{
	pass(s, 1000);
	for (size_t i = 0; i < s->domain.ntargets; i++)
		report_all(s, &s->domain.targets[i], STATUS_OK);
	engine_settle(s->engine);
}

static void
drain(struct story *s)
{
	struct override o = {.state = OVERRIDE_DRAIN, .at = s->now, .until = OVERRIDE_FOREVER};

	snprintf(o.domain, sizeof(o.domain), "%s", s->domain.name);
	for (size_t i = 0; i < s->expect->nwhen[EXPECT_DRAIN]; i++) {
		snprintf(o.target, sizeof(o.target), "%s", s->expect->when[EXPECT_DRAIN][i]);
		engine_override(s->engine, &o);
	}
	engine_settle(s->engine);
}

static void
fail(struct story *s)
{
	const struct domain *d = &s->domain;

	for (int round = 0; s->expect->nwhen[EXPECT_DOWN] && round < d->server->fall; round++) {
		pass(s, 1);
		for (size_t i = 0; i < d->ntargets; i++)
			if (is(s->expect, EXPECT_DOWN, &d->targets[i]))
				report_all(s, &d->targets[i], STATUS_FAIL);
		engine_settle(s->engine);
	}
}

/* So long that nothing is fresh, then all others as they were. */
static void
fall_silent(struct story *s)
{
	const struct domain *d = &s->domain;

	if (!s->expect->nwhen[EXPECT_UNKNOWN])
		return;
	pass(s, d->server->timeout_ms + d->server->hold_ms + 2);
	for (size_t i = 0; i < d->ntargets; i++) {
		const struct target *t = &d->targets[i];

		if (!is(s->expect, EXPECT_UNKNOWN, t))
			report_all(s, t, is(s->expect, EXPECT_DOWN, t) ? STATUS_FAIL : STATUS_OK);
	}
	engine_settle(s->engine);
}

static void
tell(struct story *s)
{
	all_up(s);
	drain(s);
	fail(s);
	fall_silent(s);
}

/* ---- what came out */

static size_t
collect(const struct decision *d, struct answer *out)
{
	size_t n = 0;

	for (int f = 0; f < FAMILIES; f++) {
		memcpy(out + n, d->rrsets[f].answers, d->rrsets[f].nanswers * sizeof(*out));
		n += d->rrsets[f].nanswers;
	}
	return answer_sort(out, n);
}

static bool
equal(const struct answer *a, size_t n, const struct answer *b, size_t m)
{
	if (n != m)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!answer_equal(&a[i], &b[i]))
			return false;
	return true;
}

static void
add_answers(struct buf *b, const struct answer *a, size_t n)
{
	char text[ADDR_TEXT];

	if (n == 0)
		buf_puts(b, "nothing");
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%s", i ? ", " : "", answer_text(text, &a[i]));
}

static void
add_when(struct buf *b, const struct expect *e)
{
	bool any = false;

	for (int k = 0; k < EXPECT_STATES; k++) {
		for (size_t i = 0; i < e->nwhen[k]; i++)
			buf_printf(b, "%s%s", i ? ", " : any ? " and " : "with ", e->when[k][i]);
		if (e->nwhen[k] > 0)
			buf_printf(b, " %s", conditions[k]);
		any |= e->nwhen[k] > 0;
	}
	buf_puts(b, any ? " " : "with all targets up ");
}

static void
add_why(struct buf *b, struct story *s, const struct decision *d)
{
	struct explain x = {.engine = s->engine, .config = &s->config, .domain = &s->domain,
	                    .decision = d};
	const char *sep = "; ";
	struct place at;

	for (int f = 0; f < FAMILIES; f++) {
		struct rrset_view v;

		view_rrset(s->engine, &s->domain, (enum family)f, &v);
		if (v.rule == RULE_NO_TARGETS)
			continue;
		buf_printf(b, "%s%s: ", sep, rrtype_word((int)family_type((enum family)f, d->type)));
		explain_why(&x, (enum family)f, b, &at);
	}
}

static void
check(struct advisor *a, const struct expect *e)
{
	struct answer *got = mem_alloc(FAMILIES * LIMIT_TARGETS * sizeof(*got));
	struct decision *d = mem_alloc(sizeof(*d));
	struct buf b = {0};
	struct story s;
	size_t n;

	begin(&s, a, e);
	tell(&s);
	engine_decision(s.engine, &s.domain, d);
	n = collect(d, got);
	if (!equal(got, n, e->answer, e->nanswer)) {
		add_when(&b, e);
		buf_puts(&b, "it answers ");
		add_answers(&b, got, n);
		buf_puts(&b, ", not ");
		add_answers(&b, e->answer, e->nanswer);
		add_why(&b, &s, d);
		advise(a, ADVICE_EXPECT, &e->at, "%s", b.data);
	}
	end(&s);
	buf_free(&b);
	free(got);
	free(d);
}

void
lint_expect(struct advisor *a)
{
	if (!advise_wants(a, ADVICE_EXPECT))
		return;
	for (size_t i = 0; i < a->domain->nexpect; i++)
		check(a, &a->domain->expect[i]);
}
