#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/config_domain.h"
#include "model/limits.h"

/* monitor: what is probed. */

#define HTTP(member) offsetof(struct settings, d.probe.http.member)
#define HTTP_AT(i) offsetof(struct settings, monitor.http_at[i])

enum { M_MODE, M_TAG, M_TARGETS, M_PATH, M_METHOD, M_HOST, M_STATUS, M_VERIFY, M_CA };

#define AT(member) offsetof(struct settings, member)
static const struct key monitor_keys[] = {
    [M_MODE] = {"mode", KEY_WORD, AT(d.probe.type), 0, 0, 0, probe_type_words},
    [M_TAG] = {"monitor_tag", KEY_NODE, AT(monitor.tags), 0, 0, 0, NULL},
    [M_TARGETS] = {"targets", KEY_NODE, AT(monitor.targets), 0, 0, 0, NULL},
    [M_PATH] = {"path", KEY_TEXT, HTTP(path), HTTP_AT(0), 0, 0, NULL},
    [M_METHOD] = {"method", KEY_TEXT, HTTP(method), HTTP_AT(1), 0, 0, NULL},
    [M_HOST] = {"host", KEY_TEXT, HTTP(host), HTTP_AT(2), 0, 0, NULL},
    [M_STATUS] = {"expect_status", KEY_NODE, AT(monitor.codes), HTTP_AT(3), 0, 0, NULL},
    [M_VERIFY] = {"verify", KEY_BOOL, HTTP(verify), HTTP_AT(4), 0, 0, NULL},
    [M_CA] = {"ca", KEY_PATH, HTTP(ca), HTTP_AT(5), 0, 0, NULL},
    {0},
};
#undef AT

/* ---- parameters of http and https */

static void
take_code(struct reader *r, const struct yaml *n, void *arg)
{
	struct buf *b = arg;

	(void)r;
	if (b->len > 0)
		buf_putc(b, ',');
	buf_add(b, n->text, n->n);
}

static void
read_codes(struct reader *r, const struct yaml *n, struct probe_http *h)
{
	char shown[64];
	struct buf b;

	buf_init(&b);
	read_each(r, n, "expect_status", take_code, &b);
	if (!b.data || !code_ranges_parse(b.data, h->codes, &h->ncodes))
		read_problem(r, n,
		             "expect_status \"%s\" is not codes and ranges such as \"200-299,302\"",
		             n->kind == YAML_SCALAR ? read_show(shown, n) : "[...]");
	buf_free(&b);
}

/* What goes into the request line or a header must not be able to end it. */
static bool
only(const char *s, const char *refused)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f || strchr(refused, *s))
			return false;
	return true;
}

static bool
method_fine(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= 16 && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == n;
}

static void
check_http(struct reader *r, const struct settings *s, uint64_t seen)
{
	const struct probe_http *h = &s->d.probe.http;

	if ((seen & SEEN(M_PATH)) && (h->path[0] != '/' || !only(h->path, "#")))
		read_problem_at(r, s->monitor.http_at[0], false,
		                "path must begin with / and have no spaces, no # and only ASCII "
		                "(percent-encode the rest)");
	if ((seen & SEEN(M_METHOD)) && !method_fine(h->method))
		read_problem_at(r, s->monitor.http_at[1], false,
		                "method is not a word such as GET or HEAD");
	if ((seen & SEEN(M_HOST)) &&
	    (!h->host || !h->host[0] || strlen(h->host) > LIMIT_NAME || !only(h->host, "/@#?")))
		read_problem_at(r, s->monitor.http_at[2], false, "host is not a host name");
}

/* A parameter that the mode does not have would silently do nothing. */
static void
check_mode_keys(struct reader *r, const struct settings *s, uint64_t seen)
{
	enum probe_type type = s->d.probe.type;

	for (int k = M_PATH; k <= M_CA; k++) {
		bool https_only = k == M_VERIFY || k == M_CA;

		if (!(seen & SEEN(k)) || type == PROBE_HTTPS || (type == PROBE_HTTP && !https_only))
			continue;
		read_problem_at(r, s->monitor.http_at[k - M_PATH], false,
		                "%s is for mode %s, and here mode is %s", monitor_keys[k].name,
		                https_only ? "https" : "http or https", probe_type_word((int)type));
	}
}

void
settings_monitor(struct reader *r, struct settings *s, const struct yaml *map, bool defaults)
{
	uint64_t seen;

	memset(&s->monitor, 0, sizeof(s->monitor));
	seen = read_map(r, map, "monitor", monitor_keys, s);
	s->monitor_given |= seen;
	if (s->monitor.tags)
		read_tags(r, s->monitor.tags, "monitor_tag", &s->d.tags, &s->d.ntags);
	if (s->monitor.codes)
		read_codes(r, s->monitor.codes, &s->d.probe.http);
	if (seen >> M_PATH)
		check_http(r, s, seen);
	if (seen >> M_PATH && !defaults)
		check_mode_keys(r, s, seen);
	if (s->monitor.targets && defaults) {
		read_problem(r, s->monitor.targets, "targets belong to a domain, not to defaults");
		s->monitor.targets = NULL;
	}
}

/* ---- targets */

struct target_raw {
	struct target t;
	const struct yaml *ip;
	struct place port_at;
};

enum { T_IP, T_PORT, T_PRIORITY, T_WEIGHT };

#define AT(member) offsetof(struct target_raw, member)
static const struct key target_keys[] = {
    [T_IP] = {"ip", KEY_NODE, AT(ip), 0, 0, 0, NULL},
    [T_PORT] = {"port", KEY_INT, AT(t.port), AT(port_at), 1, 65535, NULL},
    [T_PRIORITY] = {"priority", KEY_INT, AT(t.priority), 0, -65535, 65535, NULL},
    [T_WEIGHT] = {"weight", KEY_INT, AT(t.weight), 0, 0, 65535, NULL},
    {0},
};
#undef AT

/* "domain:ip:port", "domain:ip:icmp": what the original calls the check. */
static const char *
check_name(struct arena *a, const struct domain *d, const struct target *t)
{
	char ip[ADDR_TEXT], port[8] = "icmp";
	size_t n = strlen(d->name), i, p;
	char *name;

	addr_format(ip, &t->addr);
	if (t->port != PORT_NONE) {
		unsigned v = (unsigned)t->port;
		char *end = port + sizeof(port) - 1, *s = end;

		*end = '\0';
		do
			*--s = (char)('0' + v % 10);
		while ((v /= 10) > 0);
		memmove(port, s, (size_t)(end - s) + 1);
	}
	i = strlen(ip);
	p = strlen(port);
	name = arena_alloc(a, n + i + p + 3);
	memcpy(name, d->name, n);
	name[n] = ':';
	memcpy(name + n + 1, ip, i);
	name[n + 1 + i] = ':';
	memcpy(name + n + i + 2, port, p + 1);
	return name;
}

static void
check_port(struct reader *r, const struct yaml *n, const struct domain *d, struct target_raw *raw)
{
	const char *mode = probe_type_word((int)d->probe.type);

	if (raw->t.port == PORT_NONE && raw->port_at.line == 0 && probe_needs_port(d->probe.type))
		read_problem(r, n, "a target of mode %s needs a port", mode);
	if (raw->t.port != PORT_NONE && !probe_needs_port(d->probe.type)) {
		read_problem_at(r, raw->port_at, true, "mode %s has no port: %d is ignored", mode,
		                raw->t.port);
		raw->t.port = PORT_NONE;
	}
}

static void
read_target(struct reader *r, const struct yaml *n, struct domain *d)
{
	struct target_raw raw = {.t = {.port = PORT_NONE, .weight = 1}};
	char text[ENDPOINT_TEXT], shown[64];
	size_t before = r->problems->errors;
	const struct target *same;

	if (!read_expect_kind(r, n, YAML_MAP, "a target"))
		return;
	if (!(read_map(r, n, "a target", target_keys, &raw) & SEEN(T_IP))) {
		read_problem(r, n, "a target without ip");
		return;
	}
	if (!read_address(r, raw.ip, "ip", &raw.t.addr))
		return;
	if (addr_is_wildcard(&raw.t.addr) || addr_is_multicast(&raw.t.addr))
		read_problem(r, raw.ip, "ip %s cannot be a target", read_show(shown, raw.ip));
	check_port(r, n, d, &raw);
	if (r->problems->errors > before)
		return;
	same = config_target(d, &raw.t.addr, raw.t.port);
	if (same) {
		read_problem(r, n, "target %s is already on line %u",
		    endpoint_format(text, &raw.t.addr, raw.t.port), (unsigned)same->at.line);
		return;
	}
	raw.t.at = read_place(r, n);
	raw.t.check_name = check_name(r->arena, d, &raw.t);
	d->targets[d->ntargets++] = raw.t;
}

void
config_read_targets(struct reader *r, const struct yaml *list, struct domain *d)
{
	if (!read_expect_kind(r, list, YAML_LIST, "targets"))
		return;
	if (list->n > LIMIT_TARGETS) {
		read_problem(r, list, "%u targets are over %d", (unsigned)list->n,
		             (int)LIMIT_TARGETS);
		return;
	}
	if (list->n == 0)
		read_problem(r, list, "targets is empty");
	d->targets = arena_alloc(r->arena, list->n * sizeof(*d->targets));
	for (const struct yaml *n = list->first; n; n = n->next)
		read_target(r, n, d);
}
