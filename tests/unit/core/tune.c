#include "world.h"

#include "core/tune.h"

/* Reports of A by one agent: "10+ 20- 30-"; then the sums up to `end`. */
static void
replay(struct world *w, struct tune *t, const char *story)
{
	static const struct report blank = {.latency_ms = -1, .mono_ms = -1, .age_ms = -1, .received = -1, .boot_ms = -1};
	static struct report r;
	char copy[256], *save, *word;

	snprintf(copy, sizeof(copy), "%s", story);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		const struct target *g = world_find(w, word[0]);

		r = blank;
		strcpy(r.agent_id, "a1");
		strcpy(r.domain, "d");
		strcpy(r.check_name, g->check_name);
		strcpy(r.type, "tcp");
		r.target = g->addr;
		r.port = g->port;
		r.arrival = r.effective = atoll(word + 1);
		r.status = word[strlen(word) - 1] == '+' ? STATUS_OK : STATUS_FAIL;
		tune_until(t, r.arrival);
		tune_report(t, &r);
	}
}

static void
sums(void **state)
{
	static const struct {
		const char *rules, *targets, *fallback, *story;
		int64_t since, end;
		struct tune_sum want; /* changes, flaps, fallback, not live, all */
	} rows[] = {
		/* the first report begins it; a target that goes comes back */
		{"any", "A", "F", "A10+ A50- A90+", -1, 110, {2, 1, 40, 40, 100}},
		{"any fall=2", "A", "F", "A10+ A50- A90+", -1, 110, {0, 0, 0, 0, 100}},
		/* before `since` it only sets the scene */
		{"any", "A", "F", "A10+ A50- A90+", 70, 110, {1, 0, 20, 20, 40}},
		{"any", "A", "F", "A10+ A50- A90+", 95, 110, {0, 0, 0, 0, 15}},
		/* silence is a change, too, at its own instant */
		{"any", "A", "F", "A10+", -1, 211, {1, 1, 100, 100, 201}},
		/* no fallback to be on */
		{"any", "A", "", "A10+ A50-", -1, 60, {1, 1, 0, 10, 50}},
		{"any", "A B", "F", "A10+ B10+ A50- A90+", -1, 100, {2, 1, 0, 0, 90}},
		/* nothing reported: nothing to count */
		{"any", "A", "F", "", -1, 100, {0, 0, 0, 0, 0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct tune_sum got;
		struct tune *t;
		struct world w;

		world_init(&w, rows[i].rules, rows[i].targets, rows[i].fallback);
		t = tune_new(&w.config, 1, rows[i].since);
		replay(&w, t, rows[i].story);
		tune_end(t, rows[i].end);
		tune_sum(t, &w.domain, &got);
		if (memcmp(&got, &rows[i].want, sizeof(got)))
			fail_msg("%s: %s: %d changes, %d flaps, %d on fallback, %d not live of %d", rows[i].rules, rows[i].story,
			    (int)got.changes, (int)got.flaps, (int)got.fallback_ms, (int)got.not_live_ms, (int)got.ms);
		tune_free(t);
		world_free(&w);
	}
	tune_free(NULL);
}

static void
overridden(void **state)
{
	struct override o = {.domain = "d", .state = OVERRIDE_DOWN, .at = 40, .until = 60};
	struct tune_sum got;
	struct tune *t;
	struct world w;

	(void)state;
	world_init(&w, "any", "A", "F");
	t = tune_new(&w.config, 1, -1);
	replay(&w, t, "A10+");
	tune_until(t, 40);
	tune_override(t, &o);
	tune_end(t, 100);
	tune_sum(t, &w.domain, &got);
	assert_int_equal(got.changes, 2);
	assert_int_equal(got.fallback_ms, 20);
	tune_free(t);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sums), cmocka_unit_test(overridden)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
