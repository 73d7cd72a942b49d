#include <string.h>

#include "base/text.h"
#include "codec/records.h"
#include "codec/records_field.h"
#include "codec/records_scan.h"
#include "codec/records_write.h"
#include "model/name.h"

enum { BODY_MAX = 65536 };
#define LATENCY_MAX 1e9

static void
empty(struct report *r)
{
	memset(r, 0, sizeof(*r));
	r->port = PORT_NONE;
	r->latency_ms = r->mono_ms = r->age_ms = r->received = r->boot_ms = -1;
}

/* ---- the canonical form, in one pass */

/* "1.234": at most nine digits before the point and three behind it. */
static bool
scan_latency(struct scan *s, double *ms)
{
	static const int scale[] = {1000, 100, 10, 1};
	const char *p, *from = s->p;
	uint64_t us = 0;
	int decimals = 0;

	for (p = from; p < s->end && *p >= '0' && *p <= '9' && p - from < 9; p++)
		us = us * 10 + (uint64_t)(*p - '0');
	if (p == from || (*from == '0' && p - from > 1))
		return false;
	if (p < s->end && *p == '.') {
		for (p++; p < s->end && *p >= '0' && *p <= '9' && decimals < 3; p++, decimals++)
			us = us * 10 + (uint64_t)(*p - '0');
		if (!decimals)
			return false;
	}
	/* Two exact integers: the quotient is the double that strtod gives. */
	*ms = (double)(us * (uint64_t)scale[decimals]) / 1000;
	s->p = p;
	return true;
}

static bool
scan_status(struct scan *s, enum status *status)
{
	char word[9];
	int v;

	if (!scan_text(s, word, sizeof(word)) || (v = status_from(word)) < 0)
		return false;
	*status = (enum status)v;
	return true;
}

static bool
scan_port(struct scan *s, int *port)
{
	uint64_t v;

	if (SCAN(s, "null"))
		return true;
	if (!scan_u64(s, &v) || v > 65535)
		return false;
	*port = (int)v;
	return true;
}

static bool
scan_string(struct scan *s, char *dst, size_t cap)
{
	return SCAN(s, "\"") && scan_text(s, dst, cap);
}

/* An address, or a host name in normal form. */
static bool
scan_target(struct scan *s, struct report *r)
{
	struct scan from = *s;
	char name[LIMIT_NAME + 1];

	if (scan_addr(s, &r->target))
		return true;
	*s = from;
	r->target = (struct addr){.family = FAMILY_OTHER};
	return scan_name(s, name) && name_host(r->target_name, name, NULL);
}

/* What every report has, up to the reason. */
static bool
scan_base(struct scan *s, struct report *r)
{
	return KEY(s, '{', "agent_id") && scan_string(s, r->agent_id, sizeof(r->agent_id)) &&
	       KEY(s, ',', "timestamp") && SCAN(s, "\"") && scan_time(s, &r->timestamp) &&
	       KEY(s, ',', "check_name") &&
	       scan_string(s, r->check_name, sizeof(r->check_name)) &&
	       KEY(s, ',', "domain") && SCAN(s, "\"") && scan_name(s, r->domain) &&
	       KEY(s, ',', "type") && scan_string(s, r->type, sizeof(r->type)) &&
	       KEY(s, ',', "target_ip") && SCAN(s, "\"") && scan_target(s, r) &&
	       KEY(s, ',', "port") && scan_port(s, &r->port) &&
	       KEY(s, ',', "status") && SCAN(s, "\"") && scan_status(s, &r->status) &&
	       KEY(s, ',', "latency_ms") &&
	       (SCAN(s, "null") || scan_latency(s, &r->latency_ms)) && KEY(s, ',', "reason") &&
	       (SCAN(s, "null") || scan_string(s, r->reason, sizeof(r->reason))) &&
	       r->agent_id[0] && r->check_name[0] && r->type[0];
}

/* What fodns-check, fodns-report and the journal add, each only when set. */
static bool
scan_added(struct scan *s, struct report *r)
{
	return (!KEY(s, ',', "inc") || scan_u64(s, &r->inc)) &&
	       (!KEY(s, ',', "seq") || scan_u64(s, &r->seq)) &&
	       (!KEY(s, ',', "mono_ms") || scan_i64(s, &r->mono_ms)) &&
	       (!KEY(s, ',', "boot") || scan_u64(s, &r->boot)) &&
	       (!KEY(s, ',', "server") || scan_string(s, r->server, sizeof(r->server))) &&
	       (!KEY(s, ',', "perfdata") || scan_string(s, r->perfdata, sizeof(r->perfdata))) &&
	       (!KEY(s, ',', "age_ms") || scan_i64(s, &r->age_ms)) &&
	       (!KEY(s, ',', "received") || (SCAN(s, "\"") && scan_time(s, &r->received))) &&
	       (!KEY(s, ',', "boot_ms") || scan_i64(s, &r->boot_ms));
}

bool
report_scan(struct report *r, const char *line, size_t n)
{
	struct scan s = {line, line + n};

	empty(r);
	return n < LIMIT_REPORT_LINE && scan_base(&s, r) && scan_added(&s, r) && SCAN(&s, "}") &&
	       s.p == s.end;
}

/* ---- every other form */

static void
read_agent(struct fields *f, struct report *r)
{
	const char *why, *id;
	size_t n;

	id = field_text(f, "agent_id", NEED_FIELD, &n);
	if (!id)
		return;
	if (agent_id_valid(id, n, &why))
		memcpy(r->agent_id, id, n + 1);
	else
		field_wrong(f, "agent_id", "value_error", "Value error, %s", why);
}

/* target_ip: an address, or the host name that the task had. */
static void
read_target(struct fields *f, struct report *r)
{
	size_t n;
	const char *s = field_text(f, "target_ip", NEED_FIELD, &n);

	if (!s)
		return;
	if (strlen(s) == n && addr_parse(s, &r->target))
		return;
	r->target.family = FAMILY_OTHER;
	if (strlen(s) != n || !name_host(r->target_name, s, NULL))
		field_wrong(f, "target_ip", "value_error",
		            "Value error, not an IP address or host name");
}

static void
read_base(struct fields *f, struct report *r)
{
	int64_t port;
	int status;

	read_agent(f, r);
	field_time(f, "timestamp", NEED_FIELD, &r->timestamp);
	field_copy(f, "check_name", NEED_FIELD, r->check_name, sizeof(r->check_name));
	field_name(f, "domain", NEED_FIELD, r->domain);
	field_copy(f, "type", NEED_FIELD, r->type, sizeof(r->type));
	read_target(f, r);
	if (field_int(f, "port", NEED_NOT, 0, 65535, &port))
		r->port = (int)port;
	if (field_word(f, "status", status_words, &status))
		r->status = (enum status)status;
}

static void
read_result(struct fields *f, struct report *r)
{
	const char *reason;
	double latency;
	size_t n;

	/*
	 * An agent that subtracts wall clocks sends nonsense when one is set: its verdict counts,
	 * still.
	 */
	if (field_double(f, "latency_ms", NEED_NOT, &latency) && latency >= 0 &&
	    latency <= LATENCY_MAX)
		r->latency_ms = latency;
	reason = field_text(f, "reason", NEED_NOT, &n);
	if (reason)
		text_clean(r->reason, sizeof(r->reason), reason, n);
}

static void
read_added(struct fields *f, struct report *r)
{
	const char *perfdata;
	int64_t v;
	size_t n;

	if (field_int(f, "inc", NEED_NOT, 0, SCAN_COUNT_MAX, &v))
		r->inc = (uint64_t)v;
	if (field_int(f, "seq", NEED_NOT, 0, SCAN_COUNT_MAX, &v))
		r->seq = (uint64_t)v;
	field_int(f, "mono_ms", NEED_NOT, 0, SCAN_COUNT_MAX, &r->mono_ms);
	if (field_int(f, "boot", NEED_NOT, 0, SCAN_COUNT_MAX, &v))
		r->boot = (uint64_t)v;
	field_copy(f, "server", NEED_NOT, r->server, sizeof(r->server));
	if ((perfdata = field_text(f, "perfdata", NEED_NOT, &n)))
		text_clean(r->perfdata, sizeof(r->perfdata), perfdata, n);
	field_int(f, "age_ms", NEED_NOT, 0, SCAN_COUNT_MAX, &r->age_ms);
	field_time(f, "received", NEED_NOT, &r->received);
	field_int(f, "boot_ms", NEED_NOT, 0, SCAN_COUNT_MAX, &r->boot_ms);
}

static void
read_all(struct fields *f, struct report *r)
{
	read_base(f, r);
	read_result(f, r);
	read_added(f, r);
}

int
report_read_json(struct report *r, const char *line, size_t n, struct fault *f)
{
	struct field_fault wrong;
	struct fields in;

	empty(r);
	if (fields_open(&in, line, n, LIMIT_REPORT_LINE - 1, &wrong, 1))
		read_all(&in, r);
	return fields_end(&in, f);
}

int
report_read(struct report *r, const char *line, size_t n, struct fault *f)
{
	return report_scan(r, line, n) ? 0 : report_read_json(r, line, n, f);
}

int
report_read_fields(struct report *r, const char *line, size_t n, struct field_fault *faults,
                   size_t *nfaults, size_t cap)
{
	struct fields in;

	empty(r);
	if (fields_open(&in, line, n, BODY_MAX, faults, cap))
		read_all(&in, r);
	fields_free(&in);
	*nfaults = in.n < cap ? in.n : cap;
	return in.n ? -1 : 0;
}

/* ---- writing */

/* To the microsecond, without zeros at its end. */
void
put_latency(struct buf *b, double ms)
{
	uint64_t us;
	char frac[4];
	int n = 3;

	if (!(ms >= 0) || ms > LATENCY_MAX) {
		buf_puts(b, "null");
		return;
	}
	us = (uint64_t)(ms * 1000 + 0.5);
	buf_putu(b, us / 1000);
	us %= 1000;
	frac[0] = '.';
	frac[1] = (char)('0' + us / 100);
	frac[2] = (char)('0' + us / 10 % 10);
	frac[3] = (char)('0' + us % 10);
	while (n > 0 && frac[n] == '0')
		n--;
	if (n > 0)
		buf_add(b, frac, (size_t)n + 1);
}

void
report_write_check(struct buf *b, const struct report *r)
{
	char addr[ADDR_TEXT];

	buf_puts(b, ",\"check_name\":");
	buf_json(b, r->check_name);
	buf_puts(b, ",\"domain\":");
	buf_json(b, r->domain);
	buf_puts(b, ",\"type\":");
	buf_json(b, r->type);
	buf_puts(b, ",\"target_ip\":");
	buf_json(b, r->target_name[0] ? r->target_name : addr_format(addr, &r->target));
	buf_puts(b, ",\"port\":");
	if (r->port == PORT_NONE)
		buf_puts(b, "null");
	else
		buf_puti(b, r->port);
}

static void
put_agent(struct buf *b, const struct report *r)
{
	buf_puts(b, "{\"agent_id\":");
	buf_json(b, r->agent_id);
	buf_puts(b, ",\"timestamp\":");
	put_time(b, r->timestamp);
}

static void
put_result(struct buf *b, const struct report *r)
{
	buf_puts(b, ",\"status\":");
	buf_json(b, status_word(r->status));
	buf_puts(b, ",\"latency_ms\":");
	put_latency(b, r->latency_ms);
	buf_puts(b, ",\"reason\":");
	buf_json(b, r->reason[0] ? r->reason : NULL);
}

static void
put_count(struct buf *b, const char *key, int64_t v, bool set)
{
	if (!set)
		return;
	buf_puts(b, key);
	buf_puti(b, v);
}

static void
put_inc(struct buf *b, const struct report *r)
{
	put_count(b, ",\"inc\":", (int64_t)r->inc, r->inc != 0);
}

static void
put_seq(struct buf *b, const struct report *r)
{
	put_count(b, ",\"seq\":", (int64_t)r->seq, r->inc || r->seq);
}

static void
put_clock(struct buf *b, const struct report *r)
{
	put_count(b, ",\"mono_ms\":", r->mono_ms, r->mono_ms >= 0);
	put_count(b, ",\"boot\":", (int64_t)r->boot, r->boot != 0);
}

static void
put_rest(struct buf *b, const struct report *r)
{
	if (r->server[0]) {
		buf_puts(b, ",\"server\":");
		buf_json(b, r->server);
	}
	if (r->perfdata[0]) {
		buf_puts(b, ",\"perfdata\":");
		buf_json(b, r->perfdata);
	}
	put_count(b, ",\"age_ms\":", r->age_ms, r->age_ms >= 0);
	if (r->received >= 0) {
		buf_puts(b, ",\"received\":");
		put_time(b, r->received);
	}
	put_count(b, ",\"boot_ms\":", r->boot_ms, r->boot_ms >= 0);
	buf_puts(b, "}\n");
}

void
report_write(struct buf *b, const struct report *r)
{
	put_agent(b, r);
	report_write_check(b, r);
	put_result(b, r);
	put_inc(b, r);
	put_seq(b, r);
	put_clock(b, r);
	put_rest(b, r);
}

void
report_instant_set(struct report_instant *i, const struct report *r)
{
	buf_clear(&i->agent);
	put_agent(&i->agent, r);
	buf_clear(&i->inc);
	put_inc(&i->inc, r);
	buf_clear(&i->clock);
	put_clock(&i->clock, r);
}

void
report_instant_free(struct report_instant *i)
{
	buf_free(&i->agent);
	buf_free(&i->inc);
	buf_free(&i->clock);
}

void
report_write_about(struct buf *b, const struct report *r, const struct report_instant *i,
    const char *check, size_t n)
{
	buf_add(b, i->agent.data, i->agent.len);
	buf_add(b, check, n);
	put_result(b, r);
	buf_add(b, i->inc.data, i->inc.len);
	put_seq(b, r);
	buf_add(b, i->clock.data, i->clock.len);
	put_rest(b, r);
}
