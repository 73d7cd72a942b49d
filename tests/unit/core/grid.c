#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/grid.h"

/* Columns align by characters; the last one is broken at a space and goes on under itself. */
static void
aligns(void **state)
{
	struct grid g;
	struct buf b = {0};

	(void)state;
	grid_init(&g, 3);
	g.indent = 1;
	g.right = 1u << 1;
	grid_add(&g, PAINT_GOOD, "a");
	grid_add(&g, PAINT_PLAIN, "7");
	grid_add(&g, PAINT_PLAIN, "one two three four five six");
	grid_add(&g, PAINT_PLAIN, "d\xc3\xbc\x1b[2J");
	grid_addf(&g, PAINT_PLAIN, "%d", 1234);
	grid_add(&g, PAINT_PLAIN, NULL);
	grid_write(&g, &b, false, 32);
	assert_string_equal(b.data, " a         7  one two three four\n"
	                            "              five six\n"
	                            " d\xc3\xbc[2J  1234\n");
	grid_free(&g);
	buf_free(&b);
}

static void
paints(void **state)
{
	struct grid g;
	struct buf b = {0};

	(void)state;
	grid_init(&g, 2);
	grid_add(&g, PAINT_BAD, "down");
	grid_add(&g, PAINT_PLAIN, "x");
	grid_write(&g, &b, true, 80);
	assert_string_equal(b.data, "\033[31mdown\033[0m  x\n");
	grid_free(&g);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(aligns), cmocka_unit_test(paints)};

	return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
