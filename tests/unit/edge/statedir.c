#include "state.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static void
opening(void **state)
{
	struct statedir dir, again;
	struct fault f;
	char path[128];

	(void)state;
	state_open(&dir);
	must(statedir_open(&again, dir.path, false, &f), &f);
	assert_false(statedir_replaced(&again));
	snprintf(path, sizeof(path), "%s/none", state_root);
	assert_int_equal(statedir_open(&again, path, false, &f), -1);
	assert_true(f.temporary);
	assert_int_equal(mkdir(path, 0750), 0);
	assert_int_equal(statedir_open(&again, path, false, &f), -1);
	assert_true(f.temporary);
	/* A directory of something else is not made into one. */
	snprintf(path, sizeof(path), "%s/none/file", state_root);
	close(open(path, O_CREAT | O_WRONLY, 0640));
	*strrchr(path, '/') = '\0';
	assert_int_equal(statedir_open(&again, path, true, &f), -1);
	assert_false(f.temporary);
	strcat(path, "/file");
	assert_int_equal(statedir_open(&again, path, true, &f), -1);
	assert_false(f.temporary);
	state_append(&dir, "format", "2");
	assert_int_equal(statedir_open(&again, dir.path, true, &f), -1);
	assert_non_null(strstr(f.text, "fodns-state 1"));
	state_remove(&dir);
}

static void
recorder_lock(void **state)
{
	struct statedir dir;
	struct fault f;
	int a = -1, b = -1;

	(void)state;
	state_open(&dir);
	assert_int_equal(statedir_record(&dir, &a, &f), 0);
	assert_int_equal(statedir_record(&dir, &b, &f), 1);
	close(a);
	assert_int_equal(statedir_record(&dir, &b, &f), 0);
	close(b);
	state_remove(&dir);
}

static void
configs(void **state)
{
	struct statedir dir;
	struct timespec old[2] = {{100, 0}, {100, 0}};
	struct fault f;
	struct stat st;
	char path[4096];

	(void)state;
	state_open(&dir);
	assert_int_equal(statedir_last_config(&dir, path, &f), 1);
	must(statedir_keep_config(&dir, "aa", "one\n", 4, &f), &f);
	must(statedir_keep_config(&dir, "bb", "two\n", 4, &f), &f);
	assert_int_equal(utimensat(dir.fd, "config/aa.yaml", old, 0), 0);
	must(statedir_last_config(&dir, path, &f), &f);
	assert_non_null(strstr(path, "/config/bb.yaml"));
	assert_int_equal(utimensat(dir.fd, "config/bb.yaml", old, 0), 0);
	must(statedir_keep_config(&dir, "aa", "one\n", 4, &f), &f);
	must(statedir_last_config(&dir, path, &f), &f);
	assert_non_null(strstr(path, "/config/aa.yaml"));
	assert_int_equal(fstatat(dir.fd, "config/aa.yaml", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(statedir_keep_config(&dir, "../x", "", 0, &f), -1);
	state_remove(&dir);
}

static void
stats(void **state)
{
	struct statedir dir;
	struct buf b;
	struct fault f;

	(void)state;
	state_open(&dir);
	buf_init(&b);
	assert_int_equal(statedir_read_stats(&dir, "serve", &b, &f), 1);
	buf_puts(&b, "{\"pid\":1}\n");
	must(statedir_stats(&dir, "serve", &b, &f), &f);
	must(statedir_stats(&dir, "serve", &b, &f), &f);
	buf_clear(&b);
	must(statedir_read_stats(&dir, "serve", &b, &f), &f);
	assert_string_equal(b.data, "{\"pid\":1}\n");
	assert_int_equal(statedir_stats(&dir, "../serve", &b, &f), -1);
	buf_free(&b);
	state_remove(&dir);
}

/* Root on another user's directory: what it writes is that user's. */
static void
becomes_owner(void **state)
{
	struct statedir dir;
	struct fault f;
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		return; /* a skip() is "not ok" in the TAP of cmocka 1.1 */
	state_open(&dir);
	assert_int_equal(chmod(state_root, 0755), 0);
	assert_int_equal(fchown(dir.fd, 65534, 65534), 0);
	assert_int_equal(fchownat(dir.fd, "format", 65534, 65534, 0), 0);
	pid = fork();
	if (pid == 0) {
		struct override o = {.domain = "d", .state = OVERRIDE_UP};
		struct statedir mine;
		struct stat st;
		int death = 0;

		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (statedir_open(&mine, dir.path, false, &f) < 0 || geteuid() != 65534 ||
		    getegid() != 65534 || journal_override(&mine, &o, 1, 0, &f) < 0 ||
		    fstatat(mine.fd, "overrides/000000000001.jsonl", &st, 0) < 0 ||
		    st.st_uid != 65534)
			_exit(1);
		/* To become another user must not make it outlive its parent. */
		if (prctl(PR_GET_PDEATHSIG, &death) < 0 || death != SIGTERM)
			_exit(2);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	state_remove(&dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(opening), cmocka_unit_test(recorder_lock), cmocka_unit_test(configs),
	    cmocka_unit_test(stats),   cmocka_unit_test(becomes_owner),
	};

	return cmocka_run_group_tests_name("statedir", tests, NULL, NULL);
}
