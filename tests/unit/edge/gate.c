#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edge/gate.h"

static struct gate_entry *closed[16];
static size_t nclosed;

static void
note(struct gate_entry *e)
{
	closed[nclosed++] = e;
}

static void
setup(struct gate *g, size_t most, size_t most_per_addr)
{
	*g = (struct gate){.most = most, .most_per_addr = most_per_addr, .headers_ms = 10,
	    .request_ms = 30, .idle_ms = 60, .close = note};
	gate_init(g);
	nclosed = 0;
}

static struct addr
address(const char *s)
{
	struct addr a;

	assert_true(addr_parse(s, &a));
	return a;
}

static void
enter(struct gate *g, struct gate_entry *e, const char *s, int64_t now)
{
	struct addr a = address(s);

	gate_admit(g, &a);
	gate_enter(g, e, &a, now);
}

/* Bytes that drip in move nothing: only a whole request line, all headers and an answer do. */
static void
deadlines(void **state)
{
	struct gate g;
	struct gate_entry drip = {0}, slow_headers = {0}, slow_body = {0}, good = {0};

	(void)state;
	setup(&g, 10, 10);
	enter(&g, &drip, "192.0.2.1", 0);
	enter(&g, &slow_headers, "192.0.2.1", 0);
	enter(&g, &slow_body, "192.0.2.1", 0);
	enter(&g, &good, "192.0.2.1", 0);
	gate_request(&g, &slow_headers, 9);
	gate_request(&g, &slow_body, 9);
	gate_headers_done(&slow_body);
	gate_request(&g, &good, 1);
	gate_headers_done(&good);
	gate_idle(&g, &good, 2);
	gate_sweep(&g, 10);
	assert_int_equal(nclosed, 0);
	gate_sweep(&g, 11);
	assert_int_equal(nclosed, 2);
	assert_true(closed[0] == &drip && closed[1] == &slow_headers);
	gate_sweep(&g, 30);
	assert_int_equal(nclosed, 2);
	gate_sweep(&g, 31);
	assert_true(nclosed == 3 && closed[2] == &slow_body);
	gate_request(&g, &good, 61); /* a second request has its own time */
	gate_sweep(&g, 71);
	assert_int_equal(nclosed, 3);
	gate_sweep(&g, 72);
	assert_true(nclosed == 4 && closed[3] == &good);
	assert_int_equal(g.n, 0);
	assert_int_equal(g.late, 4);
	gate_sweep(&g, 1000); /* each is closed once */
	assert_int_equal(nclosed, 4);
	gate_leave(&g, &drip);
	assert_int_equal(g.n, 0);
}

static void
idle_is_not_late(void **state)
{
	struct gate g;
	struct gate_entry e = {0};

	(void)state;
	setup(&g, 10, 10);
	enter(&g, &e, "192.0.2.1", 0);
	gate_request(&g, &e, 1);
	gate_headers_done(&e);
	gate_idle(&g, &e, 2);
	gate_sweep(&g, 62);
	assert_int_equal(nclosed, 0);
	gate_sweep(&g, 63);
	assert_int_equal(nclosed, 1);
	assert_int_equal(g.late, 0);
}

/* At a cap the one that waited longest goes, of the same address if that one has too many. */
static void
caps(void **state)
{
	struct gate g;
	struct gate_entry a1 = {0}, a2 = {0}, a3 = {0}, b1 = {0}, c1 = {0};

	(void)state;
	setup(&g, 3, 2);
	enter(&g, &b1, "192.0.2.2", 0);
	enter(&g, &a1, "192.0.2.1", 1);
	enter(&g, &a2, "192.0.2.1", 2);
	assert_int_equal(nclosed, 0);
	enter(&g, &a3, "192.0.2.1", 3);
	assert_true(nclosed == 1 && closed[0] == &a1); /* not b1, which is older */
	gate_leave(&g, &a1);
	gate_request(&g, &b1, 4);
	gate_idle(&g, &b1, 5);
	enter(&g, &c1, "2001:db8::1", 6);
	assert_true(nclosed == 2 && closed[1] == &a2); /* b1 moved on since */
	assert_int_equal(g.n, 3);
	assert_int_equal(g.evicted, 2);
	assert_int_equal(g.entered, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deadlines), cmocka_unit_test(idle_is_not_late), cmocka_unit_test(caps),
	};

	return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
