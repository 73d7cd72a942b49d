#include <stdio.h>

#include "base/num.h"
#include "core/advise.h"

/* How fast a loss comes through: probes, votes, silence, TTLs. */

enum { JITTER_PERCENT = 10 }; /* each probe starts so much earlier or later than planned */

/* From a loss to the judgement on it: the arithmetic is in fodns-decide(1). */
struct span {
	int64_t best, worst;
};

/* The probes behind the first one, n of them, come faster; each waits for the end of the last. */
static struct span
fast_row(const struct domain *d, int n)
{
	int64_t shift = d->fast_interval_ms * JITTER_PERCENT / 100;
	int64_t slow = d->fast_interval_ms + shift;

	if (slow < d->probe_timeout_ms)
		slow = d->probe_timeout_ms;
	return (struct span){n * (d->fast_interval_ms - shift), n * slow};
}

static bool
is_fast(const struct domain *d)
{
	return d->fast_interval_ms && d->fast_interval_ms < d->interval_ms;
}

/* n probes in a row: the first may begin at once or just have been missed. */
static struct span
row(const struct domain *d, int n)
{
	int64_t shift = 2 * d->interval_ms * JITTER_PERCENT / 100;
	int64_t best = (n - 1) * d->interval_ms - shift, worst = n * d->interval_ms;

	if (is_fast(d)) {
		best = fast_row(d, n - 1).best;
		worst = d->interval_ms + fast_row(d, n - 1).worst;
	}
	return (struct span){best > 0 ? best : 0, worst + shift + d->probe_timeout_ms};
}

/* "18s-35s", "at once to 35s" */
static char *
span_text(char *dst, size_t cap, struct span s)
{
	char best[24], worst[24];

	num_duration_text(worst, s.worst);
	if (s.best == 0)
		snprintf(dst, cap, "within %s", worst);
	else
		snprintf(dst, cap, "in %s to %s", num_duration_text(best, s.best), worst);
	return dst;
}

static uint32_t
longest_ttl(const struct server_rules *r)
{
	return r->ttl_degraded > r->ttl ? r->ttl_degraded : r->ttl;
}

static void
silence_text(char *dst, size_t cap, const struct domain *d)
{
	const struct server_rules *r = d->server;
	int64_t after = r->timeout_ms + (r->votes == VOTES_QUORUM ? r->hold_ms : 0);
	bool all = r->on_silence == SILENCE_ALL || d->nfallback == 0;
	char text[24];

	if (r->on_silence == SILENCE_KEEP)
		snprintf(dst, cap, "silence of all agents changes nothing");
	else
		snprintf(dst, cap, "%s %s after all agents fall silent",
		         all ? "all targets" : "the fallback", num_duration_text(text, after));
}

static void
tell_detection(struct advisor *a)
{
	const struct domain *d = a->domain;
	const struct server_rules *r = d->server;
	char loss[80], silence[80], ttl[24], later[40] = "at once";

	if (!advise_wants(a, ADVICE_DETECTION)) {
		a->lint->ignored++;
		return;
	}
	if (longest_ttl(r) > 0)
		snprintf(later, sizeof(later), "up to %s later",
		         num_duration_text(ttl, longest_ttl(r) * INT64_C(1000)));
	span_text(loss, sizeof(loss), row(d, r->fall));
	silence_text(silence, sizeof(silence), d);
	advise(a, ADVICE_DETECTION, NULL, "a loss is noticed %s, clients follow %s; %s", loss, later,
	       silence);
}

static void
check_timeout(struct advisor *a)
{
	const struct domain *d = a->domain;
	char fresh[24], every[24];

	if (d->server->timeout_ms >= 2 * d->interval_ms)
		return;
	advise(
	    a, ADVICE_TIMEOUT_SHORT, &d->timeout_at,
	    "timeout_sec %s is under twice interval_sec (%s): one lost report is already silence",
	    num_duration_text(fresh, d->server->timeout_ms),
	    num_duration_text(every, d->interval_ms));
}

static void
check_fast(struct advisor *a)
{
	const struct domain *d = a->domain;

	if (!d->fast_interval_ms)
		return;
	if (!is_fast(d))
		advise(a, ADVICE_FAST_UNUSED, PLACE_OF(a, fast_interval),
		       "fast_interval_sec is not under interval_sec: it changes nothing");
	else if (d->server->rise == 1 && d->server->fall == 1)
		advise(a, ADVICE_FAST_UNUSED, PLACE_OF(a, fast_interval),
		       "fast_interval_sec is for the time between two states, and with rise 1 and "
		       "fall 1 there is none");
}

static void
check_fall(struct advisor *a)
{
	if (a->domain->server->fall == 1)
		advise(a, ADVICE_FALL_1, PLACE_OF(a, fall),
		       "fall is 1: one lost probe takes a target out; 3 (and rise 2) is safer");
}

static void
check_ttl(struct advisor *a)
{
	const struct server_rules *r = a->domain->server;
	int64_t notice = row(a->domain, r->fall).worst;
	char text[24];

	if (r->ttl == 0)
		advise(a, ADVICE_TTL_0, PLACE_OF(a, ttl),
		       "ttl is 0: no resolver keeps an answer, every question comes here");
	if (r->ttl > 60 && r->ttl * INT64_C(1000) > 2 * notice)
		advise(a, ADVICE_TTL_LONG, PLACE_OF(a, ttl),
		       "clients keep an answer for %u s, though a loss is noticed within %s",
		       r->ttl, num_duration_text(text, notice));
	if (r->ttl_degraded > r->ttl)
		advise(a, ADVICE_TTL_DEGRADED, PLACE_OF(a, ttl_degraded),
		       "ttl_degraded %u is over ttl %u: answers are kept longer when a target is "
		       "down",
		       r->ttl_degraded, r->ttl);
	if (r->fallback_ttl > r->ttl && a->domain->nfallback > 0)
		advise(a, ADVICE_FALLBACK_TTL, PLACE_OF(a, fallback_ttl),
		       "fallback_ttl %u is over ttl %u: clients leave the fallback that much later "
		       "than they came to it",
		       r->fallback_ttl, r->ttl);
}

void
lint_timing(struct advisor *a)
{
	tell_detection(a);
	check_timeout(a);
	check_fast(a);
	check_fall(a);
	check_ttl(a);
}
