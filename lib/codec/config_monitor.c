#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/config_domain.h"
#include "model/limits.h"

/* monitor: what is probed. */

#define HTTP(member) offsetof(struct settings, probe.http.member)
#define HTTP_AT(i) offsetof(struct settings, monitor.http_at[i])

enum { M_MODE, M_TAG, M_TARGETS, M_PATH, M_METHOD, M_HOST, M_STATUS, M_VERIFY, M_CA };

#define AT(member) offsetof(struct settings, member)
static const struct key monitor_keys[] = {
    [M_MODE] = {"mode", KEY_WORD, AT(probe.type), 0, 0, 0, probe_type_words},
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
	const struct probe_http *h = &s->probe.http;

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
	enum probe_type type = s->probe.type;

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
		read_codes(r, s->monitor.codes, &s->probe.http);
	if (seen >> M_PATH)
		check_http(r, s, seen);
	if (seen >> M_PATH && !defaults)
		check_mode_keys(r, s, seen);
	if (s->monitor.targets && defaults) {
		read_problem(r, s->monitor.targets, "targets belong to a domain, not to defaults");
		s->monitor.targets = NULL;
	}
}
