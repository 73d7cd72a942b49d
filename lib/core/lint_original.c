#include "core/advise.h"

/* A file that may come from PyFailoverDNS: what that one made of it, where it differs. */

/* Nothing in it that only fodns knows; a domain of it by its rules. */
static bool
may_be_its_file(const struct config *c)
{
	return c->nfiles == 1 && !c->state_dir && !c->nagents && !c->tls_cert && !c->admin_token;
}

static bool
written(const struct place *at)
{
	return at->line > 0;
}

static bool
may_be_its_domain(const struct domain *d)
{
	const struct key_places *p = d->places;
	struct probe plain;

	probe_default(&plain, d->probe->type);
	return p && d->type == RRTYPE_A && !written(&p->rise) && !written(&p->fall) &&
	       !written(&p->ttl) && !written(&p->max_answers) && !written(&p->quorum) &&
	       !written(&p->min_healthy) && !written(&d->on_silence_at) &&
	       !written(&d->on_all_down_at) && probe_equal(d->probe, &plain);
}

static void
check_mode(struct advisor *a)
{
	enum probe_type t = a->domain->probe->type;
	const char *mode = probe_type_word((int)t);

	if (t != PROBE_TCP)
		advise(a, ADVICE_ORIGINAL, PLACE_OF(a, mode),
		       "mode %s: the original only connected by TCP%s; here %s is really asked",
		       mode, t == PROBE_ICMP ? ", if there was a port" : "", mode);
}

static void
check_policy(struct advisor *a)
{
	const struct domain *d = a->domain;

	if (d->server->policy == POLICY_ALL || d->server->policy == POLICY_QUORUM)
		advise(a, ADVICE_ORIGINAL, &d->policy_at,
		       "policy %s: the original took it as any; here the votes of agents count",
		       policy_word((int)d->server->policy));
	if (d->server->policy == POLICY_PRIORITY)
		advise(a, ADVICE_ORIGINAL, &d->policy_at,
		       "policy priority: the highest number comes first; some versions of the "
		       "original took the lowest");
}

void
lint_original(struct advisor *a)
{
	const struct domain *d = a->domain;

	if (!may_be_its_file(a->config) || !may_be_its_domain(d))
		return;
	check_mode(a);
	check_policy(a);
	if (d->ntags == 0)
		advise(a, ADVICE_ORIGINAL, NULL,
		       "no monitor_tag: the original let no agent check it; here every agent does");
	if (d->nfallback == 0)
		advise(a, ADVICE_ORIGINAL, NULL,
		       "no fallback: the original answered 127.0.0.1; here all targets are "
		       "answered when all are down");
}
