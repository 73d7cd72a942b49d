#include "world.h"

#include "core/board.h"

/* No line is wider than the screen and there are no more than it has, whatever its size. */
static void
fits(void **state)
{
	static const char *const files[] = {"fodns-with-a-name-that-is-longer-than-any-screen.yaml"};
	struct world w;

	(void)state;
	world_init(&w, "any", "A B C:443 a", "F");
	w.config.files = (const char **)(uintptr_t)files;
	w.config.nfiles = 1;
	w.domain.name = "a-name-of-a-domain-that-is-longer-than-the-screen-is-wide.example";
	strcpy(w.config.hash, "0123456789abcdef");
	for (int colour = 0; colour < 2; colour++)
		for (size_t width = 1; width < 130; width++)
			for (size_t height = 1; height < 14; height++) {
				struct board x = {.engine = w.engine, .config = &w.config,
				    .when = "2026-11-22 10:00:00", .colour = colour,
				    .last = "d A d\xc3\xbc -> x", .width = width, .height = height};
				struct buf b = {0};
				size_t lines = 0, columns = 0;

				board_write(&x, &b);
				for (size_t i = 0; i < b.len; i++) {
					if (b.data[i] == '\033') {
						i += strcspn(b.data + i, "m");
					} else if (b.data[i] == '\n') {
						lines++;
						columns = 0;
					} else if ((b.data[i] & 0xc0) != 0x80 && ++columns > width) {
						fail_msg("%zux%zu: %s", width, height, b.data);
					}
				}
				assert_int_equal(columns, 0);
				assert_in_range(lines, 1, height);
				buf_free(&b);
			}
	world_free(&w);
}

/* Live with a target down is degraded; without agents to speak of nothing is live. */
static void
says(void **state)
{
	static const char *const files[] = {"fodns.yaml"};
	struct world w;
	struct buf b = {0};

	(void)state;
	world_init(&w, "any", "A B", "F");
	w.config.files = (const char **)(uintptr_t)files;
	w.config.nfiles = 1;
	strcpy(w.config.hash, "0123456789abcdef");
	struct board x = {.engine = w.engine, .config = &w.config, .when = "now", .width = 80, .height = 24};

	board_write(&x, &b);
	assert_non_null(strstr(b.data, "0 of 1 domains live, 1 unknown\nagents: 0 fresh\n"));
	world_report(&w, &w.targets[0], 1, '+', 0, 0, false);
	world_report(&w, &w.targets[1], 1, '-', 0, 0, false);
	engine_settle(w.engine);
	buf_clear(&b);
	board_write(&x, &b);
	assert_non_null(strstr(b.data, "1 of 1 domains live, 1 degraded\nagents: 1 fresh\n"));
	assert_non_null(strstr(b.data, " 1/2 "));
	assert_non_null(strstr(b.data, "\n    10.0.0.2:80 down (0 of 1 up)\n"));
	buf_free(&b);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(fits), cmocka_unit_test(says)};

	return cmocka_run_group_tests_name("board", tests, NULL, NULL);
}
