#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "codec/yaml.h"
#include "codec/yaml_quick.h"

#define ROWS(x) (sizeof(x) / sizeof(*(x)))

static void
note(void *arg, uint32_t line, uint32_t col, const char *text)
{
	buf_printf(arg, "%u:%u: %s\n", (unsigned)line, (unsigned)col, text);
}

/* A tree as flow text: what is plain stays bare. */
static void
write_node(struct buf *b, const struct yaml *n)
{
	if (n->kind == YAML_SCALAR) {
		buf_printf(b, n->plain ? "%s" : "'%s'", n->text);
		assert_int_equal(strlen(n->text), n->n);
		return;
	}
	buf_putc(b, n->kind == YAML_LIST ? '[' : '{');
	for (const struct yaml *i = n->first; i; i = i->next) {
		if (i != n->first)
			buf_putc(b, ' ');
		write_node(b, i);
		if (n->kind == YAML_MAP) {
			buf_putc(b, ':');
			i = i->next;
			write_node(b, i);
		}
	}
	buf_putc(b, n->kind == YAML_LIST ? ']' : '}');
}

static void
parse(const char *text, size_t n, struct buf *b)
{
	struct arena a;
	const struct yaml *root;

	buf_init(b);
	buf_puts(b, "");
	arena_init(&a);
	root = yaml_parse(&a, text, n, note, b);
	if (root)
		write_node(b, root);
	arena_free(&a);
}

static void
documents(void **state)
{
	static const struct {
		const char *text, *tree; /* problems first, a line each */
	} rows[] = {
		{"a: 1\nb: [x, \"y\"]\n", "{a:1 b:[x 'y']}"},
		{"- |\n  t\n- >\n  u\n", "['t\n' 'u\n']"},
		{"a: &x {b: 1}\nc: *x\n", "{a:{b:1} c:{b:1}}"},
		{"a: !!str 80\nb: !!int 80\n", "{a:'80' b:80}"},
		/* what a map says itself wins over what is merged, and of several the first */
		{"x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\n", "{x:{a:1 b:2} y:{b:3 a:1}}"},
		{"y: {b: 3, <<: [{a: 1}, {a: 2, c: 4}]}\n", "{y:{b:3 a:1 c:4}}"},
		{"y: {\"<<\": {a: 1}}\n", "{y:{'<<':{a:1}}}"},
		{"{\"<<\": 1, <<: {a: 1}}\n", "1:11: duplicate key \"<<\" (first on line 1)\n{'<<':1}"},
		{"y: {<<: 1, a: 2}\n", "1:9: << takes a map or a list of maps\n{y:{a:2}}"},
		{"{a: 1, b: 2, a: 3}\n", "1:14: duplicate key \"a\" (first on line 1)\n{a:1 b:2}"},
		{"", "1:1: the file is empty\n"},
		{"a: 1\n---\nb: 2\n", "2:1: a second document begins here; one is allowed\n"},
		{"a: !ruby/object {}\n", "1:4: tags are not used here\n"},
		{"{[a]: b}\n", "1:2: a key must be a word, not a list or map\n"},
		{"a: *x\n", "1:4: an alias without its anchor\n"},
		{"a: &x [*x]\n", "1:8: an alias inside of what it stands for\n"},
		{"a: \"\\0\"\n", "1:4: a NUL byte in a text\n"},
		{"a: \t- b\n", "1:5: not YAML: block sequence entries are not allowed in this context\n"},
		{"a: \xff\n", "1:1: not UTF-8 text: invalid leading UTF-8 octet\n"},
		{"[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]"},
		{"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "1:17: nested deeper than 16 levels\n"},
		{"%TAG !a! x\n%TAG !b! x\n%TAG !c! x\n%TAG !d! x\n%TAG !e! x\n%TAG !f! x\n%TAG !g! x\n%TAG !h! x\n---\na\n",
		    "1:1: too many %TAG directives\n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf b;

		parse(rows[i].text, strlen(rows[i].text), &b);
		assert_string_equal(b.data, rows[i].tree);
		buf_free(&b);
	}
}

static void
places(void **state)
{
	static const char text[] = "a:\n  b: [1,\n    2]\n";
	struct buf b = {0};
	struct arena a;
	const struct yaml *root, *list;

	(void)state;
	arena_init(&a);
	root = yaml_parse(&a, text, strlen(text), note, &b);
	assert_non_null(root);
	list = yaml_get(yaml_get(root, "a"), "b");
	assert_int_equal(list->line, 2);
	assert_int_equal(list->col, 6);
	assert_int_equal(list->first->next->line, 3);
	assert_int_equal(list->first->next->col, 5);
	assert_int_equal(list->n, 2);
	assert_null(yaml_get(root, "c"));
	assert_null(yaml_get(list, "a"));
	arena_free(&a);
	buf_free(&b);
}

/* Ten lists of ten, and so on: the laugh ends at 100,000 nodes. */
static void
expansion(void **state)
{
	struct buf text, b;

	(void)state;
	buf_init(&text);
	buf_puts(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 9; i++) {
		buf_printf(&text, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			buf_printf(&text, "%s*a%d", j ? ", " : "", i - 1);
		buf_puts(&text, "]\n");
	}
	parse(text.data, text.len, &b);
	assert_string_equal(b.data, "5:45: aliases expand to more than 100000 nodes\n");
	buf_free(&b);
	buf_free(&text);
}

/* Many keys are found by hash, few by comparing: the same is said of both. */
static void
many_keys(void **state)
{
	for (int n = 2; n < 2000; n *= 5) {
		struct buf text, b;
		char end[128];

		(void)state;
		buf_init(&text);
		for (int i = 0; i < n; i++)
			buf_printf(&text, "k%d: &v%d {<<: {x: 1}}\n", i, i);
		buf_puts(&text, "k1: 2\n<<: {k0: 3, new: 4}\n");
		parse(text.data, text.len, &b);
		snprintf(end, sizeof(end), "%d:1: duplicate key \"k1\" (first on line 2)\n{k0:{x:1} k1:{x:1}", n + 1);
		assert_int_equal(strncmp(b.data, end, strlen(end)), 0);
		snprintf(end, sizeof(end), "k%d:{x:1} new:4}", n - 1);
		assert_string_equal(b.data + b.len - strlen(end), end);
		buf_free(&b);
		buf_free(&text);
	}
}

static void
write_places(struct buf *b, const struct yaml *n)
{
	for (; n; n = n->next) {
		buf_printf(b, "%u:%u:%d%d ", (unsigned)n->line, (unsigned)n->col, n->plain, n->block);
		if (n->kind != YAML_SCALAR)
			write_places(b, n->first);
	}
}

/* What is usual goes the quick way, and what comes of it is what libyaml gives. */
static void
quick(void **state)
{
	static const char *const taken[] = {
		"a: 1", "a:\n- x\n- y # z\nb: {c: [1, \"q\", 'r',], \"d\":e}\n",
		"# c\n\n- - a\n  - b\n-\n  c: d e\n  f:\n   g: 10.0.0.1:80\n", "[a, # b\n\n c]", "x",
		"{a: {}, b: [], c: a#b}\n", "  a: b:c\n  d: -1\n",
	};
	static const char *const refused[] = {
		"", "# c\n", "a:\n", "a: b\n c\n", "a: |\n  b\n", "a: &x b\n", "a: *x\n", "a: !!str b\n",
		"--- a\n", "a: b\n---\n", "a: \"\\n\"\n", "a: 'b''c'\n", "a:\tb\n", "a: b\r\n", "a: \xc3\xa4\n",
		"? a\n: b\n", "{a}\n", "{a: }\n", "[a: b]\n", "a: b: c\n", "a: 1\na: 2\n", "<<: {a: b}\n",
		"a:\n  b: c\n d: e\n", "- a\n b\n", "- a\nb\n", "[a", "{a: b", "[a]]", "a: [b] c\n", "a: - b\n",
		"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
	};
	struct buf a = {0}, b = {0};
	struct arena m;

	(void)state;
	arena_init(&m);
	for (size_t i = 0; i < ROWS(taken); i++) {
		const struct yaml *q = yaml_quick(&m, taken[i], strlen(taken[i])), *e;

		assert_non_null(q);
		e = yaml_parse_events(&m, taken[i], strlen(taken[i]), note, &b);
		assert_non_null(e);
		write_node(&a, q);
		write_places(&a, q);
		write_node(&b, e);
		write_places(&b, e);
		assert_string_equal(a.data, b.data);
		buf_clear(&a);
		buf_clear(&b);
	}
	for (size_t i = 0; i < ROWS(refused); i++)
		assert_null(yaml_quick(&m, refused[i], strlen(refused[i])));
	arena_free(&m);
	buf_free(&a);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(documents), cmocka_unit_test(places), cmocka_unit_test(expansion),
	    cmocka_unit_test(many_keys), cmocka_unit_test(quick),
	};

	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
