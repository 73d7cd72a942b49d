#ifndef FODNS_ADVICE_H
#define FODNS_ADVICE_H

#include <stdint.h>

/*
 * What fodns-decide --lint may have to say.  Each kind has an id, by which it is
 * silenced on the command line and in the config; fodns-decide(1) lists them.
 * error: it will not work.  warning: it will surprise its owner one night.
 * info: good to know, and no reason to fail.
 */
enum advice_level { ADVICE_ERROR, ADVICE_WARNING, ADVICE_INFO, ADVICE_LEVELS };

/* In the order of the manual: name, id, level. */
#define ADVICE_KINDS(X) \
	X(CONFIG, "config", ERROR) \
	X(TOKEN_EMPTY, "token-empty", WARNING) \
	X(BUDGET_CUT, "budget-cut", WARNING) \
	X(PORT_IGNORED, "port-ignored", WARNING) \
	X(SOURCE_FAMILY, "source-family", WARNING) \
	X(CHECK_IP_SAME, "check-ip-same", INFO) \
	X(EXPECT, "expect", ERROR) \
	X(TEMPLATE_UNUSED, "template-unused", INFO) \
	X(DETECTION, "detection", INFO) \
	X(TIMEOUT_SHORT, "timeout-short", WARNING) \
	X(PERIOD_LONG, "period-long", WARNING) \
	X(FAST_UNUSED, "fast-unused", WARNING) \
	X(FALL_1, "fall-1", WARNING) \
	X(TTL_LONG, "ttl-long", WARNING) \
	X(TTL_0, "ttl-0", INFO) \
	X(TTL_DEGRADED, "ttl-degraded", WARNING) \
	X(FALLBACK_TTL, "fallback-ttl", INFO) \
	X(NO_FALLBACK, "no-fallback", WARNING) \
	X(FALLBACK_IS_TARGET, "fallback-is-target", WARNING) \
	X(FALLBACK_USELESS, "fallback-useless", WARNING) \
	X(FALLBACK_NO_V4, "fallback-no-v4", WARNING) \
	X(FALLBACK_NO_V6, "fallback-no-v6", INFO) \
	X(PRIORITY_UNUSED, "priority-unused", WARNING) \
	X(PRIORITY_EQUAL, "priority-equal", WARNING) \
	X(PRIORITY_UNREACHED, "priority-unreached", WARNING) \
	X(WEIGHT_UNUSED, "weight-unused", WARNING) \
	X(WEIGHT_0, "weight-0", WARNING) \
	X(MIN_HEALTHY_UNUSED, "min-healthy-unused", WARNING) \
	X(ANSWER_TWICE, "answer-twice", INFO) \
	X(MAX_ANSWERS, "max-answers", INFO) \
	X(FAILBACK_DELAY_MANUAL, "failback-delay-manual", WARNING) \
	X(HOLD_SHORT, "hold-short", WARNING) \
	X(HOLD_KEEP, "hold-keep", INFO) \
	X(FORGET_SHORT, "forget-short", WARNING) \
	X(NO_AGENTS, "no-agents", ERROR) \
	X(QUORUM_TOO_LARGE, "quorum-too-large", ERROR) \
	X(QUORUM_FRAGILE, "quorum-fragile", WARNING) \
	X(QUORUM_ONE, "quorum-one", WARNING) \
	X(QUORUM_ROUNDED, "quorum-rounded", WARNING) \
	X(QUORUM_LEARNED, "quorum-learned", WARNING) \
	X(TOKEN_SHARED, "token-shared", INFO) \
	X(TOKEN_IGNORED, "token-ignored", WARNING) \
	X(TOKEN_SHORT, "token-short", WARNING) \
	X(TOKEN_ADMIN, "token-admin", WARNING) \
	X(API_OPEN, "api-open", WARNING) \
	X(API_PLAIN, "api-plain", WARNING) \
	X(STATUS_OPEN, "status-open", INFO) \
	X(ALIAS_RING, "alias-ring", ERROR) \
	X(ALIAS_NOWHERE, "alias-nowhere", WARNING) \
	X(ORIGINAL, "original", INFO)

enum advice {
#define X(name, id, level) ADVICE_##name,
	ADVICE_KINDS(X)
#undef X
	ADVICE_KINDS_N
};

extern const char *const advice_ids[]; /* ended by NULL */
const char *advice_id(enum advice a);
enum advice_level advice_level(enum advice a);
const char *advice_level_word(enum advice_level l);
int advice_from(const char *id); /* -1: there is none */

/* Several of them: a bit each of an uint64_t. */
#define ADVICE_BIT(a) (UINT64_C(1) << (a))
_Static_assert(ADVICE_KINDS_N <= 64, "a set of advice is 64 bits");

/* Adds the id to the set, or says why it cannot be silenced: NULL when it can. */
const char *advice_ignore(uint64_t *set, const char *id, char why[static 128]);

#endif
