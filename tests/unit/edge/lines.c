#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edge/lines.h"
#include "model/limits.h"

/* What came out: "1:abc" a line, "2:!" one too long. */
static void
gather(struct lines *l, char *dst, size_t cap)
{
	enum lines_kind kind;
	const char *s;
	size_t n;

	while ((kind = lines_next(l, &s, &n)) != LINES_NONE) {
		size_t len = strlen(dst);

		if (kind == LINES_LONG)
			snprintf(dst + len, cap - len, "%d:! ", (int)l->number);
		else
			snprintf(dst + len, cap - len, "%d:%.*s ", (int)l->number,
			         (int)(n > 8 ? 8 : n), s);
	}
}

/* Writes each of the parts, and reads after each one. */
static void
feed(const char *const *parts, char *dst, size_t cap)
{
	struct lines l;
	int fd[2];

	dst[0] = '\0';
	assert_int_equal(pipe(fd), 0);
	lines_init(&l);
	for (; *parts; parts++) {
		assert_int_equal(write(fd[1], *parts, strlen(*parts)), (ssize_t)strlen(*parts));
		assert_true(lines_read(&l, fd[0]) > 0);
		gather(&l, dst, cap);
	}
	close(fd[1]);
	assert_int_equal(lines_read(&l, fd[0]), 0);
	gather(&l, dst, cap);
	gather(&l, dst, cap);
	close(fd[0]);
	lines_free(&l);
}

static void
cut_as_they_come(void **state)
{
	static char longest[LIMIT_REPORT_LINE], over[LIMIT_REPORT_LINE + 1],
	    half[LIMIT_REPORT_LINE / 2 + 1];
	const struct {
		const char *parts[8];
		const char *want;
	} rows[] = {
	    {{"a\nb\n", NULL}, "1:a 2:b "},
	    {{"a", "b\nc", "\n", NULL}, "1:ab 2:c "},
	    {{"a\n\nb", NULL}, "1:a 2: 3:b "},
	    {{"a\nno end", NULL}, "1:a 2:no end "},
	    {{longest, "\nx\n", NULL}, "1:llllllll 2:x "},
	    {{over, "\nx\n", NULL}, "1:! 2:x "},
	    {{"a\n", half, half, half, "end\nb\n", NULL}, "1:a 2:! 3:b "},
	    {{"a\n", half, half, half, NULL}, "1:a 2:! "},
	    {{over, "x\n", over, "\n", NULL}, "1:! 2:! "},
	    {{NULL}, ""},
	};
	char got[256];

	(void)state;
	memset(longest, 'l', sizeof(longest) - 1); /* with its newline it is as long as allowed */
	memset(over, 'o', sizeof(over) - 1);
	memset(half, 'h', sizeof(half) - 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		feed(rows[i].parts, got, sizeof(got));
		assert_string_equal(got, rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(cut_as_they_come)};

	return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
