#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/agentdir.h"

static void
which_directory(void **state)
{
	char path[4096], long_path[5000];
	struct fault f;

	(void)state;
	assert_int_equal(agentdir_path(path, "/srv/spool", &f), 0);
	assert_string_equal(path, "/srv/spool");
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[0] = '/';
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(agentdir_path(path, long_path, &f), -1);

	setenv("XDG_STATE_HOME", "/xdg", 1);
	assert_int_equal(agentdir_path(path, NULL, &f), 0);
	assert_string_equal(path, geteuid() ? "/xdg/fodns/spool" : "/var/lib/fodns/spool");
	setenv("XDG_STATE_HOME", "relative", 1);
	setenv("HOME", "/home/u", 1);
	assert_int_equal(agentdir_path(path, NULL, &f), 0);
	assert_string_equal(path, geteuid() ? "/home/u/.local/state/fodns/spool"
	                                    : "/var/lib/fodns/spool");
}

static void
made_when_wanted(void **state)
{
	char base[] = "/tmp/fodns-agentdir.XXXXXX", path[128], cmd[128];
	struct fault f;
	struct stat st;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(base));
	snprintf(path, sizeof(path), "%s/a/b", base);
	assert_int_equal(agentdir_open(path, 0, &f), -2);
	fd = agentdir_open(path, 1, &f);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	close(fd);
	fd = agentdir_open(path, 0, &f);
	assert_true(fd >= 0);
	close(fd);

	snprintf(path, sizeof(path), "%s/file", base);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	assert_int_equal(agentdir_open(path, 1, &f), -1);
	assert_non_null(strstr(f.text, path));
	snprintf(cmd, sizeof(cmd), "rm -r %s", base);
	assert_int_equal(system(cmd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(which_directory),
	                                   cmocka_unit_test(made_when_wanted)};

	return cmocka_run_group_tests_name("agentdir", tests, NULL, NULL);
}
