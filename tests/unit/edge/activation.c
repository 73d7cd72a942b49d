#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "edge/activation.h"
#include "edge/sockets.h"

static int
bound(int family, int type, bool listening)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in four = {.sin_family = AF_INET};
	int fd = socket(family, type | SOCK_NONBLOCK, 0);

	four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(family == AF_INET ? bind(fd, (struct sockaddr *)&four, sizeof(four))
	                                   : bind(fd, (struct sockaddr *)&six, sizeof(six)), 0);
	if (listening)
		assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void
announce(int pid, const char *fds)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", pid);
	setenv("LISTEN_PID", text, 1);
	setenv("LISTEN_FDS", fds, 1);
	setenv("LISTEN_FDNAMES", "a:b", 1);
}

/* In a process of its own: descriptors from 3 on are what this test makes them. */
static int
in_child(int (*run)(void))
{
	int pid = fork(), status;

	if (pid == 0) {
		for (int fd = 3; fd < 64; fd++)
			close(fd);
		_exit(run());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* 0 if nothing of the variables is left. */
static bool
unset(void)
{
	return !getenv("LISTEN_PID") && !getenv("LISTEN_FDS") && !getenv("LISTEN_FDNAMES");
}

static int
takes(void)
{
	struct activation a;

	bound(AF_INET, SOCK_DGRAM, false);   /* 3 */
	bound(AF_INET, SOCK_STREAM, true);   /* 4 */
	bound(AF_INET6, SOCK_DGRAM, false);  /* 5 */
	bound(AF_INET, SOCK_STREAM, false);  /* 6: not listening */
	(void)!socket(AF_UNIX, SOCK_DGRAM, 0); /* 7 */
	(void)!socket(AF_INET, SOCK_DGRAM, 0); /* 8: not bound */
	(void)!open("/dev/null", O_RDONLY);  /* 9 */
	fcntl(5, F_SETFL, fcntl(5, F_GETFL) & ~O_NONBLOCK);
	fcntl(4, F_SETFL, fcntl(4, F_GETFL) & ~O_NONBLOCK);
	announce(getpid(), "8"); /* 10 is not open */
	activation_take(&a);
	if (!unset() || a.n != 3)
		return 1;
	if (a.sockets[0].fd != 3 || a.sockets[0].tcp || a.sockets[0].listen.addr.family != FAMILY_V4)
		return 2;
	if (a.sockets[1].fd != 4 || !a.sockets[1].tcp || a.sockets[1].listen.port < 1)
		return 3;
	if (a.sockets[2].fd != 5 || a.sockets[2].listen.addr.family != FAMILY_V6)
		return 4;
	if (fcntl(3, F_GETFL) & O_NONBLOCK || !(fcntl(4, F_GETFL) & O_NONBLOCK) ||
	    fcntl(5, F_GETFL) & O_NONBLOCK)
		return 5;
	for (int fd = 3; fd < 6; fd++)
		if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
			return 6;
	for (int fd = 6; fd < 10; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 7;
	return 0;
}

static int
of_another(void)
{
	struct activation a;

	bound(AF_INET, SOCK_DGRAM, false);
	announce(getpid() + 1, "1");
	activation_take(&a);
	if (a.n || !unset() || fcntl(3, F_GETFD) < 0)
		return 1;
	announce(getpid(), "x");
	activation_take(&a);
	if (a.n || !unset())
		return 2;
	activation_take(&a);
	return a.n ? 3 : 0;
}

static void
taken_over(void **state)
{
	(void)state;
	assert_int_equal(in_child(takes), 0);
}

static void
not_ours(void **state)
{
	(void)state;
	assert_int_equal(in_child(of_another), 0);
}

static struct activation_socket
socket_of(int family, int type)
{
	struct activation_socket s = {.fd = bound(family, type, type == SOCK_STREAM),
	                              .tcp = type == SOCK_STREAM};

	s.listen.addr.family = family == AF_INET ? FAMILY_V4 : FAMILY_V6;
	s.listen.addr.b[0] = 127;
	s.listen.addr.b[3] = 1;
	s.listen.port = 53;
	return s;
}

/* One address: its UDP socket is shared by the threads, a second listener stands alone. */
static void
grouped(void **state)
{
	struct activation a = {.n = 4};
	struct sockets list[LIMIT_LISTENS];
	struct fault f;
	size_t n;

	(void)state;
	a.sockets[0] = socket_of(AF_INET, SOCK_DGRAM);
	a.sockets[1] = socket_of(AF_INET, SOCK_STREAM);
	a.sockets[2] = socket_of(AF_INET, SOCK_STREAM);
	a.sockets[3] = socket_of(AF_INET, SOCK_DGRAM);
	n = sockets_adopt(list, &a);
	assert_int_equal(n, 2);
	assert_int_equal(sockets_complete(&list[0], 3, &f), 0);
	assert_int_equal(sockets_complete(&list[1], 3, &f), 0);
	assert_int_equal(list[0].tcp, a.sockets[1].fd);
	assert_int_equal(list[0].nudp, 3);
	assert_int_equal(list[0].udp[0], a.sockets[0].fd);
	assert_int_equal(list[0].udp[1], a.sockets[3].fd);
	assert_true(fcntl(list[0].udp[2], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(list[1].tcp, a.sockets[2].fd);
	assert_int_equal(list[1].nudp, 0);
	sockets_close(&list[0]);
	sockets_close(&list[1]);
	assert_int_equal(fcntl(a.sockets[3].fd, F_GETFD), -1);
}

/* Every passed socket has a reader, also when fewer threads were asked for. */
static void
more_than_threads(void **state)
{
	struct activation a = {.n = 3};
	struct sockets list[LIMIT_LISTENS];
	struct fault f;

	(void)state;
	a.sockets[0] = socket_of(AF_INET, SOCK_DGRAM);
	a.sockets[1] = socket_of(AF_INET, SOCK_DGRAM);
	a.sockets[2] = socket_of(AF_INET, SOCK_STREAM);
	assert_int_equal(sockets_adopt(list, &a), 1);
	assert_int_equal(sockets_complete(&list[0], 1, &f), 0);
	assert_int_equal(list[0].nudp, 2);
	sockets_close(&list[0]);
}

static int
complete_one(struct sockets *s)
{
	struct activation a = {.n = 1};
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	struct fault f;

	a.sockets[0] = socket_of(AF_INET, SOCK_DGRAM);
	assert_int_equal(getsockname(a.sockets[0].fd, (struct sockaddr *)&at, &len), 0);
	a.sockets[0].listen.port = ntohs(at.sin_port);
	assert_int_equal(sockets_adopt(s, &a), 1);
	return sockets_complete(s, 1, &f);
}

/* What was not passed is bound: TCP beside a UDP socket. */
static void
missing_half(void **state)
{
	struct sockets list[LIMIT_LISTENS];
	int tries = 0;

	(void)state;
	while (complete_one(&list[0]) < 0) /* another program's connection may have that port */
		assert_true(++tries < 50);
	assert_true(list[0].tcp >= 0);
	assert_int_equal(list[0].nudp, 1);
	sockets_close(&list[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken_over),
		cmocka_unit_test(not_ours),
		cmocka_unit_test(grouped),
		cmocka_unit_test(more_than_threads),
		cmocka_unit_test(missing_half),
	};

	log_level(LOG_ERROR);
	return cmocka_run_group_tests_name("activation", tests, NULL, NULL);
}
