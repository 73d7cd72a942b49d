#include "state.h"

#include <errno.h>
#include <sys/file.h>
#include <utime.h>

#define ONE "reports/a1/000000000001.jsonl"
#define TWO "reports/a1/000000000002.jsonl"

/* What a first report leaves: names, modes, the first line. */
static void
first_report(void **state)
{
	struct statedir dir;
	struct recorder *rec;
	struct report r = a_report("a1", 1);
	struct fault f;
	struct stat st;
	mode_t mask = umask(077);

	(void)state;
	state_open(&dir);
	rec = recorder_new(&dir);
	must(recorder_reports(rec, &r, 1, 0, &f), &f);
	assert_true(r.received > 0 && r.boot_ms >= 0);
	assert_int_equal(count(state_text(&dir, ONE), "\n"), 2);
	assert_int_equal(
	    strncmp(state_text(&dir, ONE), "{\"type\":\"segment\",\"format\":1,\"boot_id\":\"", 39),
	    0);
	assert_int_equal(count(state_text(&dir, ONE), "\"agent\":\"a1\""), 1);
	assert_string_equal(state_text(&dir, "format"), "fodns-state 1\n");
	assert_int_equal(fstatat(dir.fd, ONE, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(fstatat(dir.fd, "reports/a1/lock", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fstatat(dir.fd, "reports/a1", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 02750);
	recorder_free(rec);
	state_remove(&dir);
	umask(mask);
}

/* An id can only become an encoded name inside reports/. */
static void
hostile_ids(void **state)
{
	static const char *const ids[][2] = {
	    {"../x", "reports/%2E.%2Fx"},     {"..", "reports/%2E."},     {".", "reports/%2E"},
	    {"/etc/x", "reports/%2Fetc%2Fx"}, {"a/b", "reports/a%2Fb"},   {"UP", "reports/%55%50"},
	    {"lock", "reports/lock"},         {"%2E", "reports/%252%45"},
	};
	static const char *const none[] = {"", "a\nb", "\x7f", "\xff"};
	struct statedir dir;
	struct recorder *rec;
	struct fault f;
	struct stat st;

	(void)state;
	state_open(&dir);
	rec = recorder_new(&dir);
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		struct report r = a_report(ids[i][0], 1);

		must(recorder_reports(rec, &r, 1, 0, &f), &f);
		assert_int_equal(fstatat(dir.fd, ids[i][1], &st, 0), 0);
		assert_true(S_ISDIR(st.st_mode));
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		struct report r = a_report(none[i], 1);

		assert_int_equal(recorder_reports(rec, &r, 1, 0, &f), -1);
		assert_false(f.temporary);
	}
	assert_int_equal(fstatat(dir.fd, "x", &st, 0), -1);
	assert_int_equal(fstatat(dir.fd, "../x", &st, 0), -1);
	recorder_free(rec);
	state_remove(&dir);
}

/* A line without its end gets one in front of the next batch; nothing is cut away. */
static void
torn_tail(void **state)
{
	struct statedir dir;
	struct journal j;
	struct report r = a_report("a1", 1);
	struct fault f;

	(void)state;
	state_open(&dir);
	must(journal_open(&j, &dir, "reports/a1", "a1", &f), &f);
	must(journal_reports(&j, &r, 1, 0, &f), &f);
	state_append(&dir, ONE, "{\"agent_id\":\"a1\",\"ti");
	must(journal_reports(&j, &r, 1, 0, &f), &f);
	must(journal_reports(&j, &r, 1, 0, &f), &f);
	assert_int_equal(count(state_text(&dir, ONE), "\n"), 5);
	assert_int_equal(count(state_text(&dir, ONE), "\"ti\n{\"agent_id\""), 1);
	journal_close(&j);
	/* So it does for one that opens the journal anew. */
	state_append(&dir, ONE, "x");
	must(journal_open(&j, &dir, "reports/a1", "a1", &f), &f);
	must(journal_reports(&j, &r, 1, 0, &f), &f);
	assert_int_equal(count(state_text(&dir, ONE), "\nx\n{\"agent_id\""), 1);
	journal_close(&j);
	state_remove(&dir);
}

static void
another_boot(void **state)
{
	struct statedir dir;
	struct journal j;
	struct report r = a_report("a1", 1);
	struct fault f;

	(void)state;
	state_open(&dir);
	statedir_boot_id_set("b1");
	must(journal_open(&j, &dir, "reports/a1", "a1", &f), &f);
	must(journal_reports(&j, &r, 1, 0, &f), &f);
	journal_close(&j);
	statedir_boot_id_set("b2");
	must(journal_open(&j, &dir, "reports/a1", "a1", &f), &f);
	must(journal_reports(&j, &r, 1, 0, &f), &f);
	assert_int_equal(count(state_text(&dir, ONE), "\n{\"type\":\"seal\","), 1);
	assert_int_equal(count(state_text(&dir, ONE), "\n"), 3);
	assert_int_equal(count(state_text(&dir, TWO), "\"boot_id\":\"b2\""), 1);
	assert_int_equal(count(state_text(&dir, TWO), "\n"), 2);
	journal_close(&j);
	state_remove(&dir);
}

/* Two writers of one journal: each sees what the other did under the lock. */
static void
two_writers(void **state)
{
	struct statedir dir;
	struct journal a, b;
	struct report r = a_report("a1", 1);
	struct fault f;

	(void)state;
	state_open(&dir);
	must(journal_open(&a, &dir, "reports/a1", "a1", &f), &f);
	must(journal_open(&b, &dir, "reports/a1", "a1", &f), &f);
	for (int i = 0; i < 5; i++) {
		must(journal_reports(&a, &r, 1, 0, &f), &f);
		must(journal_reports(&b, &r, 1, 0, &f), &f);
	}
	assert_int_equal(count(state_text(&dir, ONE), "\n"), 11);
	/* One seals; the other follows to the successor. */
	statedir_boot_id_set("another");
	a.size = -1;
	must(journal_reports(&a, &r, 1, 0, &f), &f);
	must(journal_reports(&b, &r, 1, 0, &f), &f);
	assert_int_equal(b.number, 2);
	assert_int_equal(count(state_text(&dir, TWO), "\n"), 3);
	/* Who does not wait is told so at once, and nothing is written. */
	assert_int_equal(flock(a.lockfd, LOCK_EX), 0);
	assert_int_equal(journal_reports(&b, &r, 1, 0, &f), -1);
	assert_true(f.temporary);
	assert_int_equal(count(state_text(&dir, TWO), "\n"), 3);
	flock(a.lockfd, LOCK_UN);
	journal_close(&a);
	journal_close(&b);
	state_remove(&dir);
}

static void
rotation(void **state)
{
	struct statedir dir;
	struct journal j;
	struct report r = a_report("a1", 1);
	struct fault f;

	(void)state;
	state_open(&dir);
	must(journal_open(&j, &dir, "reports/a1", "a1", &f), &f);
	must(journal_reports(&j, &r, 1, 0, &f), &f);
	j.opened -= SEGMENT_MS;
	must(journal_reports(&j, &r, 1, 0, &f), &f);
	assert_int_equal(j.number, 2);
	assert_int_equal(count(state_text(&dir, ONE), "seal"), 1);
	/* A sparse file stands in for 64 MiB of reports. */
	assert_int_equal(ftruncate(j.fd, SEGMENT_BYTES), 0);
	must(journal_reports(&j, &r, 1, 0, &f), &f);
	assert_int_equal(j.number, 3);
	journal_close(&j);
	state_remove(&dir);
}

/* Somebody clears the directory while we write to it. */
static void
taken_away(void **state)
{
	struct statedir dir;
	struct recorder *rec;
	struct report r = a_report("a1", 1);
	struct fault f;
	char command[4200];

	(void)state;
	state_open(&dir);
	rec = recorder_new(&dir);
	must(recorder_reports(rec, &r, 1, 0, &f), &f);
	assert_int_equal(unlinkat(dir.fd, ONE, 0), 0);
	must(recorder_reports(rec, &r, 1, 0, &f), &f);
	assert_int_equal(count(state_text(&dir, ONE), "\n"), 2);
	snprintf(command, sizeof(command), "rm -rf '%s/reports'", dir.path);
	assert_int_equal(system(command), 0);
	must(recorder_reports(rec, &r, 1, 0, &f), &f);
	assert_int_equal(count(state_text(&dir, ONE), "\n"), 2);
	recorder_free(rec);
	state_remove(&dir);
}

/* What is in the way is never followed, read or written. */
static void
in_the_way(void **state)
{
	struct statedir dir;
	struct journal j;
	struct report r = a_report("a1", 1);
	struct fault f;

	(void)state;
	state_open(&dir);
	must(journal_open(&j, &dir, "reports/a1", "a1", &f), &f);
	assert_int_equal(symlinkat("/dev/null", dir.fd, ONE), 0);
	assert_int_equal(journal_reports(&j, &r, 1, 0, &f), -1);
	unlinkat(dir.fd, ONE, 0);
	assert_int_equal(mkfifoat(dir.fd, ONE, 0640), 0);
	assert_int_equal(journal_reports(&j, &r, 1, 0, &f), -1);
	unlinkat(dir.fd, ONE, 0);
	must(journal_reports(&j, &r, 1, 0, &f), &f);
	journal_close(&j);
	assert_int_equal(symlinkat("/tmp", dir.fd, "reports/a2"), 0);
	assert_int_equal(journal_open(&j, &dir, "reports/a2", "a2", &f), -1);
	state_remove(&dir);
}

static void
no_more_agents(void **state)
{
	struct statedir dir;
	struct journal j;
	struct fault f;
	char name[64];

	(void)state;
	state_open(&dir);
	must(journal_open(&j, &dir, "reports/a1", "a1", &f), &f);
	journal_close(&j);
	for (int i = 1; i < LIMIT_AGENTS; i++) {
		snprintf(name, sizeof(name), "reports/b%d", i);
		assert_int_equal(mkdirat(dir.fd, name, 0750), 0);
	}
	assert_int_equal(journal_open(&j, &dir, "reports/c", "c", &f), -1);
	assert_non_null(strstr(f.text, "4096 agents"));
	must(journal_open(&j, &dir, "reports/a1", "a1", &f), &f);
	journal_close(&j);
	state_remove(&dir);
}

static void
many_agents(void **state)
{
	struct statedir dir;
	struct recorder *rec;
	struct fault f;
	char id[16];

	(void)state;
	state_open(&dir);
	rec = recorder_new(&dir);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 300; i++) {
			struct report r;

			snprintf(id, sizeof(id), "a%d", i);
			r = a_report(id, 1);
			must(recorder_reports(rec, &r, 1, 0, &f), &f);
		}
	assert_int_equal(count(state_text(&dir, "reports/a299/000000000001.jsonl"), "\n"), 3);
	assert_int_equal(count(state_text(&dir, "reports/a0/000000000001.jsonl"), "\n"), 3);
	recorder_free(rec);
	state_remove(&dir);
}

static void
overrides(void **state)
{
	struct statedir dir;
	struct override o = {.domain = "d", .target = "192.0.2.1", .state = OVERRIDE_CLEAR};
	struct fault f;

	(void)state;
	state_open(&dir);
	must(journal_override(&dir, &o, 1, 0, &f), &f);
	assert_true(o.at > 0 && o.until == o.at);
	assert_int_equal(count(state_text(&dir, "overrides/000000000001.jsonl"), "\n"), 2);
	state_remove(&dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_report),   cmocka_unit_test(hostile_ids),
	    cmocka_unit_test(torn_tail),      cmocka_unit_test(another_boot),
	    cmocka_unit_test(two_writers),    cmocka_unit_test(rotation),
	    cmocka_unit_test(taken_away),     cmocka_unit_test(in_the_way),
	    cmocka_unit_test(no_more_agents), cmocka_unit_test(many_agents),
	    cmocka_unit_test(overrides),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
