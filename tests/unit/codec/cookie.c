/* DNS cookies, by the examples of RFC 9018 appendix A. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/cookie.h"

static const uint8_t secret[16] = {0xe5, 0xe9, 0x73, 0xe5, 0xa6, 0xb2, 0xa4, 0x3f,
                                   0x48, 0xe7, 0xdc, 0x84, 0x9e, 0x37, 0xbf, 0xcf};
static const uint8_t secret6[16] = {0xdd, 0x3b, 0xdf, 0x93, 0x44, 0xb6, 0x78, 0xb1,
                                    0x85, 0xa6, 0xf5, 0xcb, 0x60, 0xfc, 0xa7, 0x15};
static const uint8_t v4[4] = {198, 51, 100, 100}, other[4] = {198, 51, 100, 101};
static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, 0x02, 0x20, 0x00, 0x01,
                               0x59, 0xde, 0xd0, 0xf4, 0x87, 0x69, 0x82, 0xb8};
static const uint8_t made[24] = {0x24, 0x64, 0xc4, 0xab, 0xcf, 0x10, 0xc9, 0x57,
                                 0x01, 0x00, 0x00, 0x00, 0x5c, 0xf7, 0x9f, 0x11,
                                 0x1f, 0x81, 0x30, 0xc3, 0xee, 0xe2, 0x94, 0x80};
static const uint8_t made6[24] = {0x22, 0x68, 0x1a, 0xb9, 0x7d, 0x52, 0xc2, 0x98,
                                  0x01, 0x00, 0x00, 0x00, 0x5c, 0xf7, 0xc5, 0x79,
                                  0x26, 0x55, 0x6b, 0xd0, 0x93, 0x4c, 0x72, 0xf8};
enum { THEN = 1559731985, THEN6 = 1559741817 };

static void
test_made(void **state)
{
	uint8_t got[24];

	(void)state;
	cookie_make(got, secret, made, v4, 4, THEN);
	assert_memory_equal(got, made, 24);
	cookie_make(got, secret6, made6, v6, 16, THEN6);
	assert_memory_equal(got, made6, 24);
	memcpy(got, made6, 8); /* in place */
	cookie_make(got, secret6, got, v6, 16, THEN6);
	assert_memory_equal(got, made6, 24);
}

static void
test_valid(void **state)
{
	static const struct {
		int64_t later;
		bool valid;
	} rows[] = {{0, true},     {3600, true},  {3601, false},
	            {-300, true},  {-301, false}, {INT32_MIN, false}};
	uint8_t bad[24];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(cookie_valid(secret, made, 24, v4, 4,
		                              (uint32_t)(THEN + rows[i].later)), rows[i].valid);
	assert_true(cookie_valid(secret6, made6, 24, v6, 16, THEN6));
	assert_false(cookie_valid(secret, made, 24, other, 4, THEN));
	assert_false(cookie_valid(secret6, made, 24, v4, 4, THEN));
	assert_false(cookie_valid(secret, made, 8, v4, 4, THEN));
	assert_false(cookie_valid(secret, made, 23, v4, 4, THEN));
	for (size_t i = 0; i < 24; i++) { /* a byte changed, wherever: not ours */
		memcpy(bad, made, 24);
		bad[i] ^= 1;
		assert_false(cookie_valid(secret, bad, 24, v4, 4, THEN));
	}
}

static void
test_lengths(void **state)
{
	(void)state;
	for (size_t n = 0; n < 64; n++)
		assert_int_equal(cookie_length_valid(n), n == 8 || (n >= 16 && n <= 40));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
