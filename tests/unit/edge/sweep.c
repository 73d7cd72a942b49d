#include "state.h"

#include "edge/clock.h"

#define ONE "reports/a1/000000000001.jsonl"

/* What a sweep handed over, as one line of text: "a1:3 override a2:1 bad(...)". */
static struct buf seen;
static struct report last;
static struct override last_override;

static void
on_report(void *arg, struct report *r)
{
	(void)arg;
	buf_printf(&seen, "%s%s:%d", seen.len ? " " : "", r->agent_id, (int)r->seq);
	last = *r;
}

static void
on_override(void *arg, struct override *o)
{
	(void)arg;
	buf_printf(&seen, "%s%s", seen.len ? " " : "", override_state_word(o->state));
	last_override = *o;
}

static void
on_bad(void *arg, const char *where, const char *why)
{
	(void)arg;
	(void)why;
	buf_printf(&seen, "%sbad(%s)", seen.len ? " " : "", where);
}

static const struct sweep_calls calls = {NULL, on_report, on_override, on_bad};

static struct sweep *
start(const struct statedir *dir, int64_t oldest)
{
	struct sweep *s;
	struct fault f;
	int r;

	buf_clear(&seen);
	s = sweep_new(dir, oldest, &calls, &f);
	if (!s)
		fail_msg("%s", f.text);
	while ((r = sweep_start(s, 0, &f)) == 1)
		;
	must(r, &f);
	assert_true(sweep_bell(s) >= 0);
	return s;
}

static const char *
swept(struct sweep *s, bool all)
{
	struct fault f;

	buf_clear(&seen);
	buf_puts(&seen, "");
	buf_add(&seen, "", 0);
	if (sweep_read(s, all, &f) < 0)
		return "fault";
	return seen.data;
}

static void
put(const struct statedir *dir, const char *agent, uint64_t seq)
{
	struct recorder *rec = recorder_new(dir);
	struct report r = a_report(agent, seq);
	struct fault f;

	must(recorder_reports(rec, &r, 1, 0, &f), &f);
	recorder_free(rec);
}

/* New lines, new agents and new kinds are heard by the bell alone. */
static void
follow(void **state)
{
	struct statedir dir;
	struct sweep *s;
	struct override o = {.domain = "d", .state = OVERRIDE_DOWN, .until = OVERRIDE_FOREVER};
	struct fault f;

	(void)state;
	state_open(&dir);
	s = start(&dir, 0);
	assert_string_equal(swept(s, false), "");
	put(&dir, "a1", 1);
	/* Three directories came into being, one after the other. */
	assert_string_equal(swept(s, false), "a1:1");
	put(&dir, "a1", 2);
	put(&dir, "a1", 3);
	assert_string_equal(swept(s, false), "a1:2 a1:3");
	assert_string_equal(swept(s, false), "");
	put(&dir, "a2", 1);
	assert_string_equal(swept(s, false), "a2:1");
	must(journal_override(&dir, &o, 1, 0, &f), &f);
	assert_string_equal(swept(s, false), "down");
	assert_true(last_override.until == OVERRIDE_FOREVER);
	assert_string_equal(swept(s, true), "");
	sweep_free(s);
	state_remove(&dir);
}

/* A line without its newline is not there yet; one that was torn is bad when it has got its end. */
static void
torn(void **state)
{
	struct statedir dir;
	struct sweep *s;
	struct report r = a_report("a1", 2);
	struct buf line;

	(void)state;
	state_open(&dir);
	put(&dir, "a1", 1);
	s = start(&dir, 0);
	assert_string_equal(seen.data, "a1:1");
	buf_init(&line);
	r.received = 5;
	report_write(&line, &r);
	for (size_t i = 0; i + 1 < line.len; i++) {
		char c[2] = {line.data[i], '\0'};

		state_append(&dir, ONE, c);
		assert_string_equal(swept(s, i % 2), "");
	}
	state_append(&dir, ONE, "\n");
	assert_string_equal(swept(s, false), "a1:2");
	state_append(&dir, ONE, "{\"agent_id\":\"a1\",");
	assert_string_equal(swept(s, false), "");
	put(&dir, "a1", 3);
	assert_string_equal(swept(s, false), "bad(reports/a1/000000000001.jsonl:4) a1:3");
	buf_free(&line);
	sweep_free(s);
	state_remove(&dir);
}

/* Another agent's report, no JSON, too long a line: named, and nothing else is lost. */
static void
bad_lines(void **state)
{
	struct statedir dir;
	struct sweep *s;
	struct report r = a_report("a2", 9);
	struct buf b;

	(void)state;
	state_open(&dir);
	put(&dir, "a1", 1);
	buf_init(&b);
	report_write(&b, &r);
	buf_puts(&b, "nonsense\n");
	for (int i = 0; i < 100000; i++)
		buf_putc(&b, 'x');
	buf_puts(&b, "\n\n");
	state_append(&dir, ONE, b.data);
	put(&dir, "a1", 2);
	s = start(&dir, 0);
	/* A bad line is named when it is met, one record ahead of what is handed over. */
	assert_string_equal(
	    seen.data,
	    "bad(reports/a1/000000000001.jsonl:3) "
	    "bad(reports/a1/000000000001.jsonl:4) bad(reports/a1/000000000001.jsonl:5) a1:1 a1:2");
	buf_free(&b);
	sweep_free(s);
	state_remove(&dir);
}

static void
seals(void **state)
{
	struct statedir dir;
	struct sweep *s, *late;

	(void)state;
	state_open(&dir);
	put(&dir, "a1", 1);
	s = start(&dir, 0);
	statedir_boot_id_set("b2");
	put(&dir, "a1", 2);
	statedir_boot_id_set("b3");
	put(&dir, "a1", 3);
	assert_string_equal(swept(s, false), "a1:2 a1:3");
	late = start(&dir, 0);
	assert_string_equal(seen.data, "a1:1 a1:2 a1:3");
	/* A middle segment is deleted before the reader gets there. */
	statedir_boot_id_set("b4");
	put(&dir, "a1", 4);
	statedir_boot_id_set("b5");
	put(&dir, "a1", 5);
	assert_int_equal(unlinkat(dir.fd, "reports/a1/000000000004.jsonl", 0), 0);
	assert_string_equal(swept(late, false), "a1:5");
	/* A segment that never got its seal does not stop the reader when there are later ones. */
	assert_int_equal(renameat(dir.fd, "reports/a1/000000000005.jsonl", dir.fd,
	                          "reports/a1/000000000006.jsonl"),
	                 0);
	put(&dir, "a1", 6);
	put(&dir, "a1", 7);
	sweep_free(late);
	late = start(&dir, 0);
	assert_string_equal(seen.data, "a1:1 a1:2 a1:3 a1:5 a1:6 a1:7");
	sweep_free(s);
	sweep_free(late);
	state_remove(&dir);
}

/* A journal as somebody's programs left it: its lines by (boot_ms, seq). */
static void
journal_of(const struct statedir *dir, const char *agent, const char *boot, const int (*lines)[2],
           size_t n)
{
	struct segment_line head = {.boot_ms = 0};
	char sub[128];
	struct buf b;

	buf_init(&b);
	snprintf(sub, sizeof(sub), "reports/%s", agent);
	mkdirat(dir->fd, "reports", 0750);
	assert_int_equal(mkdirat(dir->fd, sub, 0750), 0);
	snprintf(head.boot_id, sizeof(head.boot_id), "%s", boot);
	snprintf(head.agent, sizeof(head.agent), "%s", agent);
	segment_write(&b, &head, 0);
	for (size_t i = 0; i < n; i++) {
		struct report r = a_report(agent, (uint64_t)lines[i][1]);

		r.boot_ms = lines[i][0];
		r.received = 1000000 + lines[i][0];
		report_write(&b, &r);
	}
	snprintf(sub, sizeof(sub), "reports/%s/000000000001.jsonl", agent);
	state_append(dir, sub, b.data);
	buf_free(&b);
}

/* By (boot_ms, agent, seq); what an earlier boot stored comes first, by received. */
static void
order(void **state)
{
	static const int a[][2] = {{10, 1}, {20, 4}, {20, 3}, {20, 2}, {40, 5}};
	static const int b[][2] = {{5, 1}, {20, 9}, {30, 2}};
	static const int old[][2] = {{15, 1}, {50, 2}};
	static const int older[][2] = {{14, 1}, {15, 2}};
	struct statedir dir;
	struct sweep *s;

	(void)state;
	state_open(&dir);
	statedir_boot_id_set("now");
	journal_of(&dir, "a", "now", a, 5);
	journal_of(&dir, "b", "now", b, 3);
	journal_of(&dir, "c", "then", old, 2);
	journal_of(&dir, "d", "before", older, 2);
	s = start(&dir, 0);
	assert_string_equal(seen.data, "d:1 c:1 d:2 c:2 b:1 a:1 a:2 a:3 a:4 b:9 b:2 a:5");
	sweep_free(s);
	state_remove(&dir);
}

/* Ours count on the monotonic clock, an earlier boot's by received, none is of the future. */
static void
arrivals(void **state)
{
	static const int ours[][2] = {{7, 1}};
	static const int future[][2] = {{2000000000, 1}};
	struct statedir dir;
	struct sweep *s;
	int64_t before = clock_axis();

	(void)state;
	state_open(&dir);
	statedir_boot_id_set("now");
	journal_of(&dir, "a", "now", ours, 1);
	s = start(&dir, 0);
	assert_true(last.arrival == clock_axis_of_mono(7));
	sweep_free(s);
	statedir_boot_id_set("next");
	s = start(&dir, 0);
	assert_true(last.arrival == 1000007);
	sweep_free(s);
	statedir_boot_id_set("now");
	journal_of(&dir, "z", "now", future, 1);
	s = start(&dir, 0);
	assert_string_equal(last.agent_id, "z");
	assert_true(last.arrival >= before && last.arrival <= clock_axis());
	sweep_free(s);
	state_remove(&dir);
}

/* The directory is taken away, and another put in its place: read anew, by itself. */
static void
replaced(void **state)
{
	struct statedir dir, other;
	struct sweep *s;
	struct fault f;
	char command[4200], path[4096 + 8];

	(void)state;
	state_open(&dir);
	put(&dir, "a1", 1);
	s = start(&dir, 0);
	snprintf(path, sizeof(path), "%s.old", dir.path);
	assert_int_equal(rename(dir.path, path), 0);
	sweep_doubt(s);
	assert_string_equal(swept(s, true), "fault");
	assert_string_equal(swept(s, false), "fault");
	must(statedir_open(&other, dir.path, true, &f), &f);
	put(&other, "b1", 7);
	sweep_doubt(s);
	assert_string_equal(swept(s, true), "b1:7");
	/* One agent's directory alone. */
	snprintf(command, sizeof(command), "rm -rf '%s/reports/b1'", dir.path);
	assert_int_equal(system(command), 0);
	put(&other, "b1", 8);
	sweep_doubt(s);
	assert_string_equal(swept(s, true), "b1:8");
	sweep_free(s);
	statedir_close(&other);
	state_remove(&dir);
}

static void
set_time(const struct statedir *dir, const char *sub, int64_t seconds)
{
	struct timespec t[2] = {{seconds, 0}, {seconds, 0}};

	assert_int_equal(utimensat(dir->fd, sub, t, 0), 0);
}

static void
retention(void **state)
{
	static const char *const boots[] = {"b1", "b2", "b3", "b4"};
	struct statedir dir;
	struct sweep *s;
	struct fault f;
	char sub[64];

	(void)state;
	state_open(&dir);
	for (int i = 1; i <= 4; i++) {
		statedir_boot_id_set(boots[i - 1]);
		put(&dir, "a1", (uint64_t)i);
		snprintf(sub, sizeof(sub), "reports/a1/%012d.jsonl", i);
		set_time(&dir, sub, i * 100);
	}
	/* Sealing touched the one before. */
	for (int i = 1; i <= 4; i++) {
		snprintf(sub, sizeof(sub), "reports/a1/%012d.jsonl", i);
		set_time(&dir, sub, i * 100);
	}
	s = start(&dir, 250000);
	assert_string_equal(seen.data, "a1:3 a1:4");
	sweep_free(s);
	/* All too old: still followed from its end. */
	s = start(&dir, 1000000);
	assert_string_equal(seen.data, "");
	put(&dir, "a1", 5);
	assert_string_equal(swept(s, false), "a1:5");
	sweep_free(s);
	must(sweep_retain(&dir, "reports", 250000, UINT64_MAX, NULL, &f), &f);
	s = start(&dir, 0);
	assert_string_equal(seen.data, "a1:3 a1:4 a1:5");
	sweep_free(s);
	/* The last one stays, whatever its size. */
	must(sweep_retain(&dir, "reports", 0, 1, NULL, &f), &f);
	s = start(&dir, 0);
	assert_string_equal(seen.data, "a1:4 a1:5");
	sweep_free(s);
	must(sweep_retain(&dir, "decisions", 0, 1, NULL, &f), &f);
	state_remove(&dir);
}

/* The start ends at the size of its beginning; names that are no agent's are nobody's. */
static void
start_ends(void **state)
{
	struct statedir dir;
	struct sweep *s;
	struct fault f;
	int lines[200][2];

	(void)state;
	state_open(&dir);
	for (int i = 0; i < 200; i++)
		lines[i][0] = i, lines[i][1] = 1;
	journal_of(&dir, "a1", statedir_boot_id(), lines, 200);
	mkdirat(dir.fd, "reports/NOT%zz", 0750);
	mkdirat(dir.fd, "reports/.hidden", 0750);
	state_append(&dir, "reports/file", "x");
	buf_clear(&seen);
	s = sweep_new(&dir, 0, &calls, &f);
	assert_non_null(s);
	assert_int_equal(sweep_start(s, 0, &f), 1);
	put(&dir, "a1", 2);
	while (sweep_start(s, 0, &f) == 1)
		;
	assert_true(sweep_bell(s) >= 0);
	assert_int_equal(count(seen.data, "a1:1"), 200);
	assert_int_equal(count(seen.data, "a1:2"), 0);
	assert_string_equal(swept(s, false), "a1:2");
	sweep_free(s);
	state_remove(&dir);
}

/* More rings than the kernel keeps (16384): none of the lines is missed for it. */
static void
overflow(void **state)
{
	enum { EACH = 9000 };
	struct statedir dir;
	struct recorder *rec;
	struct sweep *s;
	struct fault f;

	(void)state;
	state_open(&dir);
	put(&dir, "a", 0);
	put(&dir, "b", 0);
	s = start(&dir, 0);
	swept(s, false);
	rec = recorder_new(&dir);
	for (int i = 0; i < 2 * EACH; i++) {
		struct report r = a_report(i % 2 ? "a" : "b", 7);

		must(recorder_reports(rec, &r, 1, 0, &f), &f);
	}
	assert_int_equal(count(swept(s, false), ":7"), 2 * EACH);
	assert_string_equal(swept(s, true), "");
	recorder_free(rec);
	sweep_free(s);
	state_remove(&dir);
}

/* What cannot be looked at is a fault until it can be, not only at the moment of the look. */
static void
trouble(void **state)
{
	struct statedir dir;
	struct sweep *s;
	int fd;

	(void)state;
	state_open(&dir);
	put(&dir, "a1", 1);
	s = start(&dir, 0);
	assert_int_equal(renameat(dir.fd, "reports", dir.fd, "away"), 0);
	fd = openat(dir.fd, "reports", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	sweep_doubt(s);
	assert_string_equal(swept(s, true), "fault");
	assert_string_equal(swept(s, true), "fault");
	assert_string_equal(swept(s, false), "fault");
	assert_int_equal(unlinkat(dir.fd, "reports", 0), 0);
	assert_int_equal(renameat(dir.fd, "away", dir.fd, "reports"), 0);
	put(&dir, "a1", 2);
	sweep_doubt(s);
	assert_string_equal(swept(s, true), "a1:1 a1:2");
	sweep_free(s);
	state_remove(&dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(follow),   cmocka_unit_test(torn),      cmocka_unit_test(bad_lines),
	    cmocka_unit_test(seals),    cmocka_unit_test(order),     cmocka_unit_test(arrivals),
	    cmocka_unit_test(replaced), cmocka_unit_test(retention), cmocka_unit_test(start_ends),
	    cmocka_unit_test(overflow), cmocka_unit_test(trouble),
	};
	int r;

	buf_init(&seen);
	buf_puts(&seen, "");
	r = cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
	buf_free(&seen);
	return r;
}
