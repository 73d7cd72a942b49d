#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static bool
all_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Memory is zero and apart, however large the pieces are. */
static void
pieces(void **state)
{
	static const size_t sizes[] = {1, 17, 4000, 5000, 3, 100000, 5 << 20, 40};
	struct arena a;
	char *before = NULL;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		char *p = arena_alloc(&a, sizes[i]);

		assert_true(all_zero(p, sizes[i]));
		assert_int_equal((uintptr_t)p % 8, 0);
		memset(p, 'x', sizes[i]);
		assert_true(!before || *before == 'x');
		before = p;
	}
	assert_string_equal(arena_strdup(&a, "text"), "text");
	arena_free(&a);
	arena_free(&a);
	assert_int_equal(a.total, 0);
}

/* Back to a mark: what was before stays, what comes then is zero again. */
static void
marks(void **state)
{
	struct arena a;
	struct arena_mark empty, some;
	char *kept, *p;
	size_t total;

	(void)state;
	arena_init(&a);
	empty = arena_mark(&a);
	kept = arena_strdup(&a, "kept");
	some = arena_mark(&a);
	total = a.total;
	p = arena_alloc(&a, 100);
	memset(p, 'x', 100);
	memset(arena_alloc(&a, 1 << 20), 'x', 1 << 20);
	memset(arena_alloc(&a, 6 << 20), 'x', 6 << 20);
	arena_rewind(&a, some);
	assert_int_equal(a.total, total);
	assert_ptr_equal(arena_alloc(&a, 100), p);
	assert_true(all_zero(p, 100));
	assert_string_equal(kept, "kept");
	arena_rewind(&a, empty);
	assert_int_equal(a.total, 0);
	assert_non_null(arena_alloc(&a, 1));
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(pieces), cmocka_unit_test(marks)};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
