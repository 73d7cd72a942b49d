#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/portholder.h"

/* A socket on a port that the kernel chose. */
static int
hold(int type, int *port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sin, len), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	return fd;
}

static void
names_this_process(void **state)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM};
	char who[200], pid[40];
	struct addr a, any;
	struct fault f;

	(void)state;
	assert_true(addr_parse("127.0.0.1", &a));
	assert_true(addr_parse("0.0.0.0", &any));
	snprintf(pid, sizeof(pid), "(pid %d)", (int)getpid());
	for (size_t i = 0; i < 2; i++) {
		bool udp = types[i] == SOCK_DGRAM;
		int port, fd = hold(types[i], &port);

		assert_true(portholder_find(who, sizeof(who), &a, port, udp));
		assert_non_null(strstr(who, pid));
		assert_true(portholder_find(who, sizeof(who), &any, port, udp));
		assert_int_equal(portholder_fault(&f, &a, port, udp, EADDRINUSE), -1);
		assert_true(f.temporary);
		assert_non_null(strstr(f.text, pid));
		close(fd);
		assert_false(portholder_find(who, sizeof(who), &a, port, udp));
	}
}

static void
low_port(void **state)
{
	struct addr a;
	struct fault f;

	(void)state;
	assert_true(addr_parse("127.0.0.1", &a));
	portholder_fault(&f, &a, 53, true, EACCES);
	assert_string_equal(f.text, "127.0.0.1:53: a port below 1024 needs root or CAP_NET_BIND_SERVICE");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(names_this_process), cmocka_unit_test(low_port)};

	return cmocka_run_group_tests_name("portholder", tests, NULL, NULL);
}
