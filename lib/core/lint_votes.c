#include "base/num.h"
#include "core/advise.h"
#include "core/inside.h"

/* Who decides: agents, quorums, holds, fail-back. */

static const struct place *
quorum_place(const struct advisor *a)
{
	const struct place *at = PLACE_OF(a, quorum);

	return at && at->line ? at : &a->domain->policy_at;
}

/* "67%" of 3 agents is 2.01, and so all of them. */
static void
check_rounding(struct advisor *a, unsigned k)
{
	const struct quorum *q = &a->domain->server->quorum;
	size_t over = a->agents * q->value % 100;

	if (q->kind != QUORUM_PERCENT || over == 0 || over > 10 || k < 2)
		return;
	advise(a, ADVICE_QUORUM_ROUNDED, quorum_place(a),
	       "%u%% of %zu agents is %u.%02zu, rounded up to %u: %u%% would be %u", q->value,
	       a->agents, k - 1, over, k, (unsigned)((k - 1) * 100 / a->agents), k - 1);
}

static void
check_quorum(struct advisor *a)
{
	unsigned k = (unsigned)votes_need(&a->domain->server->quorum, (int)a->agents);

	if (k > a->agents) {
		advise(a, ADVICE_QUORUM_TOO_LARGE, quorum_place(a),
		       "quorum %u of %zu agent%s can never be reached", k, a->agents,
		       a->agents == 1 ? "" : "s");
		return;
	}
	check_rounding(a, k);
	if (k == a->agents)
		advise(a, ADVICE_QUORUM_FRAGILE, quorum_place(a),
		       "the quorum is all %zu agent%s: one that is silent leaves targets "
		       "undetermined",
		       a->agents, a->agents == 1 ? "" : "s");
	else if (k == 1)
		advise(a, ADVICE_QUORUM_ONE, quorum_place(a),
		       "1 of %zu agents is a quorum: one that is wrong keeps a dead target up",
		       a->agents);
}

static void
check_agents(struct advisor *a)
{
	const struct domain *d = a->domain;
	bool quorum = d->server->votes == VOTES_QUORUM;

	if (a->config->nagents == 0) {
		if (quorum)
			advise(a, ADVICE_QUORUM_LEARNED, &d->policy_at,
			       "votes are counted by agent_id, which anyone %scan make up: bind "
			       "ids to tokens under agents:",
			       d->token ? "with the token " : "");
		return;
	}
	if (d->token)
		advise(a, ADVICE_TOKEN_IGNORED, PLACE_OF(a, token),
		       "its token is ignored, as agents: is configured");
	if (a->agents == 0)
		advise(a, ADVICE_NO_AGENTS, PLACE_OF(a, monitor_tag),
		       "no agent under agents: has a tag that matches monitor_tag: nobody checks "
		       "it");
	else if (quorum)
		check_quorum(a);
}

static void
check_hold(struct advisor *a)
{
	const struct domain *d = a->domain;
	const struct server_rules *r = d->server;
	const struct place *at = PLACE_OF(a, hold);
	char hold[24], every[24];

	if (r->votes != VOTES_QUORUM)
		return;
	if (r->hold_ms < d->interval_ms)
		advise(a, ADVICE_HOLD_SHORT, at,
		       "hold %s is under interval_sec (%s): agents that disagree for one round "
		       "leave nothing to answer",
		       num_duration_text(hold, r->hold_ms),
		       num_duration_text(every, d->interval_ms));
	if (at && at->line && r->on_silence == SILENCE_KEEP)
		advise(a, ADVICE_HOLD_KEEP, at,
		       "hold only delays what on_silence: keep then goes on answering");
}

static void
check_failback(struct advisor *a)
{
	const struct server_rules *r = a->domain->server;

	if (r->failback_manual && r->failback_delay_ms > 0)
		advise(a, ADVICE_FAILBACK_DELAY_MANUAL, PLACE_OF(a, failback_delay),
		       "failback_delay beside failback: manual: it only counts for a target that "
		       "was cleared before it was up");
}

static void
check_forget(struct advisor *a)
{
	const struct domain *d = a->domain;
	char forget[24], fresh[24];

	if (a->config->nagents > 0 || d->server->agent_forget_ms >= d->server->timeout_ms)
		return;
	advise(a, ADVICE_FORGET_SHORT, PLACE_OF(a, agent_forget),
	       "agent_forget %s is under timeout_sec (%s): an agent is forgotten before it counts "
	       "as silent",
	       num_duration_text(forget, d->server->agent_forget_ms),
	       num_duration_text(fresh, d->server->timeout_ms));
}

void
lint_votes(struct advisor *a)
{
	check_agents(a);
	check_hold(a);
	check_failback(a);
	check_forget(a);
}
