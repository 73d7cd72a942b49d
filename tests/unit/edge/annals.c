#include "state.h"

#include <time.h>

#include "edge/annals.h"

#define SEGMENT(at) \
	"{\"type\":\"segment\",\"format\":1,\"boot_id\":\"b\",\"agent\":null,\"boot_ms\":1,\"at\":" #at \
	"}\n"
#define SEAL "{\"type\":\"seal\",\"at\":0}\n"

static struct statedir dir;

static void
segment(uint64_t number, const char *text)
{
	char name[SEGMENT_NAME], sub[64];

	mkdirat(dir.fd, "decisions", 02750);
	snprintf(sub, sizeof(sub), "decisions/%s", segment_name(name, number));
	state_append(&dir, sub, text);
}

/* Makes the file look as if it had been written last at that second. */
static void
touched(uint64_t number, time_t at)
{
	const struct timespec t[2] = {{at, 0}, {at, 0}};
	char name[SEGMENT_NAME], sub[64];

	snprintf(sub, sizeof(sub), "decisions/%s", segment_name(name, number));
	assert_int_equal(utimensat(dir.fd, sub, t, 0), 0);
}

static char lines[4096];

/* Times are seconds here. */
static const char *
answer(int at, const char *domain, const char *from, const char *to)
{
	struct event e = {.kind = EVENT_ANSWER, .at = at * INT64_C(1000), .source = SOURCE_LIVE};
	static struct buf b;

	snprintf(e.domain, sizeof(e.domain), "%s", domain);
	snprintf(e.from, sizeof(e.from), "%s", from);
	snprintf(e.to, sizeof(e.to), "%s", to);
	snprintf(e.why, sizeof(e.why), "w%d", at);
	buf_clear(&b);
	event_write(&b, &e);
	return b.data;
}

static const char agent_line[] =
    "{\"type\":\"event\",\"event\":\"agent\",\"at\":12,\"agent\":\"x\",\"from\":\"fresh\","
    "\"to\":\"silent\",\"why\":\"\"}\n";
static const char target_line[] =
    "{\"type\":\"event\",\"event\":\"target\",\"at\":13,\"domain\":\"a.f\",\"target\":\"t\","
    "\"from\":\"up\",\"to\":\"down\",\"why\":\"\"}\n";
static const char config_line[] = "{\"type\":\"config\",\"at\":14,\"hash\":\"00\"}\n";

static void
some_history(void)
{
	segment(1, SEGMENT(10));
	segment(1, answer(11, "a.f", "1.1.1.1", "2.2.2.2"));
	segment(1, agent_line);
	segment(1, target_line);
	segment(1, config_line);
	segment(1, SEAL);
	segment(3, SEGMENT(20)); /* 2 was deleted by hand */
	segment(3, answer(21, "b.f", "", "3.3.3.3"));
	segment(3, answer(22, "a.f", "2.2.2.2", "1.1.1.1"));
	segment(3, "{\"type\":\"event\",\"event\":\"answer\",\"at\":\"20");
}

static size_t nbad;
static char last_bad[200];

static void
note_bad(void *arg, const char *where, const char *why)
{
	(void)arg;
	nbad++;
	snprintf(last_bad, sizeof(last_bad), "%s: %s", where, why);
}

/* The `why` of each line, or "other", in a row. */
static const char *
told(const struct annals_query *q)
{
	struct annals p;
	struct annals_line line;
	enum annals_step step;
	static struct fault f;
	int r = annals_open(&p, &dir, q, &f);

	lines[0] = '\0';
	nbad = 0;
	if (r)
		return r < 0 ? f.text : "none";
	p.bad = note_bad;
	while ((step = annals_next(&p, &line, &f)) == ANNALS_LINE)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), " %s",
		         line.event ? *line.event->why ? line.event->why : "-" : "other");
	annals_close(&p);
	return step == ANNALS_END ? lines : f.text;
}

static void
what_is_asked_for(void **state)
{
	static struct map a, b;
	const struct {
		struct annals_query q;
		const char *told;
	} rows[] = {
	    {{0, INT64_MAX, ANNALS_ANSWERS, NULL, false, false}, " w11 w21 w22"},
	    {{0, INT64_MAX, ANNALS_ALL, NULL, false, true}, " w11 - - other w21 w22"},
	    {{11000, 21000, ANNALS_ANSWERS, NULL, false, false}, " w11 w21"},
	    {{11001, 20999, ANNALS_ANSWERS, NULL, false, false}, ""},
	    {{0, INT64_MAX, ANNALS_ALL, &a, false, false}, " w11 - w22"},
	    {{0, INT64_MAX, ANNALS_ALL, &a, true, false}, " w11 - - w22"},
	    {{0, INT64_MAX, ANNALS_ANSWERS, &b, false, false}, " w21"},
	    {{15000, 20000, ANNALS_ALL, NULL, true, true}, ""},
	};

	(void)state;
	*map_puts(&a, "a.f") = *map_puts(&b, "b.f") = *map_puts(&b, "c.f") = &dir;
	state_open(&dir);
	assert_string_equal(told(&rows[0].q), "none");
	some_history();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_string_equal(told(&rows[i].q), rows[i].told);
		assert_int_equal(nbad, 0); /* the torn line may still become one */
	}
	state_remove(&dir);
}

static void
damage(void **state)
{
	const struct annals_query q = {0, INT64_MAX, ANNALS_ANSWERS, NULL, false, false};
	char *huge = malloc(200001);

	(void)state;
	state_open(&dir);
	some_history();
	segment(3, "\n"); /* the next writer ends the torn line */
	segment(3, answer(23, "a.f", "", ""));
	assert_string_equal(told(&q), " w11 w21 w22 w23");
	assert_int_equal(nbad, 1);
	assert_non_null(strstr(last_bad, "decisions/000000000003.jsonl:4: "));

	memset(huge, 'x', 200000);
	huge[200000] = '\0';
	segment(3, huge);
	segment(3, "\n");
	segment(3, answer(24, "a.f", "", ""));
	assert_string_equal(told(&q), " w11 w21 w22 w23 w24");
	assert_string_equal(last_bad, "decisions/000000000003.jsonl:6: longer than 65535 bytes");
	free(huge);

	/* What leads elsewhere is no history, and not passed over in silence. */
	assert_int_equal(symlinkat("/dev/null", dir.fd, "decisions/000000000004.jsonl"), 0);
	assert_non_null(strstr(told(&q), "decisions/000000000004.jsonl: a symbolic link"));
	state_remove(&dir);
}

/* Segments that cannot hold what is asked for are not opened. */
static void
by_time(void **state)
{
	static const struct {
		int64_t since;
		size_t left;
	} rows[] = {{0, 4}, {23600000, 4}, {23600001, 3}, {43600001, 2}, {99999999, 1}};
	struct annals_query q = {0, INT64_MAX, ANNALS_ANSWERS, NULL, false, false};
	struct annals_line line;
	struct annals p;
	struct fault f;

	(void)state;
	state_open(&dir);
	for (int i = 1; i <= 4; i++) {
		char head[200];

		snprintf(head, sizeof(head), "{\"type\":\"segment\",\"at\":%d}\n", (i - 1) * 20000);
		segment((uint64_t)i, head);
		segment((uint64_t)i, answer(i * 20000 - 1, "a.f", "", ""));
		touched((uint64_t)i, i * 20000);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		q.since = rows[i].since;
		assert_int_equal(annals_open(&p, &dir, &q, &f), 0);
		assert_int_equal(p.n, rows[i].left);
		annals_close(&p);
	}
	/* Nor is more than the first line of those that begin behind it. */
	q = (struct annals_query){0, 19999000, ANNALS_ANSWERS, NULL, false, false};
	assert_int_equal(annals_open(&p, &dir, &q, &f), 0);
	assert_int_equal(annals_next(&p, &line, &f), ANNALS_LINE);
	assert_int_equal(line.at, 19999000);
	p.budget = INT64_MAX;
	assert_int_equal(annals_next(&p, &line, &f), ANNALS_END);
	assert_true(INT64_MAX - p.budget < 3 * 8192 + 200); /* the second: within a clock's step */
	annals_close(&p);
	state_remove(&dir);
}

/* Of many segments the ends are searched, and nothing of the time is lost. */
static void
many_segments(void **state)
{
	enum { MANY = 700 };
	static const struct {
		int64_t since, until; /* hours */
		int first, last, most;
	} rows[] = {{0, 9999, 1, MANY, MANY}, {100, 102, 100, 102, 6}, {-5, 1, 1, 1, 3},
	            {MANY, 9999, MANY, MANY, 3}, {9000, 9999, 0, 0, 1}, {-9, -5, 0, 0, 0}};

	(void)state;
	state_open(&dir);
	for (int i = 1; i <= MANY; i++) {
		char head[200];

		snprintf(head, sizeof(head), "{\"type\":\"segment\",\"at\":%d}\n", 36000 + i * 3600);
		segment((uint64_t)i, head);
		segment((uint64_t)i, answer(36000 + i * 3600 + 1800, "a.f", "", ""));
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct annals_query q = {(rows[i].since + 10) * 3600000,
		                             (rows[i].until + 11) * 3600000 - 1, ANNALS_ANSWERS, NULL,
		                             false, false};
		struct annals_line line;
		struct annals p;
		struct fault f;
		int64_t first = 0, last = 0;

		assert_int_equal(annals_open(&p, &dir, &q, &f), 0);
		assert_true(p.n <= (size_t)rows[i].most);
		while (annals_next(&p, &line, &f) == ANNALS_LINE) {
			last = line.at / 3600000 - 10;
			first = first ? first : last;
		}
		assert_int_equal(first, rows[i].first);
		assert_int_equal(last, rows[i].last);
		annals_close(&p);
	}
	state_remove(&dir);
}

/* In pieces it is the same history: each from where the one before paused. */
static void
in_pieces(void **state)
{
	const struct annals_query q = {0, INT64_MAX, ANNALS_ANSWERS, NULL, false, false};
	struct annals p;
	struct annals_line line;
	struct fault f;
	enum annals_step step = ANNALS_PAUSE;
	uint64_t number = 0;
	int64_t offset = 0;
	int got = 0, pieces = 0;

	(void)state;
	state_open(&dir);
	for (int i = 0; i < 20000; i++) {
		if (i % 5000 == 0)
			segment((uint64_t)i / 5000 + 1, SEGMENT(0));
		segment((uint64_t)i / 5000 + 1, answer(i, "a.f", "", "1.1.1.1"));
	}
	for (; step == ANNALS_PAUSE; pieces++) {
		assert_int_equal(annals_open(&p, &dir, &q, &f), 0);
		if (pieces)
			assert_true(annals_resume(&p, number, offset));
		annals_budget(&p, 300000);
		while ((step = annals_next(&p, &line, &f)) == ANNALS_LINE)
			assert_int_equal(line.at, got++ * INT64_C(1000));
		annals_place(&p, &number, &offset);
		annals_close(&p);
	}
	assert_int_equal(step, ANNALS_END);
	assert_int_equal(got, 20000);
	assert_true(pieces > 4);

	/* A place may be a lie, or of a segment that is deleted by now. */
	assert_int_equal(annals_open(&p, &dir, &q, &f), 0);
	assert_false(annals_resume(&p, 2, 17));
	annals_close(&p);
	assert_int_equal(annals_open(&p, &dir, &q, &f), 0);
	assert_true(annals_resume(&p, 99, 17));
	assert_int_equal(annals_next(&p, &line, &f), ANNALS_END);
	annals_close(&p);
	unlinkat(dir.fd, "decisions/000000000002.jsonl", 0);
	assert_int_equal(annals_open(&p, &dir, &q, &f), 0);
	assert_true(annals_resume(&p, 2, 17));
	assert_int_equal(annals_next(&p, &line, &f), ANNALS_LINE);
	assert_int_equal(line.at, 10000 * INT64_C(1000));
	/* One that vanishes while it is read ends there. */
	unlinkat(dir.fd, "decisions/000000000004.jsonl", 0);
	while ((step = annals_next(&p, &line, &f)) == ANNALS_LINE)
		got = (int)(line.at / 1000);
	assert_int_equal(step, ANNALS_END);
	assert_int_equal(got, 14999);
	annals_close(&p);
	state_remove(&dir);
}

static void
beginnings(void **state)
{
	const struct annals_query q = {30000, INT64_MAX, ANNALS_ANSWERS, NULL, false, false};
	struct annals p;
	int64_t at;
	bool whole;
	struct fault f;

	(void)state;
	state_open(&dir);
	segment(3, SEGMENT(20));
	assert_int_equal(annals_open(&p, &dir, &q, &f), 0);
	assert_true(annals_oldest(&p, &at, &whole));
	annals_close(&p);
	assert_int_equal(at, 20000);
	assert_false(whole);
	segment(1, answer(5, "a.f", "", ""));
	assert_int_equal(annals_open(&p, &dir, &q, &f), 0);
	assert_true(annals_oldest(&p, &at, &whole));
	annals_close(&p);
	assert_int_equal(at, 5000);
	assert_true(whole);
	state_remove(&dir);
}

static void
answers(void **state)
{
	enum { V4 = 1 << FAMILY_V4, BOTH = 1 << FAMILY_V4 | 1 << FAMILY_V6 };
	static const struct {
		const char *domain;
		int at;
		enum annals_known known;
		const char *answers;
		int since, until; /* seconds */
		bool gap;
	} rows[] = {
	    {"a.f", 9, ANNALS_TOO_EARLY, NULL, -1, -1, false},
	    {"a.f", 10, ANNALS_KNOWN, "1.1.1.1", -1, 11, false}, /* what the first change was from */
	    {"a.f", 11, ANNALS_KNOWN, "2.2.2.2", 11, 22, false},
	    {"a.f", 21, ANNALS_KNOWN, "2.2.2.2", 11, 22, false},
	    {"a.f", 22, ANNALS_KNOWN, "1.1.1.1", 22, 31, true},
	    {"a.f", 31, ANNALS_KNOWN, "5.5.5.5", 31, -1, false},
	    {"b.f", 30, ANNALS_KNOWN, "3.3.3.3", 21, -1, false},
	    {"c.f", 30, ANNALS_NOTHING, NULL, -1, -1, false},
	};
	struct annals_answer out = {.domain = "a.f", .families = V4};
	struct fault f;
	int64_t oldest;

	(void)state;
	state_open(&dir);
	assert_int_equal(annals_answer(&dir, &out, 1, 10000, &oldest, &f), ANNALS_TOO_EARLY);
	assert_int_equal(oldest, -1);
	some_history();
	segment(4, SEGMENT(30));
	segment(4, answer(31, "a.f", "4.4.4.4", "5.5.5.5")); /* nobody recorded 1.1.1.1 -> 4.4.4.4 */
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (unsigned families = V4; families <= BOTH; families += BOTH - V4) {
			const struct annals_rrset *r = &out.of[FAMILY_V4];

			out.domain = rows[i].domain;
			out.families = families;
			assert_int_equal(
			    annals_answer(&dir, &out, 1, rows[i].at * INT64_C(1000), &oldest, &f),
			    rows[i].known);
			assert_int_equal(oldest, 10000);
			assert_int_equal(r->known, rows[i].answers != NULL);
			if (r->known)
				assert_string_equal(r->answers, rows[i].answers);
			assert_int_equal(r->since, rows[i].since < 0 ? -1 : rows[i].since * 1000);
			assert_int_equal(r->until, rows[i].until < 0 ? -1 : rows[i].until * 1000);
			assert_int_equal(r->gap, rows[i].gap);
			assert_int_equal(r->source, rows[i].since < 0 ? -1 : SOURCE_LIVE);
			annals_answer_free(&out, 1);
		}
	state_remove(&dir);
}

/* Many domains cost one reading, and know as much as each alone. */
static void
many_answers(void **state)
{
	enum { MANY = 50 };
	static struct annals_answer list[MANY], one;
	static char names[MANY][8];
	struct fault f;
	int64_t oldest;

	(void)state;
	state_open(&dir);
	for (int i = 0; i < 3000; i++) {
		char name[8], from[20], to[20];

		if (i % 300 == 0)
			segment((uint64_t)i / 300 + 1, SEGMENT(0));
		snprintf(name, sizeof(name), "d%d.f", i * i % MANY);
		snprintf(from, sizeof(from), "10.0.%d.%d", i / 200, i % 200);
		snprintf(to, sizeof(to), "10.1.%d.%d", i / 200, i % 200);
		segment((uint64_t)i / 300 + 1, answer(i, name, from, to));
	}
	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "d%d.f", i);
		list[i] = (struct annals_answer){.domain = names[i], .families = 1 << FAMILY_V4};
	}
	assert_int_equal(annals_answer(&dir, list, MANY, 1500000, &oldest, &f), ANNALS_KNOWN);
	for (int i = 0; i < MANY; i++) {
		const struct annals_rrset *r = &list[i].of[FAMILY_V4], *s = &one.of[FAMILY_V4];

		one = (struct annals_answer){.domain = names[i], .families = 1 << FAMILY_V4};
		annals_answer(&dir, &one, 1, 1500000, &oldest, &f);
		assert_int_equal(r->known, s->known);
		assert_int_equal(r->since, s->since);
		assert_int_equal(r->until, s->until);
		if (r->known)
			assert_string_equal(r->answers, s->answers);
		assert_true(r->since <= 1500000 && (r->until < 0 || r->until > 1500000));
		annals_answer_free(&one, 1);
	}
	annals_answer_free(list, MANY);
	state_remove(&dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_asked_for),
	    cmocka_unit_test(damage),
	    cmocka_unit_test(by_time),
	    cmocka_unit_test(many_segments),
	    cmocka_unit_test(in_pieces),
	    cmocka_unit_test(beginnings),
	    cmocka_unit_test(answers),
	    cmocka_unit_test(many_answers),
	};

	return cmocka_run_group_tests_name("annals", tests, NULL, NULL);
}
