#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "source.h"

#define ROWS(x) (sizeof(x) / sizeof(*(x)))
#define IP "targets: [{ip: 10.0.0.1, port: 80}]"

static void
load(struct config *c, const struct source_file *files)
{
	struct config_source src = source_of(files);
	struct config_problems p = {.infos = true};
	struct buf b;

	assert_int_equal(config_load(c, files[0].path, &src, &p), 0);
	problems_text(&p, &b);
	assert_string_equal(b.data, "");
	buf_free(&b);
	config_problems_free(&p);
}

static const struct probe *
probe_of(const struct config *c, const char *domain)
{
	return config_domain(c, domain)->probe;
}

/* A domain's own keys, its template, the keys of defaults, the template of defaults. */
static void
what_wins(void **state)
{
	static const struct source_file files[] = {{"/d/f",
	    "monitor_templates:\n"
	    "  web: {mode: https, path: /web, method: HEAD, monitor_tag: [eu, us], ca: web.pem, verify: no}\n"
	    "  base: {mode: http, path: /base, host: base, expect_status: 204}\n"
	    "  load: {mode: exec, command: [./load, \"{ip}\"], codes: posix}\n"
	    "  plain: {}\n"
	    "  bare: {path: /bare}\n"
	    "defaults: {monitor: {template: base, path: /defaults, monitor_tag: de}}\n"
	    "zones:\n- name: z\n  domains:\n"
	    "    a.z: {monitor: {" IP "}}\n"
	    "    b.z: {monitor: {template: web, " IP "}}\n"
	    "    c.z: {monitor: {" IP ", path: /own, template: web, monitor_tag: []}}\n"
	    "    d.z: {monitor: {template: web, mode: tcp, " IP "}}\n"
	    "    e.z: {monitor: {template: load, " IP "}}\n"
	    "    f.z: {monitor: {template: plain, " IP "}}\n"
	    "    g.z: {monitor: {template: bare, " IP "}}\n"
	    "    h.z: {monitor: {template: web, " IP "}}\n"
	    "    i.z: {monitor: {template: ~, " IP "}}\n"}, {0}};
	const struct domain *b, *c;
	struct config cfg;

	(void)state;
	load(&cfg, files);
	assert_int_equal(probe_of(&cfg, "a.z")->type, PROBE_HTTP);
	assert_string_equal(probe_of(&cfg, "a.z")->path, "/defaults");
	assert_string_equal(probe_of(&cfg, "a.z")->host, "base");
	assert_true(code_ranges_have(&probe_of(&cfg, "a.z")->codes, 204));
	assert_false(code_ranges_have(&probe_of(&cfg, "a.z")->codes, 200));
	assert_string_equal(config_domain(&cfg, "a.z")->tags[0], "de");
	b = config_domain(&cfg, "b.z");
	assert_int_equal(b->probe->type, PROBE_HTTPS);
	assert_string_equal(b->probe->path, "/web");
	assert_string_equal(b->probe->method, "HEAD");
	assert_null(b->probe->host); /* its template is in place of that of defaults */
	assert_true(code_ranges_have(&b->probe->codes, 200));
	assert_string_equal(b->probe->ca, "/d/web.pem");
	assert_false(b->probe->verify);
	assert_int_equal(b->ntags, 2);
	assert_int_equal(b->places->mode.line, 2);
	c = config_domain(&cfg, "c.z");
	assert_string_equal(c->probe->path, "/own");
	assert_string_equal(c->probe->method, "HEAD");
	assert_int_equal(c->ntags, 0);
	assert_int_equal(probe_of(&cfg, "d.z")->type, PROBE_TCP);
	assert_int_equal(probe_of(&cfg, "e.z")->type, PROBE_EXEC);
	assert_int_equal(probe_of(&cfg, "e.z")->exec_codes, CODES_POSIX);
	assert_string_equal(probe_of(&cfg, "e.z")->command.list[0], "/d/load");
	assert_int_equal(probe_of(&cfg, "f.z")->type, PROBE_TCP); /* an empty one replaces, too */
	assert_string_equal(probe_of(&cfg, "f.z")->path, "/defaults");
	assert_true(probe_equal(probe_of(&cfg, "i.z"), probe_of(&cfg, "a.z")));
	assert_string_equal(probe_of(&cfg, "g.z")->path, "/bare");
	assert_null(probe_of(&cfg, "g.z")->host);
	assert_int_equal(probe_of(&cfg, "g.z")->type, PROBE_TCP);
	assert_string_equal(config_domain(&cfg, "g.z")->tags[0], "de"); /* said by defaults themselves */
	assert_ptr_equal(probe_of(&cfg, "h.z"), b->probe); /* one for all that stand on it */
	config_free(&cfg);
}

/* send and send_hex say one thing: the nearer of them is in force. */
static void
one_send(void **state)
{
	static const struct source_file files[] = {{"/d/f",
	    "monitor_templates:\n  text: {send: t}\n  hex: {send_hex: aa}\n"
	    "defaults: {monitor: {mode: udp, template: text, send_hex: bb}}\n"
	    "zones:\n- name: z\n  domains:\n"
	    "    a.z: {monitor: {" IP "}}\n"
	    "    b.z: {monitor: {send: own, " IP "}}\n"
	    "    c.z: {monitor: {template: text, " IP "}}\n"
	    "    d.z: {monitor: {template: text, send_hex: cc, " IP "}}\n"
	    "    e.z: {monitor: {template: hex, " IP "}}\n"}, {0}};
	static const struct {
		const char *domain, *text, *hex;
	} rows[] = {
	    {"a.z", NULL, "bb"}, {"b.z", "own", NULL}, {"c.z", "t", NULL},
	    {"d.z", NULL, "cc"}, {"e.z", NULL, "aa"},
	};
	struct config cfg;

	(void)state;
	load(&cfg, files);
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct probe *p = probe_of(&cfg, rows[i].domain);

		assert_string_equal(p->send ? p->send : "-", rows[i].text ? rows[i].text : "-");
		assert_string_equal(p->send_hex ? p->send_hex : "-", rows[i].hex ? rows[i].hex : "-");
	}
	config_free(&cfg);
}

static void
from_included_files(void **state)
{
	static const struct source_file files[] = {
	    {"/d/f", "include: c/*\nmonitor_templates: {one: {mode: http, path: /1}}\n"
	             "defaults: {monitor: {template: two}}\n"
	             "zones: [{name: z}]\n"},
	    {"/d/c/a", "domains:\n  a.z: {monitor: {template: one, ca: x.pem, mode: https, " IP "}}\n"
	               "  b.z: {monitor: {" IP "}}\n"},
	    {"/d/c/b", "monitor_templates:\n  two: {mode: https, ca: two.pem}\n"}, {0}};
	struct config cfg;

	(void)state;
	load(&cfg, files);
	assert_string_equal(probe_of(&cfg, "a.z")->path, "/1");
	assert_string_equal(probe_of(&cfg, "a.z")->ca, "/d/c/x.pem");
	assert_string_equal(probe_of(&cfg, "b.z")->ca, "/d/c/two.pem");
	config_free(&cfg);
}

/* A domain on what stands behind the templates, line 3. */
#define DOMAIN(templates, monitor) \
	"monitor_templates: " templates "\nzones: [{name: z, domains: {\n  a.z: {monitor: {" monitor ", " IP "}},\n}}]\n"

static void
problems(void **state)
{
	static const struct {
		const char *text, *problems;
	} rows[] = {
	    {DOMAIN("{web: {path: /}}", "template: wbe"), "f:3:29: no template \"wbe\" (did you mean \"web\"?)\n"},
	    {DOMAIN("{web: {path: /}}", "template: other, path: /x"), "f:3:29: no template \"other\" in monitor_templates\n"},
	    {DOMAIN("{}", "template: x, mode: exec"), "f:3:29: no template \"x\" in monitor_templates\n"},
	    {DOMAIN("{}", "template: [a]"), "f:3:29: template must be one value, not a list\n"},
	    {DOMAIN("[web]", "mode: tcp"), "f:1:20: monitor_templates must be a map, not a list\n"},
	    {DOMAIN("{web: x}", "mode: tcp"), "f:1:26: monitor must be a map, not one value\n"},
	    {DOMAIN("{\"\": {}}", "mode: tcp"), "f:1:21: the name of a template is empty or has control characters\n"},
	    {DOMAIN("{web: {pth: /x}}", "template: web, path: /y"), "f:1:27: unknown key \"pth\" (did you mean \"path\"?)\n"},
	    {DOMAIN("{web: {mode: tcp, path: /x}}", "template: web"),
	     "f:1:44: path is for mode http or https, and here mode is tcp\n"},
	    {DOMAIN("{a: {template: b}, b: {}}", "template: a"), "f:1:35: a template cannot stand on another\n"},
	    {DOMAIN("{a: {targets: []}}", "template: a"), "f:1:34: targets belong to a domain, not to a template\n"},
	    {DOMAIN("{a: {mode: http}}", "template: a, ca: x"), "f:3:36: ca is for mode https or tls, and here mode is http\n"},
	    {DOMAIN("{a: {mode: exec}}", "template: a"), "f:1:31: mode exec needs command\n"},
	    {"monitor_templates: {a: {}}\ninclude: /g\nzones: [{name: z, domains: {a.z: {monitor: {" IP "}}}}]\n",
	     "/g:1:21: template a is already at f:1:21\n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct source_file files[] = {
		    {"f", rows[i].text}, {"/g", "monitor_templates: {a: {}}\n"}, {0}};
		struct config_source src = source_of(files);
		struct config_problems p = {0};
		struct config c;
		struct buf b;

		assert_int_equal(config_load(&c, "f", &src, &p), -1);
		problems_text(&p, &b);
		assert_string_equal(b.data, rows[i].problems);
		buf_free(&b);
		config_problems_free(&p);
		config_free(&c);
	}
}

/* Said to who wants to know, at its place, in whichever file. */
static void
unused(void **state)
{
	static const struct source_file files[] = {
	    {"/f", "include: /g\nlint: {ignore: []}\nmonitor_templates: {a: {}, b: {}, c: {}}\n"
	           "defaults: {monitor: {template: b}}\n"
	           "zones: [{name: z, domains: {a.z: {monitor: {template: a, " IP "}}}}]\n"},
	    {"/g", "monitor_templates: {d: {}}\n"}, {0}};
	struct config_source src = source_of(files);
	struct config_problems p = {.infos = true};
	struct config c;
	struct buf b;

	(void)state;
	assert_int_equal(config_load(&c, "/f", &src, &p), 0);
	problems_text(&p, &b);
	assert_string_equal(b.data, "warning: /f:3:35: template c is used by no domain\n"
	    "warning: /g:1:21: template d is used by no domain\n");
	buf_free(&b);
	config_problems_free(&p);
	config_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_wins), cmocka_unit_test(one_send),
	    cmocka_unit_test(from_included_files),
	    cmocka_unit_test(problems), cmocka_unit_test(unused)};

	return cmocka_run_group_tests_name("config_template", tests, NULL, NULL);
}
