#include <string.h>

#include "core/advise.h"

/* What is answered: targets, their priorities and weights, the fallback list. */

static bool
same_answer(const struct target *a, const struct target *b)
{
	struct answer x = target_answer(a), y = target_answer(b);

	return answer_equal(&x, &y);
}

static bool
same_family(const struct target *a, const struct target *b)
{
	return a->addr.family == b->addr.family;
}

/* Is the i-th target the first with its answer? */
static bool
first_of_answer(const struct domain *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same_answer(&d->targets[k], &d->targets[i]))
			return false;
	return true;
}

static size_t
answers_of(const struct domain *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->ntargets; i++)
		n += first_of_answer(d, i);
	return n;
}

/* ---- priorities and weights */

/* The first target that differs in priority from one of its family; NULL: none does. */
static const struct target *
differing(const struct domain *d)
{
	for (size_t i = 1; i < d->ntargets; i++)
		for (size_t k = 0; k < i; k++)
			if (same_family(&d->targets[k], &d->targets[i]) &&
			    d->targets[k].priority != d->targets[i].priority)
				return &d->targets[i];
	return NULL;
}

static void
check_priorities(struct advisor *a)
{
	const struct domain *d = a->domain;
	const struct target *other = differing(d);

	if (d->server->select != SELECT_PRIORITY && other)
		advise(a, ADVICE_PRIORITY_UNUSED, &other->at,
		       "priorities have no effect with select: %s; policy: priority uses them",
		       select_word((int)d->server->select));
	if (d->server->select == SELECT_PRIORITY && !other && answers_of(d) > 1)
		advise(a, ADVICE_PRIORITY_EQUAL, &d->policy_at,
		       "all targets have priority %d: they are answered together",
		       d->targets[0].priority);
}

/* Each answer of the tier stands in a higher one, too: when it is up here it is up there. */
static bool
reached(const struct domain *d, const struct target *tier)
{
	for (size_t i = 0; i < d->ntargets; i++) {
		const struct target *t = &d->targets[i];
		bool higher = false;

		if (t->priority != tier->priority || !same_family(t, tier))
			continue;
		for (size_t k = 0; k < d->ntargets && !higher; k++)
			higher = d->targets[k].priority > t->priority &&
			         same_answer(&d->targets[k], t);
		if (!higher)
			return true;
	}
	return false;
}

static bool
first_of_tier(const struct domain *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (d->targets[k].priority == d->targets[i].priority &&
		    same_family(&d->targets[k], &d->targets[i]))
			return false;
	return true;
}

static void
check_tiers(struct advisor *a)
{
	const struct domain *d = a->domain;
	const struct amount *m = &d->server->min_healthy;

	/* Where a tier may be up and not be enough, the next one has its turn. */
	if (d->server->select != SELECT_PRIORITY || m->percent || m->value > 1)
		return;
	for (size_t i = 0; i < d->ntargets; i++)
		if (first_of_tier(d, i) && !reached(d, &d->targets[i]))
			advise(a, ADVICE_PRIORITY_UNREACHED, &d->targets[i].at,
			       "priority %d is never answered: all of it stands in a higher one, "
			       "too, and is up only where that is",
			       d->targets[i].priority);
}

/* One answer a query: how many there are, or where, counts for nothing. */
static bool
one_a_query(const struct domain *d)
{
	return d->server->select == SELECT_WEIGHTED || d->server->select == SELECT_HASH;
}

static void
check_weightless(struct advisor *a)
{
	const struct domain *d = a->domain;

	for (size_t i = 0; i < d->ntargets; i++)
		if (d->targets[i].weight > 0)
			return;
	advise(a, ADVICE_WEIGHT_0, &d->targets[0].at,
	       "all targets have weight 0: none is ever answered because it is up");
}

static void
check_weights(struct advisor *a)
{
	const struct domain *d = a->domain;

	if (d->server->select == SELECT_WEIGHTED) {
		check_weightless(a);
		return;
	}
	for (size_t i = 0; i < d->ntargets; i++) {
		if (d->targets[i].weight == 1)
			continue;
		advise(a, ADVICE_WEIGHT_UNUSED, &d->targets[i].at,
		       "weight %d has no effect with select: %s", d->targets[i].weight,
		       select_word((int)d->server->select));
		return;
	}
}

static void
check_amounts(struct advisor *a)
{
	const struct domain *d = a->domain;
	const struct place *at = PLACE_OF(a, min_healthy);
	size_t most = answers_of(d);

	if (at && at->line && d->server->select != SELECT_PRIORITY)
		advise(a, ADVICE_MIN_HEALTHY_UNUSED, at, "min_healthy has no effect with select: %s",
		       select_word((int)d->server->select));
	if (d->nfallback > most)
		most = d->nfallback;
	if (d->type != RRTYPE_CNAME && !one_a_query(d) && most > (size_t)d->server->max_answers)
		advise(a, ADVICE_MAX_ANSWERS, PLACE_OF(a, max_answers),
		       "a response has %d of up to %zu answers, others each time (max_answers)",
		       d->server->max_answers, most);
}

static void
check_twice(struct advisor *a)
{
	const struct domain *d = a->domain;
	char text[ADDR_TEXT];

	for (size_t i = 1; i < d->ntargets; i++) {
		struct answer what = target_answer(&d->targets[i]);

		if (first_of_answer(d, i))
			continue;
		advise(a, ADVICE_ANSWER_TWICE, &d->targets[i].at,
		       "%s has several targets: it is answered only while all of them are up",
		       answer_text(text, &what));
		return;
	}
}

/* ---- the fallback list */

static bool
needs_fallback(const struct server_rules *r)
{
	return r->on_all_down != DOWN_NODATA || r->on_silence != SILENCE_KEEP;
}

static bool
useless(const struct answer *f)
{
	static const uint8_t broadcast[4] = {255, 255, 255, 255};
	const struct addr *a = &f->addr;

	if (f->family == FAMILY_OTHER)
		return false;
	return addr_is_wildcard(a) || addr_is_multicast(a) || addr_is_linklocal(a) ||
	       (a->family == FAMILY_V4 && !memcmp(a->b, broadcast, sizeof(broadcast)));
}

static bool
all_loopback(const struct domain *d)
{
	for (size_t i = 0; i < d->ntargets; i++)
		if (!addr_is_loopback(&d->targets[i].addr))
			return false;
	return true;
}

static void
check_each_fallback(struct advisor *a, const struct answer *f)
{
	const struct domain *d = a->domain;
	char text[ADDR_TEXT];

	if (useless(f) || (f->family != FAMILY_OTHER && addr_is_loopback(&f->addr) &&
	                   !all_loopback(d)))
		advise(a, ADVICE_FALLBACK_USELESS, &d->fallback_at,
		       "fallback %s leads no client anywhere", answer_text(text, f));
	for (size_t k = 0; k < d->ntargets; k++) {
		struct answer t = target_answer(&d->targets[k]);

		if (!answer_equal(f, &t))
			continue;
		advise(a, ADVICE_FALLBACK_IS_TARGET, &d->fallback_at,
		       "fallback %s is also a target: it is answered when it is down",
		       answer_text(text, f));
		return;
	}
}

static bool
falls_back(const struct domain *d, enum family f)
{
	for (size_t i = 0; i < d->nfallback; i++)
		if (d->fallback[i].family == f)
			return true;
	return false;
}

static void
check_families(struct advisor *a)
{
	const struct domain *d = a->domain;

	if (d->type != RRTYPE_A || d->nfallback == 0)
		return;
	if (domain_has(d, FAMILY_V4) && !falls_back(d, FAMILY_V4))
		advise(a, ADVICE_FALLBACK_NO_V4, &d->fallback_at,
		       "no IPv4 address in fallback: while the fallback is answered there is none "
		       "at all");
	if (domain_has(d, FAMILY_V6) && !falls_back(d, FAMILY_V6))
		advise(a, ADVICE_FALLBACK_NO_V6, &d->fallback_at,
		       "no IPv6 address in fallback: while the fallback is answered there is none "
		       "at all");
}

static void
check_fallback(struct advisor *a)
{
	const struct domain *d = a->domain;

	if (d->nfallback == 0 && d->server->on_all_down != DOWN_NODATA && answers_of(d) == 1)
		advise(a, ADVICE_NO_FALLBACK, NULL,
		       "one target and no fallback: it is answered even when it is down");
	for (size_t i = 0; i < d->nfallback; i++)
		check_each_fallback(a, &d->fallback[i]);
	if (needs_fallback(d->server))
		check_families(a);
}

void
lint_answers(struct advisor *a)
{
	check_priorities(a);
	check_tiers(a);
	check_weights(a);
	check_amounts(a);
	check_twice(a);
	check_fallback(a);
}
