#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/handoff.h"
#include "edge/shared.h"

static char text[HANDOFF_TEXT];

/* Files and text arrive together, message by message, closed on exec. */
static void
files_and_text(void **state)
{
	int pair[2], pipes[2], fds[HANDOFF_FDS];
	struct handoff h = {.kind = HANDOFF_STREAM, .gen = 7};
	size_t n, nfds;
	char c = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(handoff_send(pair[0], &h, "line", 4, &pipes[0], 1), 0);
	h.kind = HANDOFF_GO;
	assert_int_equal(handoff_send(pair[0], &h, NULL, 0, NULL, 0), 0);
	assert_int_equal(handoff_receive(pair[1], &h, text, &n, fds, &nfds), 1);
	assert_int_equal(h.kind, HANDOFF_STREAM);
	assert_int_equal(h.gen, 7);
	assert_int_equal(n, 4);
	assert_memory_equal(text, "line", 4);
	assert_int_equal(nfds, 1);
	assert_true(fcntl(fds[0], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	assert_int_equal(read(fds[0], &c, 1), 1);
	assert_int_equal(c, 'x');
	close(fds[0]);
	assert_int_equal(handoff_receive(pair[1], &h, text, &n, fds, &nfds), 1);
	assert_int_equal(h.kind, HANDOFF_GO);
	assert_int_equal(nfds, 0);
	close(pair[0]);
	assert_int_equal(handoff_receive(pair[1], &h, text, &n, fds, &nfds), 0);
	close(pair[1]);
	close(pipes[0]);
	close(pipes[1]);
}

/* A message that is too short is refused, and what came with it is closed. */
static void
too_short(void **state)
{
	struct handoff h;
	int pair[2], fds[HANDOFF_FDS];
	size_t n, nfds;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(send(pair[0], "x", 1, 0), 1);
	assert_int_equal(handoff_receive(pair[1], &h, text, &n, fds, &nfds), -1);
	close(pair[0]);
	close(pair[1]);
}

/* What one mapping counts, the other one sums. */
static void
counters(void **state)
{
	int fd = shared_make();
	struct shared *a = shared_map(fd), *b = shared_map(fd);
	struct answer_counts sum;

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	a->threads = 2;
	a->counts[0].queries[1] = 3;
	a->counts[1].queries[0] = 4;
	a->counts[2].queries[0] = 5;
	a->counts[2].rcodes[3] = 6;
	shared_sum(b, &sum);
	assert_int_equal(sum.queries[0], 9);
	assert_int_equal(sum.queries[1], 3);
	assert_int_equal(sum.rcodes[3], 6);
	assert_int_equal(sum.dropped, 0);
	assert_int_equal(ftruncate(fd, 0), -1); /* a worker cannot take it from its keeper */
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_and_text), cmocka_unit_test(too_short), cmocka_unit_test(counters),
	};

	return cmocka_run_group_tests_name("handoff", tests, NULL, NULL);
}
