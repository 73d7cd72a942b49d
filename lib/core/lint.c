#include "core/lint.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

struct lint {
	const struct config *config;
	const struct domain *domain;
	void (*say)(void *arg, const struct place *at, const char *text);
	void *arg;
	size_t n;
};

__attribute__((format(printf, 3, 4))) static void
advise(struct lint *l, const struct place *at, const char *fmt, ...)
{
	const struct place *where = at && at->line ? at : l->domain ? &l->domain->at : at;
	char text[640];
	int n = 0;
	va_list ap;

	if (l->domain)
		n = snprintf(text, sizeof(text), "%s: ", l->domain->name);
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	l->say(l->arg, where, text);
	l->n++;
}

/* ---- of one domain */

static void
check_timing(struct lint *l)
{
	const struct domain *d = l->domain;
	char fresh[24], every[24];

	if (d->server->timeout_ms >= 2 * d->interval_ms)
		return;
	advise(
	    l, &d->timeout_at,
	    "timeout_sec %s is under twice interval_sec (%s): one lost report is already silence",
	    num_duration_text(fresh, d->server->timeout_ms),
	    num_duration_text(every, d->interval_ms));
}

static void
check_flapping(struct lint *l)
{
	if (l->domain->server->fall == 1)
		advise(l, NULL,
		       "fall is 1: one lost probe takes a target out; 3 (and rise 2) is safer");
}

static void
check_fallback(struct lint *l)
{
	const struct domain *d = l->domain;
	char text[ADDR_TEXT];
	struct answer a;

	if (d->nfallback == 0 && d->ntargets == 1)
		advise(l, NULL, "one target and no fallback: it is answered even when it is down");
	for (size_t i = 0; i < d->nfallback; i++)
		for (size_t k = 0; k < d->ntargets; k++) {
			a = target_answer(&d->targets[k]);
			if (answer_equal(&d->fallback[i], &a)) {
				advise(
				    l, &d->fallback_at,
				    "fallback %s is also a target: it is answered when it is down",
				    answer_text(text, &d->fallback[i]));
				break;
			}
		}
}

static size_t
agents_for(const struct lint *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->config->nagents; i++) {
		const struct agent_binding *a = &l->config->agents[i];

		n += config_tags_match(l->domain, a->tags, a->ntags);
	}
	return n;
}

static void
check_agents(struct lint *l)
{
	const struct domain *d = l->domain;
	size_t n = agents_for(l);

	if (l->config->nagents > 0 && n == 0)
		advise(
		    l, NULL,
		    "no agent under agents: has a tag that matches monitor_tag: nobody checks it");
	if (l->config->nagents > 0 && d->token)
		advise(l, NULL, "its token is ignored, as agents: is configured");
	if (d->server->votes != VOTES_QUORUM)
		return;
	if (l->config->nagents == 0)
		advise(l, &d->policy_at,
		       "votes are counted by agent_id, which anyone with the token can make up: "
		       "bind ids to tokens under agents:");
	else if (d->server->quorum.kind == QUORUM_COUNT && d->server->quorum.value > n)
		advise(l, &d->policy_at, "quorum %u of %zu agents can never be reached",
		       d->server->quorum.value, n);
	else if (n > 0 && n < 3)
		advise(l, &d->policy_at,
		       "a quorum of %zu agents: one silent agent leaves it undetermined", n);
}

static void
check_ttl(struct lint *l)
{
	const struct domain *d = l->domain;
	int64_t notice = d->interval_ms * d->server->fall + d->probe_timeout_ms;
	char text[24];

	if (d->server->ttl * INT64_C(1000) > 2 * notice && d->server->ttl > 60)
		advise(l, NULL,
		       "clients keep an answer for %u s, though a loss is noticed within %s",
		       d->server->ttl, num_duration_text(text, notice));
}

/* ---- of the whole */

static bool
open_to_others(const struct config *c)
{
	for (size_t i = 0; i < c->napi; i++)
		if (!addr_is_loopback(&c->api[i].addr))
			return true;
	return false;
}

static void
check_tokens(struct lint *l)
{
	const struct config *c = l->config;
	const struct domain *first = NULL;
	size_t n = 0;

	if (c->nagents > 0 || !open_to_others(c))
		return;
	for (size_t i = 0; i < c->ndomains; i++)
		if (!c->domains[i].token) {
			first = first ? first : &c->domains[i];
			n++;
		}
	if (n > 0)
		advise(
		    l, &first->at,
		    "%zu domain%s no token and the API listens beyond loopback: anyone can report",
		    n, n == 1 ? " has" : "s have");
}

static void
check_plain_http(struct lint *l)
{
	const struct config *c = l->config;
	bool secrets = c->nagents > 0 || c->admin_token;

	for (size_t i = 0; i < c->ndomains && !secrets; i++)
		secrets = c->domains[i].token != NULL;
	if (secrets && !c->tls_cert && open_to_others(c))
		advise(
		    l, &c->api[0].at,
		    "tokens travel over plain HTTP: set tls, or listen on loopback behind a proxy");
}

size_t
lint_config(const struct config *c,
            void (*say)(void *arg, const struct place *at, const char *text), void *arg)
{
	static void (*const checks[])(struct lint *) = {check_timing, check_flapping,
	                                                check_fallback, check_agents, check_ttl};
	struct lint l = {c, NULL, say, arg, 0};

	check_tokens(&l);
	check_plain_http(&l);
	for (size_t i = 0; i < c->ndomains; i++) {
		l.domain = &c->domains[i];
		for (size_t k = 0; k < sizeof(checks) / sizeof(*checks); k++)
			checks[k](&l);
	}
	return l.n;
}
