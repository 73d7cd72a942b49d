#include "world.h"

#include "core/suppose.h"

/*
 * A story, then what is supposed (from "; " to "; "), then how it goes on while
 * everybody goes on saying what he says.
 */
struct other {
	const char *rules, *targets, *fallback, *story, *supposed, *then;
};

static void
suppose_words(struct world *w, const char *text)
{
	char copy[256], *save, *word;

	snprintf(copy, sizeof(copy), "%s", text);
	for (word = strtok_r(copy, ";", &save); word; word = strtok_r(NULL, ";", &save)) {
		struct supposition s;
		struct fault f;

		if (suppose_read(&s, w->engine, word, &f) < 0)
			fail_msg("%s: %s", word, f.text);
		assert_true(suppose(w->engine, &s).targets > 0);
	}
}

/* What a domain answers and until when, as text. */
static void
answers(struct world *w, char *dst, size_t cap)
{
	static struct decision d;
	char text[FAMILIES][64];

	engine_decision(w->engine, &w->domain, &d);
	for (int f = 0; f < FAMILIES; f++)
		world_answer(&d, (enum family)f, text[f]);
	snprintf(dst, cap, "%s %s %s next %lld", text[0], text[1], text[2], (long long)d.next);
}

/* The world of the story is left as it was: its copy is the other one. */
static void
tell_other(const struct other *row)
{
	char before[256], after[256];
	struct engine *real;
	struct world w;

	world_init(&w, row->rules, row->targets, row->fallback);
	world_tell(&w, row->story);
	engine_advance(w.engine, w.now);
	answers(&w, before, sizeof(before));
	real = w.engine;
	w.engine = suppose_copy(real);
	suppose_words(&w, row->supposed);
	suppose_begin(w.engine);
	world_tell(&w, row->then);
	engine_free(w.engine);
	w.engine = real;
	answers(&w, after, sizeof(after));
	assert_string_equal(before, after);
	world_free(&w);
}

static void
tell_others(const struct other *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tell_other(&rows[i]);
}

#define OTHERS(rows) tell_others(rows, sizeof(rows) / sizeof(*(rows)))

static void
targets(void **state)
{
	static const struct other rows[] = {
		{"any", "A B", "F", "@10 A1+ B1+ =live:AB", "target=10.0.0.1 down", "=live:B @500 =live:B"},
		{"any", "A B", "F", "@10 A1+ B1+", "target=10.0.0.0/24 down", "=fallback:F"},
		{"any", "A B:443", "F", "@10 A1+ B1+", "target=10.0.0.2:443 down", "=live:A"},
		{"any", "A B", "F", "@10 A1+ B1+", "domain=d down", "=fallback:F"},
		{"any", "A B", "F", "@10 A1+ B1+", "target=d/10.0.0.2 down", "=live:A"},
		/* as many reports as it takes, of all its agents */
		{"all fall=3 agents=3", "A B", "F", "@10 A1+ A2+ A3+ B1+ B2+ B3+", "target=10.0.0.1 down", "=live:B A=down"},
		{"quorum fall=3 agents=3", "A", "F", "@10 A1+ A2+ A3+", "target=10.0.0.1 down", "=fallback:F"},
		{"quorum rise=3 agents=3", "A", "F", "@10 A1- A2- A3- =fallback:F", "target=10.0.0.1 up", "=live:A"},
		/* of learned ones those that are known; one is made up where there are none */
		{"quorum", "A", "F", "@10 A1+ A2+ A3-", "target=10.0.0.1 down", "=fallback:F A=down"},
		{"quorum", "A B", "F", "@10 B1+", "target=10.0.0.1 up", "=live:AB"},
		/* the last of several suppositions counts */
		{"any", "A B", "F", "@10 A1+ B1+", "domain=d down;target=10.0.0.2 up", "=live:B"},
		/* nobody knows: a quorum holds first */
		{"any", "A B", "F", "@10 A1+ B1+", "domain=d unknown", "=fallback:F"},
		{"quorum agents=3", "A", "F", "@10 A1+ A2+ A3+", "target=10.0.0.1 unknown", "=live:A A=up due=210 @209 =live:A @210 =fallback:F"},
		/* a check that original agents make by a plain connect, too */
		{"quorum agents=2 http", "A", "F", "@10 A1+t A2+", "target=10.0.0.1 down", "=fallback:F A=down"},
	};

	(void)state;
	OTHERS(rows);
}

static void
agents(void **state)
{
	static const struct other rows[] = {
		{"any", "A B", "F", "@10 A1+ B1+ B2+", "agent=a1 silent", "=live:B A=unknown"},
		{"quorum agents=3", "A B", "F", "@10 A1+ A2+ B1+ B2+", "agent=a1 silent", "=live:AB @500 =fallback:F"},
		{"quorum agents=3", "A B", "F", "@10 A1+ A2+ B1+ B2+", "agent=a1 silent;agent=a3 up", "=live:AB @500 =live:AB"},
		{"quorum agents=3", "A B", "F", "@10 A1+ A2+ B1+ B2+ A3+ B3+", "agent=a1 down;agent=a2 down", "=fallback:F"},
		/* a learned one is waited for until it is forgotten */
		{"quorum forget=1000", "A", "F", "@10 A1+ A2+", "agent=a2 silent", "=live:A @209 =live:A @210 =fallback:F @911 =live:A"},
		/* one that sees the whole world fail is not believed */
		{"all agents=3", "A B C D E", "F", "@10 A1+ B1+ C1+ D1+ E1+ A2+ B2+ C2+ D2+ E2+ A3+ B3+ C3+ D3+ E3+", "agent=a2 down", "=live:ABCDE"},
		{"all agents=3", "A B", "F", "@10 A1+ B1+ A2+ B2+", "agent=a2 down", "=fallback:F"},
	};

	(void)state;
	OTHERS(rows);
}

/* What the rules of fail-back make of it, later. */
static void
fail_back(void **state)
{
	static const struct other rows[] = {
		{"any priority delay=300", "A2 B1", "F", "@10 A1- B1+ =live:B", "target=10.0.0.1 up", "=live:B A=up @310 =live:B @311 =live:A"},
		{"any manual priority", "A2 B1", "F", "@10 A1+ B1+ @20 A1- =live:B", "target=10.0.0.1 up", "=live:B @9999 =live:B"},
		{"any manual priority", "A2 B1", "F", "@10 A1+ B1+ @20 A1- =live:B", "override=10.0.0.1 up", "=live:A"},
		{"any keep", "A", "F", "@10 A1+", "target=10.0.0.1 unknown", "=keep:A @9999 =keep:A"},
		/* who is silent stays so, whoever goes on goes on */
		{"any", "A B", "F", "@10 A1+ @100 B1+", "target=10.0.0.2 up", "=live:AB @9999 =live:AB"},
		{"any", "A B", "F", "@10 A1+ @200 B1+", "agent=a1 up", "=live:AB @9999 =live:AB"},
	};

	(void)state;
	OTHERS(rows);
}

static void
overrides(void **state)
{
	static const struct other rows[] = {
		{"any", "A B", "F", "@10 A1+ B1+", "override=10.0.0.1 down", "=live:B A=down"},
		{"any", "A B", "F", "@10 A1+ B1+", "target=10.0.0.1 drain", "=live:B A=drain"},
		{"any", "A B", "F", "@10 A1- B1-", "override=d/10.0.0.1 up", "=live:A"},
		/* an operator's word that is in force counts more than reports, and ends */
		{"any", "A B", "F", "@10 A1+ B1+ A!down:300 =live:B", "target=10.0.0.1 up", "=live:B @300 =live:AB"},
		{"any", "A B", "F", "@10 A1+ B1+ A!down:300 =live:B", "override=10.0.0.1 up", "=live:AB @300 =live:AB"},
	};

	(void)state;
	OTHERS(rows);
}

static void
assume(void **state)
{
	static const struct {
		const char *rules, *story;
		enum state as;
		const char *then;
	} rows[] = {
		{"any", "@10", STATE_UP, "=live:AB"},
		{"quorum agents=3 fall=3", "@10", STATE_DOWN, "=fallback:F A=down"},
		{"quorum agents=3", "@10", STATE_UP, "=live:AB"},
		{"any", "@10", STATE_UNKNOWN, "=fallback:F A=unknown"},
		/* what is fresh is known better */
		{"any", "@10 A1-", STATE_UP, "=live:B"},
		{"any", "@10 A1- @200", STATE_UP, "=live:AB"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct world w;

		world_init(&w, rows[i].rules, "A B", "F");
		world_tell(&w, rows[i].story);
		engine_advance(w.engine, w.now);
		suppose_assume(w.engine, rows[i].as);
		world_tell(&w, rows[i].then);
		world_free(&w);
	}
}

static void
counts(void **state)
{
	struct supposition s;
	struct suppose_count n;
	struct fault f;
	struct world w;

	(void)state;
	world_init(&w, "any", "A B C", "F");
	world_tell(&w, "@10 A1+ B1+ =live:AB");
	assert_int_equal(suppose_read(&s, w.engine, "agent=a1 silent", &f), 0);
	n = suppose(w.engine, &s);
	assert_int_equal(n.targets, 2); /* of C it never spoke */
	assert_int_equal(n.domains, 1);
	assert_int_equal(suppose_read(&s, w.engine, "target=10.0.0.0/30 down", &f), 0);
	n = suppose(w.engine, &s);
	assert_int_equal(n.targets, 3);
	suppose_begin(w.engine);
	assert_true(suppose_due(w.engine) == INT64_MAX);
	world_free(&w);
}

static void
words(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"10.0.0.1 down", "supposes nothing"},
		{"", "supposes nothing"},
		{"target=10.0.0.1", "and its state? such as 'target=10.0.0.1 down'"},
		{"agent=a1", "'agent=a1 silent'"},
		{"taget=10.0.0.1 down", "did you mean \"target\"?"},
		{"target=10.0.0.1 dwon", "did you mean \"down\"?"},
		{"agent=a1 unknown", "none of up, down or silent"},
		{"override=10.0.0.1 unknown", "none of up, down or drain"},
		{"target=10.0.0.9 down", "10.0.0.9: no such target in any domain (did you mean 10.0.0.1?)"},
		{"target=10.0.0.1:81 down", "did you mean 10.0.0.1:80?"},
		{"target=d/10.0.0.9 down", "no such target in d (did you mean"},
		{"target=e/10.0.0.1 down", "e: no such domain (did you mean d?)"},
		{"target=172.16.0.0/12 down", "172.16.0.0/12: no such target in any domain"},
		{"target=10.0.0.0/33 down", "is no address"},
		{"target= down", "is no address"},
		{"agent=a2 silent", "a2: no such agent, neither configured nor heard of (did you mean a1?)"},
		{"domain=dd down", "dd: no such domain (did you mean d?)"},
	};
	struct supposition s;
	struct fault f;
	struct world w;

	(void)state;
	world_init(&w, "any", "A B", "F");
	world_tell(&w, "@10 A1+ =live:A");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(suppose_read(&s, w.engine, rows[i].text, &f), -1);
		if (!strstr(f.text, rows[i].why))
			fail_msg("%s: %s", rows[i].text, f.text);
	}
	world_free(&w);
}

/* Targets that are names. */
static void
names(void **state)
{
	static const struct other rows[] = {
		{"any cname", "S T", "Z", "@10 S1+ T1+ N=live:ST", "target=s.example down", "N=live:T"},
		{"any cname", "S T", "Z", "@10 S1+ T1+ N=live:ST", "target=t.example:80 down", "N=live:S"},
	};

	(void)state;
	OTHERS(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets), cmocka_unit_test(agents), cmocka_unit_test(fail_back), cmocka_unit_test(overrides),
		cmocka_unit_test(assume), cmocka_unit_test(counts), cmocka_unit_test(words), cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
