#include "codec/config_domain.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/limits.h"
#include "model/name.h"
#include "model/override.h"

enum { SECOND = 1000, HOUR = 3600 * SECOND };

/* ---- agent: how often, how long */

enum { A_INTERVAL, A_FAST_INTERVAL, A_TIMEOUT, A_TOKEN, A_TOKEN_FILE };

#define AT(member) offsetof(struct settings, member)
static const struct key agent_keys[] = {
    [A_INTERVAL] = {"interval_sec", KEY_SECONDS, AT(d.interval_ms),
	AT(places.interval), 50, 24 * HOUR, NULL},
    [A_FAST_INTERVAL] = {"fast_interval_sec", KEY_SECONDS, AT(d.fast_interval_ms),
	AT(places.fast_interval), 0, 24 * HOUR, NULL},
    [A_TIMEOUT] = {"timeout_sec", KEY_SECONDS, AT(d.probe_timeout_ms),
	AT(agent.timeout_at), 10, 24 * HOUR, NULL},
    [A_TOKEN] = {"token", KEY_SECRET, AT(d.token), AT(places.token), 0, 0, NULL},
    [A_TOKEN_FILE] = {"token_file", KEY_PATH, AT(agent.token_file),
	AT(agent.token_file_at), 0, 0, NULL},
    {0},
};
#undef AT

static void
read_token(struct reader *r, struct settings *s, uint64_t seen)
{
	if ((seen & SEEN(A_TOKEN)) && (seen & SEEN(A_TOKEN_FILE)))
		read_problem_at(r, s->places.token, false, "give token or token_file, not both");
	else if (s->agent.token_file)
		s->d.token = reader_secret(r, s->agent.token_file_at, s->agent.token_file);
	else if ((seen & SEEN(A_TOKEN)) && !s->d.token)
		read_advice(r, s->places.token, ADVICE_TOKEN_EMPTY,
		            "an empty token is none: anyone may report for this domain");
	if (s->agent.token_file)
		s->places.token = s->agent.token_file_at;
}

/* A probe must end before the next one begins; said where one of the two was written. */
static void
check_timeout(struct reader *r, const struct settings *s, uint64_t seen)
{
	bool written = (seen & SEEN(A_TIMEOUT)) ||
	    ((seen & SEEN(A_INTERVAL)) && (s->agent_given & SEEN(A_TIMEOUT)));

	if (!written || s->d.probe_timeout_ms < s->d.interval_ms)
		return;
	read_advice(
	    r, seen & SEEN(A_TIMEOUT) ? s->agent.timeout_at : s->places.interval, ADVICE_BUDGET_CUT,
	    "timeout_sec is not under interval_sec: probes are given 90 %% of the interval");
}

void
settings_agent(struct reader *r, struct settings *s, const struct yaml *map, bool defaults)
{
	uint64_t seen;

	(void)defaults;
	memset(&s->agent, 0, sizeof(s->agent));
	seen = read_map(r, map, "agent", agent_keys, s);
	s->agent_given |= seen;
	if (seen & (SEEN(A_TOKEN) | SEEN(A_TOKEN_FILE)))
		read_token(r, s, seen);
	check_timeout(r, s, seen);
}

/* ---- defaults: */

static const struct settings builtin = {
    .by_policy = true,
    .d = {
	.interval_ms = 30 * SECOND,
	.probe_timeout_ms = 5 * SECOND,
    },
    .rules = {
	.quorum = {.kind = QUORUM_MAJORITY},
	.min_healthy = {.value = 1},
	.timeout_ms = 60 * SECOND,
	.agent_forget_ms = 24 * HOUR,
	.rise = 1,
	.fall = 1,
	.max_answers = 8,
    },
};

struct section_nodes {
	const struct yaml *server, *monitor, *agent, *fallback, *expect, *lint;
	struct place fallback_at;
};

#define AT(member) offsetof(struct section_nodes, member)
static const struct key section_keys[] = {
    {"server", KEY_NODE, AT(server), 0, 0, 0, NULL},
    {"monitor", KEY_NODE, AT(monitor), 0, 0, 0, NULL},
    {"agent", KEY_NODE, AT(agent), 0, 0, 0, NULL},
    {0},
};
#undef AT

#define AT(member) offsetof(struct section_nodes, member)
static const struct key domain_keys[] = {
    {"fallback", KEY_NODE, AT(fallback), AT(fallback_at), 0, 0, NULL},
    {"server", KEY_NODE, AT(server), 0, 0, 0, NULL},
    {"monitor", KEY_NODE, AT(monitor), 0, 0, 0, NULL},
    {"agent", KEY_NODE, AT(agent), 0, 0, 0, NULL},
    {"expect", KEY_NODE, AT(expect), 0, 0, 0, NULL},
    {"lint", KEY_NODE, AT(lint), 0, 0, 0, NULL},
    {0},
};
#undef AT

static void
read_sections(struct reader *r, struct settings *s, const struct section_nodes *nodes,
              bool defaults)
{
	if (nodes->server)
		settings_server(r, s, nodes->server, defaults);
	memset(&s->monitor, 0, sizeof(s->monitor));
	if (nodes->monitor)
		settings_monitor(r, s, nodes->monitor,
		                 defaults ? MONITOR_DEFAULTS : MONITOR_DOMAIN);
	if (nodes->agent)
		settings_agent(r, s, nodes->agent, defaults);
}

struct settings *
settings_new(struct reader *r, const struct yaml *defaults)
{
	struct settings *s = arena_alloc(&r->trees, sizeof(*s));
	struct section_nodes nodes = {0};

	*s = builtin;
	probe_default(&s->probe, PROBE_TCP);
	if (!defaults)
		return s;
	read_map(r, defaults, "defaults", section_keys, &nodes);
	read_sections(r, s, &nodes, true);
	return s;
}

/* ---- expect */

struct expect_nodes {
	const struct yaml *when, *answer;
};

#define AT(member) offsetof(struct expect_nodes, member)
static const struct key expect_keys[] = {
    {"when", KEY_NODE, AT(when), 0, 0, 0, NULL},
    {"answer", KEY_NODE, AT(answer), 0, 0, 0, NULL},
    {0},
};
#undef AT

struct when_nodes {
	const struct yaml *state[EXPECT_STATES];
};

#define AT(state) offsetof(struct when_nodes, state)
static const struct key when_keys[] = {
    {"down", KEY_NODE, AT(state[EXPECT_DOWN]), 0, 0, 0, NULL},
    {"unknown", KEY_NODE, AT(state[EXPECT_UNKNOWN]), 0, 0, 0, NULL},
    {"drain", KEY_NODE, AT(state[EXPECT_DRAIN]), 0, 0, 0, NULL},
    {0},
};
#undef AT

struct when_list {
	const struct domain *d;
	const char **list;
	size_t n, most;
};

static bool
names_a_target(const struct domain *d, const char *text)
{
	struct target_pattern p;

	if (!*text || target_pattern_parse(text, &p) < 0)
		return false;
	for (size_t i = 0; i < d->ntargets; i++)
		if (target_pattern_matches(&p, &d->targets[i]))
			return true;
	return false;
}

static void
take_when(struct reader *r, const struct yaml *n, void *arg)
{
	struct when_list *l = arg;
	char shown[64];

	if (!names_a_target(l->d, n->text))
		read_problem(r, n, "\"%s\" is no target of this domain", read_show(shown, n));
	else if (l->n < l->most)
		l->list[l->n++] = arena_strndup(r->arena, n->text, n->n);
}

static void
read_when(struct reader *r, const struct yaml *map, const struct domain *d, struct expect *e)
{
	struct when_nodes nodes = {0};

	read_map(r, map, "when", when_keys, &nodes);
	for (size_t i = 0; i < EXPECT_STATES; i++) {
		const struct yaml *n = nodes.state[i];
		struct when_list l = {.d = d};

		if (!n)
			continue;
		l.most = n->kind == YAML_LIST ? n->n : 1;
		l.list = arena_alloc(r->arena, l.most * sizeof(*l.list));
		read_each(r, n, when_keys[i].name, take_when, &l);
		e->when[i] = l.list;
		e->nwhen[i] = l.n;
	}
}

static void
read_expectation(struct reader *r, const struct yaml *n, struct domain *d)
{
	struct expect *e = &d->expect[d->nexpect++];
	struct expect_nodes nodes = {0};

	e->at = read_place(r, n);
	if (!read_expect_kind(r, n, YAML_MAP, "an entry of expect"))
		return;
	read_map(r, n, "expect", expect_keys, &nodes);
	if (!nodes.answer)
		read_problem(r, n, "expect without answer");
	else
		e->answer = config_read_answers(r, nodes.answer, "answer", d, &e->nanswer);
	e->nanswer = answer_sort(e->answer, e->nanswer);
	if (nodes.when)
		read_when(r, nodes.when, d, e);
}

static void
read_expect(struct reader *r, const struct yaml *list, struct domain *d)
{
	if (!read_expect_kind(r, list, YAML_LIST, "expect"))
		return;
	d->expect = arena_alloc(r->arena, list->n * sizeof(*d->expect));
	for (const struct yaml *n = list->first; n; n = n->next)
		read_expectation(r, n, d);
}

/* ---- a domain */

static bool
is_over(const struct config_overlay *over, const char *domain)
{
	for (size_t i = 0; i < over->ndomains; i++)
		if (!strcmp(over->domains[i], domain))
			return true;
	return over->ndomains == 0;
}

/*
 * The overlay is read as if it stood last in the domain's own server:.  For every
 * domain it is like defaults: a key of votes quorum waits for those that have it.
 * One axis of the two is changed without the other.  Its mistakes are said once.
 */
static void
read_overlay(struct reader *r, struct settings *s)
{
	size_t before = r->problems->errors;
	uint16_t back = r->file;

	if (!r->over || !is_over(r->over, s->d.name))
		return;
	r->file = r->over_file;
	s->by_policy = false;
	settings_server(r, s, r->over_map, r->over->ndomains == 0);
	r->file = back;
	if (r->problems->errors > before)
		r->over = NULL;
}

/* One of equal ones: domains by the thousand have a handful. Padding may differ: then it is not. */
static const void *
shared(struct reader *r, struct map *known, const void *p, size_t n)
{
	void *same = map_get(known, p, n);

	if (!same) {
		same = memcpy(arena_alloc(r->arena, n), p, n);
		*map_put(known, same, n) = same;
	}
	return same;
}

void
config_read_domain(struct reader *r, const struct zone *z, const struct yaml *name,
    const struct yaml *value, struct domain *d)
{
	struct settings s = *r->defaults;
	struct section_nodes nodes = {0};
	const char *normal = d->name;
	size_t nfallback = 0;

	read_map(r, value, normal, domain_keys, &nodes);
	config_read_lint(r, nodes.lint, &s.d.ignore);
	r->ignore = r->config->ignore | s.d.ignore;
	s.d.name = normal;
	s.d.zone = z;
	s.d.index = d->index;
	s.d.at = read_place(r, name);
	s.d.fallback_at = nodes.fallback_at;
	read_sections(r, &s, &nodes, false);
	read_overlay(r, &s);
	settings_server_end(r, &s, z);
	s.d.server = shared(r, &r->rules, &s.rules, sizeof(s.rules));
	s.d.probe = shared(r, &r->probes, &s.probe, sizeof(s.probe));
	s.d.places = shared(r, &r->places, &s.places, sizeof(s.places));
	if (probe_lacks(&s.probe) && !s.monitor.lost)
		read_problem_at(r, s.places.mode.line ? s.places.mode : s.d.at, false,
		                "mode %s needs %s", probe_type_word((int)s.probe.type),
		                probe_lacks(&s.probe));
	if (s.monitor.targets)
		config_read_targets(r, s.monitor.targets, &s.d);
	else
		read_problem(r, name, "%s has no targets", normal);
	config_check_source(r, &s);
	if (nodes.fallback && (s.d.ntargets > 0 || s.d.type == RRTYPE_A))
		s.d.fallback = config_read_answers(r, nodes.fallback, "fallback", &s.d, &nfallback);
	s.d.nfallback = (uint16_t)nfallback;
	if (s.monitor.targets)
		config_check_size(r, s.monitor.targets, &s.d);
	if (nodes.expect)
		read_expect(r, nodes.expect, &s.d);
	if (s.d.probe_timeout_ms >= s.d.interval_ms)
		s.d.probe_timeout_ms = s.d.interval_ms * 9 / 10;
	r->ignore = r->config->ignore;
	*d = s.d;
}
