#ifndef FODNS_INSIDE_H
#define FODNS_INSIDE_H

#include "base/map.h"
#include "core/engine.h"
#include "core/reason.h"
#include "core/view.h"

/*
 * The inside of the engine, for the files of this directory.  What an instant
 * does: wake marks the domains that have a deadline at it, reports and
 * overrides mark those they touch, and settle judges each marked one once.
 *
 * Views hold facts and are written by reports only; judging reads them and
 * writes struct aim and struct dom.  So a copy of these two, run forward, tells
 * the future (next.c) without disturbing the present.
 */
#define NEVER INT64_MAX /* of an instant to come */
#define NONE INT64_MIN  /* of one that has not been */

enum { SET_WORDS = (LIMIT_TARGETS + LIMIT_FALLBACK + 63) / 64 };
/* the answer, and what on_silence: keep and on_all_down: last remember */
enum { SET_NOW, SET_KEEP, SET_LAST, SETS };

struct agent {
	char *id;
	uint32_t fresh;        /* its fresh views, over all domains */
	uint32_t counting;     /* of these, the ones that vote */
	uint32_t contradicted; /* of these, the bad ones that another agent sees as up */
	uint16_t isolated;     /* 0: no; else its place in the order of isolation, from 1 */
	bool live;             /* as last told */
	bool heard;            /* some view of it was fresh once and is no more */
};

enum { COUNTED_FRESH = 1, COUNTED_VOTE = 2, COUNTED_CONTRADICTED = 4 };

struct opinion { /* what one agent knows of one check */
	uint64_t inc, seq; /* dated: seq is the timestamp */
	int64_t last;       /* effective time of its last result, whatever it was */
	int64_t conclusive; /* effective time of its last ok, warn or fail; NONE */
	int64_t arrival, period;
	double latency;
	uint32_t reason; /* of e->reasons */
	uint32_t agent;
	uint16_t oks, fails; /* streaks; they stop counting at their maximum */
	uint8_t state : 2;   /* enum state: unknown, up, down */
	uint8_t status : 2;  /* enum status of the last result */
	uint8_t counted : 3; /* what of it is in its agent's counters */
	bool skew : 1, dated : 1, tcp : 1; /* tcp: a plain connect for a check of another type */
};

enum rank { RANK_UP, RANK_DRAINED, RANK_UNKNOWN, RANK_DOWN, RANK_OUT }; /* from best to worst */

struct decree { /* an override as the engine holds it */
	struct decree *before, *after; /* in the order in which they came */
	struct decree *next; /* of the same scope */
	struct scope *scope;
	struct override said;
	struct target_pattern what;
	int64_t start, end; /* in force while start <= t < end; a clear never is */
	uint64_t serial;
};

struct scope { /* a domain and a pattern of targets, in whatever form they were given */
	struct decree *decrees; /* the last one first */
	char text[];
};

struct aim { /* a target's state */
	struct opinion *views; /* by agent */
	const struct decree *override;
	int64_t wake;         /* first instant at which it may change by itself */
	int64_t since;        /* of state */
	int64_t undetermined; /* since when; NONE: determined */
	int64_t up_since;     /* up by votes without a break; NONE */
	int64_t latched;      /* failback manual: since when it is kept down; NONE */
	uint16_t nviews, cap;
	uint16_t name;          /* bit of its answer in the sets */
	uint8_t votes : 2;      /* enum state */
	uint8_t determined : 2; /* the last state that was determined; unknown: never */
	uint8_t state : 2;      /* enum state, after override and fail-back */
	bool touched : 1;       /* by a report or an override since it was judged */
	bool delayed : 1; /* failback_delay: was down, has not been up long enough since */
	uint8_t rank : 3; /* enum rank */
	bool mixed : 1;   /* some view is a plain connect for a check of another type */
	bool expired : 1; /* the expiries of this instant alone made it undetermined */
	bool anew : 1;    /* whatever it was, choose again */
	bool unborn : 1;  /* not judged yet: its first state is no event */
};

struct choice { /* of one family */
	int64_t since;
	uint32_t ttl, kept_ttl;
	int tier;
	uint8_t source : 4, rule : 4;
	bool kept : 1, lasted : 1; /* SET_KEEP, SET_LAST hold something */
	bool falling : 1;          /* the answer is the fallback, be it an empty one */
	bool kept_falling : 1;
	uint8_t rcode : 2, kept_rcode : 2; /* enum rcode */
};

struct before { /* of a domain, until it is chosen anew: what events compare with */
	uint64_t sets[FAMILIES][SET_WORDS];
	struct choice choices[FAMILIES];
	uint8_t ranks[LIMIT_TARGETS];
};

struct dom {
	const struct domain *config;
	struct aim *aims;
	const struct decree **decrees; /* that name some target of it */
	uint64_t *sets;  /* SETS x families x words */
	uint16_t *names; /* bit -> target, or ntargets + place in the fallback list; behind them the
	                    bit of each fallback */
	int64_t wake, since;
	struct choice *choices; /* of its families */
	uint32_t heap_at; /* place in the heap, from 1; 0: none */
	uint32_t ndecrees;
	uint16_t words, nnames;
	uint8_t first, end; /* the families it may answer */
	uint16_t nagents;  /* that have reported */
	uint16_t expected; /* configured agents that serve it */
	bool dirty : 1, woken : 1, changed : 1;
	bool by_time : 1; /* what is judged now came about by time alone */
	bool shared : 1;  /* some answer has several targets */
};

struct deadline {
	int64_t at;
	uint32_t dom;
};

struct note { /* an event, in as many bytes as it has */
	struct note *next;
	int64_t at;
	enum event_kind kind;
	uint8_t type, source;
	char text[]; /* domain, target, agent, from, to, why, each with its NUL */
};

struct engine {
	const struct config *config;
	int64_t now;
	struct dom *doms;
	struct aim *aims;
	uint64_t *sets;
	uint16_t *names;
	struct choice *choices;
	struct agent **agents;
	size_t nagents, agents_cap;
	struct map by_id; /* agent_id -> index + 1 */
	struct reasons reasons;
	struct decree *first_decree, *last_decree;
	struct map scopes; /* text -> struct scope */
	uint64_t serial;
	struct deadline *heap;
	size_t nheap;
	uint32_t *dirty;
	size_t ndirty;
	uint32_t *changed;
	size_t nchanged, changed_at, changed_cap;
	uint32_t *stirred; /* agents whose counters moved in this instant */
	size_t nstirred, stirred_cap;
	size_t nisolated;
	bool reported; /* something came in at this instant */
	bool mixed;    /* some check has plain connects in place of its probe */
	bool events;
	int64_t *future; /* of each domain: when it next changes; NULL: not looked into since the
	                    last change */
	struct note *first, **last;
};

/* engine.c */
struct dom *engine_dom(const struct engine *e, const struct domain *d);

/* comes to the instant t; what is due at it is marked, not judged */
void engine_enter(struct engine *e, int64_t t);
void engine_mark(struct engine *e, struct dom *d);
uint32_t engine_agent(struct engine *e, const char *id); /* its index, made when new */
bool engine_serves(const struct config *c, const struct domain *d, const char *agent_id);
bool dom_heard(const struct dom *d, uint32_t agent); /* has it reported on some target? */
const char *type_text(const struct dom *d, const struct opinion *v);

/* build.c: the parts of an engine, in a few large pieces. */
void build_doms(struct engine *e);
void build_free(struct engine *e);

/* fold.c: one report into its view. */
struct opinion *fold_find(const struct aim *a, uint32_t agent);
struct opinion *fold_insert(struct aim *a, uint32_t agent);
bool fold_duplicate(const struct opinion *v, const struct report *r);
void fold(struct engine *e, struct opinion *v, const struct report *r, const struct domain *d,
          bool tcp);

/* votes.c: views to a target's state. */
struct tally {
	int expected, ok, bad, need;
};
int votes_need(const struct quorum *q, int expected); /* k of a quorum */
bool opinion_fresh(const struct opinion *v, const struct domain *d, int64_t t);
/* its last word is as young as a fresh one, even if it was none */
bool opinion_recent(const struct opinion *v, const struct domain *d, int64_t t);

/* a fresh view by the configured probe: plain connects don't count */
bool votes_genuine(const struct dom *d, const struct aim *a, int64_t t);
bool votes_abstains(const struct engine *e, const struct dom *d, const struct aim *a,
                    const struct opinion *v, int64_t t);
bool votes_expects(const struct engine *e, const struct dom *d, const struct opinion *v,
                   bool genuine, int64_t t);
struct tally votes_tally(const struct engine *e, const struct dom *d, const struct aim *a,
                         int64_t t);

/* unknown stands for undetermined with a quorum */
enum state votes_raw(const struct dom *d, const struct tally *n);
int64_t votes_wake(const struct engine *e, const struct dom *d, const struct aim *a, int64_t t);

/* notes what the expiries of this instant alone make undetermined */
void votes_expire(struct engine *e, struct dom *d);

/* judge.c: a target and a domain at an instant. */
enum { JUDGED_STATE = 1, JUDGED_SAID = 2, JUDGED_RANK = 4, JUDGED_OVERRIDE = 8 };
enum state aim_said(const struct aim *a); /* an override's word, else the state by votes */
unsigned judge_target(const struct engine *e, struct dom *d, size_t i, int64_t t);
void judge_wake(struct dom *d);
void judge(struct engine *e, struct dom *d);

/* choose.c: targets to answers. Returns, a bit a family, whose answer or source changed; *ttl
 * whether a TTL did. */
unsigned choose(struct dom *d, int64_t t, bool *ttl);
/* Do both say the same, of the same source? */
bool dom_says(const struct dom *d, int family, const uint64_t *set, const struct choice *c);
uint64_t *dom_set(const struct dom *d, int which, int family);
struct choice *dom_choice(const struct dom *d, int family);
size_t dom_sets(const struct dom *d); /* words of all its sets */
struct answer dom_name(const struct dom *d, size_t bit);
/* sorted as text */
size_t dom_answers(const struct dom *d, const uint64_t *set, struct answer *out);

/* deadline.c: one lazy entry a domain. */
void deadline_set(struct engine *e, struct dom *d);
void deadline_tidy(struct engine *e); /* afterwards the top is exact */
int64_t deadline_first(const struct engine *e);
void deadline_wake(struct engine *e); /* marks what is due at e->now */

/* override.c */
const struct decree *decree_pick(const struct dom *d, const struct target *g, int64_t t,
                                 int64_t *wake);
bool decree_clears(const struct dom *d, const struct target *g, int64_t from, int64_t t);
size_t decree_attach(struct engine *e, struct decree *r);
void decrees_free(struct engine *e);

/* isolate.c: agents that contradict all others. */
void isolate_count(struct engine *e, struct dom *d, struct aim *a);
void isolate(struct engine *e);
bool isolate_ahead(const struct engine *e); /* may who is isolated change by time alone? */

/* next.c */
int64_t next_change(struct engine *e, const struct dom *d);

/* events.c */
void event_target(struct engine *e, struct dom *d, size_t i, const struct aim *before,
                  unsigned what);
void event_answer(struct engine *e, struct dom *d, int f, const struct before *was);
void event_agents(struct engine *e);
/* what a reload changed of a domain's answers; NULL: it was, or is, not configured */
void event_config(struct engine *e, const struct dom *was, const struct dom *now);
void event_reason(const struct engine *e, const struct dom *d, size_t i, char *dst, size_t cap);

#endif
