#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/lint.h"

/* One domain as the house recommends it, with one thing wrong in each row. */
static struct answer fallback;
static struct target target;
static struct domain domain;
static struct server_rules rules;
static struct agent_binding agents[3];
static struct listen api;
static struct config config;

static void
recommended(void)
{
	memset(&config, 0, sizeof(config));
	memset(&domain, 0, sizeof(domain));
	addr_parse("192.0.2.9", &fallback.addr);
	addr_parse("192.0.2.1", &target.addr);
	addr_parse("127.0.0.1", &api.addr);
	memset(&rules, 0, sizeof(rules));
	domain.server = &rules;
	domain.name = "w.f";
	domain.fallback = &fallback;
	domain.nfallback = 1;
	domain.targets = &target;
	domain.ntargets = 1;
	domain.interval_ms = 10000;
	domain.probe_timeout_ms = 3000;
	rules.timeout_ms = 60000;
	rules.fall = 3;
	rules.ttl = 5;
	domain.at.line = 7;
	agents[0].id = "a1";
	agents[1].id = "a2";
	agents[2].id = "a3";
	config.domains = &domain;
	config.ndomains = 1;
	config.api = &api;
	config.napi = 1;
}

static char said[2048];

static void
say(void *arg, const struct place *at, const char *text)
{
	(void)arg;
	assert_true(at->line > 0 || at == &api.at);
	strcat(strcat(said, text), "\n");
}

static void
expect(size_t n, const char *word)
{
	said[0] = '\0';
	assert_int_equal(lint_config(&config, say, NULL), n);
	assert_true(!word || strstr(said, word));
}

static void
calm(void **state)
{
	(void)state;
	recommended();
	expect(0, NULL);
}

static void
timing(void **state)
{
	(void)state;
	recommended();
	rules.timeout_ms = 19999;
	expect(1, " is under twice interval_sec (10s)");
	rules.timeout_ms = 20000;
	expect(0, NULL);
	rules.fall = 1;
	expect(1, "fall is 1");
	rules.fall = 3;
	rules.ttl = 300;
	expect(1, "keep an answer for 300 s");
}

static void
fallbacks(void **state)
{
	(void)state;
	recommended();
	domain.nfallback = 0;
	expect(1, "one target and no fallback");
	domain.nfallback = 1;
	fallback = target_answer(&target);
	expect(1, "fallback 192.0.2.1 is also a target");
}

static void
quorums(void **state)
{
	(void)state;
	recommended();
	rules.votes = VOTES_QUORUM;
	expect(1, "bind ids to tokens");
	config.agents = agents;
	config.nagents = 3;
	rules.quorum = (struct quorum){QUORUM_COUNT, 4};
	expect(1, "quorum 4 of 3 agents can never be reached");
	rules.quorum = (struct quorum){QUORUM_COUNT, 3};
	expect(0, NULL);
	config.nagents = 2;
	rules.quorum = (struct quorum){QUORUM_MAJORITY, 0};
	expect(1, "a quorum of 2 agents");
}

static void
agents_and_tokens(void **state)
{
	const char *tag = "eu";

	(void)state;
	recommended();
	config.agents = agents;
	config.nagents = 3;
	domain.tags = &tag;
	domain.ntags = 1;
	expect(1, "nobody checks it");
	domain.ntags = 0;
	domain.token = "secret";
	expect(1, "its token is ignored");
	assert_null(strstr(said, "secret"));
	recommended();
	addr_parse("0.0.0.0", &api.addr);
	expect(1, "anyone can report");
	domain.token = "secret";
	expect(1, "plain HTTP");
	assert_null(strstr(said, "secret"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(calm), cmocka_unit_test(timing), cmocka_unit_test(fallbacks),
	    cmocka_unit_test(quorums), cmocka_unit_test(agents_and_tokens)};

	return cmocka_run_group_tests_name("lint", tests, NULL, NULL);
}
