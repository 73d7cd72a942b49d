#include "world.h"

static void
rise_and_fall(void **state)
{
	static const struct row rows[] = {
		{"any fall=3 rise=2", "A", "F", "@1 A1+ A=up @2 A1- @3 A1- A=up @4 A1+ @5 A1- @6 A1- A=up @7 A1- A=down "
		                                "@8 A1+ A=down @9 A1- @10 A1+ A=down @11 A1+ A=up"},
		/* the first conclusive result at once, unknown is none */
		{"any fall=3 rise=3", "A", "F", "@1 A1? A=unknown @2 A1- A=down"},
		{"any fall=3 rise=3", "A", "F", "@1 A1w A=up"},
		/* unknown neither advances nor resets */
		{"any fall=2 rise=2", "A", "F", "@1 A1+ @2 A1- @3 A1? A=up @4 A1- A=down @5 A1+ @6 A1? @7 A1w A=up"},
		/* more than the timeout between them: successes start again, failures go on */
		{"any rise=2", "A", "F", "@1 A1- @2 A1+ A=down @102 A1+ A=up"},
		{"any rise=2", "A", "F", "@1 A1- @2 A1+ A=down @103 A1+ A=down @104 A1+ A=up"},
		{"any fall=2", "A", "F", "@1 A1+ @2 A1- A=up @500 A1- A=down"},
		/* an unknown between does not bridge the gap */
		{"any rise=2", "A", "F", "@1 A1- @2 A1+ @60 A1? @103 A1+ A=down"},
		/* the view outlives silence: it was down, so one success is not enough */
		{"any rise=2", "A", "F", "@1 A1- @102 A=unknown @500 A1+ A=down @501 A1+ A=up"},
		{"any fall=2", "A", "F", "@1 A1+ @102 A=unknown @500 A1- A=up @501 A1- A=down"},
		/* the gap is between effective times */
		{"any rise=2", "A", "F", "@1 A1- @2 A1+ @150 A1+~60 A=up @190 A=up @191 A=unknown"},
		{"any rise=2", "A", "F", "@1 A1- @2 A1+ @150 A1+~47 A=down"},
	};

	(void)state;
	ROWS(rows);
}

static void
freshness(void **state)
{
	static const struct row rows[] = {
		{"any", "A", "F", "@10 A1+ next=111 due=111 @110 =live:A @111 =fallback:F next=-1 since=111"},
		{"any", "A", "F", "@10 A1+ @60 A1+ next=161 @111 =live:A @160 =live:A @161 =fallback:F"},
		/* unknown does not refresh */
		{"any", "A", "F", "@10 A1+ @100 A1? @111 =fallback:F"},
		{"any", "A", "F", "@100 A1+~100 =live:A next=101 @101 =fallback:F"},
		{"any", "A", "F", "@101 A1+~101 =fallback:F A=unknown next=-1"},
		/* stale on arrival, and yet it counts for the streak */
		{"any fall=2", "A", "F", "@300 A1+~299 A1-~298 @301 A1- A=down"},
		{"any fall=2", "A", "F", "@301 A1- A=down"},
		/* a late one that is older does not take freshness away: it is dropped */
		{"any", "A", "F", "@100 A1+ @101 A1-~50 =live:A @200 =live:A @201 =fallback:F"},
		/* expiry before a report of the same instant, and one evaluation: nothing is seen */
		{"any", "A", "F", "@10 A1+ @111 A1+ =live:A since=10"},
		{"all", "A B", "F", "@10 A1- A2+ B1+ =live:B @50 A2+ @111 =live:A"},
	};

	(void)state;
	ROWS(rows);
}

static void
duplicates(void **state)
{
	static const struct {
		uint64_t inc, seq;
		int64_t effective;
		enum verdict want;
	} rows[] = {
		{7, 1, 100, VERDICT_TAKEN},
		{7, 1, 100, VERDICT_DUPLICATE},
		{7, 1, 120, VERDICT_DUPLICATE}, /* the same, later by its age */
		{7, 3, 130, VERDICT_TAKEN},
		{7, 2, 140, VERDICT_DUPLICATE},
		{7, 4, 125, VERDICT_TAKEN},     /* its own order is believed */
		{8, 1, 125, VERDICT_DUPLICATE}, /* another start: only what is later */
		{8, 1, 126, VERDICT_TAKEN},
		{7, 9, 126, VERDICT_DUPLICATE},
		{0, 0, 126, VERDICT_DUPLICATE}, /* an original agent has neither */
		{0, 0, 127, VERDICT_TAKEN},
		{0, 0, 127, VERDICT_DUPLICATE},
		{0, 0, 128, VERDICT_TAKEN},
	};
	struct world w;
	struct report r = {.agent_id = "a1", .domain = "d", .check_name = "d:A:80", .type = "tcp", .port = 80, .arrival = 200};

	(void)state;
	world_init(&w, "any", "A", "F");
	r.target = w.targets[0].addr;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		r.inc = rows[i].inc;
		r.seq = rows[i].seq;
		r.effective = rows[i].effective;
		r.timestamp = rows[i].effective;
		r.received = r.arrival;
		r.age_ms = -1;
		assert_int_equal(engine_report(w.engine, &r), rows[i].want);
	}
	world_free(&w);
}

/* A report without inc that is sent again: its effective time is of two clocks. */
static void
sent_again(void **state)
{
	static const struct {
		int64_t timestamp, received, age, effective;
		enum verdict want;
	} rows[] = {
		{100, 150, -1, 100, VERDICT_TAKEN},
		{100, 160, -1, 101, VERDICT_DUPLICATE}, /* cut to the other side of a millisecond */
		{101, 161, -1, 101, VERDICT_TAKEN},
		{300, 170, -1, 170, VERDICT_TAKEN}, /* of the future: it counts as now, each time */
		{300, 171, -1, 171, VERDICT_TAKEN},
		{300, 172, 1, 171, VERDICT_DUPLICATE},
		{300, 173, 0, 173, VERDICT_TAKEN},
		{300, 300, -1, 174, VERDICT_TAKEN}, /* an age says nothing of the timestamp */
	};
	struct world w;
	struct report r = {.agent_id = "a1", .domain = "d", .check_name = "d:A:80", .type = "tcp", .port = 80, .arrival = 200};

	(void)state;
	world_init(&w, "any", "A", "F");
	r.target = w.targets[0].addr;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		r.timestamp = rows[i].timestamp;
		r.received = rows[i].received;
		r.age_ms = rows[i].age;
		r.effective = rows[i].effective;
		assert_int_equal(engine_report(w.engine, &r), rows[i].want);
	}
	world_free(&w);
}

static void
verdicts(void **state)
{
	static const struct {
		const char *rules, *agent, *domain, *check, *type;
		int port;
		enum verdict want;
	} rows[] = {
		{"any", "x", "d", "d:A:80", "tcp", 80, VERDICT_TAKEN},
		{"any", "x", "D.", "d:A:80", "tcp", 80, VERDICT_TAKEN},
		{"any", "x", "e", "d:A:80", "tcp", 80, VERDICT_NO_DOMAIN},
		{"any", "x", "d", "d:A:80", "tcp", 81, VERDICT_NO_TARGET},
		{"any", "x", "d", "d:A:80", "tcp", PORT_NONE, VERDICT_NO_TARGET},
		{"any", "x", "d", "d:B:80", "tcp", 80, VERDICT_NO_CHECK},
		{"any", "x", "d", "d:A:80", "http", 80, VERDICT_NO_CHECK},
		{"any http", "x", "d", "d:A:80", "http", 80, VERDICT_TAKEN},
		{"any http", "x", "d", "d:A:80", "tcp", 80, VERDICT_TAKEN},
		{"any http", "x", "d", "d:A:80", "icmp", 80, VERDICT_NO_CHECK},
		{"any agents=2", "x", "d", "d:A:80", "tcp", 80, VERDICT_NO_AGENT},
		{"any agents=2", "a2", "d", "d:A:80", "tcp", 80, VERDICT_TAKEN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct report r = {.arrival = 5, .effective = 5, .port = rows[i].port};
		struct world w;

		world_init(&w, rows[i].rules, "A", "F");
		strcpy(r.agent_id, rows[i].agent);
		strcpy(r.domain, rows[i].domain);
		strcpy(r.check_name, rows[i].check);
		strcpy(r.type, rows[i].type);
		r.target = w.targets[0].addr;
		assert_int_equal(engine_accepts(&w.config, &r), rows[i].want);
		assert_int_equal(engine_report(w.engine, &r), rows[i].want);
		assert_true(verdict_text(rows[i].want)[0] != '\0');
		world_free(&w);
	}
}

static void
too_many(void **state)
{
	struct world w;
	struct report r = {.domain = "d", .check_name = "d:A:80", .type = "tcp", .port = 80};

	(void)state;
	world_init(&w, "any forget=1000", "A", "F");
	r.target = w.targets[0].addr;
	for (int i = 0; i < LIMIT_AGENTS_PER_DOMAIN; i++) {
		snprintf(r.agent_id, sizeof(r.agent_id), "x%d", i);
		r.arrival = r.effective = i;
		assert_false(engine_knows(w.engine, &w.domain, r.agent_id));
		assert_true(engine_room(w.engine, &w.domain));
		assert_int_equal(engine_report(w.engine, &r), VERDICT_TAKEN);
	}
	assert_true(engine_knows(w.engine, &w.domain, "x0"));
	strcpy(r.agent_id, "one-more");
	r.arrival = r.effective = 1000;
	assert_int_equal(engine_report(w.engine, &r), VERDICT_TOO_MANY);
	assert_false(engine_room(w.engine, &w.domain));
	/* Silent for longer than agent_forget, x0 makes room. */
	r.arrival = r.effective = 1001;
	engine_advance(w.engine, 1001);
	assert_true(engine_room(w.engine, &w.domain));
	assert_int_equal(engine_report(w.engine, &r), VERDICT_TAKEN);
	engine_settle(w.engine);
	assert_int_equal(view_agents(w.engine, &w.domain, 0), LIMIT_AGENTS_PER_DOMAIN);
	strcpy(r.agent_id, "x0");
	assert_int_equal(engine_report(w.engine, &r), VERDICT_TOO_MANY);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rise_and_fall), cmocka_unit_test(freshness), cmocka_unit_test(duplicates), cmocka_unit_test(sent_again),
		cmocka_unit_test(verdicts), cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
