#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/records.h"
#include "edge/spoolfile.h"

static char base[64];

static int
make_base(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/fodns-spool.XXXXXX");
	return mkdtemp(base) ? 0 : -1;
}

static int
remove_base(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", base);
	return system(cmd);
}

/* Report number n of check `check`, taken at second n. */
static void
add(struct parcel *p, int check, int n)
{
	char line[512];
	struct report r;
	struct buf b;
	int len = snprintf(line, sizeof(line),
	                   "{\"agent_id\":\"a1\",\"timestamp\":%d,\"check_name\":\"c%d\","
	                   "\"domain\":\"d%d.failover\",\"type\":\"tcp\",\"target_ip\":\"192.0.2."
	                   "1\",\"port\":80,\"status\":\"ok\","
	                   "\"latency_ms\":%d,\"reason\":null}",
	                   1700000000 + n, check, check, n);

	buf_init(&b);
	assert_int_equal(report_read(&r, line, (size_t)len, NULL), 0);
	report_write(&b, &r);
	parcel_add(p, b.data, b.len)->input = 1;
	buf_free(&b);
}

/* "c1/3 c2/1": check and number of each line, in order. */
static const char *
told(const struct parcel *p)
{
	static char text[4096];
	struct report r;
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < p->n; i++) {
		assert_int_equal(
		    report_read(&r, p->text.data + p->items[i].off, p->items[i].len - 1, NULL), 0);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s/%d", i ? " " : "",
		                      r.check_name, (int)r.latency_ms);
	}
	return text;
}

static void
settle(struct spool *s, struct parcel *p, enum parcel_fate fate)
{
	for (size_t i = 0; i < p->n; i++)
		p->items[i].fate = fate;
	spool_settle(s, p);
	parcel_clear(p);
}

static void
put(struct spool *s, int check, int from, int to)
{
	struct parcel p;
	struct fault f;

	parcel_init(&p);
	for (int n = from; n <= to; n++)
		add(&p, check, n);
	assert_int_equal(spool_add(s, &p, &f), 0);
	parcel_free(&p);
}

static int
files(void)
{
	char path[128];
	struct dirent *e;
	int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/m1", base);
	d = opendir(path);
	while (d && (e = readdir(d)))
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static void
newest_then_backlog(void **state)
{
	struct spool *s = spool_new(base, "m1", 1 << 20);
	struct parcel p, q;

	(void)state;
	parcel_init(&p);
	parcel_init(&q);
	put(s, 1, 1, 3);
	put(s, 2, 1, 1);
	assert_int_equal(spool_count(s), 4);

	assert_int_equal(spool_newest(s, &p, 1, 1 << 20), 1);
	assert_int_equal(spool_newest(s, &p, 10, 1 << 20), 1);
	assert_non_null(strstr(told(&p), "c1/3"));
	assert_non_null(strstr(told(&p), "c2/1"));
	assert_false(spool_has_newest(s));

	assert_int_equal(spool_backlog(s, &q, 1, 1 << 20), 1);
	assert_string_equal(told(&q), "c1/1");
	settle(s, &q, FATE_TAKEN);
	assert_int_equal(spool_backlog(s, &q, 10, 1 << 20), 1);
	assert_string_equal(told(&q), "c1/2");
	settle(s, &q, FATE_REFUSED);
	assert_int_equal(files(), 1);
	settle(s, &p, FATE_TAKEN);
	assert_int_equal(spool_count(s), 0);
	assert_int_equal(files(), 0);
	parcel_free(&p);
	parcel_free(&q);
	spool_free(s);
}

static void
what_failed_comes_back(void **state)
{
	struct spool *s = spool_new(base, "m1", 1 << 20);
	struct parcel p, q;
	struct report r;

	(void)state;
	parcel_init(&p);
	parcel_init(&q);
	put(s, 1, 1, 2);
	spool_newest(s, &p, 10, 1 << 20);
	settle(s, &p, FATE_OPEN);
	assert_int_equal(spool_count(s), 2);
	assert_int_equal(spool_newest(s, &p, 10, 1 << 20), 1);
	assert_string_equal(told(&p), "c1/2");

	/* While it was under way a newer one went another way: it is backlog now. */
	add(&q, 1, 3);
	assert_int_equal(report_read(&r, q.text.data, q.items[0].len - 1, NULL), 0);
	spool_supersede(s, &r);
	settle(s, &p, FATE_OPEN);
	assert_false(spool_has_newest(s));
	assert_int_equal(spool_newest(s, &p, 10, 1 << 20), 0);
	assert_int_equal(spool_backlog(s, &p, 10, 1 << 20), 2);
	assert_string_equal(told(&p), "c1/1 c1/2");
	settle(s, &p, FATE_TAKEN);
	assert_int_equal(spool_count(s), 0);
	parcel_free(&p);
	parcel_free(&q);
	spool_free(s);
}

static void
outlives_its_writer(void **state)
{
	struct spool *s = spool_new(base, "m1", 1 << 20), *other;
	struct parcel p;
	struct fault f;
	char path[128];
	int fd;

	(void)state;
	parcel_init(&p);
	put(s, 1, 1, 2);
	other = spool_new(base, "m1", 1 << 20);
	assert_int_equal(spool_load(other, &f), 0);
	assert_int_equal(spool_count(other), 0); /* its writer lives: not ours */
	spool_free(other);
	spool_free(s);

	snprintf(path, sizeof(path), "%s/m1/000000000001.jsonl", base);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "{\"agent_id\":\"a", 14),
	                 14); /* killed in the middle of a write */
	close(fd);

	s = spool_new(base, "m1", 1 << 20);
	assert_int_equal(spool_load(s, &f), 0);
	assert_int_equal(spool_count(s), 2);
	put(s, 2, 1, 1);
	assert_int_equal(files(), 1);
	assert_int_equal(spool_backlog(s, &p, 10, 1 << 20), 3);
	assert_string_equal(told(&p), "c1/1 c1/2 c2/1");
	settle(s, &p, FATE_TAKEN);
	assert_int_equal(files(), 0);
	parcel_free(&p);
	spool_free(s);
}

static void
cap_drops_the_oldest(void **state)
{
	struct spool *s = spool_new(base, "m1", 20000);
	struct parcel p;
	uint64_t kept;

	(void)state;
	parcel_init(&p);
	for (int i = 0; i < 20; i++)
		put(s, 1, i * 10 + 1, i * 10 + 10);
	kept = spool_count(s);
	assert_int_equal(kept + spool_dropped(s), 200);
	assert_true(spool_dropped(s) > 0);
	assert_true(kept > 40);
	assert_int_equal(spool_newest(s, &p, 1, 1 << 20), 1);
	assert_string_equal(told(&p), "c1/200");
	settle(s, &p, FATE_TAKEN);
	assert_int_equal(spool_backlog(s, &p, 1000, 1 << 20), kept - 1);
	settle(s, &p, FATE_TAKEN);
	assert_int_equal(files(), 0);

	/* More than fits at once: nothing is kept, all is counted. */
	spool_free(s);
	s = spool_new(base, "m1", 100);
	put(s, 1, 1, 3);
	assert_int_equal(spool_count(s), 0);
	assert_int_equal(spool_dropped(s), 3);
	parcel_free(&p);
	spool_free(s);
}

static void
survives_its_directory(void **state)
{
	struct spool *s = spool_new(base, "m1", 1 << 20);
	struct parcel p;
	char cmd[128];

	(void)state;
	parcel_init(&p);
	put(s, 1, 1, 2);
	snprintf(cmd, sizeof(cmd), "rm -r %s/m1", base);
	assert_int_equal(system(cmd), 0);
	put(s, 1, 3, 3);
	assert_int_equal(spool_count(s), 1);
	assert_int_equal(spool_backlog(s, &p, 10, 1 << 20), 1);
	assert_string_equal(told(&p), "c1/3");
	settle(s, &p, FATE_TAKEN);
	parcel_free(&p);
	spool_free(s);
}

/* One outage after another, each over at the first try: nothing that comes back is lost or told twice. */
static void
outages(void **state)
{
	struct spool *s = spool_new(base, "m1", 1 << 20);
	struct parcel p, old;

	(void)state;
	parcel_init(&p);
	parcel_init(&old);
	for (int n = 1; n <= 4; n++) {
		put(s, 1, 1, n);
		assert_int_equal(spool_newest(s, &p, 1, 1 << 20), 1);
		assert_int_equal(spool_backlog(s, &p, 100, 1 << 20), n - 1);
		settle(s, &p, FATE_TAKEN);
		assert_int_equal(spool_count(s), 0);
		assert_int_equal(files(), 0);
	}
	/* Its directory is removed while a parcel is under way: what is spooled meanwhile is another's. */
	put(s, 1, 1, 2);
	assert_int_equal(spool_newest(s, &old, 100, 1 << 20), 1);
	spool_dir_lost(s);
	put(s, 2, 1, 2);
	settle(s, &old, FATE_TAKEN);
	assert_int_equal(spool_count(s), 2);
	assert_int_equal(spool_newest(s, &p, 100, 1 << 20), 1);
	assert_int_equal(spool_backlog(s, &p, 100, 1 << 20), 1);
	assert_string_equal(told(&p), "c2/2 c2/1");
	settle(s, &p, FATE_TAKEN);
	assert_int_equal(files(), 0);
	parcel_free(&p);
	parcel_free(&old);
	spool_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(outages, make_base, remove_base),
	    cmocka_unit_test_setup_teardown(newest_then_backlog, make_base, remove_base),
	    cmocka_unit_test_setup_teardown(what_failed_comes_back, make_base, remove_base),
	    cmocka_unit_test_setup_teardown(outlives_its_writer, make_base, remove_base),
	    cmocka_unit_test_setup_teardown(cap_drops_the_oldest, make_base, remove_base),
	    cmocka_unit_test_setup_teardown(survives_its_directory, make_base, remove_base),
	};

	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
