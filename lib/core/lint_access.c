#include <string.h>

#include "core/advise.h"

/* Who may say what to the API: tokens, and where it listens. */

enum { LEAST_TOKEN = 16 };

static bool
open_to_others(const struct config *c)
{
	for (size_t i = 0; i < c->napi; i++)
		if (!addr_is_loopback(&c->api[i].addr))
			return true;
	return false;
}

static bool
any_token(const struct config *c)
{
	for (size_t i = 0; i < c->ndomains; i++)
		if (c->domains[i].token)
			return true;
	return false;
}

static void
check_plain(struct advisor *a)
{
	const struct config *c = a->config;

	if (!c->tls_cert && (c->nagents > 0 || c->admin_token || any_token(c)))
		advise(
		    a, ADVICE_API_PLAIN, &c->api[0].at,
		    "tokens travel over plain HTTP: set tls, or listen on loopback behind a proxy");
}

/* Of the whole what no single domain shows: how many say the same. */
static void
check_domain_tokens(struct advisor *a)
{
	const struct config *c = a->config;
	const struct domain *first[2] = {NULL, NULL};
	size_t n[2] = {0, 0};

	for (size_t i = 0; i < c->ndomains; i++) {
		bool has = c->domains[i].token != NULL;

		if (n[has]++ == 0)
			first[has] = &c->domains[i];
	}
	if (n[0] > 0)
		advise(
		    a, ADVICE_API_OPEN, &first[0]->at,
		    "%zu domain%s no token and the API listens beyond loopback: anyone can report",
		    n[0], n[0] == 1 ? " has" : "s have");
	if (n[1] > 0)
		advise(a, ADVICE_TOKEN_SHARED, &first[1]->at,
		       "%zu domain%s a token that all agents share: who has it may report as any "
		       "of them",
		       n[1], n[1] == 1 ? " has" : "s have");
}

static bool
is_short(const char *token)
{
	return token && strlen(token) < LEAST_TOKEN;
}

/* One place, one finding: a token of defaults is that of every domain. */
static void
check_short_domains(struct advisor *a)
{
	const struct config *c = a->config;
	const struct place *last = NULL;

	for (size_t i = 0; i < c->ndomains; i++) {
		const struct domain *d = &c->domains[i];
		const struct place *at = d->places ? &d->places->token : &d->at;

		if (!is_short(d->token) || (last && !memcmp(last, at, sizeof(*at))))
			continue;
		a->domain = d;
		advise(a, ADVICE_TOKEN_SHORT, at, "its token is shorter than %d bytes",
		       (int)LEAST_TOKEN);
		last = at;
	}
	a->domain = NULL;
}

static void
check_short_agents(struct advisor *a)
{
	const struct config *c = a->config;

	for (size_t i = 0; i < c->nagents; i++)
		if (is_short(c->agents[i].token))
			advise(a, ADVICE_TOKEN_SHORT, &c->agents[i].at,
			       "the token of agent %s is shorter than %d bytes", c->agents[i].id,
			       (int)LEAST_TOKEN);
}

static bool
is_admin(const struct config *c, const char *token)
{
	return token && c->admin_token && !strcmp(token, c->admin_token);
}

/* The admin token is never an agent's: who reports could set overrides. */
static void
check_admin(struct advisor *a)
{
	const struct config *c = a->config;

	for (size_t i = 0; i < c->nagents; i++)
		if (is_admin(c, c->agents[i].token))
			advise(a, ADVICE_TOKEN_ADMIN, &c->agents[i].at,
			       "agent %s has the admin token: it can set overrides",
			       c->agents[i].id);
	for (size_t i = 0; i < c->ndomains; i++)
		if (c->nagents == 0 && is_admin(c, c->domains[i].token)) {
			advise(a, ADVICE_TOKEN_ADMIN, &c->domains[i].at,
			       "%s has the admin token as its own: its agents can set overrides",
			       c->domains[i].name);
			return;
		}
}

void
lint_access(struct advisor *a)
{
	const struct config *c = a->config;

	check_admin(a);
	if (!open_to_others(c))
		return;
	check_plain(a);
	if (!c->status_auth)
		advise(a, ADVICE_STATUS_OPEN, &c->api[0].at,
		       "anyone can read the status pages; status_auth: true wants a token");
	check_short_agents(a);
	if (c->nagents > 0)
		return;
	check_short_domains(a);
	check_domain_tokens(a);
}
