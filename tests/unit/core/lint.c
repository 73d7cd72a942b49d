#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/lint.h"

/*
 * One domain as the house recommends it, with one thing wrong in each row.  What
 * takes a config to say is in tests/cli/decide-lint.t; here is what it takes
 * numbers to say: limits, to the last that is fine, and what is said of them.
 */
static struct answer fallback;
static struct target target;
static struct domain domain;
static struct server_rules rules;
static struct probe probe;
static struct agent_binding agents[10];
static char ids[10][4];
static struct listen api;
static struct config config;
static uint64_t ignore;

static void
recommended(void)
{
	memset(&config, 0, sizeof(config));
	memset(&domain, 0, sizeof(domain));
	addr_parse("192.0.2.9", &fallback.addr);
	addr_parse("192.0.2.1", &target.addr);
	addr_parse("127.0.0.1", &api.addr);
	target.weight = 1;
	rules = (struct server_rules){.timeout_ms = 60000, .hold_ms = 120000, .fall = 3, .rise = 2,
	    .ttl = 5, .fallback_ttl = 5, .max_answers = 8, .agent_forget_ms = 86400000};
	domain.server = &rules;
	domain.probe = &probe;
	domain.name = "w.f";
	domain.fallback = &fallback;
	domain.nfallback = 1;
	domain.targets = &target;
	domain.ntargets = 1;
	domain.interval_ms = 10000;
	domain.probe_timeout_ms = 3000;
	domain.at.line = 7;
	for (size_t i = 0; i < 10; i++) {
		snprintf(ids[i], sizeof(ids[i]), "a%zu", i);
		agents[i].id = ids[i];
		agents[i].token = "0123456789abcdef";
	}
	config.agents = agents;
	config.domains = &domain;
	config.ndomains = 1;
	config.api = &api;
	config.napi = 1;
	ignore = ADVICE_BIT(ADVICE_DETECTION);
}

static char said[2048];

static void
say(void *arg, const struct finding *f)
{
	(void)arg;
	assert_true(f->at.line == 7 && f->domain == &domain);
	strcat(strcat(strcat(strcat(said, advice_id(f->id)), ": "), f->text), "\n");
}

/* What is said, which begins with `want`; "" is nothing. */
static void
expect(const char *want)
{
	struct lint l = {.config = &config, .ignore = ignore, .say = say};

	said[0] = '\0';
	lint_config(&l);
	if (*want ? strncmp(said, want, strlen(want)) || strchr(said, '\n')[1] : *said)
		assert_string_equal(said, want);
}

static void
limits(void **state)
{
	(void)state;
	recommended();
	expect("");
	rules.timeout_ms = 19000;
	expect("timeout-short: timeout_sec 19s is under twice interval_sec (10s)");
	rules.timeout_ms = 20000;
	expect("");
	domain.fast_interval_ms = 10000;
	expect("fast-unused: fast_interval_sec is not under interval_sec");
	domain.fast_interval_ms = 2000;
	expect("");
	rules.rise = rules.fall = 1;
	ignore = ADVICE_BIT(ADVICE_FALL_1) | ADVICE_BIT(ADVICE_DETECTION);
	expect("fast-unused: fast_interval_sec is for the time between two states");
	recommended();
	rules.fall = 1;
	expect("fall-1: ");
	rules.fall = 3;
	rules.ttl = rules.fallback_ttl = 71;
	expect("ttl-long: clients keep an answer for 71 s, though a loss is noticed within 35s");
	rules.ttl = rules.fallback_ttl = 70;
	expect("");
	rules.agent_forget_ms = rules.timeout_ms;
	expect("");
	rules.agent_forget_ms--;
	expect("forget-short: ");
}

/* interval, fall, timeout of a probe: from a loss to the judgement on it. */
static void
detection(void **state)
{
	static const struct {
		int64_t interval, timeout;
		int fall;
		const char *want;
		int64_t fast;
	} rows[] = {
	    {10000, 3000, 3, "in 18s to 35s,", 0},
	    {10000, 3000, 1, "within 15s,", 0},
	    {10000, 3000, 2, "in 8s to 25s,", 0},
	    {500, 400, 3, "in 900ms to 2s,", 0},
	    {30000, 5000, 1, "within 41s,", 0},
	    {10000, 3000, 3, "in 3.6s to 21s,", 2000}, /* a probe takes longer than the interval */
	    {30000, 1000, 4, "in 5.4s to 43s,", 2000},
	    {10000, 3000, 3, "in 18s to 35s,", 10000},
	    {10000, 3000, 1, "within 15s,", 2000},
	};
	char want[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		recommended();
		ignore = ADVICE_BIT(ADVICE_FALL_1) | ADVICE_BIT(ADVICE_FAST_UNUSED);
		domain.fast_interval_ms = rows[i].fast;
		domain.interval_ms = rows[i].interval;
		domain.probe_timeout_ms = rows[i].timeout;
		rules.fall = rows[i].fall;
		snprintf(want, sizeof(want), "detection: a loss is noticed %s clients follow up to 5s later",
		         rows[i].want);
		expect(want);
	}
}

/* Of E agents: the quorum, and what is said of it. */
static void
quorums(void **state)
{
	static const struct {
		size_t agents;
		struct quorum quorum;
		const char *want;
	} rows[] = {
	    {0, {QUORUM_MAJORITY, 0}, "quorum-learned: "},
	    {3, {QUORUM_MAJORITY, 0}, ""},
	    {2, {QUORUM_MAJORITY, 0}, "quorum-fragile: the quorum is all 2 agents"},
	    {1, {QUORUM_MAJORITY, 0}, "quorum-fragile: the quorum is all 1 agent:"},
	    {3, {QUORUM_COUNT, 2}, ""},
	    {3, {QUORUM_COUNT, 3}, "quorum-fragile: "},
	    {3, {QUORUM_COUNT, 4}, "quorum-too-large: quorum 4 of 3 agents can never be reached"},
	    {3, {QUORUM_COUNT, 1}, "quorum-one: "},
	    {5, {QUORUM_PERCENT, 60}, ""},
	    {5, {QUORUM_PERCENT, 41}, "quorum-rounded: 41% of 5 agents is 2.05, rounded up to 3: 40% would be 2"},
	    {5, {QUORUM_PERCENT, 45}, ""},
	    {5, {QUORUM_PERCENT, 20}, "quorum-one: "},
	    {10, {QUORUM_PERCENT, 51}, "quorum-rounded: 51% of 10 agents is 5.10, rounded up to 6: 50% would be 5"},
	    {9, {QUORUM_PERCENT, 100}, "quorum-fragile: "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		recommended();
		config.nagents = rows[i].agents;
		rules.votes = VOTES_QUORUM;
		rules.quorum = rows[i].quorum;
		expect(rows[i].want);
	}
}

/* A token is never said. */
static void
no_secret_is_said(void **state)
{
	(void)state;
	recommended();
	config.nagents = 3;
	domain.token = "s3cret";
	expect("token-ignored: ");
	assert_null(strstr(said, "s3cret"));
	assert_null(strstr(said, agents[0].token));
}

static void
ignored(void **state)
{
	struct lint l = {.config = &config, .say = say};

	(void)state;
	recommended();
	rules.fall = 1;
	l.ignore = ignore;
	domain.ignore = ADVICE_BIT(ADVICE_FALL_1);
	said[0] = '\0';
	lint_config(&l);
	assert_string_equal(said, "");
	assert_int_equal(l.ignored, 2);
	domain.ignore = 0;
	config.ignore = ADVICE_BIT(ADVICE_FALL_1);
	expect("");
	config.ignore = ADVICE_BIT(ADVICE_TTL_0);
	expect("fall-1: ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(limits), cmocka_unit_test(detection), cmocka_unit_test(quorums),
	    cmocka_unit_test(no_secret_is_said), cmocka_unit_test(ignored),
	};

	return cmocka_run_group_tests_name("lint", tests, NULL, NULL);
}
