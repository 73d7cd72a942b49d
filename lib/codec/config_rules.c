#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "codec/config_domain.h"

/* server: how a domain is judged. */

#define SERVER(member) offsetof(struct settings, rules.member)

enum {
	SECOND = 1000,
	DAY = 86400 * SECOND,
	MOST_PER_RESPONSE = 256
};
#define YEAR (INT64_C(365) * DAY)

static const char *const failback_words[] = {"auto", "manual", NULL};

enum {
	S_POLICY,
	S_VOTES,
	S_SELECT,
	S_QUORUM,
	S_HOLD,
	S_MIN_HEALTHY,
	S_ON_SILENCE,
	S_ON_ALL_DOWN,
	S_TIMEOUT,
	S_RISE,
	S_FALL,
	S_DELAY,
	S_FAILBACK,
	S_FORGET,
	S_MOST,
	S_TTL,
	S_FALLBACK_TTL,
	S_DEGRADED
};

#define AT(member) offsetof(struct settings, member)
static const struct key server_keys[] = {
    [S_POLICY] = {"policy", KEY_WORD, SERVER(policy), AT(d.policy_at), 0, 0, policy_words},
    [S_VOTES] = {"votes", KEY_WORD, SERVER(votes), AT(server.votes_at), 0, 0, votes_words},
    [S_SELECT] = {"select", KEY_WORD, SERVER(select), AT(server.votes_at), 0, 0, select_words},
    [S_QUORUM] = {"quorum", KEY_NODE, AT(server.quorum), AT(places.quorum), 0, 0, NULL},
    [S_HOLD] = {"hold", KEY_DURATION, SERVER(hold_ms), AT(places.hold), 0, YEAR, NULL},
    [S_MIN_HEALTHY] = {"min_healthy", KEY_NODE, AT(server.min_healthy), AT(places.min_healthy), 0, 0,
	NULL},
    [S_ON_SILENCE] = {"on_silence", KEY_WORD, SERVER(on_silence),
	AT(d.on_silence_at), 0, 0, on_silence_words},
    [S_ON_ALL_DOWN] = {"on_all_down", KEY_WORD, SERVER(on_all_down),
	AT(d.on_all_down_at), 0, 0, on_all_down_words},
    [S_TIMEOUT] = {"timeout_sec", KEY_SECONDS, SERVER(timeout_ms),
	AT(d.timeout_at), 50, YEAR, NULL},
    [S_RISE] = {"rise", KEY_INT, SERVER(rise), AT(places.rise), 1, LIMIT_STREAK, NULL},
    [S_FALL] = {"fall", KEY_INT, SERVER(fall), AT(places.fall), 1, LIMIT_STREAK, NULL},
    [S_DELAY] = {"failback_delay", KEY_DURATION, SERVER(failback_delay_ms),
	AT(places.failback_delay), 0, YEAR, NULL},
    [S_FAILBACK] = {"failback", KEY_WORD, AT(failback), 0, 0, 0, failback_words},
    [S_FORGET] = {"agent_forget", KEY_DURATION, SERVER(agent_forget_ms),
	AT(places.agent_forget), SECOND, YEAR, NULL},
    [S_MOST] = {"max_answers", KEY_INT, SERVER(max_answers), AT(places.max_answers), 1,
	MOST_PER_RESPONSE, NULL},
    [S_TTL] = {"ttl", KEY_U32, SERVER(ttl), AT(places.ttl), 0, INT32_MAX, NULL},
    [S_FALLBACK_TTL] = {"fallback_ttl", KEY_U32, SERVER(fallback_ttl), AT(places.fallback_ttl), 0,
	INT32_MAX, NULL},
    [S_DEGRADED] = {"ttl_degraded", KEY_U32, SERVER(ttl_degraded), AT(places.ttl_degraded), 1,
	INT32_MAX, NULL},
    {0},
};
#undef AT

static const struct {
	enum votes votes;
	enum select select;
} axes[] = {
    [POLICY_ANY] = {VOTES_ANY, SELECT_ALL},
    [POLICY_ALL] = {VOTES_ALL, SELECT_ALL},
    [POLICY_QUORUM] = {VOTES_QUORUM, SELECT_ALL},
    [POLICY_PRIORITY] = {VOTES_ANY, SELECT_PRIORITY},
};

/* The word that /status shows for axes that were said apart. */
static enum policy
policy_of(enum votes votes, enum select select)
{
	if (select == SELECT_PRIORITY)
		return POLICY_PRIORITY;
	return votes == VOTES_ANY ? POLICY_ANY : votes == VOTES_ALL ? POLICY_ALL : POLICY_QUORUM;
}

static void
set_axes(struct reader *r, struct settings *s, uint64_t seen)
{
	struct server_rules *rules = &s->rules;

	if ((seen & SEEN(S_POLICY)) && (seen & (SEEN(S_VOTES) | SEEN(S_SELECT)))) {
		read_problem_at(r, s->d.policy_at, false,
		    "policy stands for votes and select: give policy, or these two");
	} else if (seen & SEEN(S_POLICY)) {
		rules->votes = axes[rules->policy].votes;
		rules->select = axes[rules->policy].select;
		s->by_policy = true;
	} else if (seen & (SEEN(S_VOTES) | SEEN(S_SELECT))) {
		/* One of the two replaces a policy of defaults: the other is as if nothing was
		 * said. */
		if (s->by_policy && !(seen & SEEN(S_VOTES)))
			rules->votes = VOTES_ANY;
		if (s->by_policy && !(seen & SEEN(S_SELECT)))
			rules->select = SELECT_ALL;
		rules->policy = policy_of(rules->votes, rules->select);
		s->d.policy_at = s->server.votes_at;
		s->by_policy = false;
	}
}

/* "50%" with 1 to 100, or a number up to most. */
static bool
parse_amount(const char *text, uint64_t most, unsigned *value, bool *percent)
{
	size_t n = strlen(text);
	char digits[16];
	uint64_t v;

	*percent = n > 0 && text[n - 1] == '%';
	if (n == 0 || n >= sizeof(digits) || text[0] == '0')
		return false;
	memcpy(digits, text, n + 1);
	digits[n - *percent] = '\0';
	if (!num_u64(digits, 1, *percent ? 100 : most, &v))
		return false;
	*value = (unsigned)v;
	return true;
}

static void
read_quorum(struct reader *r, const struct yaml *n, struct quorum *q)
{
	char shown[64];
	bool percent;

	if (!read_expect_kind(r, n, YAML_SCALAR, "quorum"))
		return;
	if (strcmp(n->text, "majority") == 0) {
		*q = (struct quorum){.kind = QUORUM_MAJORITY};
		return;
	}
	if (!parse_amount(n->text, 256, &q->value, &percent))
		read_problem(r, n,
		             "quorum \"%s\" is not majority, a number from 1 to 256, or a share "
		             "such as \"60%%\"",
		             read_show(shown, n));
	q->kind = percent ? QUORUM_PERCENT : QUORUM_COUNT;
}

static void
read_min_healthy(struct reader *r, const struct yaml *n, struct amount *a)
{
	char shown[64];

	if (!read_expect_kind(r, n, YAML_SCALAR, "min_healthy"))
		return;
	if (!parse_amount(n->text, 256, &a->value, &a->percent))
		read_problem(
		    r, n,
		    "min_healthy \"%s\" is not a number from 1 to 256 or a share such as \"50%%\"",
		    read_show(shown, n));
}

/* A key that does nothing is a mistake, but in defaults it waits for a domain with votes quorum. */
static void
check_quorum_keys(struct reader *r, const struct settings *s, uint64_t seen, bool defaults)
{
	const char *votes = votes_word((int)s->rules.votes);

	if (defaults || s->rules.votes == VOTES_QUORUM)
		return;
	if (seen & SEEN(S_QUORUM))
		read_problem(r, s->server.quorum,
		             "quorum is for votes quorum, and here votes is %s", votes);
	if (seen & SEEN(S_HOLD))
		read_problem_at(r, s->places.hold, false,
		                "hold is for votes quorum, and here votes is %s", votes);
}

void
settings_server(struct reader *r, struct settings *s, const struct yaml *map, bool defaults)
{
	struct server_rules *rules = &s->rules;
	enum policy inherited = rules->policy;
	uint64_t seen;

	memset(&s->server, 0, sizeof(s->server));
	seen = read_map(r, map, "server", server_keys, s);
	s->server_given |= seen;
	if (seen & (SEEN(S_POLICY) | SEEN(S_VOTES) | SEEN(S_SELECT)))
		set_axes(r, s, seen);
	else
		rules->policy = inherited;
	if (s->server.quorum)
		read_quorum(r, s->server.quorum, &rules->quorum);
	if (s->server.min_healthy)
		read_min_healthy(r, s->server.min_healthy, &rules->min_healthy);
	rules->failback_manual = s->failback == 1;
	check_quorum_keys(r, s, seen, defaults);
}

/* What follows from other keys, when nobody said it. */
void
settings_server_end(const struct reader *r, struct settings *s, const struct zone *z)
{
	struct server_rules *rules = &s->rules;

	if (!(s->server_given & SEEN(S_HOLD)))
		rules->hold_ms = 2 * rules->timeout_ms;
	if (!(s->server_given & SEEN(S_TTL)))
		rules->ttl = r->config->resolve_cache_ttl;
	if (!(s->server_given & SEEN(S_FALLBACK_TTL)))
		rules->fallback_ttl = z->has_fallback_ttl ? z->fallback_ttl : rules->ttl;
}
