#include "core/explain.h"
#include "core/view.h"

/* explain_why: a sentence for each rule of fodns-policy(7), "Selection". */

/* Is it one that rules 1 to 4 look at?  A target without weight is of none. */
static bool
counts(const struct domain *d, enum family f, const struct target *t)
{
	struct answer a = target_answer(t);

	return t->addr.family == f &&
	       (d->server->select != SELECT_WEIGHTED || domain_weight(d, &a) > 0);
}

static size_t
targets_of(const struct domain *d, enum family f)
{
	size_t n = 0;

	for (size_t i = 0; i < d->ntargets; i++)
		n += counts(d, f, &d->targets[i]);
	return n;
}

static size_t
targets_in(const struct explain *x, enum family f, enum state state)
{
	struct target_state t;
	size_t n = 0;

	for (size_t i = 0; i < x->domain->ntargets; i++) {
		view_target(x->engine, x->domain, i, &t);
		n += counts(x->domain, f, t.target) && t.state == state;
	}
	return n;
}

static void
why_live(const struct explain *x, enum family f, const struct rrset_view *v, struct buf *b)
{
	static const char *const sentences[] = {
	    [SELECT_ALL] = "; select all answers every one of them",
	    [SELECT_WEIGHTED] = "; select weighted answers one a query, as often as its weight says",
	    [SELECT_HASH] = "; select hash answers each client network with one of them",
	};
	size_t all = targets_of(x->domain, f), up = targets_in(x, f, STATE_UP);
	enum select select = x->domain->server->select;

	buf_printf(b, "%zu of %zu target%s %s up", up, all, all == 1 ? "" : "s",
	           up == 1 ? "is" : "are");
	if (select == SELECT_PRIORITY)
		buf_printf(b,
		           "; of priority %d, the highest that is healthy enough, all that are up "
		           "are answered",
		           v->tier);
	else if (all > 1)
		buf_puts(b, sentences[select]);
}

static void
why_drained(const struct explain *x, enum family f, struct buf *b)
{
	size_t n = targets_in(x, f, STATE_DRAIN);

	buf_printf(b, "no target is up but %zu drained one%s: still answered, until another is up",
	           n, n == 1 ? " is" : "s are");
}

/* Where the configured word could not be done, what was done instead. */
static const char *
instead(const struct explain *x, enum source source, enum source asked)
{
	if (source == asked)
		return "";
	if (source == SOURCE_FALLBACK)
		return "; nothing was answered before, so the fallback is";
	if (source == SOURCE_NONE)
		return x->domain->type == RRTYPE_A
		           ? "; the fallback list has only addresses of the other family, so there "
		             "is no answer"
		           : "; the addresses of the fallback list are answered in its place";
	if (source == SOURCE_ALL)
		return x->domain->nfallback
		           ? "; no family is left with an answer from the list, so every target is "
		             "answered"
		           : "; there is no fallback list, so every target is answered";
	return "";
}

static void
why_silence(const struct explain *x, enum family f, enum source source, struct buf *b)
{
	static const enum source asked[] = {SOURCE_FALLBACK, SOURCE_KEEP, SOURCE_ALL};
	enum on_silence rule = x->domain->server->on_silence;
	size_t n = targets_of(x->domain, f), unknown = targets_in(x, f, STATE_UNKNOWN);

	buf_printf(b,
	           "no target is up and %zu of %zu %s unknown (no fresh word, or no agreement); "
	           "on_silence: %s%s",
	           unknown, n, unknown == 1 ? "is" : "are", on_silence_word(rule),
	           instead(x, source, asked[rule]));
}

static void
why_down(const struct explain *x, enum family f, enum source source, struct buf *b)
{
	static const enum source asked[] = {
	    [DOWN_FALLBACK] = SOURCE_FALLBACK, [DOWN_ALL] = SOURCE_ALL,
	    [DOWN_LAST] = SOURCE_LAST,         [DOWN_NODATA] = SOURCE_NONE,
	    [DOWN_SERVFAIL] = SOURCE_NONE,     [DOWN_REFUSED] = SOURCE_NONE,
	};
	enum on_all_down rule = x->domain->server->on_all_down;
	size_t n = targets_of(x->domain, f);

	if (n == 0)
		buf_puts(b, "no target has a weight");
	else if (n == 1)
		buf_puts(b, "the only target is down");
	else
		buf_printf(b, "all %zu targets are down", n);
	buf_printf(b, "; on_all_down: %s%s", on_all_down_word(rule),
	           instead(x, source, asked[rule]));
}

void
explain_why(const struct explain *x, enum family f, struct buf *b, struct place *at)
{
	const struct domain *d = x->domain;
	enum source source = x->decision->rrsets[f].source;
	struct rrset_view v;

	view_rrset(x->engine, x->domain, f, &v);
	switch (v.rule) {
	case RULE_LIVE:
		*at = d->policy_at;
		why_live(x, f, &v, b);
		return;
	case RULE_DRAINED:
		*at = d->policy_at;
		why_drained(x, f, b);
		return;
	case RULE_SILENCE:
		*at = d->on_silence_at;
		why_silence(x, f, source, b);
		return;
	case RULE_ALL_DOWN:
		*at = d->on_all_down_at;
		why_down(x, f, source, b);
		return;
	case RULE_NO_TARGETS:
		break;
	}
	*at = x->domain->fallback_at;
	if (x->domain->type != RRTYPE_A)
		buf_printf(b, "the targets are %s records; their fallback is answered",
		           rrtype_word((int)x->domain->type));
	else if (x->decision->rrsets[f].nanswers)
		buf_puts(b, "no target has such an address; the fallback is answered with the "
		            "other family's");
	else
		buf_puts(b, "no target has such an address");
}
