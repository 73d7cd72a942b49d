#include "state.h"

#include "edge/snapfile.h"

#define A1 "reports/a1/"

/* What a sweep handed over, as one line of text. */
static struct buf seen;

static void
on_report(void *arg, struct report *r)
{
	(void)arg;
	buf_printf(&seen, "%s%s:%d", seen.len ? " " : "", r->agent_id, (int)r->seq);
}

static void
on_override(void *arg, struct override *o)
{
	(void)arg;
	buf_printf(&seen, "%s%s", seen.len ? " " : "", override_state_word(o->state));
}

static void
on_bad(void *arg, const char *where, const char *why)
{
	(void)arg;
	buf_printf(&seen, "%sbad(%s: %s)", seen.len ? " " : "", where, why);
}

static const struct sweep_calls calls = {NULL, on_report, on_override, on_bad};

static void
put(const struct statedir *dir, const char *agent, uint64_t seq)
{
	struct recorder *rec = recorder_new(dir);
	struct report r = a_report(agent, seq);
	struct fault f;

	must(recorder_reports(rec, &r, 1, 0, &f), &f);
	recorder_free(rec);
}

/* Reads from the places on, and says where it came to. */
static const char *
read_on(const struct statedir *dir, struct places *p, int64_t *whole)
{
	struct fault f;
	struct sweep *s = sweep_new(dir, INT64_MIN, &calls, &f);

	buf_clear(&seen);
	buf_add(&seen, "", 0);
	assert_non_null(s);
	if (p->n && whole)
		*whole = sweep_whole_behind(dir, p);
	sweep_resume(s, p);
	while (sweep_start(s, 0, &f) == 1)
		continue;
	if (!p->n && whole && *whole == 0)
		*whole = sweep_whole(s);
	sweep_places(s, p);
	sweep_free(s);
	return seen.data ? seen.data : "";
}

static void
go_on(void **state)
{
	struct places p = {0};
	struct statedir dir;
	int64_t whole = 0;

	(void)state;
	state_open(&dir);
	put(&dir, "a1", 1);
	put(&dir, "a2", 1);
	assert_string_equal(read_on(&dir, &p, &whole), "a1:1 a2:1");
	assert_true(whole == INT64_MIN);
	assert_int_equal(p.n, 2);
	assert_int_equal(places_find(&p, "reports/a1")->segment, 1);
	assert_int_equal(places_find(&p, "reports/a1")->line, 2);
	assert_null(places_find(&p, "reports/a3"));
	assert_string_equal(read_on(&dir, &p, NULL), "");
	put(&dir, "a1", 2);
	put(&dir, "a3", 1); /* unknown: from its beginning */
	assert_string_equal(read_on(&dir, &p, NULL), "a1:2 a3:1");
	/* The line that is no record is counted on. */
	state_append(&dir, A1 "000000000001.jsonl", "nonsense\n");
	assert_non_null(strstr(read_on(&dir, &p, NULL), "bad(reports/a1/000000000001.jsonl:4: "));
	/* Half a line is read when it is whole. */
	state_append(&dir, A1 "000000000001.jsonl", "non");
	assert_string_equal(read_on(&dir, &p, NULL), "");
	state_append(&dir, A1 "000000000001.jsonl", "sense\n");
	assert_non_null(strstr(read_on(&dir, &p, NULL), "bad(reports/a1/000000000001.jsonl:5: "));
	places_free(&p);
	state_remove(&dir);
}

/* Another boot begins the next segment. */
static void
over_segments(void **state)
{
	struct places p = {0};
	struct statedir dir;
	int64_t whole;

	(void)state;
	state_open(&dir);
	put(&dir, "a1", 1);
	read_on(&dir, &p, NULL);
	statedir_boot_id_set("0123456789abcdef0123456789abcdef");
	put(&dir, "a1", 2);
	assert_string_equal(read_on(&dir, &p, &whole), "a1:2");
	assert_true(whole == INT64_MIN);
	assert_int_equal(places_find(&p, "reports/a1")->segment, 2);
	/* What it was read of is deleted: nothing is missing while its end was seen. */
	statedir_boot_id_set("1123456789abcdef0123456789abcdef");
	put(&dir, "a1", 3);
	statedir_boot_id_set("2123456789abcdef0123456789abcdef");
	put(&dir, "a1", 4);
	unlinkat(dir.fd, A1 "000000000001.jsonl", 0);
	assert_string_equal(read_on(&dir, &p, &whole), "a1:3 a1:4");
	assert_true(whole == INT64_MIN);
	/* Its end was not seen, or the one behind it is gone. */
	statedir_boot_id_set("3123456789abcdef0123456789abcdef");
	put(&dir, "a1", 5);
	unlinkat(dir.fd, A1 "000000000004.jsonl", 0);
	assert_string_equal(read_on(&dir, &p, &whole), "a1:5");
	assert_true(whole > 0 && whole < INT64_MAX);
	/* Without places its beginning is missed. */
	places_free(&p);
	whole = 0;
	assert_string_equal(read_on(&dir, &p, &whole), "a1:2 a1:3 a1:5");
	assert_true(whole > 0 && whole < INT64_MAX);
	places_free(&p);
	state_remove(&dir);
}

/* A journal that is another one, or less of it than was read. */
static void
replaced(void **state)
{
	struct places p = {0};
	struct statedir dir;
	int64_t whole;

	(void)state;
	state_open(&dir);
	put(&dir, "a1", 1);
	put(&dir, "a1", 2);
	read_on(&dir, &p, NULL);
	unlinkat(dir.fd, A1 "000000000001.jsonl", 0);
	usleep(2000); /* its first line has another time */
	put(&dir, "a1", 3);
	assert_string_equal(read_on(&dir, &p, NULL), "a1:3");
	/* The host lost its power, and the segment what was not on disk. */
	put(&dir, "a1", 4);
	assert_string_equal(read_on(&dir, &p, NULL), "a1:4");
	{
		int fd = openat(dir.fd, A1 "000000000001.jsonl", O_WRONLY);

		assert_int_equal(ftruncate(fd, places_find(&p, "reports/a1")->offset - 100), 0);
		close(fd);
	}
	statedir_boot_id_set("0123456789abcdef0123456789abcdef");
	put(&dir, "a1", 5);
	assert_non_null(strstr(read_on(&dir, &p, &whole), "a1:5"));
	assert_true(whole == INT64_MIN);
	assert_int_equal(places_find(&p, "reports/a1")->segment, 2);
	/* Gone as a whole. */
	unlinkat(dir.fd, A1 "000000000001.jsonl", 0);
	unlinkat(dir.fd, A1 "000000000002.jsonl", 0);
	unlinkat(dir.fd, A1 "lock", 0);
	assert_int_equal(unlinkat(dir.fd, "reports/a1", AT_REMOVEDIR), 0);
	assert_string_equal(read_on(&dir, &p, &whole), "");
	assert_true(whole == INT64_MIN);
	places_free(&p);
	state_remove(&dir);
}

/* What a start from a snapshot would read stays, however little may be kept. */
static void
retained(void **state)
{
	struct places p = {0};
	struct statedir dir;
	struct fault f;
	char boot[33] = "0123456789abcdef0123456789abcdef";

	(void)state;
	state_open(&dir);
	for (int i = 1; i <= 4; i++) {
		boot[0] = (char)('0' + i);
		statedir_boot_id_set(boot);
		put(&dir, "a1", (uint64_t)i);
		if (i == 2)
			read_on(&dir, &p, NULL);
	}
	must(sweep_retain(&dir, "reports", INT64_MAX, 1, &p, &f), &f);
	assert_null(state_text(&dir, A1 "000000000001.jsonl"));
	assert_non_null(state_text(&dir, A1 "000000000002.jsonl"));
	assert_string_equal(read_on(&dir, &p, NULL), "a1:3 a1:4");
	must(sweep_retain(&dir, "reports", INT64_MAX, 1, NULL, &f), &f);
	assert_null(state_text(&dir, A1 "000000000003.jsonl"));
	assert_non_null(state_text(&dir, A1 "000000000004.jsonl"));
	places_free(&p);
	state_remove(&dir);
}

static void
snapshot_file(const struct statedir *dir, const char *text)
{
	struct snapfile_writer w;
	struct fault f;

	must(snapfile_create(&w, dir, &f), &f);
	must(snapfile_add(&w, text, strlen(text), &f), &f);
	must(snapfile_commit(&w, &f), &f);
}

/* Numbered, whole or not there, never taken from elsewhere. */
static void
snapfiles(void **state)
{
	struct snapfile_reader r;
	struct snapfile_writer w;
	struct statedir dir;
	struct fault f;
	uint64_t *list;
	size_t n, len;
	char *line;

	(void)state;
	state_open(&dir);
	must(snapfile_list(&dir, &list, &n, &f), &f);
	assert_int_equal(n, 0);
	snapshot_file(&dir, "one\ntwo\nthr");
	snapshot_file(&dir, "");
	must(snapfile_create(&w, &dir, &f), &f); /* and dies */
	close(w.fd);
	close(w.dirfd);
	assert_non_null(state_text(&dir, "snap/000000000002.jsonl"));
	must(snapfile_list(&dir, &list, &n, &f), &f);
	assert_int_equal(n, 2);
	assert_int_equal(list[1], 2);
	free(list);
	must(snapfile_open(&r, &dir, 1, &f), &f);
	assert_int_equal(snapfile_line(&r, &line, &len, &f), 1);
	assert_memory_equal(line, "one\n", 4);
	assert_int_equal(snapfile_line(&r, &line, &len, &f), 1);
	assert_memory_equal(line, "two\n", 4);
	assert_int_equal(snapfile_line(&r, &line, &len, &f), -1);
	assert_string_equal(f.text, "ends within a line");
	snapfile_close(&r);
	snapshot_file(&dir, "three\n"); /* sweeps up what the dead one left */
	{
		char path[96], leftover[160];

		snprintf(path, sizeof(path), "%s/s/snap", state_root);
		snprintf(leftover, sizeof(leftover), "test \"$(ls -A %s | wc -l)\" = 3", path);
		assert_int_equal(system(leftover), 0);
	}
	must(snapfile_delete(&dir, 2, &f), &f);
	must(snapfile_delete(&dir, 2, &f), &f); /* it is not there, as was wanted */
	assert_int_equal(symlinkat("000000000001.jsonl", openat(dir.fd, "snap", O_RDONLY), "000000000007.jsonl"), 0);
	assert_int_equal(snapfile_open(&r, &dir, 7, &f), -1);
	state_remove(&dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(go_on), cmocka_unit_test(over_segments), cmocka_unit_test(replaced),
		cmocka_unit_test(retained), cmocka_unit_test(snapfiles),
	};

	return cmocka_run_group_tests_name("places", tests, NULL, NULL);
}
