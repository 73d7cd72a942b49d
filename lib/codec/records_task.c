#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "codec/records.h"
#include "codec/records_field.h"
#include "codec/records_write.h"
#include "model/name.h"

enum { TASK_BYTES = 65536 };
#define SECONDS_MAX (3650.0 * 86400)

static const char *
keep_text(struct fields *f, struct arena *a, const char *key, enum need need, const char *otherwise)
{
	char text[1024];

	return field_copy(f, key, need, text, sizeof(text)) ? arena_strdup(a, text) : otherwise;
}

static void
read_seconds(struct fields *f, const char *key, int64_t *ms)
{
	double s;

	if (!field_double(f, key, NEED_FIELD, &s))
		return;
	if (s > 0 && s <= SECONDS_MAX)
		*ms = (int64_t)ceil(s * 1000);
	else
		field_wrong(f, key, "value_error", "Value error, not a time in seconds");
}

static void
read_codes(struct fields *f, struct probe_http *h)
{
	char text[256];

	if (!field_copy(f, "expect_status", NEED_NOT, text, sizeof(text)))
		return;
	if (!code_ranges_parse(text, h->codes, &h->ncodes))
		field_wrong(f, "expect_status", "value_error",
		            "Value error, not a list of HTTP codes");
}

/* The object named after the type: its parameters, each with the probe's default. */
static void
read_http(struct fields *f, struct arena *a, struct json *object, struct probe_http *h)
{
	struct fields in = {object, f->list, f->n, f->cap};
	struct json *verify = json_get(object, "verify");

	h->path = keep_text(&in, a, "path", NEED_NOT, h->path);
	h->method = keep_text(&in, a, "method", NEED_NOT, h->method);
	h->host = keep_text(&in, a, "host", NEED_NOT, h->host);
	h->ca = keep_text(&in, a, "ca", NEED_NOT, h->ca);
	read_codes(&in, h);
	if (verify && !json_bool(verify, &h->verify))
		field_wrong(&in, "verify", "bool_type", "Input should be a valid boolean");
	f->n = in.n;
}

static void
read_probe(struct fields *f, struct arena *a, struct probe *p)
{
	struct json *object;
	int type;

	if (!field_word(f, "type", probe_type_words, &type))
		return;
	probe_default(p, (enum probe_type)type);
	if (type != PROBE_HTTP && type != PROBE_HTTPS)
		return;
	object = json_get(f->object, probe_type_word(type));
	if (object && json_type(object) != JSON_OBJECT)
		field_wrong(f, probe_type_word(type), "model_attributes_type",
		            "Input should be an object");
	else if (object)
		read_http(f, a, object, &p->http);
}

/* An address, or a host name that is resolved before each probe. */
static void
read_target(struct fields *f, struct arena *a, struct task *t)
{
	char name[LIMIT_NAME + 1];
	size_t n;
	const char *s = field_text(f, "target_ip", NEED_FIELD, &n);

	if (!s || (strlen(s) == n && addr_parse(s, &t->target)))
		return;
	t->target.family = FAMILY_OTHER;
	if (strlen(s) == n && name_host(name, s, NULL))
		t->target_name = arena_strdup(a, name);
	else
		field_wrong(f, "target_ip", "value_error",
		            "Value error, not an IP address or host name");
}

static void
read_where(struct fields *f, struct arena *a, struct task *t)
{
	int64_t port;

	read_target(f, a, t);
	t->port = PORT_NONE;
	if (field_int(f, "port", NEED_NOT, 1, 65535, &port))
		t->port = (int)port;
	else if (!f->n && probe_needs_port(t->probe.type))
		field_wrong(f, "port", "missing", "Field required for %s",
		            probe_type_word(t->probe.type));
}

static const char *
read_domain(struct fields *f, struct arena *a)
{
	char name[LIMIT_NAME + 1];

	return field_name(f, "domain", NEED_FIELD, name) ? arena_strdup(a, name) : NULL;
}

int
task_read(struct task *t, struct arena *a, const char *line, size_t n, struct fault *f)
{
	struct field_fault wrong;
	struct fields in;
	char check[LIMIT_CHECK_NAME + 1];

	memset(t, 0, sizeof(*t));
	if (fields_open(&in, line, n, TASK_BYTES, &wrong, 1)) {
		if (field_copy(&in, "check_name", NEED_FIELD, check, sizeof(check)))
			t->check_name = arena_strdup(a, check);
		t->domain = read_domain(&in, a);
		read_probe(&in, a, &t->probe);
		read_where(&in, a, t);
		read_seconds(&in, "timeout_sec", &t->timeout_ms);
		read_seconds(&in, "interval_sec", &t->interval_ms);
		t->server = keep_text(&in, a, "server", NEED_NOT, NULL);
		t->host = keep_text(&in, a, "host", NEED_NOT, NULL);
	}
	return fields_end(&in, f);
}

/* 5 or 0.25 */
static void
put_seconds(struct buf *b, int64_t ms)
{
	buf_puti(b, ms / 1000);
	if (ms % 1000 == 0)
		return;
	buf_printf(b, ".%03d", (int)(ms % 1000));
	while (b->data[b->len - 1] == '0')
		b->data[--b->len] = '\0';
}

static void
put_text(struct buf *b, const char *key, const char *s)
{
	if (!s)
		return;
	buf_puts(b, key);
	buf_json(b, s);
}

static void
put_http(struct buf *b, const struct probe *p)
{
	const struct probe_http *h = &p->http;
	char codes[PROBE_CODES * 12];

	buf_printf(b, ",\"%s\":{\"path\":", probe_type_word(p->type));
	buf_json(b, h->path);
	put_text(b, ",\"method\":", h->method);
	put_text(b, ",\"host\":", h->host);
	put_text(b, ",\"expect_status\":",
	         code_ranges_format(codes, sizeof(codes), h->codes, h->ncodes));
	if (p->type == PROBE_HTTPS) {
		buf_puts(b, h->verify ? ",\"verify\":true" : ",\"verify\":false");
		put_text(b, ",\"ca\":", h->ca);
	}
	buf_putc(b, '}');
}

void
task_write_object(struct buf *b, const struct task *t, bool original)
{
	char addr[ADDR_TEXT];

	PUT(b, "{\"check_name\":");
	buf_json(b, t->check_name);
	PUT(b, ",\"domain\":");
	buf_json(b, t->domain);
	PUT(b, ",\"target_ip\":");
	buf_json(b, t->target_name ? t->target_name : addr_format(addr, &t->target));
	PUT(b, ",\"port\":");
	if (t->port == PORT_NONE)
		PUT(b, "null");
	else
		buf_puti(b, t->port);
	put_text(b, ",\"type\":", probe_type_word(original ? PROBE_TCP : (int)t->probe.type));
	PUT(b, ",\"timeout_sec\":");
	put_seconds(b, t->timeout_ms);
	PUT(b, ",\"interval_sec\":");
	put_seconds(b, t->interval_ms);
	if (!original) {
		if (t->probe.type == PROBE_HTTP || t->probe.type == PROBE_HTTPS)
			put_http(b, &t->probe);
		put_text(b, ",\"server\":", t->server);
		put_text(b, ",\"host\":", t->host);
	}
	buf_putc(b, '}');
}

void
task_write(struct buf *b, const struct task *t)
{
	task_write_object(b, t, false);
	buf_putc(b, '\n');
}
