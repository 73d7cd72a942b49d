#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/writer.h"

struct world {
	struct loop *loop;
	int pipe[2];
	int err;
};

static void
on_broken(void *arg, int err)
{
	struct world *w = arg;

	w->err = err;
	loop_stop(w->loop);
}

static void
world_open(struct world *w)
{
	w->loop = loop_new();
	w->err = 0;
	assert_int_equal(pipe(w->pipe), 0);
}

static void
world_close(struct world *w)
{
	close(w->pipe[0]);
	close(w->pipe[1]);
	loop_free(w->loop);
}

static void
whole(void **state)
{
	struct world world;
	struct writer *w;
	char text[64] = "";

	(void)state;
	world_open(&world);
	w = writer_new(world.loop, world.pipe[1], 1000, on_broken, &world);
	assert_non_null(w);
	assert_true(writer_put(w, "one\n", 4));
	assert_true(writer_put(w, "two\n", 4));
	assert_int_equal(writer_close(w, -1), 0);
	assert_int_equal(read(world.pipe[0], text, sizeof(text) - 1), 8);
	assert_string_equal(text, "one\ntwo\n");
	world_close(&world);
}

/* Nobody reads: the pipe fills, then the queue; the rest is dropped, nothing blocks, nothing is cut. */
static void
drops(void **state)
{
	enum { LINE = 1000, CAP = 100 * LINE };
	static char line[LINE + 1];
	struct world world;
	struct writer *w;
	size_t taken = 0, got = 0;
	ssize_t n;
	char sink[65536];

	(void)state;
	memset(line, 'x', LINE);
	world_open(&world);
	w = writer_new(world.loop, world.pipe[1], CAP, on_broken, &world);
	for (int i = 0; i < 1000; i++)
		taken += writer_put(w, line, LINE);
	assert_int_equal(writer_drops(w), 1000 - taken);
	assert_in_range(taken, CAP / LINE, 1000 - 1);
	assert_false(writer_put(w, line, CAP + 1));
	while (got < taken * LINE) {
		n = read(world.pipe[0], sink, sizeof(sink));
		assert_true(n > 0);
		got += (size_t)n;
	}
	assert_int_equal(writer_close(w, -1), 0);
	assert_int_equal(got, taken * LINE);
	world_close(&world);
}

static void
broken(void **state)
{
	struct world world;
	struct writer *w;

	(void)state;
	world_open(&world);
	close(world.pipe[0]);
	w = writer_new(world.loop, world.pipe[1], 1000, on_broken, &world);
	writer_put(w, "x", 1);
	loop_run(world.loop);
	assert_int_equal(world.err, EPIPE);
	assert_false(writer_put(w, "x", 1));
	assert_int_equal(writer_close(w, -1), EPIPE);
	world.pipe[0] = dup(world.pipe[1]);
	world_close(&world);
}

/* A loop that ended before the bell: the error is told at the close. */
static void
unheard(void **state)
{
	struct world world;
	struct writer *w;

	(void)state;
	world_open(&world);
	close(world.pipe[0]);
	w = writer_new(world.loop, world.pipe[1], 1000, on_broken, &world);
	writer_put(w, "x", 1);
	assert_int_equal(writer_close(w, -1), EPIPE);
	assert_int_equal(world.err, 0);
	world.pipe[0] = dup(world.pipe[1]);
	world_close(&world);
}

/* Whoever stops does not wait for a reader that sleeps. */
static void
stuck(void **state)
{
	static char much[200000];
	struct world world;
	struct writer *w;

	(void)state;
	memset(much, 'x', sizeof(much));
	world_open(&world);
	w = writer_new(world.loop, world.pipe[1], sizeof(much), on_broken, &world);
	assert_true(writer_put(w, much, sizeof(much)));
	assert_int_equal(writer_close(w, 1), ETIMEDOUT);
	/* Its thread ends with the reader. */
	close(world.pipe[0]);
	world.pipe[0] = dup(world.pipe[1]);
	loop_free(world.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(whole), cmocka_unit_test(drops),
	    cmocka_unit_test(broken),
	    cmocka_unit_test(unheard), cmocka_unit_test(stuck)};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
