#include <inttypes.h>
#include <string.h>

#include "base/stamp.h"
#include "core/explain.h"
#include "core/view.h"

/* explain_json: what explain_text says, for programs. */

static void
key(struct buf *b, const char *name)
{
	buf_printf(b, "%s\"%s\":", b->data[b->len - 1] == '{' ? "" : ",", name);
}

static void
put_text(struct buf *b, const char *name, const char *value)
{
	key(b, name);
	buf_json(b, value && *value ? value : NULL);
}

static void
put_int(struct buf *b, const char *name, int64_t value)
{
	key(b, name);
	buf_puti(b, value);
}

static void
put_bool(struct buf *b, const char *name, bool value)
{
	key(b, name);
	buf_puts(b, value ? "true" : "false");
}

static void
put_time(struct buf *b, const char *name, int64_t value)
{
	char text[STAMP_LEN];

	put_text(b, name, value < 0 || value == INT64_MAX ? NULL : stamp_format(text, value));
}

static void
put_answers(struct buf *b, const struct rrset *r)
{
	char text[ADDR_TEXT];

	key(b, "answers");
	buf_putc(b, '[');
	for (size_t i = 0; i < r->nanswers; i++) {
		if (i)
			buf_putc(b, ',');
		buf_json(b, answer_text(text, &r->answers[i]));
	}
	buf_putc(b, ']');
}

/* As in a decision line. */
static void
put_select(const struct rrset *r, struct buf *b)
{
	if (r->select == SELECT_ALL)
		return;
	put_text(b, "select", select_word((int)r->select));
	if (r->select != SELECT_WEIGHTED)
		return;
	key(b, "weights");
	buf_putc(b, '[');
	for (size_t i = 0; i < r->nanswers; i++) {
		if (i)
			buf_putc(b, ',');
		buf_putu(b, r->weights[i]);
	}
	buf_putc(b, ']');
}

static void
put_rrset(const struct explain *x, enum family f, struct buf *b)
{
	static const char *const rules[] = {"no targets", "live", "drained", "silence", "all down"};
	const struct rrset *r = &x->decision->rrsets[f];
	struct rrset_view v;
	struct place at;
	struct buf why = {0};
	char place[512] = "";

	view_rrset(x->engine, x->domain, f, &v);
	explain_why(x, f, &why, &at);
	if (at.line)
		config_place(x->config, &at, place, sizeof(place));
	buf_putc(b, '{');
	put_answers(b, r);
	put_int(b, "ttl", r->ttl);
	put_text(b, "source", source_word(r->source));
	put_select(r, b);
	if (r->rcode)
		put_text(b, "rcode", rcode_word((int)r->rcode));
	put_time(b, "since", v.since);
	put_text(b, "rule", rules[v.rule]);
	put_text(b, "why", why.data);
	put_text(b, "place", place);
	if (v.rule == RULE_LIVE && x->domain->server->select == SELECT_PRIORITY)
		put_int(b, "priority", v.tier);
	buf_putc(b, '}');
	buf_free(&why);
}

static void
put_agent(const struct explain *x, const struct agent_view *a, struct buf *b)
{
	buf_putc(b, '{');
	put_text(b, "agent_id", a->agent_id);
	put_text(b, "view", state_word(a->view));
	put_bool(b, "fresh", a->fresh);
	put_bool(b, "expected", a->expected);
	put_bool(b, "isolated", a->isolated);
	put_bool(b, "skew", a->skew);
	put_bool(b, "seldom", explain_seldom(x, a));
	put_bool(b, "connects", a->tcp_only);
	put_text(b, "last", a->last_at < 0 ? NULL : status_word(a->last));
	put_time(b, "last_at", a->last_at);
	put_time(b, "fresh_until", a->fresh_until);
	key(b, "latency_ms");
	if (a->latency_ms >= 0)
		buf_printf(b, "%.3f", a->latency_ms);
	else
		buf_puts(b, "null");
	put_text(b, "reason", a->reason);
	put_text(b, "probe", a->type);
	put_int(b, "streak_ok", a->streak_ok);
	put_int(b, "streak_fail", a->streak_fail);
	buf_putc(b, '}');
}

static void
put_override(const struct override *o, struct buf *b)
{
	key(b, "override");
	if (!o) {
		buf_puts(b, "null");
		return;
	}
	buf_putc(b, '{');
	put_text(b, "state", override_state_word(o->state));
	put_text(b, "target", o->target);
	put_time(b, "at", o->at);
	put_time(b, "until", o->until);
	put_text(b, "who", o->who);
	put_text(b, "reason", o->reason);
	buf_putc(b, '}');
}

/* Agents that should report on the target and never have. */
static void
put_silent(const struct explain *x, size_t target, struct buf *b)
{
	const char *agent;

	key(b, "silent");
	buf_putc(b, '[');
	for (size_t i = 0; (agent = view_silent(x->engine, x->domain, target, i)); i++) {
		if (i)
			buf_putc(b, ',');
		buf_json(b, agent);
	}
	buf_putc(b, ']');
}

/* Where a target is that is not probed at what it answers. */
static void
put_probed(const struct target *t, struct buf *b)
{
	char text[TARGET_TEXT];
	const struct addr *a;
	const char *name;
	int port;

	if (!t->more)
		return;
	if (t->more->value)
		put_text(b, "value", t->more->value);
	a = target_probed(t, &name, &port);
	put_text(b, "probed", place_text(text, a, name, port));
}

static void
put_target(const struct explain *x, size_t i, struct buf *b)
{
	struct target_state t;
	struct agent_view a;
	char name[TARGET_TEXT];
	size_t n = view_agents(x->engine, x->domain, i);

	view_target(x->engine, x->domain, i, &t);
	buf_putc(b, '{');
	put_text(b, "target", target_text(name, t.target));
	put_probed(t.target, b);
	put_int(b, "priority", t.target->priority);
	if (x->domain->server->select == SELECT_WEIGHTED)
		put_int(b, "weight", t.target->weight);
	put_text(b, "state", state_word(t.state));
	put_time(b, "since", t.since);
	put_text(b, "votes", state_word(t.votes));
	put_int(b, "expected", t.expected);
	put_int(b, "ok", t.ok);
	put_int(b, "fail", t.bad);
	put_int(b, "missing", t.missing);
	put_int(b, "isolated", t.isolated);
	put_int(b, "unsure", t.unsure);
	put_int(b, "connected", t.connected);
	if (x->domain->server->votes == VOTES_QUORUM)
		put_int(b, "quorum", t.need);
	put_bool(b, "undetermined", t.undetermined);
	put_time(b, "hold_until", t.hold_until);
	put_time(b, "failback_at", t.failback_at);
	put_bool(b, "failback_manual", t.failback_manual);
	put_override(t.override, b);
	key(b, "agents");
	buf_putc(b, '[');
	for (size_t k = 0; k < n; k++) {
		if (k)
			buf_putc(b, ',');
		view_agent(x->engine, x->domain, i, k, &a);
		put_agent(x, &a, b);
	}
	buf_putc(b, ']');
	put_silent(x, i, b);
	buf_putc(b, '}');
}

/* How reports become a state: the sentence, and the numbers in it. */
static void
put_votes(const struct explain *x, struct buf *b)
{
	const struct server_rules *s = x->domain->server;
	struct buf why = {0};
	char place[512] = "";

	explain_votes(x, &why);
	if (x->domain->policy_at.line)
		config_place(x->config, &x->domain->policy_at, place, sizeof(place));
	key(b, "votes");
	buf_putc(b, '{');
	put_text(b, "rule", votes_word((int)s->votes));
	put_int(b, "rise", s->rise);
	put_int(b, "fall", s->fall);
	key(b, "timeout_sec");
	buf_printf(b, "%g", (double)s->timeout_ms / 1000);
	put_text(b, "why", why.data);
	put_text(b, "place", place);
	buf_putc(b, '}');
	buf_free(&why);
}

void
explain_json(const struct explain *x, struct buf *b)
{
	buf_putc(b, '{');
	put_text(b, "type", "explanation");
	put_time(b, "at", x->decision->at);
	put_text(b, "domain", x->domain->name);
	key(b, "notes");
	buf_putc(b, '[');
	for (size_t i = 0; x->notes && x->notes[i]; i++) {
		if (i)
			buf_putc(b, ',');
		buf_json(b, x->notes[i]);
	}
	buf_puts(b, "]");
	put_text(b, "served", x->served);
	put_text(b, "answered", x->answered);
	key(b, "rrsets");
	buf_puts(b, "{\"A\":");
	put_rrset(x, FAMILY_V4, b);
	buf_puts(b, ",\"AAAA\":");
	put_rrset(x, FAMILY_V6, b);
	if (x->domain->type != RRTYPE_A) {
		buf_printf(b, ",\"%s\":", rrtype_word((int)x->domain->type));
		put_rrset(x, FAMILY_OTHER, b);
	}
	buf_putc(b, '}');
	put_votes(x, b);
	key(b, "targets");
	buf_putc(b, '[');
	for (size_t i = 0; i < x->domain->ntargets; i++) {
		if (i)
			buf_putc(b, ',');
		put_target(x, i, b);
	}
	buf_putc(b, ']');
	put_time(b, "next", x->decision->next);
	buf_puts(b, "}\n");
}
