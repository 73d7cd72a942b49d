#ifndef FODNS_TESTS_WORLD_H
#define FODNS_TESTS_WORLD_H

/*
 * A world of one line: rules, targets, a fallback list, and a story told to the
 * engine.  Letters are addresses: A is 10.0.0.1, B 10.0.0.2 …; a is 2001:db8::1 …
 *
 * S to Z are names, for a domain whose rules say cname, srv or txt: S is "s.example.".
 *
 *   rules    "quorum priority keep timeout=100 hold=200 rise=2 agents=3"
 *   targets  "A5 B5 C a" with priorities; "Aw3" has a weight, "A:443" another port
 *   story    "@10 A1+ B2- =live:AB @111 =fallback:F"
 *
 * Words of a story:
 *   @T         it is T now: what was due before is over, what comes now belongs to T
 *   A1+        agent 1 reports of A: + ok, - fail, w warn, ? unknown; behind it
 *              ~N: N ms old; #N: the N-th of its checker; t: by a plain tcp connect
 *   A!down     an override without end; A!down:T until T; A!down@T from T; *!… the whole domain
 *   =live:AB   the answer for A records and its source; 6=… for AAAA, N=… for the names; -: empty;
 *              none:SERVFAIL: an rcode in its place
 *   A=up       a target's state in the decision line
 *   A:up       what selection used: after override and fail-back
 *   ttl=N next=N since=N due=N
 *   weights=3,1 select=hash   how one of the A records is selected; 6weights=…; select=all: none is
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/engine.h"
#include "core/view.h"

enum { MOST = 16 };

struct world {
	struct config config;
	struct zone zone;
	struct domain domain;
	struct server_rules rules;
	struct probe probe;
	struct target targets[MOST];
	struct target_more more[MOST];
	char names[MOST][32];
	struct answer fallback[MOST];
	struct agent_binding agents[MOST];
	char ids[MOST][8];
	struct engine *engine;
	int64_t now;
};

static inline struct addr
world_addr(char letter)
{
	struct addr a = {0};

	if (letter >= 'a') {
		a.family = FAMILY_V6;
		memcpy(a.b, "\x20\x01\x0d\xb8", 4);
		a.b[15] = (uint8_t)(letter - 'a' + 1);
	} else {
		a.b[0] = 10;
		a.b[3] = (uint8_t)(letter - 'A' + 1);
	}
	return a;
}

static inline bool
world_is_name(char letter)
{
	return letter >= 'S' && letter <= 'Z';
}

/* With the last dot, as it is answered, or without, as a host is probed. */
static inline const char *
world_host(char letter, bool dot)
{
	static const char *const names[2][8] = {
		{"s.example", "t.example", "u.example", "v.example", "w.example", "x.example", "y.example", "z.example"},
		{"s.example.", "t.example.", "u.example.", "v.example.", "w.example.", "x.example.", "y.example.",
		 "z.example."},
	};

	return names[dot][letter - 'S'];
}

static inline struct answer
world_answer_of(char letter)
{
	struct addr a = world_addr(letter);

	return world_is_name(letter) ? answer_value(world_host(letter, true)) : answer_addr(&a);
}

static inline char
world_letter(const struct answer *a)
{
	if (a->family == FAMILY_OTHER)
		return (char)(a->text[0] - 'a' + 'A');
	return a->family == FAMILY_V6 ? (char)('a' + a->addr.b[15] - 1) : (char)('A' + a->addr.b[3] - 1);
}

static inline int64_t
world_number(const char *word, const char *key, int64_t otherwise)
{
	size_t n = strlen(key);

	return strncmp(word, key, n) ? otherwise : strtoll(word + n, NULL, 10);
}

static inline void
world_rule(struct world *w, const char *word)
{
	struct server_rules *r = &w->rules;
	int v;

	if ((v = votes_from(word)) >= 0)
		r->votes = (enum votes)v;
	else if ((v = select_from(word)) > SELECT_ALL)
		r->select = (enum select)v;
	else if (!strcmp(word, "keep"))
		r->on_silence = SILENCE_KEEP;
	else if (!strcmp(word, "silence=all"))
		r->on_silence = SILENCE_ALL;
	else if (!strncmp(word, "down=", 5))
		r->on_all_down = (enum on_all_down)on_all_down_from(word + 5);
	else if (!strcmp(word, "cname"))
		w->domain.type = RRTYPE_CNAME;
	else if (!strcmp(word, "srv"))
		w->domain.type = RRTYPE_SRV;
	else if (!strcmp(word, "txt"))
		w->domain.type = RRTYPE_TXT;
	else if (!strcmp(word, "manual"))
		r->failback_manual = true;
	else if (!strcmp(word, "http"))
		w->probe.type = PROBE_HTTP;
	r->timeout_ms = world_number(word, "timeout=", r->timeout_ms);
	r->hold_ms = world_number(word, "hold=", r->hold_ms);
	r->agent_forget_ms = world_number(word, "forget=", r->agent_forget_ms);
	r->failback_delay_ms = world_number(word, "delay=", r->failback_delay_ms);
	r->rise = (int)world_number(word, "rise=", r->rise);
	r->fall = (int)world_number(word, "fall=", r->fall);
	r->ttl = (uint32_t)world_number(word, "ttl=", r->ttl);
	r->fallback_ttl = (uint32_t)world_number(word, "fallback_ttl=", r->fallback_ttl);
	r->ttl_degraded = (uint32_t)world_number(word, "degraded=", r->ttl_degraded);
	w->config.nagents = (size_t)world_number(word, "agents=", (int64_t)w->config.nagents);
	if (!strncmp(word, "min=", 4))
		r->min_healthy = (struct amount){(unsigned)atoi(word + 4), strchr(word, '%') != NULL};
	if (!strncmp(word, "quorum=", 7)) {
		r->votes = VOTES_QUORUM;
		r->quorum = (struct quorum){strchr(word, '%') ? QUORUM_PERCENT : QUORUM_COUNT, (unsigned)atoi(word + 7)};
	}
}

static inline void
world_target(struct world *w, const char *word)
{
	size_t n = w->domain.ntargets++;
	struct target *t = &w->targets[n];
	const char *port = strchr(word, ':'), *weight = strchr(word + 1, 'w');

	t->weight = weight ? atoi(weight + 1) : 1;
	t->priority = atoi(word + 1);
	t->port = port ? atoi(port + 1) : 80;
	if (world_is_name(word[0])) {
		t->addr.family = FAMILY_OTHER;
		w->more[n] = (struct target_more){world_host(word[0], true), world_host(word[0], false), t->addr, t->port};
		t->more = &w->more[n];
	} else {
		t->addr = world_addr(word[0]);
	}
	snprintf(w->names[n], sizeof(w->names[n]), "d:%c:%d", word[0], t->port);
	t->check_name = w->names[n];
}

static inline void
world_words(struct world *w, const char *text, void (*each)(struct world *, const char *))
{
	char copy[512], *save, *word;

	snprintf(copy, sizeof(copy), "%s", text);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		each(w, word);
}

/* w stays where it is: the config points into it. */
static inline void
world_config(struct world *w, const char *rules, const char *targets, const char *fallback)
{
	memset(w, 0, sizeof(*w));
	w->domain = (struct domain){
		.name = "d", .zone = &w->zone, .targets = w->targets, .fallback = w->fallback,
		.server = &w->rules, .probe = &w->probe,
	};
	w->rules = (struct server_rules){
		.timeout_ms = 100, .hold_ms = 200, .agent_forget_ms = 10000, .rise = 1, .fall = 1, .ttl = 5,
		.fallback_ttl = 7, .min_healthy = {1, false},
	};
	world_words(w, targets, world_target);
	for (; *fallback; fallback++)
		w->fallback[w->domain.nfallback++] = world_answer_of(*fallback);
	world_words(w, rules, world_rule);
	for (size_t i = 0; i < w->config.nagents; i++) {
		snprintf(w->ids[i], sizeof(w->ids[i]), "a%zu", i + 1);
		w->agents[i] = (struct agent_binding){.id = w->ids[i], .token = "x"};
	}
	w->config.agents = w->agents;
	w->config.domains = &w->domain;
	w->config.ndomains = 1;
	w->config.zones = &w->zone;
	w->config.nzones = 1;
	*map_puts(&w->config.by_name, "d") = &w->domain;
}

static inline void
world_init(struct world *w, const char *rules, const char *targets, const char *fallback)
{
	world_config(w, rules, targets, fallback);
	w->engine = engine_new(&w->config, 0);
}

static inline void
world_free(struct world *w)
{
	engine_free(w->engine);
	map_free(&w->config.by_name);
}

static inline const struct target *
world_find(const struct world *w, char letter)
{
	struct answer want = world_answer_of(letter);

	for (size_t i = 0; i < w->domain.ntargets; i++) {
		struct answer a = target_answer(&w->targets[i]);

		if (answer_equal(&a, &want))
			return &w->targets[i];
	}
	fail_msg("no target %c", letter);
	return NULL;
}

static inline enum verdict
world_report(struct world *w, const struct target *t, int agent, char result, int64_t age, uint64_t seq, bool tcp)
{
	static const struct report blank = {.latency_ms = -1, .mono_ms = -1, .age_ms = -1, .received = -1, .boot_ms = -1};
	static struct report r;
	const char *name;

	r = blank;
	snprintf(r.agent_id, sizeof(r.agent_id), "a%d", agent);
	strcpy(r.domain, "d");
	strcpy(r.check_name, t->check_name);
	strcpy(r.type, tcp ? "tcp" : probe_type_word((int)w->probe.type));
	r.target = *target_probed(t, &name, &r.port);
	strcpy(r.target_name, name ? name : "");
	r.status = result == '+' ? STATUS_OK : result == '-' ? STATUS_FAIL : result == 'w' ? STATUS_WARN : STATUS_UNKNOWN;
	r.inc = seq != 0;
	r.seq = seq;
	r.arrival = w->now;
	r.effective = w->now - age;
	return engine_report(w->engine, &r);
}

static inline size_t
world_override(struct world *w, const char *word)
{
	struct override o = {.at = w->now, .until = OVERRIDE_FOREVER};
	const char *at = strchr(word, '@'), *until = strchr(word, ':');
	struct answer a = world_answer_of(word[0]);
	char state[16], text[ADDR_TEXT];

	if (word[0] != '*')
		strcpy(o.target, answer_text(text, &a));
	strcpy(o.domain, "d");
	snprintf(state, sizeof(state), "%.*s", (int)strcspn(word + 2, ":@"), word + 2);
	o.state = (enum override_state)override_state_from(state);
	if (at)
		o.at = atoll(at + 1);
	if (until)
		o.until = atoll(until + 1);
	return engine_override(w->engine, &o);
}

/* "live:AB": source and answers, sorted. */
static inline char *
world_answer(const struct decision *d, enum family f, char dst[static 64])
{
	const struct rrset *s = &d->rrsets[f];
	size_t n = (size_t)snprintf(dst, 64, "%s:", source_word((int)s->source));

	for (size_t i = 0; i < s->nanswers; i++)
		dst[n++] = world_letter(&s->answers[i]);
	if (s->rcode)
		n += (size_t)snprintf(dst + n, 64 - n, "%s", rcode_word((int)s->rcode));
	else if (!s->nanswers)
		dst[n++] = '-';
	dst[n] = '\0';
	return dst;
}

static inline char *
world_select(const struct rrset *s, char dst[static 64])
{
	size_t n = 0;

	if (s->select != SELECT_WEIGHTED)
		return strcpy(dst, select_word((int)s->select));
	for (size_t i = 0; i < s->nanswers && n < 64; i++)
		n += (size_t)snprintf(dst + n, 64 - n, "%s%u", i ? "," : "", s->weights[i]);
	return dst;
}

static inline void
world_check(struct world *w, const char *word, const char *story)
{
	static struct decision d;
	char got[64];
	const char *want = strchr(word, '=') ? strchr(word, '=') + 1 : "";

	engine_settle(w->engine);
	engine_decision(w->engine, &w->domain, &d);
	if (strstr(word, "weights=") || strstr(word, "select="))
		world_select(&d.rrsets[word[0] == '6' ? FAMILY_V6 : FAMILY_V4], got);
	else if (word[0] == '=' || word[0] == '6' || word[0] == 'N')
		world_answer(&d, word[0] == '6' ? FAMILY_V6 : word[0] == 'N' ? FAMILY_OTHER : FAMILY_V4, got);
	else if (!strncmp(word, "ttl=", 4))
		snprintf(got, sizeof(got), "%u", d.rrsets[FAMILY_V4].ttl);
	else if (!strncmp(word, "next=", 5))
		snprintf(got, sizeof(got), "%lld", (long long)d.next);
	else if (!strncmp(word, "since=", 6))
		snprintf(got, sizeof(got), "%lld", (long long)d.since);
	else if (!strncmp(word, "due=", 4))
		snprintf(got, sizeof(got), "%lld", (long long)engine_due(w->engine));
	else if (word[1] == '=')
		snprintf(got, sizeof(got), "%s", state_word((int)d.targets[world_find(w, word[0]) - w->targets].state));
	else {
		struct target_state s;

		want = word + 2;
		view_target(w->engine, &w->domain, (size_t)(world_find(w, word[0]) - w->targets), &s);
		snprintf(got, sizeof(got), "%s", state_word((int)s.state));
	}
	if (strcmp(got, want))
		fail_msg("%s\n  at %lld wanted %s, got %s", story, (long long)w->now, word, got);
}

static inline void
world_tell(struct world *w, const char *story)
{
	char copy[1024], *save, *word;

	snprintf(copy, sizeof(copy), "%s", story);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (word[0] == '@') {
			w->now = atoll(word + 1);
			engine_settle(w->engine);
			engine_advance(w->engine, w->now - 1);
			/* A story that only looks brings its instant about. */
			if (save && *save != '\0' && !(save[1] >= '0' && save[1] <= '9') && save[1] != '!')
				engine_advance(w->engine, w->now);
		} else if (word[1] == '!') {
			world_override(w, word);
		} else if (word[1] >= '0' && word[1] <= '9') {
			const char *age = strchr(word, '~'), *seq = strchr(word, '#');

			world_report(w, world_find(w, word[0]), word[1] - '0', word[2], age ? atoll(age + 1) : 0,
			    seq ? (uint64_t)atoll(seq + 1) : 0, word[strlen(word) - 1] == 't');
		} else {
			world_check(w, word, story);
		}
	}
}

struct row {
	const char *rules, *targets, *fallback, *story;
};

static inline void
world_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct world w;

		world_init(&w, rows[i].rules, rows[i].targets, rows[i].fallback);
		world_tell(&w, rows[i].story);
		world_free(&w);
	}
}

#define ROWS(rows) world_rows(rows, sizeof(rows) / sizeof(*(rows)))

#endif
