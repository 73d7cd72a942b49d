#include "core/advise.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "core/view.h"

bool
advise_wants(const struct advisor *a, enum advice id)
{
	uint64_t ignore = a->lint->ignore | a->config->ignore;

	if (a->domain)
		ignore |= a->domain->ignore;
	return !(ignore & ADVICE_BIT(id));
}

void
advise(struct advisor *a, enum advice id, const struct place *at, const char *fmt, ...)
{
	static const struct place top = {.line = 1, .col = 1};
	struct finding f = {.id = id, .domain = a->domain};
	char text[1024];
	va_list ap;

	if (!advise_wants(a, id)) {
		a->lint->ignored++;
		return;
	}
	f.at = at && at->line ? *at : a->domain ? a->domain->at : top;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f.text = text;
	a->lint->say(a->lint->arg, &f);
}

static size_t
agents_for(const struct config *c, const struct domain *d)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nagents; i++)
		n += config_tags_match(d, c->agents[i].tags, c->agents[i].ntags);
	return n;
}

void
lint_config(struct lint *l)
{
	static void (*const checks[])(struct advisor *) = {
	    lint_timing, lint_answers, lint_votes, lint_original, lint_expect,
	};
	struct advisor a = {.lint = l, .config = l->config};

	lint_access(&a);
	lint_aliases(&a);
	for (size_t i = 0; i < l->config->ndomains; i++) {
		a.domain = &l->config->domains[i];
		a.agents = agents_for(l->config, a.domain);
		for (size_t k = 0; k < sizeof(checks) / sizeof(*checks); k++)
			checks[k](&a);
	}
}

/* ---- what the reports tell */

/* The shortest of what an agent shows of a domain: one lost report is no habit. */
static int64_t
period_of(const struct engine *e, const struct domain *d, const char *agent)
{
	int64_t least = -1;
	struct agent_view v;

	for (size_t t = 0; t < d->ntargets; t++)
		for (size_t i = 0; i < view_agents(e, d, t); i++) {
			view_agent(e, d, t, i, &v);
			if (v.period_ms > 0 && strcmp(v.agent_id, agent) == 0 &&
			    (least < 0 || v.period_ms < least))
				least = v.period_ms;
		}
	return least;
}

static void
check_period(struct advisor *a, const struct engine *e, const char *agent)
{
	int64_t timeout = a->domain->server->timeout_ms, period = period_of(e, a->domain, agent);
	char every[24], fresh[24];

	if (period <= timeout / 2)
		return;
	advise(a, ADVICE_PERIOD_LONG, &a->domain->timeout_at,
	       "agent %s reports every %s, and timeout_sec is %s: %s", agent,
	       num_duration_text(every, period), num_duration_text(fresh, timeout),
	       period > timeout ? "its word is stale before the next"
	                        : "one lost report is already silence");
}

void
lint_reports(struct lint *l, const struct engine *e)
{
	struct advisor a = {.lint = l, .config = l->config};
	struct agent_view v;

	for (size_t i = 0; i < l->config->ndomains; i++) {
		a.domain = &l->config->domains[i];
		for (size_t k = 0; k < view_agents(e, a.domain, 0); k++) {
			view_agent(e, a.domain, 0, k, &v);
			check_period(&a, e, v.agent_id);
		}
	}
}
