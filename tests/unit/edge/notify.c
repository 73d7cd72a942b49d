#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/notify.h"

/* The abstract name space leaves nothing behind in the file system. */
static void
one_datagram(void **state)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char name[64], got[64];
	int n = snprintf(name, sizeof(name), "@fodns-notify-test-%d", (int)getpid());
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)state;
	memcpy(un.sun_path + 1, name + 1, (size_t)n - 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)), 0);
	unsetenv("NOTIFY_SOCKET");
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "no/path", 1);
	notify_send("READY=1");
	assert_int_equal(recv(fd, got, sizeof(got), 0), -1);
	setenv("NOTIFY_SOCKET", name, 1);
	notify_send("READY=1\nSTATUS=here");
	assert_int_equal(recv(fd, got, sizeof(got), 0), 19);
	assert_memory_equal(got, "READY=1\nSTATUS=here", 19);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(one_datagram)};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
