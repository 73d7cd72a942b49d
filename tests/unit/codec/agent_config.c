#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "source.h"

#define ROWS(x) (sizeof(x) / sizeof(*(x)))

static void
the_originals_file(void **state)
{
	const struct source_file files[] = {{"f",
	    "agent_id: example\n\nservers:\n  - name: server1\n    url: http://server_ip_or_dns:8000\n"
	    "    tags:\n      - test\n"}, {0}};
	struct config_source src = source_of(files);
	struct config_problems p = {0};
	struct agent_config c;

	(void)state;
	assert_int_equal(agent_config_load(&c, "f", &src, &p), 0);
	assert_int_equal(p.n, 0);
	assert_string_equal(c.agent_id, "example");
	assert_int_equal(c.nmasters, 1);
	assert_string_equal(c.masters[0].name, "server1");
	assert_string_equal(c.masters[0].url, "http://server_ip_or_dns:8000");
	assert_int_equal(c.masters[0].ntags, 1);
	assert_string_equal(c.masters[0].tags[0], "test");
	assert_null(c.masters[0].token);
	assert_null(c.spool_dir);
	assert_int_equal(c.nallow, 0);
	assert_int_equal(strlen(c.hash), 16);
	agent_config_free(&c);
	agent_config_free(&c);
}

static void
every_key(void **state)
{
	const struct source_file files[] = {{"/e/agent.yaml",
	    "servers:\n  - {url: \"https://[2001:db8::1]:8000/x//\", token_file: t, tags: \"eu, us\"}\n"
	    "  - {url: http://b, name: two, token: tok, proxy: \"http://[::1]:3128\"}\n"
	    "  - {url: https://c, ca_file: c.pem, cert: two.pem, key: /k, proxy: \"socks5h://p:1080\"}\n"
	    "spool_dir: spool\nca_file: /etc/ca.pem\nfiles: [secrets/, /etc/one]\n"
	    "allow: [10.0.0.0/8, \"10.1.2.3:80\", \"192.0.2.0/24:80-90\", \"2001:db8::/32\", \"[::1]:53\"]\n"
	    "commands:\n  load: [plugins/check_load, -w, \"5\"]\n  web: {command: check_web, args: yes}\n"
	    "source: [10.0.0.7, \"::7\"]\ninterface: eth0\n"
	    "reference: [\"icmp://10.0.0.1\", \"tcp://[::1]:53\", \"http://10.0.0.2/x\", \"dns://10.0.0.3/a.b?type=SOA\"]\n"},
	    {"/e/t", "secret\n"}, {0}};
	struct config_source src = source_of(files);
	struct config_problems p = {0};
	struct agent_config c;

	(void)state;
	assert_int_equal(agent_config_load(&c, "/e/agent.yaml", &src, &p), 0);
	assert_null(c.agent_id);
	assert_true(agent_config_lends(&c, "/etc/one"));
	assert_true(agent_config_lends(&c, "/e/secrets/a/b"));
	assert_false(agent_config_lends(&c, "/e/secrets/../agent.yaml"));
	assert_false(agent_config_lends(&c, "/e/secretsx"));
	assert_false(agent_config_lends(&c, "/etc/one.d"));
	assert_false(agent_config_lends(&c, "e/secrets/a"));
	assert_string_equal(c.masters[0].url, "https://[2001:db8::1]:8000/x");
	assert_string_equal(c.masters[0].name, c.masters[0].url);
	assert_string_equal(c.masters[0].token, "secret");
	assert_int_equal(c.masters[0].ntags, 2);
	assert_string_equal(c.masters[0].ca_file, "/etc/ca.pem");
	assert_null(c.masters[0].cert);
	assert_null(c.masters[0].proxy);
	assert_string_equal(c.masters[1].token, "tok");
	assert_string_equal(c.masters[1].proxy, "http://[::1]:3128");
	assert_string_equal(c.masters[2].ca_file, "/e/c.pem");
	assert_string_equal(c.masters[2].cert, "/e/two.pem");
	assert_string_equal(c.masters[2].key, "/k");
	assert_string_equal(c.masters[2].proxy, "socks5h://p:1080");
	assert_string_equal(c.spool_dir, "/e/spool");
	assert_string_equal(c.ca_file, "/etc/ca.pem");
	assert_int_equal(c.nallow, 5);
	assert_int_equal(c.allow[0].port_from, 0);
	assert_int_equal(c.allow[0].port_to, 65535);
	assert_int_equal(c.allow[1].port_to, 80);
	assert_int_equal(c.allow[2].port_from, 80);
	assert_int_equal(c.allow[2].port_to, 90);
	assert_int_equal(c.allow[2].net.bits, 24);
	assert_int_equal(c.allow[3].port_to, 65535);
	assert_int_equal(c.allow[4].port_from, 53);
	assert_int_equal(c.source.n, 2);
	assert_string_equal(c.source.list[1], "::7");
	assert_string_equal(c.interface, "eth0");
	assert_int_equal(c.nreferences, 4);
	assert_string_equal(c.references[0].url, "icmp://10.0.0.1");
	assert_int_equal(c.references[0].type, PROBE_ICMP);
	assert_int_equal(c.references[1].port, 53);
	assert_string_equal(c.references[1].host, "::1");
	assert_null(c.references[1].path);
	assert_string_equal(c.references[2].path, "/x");
	assert_int_equal(c.references[2].port, 80);
	assert_string_equal(c.references[3].qname, "a.b");
	assert_int_equal(c.references[3].qtype, QTYPE_SOA);
	assert_int_equal(c.ncommands, 2);
	assert_string_equal(c.commands[0].name, "load");
	assert_int_equal(c.commands[0].words.n, 3);
	assert_string_equal(c.commands[0].words.list[0], "/e/plugins/check_load");
	assert_string_equal(c.commands[0].words.list[2], "5");
	assert_false(c.commands[0].args);
	assert_string_equal(c.commands[1].words.list[0], "check_web");
	assert_true(c.commands[1].args);
	assert_ptr_equal(agent_config_command(&c, "web"), &c.commands[1]);
	assert_null(agent_config_command(&c, "we"));
	agent_config_free(&c);
}

#define SERVER "servers: [{url: \"http://a\"}]\n"

static void
problems(void **state)
{
	static const struct {
		const char *text, *problems;
	} rows[] = {
		{"agent_id: x\n", "f:1:1: no servers are configured\n"},
		{"servers: []\n", "f:1:1: no servers are configured\n"},
		{"zones: []\ndns: {}\n", "f:1:1: this is a master's file (it has zones), and an agent's is meant\n"},
		{SERVER "agent_id: \"\"\n", "f:2:11: agent_id is empty\n"},
		{SERVER "agent_id: 0123456789012345678901234567890123456789012345678901234567890123x\n",
		    "f:2:11: agent_id is over 64 bytes\n"},
		{SERVER "agent_id: \"a\\tb\"\n", "f:2:11: agent_id has control characters\n"},
		{SERVER "spool: x\n", "f:2:1: unknown key \"spool\" (did you mean \"spool_dir\"?)\n"},
		{SERVER "colour: x\n", "f:2:1: unknown key \"colour\" in the agent's file; it takes agent_id, servers, "
		    "spool_dir, allow, files, commands, source, interface, reference or ca_file\n"},
		{SERVER "reference: [\"icmp://a.b\", \"x\", [a]]\n",
		    "f:2:13: reference a.b: an address is needed, not a name\n"
		    "f:2:27: reference x: not a check; write tcp://HOST:PORT, http://HOST/PATH, https://HOST/PATH, "
		    "tls://HOST:PORT, udp://HOST:PORT, dns://SERVER/NAME or icmp://HOST\n"
		    "f:2:32: reference must be one value, not a list\n"},
		{SERVER "reference: \"udp://10.0.0.1:53\"\n",
		    "f:2:12: reference udp://10.0.0.1:53: udp is well without an answer, too\n"},
		{SERVER "source: [10.0.0.1, eth0]\n",
		    "f:2:9: source is not an address of this host, or a list of an IPv4 and an IPv6 one\n"},
		{SERVER "commands: [a]\n", "f:2:11: commands must be a map, not a list\n"},
		{SERVER "commands: {\"\": a, b: []}\n", "f:2:12: the name of a command is empty or has control characters\n"
		    "f:2:22: command b is empty\n"},
		{SERVER "commands: {a: {args: 7, command: [\"{ip}\"]}}\n", "f:2:22: args \"7\" is not true or false\n"
		    "f:2:34: command a must begin with a program, which has no placeholder\n"},
		{"servers: [{name: a}]\n", "f:1:11: a server without url\n"},
		{"servers: [a]\n", "f:1:11: a server must be a map, not one value\n"},
		{"servers: [{url: \"ftp://a\"}]\n", "f:1:17: url must begin with http:// or https://\n"},
		{"servers: [{url: \"http://\"}]\n", "f:1:17: url has no host\n"},
		{"servers: [{url: \"http://a:99999\"}]\n", "f:1:17: url has a port that is not a "
			"number from 1 to 65535 (IPv6: http://[::1]:8000)\n"},
		{"servers: [{url: \"http://a:/x\"}]\n", "f:1:17: url has a port that is not a "
			"number from 1 to 65535 (IPv6: http://[::1]:8000)\n"},
		{"servers: [{url: \"http://::1:80\"}]\n", "f:1:17: url has a port that is not a "
			"number from 1 to 65535 (IPv6: http://[::1]:8000)\n"},
		{"servers: [{url: \"http://[::1:80\"}]\n", "f:1:17: url has a port that is not a "
			"number from 1 to 65535 (IPv6: http://[::1]:8000)\n"},
		{"servers: [{url: \"http://a b\"}]\n", "f:1:17: url has characters that no URL can have\n"},
		{"servers: [{url: \"http://u:s3cret@a\"}]\n",
		    "f:1:17: url must not carry a user or password: use token\n"},
		{"servers: [{url: \"http://a?x=1\"}]\n", "f:1:17: url must not have a query or fragment\n"},
		{"servers: [{url: \"http://a\"}, {url: \"http://a/\"}]\n",
		    "f:1:30: server http://a is already on line 1\n"},
		{"servers: [{url: \"http://a\", token: s3cret, token_file: x}]\n",
		    "f:1:36: give token or token_file, not both\n"},
		{"servers: [{url: \"http://a\", ca_file: x, cert: y, key: z}]\n",
		    "f:1:38: ca_file is of no use: url is not https://\n"
		    "f:1:47: cert is of no use: url is not https://\n"},
		{"servers: [{url: \"https://a\", key: z}]\n", "f:1:35: key without cert\n"},
#define PROXY(text) {"servers: [{url: \"http://a\", proxy: \"" text "\"}]\n", \
		    "f:1:36: proxy is not http://HOST:PORT or socks5h://HOST:PORT\n"}
		PROXY(""), PROXY("http://p"), PROXY("p:80"), PROXY("https://p:80"), PROXY("http://:80"),
		PROXY("http://u:s3cret@p:80"), PROXY("http://p:80/"), PROXY("http://p:0"), PROXY("http://::1"),
		{SERVER "allow: []\n", "f:2:8: allow is empty: leave it out to allow all but link-local and multicast\n"},
		{SERVER "allow: 10.0.0.0/33\n",
		    "f:2:8: allow \"10.0.0.0/33\" is not a network such as 10.0.0.0/8, 10.0.0.1:80 or [2001:db8::/32]:80-90\n"},
		{SERVER "allow: \"10.0.0.1:90-80\"\n",
		    "f:2:8: allow \"10.0.0.1:90-80\" is not a network such as 10.0.0.0/8, 10.0.0.1:80 or "
		    "[2001:db8::/32]:80-90\n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct source_file files[] = {{"f", rows[i].text}, {0}};
		struct config_source src = source_of(files);
		struct config_problems p = {0};
		struct agent_config c;
		struct buf b;

		assert_int_equal(agent_config_load(&c, "f", &src, &p), -1);
		problems_text(&p, &b);
		assert_string_equal(b.data, rows[i].problems);
		buf_free(&b);
		config_problems_free(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_originals_file), cmocka_unit_test(every_key), cmocka_unit_test(problems),
	};

	return cmocka_run_group_tests_name("agent_config", tests, NULL, NULL);
}
