#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/yaml.h"
#include "codec/yaml_quick.h"

/* Whatever the quick way takes, libyaml takes without a word, and makes the same tree of it. */

static void
count(void *arg, uint32_t line, uint32_t col, const char *text)
{
	(void)line;
	(void)col;
	(void)text;
	++*(int *)arg;
}

static void
trust(bool holds)
{
	if (!holds)
		abort();
}

static void
compare(const struct yaml *a, const struct yaml *b)
{
	for (; a && b; a = a->next, b = b->next) {
		trust(a->kind == b->kind && a->plain == b->plain && a->block == b->block);
		trust(a->line == b->line && a->col == b->col && a->n == b->n);
		if (a->kind != YAML_SCALAR)
			compare(a->first, b->first);
		else
			trust(strlen(a->text) == a->n && strcmp(a->text, b->text) == 0);
	}
	trust(!a && !b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = malloc(n + 1); /* of just that size, so that a read beyond is seen */
	struct arena a, b;
	struct yaml *quick, *slow;
	int problems = 0;

	if (n)
		memcpy(text, data, n);
	text[n] = '\0';
	arena_init(&a);
	arena_init(&b);
	quick = yaml_quick(&a, text, n);
	if (quick) {
		slow = yaml_parse_events(&b, text, n, count, &problems);
		trust(slow && problems == 0);
		compare(quick, slow);
	}
	arena_free(&a);
	arena_free(&b);
	free(text);
	return 0;
}
