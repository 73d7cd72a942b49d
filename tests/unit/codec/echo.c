#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codec/echo.h"

static const uint64_t key[2] = {1, 2};

static struct addr
at(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

static struct echo
some(uint32_t slot, const struct addr *to)
{
	struct echo e = {.slot = slot, .serial = 7, .attempt = 2};

	e.tag = echo_tag(key, &e, to);
	return e;
}

static void
same(const struct echo *a, const struct echo *b)
{
	assert_int_equal(a->slot, b->slot);
	assert_int_equal(a->serial, b->serial);
	assert_int_equal(a->attempt, b->attempt);
	assert_true(a->tag == b->tag);
}

/* The sum over all 16 bit words of an ICMP message is 0xffff (RFC 792). */
static unsigned
sum(const uint8_t *p, size_t n)
{
	unsigned s = 0;

	for (size_t i = 0; i < n; i += 2)
		s += (unsigned)(p[i] << 8 | (i + 1 < n ? p[i + 1] : 0));
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

static void
requests(void **state)
{
	static const size_t sizes[] = {24, 25, 26, 27, 56, 57, 1399, 1400};
	struct addr to = at("192.0.2.1");
	struct echo e = some(0x12345, &to);
	uint8_t p[ECHO_MOST];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		assert_int_equal(echo_write(p, &e, FAMILY_V4, 0xabcd, sizes[i]), 8 + sizes[i]);
		assert_int_equal(sum(p, 8 + sizes[i]), 0xffff);
		assert_memory_equal(p, "\x08\x00", 2);
		assert_memory_equal(p + 4, "\xab\xcd\x23\x45", 4);
	}
	assert_int_equal(echo_write(p, &e, FAMILY_V6, 0xabcd, 56), 64);
	assert_memory_equal(p, "\x80\x00\x00\x00\xab\xcd\x23\x45", 8);
}

static void
replies(void **state)
{
	struct addr to = at("192.0.2.1");
	struct echo e = some(3, &to);
	struct echo_seen s;
	uint8_t p[60 + ECHO_MOST] = {0x46}; /* an IP header of 24 bytes */

	(void)state;
	p[9] = 1;
	echo_write(p + 24, &e, FAMILY_V4, 1, 56);
	echo_read(&s, p, 24 + 64, FAMILY_V4, true);
	assert_int_equal(s.what, ECHO_OTHER); /* a request is no reply */
	p[24] = 0;
	echo_read(&s, p, 24 + 64, FAMILY_V4, true);
	assert_int_equal(s.what, ECHO_REPLY);
	assert_true(s.whole);
	assert_int_equal(s.size, 56);
	assert_int_equal(s.seq, 3);
	same(&s.echo, &e);
	echo_read(&s, p + 24, 64, FAMILY_V4, false);
	same(&s.echo, &e);
	echo_read(&s, p + 24, 8 + 23, FAMILY_V4, false); /* too short for who asked */
	assert_int_equal(s.what, ECHO_REPLY);
	assert_false(s.whole);
	for (size_t n = 0; n < 24 + 8; n++) {
		echo_read(&s, p, n, FAMILY_V4, true);
		assert_int_equal(s.what, ECHO_OTHER);
	}
	p[24] = 129;
	echo_read(&s, p + 24, 64, FAMILY_V6, false);
	assert_int_equal(s.what, ECHO_REPLY);
}

/* Each bit of it counts, and of the IP header none. */
static void
sums(void **state)
{
	struct addr to = at("192.0.2.1");
	struct echo e = some(3, &to);
	uint8_t p[60 + ECHO_MOST] = {0x46};

	(void)state;
	p[9] = 1;
	echo_write(p + 24, &e, FAMILY_V4, 1, 57);
	assert_true(echo_intact(p, 24 + 65));
	for (size_t bit = 0; bit < 65 * 8; bit++) {
		p[24 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(echo_intact(p, 24 + 65));
		p[24 + bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	p[5] = 7;
	assert_true(echo_intact(p, 24 + 65));
	assert_false(echo_intact(p, 24 + 64 - 20));
	assert_false(echo_intact(p, 10));
	p[9] = 17;
	assert_false(echo_intact(p, 24 + 65));
}

/* The hash is over all of it and over the address. */
static void
tags(void **state)
{
	struct addr to = at("192.0.2.1"), other = at("192.0.2.2");
	struct echo e = some(3, &to), f = e;
	static const uint64_t key2[2] = {1, 3};

	(void)state;
	assert_true(echo_tag(key, &f, &to) == e.tag);
	assert_false(echo_tag(key, &f, &other) == e.tag);
	assert_false(echo_tag(key2, &f, &to) == e.tag);
	f.attempt++;
	assert_false(echo_tag(key, &f, &to) == e.tag);
	f = e;
	f.serial++;
	assert_false(echo_tag(key, &f, &to) == e.tag);
	f = e;
	f.slot++;
	assert_false(echo_tag(key, &f, &to) == e.tag);
}

/* An error of type and code about p, 8 + n bytes of the request; returns its length. */
static size_t
error(uint8_t *p, enum family f, uint8_t type, uint8_t code, const struct addr *to, size_t n)
{
	struct echo e = some(3, to);
	size_t ip = f == FAMILY_V4 ? 20 : 40;

	memset(p, 0, 8 + ip);
	p[0] = type;
	p[1] = code;
	p[8] = f == FAMILY_V4 ? 0x45 : 0x60;
	p[8 + (f == FAMILY_V4 ? 9 : 6)] = f == FAMILY_V4 ? 1 : 58;
	memcpy(p + 8 + (f == FAMILY_V4 ? 16 : 24), to->b, f == FAMILY_V4 ? 4 : 16);
	echo_write(p + 8 + ip, &e, f, 1, 56);
	return 8 + ip + 8 + n;
}

static void
errors(void **state)
{
	static const struct {
		enum family f;
		uint8_t type, code;
		const char *why;
	} rows[] = {
		{FAMILY_V4, 3, 0, "network unreachable"}, {FAMILY_V4, 3, 1, "host unreachable"},
		{FAMILY_V4, 3, 3, "port unreachable"}, {FAMILY_V4, 3, 4, NULL},
		{FAMILY_V4, 3, 10, "administratively prohibited"},
		{FAMILY_V4, 3, 13, "administratively prohibited"},
		{FAMILY_V4, 3, 200, "host unreachable"},
		{FAMILY_V4, 11, 0, "time to live exceeded"}, {FAMILY_V4, 12, 0, "protocol error"},
		{FAMILY_V6, 1, 0, "network unreachable"},
		{FAMILY_V6, 1, 1, "administratively prohibited"},
		{FAMILY_V6, 1, 3, "host unreachable"}, {FAMILY_V6, 1, 4, "port unreachable"},
		{FAMILY_V6, 1, 99, "host unreachable"}, {FAMILY_V6, 3, 0, "time to live exceeded"},
		{FAMILY_V6, 4, 1, "protocol error"},
	};
	uint8_t p[48 + ECHO_MOST];
	struct echo_seen s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct addr to = at(rows[i].f == FAMILY_V4 ? "192.0.2.9" : "2001:db8::9");
		size_t n = error(p, rows[i].f, rows[i].type, rows[i].code, &to, 24);

		echo_read(&s, p, n, rows[i].f, false);
		assert_int_equal(s.what, ECHO_REFUSED);
		if (rows[i].why)
			assert_string_equal(s.why, rows[i].why);
		else
			assert_null(s.why);
		assert_true(addr_equal(&s.to, &to));
		assert_true(s.whole);
		assert_true(s.echo.tag == echo_tag(key, &s.echo, &to));
		echo_read(&s, p, n - 24, rows[i].f, false); /* no more than what must be quoted */
		assert_int_equal(s.what, ECHO_REFUSED);
		assert_false(s.whole);
		assert_int_equal(s.seq, 3);
		assert_true(addr_equal(&s.to, &to));
		echo_read(&s, p, n - 25, rows[i].f, false);
		assert_int_equal(s.what, ECHO_OTHER);
	}
}

/* Errors about what is no echo request, and what is no error. */
static void
strangers(void **state)
{
	struct addr to = at("192.0.2.9"), six = at("2001:db8::9");
	uint8_t p[48 + ECHO_MOST];
	struct echo_seen s;
	size_t n = error(p, FAMILY_V4, 3, 1, &to, 24);

	(void)state;
	p[8 + 9] = 17; /* UDP */
	echo_read(&s, p, n, FAMILY_V4, false);
	assert_int_equal(s.what, ECHO_OTHER);
	n = error(p, FAMILY_V4, 3, 1, &to, 24);
	p[8] = 0x44; /* a header shorter than any */
	echo_read(&s, p, n, FAMILY_V4, false);
	assert_int_equal(s.what, ECHO_OTHER);
	n = error(p, FAMILY_V4, 3, 1, &to, 24);
	p[28] = 0; /* somebody's reply */
	echo_read(&s, p, n, FAMILY_V4, false);
	assert_int_equal(s.what, ECHO_OTHER);
	n = error(p, FAMILY_V4, 4, 0, &to, 24); /* source quench is history */
	echo_read(&s, p, n, FAMILY_V4, false);
	assert_int_equal(s.what, ECHO_OTHER);
	n = error(p, FAMILY_V6, 2, 0, &six, 24); /* too big: the kernel's affair */
	echo_read(&s, p, n, FAMILY_V6, false);
	assert_int_equal(s.what, ECHO_OTHER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(requests), cmocka_unit_test(replies), cmocka_unit_test(sums),
	    cmocka_unit_test(tags), cmocka_unit_test(errors), cmocka_unit_test(strangers)};

	return cmocka_run_group_tests_name("echo", tests, NULL, NULL);
}
