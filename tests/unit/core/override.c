#include "world.h"

static void
words(void **state)
{
	static const struct row rows[] = {
		{"any", "A B", "F", "@1 A1+ B1- B!up =live:AB B=up B:up"},
		{"any", "A B", "F", "@1 A1+ B1+ A!down =live:B A=down A:down"},
		{"any", "A B", "F", "@1 A1+ B1+ A!drain =live:B A=drain A:drain B!down =live:A"},
		/* drain makes what is not up rank as down, not as unknown */
		{"any keep", "A", "F", "@1 A1+ @2 A!drain =live:A @102 =fallback:F A=drain A:down"},
		{"any keep down=nodata", "A", "F", "A!drain =none:-"},
		/* unknown and up by an override */
		{"any", "A", "F", "A!up =live:A next=-1"},
		{"any", "A B", "F", "@1 A1+ B1+ *!down =fallback:F A!up =live:A"},
		/* a target's own wins over its domain's, whichever came last */
		{"any", "A B", "F", "@1 A1+ B1+ A!up *!down =live:A"},
		{"any", "A B", "F", "@1 A1+ B1+ *!drain A!down =live:B"},
	};

	(void)state;
	ROWS(rows);
}

static void
times(void **state)
{
	static const struct row rows[] = {
		/* at <= now < until */
		{"any timeout=1000", "A", "F", "@1 A1+ @10 A!down:50 =fallback:F next=50 @49 =fallback:F @50 =live:A since=50"},
		{"any timeout=1000", "A", "F", "@1 A1+ @2 A!down@30:60 =live:A next=30 @29 =live:A @30 =fallback:F next=60 "
		                               "@60 =live:A next=1002"},
		/* a newer record replaces the older for good, clear is one */
		{"any timeout=1000", "A", "F", "@1 A1+ @2 A!down:100 @3 A!down:20 @20 =live:A"},
		{"any timeout=1000", "A", "F", "@1 A1+ @2 A!down @3 A!clear =live:A"},
		{"any timeout=1000", "A", "F", "@1 A1+ *!down @3 A!clear =fallback:F @4 *!clear =live:A"},
		/* one that is to come leaves the present alone until it starts */
		{"any timeout=1000", "A", "F", "@1 A1+ @2 A!down A!up@50:60 =fallback:F next=50 @50 =live:A @60 =live:A"},
		{"any timeout=1000", "A B", "F", "@1 A1+ B1+ @2 A!down A!clear@50 =live:B next=50 @50 =live:AB"},
		/* an older record that comes late does not revive what was cleared */
		{"any timeout=1000", "A", "F", "@1 A1+ @20 A!clear @30 A!down@5 =live:A"},
		/* over before it came */
		{"any timeout=1000", "A", "F", "@1 A1+ @20 A!down@5:10 =live:A"},
	};

	(void)state;
	ROWS(rows);
}

static void
patterns(void **state)
{
	static const struct {
		const char *domain, *target;
		size_t n;
		const char *want;
	} rows[] = {
		{"d", "10.0.0.1", 1, "=live:B"},      {"", "10.0.0.1", 1, "=live:B"},
		{"d", "10.0.0.1:80", 1, "=live:B"},   {"d", "10.0.0.1:81", 0, "=live:AB"},
		{"d", "10.0.0.0/8", 2, "=fallback:F"}, {"d", "10.0.0.1/31", 1, "=live:B"},
		{"", "", 3, "=fallback:F"},           {"other", "10.0.0.1", 0, "=live:AB"},
		{"d", "[2001:db8::1]:80", 1, "6=none:-"}, {"d", "2001:db8::/32", 1, "6=none:-"},
		{"d", "nonsense", 0, "=live:AB"},     {"d", "192.0.2.1", 0, "=live:AB"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct override o = {.state = OVERRIDE_DOWN, .at = 1, .until = OVERRIDE_FOREVER};
		struct world w;

		world_init(&w, "any", "A B a", "F");
		world_tell(&w, "@1 A1+ B1+ a1+ =live:AB 6=live:a");
		strcpy(o.domain, rows[i].domain);
		strcpy(o.target, rows[i].target);
		assert_int_equal(engine_override(w.engine, &o), rows[i].n);
		world_tell(&w, rows[i].want);
		world_free(&w);
	}
}

static void
listing(void **state)
{
	const struct override *list[4];
	struct world w;

	(void)state;
	world_init(&w, "any", "A B C", "F");
	world_tell(&w, "@1 A!down:50 @2 B!drain @3 C!up@70:80 @4 C!clear =fallback:F");
	assert_int_equal(view_overrides(w.engine, NULL, 0), 3);
	assert_int_equal(view_overrides(w.engine, list, 4), 3);
	assert_string_equal(list[0]->target, "10.0.0.3");
	assert_string_equal(list[2]->target, "10.0.0.1");
	assert_int_equal(view_overrides(w.engine, list, 1), 3);
	assert_string_equal(list[0]->target, "10.0.0.3");
	engine_advance(w.engine, 50);
	assert_int_equal(view_overrides(w.engine, list, 4), 2);
	engine_advance(w.engine, 80);
	assert_int_equal(view_overrides(w.engine, list, 4), 1);
	world_free(&w);
}

static void
fail_back(void **state)
{
	static const struct row rows[] = {
		/* up since 20: ranks as down to 70, the end included; its votes say up all along */
		{"any delay=50", "A B", "F", "@1 A1+ B1+ @10 A1- =live:B @20 A1+ =live:B A=up A:down next=71 @70 =live:B "
		                             "@71 =live:AB A:up"},
		/* not at its first state */
		{"any delay=50", "A", "F", "@1 A1+ =live:A"},
		{"any delay=50", "A", "F", "@1 A1- @5 A1+ =fallback:F @56 =live:A"},
		/* unknown is a break, and so is down */
		{"any delay=50 timeout=30", "A", "F", "@1 A1- @5 A1+ @36 A=unknown @40 A1+ @60 A1+ @85 A1+ @90 =fallback:F @91 =live:A"},
		{"any delay=50", "A", "F", "@1 A1- @5 A1+ @40 A1- @41 A1+ @91 =fallback:F @92 =live:A"},
		/* released, and then silent: no delay, as it was not down */
		{"any delay=50", "A", "F", "@1 A1+ @102 A=unknown @110 A1+ =live:A"},
		/* an override up ends it */
		{"any delay=50", "A", "F", "@1 A1- @5 A1+ A!up:10 =live:A @10 =live:A"},
		{"any delay=50", "A", "F", "@1 A1- A!up:10 @5 A1+ @10 =live:A"},
		{"any delay=50", "A", "F", "@1 A1- A!up:3 @5 A1+ =fallback:F"},
		/* drained, it counts as down meanwhile */
		{"any delay=50", "A", "F", "@1 A1- @5 A1+ A!drain =fallback:F @56 =live:A"},
		/* manual: until cleared, even while nothing is known of it */
		{"any manual", "A B", "F", "@1 A1+ B1+ @2 A1- @3 A1+ =live:B A=up A:down @4 A!clear =live:AB"},
		{"any manual keep down=nodata", "A", "F", "@1 A1+ @2 A1- @102 A=down @103 A=unknown =none:- A:down"},
		{"any manual", "A", "F", "@1 A1- @2 A!clear @3 A1+ =live:A"},
		{"any manual", "A", "F", "@1 A1- @2 *!clear @3 A1+ =live:A"},
		{"any manual", "A B", "F", "@1 A1- B1+ @2 B!clear @3 A1+ =live:B"},
		{"any manual", "A", "F", "@1 A1+ @2 A1- @3 A!up:10 =live:A A1+ @10 =fallback:F"},
		{"any manual", "A", "F", "@1 A1+ @2 A1- @3 A1+ A!clear@20 next=20 @20 =live:A"},
	};

	(void)state;
	ROWS(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words), cmocka_unit_test(times), cmocka_unit_test(patterns), cmocka_unit_test(listing),
		cmocka_unit_test(fail_back),
	};

	return cmocka_run_group_tests_name("override", tests, NULL, NULL);
}
