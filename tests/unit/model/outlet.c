#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/outlet.h"

#define ROWS(x) (sizeof(x) / sizeof(*(x)))

static struct texts
texts_of(const char *const *rows, const char **list)
{
	struct texts t = {list, 0};

	while (rows[t.n]) {
		list[t.n] = rows[t.n];
		t.n++;
	}
	return t;
}

static void
sources(void **state)
{
	static const struct {
		const char *list[4];
		bool good;
	} rows[] = {
	    {{NULL}, true},
	    {{"10.0.0.1"}, true},
	    {{"::1", "10.0.0.1"}, true},
	    {{"10.0.0.1", "10.0.0.2"}, false},
	    {{"::1", "::1"}, false},
	    {{"0.0.0.0"}, false},
	    {{"::"}, false},
	    {{"224.0.0.1"}, false},
	    {{"10.0.0.0/8"}, false},
	    {{"eth0"}, false},
	    {{""}, false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *list[4];
		struct texts t = texts_of(rows[i].list, list);

		assert_int_equal(outlet_source_wrong(&t) == NULL, rows[i].good);
	}
}

static void
interfaces(void **state)
{
	static const char *const good[] = {"lo", "eth0.100", "wg-office", "123456789012345"},
	                         *const bad[] = {"", "1234567890123456", "a/b", "a b", "eth0:1"};

	(void)state;
	assert_null(outlet_interface_wrong(NULL));
	for (size_t i = 0; i < ROWS(good); i++)
		assert_null(outlet_interface_wrong(good[i]));
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_non_null(outlet_interface_wrong(bad[i]));
}

/* family, the probe's own, the agent's -> source and interface */
static void
choosing(void **state)
{
	static const struct {
		enum family family;
		const char *own[3], *interface, *agent[3], *agent_interface, *source, *chosen;
	} rows[] = {
	    {FAMILY_V4, {NULL}, NULL, {NULL}, NULL, NULL, ""},
	    {FAMILY_V4, {"10.0.0.1"}, "a", {"10.0.0.2"}, "b", "10.0.0.1", "a"},
	    {FAMILY_V6, {"10.0.0.1"}, NULL, {"10.0.0.2", "::2"}, "b", "::2", "b"},
	    {FAMILY_V6, {"10.0.0.1"}, NULL, {"10.0.0.2"}, NULL, NULL, ""},
	    {FAMILY_V6, {"10.0.0.1", "::1"}, "a", {NULL}, NULL, "::1", "a"},
	};
	struct outlet o, before = {.source.family = FAMILY_OTHER};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *one[3], *two[3];
		struct texts own = texts_of(rows[i].own, one), agent = texts_of(rows[i].agent, two);
		struct addr want = {.family = FAMILY_OTHER};

		outlet_choose(&o, rows[i].family, &own, rows[i].interface, &agent,
		    rows[i].agent_interface);
		if (rows[i].source)
			assert_true(addr_parse(rows[i].source, &want));
		assert_true(addr_equal(&o.source, &want));
		assert_string_equal(o.interface, rows[i].chosen);
		assert_int_equal(outlet_any(&o), i > 0 && i != 3);
		assert_int_equal(outlet_equal(&o, &before), i == 0);
		before = o;
	}
	outlet_choose(&o, FAMILY_V4, NULL, NULL, NULL, NULL);
	assert_false(outlet_any(&o));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sources), cmocka_unit_test(interfaces), cmocka_unit_test(choosing)};

	return cmocka_run_group_tests_name("outlet", tests, NULL, NULL);
}
