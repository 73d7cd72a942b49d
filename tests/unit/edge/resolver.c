#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "codec/wire.h"
#include "edge/resolver.h"

/* A DNS server on the same loop: what it says of a name is in the name's first letter. */
struct server {
	struct loop *loop;
	struct loop_io io;
	struct addr addr;
	int fd, port;
	unsigned asked;
};

static size_t
say(uint8_t *p, size_t n)
{
	size_t end = 12, name = 13;
	uint16_t type;

	while (p[end])
		end += p[end] + 1U;
	type = wire_get16(p + end + 1);
	n = end + 5;
	wire_put16(p + 6, 0);
	wire_put16(p + 8, 0);
	wire_put16(p + 10, 0);
	p[2] = 0x85;
	p[3] = p[name] == 'n' ? RCODE_NXDOMAIN : p[name] == 'f' ? RCODE_SERVFAIL : RCODE_NOERROR;
	if (!((p[name] == 'a' && type == TYPE_A) || (p[name] == 'q' && type == TYPE_AAAA)))
		return n; /* e…: no data */
	wire_put16(p + 6, 1);
	wire_put16(p + n, 0xc00c);
	wire_put16(p + n + 2, type);
	wire_put16(p + n + 4, CLASS_IN);
	wire_put32(p + n + 6, 1);
	wire_put16(p + n + 10, type == TYPE_A ? 4 : 16);
	memset(p + n + 12, 0, 16);
	if (type == TYPE_A)
		memcpy(p + n + 12, "\x7f\0\0\x09", 4);
	else
		p[n + 27] = 1;
	return n + 12 + (type == TYPE_A ? 4 : 16);
}

static void
on_query(struct loop_io *w, int events)
{
	struct server *s = w->arg;
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	uint8_t p[1024];
	ssize_t n = recvfrom(s->fd, p, 512, MSG_DONTWAIT, (struct sockaddr *)&from, &len);

	(void)events;
	if (n < 17)
		return;
	s->asked++;
	if (p[13] != 's') /* s…: silence */
		assert_true(sendto(s->fd, p, say(p, (size_t)n), 0, (struct sockaddr *)&from, len) > 0);
}

static void
server_start(struct server *s, struct loop *l)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	memset(s, 0, sizeof(*s));
	s->loop = l;
	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &len), 0);
	s->port = ntohs(at.sin_port);
	addr_parse("127.0.0.1", &s->addr);
	loop_io_start(l, &s->io, s->fd, LOOP_READ, on_query, s);
}

static void
server_stop(struct server *s)
{
	loop_io_stop(&s->io);
	close(s->fd);
}

struct result {
	struct loop *loop;
	int calls, how;
	struct addr addr;
};

static void
on_done(void *arg, enum resolved how, const struct addr *a)
{
	struct result *r = arg;

	r->calls++;
	r->how = (int)how;
	if (how == RESOLVED_ADDRESS)
		r->addr = *a;
	loop_stop(r->loop);
}

static void
answers(void **state)
{
	static const struct {
		const char *name;
		int how;
		const char *addr;
	} rows[] = {
		{"a.example", RESOLVED_ADDRESS, "127.0.0.9"}, {"q.example", RESOLVED_ADDRESS, "::1"},
		{"n.example", RESOLVED_NOTHING, ""}, {"e.example", RESOLVED_NOTHING, ""},
		{"f.example", RESOLVED_FAILED, ""}, {"s.example", RESOLVED_FAILED, ""},
		{"a.example", RESOLVED_ADDRESS, "127.0.0.9"},
	};
	struct loop *l = loop_new();
	struct resolver *r;
	struct server s;

	(void)state;
	server_start(&s, l);
	r = resolver_new(l, &s.addr, s.port);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct result got = {.loop = l, .how = -1};
		char text[ADDR_TEXT] = "";

		resolver_lookup(r, rows[i].name, rows[i].name[0] == 's' ? 50 : 20000, on_done, &got);
		assert_int_equal(got.calls, 0); /* not from within */
		loop_run(l);
		assert_int_equal(got.calls, 1);
		assert_int_equal(got.how, rows[i].how);
		if (got.how == RESOLVED_ADDRESS)
			addr_format(text, &got.addr);
		assert_string_equal(text, rows[i].addr);
	}
	resolver_free(r);
	server_stop(&s);
	loop_free(l);
}

/* A name's address is asked for each time: nothing is remembered. */
static void
asks_anew(void **state)
{
	struct loop *l = loop_new();
	struct result got = {.loop = l};
	struct resolver *r;
	struct server s;
	unsigned before;

	(void)state;
	server_start(&s, l);
	r = resolver_new(l, &s.addr, s.port);
	resolver_lookup(r, "a.example", 20000, on_done, &got);
	loop_run(l);
	before = s.asked;
	resolver_lookup(r, "a.example", 20000, on_done, &got);
	loop_run(l);
	assert_int_equal(s.asked, 2 * before);
	assert_int_equal(got.calls, 2);
	resolver_free(r);
	server_stop(&s);
	loop_free(l);
}

/* Freed in the middle of a lookup, and after its deadline while c-ares still waits: no call follows. */
static void
freed_early(void **state)
{
	struct loop *l = loop_new();
	struct result first = {.loop = l}, second = {.loop = l};
	struct resolver *r;
	struct server s;

	(void)state;
	server_start(&s, l);
	r = resolver_new(l, &s.addr, s.port);
	resolver_lookup(r, "s.example", 10, on_done, &first);
	resolver_lookup(r, "s2.example", 60000, on_done, &second);
	loop_run(l);
	assert_int_equal(first.calls, 1);
	assert_int_equal(first.how, RESOLVED_FAILED);
	resolver_free(r);
	assert_int_equal(first.calls + second.calls, 1);
	resolver_free(NULL);
	server_stop(&s);
	loop_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(asks_anew),
		cmocka_unit_test(freed_early),
	};

	return cmocka_run_group_tests_name("resolver", tests, NULL, NULL);
}
