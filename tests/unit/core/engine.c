#include "world.h"

/* Deadlines, next and what is due, to the millisecond. */
static void
deadlines(void **state)
{
	static const struct row rows[] = {
		{"any", "A", "F", "due=9223372036854775807 next=-1"},
		{"any", "A B", "F", "@10 A1+ @20 B1+ next=111 due=111 @111 =live:B next=121 due=121"},
		/* later reports move it without a trace */
		{"any", "A", "F", "@10 A1+ @20 A1+ @30 A1+ due=131 next=131 @200 =fallback:F since=131"},
		/* what changes no answer is no next, and yet it is due */
		{"any", "A B", "F", "@10 A1- B1+ @20 B1+ due=111 next=121"},
		{"any", "A", "F", "@10 A1- next=-1 due=111 @111 A=unknown"},
		{"any keep", "A", "F", "@10 A1+ next=111 @111 =keep:A next=-1"},
		/* an agent is forgotten */
		{"quorum forget=500 timeout=1000 hold=0", "A", "F", "@10 A2- @20 A1+ A=down due=511 next=511 @511 =live:A"},
		/* many deadlines in one leap, each at its own instant */
		{"quorum agents=2 hold=50 delay=30", "A", "F", "@10 A1- A2- @20 A1+ A2+ next=51 @1000 =fallback:F since=171"},
	};

	(void)state;
	ROWS(rows);
}

/* Time never goes back: what is older is applied now, with its own effective time. */
static void
time_goes_on(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, "any", "A", "F");
	engine_advance(w.engine, 100);
	w.now = 50;
	assert_int_equal(world_report(&w, &w.targets[0], 1, '+', 0, 0, false), VERDICT_TAKEN);
	assert_int_equal(engine_now(w.engine), 100);
	engine_advance(w.engine, 20);
	assert_int_equal(engine_now(w.engine), 100);
	w.now = 100;
	world_tell(&w, "=live:A next=151 since=100 @151 =fallback:F");
	world_free(&w);
}

/* Looking ahead disturbs nothing: asked or not, the story ends the same. */
static void
looking(void **state)
{
	static const struct row rows[] = {
		{"quorum agents=3 hold=50 keep", "A B", "F", "@10 A1+ A2+ B1+ B2- B3- next=161 @60 A3+ next=161 @161 =keep:A"},
		{"quorum agents=3 hold=50 keep", "A B", "F", "@10 A1+ A2+ B1+ B2- B3- @60 A3+ @161 =keep:A"},
	};

	(void)state;
	ROWS(rows);
}

static void
changes(void **state)
{
	const struct domain *d;
	struct world w;

	(void)state;
	world_init(&w, "all agents=2 degraded=2", "A B", "F");
	assert_false(engine_changed(w.engine, &d));
	world_tell(&w, "@1 A1+ B1+ =live:AB");
	assert_true(engine_changed(w.engine, &d));
	assert_ptr_equal(d, &w.domain);
	assert_false(engine_changed(w.engine, &d));
	/* a vote that changes no state is none */
	world_tell(&w, "@2 A2+ =live:AB");
	assert_false(engine_changed(w.engine, &d));
	world_tell(&w, "@3 A!drain B!drain A!clear B!clear =live:AB");
	assert_false(engine_changed(w.engine, &d));
	/* a target's state alone, and a TTL alone */
	world_tell(&w, "@4 B!up =live:AB @5 B2- B=up =live:AB");
	assert_false(engine_changed(w.engine, &d));
	world_tell(&w, "@6 B!clear =live:A ttl=2");
	assert_true(engine_changed(w.engine, &d));
	assert_false(engine_changed(w.engine, &d));
	world_free(&w);
}

static void
tell(struct engine *e, unsigned which, char *dst, size_t cap)
{
	static const char *const kinds[] = {"target", "tier", "answer", "agent", "override"};
	struct event ev;
	size_t n = 0;

	dst[0] = '\0';
	while (engine_event(e, &ev))
		if (which >> ev.kind & 1)
			n += (size_t)snprintf(dst + n, cap - n, "%lld %s %s%s %s -> %s: %s\n", (long long)ev.at, kinds[ev.kind],
			    ev.target, ev.agent, ev.from, ev.to, ev.why);
}

static void
tell_all(struct engine *e, char *dst, size_t cap)
{
	tell(e, ~0U, dst, cap);
}

static void
events(void **state)
{
	static const struct {
		const char *story, *told;
	} rows[] = {
		{"@1 A1+ =live:A", "1 target 10.0.0.1:80 unknown -> up: 1 of 1 up\n"
		                   "1 answer  10.0.0.6 -> 10.0.0.1: 10.0.0.1:80 up (1 of 1 up)\n"
		                   "1 agent a1 silent -> fresh: its first fresh report\n"},
		{"@2 A1+ =live:A", ""}, /* again the same is no event */
		{"@3 B1+ =live:A", "3 target 10.0.0.2:80 unknown -> up: 1 of 1 up\n"},
		{"@4 A1- =live:B", "4 target 10.0.0.1:80 up -> down: 0 of 1 up\n"
		                   "4 tier  5 -> 1: 10.0.0.1:80 down (0 of 1 up)\n"
		                   "4 answer  10.0.0.1 -> 10.0.0.2: 10.0.0.1:80 down (0 of 1 up)\n"},
		{"@5 B!down:9 =fallback:F", "5 override 10.0.0.2:80 none -> down: override down\n"
		                            "5 target 10.0.0.2:80 up -> down: override down\n"
		                            "5 answer  10.0.0.2 -> 10.0.0.6: 10.0.0.2:80 down (override down)\n"},
		{"@9 =live:B", "9 override 10.0.0.2:80 down -> none: override down\n"
		               "9 target 10.0.0.2:80 down -> up: 1 of 1 up\n"
		               "9 answer  10.0.0.6 -> 10.0.0.2: 10.0.0.2:80 up (1 of 1 up)\n"},
		{"@105 =fallback:F", "104 target 10.0.0.2:80 up -> unknown: no fresh report\n"
		                     "104 answer  10.0.0.2 -> 10.0.0.6: 10.0.0.2:80 unknown (no fresh report)\n"
		                     "105 target 10.0.0.1:80 down -> unknown: no fresh report\n"
		                     "105 agent a1 fresh -> silent: its last report is stale everywhere\n"},
		{"@110 A1? B2?", ""}, /* who cannot tell is not fresh */
		{"@120 A1+ A2+ B2-", "120 target 10.0.0.1:80 unknown -> up: 2 of 2 up\n"
		                     "120 target 10.0.0.2:80 unknown -> down: 0 of 2 up\n"
		                     "120 answer  10.0.0.6 -> 10.0.0.1: 10.0.0.1:80 up (2 of 2 up)\n"
		                     "120 agent a1 silent -> fresh: it reports again\n"
		                     "120 agent a2 silent -> fresh: its first fresh report\n"},
		{"@125 B2?", ""},
		{"@221 =fallback:F", "221 target 10.0.0.1:80 up -> unknown: no fresh report\n"
		                     "221 target 10.0.0.2:80 down -> unknown: no fresh report that counts\n"
		                     "221 answer  10.0.0.1 -> 10.0.0.6: 10.0.0.1:80 unknown (no fresh report)\n"
		                     "221 agent a1 fresh -> silent: its last report is stale everywhere\n"
		                     "221 agent a2 fresh -> silent: its last report is stale everywhere\n"},
	};
	char told[4096];
	struct world w;

	(void)state;
	world_init(&w, "any priority", "A5 B1", "F");
	engine_events(w.engine, true);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		world_tell(&w, rows[i].story);
		engine_settle(w.engine);
		tell_all(w.engine, told, sizeof(told));
		assert_string_equal(told, rows[i].told);
	}
	world_tell(&w, "@300 A1+");
	engine_events(w.engine, false);
	world_tell(&w, "=live:A @301 A1- =fallback:F");
	world_free(&w);
}

/* Of what moves in one instant, each family's change names a target of its own; if none of it moved, whom it follows. */
static void
causes(void **state)
{
	static const struct {
		const char *rules, *targets, *fallback, *first, *then, *told; /* of answers and tiers */
	} rows[] = {
		{"any", "A a", "Ff", "@1 A1+ a1-", "@2 A1- a1+",
		 "2 answer  10.0.0.1 -> 10.0.0.6: 10.0.0.1:80 down (0 of 1 up)\n"
		 "2 answer  2001:db8::6 -> 2001:db8::1: [2001:db8::1]:80 up (1 of 1 up)\n"},
		{"any", "A a", "Ff", "@1 A1- a1+", "@2 A1+ a1-",
		 "2 answer  10.0.0.6 -> 10.0.0.1: 10.0.0.1:80 up (1 of 1 up)\n"
		 "2 answer  2001:db8::1 -> 2001:db8::6: [2001:db8::1]:80 down (0 of 1 up)\n"},
		{"any", "A B a b", "", "@1 A1+ B1+ a1+ b1+", "@2 A1- b!drain",
		 "2 answer  10.0.0.1,10.0.0.2 -> 10.0.0.2: 10.0.0.1:80 down (0 of 1 up)\n"
		 "2 answer  2001:db8::1,2001:db8::2 -> 2001:db8::1: [2001:db8::2]:80 drain (override drain)\n"},
		/* not the one that moved the other way */
		{"any priority", "A1 B5 C3", "", "@1 A1- B1+ C1+", "@2 A1+ B1-",
		 "2 tier  5 -> 3: 10.0.0.2:80 down (0 of 1 up)\n"
		 "2 answer  10.0.0.2 -> 10.0.0.3: 10.0.0.2:80 down (0 of 1 up)\n"},
		/* a rank moves where the state does not */
		{"any down=all", "A B", "", "@1 A1- B1-", "@2 B!down",
		 "2 answer  10.0.0.1,10.0.0.2 -> 10.0.0.1: 10.0.0.2:80 down (override down)\n"},
		/* no target of it, or no address on the list: it hangs on the other */
		{"any", "A", "Ff", "@1 A1+", "@2 A1-",
		 "2 answer  10.0.0.1 -> 10.0.0.6: 10.0.0.1:80 down (0 of 1 up)\n"
		 "2 answer   -> 2001:db8::6: follows A: 10.0.0.1:80 down (0 of 1 up)\n"},
		{"any", "a", "Ff", "@1 a1-", "@2 a1+",
		 "2 answer  10.0.0.6 -> : follows AAAA: [2001:db8::1]:80 up (1 of 1 up)\n"
		 "2 answer  2001:db8::6 -> 2001:db8::1: [2001:db8::1]:80 up (1 of 1 up)\n"},
	};
	char told[4096];
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		world_init(&w, rows[i].rules, rows[i].targets, rows[i].fallback);
		engine_events(w.engine, true);
		world_tell(&w, rows[i].first);
		engine_settle(w.engine);
		tell_all(w.engine, told, sizeof(told));
		world_tell(&w, rows[i].then);
		engine_settle(w.engine);
		tell(w.engine, 1U << EVENT_ANSWER | 1U << EVENT_TIER, told, sizeof(told));
		assert_string_equal(told, rows[i].told);
		world_free(&w);
	}
}

/* A reload in the middle of a story: what follows is as if nothing had been. */
static void
reload(const char *before, const char *rules, const char *targets, const char *fallback, const char *first, const char *then)
{
	struct world old, new;

	world_init(&old, before, strstr(before, "cname") ? "S T" : "A B", "F");
	world_tell(&old, first);
	world_config(&new, rules, targets, fallback);
	new.engine = engine_new(&new.config, old.now);
	new.now = old.now;
	engine_adopt(new.engine, old.engine);
	world_free(&old);
	world_tell(&new, then);
	world_free(&new);
}

static void
adoption(void **state)
{
	static const struct {
		const char *before, *rules, *targets, *fallback, *first, *then;
	} rows[] = {
		{"any", "any", "A B", "F", "@10 A1+ =live:A", "=live:A since=10 next=111 @111 =fallback:F"},
		/* another order, a new target, one gone */
		{"any", "any", "C B A", "F", "@10 A1+ B1- =live:A", "=live:A B=down since=10 C=unknown"},
		{"any", "any", "B", "F", "@10 A1+ B1+ @20 A1+ =live:AB", "=live:B since=20"},
		{"any", "any", "A B", "G", "@10 A1- B1- =fallback:F", "=fallback:G"},
		/* streaks and duplicates go on */
		{"any rise=3", "any rise=3", "A B", "F", "@10 A1- @11 A1+ @12 A1+#5 A=down", "A=down @13 A1+#5 A=down @14 A1+#6 A=up"},
		/* a hold goes on from when it began */
		{"quorum agents=2", "quorum agents=2", "A B", "F", "@10 A1+ A2+ @100 A1+ @150 A=up", "A=up next=311 @310 A=up @311 A=unknown"},
		/* fail-back, too */
		{"any delay=50", "any delay=50", "A B", "F", "@1 A1- @5 A1+ A:down", "A:down next=56 @56 A:up"},
		{"any manual", "any manual", "A B", "F", "@1 A1- @5 A1+ A:down", "A:down @6 A!clear A:up"},
		/* what keep and last remember */
		{"any keep", "any keep", "B A", "F", "@1 A1+ @102 =keep:A", "=keep:A since=102"},
		{"any keep", "any keep", "B", "F", "@1 A1+ @102 =keep:A", "=fallback:F"},
		{"any down=last", "any down=last", "B A", "F", "@1 A1+ @2 A1- B1- =last:A", "=last:A since=2"},
		/* overrides stay, and those to come */
		{"any", "any", "A B", "F", "@1 A1+ A!down:50 =fallback:F", "=fallback:F since=0 @50 =live:A"},
		{"any", "any", "A B", "F", "@1 A1+ A!down@30 =live:A", "=live:A next=30 @30 =fallback:F"},
		/* agents that are not configured any more have no voice */
		{"any", "any agents=1", "A B", "F", "@1 A1+ B2+ =live:AB", "=live:A"},
		/* a connect stands in until the new probe has spoken */
		{"any", "any http", "A B", "F", "@1 A1+ =live:A", "=live:A @2 A2- =fallback:F"},
		{"any http", "any", "A B", "F", "@1 A1+ =live:A", "=live:A @2 A2- =live:A"},
		/* aliases stay what they were; from one type to another all is new */
		{"cname any", "cname any", "S T", "F", "@10 S1+ N=live:S", "N=live:S since=10 next=111 @111 =fallback:F N=none:-"},
		{"cname any", "cname any", "S T", "Y", "@10 S1- T1- =fallback:F", "N=fallback:Y =none:-"},
		{"cname any keep", "cname any keep", "T U", "F", "@10 T1+ N=live:T @111 N=keep:T", "N=keep:T =none:-"},
		{"cname any keep", "cname any keep", "U", "F", "@10 S1+ N=live:S @111 N=keep:S", "=fallback:F N=none:-"},
		{"any", "cname any", "S T", "F", "@10 A1+ =live:A", "=fallback:F N=none:- S:unknown @20 S1+ N=live:S =none:-"},
		{"any", "cname any", "S T", "Y", "@10 A1+ =live:A", "=none:- N=fallback:Y"},
		{"cname any", "any", "A B", "F", "@10 S1+ N=live:S", "N=none:- =fallback:F A:unknown @20 A1+ =live:A"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		reload(rows[i].before, rows[i].rules, rows[i].targets, rows[i].fallback, rows[i].first, rows[i].then);
}

/* A reload tells of what it changed, and of nothing else. */
static void
adoption_events(void **state)
{
	struct world old, new;
	char told[4096];

	(void)state;
	world_init(&old, "any", "A B", "F");
	world_tell(&old, "@1 A1+ B1- A!drain =live:A");
	world_config(&new, "any", "A B C", "F");
	new.engine = engine_new(&new.config, 1);
	new.now = 1;
	engine_events(new.engine, true);
	engine_adopt(new.engine, old.engine);
	tell_all(new.engine, told, sizeof(told));
	assert_string_equal(told, "");
	world_free(&old);
	world_tell(&new, "=live:A @102 =fallback:F");
	tell_all(new.engine, told, sizeof(told));
	assert_non_null(strstr(told, "102 agent a1 fresh -> silent"));
	world_free(&new);
}

static void
changed_by_config(void **state)
{
	struct world old, new;
	char told[4096];

	(void)state;
	world_init(&old, "any", "A B", "F");
	world_tell(&old, "@1 A1- B1- =fallback:F");
	world_config(&new, "any", "A B", "Gg");
	new.engine = engine_new(&new.config, 1);
	engine_events(new.engine, true);
	engine_adopt(new.engine, old.engine);
	tell_all(new.engine, told, sizeof(told));
	assert_string_equal(told, "1 answer  10.0.0.6 -> 10.0.0.7: another config\n"
	                          "1 answer   -> 2001:db8::7: another config\n");
	world_free(&new);
	new = (struct world){0};
	world_config(&new, "any", "A B", "F");
	new.config.ndomains = 0;
	map_free(&new.config.by_name);
	new.engine = engine_new(&new.config, 1);
	engine_events(new.engine, true);
	engine_adopt(new.engine, old.engine);
	tell_all(new.engine, told, sizeof(told));
	assert_string_equal(told, "1 answer  10.0.0.6 -> : no longer configured\n");
	world_free(&old);
	world_free(&new);
}

static void
views(void **state)
{
	struct target_state t;
	struct agent_view a;
	struct rrset_view r;
	struct world w;

	(void)state;
	world_init(&w, "quorum agents=3 priority delay=50", "A5 B1", "F");
	world_tell(&w, "@10 A1+ A2+ B1- B2? @40 A1+ A2+~5 =live:A");
	view_target(w.engine, &w.domain, 0, &t);
	assert_int_equal(t.expected, 3);
	assert_int_equal(t.need, 2);
	assert_int_equal(t.ok, 2);
	assert_int_equal(t.missing, 1);
	assert_int_equal(t.since, 10);
	assert_int_equal(t.hold_until, -1);
	assert_int_equal(view_agents(w.engine, &w.domain, 0), 2);
	view_agent(w.engine, &w.domain, 0, 1, &a);
	assert_string_equal(a.agent_id, "a2");
	assert_int_equal(a.last_at, 35);
	assert_int_equal(a.arrival, 40);
	assert_int_equal(a.fresh_until, 135);
	assert_int_equal(a.period_ms, 25);
	assert_int_equal(a.streak_ok, 2);
	assert_true(a.fresh && a.expected && !a.isolated);
	assert_string_equal(a.type, "tcp");
	view_agent(w.engine, &w.domain, 1, 1, &a);
	assert_int_equal(a.view, STATE_UNKNOWN);
	assert_int_equal(a.fresh_until, -1);
	assert_int_equal(a.last, STATUS_UNKNOWN);
	view_rrset(w.engine, &w.domain, FAMILY_V4, &r);
	assert_int_equal(r.rule, RULE_LIVE);
	assert_int_equal(r.tier, 5);
	assert_int_equal(r.since, 10);
	view_target(w.engine, &w.domain, 1, &t);
	assert_true(t.undetermined);
	world_tell(&w, "@136 A=up");
	view_target(w.engine, &w.domain, 0, &t);
	assert_true(t.undetermined);
	assert_int_equal(t.hold_until, 335);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deadlines), cmocka_unit_test(time_goes_on), cmocka_unit_test(looking),
		cmocka_unit_test(changes), cmocka_unit_test(events), cmocka_unit_test(causes), cmocka_unit_test(adoption),
		cmocka_unit_test(adoption_events), cmocka_unit_test(changed_by_config), cmocka_unit_test(views),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
