#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "codec/wire.h"

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
names(void **state)
{
	static const struct {
		const char *text, *wire;
		size_t n;
		const char *back;
	} rows[] = {
		{".", "", 1, "."},
		{"Failover", "\10failover", 10, "failover."},
		{"a.b.", "\1a\1b", 5, "a.b."},
		{"a\\.b", "\3a.b", 5, "a\\.b."},
		{"\\065\\000\\255", "\3a\0\377", 5, "a\\000\\255."},
		{"*.x", "\1*\1x", 5, "*.x."},
		{"", NULL, 0, NULL},
		{"..", NULL, 0, NULL},
		{"a..b", NULL, 0, NULL},
		{".a", NULL, 0, NULL},
		{"a\\", NULL, 0, NULL},
		{"a\\25", NULL, 0, NULL},
		{"a\\256", NULL, 0, NULL},
		{L63 ".b", "\77" L63 "\1b", 67, L63 ".b."},
		{L63 "a.b", NULL, 0, NULL},
		{L63 "." L63 "." L63 "." L63, NULL, 0, NULL}, /* 257 */
		{L63 "." L63 "." L63, "\77" L63 "\77" L63 "\77" L63, 193, L63 "." L63 "." L63 "."},
	};
	uint8_t wire[WIRE_NAME];
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = wire_name(wire, rows[i].text);

		assert_int_equal(n, rows[i].n);
		if (!n)
			continue;
		assert_memory_equal(wire, rows[i].wire, n);
		assert_string_equal(wire_name_text(text, wire, n), rows[i].back);
	}
}

/* The longest name there is, and one byte more. */
static void
longest(void **state)
{
	char text[300];
	uint8_t wire[WIRE_NAME];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 63; i < 253; i += 64)
		text[i] = '.';
	text[253] = 0;
	assert_int_equal(wire_name(wire, text), 255);
	text[253] = 'a';
	text[254] = 0;
	assert_int_equal(wire_name(wire, text), 0);
}

/* Every byte at every place of names up to 40 bytes: letters fold, nothing else does. */
static void
lower_case(void **state)
{
	uint8_t src[40], dst[40];

	(void)state;
	for (size_t n = 1; n <= sizeof(src); n++)
		for (unsigned c = 0; c < 256; c++) {
			for (size_t i = 0; i < n; i++)
				src[i] = (uint8_t)(c + i * 37);
			memset(dst, 0xee, sizeof(dst));
			wire_lower(dst, src, n);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(dst[i], src[i] >= 'A' && src[i] <= 'Z' ? src[i] + 32 : src[i]);
			assert_true(n == sizeof(dst) || dst[n] == 0xee);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(longest),
	                                   cmocka_unit_test(lower_case)};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
