#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/clock.h"
#include "edge/reference.h"

/* References on loopback: a port that listens, and one that does not any more. */

struct port {
	int fd, number;
};

static struct port
listen_somewhere(void)
{
	struct sockaddr_in me = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(me);
	struct port p = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};

	assert_true(p.fd >= 0);
	assert_int_equal(bind(p.fd, (struct sockaddr *)&me, len), 0);
	assert_int_equal(listen(p.fd, 10), 0);
	assert_int_equal(getsockname(p.fd, (struct sockaddr *)&me, &len), 0);
	p.number = ntohs(me.sin_port);
	return p;
}

static struct reference
reference_to(const struct port *p)
{
	struct reference r = {.url = "tcp://x", .host = "127.0.0.1", .type = PROBE_TCP, .port = p->number};

	assert_true(addr_parse("127.0.0.1", &r.addr));
	return r;
}

struct asked {
	struct loop *loop;
	int calls;
	enum reach now;
};

static void
on_call(void *arg, enum reach now)
{
	struct asked *a = arg;

	a->calls++;
	a->now = now;
	loop_stop(a->loop);
}

static enum reach
ask(struct references *f, struct asked *a, int64_t began)
{
	enum reach now = references_ask(f, began, on_call, a);

	if (now != REACH_LATER)
		return now;
	a->calls = 0;
	loop_run(a->loop);
	assert_int_equal(a->calls, 1);
	return a->now;
}

static void
rounds(void **state)
{
	struct asked a = {.loop = loop_new()};
	struct prober *p = prober_new(a.loop, &(struct prober_options){0});
	struct references *f = references_new(a.loop, p);
	struct port open = listen_somewhere(), shut = listen_somewhere();
	struct reference list[2] = {reference_to(&open), reference_to(&shut)};
	enum reach now;
	int64_t since, before = clock_mono();

	(void)state;
	close(shut.fd);
	assert_int_equal(ask(f, &a, before), REACH_SOME); /* nobody to ask */
	assert_false(references_now(f, &now, &since));

	references_set(f, list, 2);
	assert_true(references_now(f, &now, &since));
	assert_int_equal(now, REACH_UNKNOWN);
	assert_int_equal(ask(f, &a, before), REACH_SOME); /* one of two */
	/* What began before that round has its answer at once, what began later waits for another. */
	assert_int_equal(references_ask(f, before, on_call, &a), REACH_SOME);
	close(open.fd);
	assert_int_equal(references_ask(f, before, on_call, &a), REACH_SOME);
	assert_int_equal(ask(f, &a, clock_mono() + 1), REACH_NONE);
	assert_true(references_now(f, &now, &since));
	assert_int_equal(now, REACH_NONE);
	assert_true(since > 0 && since <= clock_wall());

	references_set(f, NULL, 0);
	assert_int_equal(ask(f, &a, clock_mono()), REACH_SOME);
	references_free(f);
	prober_free(p);
	loop_free(a.loop);
}

/* Who still waits at the end, or when the list is taken away, is told. */
static void
nobody_is_forgotten(void **state)
{
	struct asked a = {.loop = loop_new()}, b = {.loop = a.loop};
	struct prober *p = prober_new(a.loop, &(struct prober_options){0});
	struct references *f = references_new(a.loop, p);
	struct port open = listen_somewhere();
	struct reference list[1] = {reference_to(&open)};

	(void)state;
	references_set(f, list, 1);
	assert_int_equal(references_ask(f, clock_mono() + 1000000, on_call, &a), REACH_LATER);
	references_set(f, NULL, 0);
	assert_int_equal(a.calls, 1);
	assert_int_equal(a.now, REACH_SOME);
	references_set(f, list, 1);
	assert_int_equal(references_ask(f, clock_mono() + 1000000, on_call, &a), REACH_LATER);
	assert_int_equal(references_ask(f, clock_mono() + 1000000, on_call, &b), REACH_LATER);
	references_free(f);
	assert_int_equal(a.calls, 2);
	assert_int_equal(a.now, REACH_UNKNOWN);
	assert_int_equal(b.calls, 1);
	assert_int_equal(prober_running(p), 0);
	close(open.fd);
	prober_free(p);
	loop_free(a.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rounds), cmocka_unit_test(nobody_is_forgotten)};

	return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
