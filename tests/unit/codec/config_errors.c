#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "source.h"

#define ROWS(x) (sizeof(x) / sizeof(*(x)))

/* A domain of one target; what follows begins on line 6. */
#define DOMAIN(body) \
	"zones:\n- name: z\n  domains:\n    a.z:\n      monitor: {targets: [{ip: 10.0.0.1, port: 80}]}\n" body
/* A monitor section; its text begins on line 5, column 16. */
#define MONITOR(body) "zones:\n- name: z\n  domains:\n    a.z:\n      monitor: " body "\n"
#define TARGETS(list) MONITOR("{targets: [" list "]}")
/* Before a complete zone; the text is line 1. */
#define TOP(body) body "\n" DOMAIN("")
/* A key of the zone: line 2, column 3. */
#define ZONE(body) "zones:\n- " body "\n  name: z\n  domains: {a.z: {monitor: {targets: [{ip: 10.0.0.1, port: 80}]}}}\n"

struct row {
	const char *text, *problems;
};

static void
check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct source_file files[] = {
		    {"f", rows[i].text}, {"/etc/token", "s3cret\n"}, {"/etc/empty", "\n"}, {0}};
		struct config_source src = source_of(files);
		struct config_problems p = {0};
		struct config c;
		struct buf b;
		int r = config_load(&c, "f", &src, &p);

		problems_text(&p, &b);
		assert_string_equal(b.data, rows[i].problems);
		assert_int_equal(r, p.errors > 0 ? -1 : 0);
		assert_true(r == 0 || (c.ndomains == 0 && c.domains == NULL));
		buf_free(&b);
		config_problems_free(&p);
		config_free(&c);
	}
}

static void
not_yaml(void **state)
{
	static const struct row rows[] = {
		{"", "f:1:1: the file is empty\n"},
		{"# nothing\n", "f:1:1: the file is empty\n"},
		{"- a\n", "f:1:1: the config must be a map, not a list\n"},
		{"zones: [\n", "f:2:1: not YAML: did not find expected node content while parsing a flow node\n"},
		{"a: b: c\n", "f:1:5: not YAML: mapping values are not allowed in this context\n"},
		{"dns: {}\n", "f:1:1: no zones are configured\n"},
		{"servers: []\nagent_id: x\n",
		    "f:1:1: this is an agent's file (it has servers), and a master's is meant\n"},
	};

	(void)state;
	check(rows, ROWS(rows));
}

static void
keys_and_kinds(void **state)
{
	static const struct row rows[] = {
		{DOMAIN("      server: {polcy: any}\n"), "f:6:16: unknown key \"polcy\" (did you mean \"policy\"?)\n"},
		{DOMAIN("      zzzzzz: 1\n"),
		    "f:6:7: unknown key \"zzzzzz\" in a.z; it takes fallback, server, monitor, agent, expect or "
		    "lint\n"},
		{DOMAIN("      server: {rise: 1, rise: 2}\n"), "f:6:25: duplicate key \"rise\" (first on line 6)\n"},
		{DOMAIN("      server: {rise: [1]}\n"), "f:6:22: rise must be one value, not a list\n"},
		{DOMAIN("      server: [any]\n"), "f:6:15: server must be a map, not a list\n"},
		{DOMAIN("      fallback: {a: b}\n"), "f:6:17: fallback must be a list, not a map\n"},
		{DOMAIN("      server: {rise: 0}\n"), "f:6:22: rise 0 is under 1\n"},
		{DOMAIN("      server: {rise: 99999999999999999999}\n"), "f:6:22: rise 99999999999999999999 is over 1000\n"},
		{DOMAIN("      server: {fall: three}\n"), "f:6:22: fall \"three\" is not a whole number\n"},
		{DOMAIN("      server: {fall: 03}\n"), "f:6:22: fall \"03\" is not a number without zeros in front\n"},
		{DOMAIN("      server: {fall: 1.5}\n"), "f:6:22: fall \"1.5\" is not a whole number\n"},
		{DOMAIN("      server: {timeout_sec: 60s}\n"), "f:6:29: timeout_sec \"60s\" is not a number of seconds\n"},
		{DOMAIN("      server: {timeout_sec: 0}\n"), "f:6:29: timeout_sec 0 is under 50ms\n"},
		{DOMAIN("      server: {failback_delay: soon}\n"),
		    "f:6:32: failback_delay \"soon\" is not a duration such as 90, 90s, 5m or 1h30m\n"},
		{DOMAIN("      server: {failback: never}\n"), "f:6:26: failback \"never\" is none of auto or manual\n"},
		{TOP("api: {status_auth: maybe}"), "f:1:20: status_auth \"maybe\" is not true or false\n"},
		{TOP("dns: {listen_port: 65536}"), "f:1:20: listen_port 65536 is over 65535\n"},
		{TOP("dns: {listen_ip: localhost}"), "f:1:18: listen_ip \"localhost\" is not an IPv4 or IPv6 address\n"},
		{TOP("dns: {listen_ip: [127.0.0.1, 127.0.0.1]}"), "f:1:30: dns names 127.0.0.1:8053 twice\n"},
		{TOP("dns: {listen: [\"127.0.0.1@0\"]}"), "f:1:16: listen \"127.0.0.1@0\" is not address@port\n"},
		{TOP("dns: {listen_ip: []}"), "f:1:18: dns listens on no address\n"},
		{TOP("dns: {threads: many}"), "f:1:16: threads \"many\" is not a whole number\n"},
		{TOP("dns: {nsid: [a]}"), "f:1:13: nsid must be one value, not a list\n"},
		{TOP("dns: {rrl: many}"), "f:1:12: rate \"many\" is not a whole number\n"},
		{TOP("dns: {rrl: {rate: 0}}"), "f:1:19: rate 0 is under 1\n"},
		{TOP("dns: {rrl: {slip: 2}}"), "f:1:12: rrl without rate: replies a second to one network\n"},
		{TOP("dns: {rrl: {rate: 5, ipv4_prefix: 33}}"), "f:1:35: ipv4_prefix 33 is over 32\n"},
		{TOP("dns: {rrl: {rate: 5, exempt: [10.0.0.0/8, here]}}"), "f:1:43: exempt: \"here\" is not a network\n"},
		{TOP("dns: {resolve_cache_ttl: -1}"), "f:1:26: resolve_cache_ttl -1 is under 0\n"},
		{TOP("dns: {resolve_cache_ttl: 2147483648}"), "f:1:26: resolve_cache_ttl 2147483648 is over 2147483647\n"},
		{TOP("api: {tls: {cert: x}}"), "f:1:12: tls needs both cert and key\n"},
		{TOP("retention_bytes: much"), "f:1:18: retention_bytes \"much\" is not a size such as 65536, 64M or 2G\n"},
		{TOP("retention_bytes: 64k"), "f:1:18: retention_bytes 64k is under 1048576\n"},
		{TOP("state_dir: \"\""), "f:1:12: state_dir is empty\n"},
		{TOP("state_dir: \"a\\u0007b\""), "f:1:12: state_dir has control characters\n"},
		{TOP("state_dir: \"a\\0b\""), "f:1:12: a NUL byte in a text\n"},
		{TOP("defaults: {fallback: 10.0.0.1}"),
		    "f:1:12: unknown key \"fallback\" in defaults; it takes server, monitor or agent\n"},
		{TOP("defaults: {monitor: {targets: []}}"), "f:1:31: targets belong to a domain, not to defaults\n"},
	};

	(void)state;
	check(rows, ROWS(rows));
}

static void
rules(void **state)
{
	static const struct row rows[] = {
		{DOMAIN("      server: {policy: most}\n"), "f:6:24: policy \"most\" is none of any, all, quorum or priority\n"},
		{DOMAIN("      server: {policy: priorty}\n"),
		    "f:6:24: policy \"priorty\" is none of any, all, quorum or priority (did you mean \"priority\"?)\n"},
		{DOMAIN("      server: {policy: ALL}\n"),
		    "f:6:24: policy \"ALL\" is none of any, all, quorum or priority (did you mean \"all\"?)\n"},
		{DOMAIN("      server: {policy: any, votes: all}\n"),
		    "f:6:24: policy stands for votes and select: give policy, or these two\n"},
		{DOMAIN("      server: {select: priority, policy: any}\n"),
		    "f:6:42: policy stands for votes and select: give policy, or these two\n"},
		{DOMAIN("      server: {select: wieghted}\n"),
		    "f:6:24: select \"wieghted\" is none of all, priority, weighted or hash (did you mean \"weighted\"?)\n"},
		{DOMAIN("      server: {on_all_down: servfial}\n"),
		    "f:6:29: on_all_down \"servfial\" is none of fallback, all, last, nodata, servfail or refused (did you mean "
		    "\"servfail\"?)\n"},
		{DOMAIN("      server: {quorum: 2}\n"), "f:6:24: quorum is for votes quorum, and here votes is any\n"},
		{DOMAIN("      server: {hold: 2m, votes: all}\n"), "f:6:22: hold is for votes quorum, and here votes is all\n"},
		{DOMAIN("      server: {policy: quorum, quorum: 0}\n"),
		    "f:6:40: quorum \"0\" is not majority, a number from 1 to 256, or a share such as \"60%\"\n"},
		{DOMAIN("      server: {policy: quorum, quorum: 101%}\n"),
		    "f:6:40: quorum \"101%\" is not majority, a number from 1 to 256, or a share such as \"60%\"\n"},
		{DOMAIN("      server: {min_healthy: none}\n"),
		    "f:6:29: min_healthy \"none\" is not a number from 1 to 256 or a share such as \"50%\"\n"},
		{DOMAIN("      agent: {fast_interval: 5}\n"),
		    "f:6:15: unknown key \"fast_interval\" (did you mean \"fast_interval_sec\"?)\n"},
		{MONITOR("{mode: dns, rcode: [NOERROR, NXDOMIAN], targets: [{ip: 10.0.0.1, port: 53}]}"),
		    "f:5:35: rcode has \"NXDOMIAN\" (did you mean \"NXDOMAIN\"?)\n"},
		{MONITOR("{mode: tcp, send_hex: 0a, send: a, targets: [{ip: 10.0.0.1, port: 53}]}"),
		    "f:5:38: send_hex cannot stand beside send\n"},
		{MONITOR("{send_hex: 0a 0b, targets: [{ip: 10.0.0.1, port: 53}]}"),
		    "f:5:27: send_hex is not hexadecimal digits, two a byte and nothing between them\n"},
		{MONITOR("{send_hex: 000, mode: udp, targets: [{ip: 10.0.0.1, port: 53}]}"),
		    "f:5:27: send_hex is not hexadecimal digits, two a byte and nothing between them\n"},
		{MONITOR("{mode: dns, rcode: [noerror, NxDomain], targets: [{ip: 10.0.0.1, port: 53}]}"), ""},
		{DOMAIN("      agent: {interval_sec: 5, timeout_sec: 5}\n"),
		    "warning: f:6:45: timeout_sec is not under interval_sec: probes are given 90 % of the interval\n"},
		{DOMAIN("      agent: {token: a, token_file: /etc/token}\n"), "f:6:22: give token or token_file, not both\n"},
		{DOMAIN("      agent: {token_file: /etc/none}\n"), "f:6:27: /etc/none: No such file or directory\n"},
		{DOMAIN("      agent: {token_file: /etc/empty}\n"), "f:6:27: /etc/empty is empty\n"},
		{DOMAIN("      agent: {token: \"\"}\n"),
		    "warning: f:6:22: an empty token is none: anyone may report for this domain\n"},
		{DOMAIN("      fallback: [10.0.0.9, nonsense]\n"), "f:6:28: fallback \"nonsense\" is not an IPv4 or IPv6 address\n"},
		{DOMAIN("      fallback: [10.0.0.9, 10.0.0.9]\n"), "f:6:28: fallback names 10.0.0.9 twice\n"},
		{DOMAIN("      expect: [{when: {down: [10.0.0.2]}, answer: [10.0.0.1]}]\n"),
		    "f:6:31: \"10.0.0.2\" is no target of this domain\n"},
		{DOMAIN("      expect: [{when: {down: [10.0.0.1]}}]\n"), "f:6:16: expect without answer\n"},
		{DOMAIN("      expect: [{when: {unknown: [10.0.0.1], drain: 10.0.0.3}, answer: []}]\n"),
		    "f:6:52: \"10.0.0.3\" is no target of this domain\n"},
		{DOMAIN("      expect: [{when: {up: [10.0.0.1]}, answer: []}]\n"),
		    "f:6:24: unknown key \"up\" in when; it takes down, unknown or drain\n"},
		{DOMAIN("      lint: {ignore: [fall1, zzzzzzzz]}\n"),
		    "f:6:23: no advice has the id \"fall1\" (did you mean \"fall-1\"?)\n"
		    "f:6:30: no advice has the id \"zzzzzzzz\"\n"},
		{TOP("lint: {ignore: config}"), "f:1:16: config: what is refused cannot be ignored\n"},
		{TOP("lint: {ignored: fall-1}"), "f:1:8: unknown key \"ignored\" (did you mean \"ignore\"?)\n"},
	};

	(void)state;
	check(rows, ROWS(rows));
}

static void
targets(void **state)
{
	static const struct row rows[] = {
		{"zones: [{name: z, domains: {a.z: {}}}]\n", "f:1:29: a.z has no targets\n"},
		{MONITOR("{targets: []}"), "f:5:26: targets is empty\n"},
		{MONITOR("{mode: gopher, targets: [{ip: 10.0.0.1, port: 53}]}"),
		    "f:5:23: mode \"gopher\" is none of tcp, http, https, icmp, tls, udp, dns or exec\n"},
		{TARGETS("{ip: 10.0.0.1}"), "f:5:27: a target of mode tcp needs a port\n"},
		{TARGETS("{port: 80}"), "f:5:27: a target without ip\n"},
		{TARGETS("10.0.0.1"), "f:5:27: a target must be a map, not one value\n"},
		{TARGETS("{ip: 10.0.0.256, port: 80}"), "f:5:32: ip \"10.0.0.256\" is not an IPv4 or IPv6 address\n"},
		{TARGETS("{ip: 0.0.0.0, port: 80}"), "f:5:32: ip 0.0.0.0 cannot be a target\n"},
		{TARGETS("{ip: 10.0.0.1, port: 0}"), "f:5:48: port 0 is under 1\n"},
		{TARGETS("{ip: 10.0.0.1, port: 80, weight: 900000}"), "f:5:60: weight 900000 is over 65535\n"},
		{TARGETS("{ip: 10.0.0.1, port: 80}, {ip: 10.0.0.1, port: 81}, {ip: 10.0.0.1, port: 80}"),
		    "f:5:79: target 10.0.0.1:80 is already on line 5\n"},
		{TARGETS("{ip: \"2001:db8::1\", port: 80}, {ip: \"2001:DB8:0::1\", port: 80}"),
		    "f:5:58: target [2001:db8::1]:80 is already on line 5\n"},
		{MONITOR("{mode: icmp, targets: [{ip: 10.0.0.1, port: 7}]}"),
		    "warning: f:5:60: mode icmp has no port: 7 is ignored\n"},
		{MONITOR("{path: /x, targets: [{ip: 10.0.0.1, port: 80}]}"),
		    "f:5:23: path is for mode http or https, and here mode is tcp\n"},
		{MONITOR("{mode: http, verify: no, targets: [{ip: 10.0.0.1, port: 80}]}"),
		    "f:5:37: verify is for mode https or tls, and here mode is http\n"},
		{MONITOR("{mode: http, path: \"/a b\", targets: [{ip: 10.0.0.1, port: 80}]}"),
		    "f:5:35: path must begin with / and have no spaces, no # and only ASCII (percent-encode the rest)\n"},
		{MONITOR("{mode: http, method: \"GET /\", targets: [{ip: 10.0.0.1, port: 80}]}"),
		    "f:5:37: method is not a word such as GET or HEAD\n"},
		{MONITOR("{mode: http, host: \"a/b\", targets: [{ip: 10.0.0.1, port: 80}]}"), "f:5:35: host is not a host name\n"},
		{MONITOR("{mode: http, expect_status: 2xx, targets: [{ip: 10.0.0.1, port: 80}]}"),
		    "f:5:44: expect_status \"2xx\" is not codes and ranges such as \"200-299,302\"\n"},
	};

	(void)state;
	check(rows, ROWS(rows));
}

/* Targets of other types, and what is probed. */
static void
values(void **state)
{
#define CNAME "{type: CNAME, value: a.b, port: 80}"
#define TXT "{type: TXT, value: a, check_ip: 10.0.0.1, port: 80}"
#define WITH(target, body) "zones:\n- name: z\n  domains:\n    a.z:\n      monitor: {targets: [" target "]}\n      " body "\n"
#define BESIDE(record, name, target) \
	"zones:\n- name: z\n  records: |\n    " record "\n  domains: {" name ": {monitor: {targets: [" target "]}}}\n"
	static const struct row rows[] = {
		{TARGETS("{type: MX, value: a.b, port: 80}"), "f:5:34: type \"MX\" is none of A, AAAA, CNAME, SRV, TXT\n"},
		{TARGETS("{type: [A], ip: 10.0.0.1, port: 80}"), "f:5:34: type must be one value, not a list\n"},
		{TARGETS("{type: CNAME, port: 80}"), "f:5:27: a CNAME target without value\n"},
		{TARGETS("{type: CNAME, ip: 10.0.0.1, port: 80}"),
		    "f:5:45: ip is what an A or AAAA answers: give the CNAME its value, and what is probed as check_ip\n"},
		{TARGETS("{value: a.b, port: 80}"), "f:5:35: a value without type: CNAME, SRV or TXT\n"},
		{TARGETS("{type: A, value: a.b, port: 80}"),
		    "f:5:44: value is for CNAME, SRV and TXT: a target of type A has ip\n"},
		{TARGETS("{type: AAAA, ip: 10.0.0.1, port: 80}"), "f:5:44: ip 10.0.0.1 is no address of type AAAA\n"},
		{TARGETS("{type: CNAME, value: 10.0.0.1, port: 80}"),
		    "f:5:48: value \"10.0.0.1\" of a CNAME: not a host name\n"},
		{TARGETS("{type: CNAME, value: A.z, port: 80}"), "f:5:48: value \"A.z\" of a CNAME: an alias of itself\n"},
		{TARGETS("{type: CNAME, value: \"a.b\\n\", port: 80}"), "f:5:48: value \"a.b\" of a CNAME: control characters\n"},
		{TARGETS("{type: CNAME, value: a.b}"), "f:5:27: a target of mode tcp needs a port\n"},
		{TARGETS("{type: SRV, value: 0 0 0 ., port: 80}"),
		    "f:5:27: what is probed of the root? A target of type SRV needs check_ip\n"},
		{TARGETS("{type: TXT, value: v=1, port: 80}"),
		    "f:5:27: what is probed of a text? A target of type TXT needs check_ip\n"},
		{TARGETS("{type: TXT, value: '\"a', check_ip: 10.0.0.1, port: 80}"),
		    "f:5:46: value \"\"a\" of a TXT: not strings in quotes, such as \"v=1\" \"more\"\n"},
		{TARGETS("{ip: 10.0.0.1, port: 80}, " CNAME), "f:5:60: CNAME beside an address on line 5: the targets of a "
		    "domain are all addresses, or all of one other type\n"},
		{TARGETS(TXT ", {ip: 10.0.0.1, port: 80}"), "f:5:80: an address beside TXT on line 5: the targets of a "
		    "domain are all addresses, or all of one other type\n"},
		{TARGETS(CNAME ", {type: cname, value: A.B., port: 80}"), "f:5:64: target a.b:80 is already on line 5\n"},
		{TARGETS("{type: CNAME, value: a.b, port: 80, check_ip: 0.0.0.0}"),
		    "f:5:73: check_ip 0.0.0.0 cannot be a target\n"},
		{TARGETS("{ip: 10.0.0.1, port: 80, check_port: 0}"), "f:5:64: check_port 0 is under 1\n"},
		{MONITOR("{mode: icmp, targets: [{ip: 10.0.0.1, check_port: 7}]}"),
		    "warning: f:5:66: mode icmp has no port: 7 is ignored\n"},
		{WITH(CNAME, "fallback: [10.0.0.1, b.c]"),
		    "f:6:28: fallback has names and addresses: where a CNAME is, nothing else can be\n"},
		{WITH("{ip: 10.0.0.1, port: 80}", "fallback: [b.c]"), "f:6:18: fallback \"b.c\" is not an IPv4 or IPv6 address\n"},
		{WITH(CNAME, "fallback: [b.c, B.C.]"), "f:6:23: fallback names B.C. twice\n"},
		{WITH(CNAME, "fallback: [a.z]"), "f:6:18: fallback \"a.z\" of a CNAME: an alias of itself\n"},
		{WITH(CNAME, "expect: [{when: {down: [a.c]}, answer: [b.c]}]"), "f:6:31: \"a.c\" is no target of this domain\n"},
		{WITH(CNAME, "expect: [{when: {down: [\"a.b:80\"]}, answer: [b.c]}]"), ""},
		{BESIDE("a IN TXT x", "a.z", CNAME),
		    "f:4:1: a.z. is a configured domain with a CNAME, so it can have nothing else\n"},
		{BESIDE("a IN CNAME x", "a.z", CNAME), "f:4:1: a.z. is a configured domain: its CNAME is decided, not static\n"},
		{BESIDE("a IN CNAME x", "a.z", TXT), "f:4:1: a.z. is a configured domain: its CNAME is decided, not static\n"},
		{BESIDE("a IN TXT x", "a.z", TXT), "f:4:1: a.z. is a configured domain: its TXT is decided, not static\n"},
		{BESIDE("a IN A 10.0.0.1", "a.z", TXT), ""},
		{BESIDE("b IN TXT x", "z", CNAME), "f:5:13: the zone's own name cannot be a CNAME: z\n"},
		{BESIDE("b IN TXT x", "ns.z", CNAME),
		    "f:2:9: name server ns.z. is a CNAME domain: it must have addresses itself\n"},
	};

	(void)state;
	check(rows, ROWS(rows));
}

static void
names(void **state)
{
	static const struct row rows[] = {
		{"zones: [{domains: {}}]\n", "f:1:9: a zone without name\n"},
		{"zones: [{name: .}]\n", "f:1:16: \".\" cannot be a zone\n"},
		{"zones: [{name: a b}]\n",
		    "f:1:16: zone \"a b\": only letters, digits, '-' and '_' can be in a name\n"},
		{"zones: [{name: z}, {name: Z.}]\n", "f:1:27: zone z is already at f:1:16\n"},
		{"zones: [{name: a.z}, {name: z}, {name: yz}]\n", "f:1:16: zone a.z overlaps zone z at f:1:29\n"},
		{DOMAIN("    b.y: {monitor: {targets: [{ip: 10.0.0.1, port: 80}]}}\n"),
		    "f:6:5: domain b.y does not lie in zone z\n"},
		{DOMAIN("    az: {monitor: {targets: [{ip: 10.0.0.1, port: 80}]}}\n"),
		    "f:6:5: domain az does not lie in zone z\n"},
		{DOMAIN("    A.Z.: {monitor: {targets: [{ip: 10.0.0.1, port: 80}]}}\n"),
		    "f:6:5: domain a.z is already at f:4:5\n"},
		{DOMAIN("    \"*.z\": {monitor: {targets: [{ip: 10.0.0.1, port: 80}]}}\n"),
		    "f:6:5: a wildcard cannot be a domain: *.z\n"},
		{DOMAIN("    a..z: {}\n"), "f:6:5: domain \"a..z\": empty label\n"},
		{DOMAIN("domains: {x.y: {}}\n"), "f:6:11: domain x.y lies in no zone\n"},
	};

	(void)state;
	check(rows, ROWS(rows));
}

static void
zone_data(void **state)
{
	static const struct row rows[] = {
		{ZONE("records: |\n    a IN A 192.0.2.1\n\n\n    x IN A 192.0.2.300"),
		    "f:3:1: a.z. is a configured domain: its A is decided, not static\n"
		    "f:6:1: Syntax error, could not parse the RR's rdata\n"},
		{ZONE("records: |\n    a IN CNAME b"), "f:3:1: a.z. is a configured domain: its CNAME is decided, not static\n"},
		{ZONE("records: |\n    a IN TXT fine\n    x.y. IN A 192.0.2.1"), "f:4:1: x.y. lies outside of zone z\n"},
		{ZONE("records: |\n    sub IN NS ns1"), "f:3:1: NS records below the zone's own name are not served: sub.z.\n"},
		{ZONE("records: |\n    @ IN SOA a b 1 2 3 4 5"), "f:3:1: the SOA record is made from soa:\n"},
		{ZONE("records: |\n    x IN CNAME y\n    x IN TXT t"), "f:4:1: x.z. has a CNAME, so it can have nothing else\n"},
		{ZONE("records: |\n    @ IN CNAME y"), "f:3:1: the zone's own name cannot be a CNAME\n"},
		{ZONE("records: |\n    x CH TXT t"), "f:3:1: only class IN is served\n"},
		{ZONE("records: |\n    x IN DNAME y"), "f:3:1: DNAME records are not served\n"},
		{ZONE("records: |\n    x 5 IN A 192.0.2.1\n    x 6 IN A 192.0.2.2"), "f:4:1: x.z. A has TTL 6 here and 5 elsewhere\n"},
		{ZONE("records: |\n    x IN A 192.0.2.1\n    X IN A 192.0.2.1"), "f:4:1: x.z. A 192.0.2.1 is there twice\n"},
		{ZONE("records: \"x IN A 192.0.2.1.1\""), "f:2:12: Syntax error, could not parse the RR's rdata\n"},
		{ZONE("records_file: /etc/none"), "f:2:17: /etc/none: No such file or directory\n"},
		{ZONE("records_file: /etc/token"), "/etc/token:1:1: Syntax error, could not parse the RR's TTL\n"},
		{ZONE("ns: ns1"), "f:2:7: ns \"ns1\" is not a full name (did you mean \"ns1.z.\"?)\n"},
		{ZONE("ns: []"), "f:2:7: ns names no name server\n"},
		{ZONE("ns: [ns1.z.]"), "f:2:7: name server ns1.z. has no address: add an A record to records:\n"},
		{ZONE("soa: {minimum: 6}"), "f:2:18: minimum 6 is over 5, the smallest ttl of the zone's domains\n"},
		{ZONE("soa: {rname: a@b}"),
		    "f:2:16: rname \"a@b\": only letters, digits, '-' and '_' can be in a name\n"},
		{ZONE("fallback_ttl: x"), "f:2:17: fallback_ttl \"x\" is not a whole number\n"},
	};

	(void)state;
	check(rows, ROWS(rows));
}

static void
agents(void **state)
{
	static const struct row rows[] = {
		{TOP("agents: [{token: x}]"), "f:1:10: an agent without id\n"},
		{TOP("agents: [{id: x}]"), "f:1:10: an agent without token or token_file\n"},
		{TOP("agents: [{id: \"\", token: x}]"), "f:1:15: agent_id is empty\n"},
		{TOP("agents: [{id: x, token: \"\"}]"), "f:1:10: an agent with an empty token\n"},
		{TOP("agents: [{id: x, token: s3cret}, {id: x, token: b}]"), "f:1:39: agent \"x\" is already on line 1\n"},
		{TOP("agents: [{id: x, token: s3cret}, {id: y, token_file: /etc/token}]"),
		    "f:1:39: the token of this agent is already that of the agent on line 1\n"},
	};

	(void)state;
	check(rows, ROWS(rows));
}

/* No way of getting a token wrong may put it into a log. */
static void
no_secret_is_said(void **state)
{
	static const char *const texts[] = {
		DOMAIN("      agent: {token:s3cret}\n"), DOMAIN("      agent: {token: [s3cret]}\n"),
		DOMAIN("      agent: {tokn: s3cret}\n"), DOMAIN("      agent: {token: {s3cret: 1}}\n"),
		DOMAIN("      agent: {token: \"s3cret\\u0001\"}\n"), DOMAIN("      agent: {token: s3cret\n"),
		DOMAIN("      agent: {token: \"s3cret}\n"), TOP("agents: [{id: x, token: s3cret}, {id: x, token: s3cret}]"),
		TOP("agents: s3cret"), TOP("agents: [s3cret]"), DOMAIN("      agent: s3cret\n"),
		TOP("api: {admin_token_file: /etc/token}"),
	};

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		const struct source_file files[] = {{"f", texts[i]}, {"/etc/token", "s3cret\n"}, {0}};
		struct config_source src = source_of(files);
		struct config_problems p = {0};
		struct config c;
		struct buf b;

		config_load(&c, "f", &src, &p);
		problems_text(&p, &b);
		assert_true(p.n > 0);
		assert_null(strstr(b.data, "s3cret"));
		buf_free(&b);
		config_problems_free(&p);
		config_free(&c);
	}
}

/* One mistake a domain in a thousand and more of them: counted all, kept up to a bound, in order. */
static void
many_problems(void **state)
{
	struct buf text, b;
	struct source_file files[] = {{"f", NULL}, {0}};
	struct config_source src = source_of(files);
	struct config_problems p = {0};
	struct config c;

	(void)state;
	buf_init(&text);
	buf_puts(&text, "zones:\n- name: z\n  domains:\n");
	for (int i = 0; i < 1500; i++)
		buf_printf(&text, "    a%d.z: {}\n", i);
	files[0].text = text.data;
	assert_int_equal(config_load(&c, "f", &src, &p), -1);
	assert_int_equal(p.errors, 1500);
	assert_int_equal(p.n, 1000);
	problems_text(&p, &b);
	assert_int_equal(strncmp(b.data, "f:4:5: a0.z has no targets\nf:5:5: a1.z has no targets\n", 54), 0);
	buf_free(&b);
	buf_free(&text);
	config_problems_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(not_yaml), cmocka_unit_test(keys_and_kinds), cmocka_unit_test(rules),
	    cmocka_unit_test(targets), cmocka_unit_test(names), cmocka_unit_test(zone_data),
	    cmocka_unit_test(agents), cmocka_unit_test(no_secret_is_said), cmocka_unit_test(many_problems), cmocka_unit_test(values),
	};

	return cmocka_run_group_tests_name("config_errors", tests, NULL, NULL);
}
