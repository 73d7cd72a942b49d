#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "source.h"

#define ROWS(x) (sizeof(x) / sizeof(*(x)))

/* Loads files[0]; a problem, even a warning, fails the test. */
static void
load(struct config *c, const struct source_file *files)
{
	struct config_source src = source_of(files);
	struct config_problems p = {0};
	struct buf b;

	config_load(c, files[0].path, &src, &p);
	problems_text(&p, &b);
	assert_string_equal(b.data, "");
	buf_free(&b);
	config_problems_free(&p);
}

static void
load_text(struct config *c, const char *text)
{
	const struct source_file files[] = {{"/etc/fodns/f", text}, {0}};

	load(c, files);
}

static const char original[] =
    "dns:\n  listen_ip: \"0.0.0.0\"\n  listen_port: 8053\n  resolve_cache_ttl: 5\n\n"
    "api:\n  listen_ip: \"0.0.0.0\"\n  listen_port: 8000\n\n"
    "zones:\n  - name: \"failover\"\n    fallback_ttl: 30\n    domains:\n      webmail.failover:\n"
    "        fallback:\n          - \"10.10.10.254\"\n"
    "        server:\n          policy: any\n          timeout_sec: 60\n"
    "        monitor:\n          mode: tcp\n          monitor_tag: test\n          targets:\n"
    "            - ip: 10.10.10.250\n              port: 80\n"
    "        agent:\n          interval_sec: 30\n          timeout_sec: 5\n";

static void
the_originals_file(void **state)
{
	const struct domain *d;
	struct config c;
	char text[ENDPOINT_TEXT], where[64];

	(void)state;
	load_text(&c, original);
	assert_int_equal(c.ndns, 1);
	assert_string_equal(endpoint_format(text, &c.dns[0].addr, c.dns[0].port), "0.0.0.0:8053");
	assert_string_equal(endpoint_format(text, &c.api[0].addr, c.api[0].port), "0.0.0.0:8000");
	assert_int_equal(c.resolve_cache_ttl, 5);
	assert_int_equal(c.nzones, 1);
	assert_null(c.state_dir);
	assert_int_equal(c.retention_bytes, UINT64_C(2) << 30);
	d = config_domain(&c, "WebMail.Failover.");
	assert_non_null(d);
	assert_ptr_equal(d->zone, &c.zones[0]);
	assert_int_equal(d->ntargets, 1);
	assert_string_equal(d->targets[0].check_name, "webmail.failover:10.10.10.250:80");
	assert_string_equal(answer_text(text, &d->fallback[0]), "10.10.10.254");
	assert_int_equal(d->nfallback, 1);
	assert_int_equal(d->server->policy, POLICY_ANY);
	assert_int_equal(d->server->timeout_ms, 60000);
	assert_int_equal(d->server->ttl, 5);
	assert_int_equal(d->server->fallback_ttl, 30);
	assert_int_equal(d->server->on_silence, SILENCE_FALLBACK);
	assert_int_equal(d->server->on_all_down, DOWN_FALLBACK);
	assert_int_equal(d->server->rise, 1);
	assert_int_equal(d->server->fall, 1);
	assert_int_equal(d->server->hold_ms, 120000);
	assert_int_equal(d->server->agent_forget_ms, 86400000);
	assert_int_equal(d->server->max_answers, 8);
	assert_int_equal(d->probe->type, PROBE_TCP);
	assert_int_equal(d->ntags, 1);
	assert_string_equal(d->tags[0], "test");
	assert_int_equal(d->interval_ms, 30000);
	assert_int_equal(d->probe_timeout_ms, 5000);
	assert_null(d->token);
	config_place(&c, &d->policy_at, where, sizeof(where));
	assert_string_equal(where, "/etc/fodns/f:18:19");
	config_place(&c, &d->on_silence_at, where, sizeof(where));
	assert_string_equal(where, "default");
	config_free(&c);
	config_free(&c);
}

#define TARGET "monitor: {targets: [{ip: 10.0.0.1, port: 80}]}"

static void
a_domain_of_defaults(void **state)
{
	static const char text[] =
	    "defaults:\n"
	    "  server: {policy: quorum, quorum: 60%, rise: 3, min_healthy: 50%, hold: 1.5m}\n"
	    "  monitor: {mode: https, path: /h, monitor_tag: \"eu, us  de\", expect_status: [200, 301-302]}\n"
	    "  agent: {interval_sec: 2.5, timeout_sec: 1, token: \"t\"}\n"
	    "zones:\n- name: z\n  domains:\n"
	    "    a.z: {" TARGET "}\n"
	    "    b.z: {server: {select: priority, rise: 1}, " TARGET "}\n"
	    "    c.z: {server: {votes: quorum, quorum: 2}, monitor: {mode: tcp, monitor_tag: [], "
	    "targets: [{ip: 10.0.0.1, port: 80}]}, agent: {interval_sec: 60, token: u}}\n";
	const struct domain *a, *b, *c;
	struct config cfg;

	(void)state;
	load_text(&cfg, text);
	a = config_domain(&cfg, "a.z");
	b = config_domain(&cfg, "b.z");
	c = config_domain(&cfg, "c.z");
	assert_int_equal(a->server->votes, VOTES_QUORUM);
	assert_int_equal(a->server->quorum.kind, QUORUM_PERCENT);
	assert_int_equal(a->server->quorum.value, 60);
	assert_int_equal(a->server->hold_ms, 90000);
	assert_int_equal(a->server->min_healthy.value, 50);
	assert_true(a->server->min_healthy.percent);
	assert_int_equal(a->probe->type, PROBE_HTTPS);
	assert_string_equal(a->probe->path, "/h");
	assert_true(code_ranges_have(&a->probe->codes, 302));
	assert_false(code_ranges_have(&a->probe->codes, 201));
	assert_int_equal(a->ntags, 3);
	assert_string_equal(a->tags[2], "de");
	assert_int_equal(a->interval_ms, 2500);
	assert_string_equal(a->token, "t");
	/* select alone replaces the policy of defaults: the other axis is as if nothing was said. */
	assert_int_equal(b->server->votes, VOTES_ANY);
	assert_int_equal(b->server->select, SELECT_PRIORITY);
	assert_int_equal(b->server->policy, POLICY_PRIORITY);
	assert_int_equal(b->server->rise, 1);
	assert_int_equal(c->server->quorum.kind, QUORUM_COUNT);
	assert_int_equal(c->server->quorum.value, 2);
	assert_int_equal(c->server->rise, 3);
	assert_int_equal(c->probe->type, PROBE_TCP);
	assert_int_equal(c->ntags, 0);
	assert_int_equal(c->interval_ms, 60000);
	assert_int_equal(c->probe_timeout_ms, 1000);
	assert_string_equal(c->token, "u");
	config_free(&cfg);
}

static void
policies_and_axes(void **state)
{
	static const struct {
		const char *server;
		enum votes votes;
		enum select select;
		enum policy policy;
	} rows[] = {
		{"", VOTES_ANY, SELECT_ALL, POLICY_ANY},
		{"policy: any", VOTES_ANY, SELECT_ALL, POLICY_ANY},
		{"policy: all", VOTES_ALL, SELECT_ALL, POLICY_ALL},
		{"policy: quorum", VOTES_QUORUM, SELECT_ALL, POLICY_QUORUM},
		{"policy: priority", VOTES_ANY, SELECT_PRIORITY, POLICY_PRIORITY},
		{"votes: all", VOTES_ALL, SELECT_ALL, POLICY_ALL},
		{"select: weighted", VOTES_ANY, SELECT_WEIGHTED, POLICY_ANY},
		{"select: hash, votes: all", VOTES_ALL, SELECT_HASH, POLICY_ALL},
		{"select: priority", VOTES_ANY, SELECT_PRIORITY, POLICY_PRIORITY},
		{"votes: quorum, select: priority, quorum: majority", VOTES_QUORUM, SELECT_PRIORITY, POLICY_PRIORITY},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct config c;
		struct buf b;

		buf_init(&b);
		buf_printf(&b, "zones: [{name: z, domains: {a.z: {server: {%s}, " TARGET "}}}]\n", rows[i].server);
		load_text(&c, b.data);
		assert_int_equal(c.domains[0].server->votes, rows[i].votes);
		assert_int_equal(c.domains[0].server->select, rows[i].select);
		assert_int_equal(c.domains[0].server->policy, rows[i].policy);
		config_free(&c);
		buf_free(&b);
	}
}

/* Quotes decide nothing where a number or a word is meant; nothing is the same as not written. */
static void
forms_of_values(void **state)
{
	static const char text[] =
	    "dns: {listen_ip: [127.0.0.1, \"::1\"], listen_port: \"53\", listen: [\"127.0.0.2@5300\", \"::2@54\"], "
	    "threads: 2, "
	    "nsid: ns1, rrl: {rate: 50, slip: 3, ipv6_prefix: 48, exempt: [192.0.2.0/24]}}\n"
	    "api: {listen_ip: 127.0.0.1, status_auth: Yes, admin_token_file: t}\n"
	    "agents:\n"
	    "zones:\n- name: z\n  fallback_ttl: ~\n  domains:\n    a.z:\n      fallback: 10.0.0.9\n"
	    "      server: {timeout_sec: \"0.25\", policy: \"any\", max_answers: null}\n"
	    "      agent: {token_file: tokens/a}\n"
	    "      monitor: {mode: icmp, targets: [{ip: 10.0.0.1, priority: -5, weight: 0}, {ip: \"2001:db8::1\"}]}\n"
	    "      expect: [{when: {down: 10.0.0.1}, answer: []}]\n"
	    "state_dir: ./state\n"
	    "retention_bytes: 512M\n";
	const struct source_file files[] = {{"/etc/fodns/f", text}, {"/etc/fodns/t", "0123456789abcdef \r\n"},
	    {"/etc/fodns/tokens/a", "abc"}, {0}};
	const struct domain *d;
	struct config c;
	char ep[ENDPOINT_TEXT];

	(void)state;
	load(&c, files);
	assert_string_equal(c.state_dir, "/etc/fodns/state");
	assert_int_equal(c.retention_bytes, 512 << 20);
	assert_int_equal(c.ndns, 4);
	assert_string_equal(endpoint_format(ep, &c.dns[1].addr, c.dns[1].port), "[::1]:53");
	assert_string_equal(endpoint_format(ep, &c.dns[2].addr, c.dns[2].port), "127.0.0.2:5300");
	assert_string_equal(endpoint_format(ep, &c.dns[3].addr, c.dns[3].port), "[::2]:54");
	assert_int_equal(c.threads, 2);
	assert_string_equal(c.nsid, "ns1");
	assert_true(c.rrl.rate == 50 && c.rrl.slip == 3 && c.rrl.bits[FAMILY_V4] == 24);
	assert_true(c.rrl.bits[FAMILY_V6] == 48 && c.rrl.nexempt == 1 && c.rrl.exempt[0].bits == 24);
	assert_true(c.status_auth);
	assert_string_equal(c.admin_token, "0123456789abcdef");
	assert_int_equal(c.nagents, 0);
	d = &c.domains[0];
	assert_int_equal(d->nfallback, 1);
	assert_string_equal(d->token, "abc");
	assert_int_equal(d->server->timeout_ms, 250);
	assert_int_equal(d->server->max_answers, 8);
	assert_int_equal(d->server->fallback_ttl, 5);
	assert_string_equal(d->targets[0].check_name, "a.z:10.0.0.1:icmp");
	assert_int_equal(d->targets[0].port, PORT_NONE);
	assert_int_equal(d->targets[0].priority, -5);
	assert_int_equal(d->targets[0].weight, 0);
	assert_int_equal(d->targets[1].weight, 1);
	assert_string_equal(d->targets[1].check_name, "a.z:2001:db8::1:icmp");
	assert_int_equal(d->nexpect, 1);
	assert_int_equal(d->expect[0].nwhen[EXPECT_DOWN], 1);
	assert_string_equal(d->expect[0].when[EXPECT_DOWN][0], "10.0.0.1");
	assert_int_equal(d->expect[0].nanswer, 0);
	config_free(&c);
}

static void
aliases_and_merges(void **state)
{
	static const char text[] =
	    "zones:\n- name: z\n  domains:\n"
	    "    a.z: &a\n      fallback: &f [10.0.0.9]\n      server: {rise: 2}\n      monitor: &m\n"
	    "        targets: [{ip: 10.0.0.1, port: 80}]\n"
	    "    b.z: *a\n"
	    "    c.z: {<<: *a, server: {rise: 3}}\n"
	    "    d.z: {fallback: *f, monitor: {<<: [{mode: icmp}, *m], mode: http}}\n";
	struct config c;

	(void)state;
	load_text(&c, text);
	assert_int_equal(c.ndomains, 4);
	assert_int_equal(c.domains[1].server->rise, 2);
	/* what is equal is there once; where it was written is each one's own */
	assert_ptr_equal(c.domains[0].server, c.domains[1].server);
	assert_ptr_equal(c.domains[0].probe, c.domains[2].probe);
	assert_ptr_not_equal(c.domains[0].server, c.domains[2].server);
	assert_string_equal(c.domains[1].targets[0].check_name, "b.z:10.0.0.1:80");
	assert_int_equal(c.domains[2].server->rise, 3);
	assert_int_equal(c.domains[2].nfallback, 1);
	assert_int_equal(c.domains[3].probe->type, PROBE_HTTP);
	assert_int_equal(c.domains[3].nfallback, 1);
	config_free(&c);
}

static const struct record *
record_of(const struct zone *z, const char *owner, const char *type)
{
	for (size_t i = 0; i < z->nrecords; i++)
		if (strcmp(z->records[i].owner, owner) == 0 && strcmp(z->records[i].type_text, type) == 0)
			return &z->records[i];
	return NULL;
}

static void
what_a_zone_has(void **state)
{
	static const char text[] =
	    "dns: {listen_ip: [0.0.0.0, \"::\", \"2001:db8::53\"], resolve_cache_ttl: 20}\n"
	    "zones:\n"
	    "- {name: plain, domains: {a.plain: {server: {ttl: 7}, " TARGET "}}}\n"
	    "- name: Full.\n"
	    "  soa: {mname: ns2.full, rname: hostmaster.example.org, refresh: 10, minimum: 3}\n"
	    "  ns: [ns2.full, ns.example.org.]\n"
	    "  records: |\n    $TTL 60\n    NS2 IN A 192.0.2.2\n    @ 300 IN MX ( 10\n       mail )\n"
	    "    mail IN AAAA 2001:db8::25\n"
	    "- name: text\n  records: |\n    @ IN NS ns1\n    ns1 IN A 192.0.2.1\n";
	const struct zone *plain, *full, *zone_text;
	const struct record *r;
	struct config c;

	(void)state;
	load_text(&c, text);
	plain = &c.zones[0];
	full = &c.zones[1];
	zone_text = &c.zones[2];
	assert_string_equal(plain->soa.mname, "ns.plain.");
	assert_string_equal(plain->soa.rname, "hostmaster.plain.");
	assert_int_equal(plain->soa.minimum, 7);
	assert_string_equal(plain->ns[0], "ns.plain.");
	r = record_of(plain, "ns.plain.", "AAAA");
	assert_non_null(r);
	assert_string_equal(r->text, "2001:db8::53");
	assert_int_equal(r->rdlen, 16);
	assert_string_equal(full->name, "full");
	assert_string_equal(full->soa.mname, "ns2.full.");
	assert_int_equal(full->soa.minimum, 3);
	assert_int_equal(full->soa.refresh, 10);
	assert_int_equal(full->soa.retry, 600);
	assert_int_equal(full->nns, 2);
	assert_string_equal(full->ns[1], "ns.example.org.");
	assert_int_equal(full->nrecords, 3);
	r = record_of(full, "full.", "MX");
	assert_non_null(r);
	assert_int_equal(r->ttl, 300);
	assert_string_equal(r->text, "10 mail.full.");
	assert_int_equal(r->rdlen, 2 + 11);
	assert_memory_equal(r->rdata, "\0\12\4mail\4full\0", 13);
	assert_int_equal(r->at.line, 11);
	assert_int_equal(record_of(full, "ns2.full.", "A")->ttl, 60);
	assert_string_equal(zone_text->ns[0], "ns1.text.");
	assert_int_equal(zone_text->nrecords, 1);
	config_free(&c);
}

/* Without a listen address of its own, a name server has the host's. */
static void
address_of_the_name_server(void **state)
{
	static const char text[] = "zones: [{name: z}]\n";
	const struct source_file files[] = {{"f", text}, {0}};
	struct config_source src = source_of(files);
	struct config_problems p = {0};
	struct config c;

	(void)state;
	assert_int_equal(config_load(&c, "f", &src, &p), 0);
	assert_string_equal(record_of(&c.zones[0], "ns.z.", "A")->text, "192.0.2.99");
	config_free(&c);
	src.host = NULL;
	assert_int_equal(config_load(&c, "f", &src, &p), 0);
	assert_string_equal(record_of(&c.zones[0], "ns.z.", "A")->text, "127.0.0.1");
	config_free(&c);
}

static const struct source_file parts[] = {
    {"/e/main", "include: [conf.d/*.yaml, one]\ndefaults: {server: {rise: 4}}\n"
		"zones: [{name: z, records_file: r, domains: {a.z: {" TARGET "}}}]\n"},
    {"/e/conf.d/1.yaml", "domains: {b.z: {" TARGET "}}\n"},
    {"/e/conf.d/2.yaml", "zones: [{name: y, domains: {c.y: {agent: {token_file: t}, " TARGET "}}}]\n"},
    {"/e/conf.d/t", "secret\n"},
    {"/e/one", "{}\n"},
    {"/e/r", "x IN A 192.0.2.1\n"},
    {0},
};

static void
included_files(void **state)
{
	char where[64];
	struct config c;

	(void)state;
	load(&c, parts);
	assert_int_equal(c.nfiles, 5);
	assert_int_equal(c.ndomains, 3);
	assert_string_equal(config_domain(&c, "b.z")->zone->name, "z");
	assert_int_equal(config_domain(&c, "c.y")->server->rise, 4);
	assert_string_equal(config_domain(&c, "c.y")->token, "secret");
	config_place(&c, &config_domain(&c, "b.z")->at, where, sizeof(where));
	assert_string_equal(where, "/e/conf.d/1.yaml:1:11");
	config_place(&c, &record_of(&c.zones[0], "x.z.", "A")->at, where, sizeof(where));
	assert_string_equal(where, "/e/r:1:1");
	config_free(&c);
}

static void
wrong_includes(void **state)
{
	static const struct {
		const char *include, *problems;
	} rows[] = {
		{"conf.d/*.none", ""},
		{"none", "/e/main:1:10: /e/none: no such file\n"},
		{"main", "/e/main:1:10: /e/main is included twice\n"},
		{"[x, x]", "/e/main:1:14: /e/x is included twice\n"},
		{"dup", "/e/dup:2:3: domain a.z is already at /e/main:2:29\n"},
		{"zone", "/e/zone:1:16: zone z is already at /e/main:2:16\n"},
		{"top", "/e/top:1:1: unknown key \"dns\" in an included file; it takes monitor_templates, zones or domains\n"},
		{"bad", "/e/bad:1:5: not YAML: mapping values are not allowed in this context\n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[256];
		const struct source_file files[] = {
		    {"/e/main", text}, {"/e/x", "{}"}, {"/e/dup", "domains:\n  A.z: {}\n"},
		    {"/e/zone", "zones: [{name: z}]\n"}, {"/e/top", "dns: {}\n"}, {"/e/bad", "a: b: c"}, {0}};
		struct config_source src = source_of(files);
		struct config_problems p = {0};
		struct config c;
		struct buf b;

		snprintf(text, sizeof(text), "include: %s\nzones: [{name: z, domains: {a.z: {" TARGET "}}}]\n", rows[i].include);
		config_load(&c, "/e/main", &src, &p);
		problems_text(&p, &b);
		assert_string_equal(b.data, rows[i].problems);
		buf_free(&b);
		config_problems_free(&p);
		config_free(&c);
	}
}

/* What a target answers, what is probed for it and by what name it is known. */
static void
values(void **state)
{
	static const struct {
		const char *target, *answer, *shown, *probed, *check_name;
	} rows[] = {
		{"{ip: 10.0.0.1, port: 80}", "10.0.0.1", "10.0.0.1:80", "10.0.0.1:80", "a.z:10.0.0.1:80"},
		{"{type: a, ip: 10.0.0.1, port: 80}", "10.0.0.1", "10.0.0.1:80", "10.0.0.1:80", "a.z:10.0.0.1:80"},
		{"{ip: 10.0.0.1, port: 80, check_ip: \"::2\"}", "10.0.0.1", "10.0.0.1:80", "[::2]:80", "a.z:10.0.0.1:80"},
		{"{ip: 10.0.0.1, port: 80, check_port: 81}", "10.0.0.1", "10.0.0.1:80", "10.0.0.1:81", "a.z:10.0.0.1:80"},
		{"{ip: 10.0.0.1, check_port: 81}", "10.0.0.1", "10.0.0.1:81", "10.0.0.1:81", "a.z:10.0.0.1:81"},
		{"{type: CNAME, value: EU.b, port: 443}", "eu.b.", "eu.b:443", "eu.b:443", "a.z:eu.b:443"},
		{"{type: cname, value: eu.b., port: 443, check_ip: 10.0.0.1}", "eu.b.", "eu.b:443", "10.0.0.1:443",
		    "a.z:eu.b:443"},
		{"{type: CNAME, value: eu.b., port: 443, check_port: 80}", "eu.b.", "eu.b:443", "eu.b:80", "a.z:eu.b:443"},
		{"{type: SRV, value: 10 5 5060 sip.b}", "10 5 5060 sip.b.", "sip.b:5060", "sip.b:5060", "a.z:sip.b:5060"},
		{"{type: SRV, value: 10 5 5060 sip.b, port: 80}", "10 5 5060 sip.b.", "sip.b:80", "sip.b:80", "a.z:sip.b:80"},
		{"{type: SRV, value: 10 5 5060 sip.b, check_ip: 10.0.0.1}", "10 5 5060 sip.b.", "sip.b:5060", "10.0.0.1:5060",
		    "a.z:sip.b:5060"},
		{"{type: TXT, value: v=1, check_ip: 10.0.0.1, port: 80}", "\"v=1\"", "\"v=1\"", "10.0.0.1:80", "a.z:10.0.0.1:80"},
		{"{type: TXT, value: v=2, check_ip: 10.0.0.1, port: 80}, {type: TXT, value: v=1, check_ip: 10.0.0.1, port: 80}",
		    "\"v=1\"", "\"v=1\"", "10.0.0.1:80", "a.z:10.0.0.1:80#2"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[512], buf[ADDR_TEXT], place[TARGET_TEXT];
		const struct source_file files[] = {{"/f", text}, {0}};
		const struct target *t;
		const struct addr *probed;
		struct answer a;
		struct config c;
		const char *name;
		int port;

		snprintf(text, sizeof(text), "zones: [{name: z, domains: {a.z: {monitor: {targets: [%s]}}}}]\n", rows[i].target);
		load(&c, files);
		t = &c.domains[0].targets[c.domains[0].ntargets - 1];
		a = target_answer(t);
		assert_string_equal(answer_text(buf, &a), rows[i].answer);
		assert_string_equal(target_text(place, t), rows[i].shown);
		probed = target_probed(t, &name, &port);
		assert_string_equal(place_text(place, probed, name, port), rows[i].probed);
		assert_string_equal(t->check_name, rows[i].check_name);
		assert_ptr_equal(config_target(&c.domains[0], probed, name, port, t->check_name), t);
		config_free(&c);
	}
}

/* A plain target has nothing more, and its domain only addresses. */
static void
nothing_more(void **state)
{
	static const struct source_file files[] = {
	    {"/f", "zones: [{name: z, domains: {a.z: {fallback: [b.c], monitor: {targets: [{type: CNAME, value: x.y, port: 1}]}},\n"
	           "c.z: {fallback: [10.0.0.9], monitor: {targets: [{type: CNAME, value: x.y, port: 1}]}},\n"
	           "d.z: {monitor: {targets: [{ip: 10.0.0.1, port: 1, check_ip: 10.0.0.1, check_port: 1}]}}}}]\n"},
	    {0}};
	struct config c;
	int first;

	(void)state;
	load(&c, files);
	assert_int_equal(c.domains[0].type, RRTYPE_CNAME);
	assert_string_equal(c.domains[0].fallback[0].text, "b.c.");
	assert_int_equal(domain_families(&c.domains[0], &first), FAMILIES);
	assert_int_equal(first, FAMILY_OTHER);
	assert_int_equal(domain_families(&c.domains[1], &first), FAMILIES);
	assert_int_equal(first, FAMILY_V4);
	assert_int_equal(c.domains[2].type, RRTYPE_A);
	assert_null(c.domains[2].targets[0].more);
	assert_int_equal(domain_families(&c.domains[2], &first), FAMILY_OTHER);
	assert_int_equal(first, FAMILY_V4);
	config_free(&c);
}

/* For --lint: what it keeps to itself, and where keys were written, be it under defaults. */
static void
what_lint_reads(void **state)
{
	static const char text[] =
	    "lint: {ignore: [fall-1, ttl-0]}\n"
	    "defaults: {server: {fall: 2}, agent: {interval_sec: 10, token: x}}\n"
	    "zones:\n- name: z\n  domains:\n"
	    "    a.z: {lint: {ignore: expect}, " TARGET "}\n"
	    "    b.z: {server: {fall: 3, hold: 5s, votes: quorum}, " TARGET "}\n"
	    "    c.z: {" TARGET "}\n";
	const struct domain *d;
	struct config c;

	(void)state;
	load_text(&c, text);
	d = c.domains;
	assert_int_equal(c.ignore, ADVICE_BIT(ADVICE_FALL_1) | ADVICE_BIT(ADVICE_TTL_0));
	assert_int_equal(d[0].ignore, ADVICE_BIT(ADVICE_EXPECT));
	assert_int_equal(d[1].ignore, 0);
	assert_ptr_equal(d[0].places, d[2].places);
	assert_int_equal(d[0].places->fall.line, 2);
	assert_int_equal(d[0].places->fall.col, 27);
	assert_int_equal(d[0].places->hold.line, 0);
	assert_int_equal(d[1].places->fall.line, 7);
	assert_int_equal(d[1].places->hold.line, 7);
	assert_int_equal(d[1].places->interval.line, 2);
	assert_int_equal(d[1].places->token.line, 2);
	config_free(&c);
}

/* The hash names what was read: any byte of any file changes it, and nothing else does. */
static void
the_hash(void **state)
{
	struct source_file changed[ROWS(parts)];
	struct config a, b;

	(void)state;
	load(&a, parts);
	load(&b, parts);
	assert_string_equal(a.hash, b.hash);
	assert_int_equal(strlen(a.hash), 16);
	config_free(&b);
	for (size_t i = 0; parts[i].path; i++) {
		char text[256];

		memcpy(changed, parts, sizeof(parts));
		snprintf(text, sizeof(text), "%s ", parts[i].text);
		changed[i].text = text;
		load(&b, changed);
		assert_string_not_equal(a.hash, b.hash);
		config_free(&b);
	}
	config_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_originals_file), cmocka_unit_test(a_domain_of_defaults),
	    cmocka_unit_test(policies_and_axes), cmocka_unit_test(forms_of_values),
	    cmocka_unit_test(aliases_and_merges), cmocka_unit_test(what_a_zone_has),
	    cmocka_unit_test(address_of_the_name_server), cmocka_unit_test(included_files),
	    cmocka_unit_test(wrong_includes), cmocka_unit_test(what_lint_reads),
	    cmocka_unit_test(the_hash), cmocka_unit_test(values), cmocka_unit_test(nothing_more),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
