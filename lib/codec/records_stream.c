#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "codec/records.h"
#include "codec/records_decision.h"
#include "codec/records_write.h"

/* Record types by name; any other is TYPE123 (RFC 3597 5). */
static const struct {
	const char *word;
	uint16_t type;
} types[] = {
    {"A", 1},      {"NS", 2},      {"CNAME", 5},  {"SOA", 6},     {"PTR", 12},        {"HINFO", 13},
    {"MX", 15},    {"TXT", 16},    {"RP", 17},    {"AAAA", 28},   {"LOC", 29},        {"SRV", 33},
    {"NAPTR", 35}, {"CERT", 37},   {"DNAME", 39}, {"DS", 43},     {"SSHFP", 44},      {"RRSIG", 46},
    {"NSEC", 47},  {"DNSKEY", 48}, {"TLSA", 52},  {"SMIMEA", 53}, {"OPENPGPKEY", 61}, {"SVCB", 64},
    {"HTTPS", 65}, {"SPF", 99},    {"URI", 256},  {"CAA", 257},
};
enum { NTYPES = sizeof(types) / sizeof(*types) };

/* ---- reading */

static bool
type_number(const char *word, uint16_t *type)
{
	uint64_t v;

	for (size_t i = 0; i < NTYPES; i++)
		if (!strcmp(types[i].word, word)) {
			*type = types[i].type;
			return true;
		}
	if (strncmp(word, "TYPE", 4) != 0 || !num_u64(word + 4, 1, 65535, &v))
		return false;
	*type = (uint16_t)v;
	return true;
}

static void
read_u32(struct fields *f, const char *key, uint32_t *to)
{
	int64_t v = 0;

	if (field_int(f, key, NEED_FIELD, 0, UINT32_MAX, &v))
		*to = (uint32_t)v;
}

static void
read_u64(struct fields *f, const char *key, uint64_t *to)
{
	int64_t v = 0;

	if (field_int(f, key, NEED_FIELD, 0, SCAN_COUNT_MAX, &v))
		*to = (uint64_t)v;
}

static bool
read_provisional(struct fields *f)
{
	bool v = false;

	json_bool(json_get(f->object, "provisional"), &v);
	return v;
}

/* Texts of a list of at most `most`, each handed to take. */
static void
read_list(struct fields *f, const char *key, size_t most, bool (*take)(void *arg, const char *s),
          void *arg)
{
	struct json *list = json_get(f->object, key);
	size_t n = json_length(list);

	if (json_type(list) != JSON_ARRAY || n > most) {
		field_wrong(f, key, "list_type", "Input should be a list of at most %zu", most);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		size_t len;
		const char *s = json_string(json_at(list, i), &len);

		if (!s || strlen(s) != len || !take(arg, s))
			field_wrong(f, key, "value_error", "Value error in item %zu", i + 1);
	}
}

static bool
take_exempt(void *arg, const char *s)
{
	struct rrl_rules *r = arg;

	return prefix_parse(s, &r->exempt[r->nexempt]) && ++r->nexempt;
}

static void
read_rrl(struct fields *f, struct rrl_rules *r)
{
	struct fields in = {json_get(f->object, "rrl"), f->list, f->n, f->cap};
	int64_t rate = 0, slip = 0, v4 = 24, v6 = 56;

	rrl_rules_default(r);
	if (!in.object)
		return;
	r->nexempt = 0;
	field_int(&in, "rate", NEED_FIELD, 1, RRL_RATE_MOST, &rate);
	field_int(&in, "slip", NEED_FIELD, 0, RRL_SLIP_MOST, &slip);
	field_int(&in, "ipv4_prefix", NEED_FIELD, 1, 32, &v4);
	field_int(&in, "ipv6_prefix", NEED_FIELD, 1, 128, &v6);
	read_list(&in, "exempt", LIMIT_EXEMPT, take_exempt, r);
	r->rate = (uint32_t)rate;
	r->slip = (uint32_t)slip;
	r->bits[FAMILY_V4] = (uint8_t)v4;
	r->bits[FAMILY_V6] = (uint8_t)v6;
	f->n = in.n;
}

static bool
take_listen(void *arg, const char *s)
{
	struct stream_server *v = arg;
	struct listen *l = &v->listen[v->nlisten];

	memset(l, 0, sizeof(*l));
	if (!endpoint_parse(s, &l->addr, &l->port) || l->port == PORT_NONE)
		return false;
	v->nlisten++;
	return true;
}

static void
read_server(struct fields *f, struct stream_line *s)
{
	struct stream_server *v = &s->server;
	int64_t threads = 0;

	memset(v, 0, sizeof(*v));
	read_u64(f, "gen", &v->gen);
	read_list(f, "listen", sizeof(v->listen) / sizeof(*v->listen), take_listen, v);
	field_int(f, "threads", NEED_NOT, 0, 1024, &threads);
	v->threads = (int)threads;
	v->provisional = read_provisional(f);
	field_copy(f, "config", NEED_NOT, v->config, sizeof(v->config));
	v->has_nsid = field_copy(f, "nsid", NEED_NOT, v->nsid, sizeof(v->nsid));
	read_rrl(f, &v->rrl);
}

static bool
take_ns(void *arg, const char *s)
{
	struct stream_zone *z = arg;

	if (!*s || strlen(s) >= sizeof(*z->ns))
		return false;
	memcpy(z->ns[z->nns++], s, strlen(s) + 1);
	return true;
}

static void
read_zone(struct fields *f, struct stream_line *s)
{
	struct stream_zone *z = &s->zone;
	struct fields soa = {json_get(f->object, "soa"), f->list, 0, f->cap};

	memset(z, 0, sizeof(*z));
	field_copy(f, "zone", NEED_FIELD, z->name, sizeof(z->name));
	read_list(f, "ns", sizeof(z->ns) / sizeof(*z->ns), take_ns, z);
	soa.n = f->n;
	field_copy(&soa, "mname", NEED_FIELD, z->mname, sizeof(z->mname));
	field_copy(&soa, "rname", NEED_FIELD, z->rname, sizeof(z->rname));
	read_u32(&soa, "serial", &z->serial);
	read_u32(&soa, "refresh", &z->refresh);
	read_u32(&soa, "retry", &z->retry);
	read_u32(&soa, "expire", &z->expire);
	read_u32(&soa, "minimum", &z->minimum);
	f->n = soa.n;
}

static void
read_wire(struct fields *f, struct stream_rr *r)
{
	size_t n;
	const char *s = field_text(f, "wire", NEED_FIELD, &n);

	if (!s)
		return;
	if (n / 2 > sizeof(r->rdata) || !num_hex(r->rdata, s, n))
		field_wrong(f, "wire", "value_error",
		            "Value error, not record data in hexadecimal");
	else
		r->rdlen = (uint16_t)(n / 2);
}

static void
read_rr(struct fields *f, struct stream_line *s)
{
	struct stream_rr *r = &s->rr;
	char type[16];

	r->rdlen = 0;
	r->type = 0;
	r->ttl = 0;
	r->owner[0] = r->zone[0] = '\0';
	field_copy(f, "zone", NEED_FIELD, r->zone, sizeof(r->zone));
	field_copy(f, "owner", NEED_FIELD, r->owner, sizeof(r->owner));
	if (field_copy(f, "rrtype", NEED_FIELD, type, sizeof(type)) && !type_number(type, &r->type))
		field_wrong(f, "rrtype", "value_error", "Value error, not a record type");
	read_u32(f, "ttl", &r->ttl);
	read_wire(f, r);
}

static void
read_decision(struct fields *f, struct stream_line *s)
{
	decision_fields(f, &s->decision, &s->decision_text);
	s->at = s->decision.at;
}

static void
read_ready(struct fields *f, struct stream_line *s)
{
	memset(&s->ready, 0, sizeof(s->ready));
	read_u64(f, "gen", &s->ready.gen);
	read_u64(f, "lines", &s->ready.lines);
	s->ready.provisional = read_provisional(f);
}

static void
read_alive(struct fields *f, struct stream_line *s)
{
	field_time(f, "at", NEED_FIELD, &s->at);
}

static const struct {
	const char *word;
	enum stream_type type;
	void (*read)(struct fields *, struct stream_line *);
} lines[] = {
    {"server", STREAM_SERVER, read_server},
    {"zone", STREAM_ZONE, read_zone},
    {"rr", STREAM_RR, read_rr},
    {"decision", STREAM_DECISION, read_decision},
    {"ready", STREAM_READY, read_ready},
    {"alive", STREAM_ALIVE, read_alive},
};

static void
read_line(struct fields *f, struct stream_line *s)
{
	size_t n;
	const char *type = field_text(f, "type", NEED_FIELD, &n);

	for (size_t i = 0; type && i < sizeof(lines) / sizeof(*lines); i++)
		if (!strcmp(type, lines[i].word)) {
			s->type = lines[i].type;
			lines[i].read(f, s);
			return;
		}
}

int
stream_read(struct stream_line *s, const char *line, size_t n, struct fault *f)
{
	s->at = -1;
	s->type = STREAM_DECISION;
	if (n < LIMIT_STREAM_LINE && decision_scan(&s->decision, &s->decision_text, line, n)) {
		s->at = s->decision.at;
		return 0;
	}
	return stream_read_json(s, line, n, f);
}

int
stream_read_json(struct stream_line *s, const char *line, size_t n, struct fault *f)
{
	struct field_fault wrong;
	struct fields in;

	s->at = -1;
	s->type = STREAM_OTHER;
	if (fields_open(&in, line, n, LIMIT_STREAM_LINE - 1, &wrong, 1))
		read_line(&in, s);
	return fields_end(&in, f);
}

/* ---- writing */

static void
put_absolute(struct buf *b, const char *name)
{
	size_t n = strlen(name);

	buf_putc(b, '"');
	buf_puts(b, name);
	buf_puts(b, n && name[n - 1] == '.' ? "\"" : ".\"");
}

static void
put_rrl(struct buf *b, const struct rrl_rules *r)
{
	char text[ADDR_TEXT];

	buf_printf(b, ",\"rrl\":{\"rate\":%u,\"slip\":%u,\"ipv4_prefix\":%u,\"ipv6_prefix\":%u,",
	           r->rate, r->slip, r->bits[FAMILY_V4], r->bits[FAMILY_V6]);
	buf_puts(b, "\"exempt\":[");
	for (size_t i = 0; i < r->nexempt; i++)
		buf_printf(b, "%s\"%s/%u\"", i ? "," : "", addr_format(text, &r->exempt[i].addr),
		           r->exempt[i].bits);
	buf_puts(b, "]}");
}

void
stream_write_server(struct buf *b, const struct config *c, uint64_t gen, bool provisional)
{
	char text[ADDR_TEXT];

	buf_printf(b, "{\"type\":\"server\",\"gen\":%llu,\"listen\":[", (unsigned long long)gen);
	for (size_t i = 0; i < c->ndns; i++)
		buf_printf(b, "%s\"%s@%d\"", i ? "," : "", addr_format(text, &c->dns[i].addr),
		           c->dns[i].port);
	buf_printf(b, "],\"threads\":%d,\"config\":\"%s\"%s", c->threads, c->hash,
	           provisional ? ",\"provisional\":true" : "");
	if (c->nsid) {
		buf_puts(b, ",\"nsid\":");
		buf_json(b, c->nsid);
	}
	if (c->rrl.rate)
		put_rrl(b, &c->rrl);
	if (c->state_dir) { /* for a reader that does not parse the config itself */
		buf_puts(b, ",\"state\":");
		buf_json(b, c->state_dir);
	}
	buf_puts(b, "}\n");
}

void
stream_write_zone(struct buf *b, const struct zone *z, uint32_t serial)
{
	buf_puts(b, "{\"type\":\"zone\",\"zone\":");
	put_absolute(b, z->name);
	buf_puts(b, ",\"soa\":{\"mname\":");
	buf_json(b, z->soa.mname);
	buf_puts(b, ",\"rname\":");
	buf_json(b, z->soa.rname);
	buf_printf(
	    b, ",\"serial\":%u,\"refresh\":%u,\"retry\":%u,\"expire\":%u,\"minimum\":%u},\"ns\":[",
	    serial, z->soa.refresh, z->soa.retry, z->soa.expire, z->soa.minimum);
	for (size_t i = 0; i < z->nns; i++) {
		if (i)
			buf_putc(b, ',');
		buf_json(b, z->ns[i]);
	}
	buf_puts(b, "]}\n");
}

static void
put_type(struct buf *b, uint16_t type)
{
	for (size_t i = 0; i < NTYPES; i++)
		if (types[i].type == type) {
			buf_printf(b, ",\"rrtype\":\"%s\"", types[i].word);
			return;
		}
	buf_printf(b, ",\"rrtype\":\"TYPE%u\"", type);
}

void
stream_write_record(struct buf *b, const struct zone *z, const struct record *r)
{
	buf_puts(b, "{\"type\":\"rr\",\"zone\":");
	put_absolute(b, z->name);
	buf_puts(b, ",\"owner\":");
	buf_json(b, r->owner);
	put_type(b, r->type);
	buf_puts(b, ",\"ttl\":");
	buf_putu(b, r->ttl);
	buf_puts(b, ",\"rdata\":");
	/* The wire form is what counts; a text too long for the line is left out. */
	buf_json(b, strlen(r->text) <= 8192 ? r->text : NULL);
	buf_puts(b, ",\"wire\":\"");
	for (size_t i = 0; i < r->rdlen; i++)
		buf_printf(b, "%02x", r->rdata[i]);
	buf_puts(b, "\"}\n");
}

void
stream_write_ready(struct buf *b, uint64_t gen, uint64_t nlines, bool provisional)
{
	buf_printf(b, "{\"type\":\"ready\",\"gen\":%llu,\"lines\":%llu%s}\n",
	           (unsigned long long)gen, (unsigned long long)nlines,
	           provisional ? ",\"provisional\":true" : "");
}

void
stream_write_alive(struct buf *b, int64_t at)
{
	buf_puts(b, "{\"type\":\"alive\",\"at\":");
	put_time(b, at);
	buf_puts(b, "}\n");
}
