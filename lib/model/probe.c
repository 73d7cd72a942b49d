#include "model/probe.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "base/text.h"
#include "model/command.h"
#include "model/limits.h"
#include "model/name.h"
#include "model/outlet.h"
#include "model/pattern.h"

/* ---- what is wrong with a value */

/* What goes into the request line or a header must not be able to end it. */
static bool
only(const char *s, const char *refused)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f || strchr(refused, *s))
			return false;
	return true;
}

static const char *
wrong_path(const struct probe *p)
{
	if (!p->path || (p->path[0] == '/' && only(p->path, "#")))
		return NULL;
	return "must begin with / and have no spaces, no # and only ASCII (percent-encode the rest)";
}

/* The answer to HEAD has no body, and what one in the request means nobody has said. */
static const char *
wrong_with_head(const struct probe *p)
{
	if (!p->method || strcmp(p->method, "HEAD") != 0 || (!p->body && !p->expect_body))
		return NULL;
	return "cannot be: method HEAD goes neither with body nor with expect_body";
}

static const char *
wrong_method(const struct probe *p)
{
	size_t n = p->method ? strlen(p->method) : 1;

	if (!p->method || (n > 0 && n <= 16 && strspn(p->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == n))
		return wrong_with_head(p);
	return "is not a word such as GET or HEAD";
}

static const char *
wrong_host(const struct probe *p)
{
	struct addr a;

	if (!p->host || (p->host[0] && strlen(p->host) <= LIMIT_NAME &&
	                 only(p->host, strchr(p->host, ':') ? "/@#?[]" : "/@#?[]:")))
		return !p->host || !strchr(p->host, ':') || addr_parse(p->host, &a)
		    ? NULL
		    : "is a host name without a port";
	return "is not a host name";
}

/* The name of a header line with something behind it; 0: it is none. */
static size_t
header_name(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	                     "!#$%&'*+-.^_`|~");

	return n && s[n] == ':' && s[n + 1 + strspn(s + n + 1, " ")] ? n : 0;
}

static const char *
wrong_headers(const struct probe *p)
{
	/* What says where the request ends and whose it is, is ours to say. */
	static const char *const ours[] = {"Host", "Content-Length", "Transfer-Encoding",
	                                   "Connection", "Expect"};
	size_t total = 0;

	for (size_t i = 0; i < p->headers.n; i++) {
		const char *s = p->headers.list[i];
		size_t n = header_name(s);

		total += strlen(s);
		if (!n)
			return "has an entry that is not \"Name: value\"";
		if (p->auth_file && n == 13 && strncasecmp(s, "Authorization", n) == 0)
			return "has Authorization, and there is an auth_file";
		for (size_t k = 0; k < sizeof(ours) / sizeof(*ours); k++)
			if (strlen(ours[k]) == n && strncasecmp(s, ours[k], n) == 0)
				return "cannot set Host (use host), Content-Length (use body), "
				       "Transfer-Encoding, Connection or Expect";
	}
	return total > PROBE_HEADERS_MOST ? "has over 16384 bytes" : NULL;
}

static const char *
wrong_expect_body(const struct probe *p)
{
	const char *why = p->expect_body ? pattern_wrong(p->expect_body + (*p->expect_body == '!'))
	                                 : NULL;

	return why ? why : wrong_with_head(p);
}

static const char *
wrong_key(const struct probe *p)
{
	return p->key && !p->cert ? "needs cert" : NULL;
}

static const char *
wrong_sni(const struct probe *p)
{
	char name[LIMIT_NAME + 1];
	struct addr a;

	return !p->sni || name_host(name, p->sni, NULL) || addr_parse(p->sni, &a)
	    ? NULL
	    : "is not a host name";
}

static const char *
wrong_alpn(const struct probe *p)
{
	size_t n = p->alpn ? strlen(p->alpn) : 1;

	return n > 0 && n < 256 && (!p->alpn || only(p->alpn, ""))
	    ? NULL
	    : "is not the name of one protocol, such as h2 or imap";
}

static const char *
wrong_send(const struct probe *p)
{
	return p->send && !*p->send ? "is empty" : NULL;
}

static const char *
wrong_send_hex(const struct probe *p)
{
	uint8_t bytes[PARAM_BYTES_MOST / 2];
	size_t n = p->send_hex ? strlen(p->send_hex) : 0;

	if (!p->send_hex)
		return NULL;
	if (p->send)
		return "cannot stand beside send";
	if (!n)
		return "is empty";
	return n <= PARAM_BYTES_MOST && num_hex(bytes, p->send_hex, n)
	    ? NULL
	    : "is not hexadecimal digits, two a byte and nothing between them";
}

static const char *
wrong_expect(const struct probe *p)
{
	return p->expect ? pattern_wrong(p->expect + (*p->expect == '!')) : NULL;
}

static const char *
wrong_qname(const struct probe *p)
{
	char name[LIMIT_NAME + 1];

	return !p->qname || name_normal(name, p->qname, NULL) ? NULL : "is not a domain name";
}

/* Codes are written in capitals, so what is near is looked for in these. */
static const char *
no_rcode(const char *s)
{
	static _Thread_local char text[96];
	char shown[24], capitals[24];
	const char *near;
	size_t n = text_clean(shown, sizeof(shown), s, strlen(s));

	for (size_t i = 0; i <= n; i++)
		capitals[i] = (char)(shown[i] >= 'a' && shown[i] <= 'z' ? shown[i] - 32 : shown[i]);
	near = text_nearest(capitals, dns_rcode_words);
	if (near)
		snprintf(text, sizeof(text), "has \"%s\" (did you mean \"%s\"?)", shown, near);
	else
		snprintf(text, sizeof(text),
		         "has \"%s\", no code such as NOERROR, NXDOMAIN or REFUSED", shown);
	return text;
}

static const char *
wrong_rcode(const struct probe *p)
{
	for (size_t i = 0; i < p->rcodes.n; i++)
		if (dns_rcode_from(p->rcodes.list[i]) < 0)
			return no_rcode(p->rcodes.list[i]);
	return p->rcodes.n ? NULL : "is empty";
}

static const char *
wrong_command(const struct probe *p)
{
	return command_wrong(&p->command);
}

static const char *
wrong_source(const struct probe *p)
{
	return outlet_source_wrong(&p->source);
}

static const char *
wrong_interface(const struct probe *p)
{
	return outlet_interface_wrong(p->interface);
}

/* ---- the table */

#define HTTP (1U << PROBE_HTTP)
#define HTTPS (1U << PROBE_HTTPS)
#define TCP (1U << PROBE_TCP)
#define ICMP (1U << PROBE_ICMP)
#define TLS (1U << PROBE_TLS)
#define UDP (1U << PROBE_UDP)
#define DNS (1U << PROBE_DNS)
#define EXEC (1U << PROBE_EXEC)
#define NETWORK (((1U << PROBE_TYPES) - 1) & ~EXEC)
#define AT(member) offsetof(struct probe, member)

const struct probe_param probe_params[] = {
    {"path", PARAM_TEXT, HTTP | HTTPS, AT(path), 0, 0, NULL, wrong_path},
    {"method", PARAM_TEXT, HTTP | HTTPS, AT(method), 0, 0, NULL, wrong_method},
    {"host", PARAM_TEXT, HTTP | HTTPS, AT(host), 0, 0, NULL, wrong_host},
    {"auth_file", PARAM_FILE, HTTP | HTTPS, AT(auth_file), 0, 0, NULL, wrong_headers},
    {"headers", PARAM_TEXTS, HTTP | HTTPS, AT(headers), 0, 0, NULL, wrong_headers},
    {"body", PARAM_BYTES, HTTP | HTTPS, AT(body), 0, 0, NULL, wrong_with_head},
    {"expect_status", PARAM_CODES, HTTP | HTTPS, AT(codes), 100, 599, NULL, NULL},
    {"expect_body", PARAM_TEXT, HTTP | HTTPS, AT(expect_body), 0, 0, NULL, wrong_expect_body},
    {"follow", PARAM_NUMBER, HTTP | HTTPS, AT(follow), 0, 10, NULL, NULL},
    {"verify", PARAM_BOOL, HTTPS | TLS, AT(verify), 0, 0, NULL, NULL},
    {"ca", PARAM_FILE, HTTPS | TLS, AT(ca), 0, 0, NULL, NULL},
    {"cert", PARAM_FILE, HTTPS | TLS, AT(cert), 0, 0, NULL, NULL},
    {"key", PARAM_FILE, HTTPS | TLS, AT(key), 0, 0, NULL, wrong_key},
    {"min_days", PARAM_NUMBER, HTTPS | TLS, AT(min_days), 0, 3650, NULL, NULL},
    {"sni", PARAM_TEXT, TLS, AT(sni), 0, 0, NULL, wrong_sni},
    {"alpn", PARAM_TEXT, TLS, AT(alpn), 0, 0, NULL, wrong_alpn},
    {"send", PARAM_BYTES, TCP | UDP, AT(send), 0, 0, NULL, wrong_send},
    {"send_hex", PARAM_BYTES, TCP | UDP, AT(send_hex), 0, 0, NULL, wrong_send_hex},
    {"expect", PARAM_TEXT, TCP | UDP | DNS, AT(expect), 0, 0, NULL, wrong_expect},
    {"qname", PARAM_TEXT, DNS, AT(qname), 0, 0, NULL, wrong_qname},
    {"qtype", PARAM_WORD, DNS, AT(qtype), 0, 0, qtype_words, NULL},
    {"rcode", PARAM_TEXTS, DNS, AT(rcodes), 0, 0, dns_rcode_words, wrong_rcode},
    {"tcp", PARAM_BOOL, DNS, AT(by_tcp), 0, 0, NULL, NULL},
    {"command", PARAM_COMMAND, EXEC, AT(command), 1, 0, NULL, wrong_command},
    {"codes", PARAM_WORD, EXEC, AT(exec_codes), 0, 0, exec_codes_words, NULL},
    {"count", PARAM_NUMBER, ICMP, AT(count), 1, PING_COUNT_MOST, NULL, NULL},
    {"max_loss", PARAM_NUMBER, ICMP, AT(max_loss), 0, 100, NULL, NULL},
    {"max_rtt_ms", PARAM_NUMBER, ICMP, AT(max_rtt_ms), 1, PING_RTT_MOST, NULL, NULL},
    {"size", PARAM_NUMBER, ICMP, AT(size), PING_SIZE_LEAST, PING_SIZE_MOST, NULL, NULL},
    {"source", PARAM_TEXTS, NETWORK, AT(source), 0, 0, NULL, wrong_source},
    {"interface", PARAM_TEXT, NETWORK, AT(interface), 0, 0, NULL, wrong_interface},
    {0},
};

void
probe_default(struct probe *p, enum probe_type type)
{
	static const char *noerror[] = {"NOERROR"};

	*p = (struct probe){
	    .type = type,
	    .path = "/",
	    .codes = {{{200, 399}}, 1},
	    .verify = true,
	    .rcodes = {noerror, 1},
	    .count = 3,
	    .max_loss = 100,
	    .size = 56,
	};
}

bool
probe_has_port(enum probe_type type)
{
	return type != PROBE_ICMP;
}

bool
probe_needs_port(enum probe_type type)
{
	return probe_has_port(type) && type != PROBE_EXEC;
}

bool
probe_tells_name(enum probe_type type)
{
	return type == PROBE_HTTP || type == PROBE_HTTPS || type == PROBE_TLS ||
	       type == PROBE_DNS || type == PROBE_EXEC;
}

bool
probe_has(enum probe_type type, const struct probe_param *q)
{
	return q->types >> type & 1;
}

void
probe_param_words(const struct probe_param *q, struct texts *t)
{
	for (size_t i = 0; q->words && i < t->n; i++)
		for (const char *const *w = q->words; *w; w++)
			if (strcasecmp(t->list[i], *w) == 0)
				t->list[i] = *w;
}

static bool
is_list(const struct probe_param *q)
{
	return q->kind == PARAM_TEXTS || q->kind == PARAM_COMMAND;
}

const char *
probe_lacks(const struct probe *p)
{
	for (const struct probe_param *q = probe_params; q->name; q++)
		if (probe_has(p->type, q) && is_list(q) &&
		    ((const struct texts *)probe_value(p, q))->n < (size_t)q->min)
			return q->name;
	return NULL;
}

const void *
probe_value(const struct probe *p, const struct probe_param *q)
{
	return (const char *)p + q->at;
}

void
probe_take(struct probe *to, const struct probe *from, const struct probe_param *q)
{
	static const size_t size[] = {
	    [PARAM_TEXT] = sizeof(char *),  [PARAM_BYTES] = sizeof(char *),
	    [PARAM_FILE] = sizeof(char *),  [PARAM_BOOL] = sizeof(bool),
	    [PARAM_NUMBER] = sizeof(int),   [PARAM_WORD] = sizeof(int),
	    [PARAM_CODES] = sizeof(struct code_ranges), [PARAM_TEXTS] = sizeof(struct texts),
	    [PARAM_COMMAND] = sizeof(struct texts),
	};

	memcpy((char *)to + q->at, (const char *)from + q->at, size[q->kind]);
}

char *
probe_param_types(char *dst, size_t cap, const struct probe_param *q)
{
	size_t used = 0;

	for (int t = 0; t < PROBE_TYPES && used < cap; t++)
		if (probe_has((enum probe_type)t, q))
			used += (size_t)snprintf(dst + used, cap - used, "%s%s",
			    used == 0 ? "" : q->types >> (t + 1) ? ", " : " or ", probe_type_word(t));
	return dst;
}

/* ---- parameters as bytes */

static void
key_text(struct buf *b, const char *s)
{
	buf_puts(b, s ? s : "");
	buf_putc(b, s ? '\1' : '\2');
}

static void
key_texts(struct buf *b, const struct texts *t)
{
	buf_puti(b, (int64_t)t->n);
	for (size_t i = 0; i < t->n; i++)
		key_text(b, t->list[i]);
}

static void
key_param(struct buf *b, const struct probe *p, const struct probe_param *q)
{
	const void *v = probe_value(p, q);
	const struct code_ranges *codes = v;

	switch (q->kind) {
	case PARAM_TEXT:
	case PARAM_BYTES:
	case PARAM_FILE: key_text(b, *(const char *const *)v); break;
	case PARAM_BOOL: buf_putc(b, *(const bool *)v ? 'y' : 'n'); break;
	case PARAM_NUMBER:
	case PARAM_WORD: buf_add(b, v, sizeof(int)); break;
	case PARAM_CODES: buf_add(b, codes->list, codes->n * sizeof(*codes->list)); break;
	case PARAM_TEXTS:
	case PARAM_COMMAND: key_texts(b, v); break;
	}
	buf_putc(b, '\0');
}

void
probe_key(struct buf *b, const struct probe *p)
{
	buf_putc(b, (char)p->type);
	for (const struct probe_param *q = probe_params; q->name; q++)
		if (probe_has(p->type, q))
			key_param(b, p, q);
}

static bool
same(const struct probe *a, const struct probe *b, const struct probe_param *q)
{
	struct buf x = {0}, y = {0};
	bool r;

	key_param(&x, a, q);
	key_param(&y, b, q);
	r = x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
	buf_free(&x);
	buf_free(&y);
	return r;
}

bool
probe_is_default(const struct probe *p, const struct probe_param *q)
{
	struct probe plain;

	probe_default(&plain, p->type);
	return same(p, &plain, q);
}

bool
probe_equal(const struct probe *a, const struct probe *b)
{
	if (a->type != b->type)
		return false;
	for (const struct probe_param *q = probe_params; q->name; q++)
		if (probe_has(a->type, q) && !same(a, b, q))
			return false;
	return true;
}
