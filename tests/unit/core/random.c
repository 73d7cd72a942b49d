#include "core/explain.h"
#include "naive.h"

/*
 * Random worlds and stories, told to the engine and to the naive model.  The
 * engine jumps over quiet times; the model looks at every millisecond.
 *
 * Now and then what the engine knows is saved and loaded into a new one, its
 * twin, which from then on must say the same, word for word.
 */
enum { STORIES = 2000, LENGTH = 160 };

static uint64_t dice = 20261122;

static unsigned
roll(unsigned n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)((dice >> 11) % n);
}

static const char *
one_of(const char *const *words, size_t n)
{
	return words[roll((unsigned)n)];
}

#define ONE_OF(...) \
	one_of((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

struct story {
	struct world w;
	struct naive n;
	char rules[256], targets[128], fallback[8];
	bool names; /* the targets are aliases, not addresses */
	uint64_t seq[N_AGENTS];
	unsigned blind; /* the first so many agents see nothing, the others all: a case for isolation */
	int64_t predicted, asked; /* next, and the instant that said it */
	char told[8192];
	size_t ntold;
	struct engine *twin; /* NULL: none yet */
	size_t twins;
};

static void
invent(struct story *s)
{
	size_t n = 1 + roll(N_TARGETS), len = 0;
	bool name_list;

	s->blind = roll(4) ? 0 : 1 + roll(2);
	if (s->blind)
		n = N_TARGETS;

	s->names = roll(4) == 0;
	snprintf(s->rules, sizeof(s->rules), "%s %s %s %s %s %s %s %s %s %s %s rise=%u fall=%u timeout=%u hold=%u fallback_ttl=9",
	    s->names ? "cname" : "addresses", ONE_OF("any", "all", "quorum", "quorum", "quorum=2", "quorum=50%", "quorum=67%"), ONE_OF("all-of-them", "all-of-them", "priority", "priority", "weighted", "weighted", "hash"),
	    ONE_OF("fallback", "keep", "keep", "silence=all"), ONE_OF("down=fallback", "down=all", "down=last", "down=nodata", "down=servfail", "down=refused"),
	    ONE_OF("learned", "learned", "learned", "agents=3", "agents=4", "agents=5"), ONE_OF("min=1", "min=2", "min=50%", "min=60%"),
	    ONE_OF("back", "back", "delay=10", "manual"), ONE_OF("forget=5000", "forget=40", "forget=10"),
	    ONE_OF("connect", "connect", "http"), ONE_OF("plain", "degraded=2"), 1 + roll(3), 1 + roll(3), 8 + roll(20),
	    roll(30));
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(s->targets + len, sizeof(s->targets) - len, "%c%uw%u:%u ",
		    s->names ? "STUVWST"[roll(7)] : "ABCDEabcABABaa"[roll(i < 5 ? 8 : 14)], roll(3), roll(4), 80 + (unsigned)i);
	len = 0;
	name_list = roll(2);
	for (unsigned i = roll(4); i > 0; i--) {
		char letter = s->names && name_list ? "XYZS"[roll(4)] : "FGfgA"[roll(5)];

		if (!memchr(s->fallback, letter, len))
			s->fallback[len++] = letter;
	}
	s->fallback[len] = '\0';
}

/* Every port of an address has its own target; an override by address names them all. */
static void
override_one(struct story *s, int64_t t)
{
	static const enum override_state states[] = {OVERRIDE_UP, OVERRIDE_DOWN, OVERRIDE_DOWN, OVERRIDE_DRAIN, OVERRIDE_CLEAR, OVERRIDE_CLEAR};
	struct override o = {.at = t, .until = OVERRIDE_FOREVER, .state = states[roll(6)]};
	int target = roll(4) ? n_key(&s->n, roll((unsigned)s->w.domain.ntargets)) : -1;

	strcpy(o.domain, "d");
	if (target >= 0) {
		struct answer a = target_answer(&s->w.targets[target]);
		char text[ADDR_TEXT];

		strcpy(o.target, answer_text(text, &a));
	}
	if (roll(4) == 0)
		o.at = t + 2 + roll(20);
	else if (roll(8) == 0 && engine_now(s->w.engine) == t)
		o.at = t - roll(20);
	if (roll(2))
		o.until = o.at + roll(40);
	s->ntold += (size_t)snprintf(s->told + s->ntold, sizeof(s->told) - s->ntold, " @%d %s!%s@%d:%d", (int)t,
	    target < 0 ? "*" : o.target, override_state_word((int)o.state), (int)o.at, (int)(o.until > 100000 ? 99999 : o.until));
	naive_override(&s->n, target, o.state, t, o.at, o.until);
	engine_override(s->w.engine, &o);
	if (s->twin)
		engine_override(s->twin, &o);
}

static void
report_one(struct story *s, int64_t t)
{
	static const enum status statuses[] = {STATUS_OK, STATUS_OK, STATUS_OK, STATUS_WARN, STATUS_FAIL, STATUS_FAIL, STATUS_FAIL, STATUS_UNKNOWN};
	size_t agent = roll((unsigned)(s->w.config.nagents ? s->w.config.nagents : 3));
	size_t target = roll((unsigned)s->w.domain.ntargets);
	int64_t age = roll(3) ? 0 : roll(4) ? roll(6) : roll(60);
	bool numbered = roll(2), again = roll(8) == 0, tcp = s->w.probe.type == PROBE_HTTP && agent == 1;
	enum status status = s->blind && roll(12) ? agent >= s->blind ? STATUS_OK : STATUS_FAIL : statuses[roll(8)];
	struct n_result x = {t - age, numbered, numbered ? s->seq[agent] + !again : 0, status, tcp};
	struct report r = {.latency_ms = 1, .received = t, .timestamp = t - age + (!age && !roll(8)), .age_ms = -1, .arrival = t, .effective = t - age, .inc = x.inc, .seq = x.seq, .status = x.status};
	struct answer a;
	const char *name;

	s->seq[agent] += numbered && !again;
	snprintf(r.agent_id, sizeof(r.agent_id), "a%zu", agent + 1);
	strcpy(r.domain, "d");
	strcpy(r.check_name, s->w.targets[target].check_name);
	strcpy(r.type, tcp ? "tcp" : probe_type_word((int)s->w.probe.type));
	r.target = *target_probed(&s->w.targets[target], &name, &r.port);
	strcpy(r.target_name, name ? name : "");
	a = target_answer(&s->w.targets[target]);
	s->ntold += (size_t)snprintf(s->told + s->ntold, sizeof(s->told) - s->ntold, " @%d %c:%d/%zu%s~%d#%d", (int)t,
	    world_letter(&a), r.port, agent + 1, status_word((int)r.status), (int)age, (int)r.seq);
	naive_report(&s->n, target, agent, &x);
	engine_report(s->w.engine, &r);
	if (s->twin)
		engine_report(s->twin, &r);
}

static uint64_t
bits(const struct rrset *r)
{
	uint64_t set = 0;

	for (size_t i = 0; i < r->nanswers; i++)
		set |= n_bit(&r->answers[i]);
	return set;
}

static void
same(const struct story *s, int64_t t, const char *what, long long want, long long got)
{
	if (want == got)
		return;
	fprintf(stderr, "# rules %s\n# targets %s fallback %s\n# story%s\n", s->rules, s->targets, s->fallback, s->told);
	fail_msg("at %lld: %s is %lld, the simple way gives %lld", (long long)t, what, got, want);
}

/* The smallest weight of an answer's targets, and 1 for all where one of them has none. */
static void
same_select(const struct story *s, int64_t t, const struct n_family *n, const struct rrset *got)
{
	enum select select = n->one && got->nanswers > 1 && s->w.rules.select != SELECT_PRIORITY ? s->w.rules.select : SELECT_ALL;
	unsigned weights[N_TARGETS + 8], least = UINT16_MAX;

	same(s, t, "select", select, got->select);
	if (select != SELECT_WEIGHTED)
		return;
	for (size_t i = 0; i < got->nanswers; i++) {
		weights[i] = UINT16_MAX;
		for (size_t k = 0; k < s->w.domain.ntargets; k++) {
			struct answer a = target_answer(&s->w.targets[k]);

			if (n_bit(&a) == n_bit(&got->answers[i]) && (unsigned)s->w.targets[k].weight < weights[i])
				weights[i] = (unsigned)s->w.targets[k].weight;
		}
		least = weights[i] < least ? weights[i] : least;
	}
	for (size_t i = 0; i < got->nanswers; i++)
		same(s, t, "a weight", least ? weights[i] : 1, got->weights[i]);
}

static void
compare(struct story *s, int64_t t)
{
	static struct decision d;

	engine_decision(s->w.engine, &s->w.domain, &d);
	same(s, t, "the time", t, d.at);
	for (size_t i = 0; i < s->w.domain.ntargets; i++)
		same(s, t, s->w.targets[i].check_name, s->n.targets[i].said, (long long)d.targets[i].state);
	for (int f = 0; f < FAMILIES; f++) {
		static const char *const sources[] = {"source of A", "source of AAAA", "source of CNAME"};

		same(s, t, sources[f], (long long)s->n.family[f].source, (long long)d.rrsets[f].source);
		same(s, t, sources[f] + strlen("source of "), (long long)s->n.family[f].answer, (long long)bits(&d.rrsets[f]));
		same_select(s, t, &s->n.family[f], &d.rrsets[f]);
		same(s, t, "the rcode", (long long)s->n.family[f].rcode, (long long)d.rrsets[f].rcode);
		same(s, t, f == FAMILY_OTHER ? "TTL of CNAME" : f ? "TTL of AAAA" : "TTL of A", s->n.family[f].ttl, d.rrsets[f].ttl);
	}
	same(s, t, "since", s->n.since, d.since);
	s->predicted = d.next;
	s->asked = t;
}

static void
say_events(struct engine *e, struct buf *b)
{
	struct event ev;

	while (engine_event(e, &ev))
		buf_printf(b, "%d %s %s %s %s %s %s\n", (int)ev.kind, ev.domain, ev.target, ev.agent, ev.from, ev.to, ev.why);
}

/* All that an engine says of the domain, and when it wants to be called next. */
static void
say_all(struct story *s, struct engine *e, struct buf *b)
{
	static const char *const notes[] = {NULL};
	static struct decision d;
	struct explain x = {.engine = e, .config = &s->w.config, .domain = &s->w.domain, .decision = &d, .notes = notes, .width = 80};

	engine_decision(e, &s->w.domain, &d);
	explain_json(&x, b);
	for (size_t i = 0; i < s->w.domain.ntargets; i++)
		for (size_t k = 0; k < view_agents(e, &s->w.domain, i); k++) {
			struct agent_view v;

			view_agent(e, &s->w.domain, i, k, &v);
			buf_printf(b, "%s %lld %lld %d ", v.agent_id, (long long)v.arrival, (long long)v.period_ms, v.skew);
		}
	buf_printf(b, "due %lld next %lld since %lld\n", (long long)engine_due(e), (long long)d.next, (long long)d.since);
	say_events(e, b);
}

static void
compare_twin(struct story *s, int64_t t)
{
	struct buf a = {0}, b = {0};

	if (!s->twin)
		return;
	say_all(s, s->w.engine, &a);
	say_all(s, s->twin, &b);
	if (strcmp(a.data, b.data)) {
		fprintf(stderr, "# rules %s\n# targets %s fallback %s\n# story%s\n", s->rules, s->targets, s->fallback, s->told);
		fail_msg("at %lld the one says\n%sand the one that was loaded\n%s", (long long)t, a.data, b.data);
	}
	buf_free(&a);
	buf_free(&b);
}

static void
beget_twin(struct story *s)
{
	struct buf b = {0};

	engine_free(s->twin);
	s->twin = engine_new(&s->w.config, engine_now(s->w.engine));
	engine_adopt(s->twin, s->w.engine);
	engine_events(s->twin, true);
	engine_events(s->w.engine, true);
	say_events(s->w.engine, &b);
	buf_free(&b);
	s->twins++;
}

static void
advance(struct story *s, int64_t t)
{
	engine_advance(s->w.engine, t);
	if (s->twin)
		engine_advance(s->twin, t);
}

/* One instant; quiet ones are only sometimes brought about in the engine. */
static void
instant(struct story *s, int64_t t)
{
	unsigned n = roll(4) ? 0 : 1 + roll(s->blind ? 16 : 5);
	bool said = n > 0;

	naive_begin(&s->n, t);
	if (said)
		advance(s, t - 1);
	for (; n > 0; n--) {
		if (roll(9))
			report_one(s, t);
		else
			override_one(s, t);
	}
	naive_settle(&s->n, t);
	if (!said && s->asked >= 0) {
		if (s->n.changed)
			same(s, t, "next", t, s->predicted);
		else if (s->predicted == t)
			same(s, t, "next, which was nothing,", -1, t);
	}
	if (said || s->n.changed)
		s->asked = -1;
	if (said)
		engine_settle(s->w.engine);
	if (said && s->twin)
		engine_settle(s->twin);
	if (!said && roll(3))
		return;
	advance(s, t);
	compare(s, t);
	if (!roll(6))
		compare_twin(s, t);
	if (!roll(30))
		beget_twin(s);
}

/* A history of one view has its limits. */
static bool
full(const struct story *s)
{
	for (size_t i = 0; i < N_TARGETS; i++)
		for (size_t g = 0; g < N_AGENTS; g++)
			if (s->n.views[i][g].n > N_INPUTS - 16)
				return true;
	return s->ntold > sizeof(s->told) - 800 || s->n.noverrides > N_INPUTS - 16;
}

static void
stories(void **state)
{
	static struct story s;
	size_t twins = 0;

	(void)state;
	for (int i = 0; i < STORIES; i++) {
		memset(&s, 0, sizeof(s));
		invent(&s);
		world_init(&s.w, s.rules, s.targets, s.fallback);
		naive_init(&s.n, &s.w.domain, s.w.config.nagents);
		s.asked = -1;
		naive_begin(&s.n, 0);
		naive_settle(&s.n, 0);
		compare(&s, 0);
		for (int64_t t = 1; t < LENGTH && !full(&s); t++)
			instant(&s, t);
		twins += s.twins;
		engine_free(s.twin);
		world_free(&s.w);
	}
	assert_true(twins > STORIES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(stories)};

	return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
