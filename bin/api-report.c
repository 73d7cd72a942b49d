#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api.h"
#include "base/log.h"
#include "base/mem.h"
#include "codec/records.h"
#include "codec/request.h"
#include "edge/clock.h"

enum {
	FIELD_FAULTS = 16,
	CHUNK = 512,       /* reports of a batch that are stored with one call */
	ERRORS = 1000,     /* verdicts that are listed; the others are counted */
	LOCK_WAIT_MS = 20, /* for a one-shot that writes for the same agent */
	RETRY_AFTER = 2    /* seconds, when the state is not writable */
};

/* Why one report is refused. */
struct refusal {
	int status;
	enum api_reason reason;
	struct field_fault faults[FIELD_FAULTS]; /* of 422 */
	size_t nfaults;
	const char *detail; /* of the others */
};

static int
refuse(struct refusal *v, int status, enum api_reason reason, const char *detail)
{
	v->status = status;
	v->reason = reason;
	v->detail = detail;
	if (detail)
		v->nfaults = 0;
	return -1;
}

static int
refuse_field(struct refusal *v, enum api_reason reason, const char *field, const char *message)
{
	struct field_fault *f = &v->faults[0];

	snprintf(f->field, sizeof(f->field), "%s", field);
	snprintf(f->type, sizeof(f->type), "value_error");
	snprintf(f->message, sizeof(f->message), "%s", message);
	v->nfaults = 1;
	return refuse(v, 422, reason, NULL);
}

/*
 * The config's verdict, in the order that API users rely on: who you are comes before what you may
 * name.
 */
static int
check_configured(struct api *a, const struct report *r, struct refusal *v)
{
	enum verdict verdict = engine_accepts(a->config, r);

	switch (verdict) {
	case VERDICT_NO_DOMAIN:
		return refuse(v, 404, API_UNKNOWN_DOMAIN, "Unknown domain");
	case VERDICT_NO_AGENT:
		return refuse(v, 403, API_TOKEN, verdict_text(verdict));
	case VERDICT_NO_TARGET:
		return refuse_field(v, API_NOT_CONFIGURED, "target_ip", verdict_text(verdict));
	case VERDICT_NO_CHECK:
		return refuse_field(v, API_NOT_CONFIGURED, "check_name", verdict_text(verdict));
	default:
		return 0;
	}
}

/*
 * The master of PyFailoverDNS never read check_name, so there are senders whose
 * address in it is not target_ip.  What the report is about is target_ip; a name
 * of this domain and port is put right, any other is left to be refused.
 */
static void
right_name(const struct domain *d, struct report *r)
{
	const struct target *t =
	    config_target(d, &r->target, r->target_name, r->port, r->check_name);
	/* Where targets are probed elsewhere than they are answered, check_name is what tells them apart. */
	const char *tail = t && !t->more ? strrchr(t->check_name, ':') : NULL,
		   *given = strrchr(r->check_name, ':');
	size_t n = strlen(d->name);

	if (tail && given && !strcmp(tail, given) && !strncasecmp(r->check_name, d->name, n) &&
	    r->check_name[n] == ':')
		snprintf(r->check_name, sizeof(r->check_name), "%s", t->check_name);
}

/*
 * A domain that is no name, or a target that is no address, is a string like any
 * other in a valid body: nothing of it is configured, and it is refused in the
 * order of what is not configured.
 */
static bool
names_nothing(const struct refusal *v, const char *field)
{
	return v->nfaults == 1 && !strcmp(v->faults[0].field, field) &&
	       !strcmp(v->faults[0].type, "value_error");
}

static int
check_report(struct api *a, const struct api_key *k, const char *text, size_t n, struct report *r,
             struct refusal *v)
{
	const struct domain *d = NULL;
	bool no_address;

	v->nfaults = 0;
	/*
	 * What fodns-report sends is in the one canonical form, for which there is a quick reader.
	 */
	if (!report_scan(r, text, n))
		report_read_fields(r, text, n, v->faults, &v->nfaults, FIELD_FAULTS);
	no_address = names_nothing(v, "target_ip");
	if (!v->nfaults || no_address)
		d = config_domain(a->config, r->domain);
	else if (!names_nothing(v, "domain"))
		return refuse(v, 422, API_INVALID, NULL);
	if (!d)
		return refuse(v, 404, API_UNKNOWN_DOMAIN, "Unknown domain");
	if (!access_domain(&a->access, k, d))
		return refuse(v, 403, API_TOKEN, "Invalid token");
	if (a->config->nagents && strcmp(k->agent->id, r->agent_id))
		return refuse(v, 403, API_TOKEN, "The token belongs to another agent_id");
	if (no_address)
		return refuse(v, 422, API_INVALID, NULL);
	right_name(d, r);
	if (check_configured(a, r, v))
		return -1;
	/*
	 * Stored, but not counted, is what nobody should be told is ok.  A newcomer is worth a
	 * sweep.
	 */
	if (!engine_knows(follower_engine(a->follower), d, r->agent_id) &&
	    !engine_room(api_engine(a), d))
		return refuse(v, 403, API_TOKEN, verdict_text(VERDICT_TOO_MANY));
	return 0;
}

/*
 * 0; -1 and the reply is 503: the agent keeps what it has and comes back; 1 and
 * *v says why these can never be stored, as when there are too many agents.
 */
static int
store(struct api *a, struct report *r, size_t n, const struct http_request *q,
      struct http_reply *reply, struct refusal *v)
{
	struct fault f = {.temporary = true, .text = "the state directory cannot be read"};

	/* Into a directory that was moved away one can still write, but nobody would read it. */
	if (!follower_degraded(a->follower) &&
	    !recorder_reports(a->recorder, r, n, LOCK_WAIT_MS, &f)) {
		if (a->trouble[0])
			log_note("reports are stored again");
		a->trouble[0] = '\0';
		a->counts.accepted += n;
		return 0;
	}
	api_rejected(a, API_STATE, q, f.text);
	if (!f.temporary) {
		refuse(v, 403, API_STATE, "No more agents are taken");
		return 1;
	}
	/* What cannot be read is the follower's to say, and to take back. */
	if (!follower_degraded(a->follower)) {
		snprintf(a->trouble, sizeof(a->trouble), "%s", f.text);
		a->trouble_until = loop_now(a->loop) + RETRY_AFTER * 1000;
	}
	http_detail(reply, 503, "The state directory cannot be written");
	reply->retry_after = RETRY_AFTER;
	return -1;
}

/* ---- POST /api/v1/report */

static void
write_faults(struct http_reply *r, const struct refusal *v)
{
	r->status = 422;
	buf_puts(&r->body, "{\"detail\":[");
	for (size_t i = 0; i < v->nfaults; i++) {
		buf_puts(&r->body, i ? ",{\"type\":" : "{\"type\":");
		buf_json(&r->body, v->faults[i].type);
		buf_puts(&r->body, ",\"loc\":[\"body\"");
		if (v->faults[i].field[0]) {
			buf_putc(&r->body, ',');
			buf_json(&r->body, v->faults[i].field);
		}
		buf_puts(&r->body, "],\"msg\":");
		buf_json(&r->body, v->faults[i].message);
		buf_putc(&r->body, '}');
	}
	buf_puts(&r->body, "]}");
}

/* "FIELD: message", or the detail: one line for the log and for a batch's verdicts. */
static const char *
one_line(const struct refusal *v, char *dst, size_t cap)
{
	if (!v->nfaults)
		return v->detail ? v->detail : "The report is invalid";
	snprintf(dst, cap, "%s%s%s", v->faults[0].field, v->faults[0].field[0] ? ": " : "",
	         v->faults[0].message);
	return dst;
}

static void
say_rejected(struct api *a, const struct http_request *q, const struct report *r,
             const struct refusal *v)
{
	char text[256], what[1024];

	snprintf(what, sizeof(what), "%s", one_line(v, text, sizeof(text)));
	if (v->reason != API_INVALID) /* else there may be no names to say */
		snprintf(what, sizeof(what), "%s (%s of agent %s)", one_line(v, text, sizeof(text)),
		         r->check_name, r->agent_id);
	api_rejected(a, v->reason, q, what);
}

void
api_report(void *arg, const struct http_request *q, struct http_reply *r)
{
	struct api *a = arg;
	const struct api_key *k = access_key(&a->access, q);
	struct report report;
	struct refusal v;
	int stored;

	if (!api_admit(a, q, k, r))
		return;
	if (check_report(a, k, q->body, q->body_len, &report, &v)) {
		say_rejected(a, q, &report, &v);
		if (v.status == 422)
			write_faults(r, &v);
		else
			http_detail(r, v.status, v.detail);
		return;
	}
	stored = store(a, &report, 1, q, r, &v);
	if (stored > 0)
		http_detail(r, v.status, v.detail);
	else if (!stored)
		r->fixed = "{\"status\":\"ok\"}";
}

/* ---- POST /api/v1/reports */

struct batch {
	struct api *a;
	const struct http_request *q;
	const struct api_key *key;
	struct report *reports; /* CHUNK of them */
	size_t lines[CHUNK];    /* where each came from */
	size_t n, accepted, rejected, listed;
	struct buf errors;
};

static void
add_error(struct batch *b, size_t line, const struct refusal *v)
{
	char text[256];

	b->rejected++;
	if (b->listed++ >= ERRORS)
		return;
	buf_printf(&b->errors,
	           "%s{\"line\":%zu,\"status\":%d,\"detail\":", b->errors.len ? "," : "", line,
	           v->status);
	buf_json(&b->errors, one_line(v, text, sizeof(text)));
	buf_putc(&b->errors, '}');
}

static void
take_line(struct batch *b, const struct request_lines *l)
{
	struct report *r = &b->reports[b->n];
	struct refusal v = {0};
	int bad;

	if (l->len < LIMIT_REPORT_LINE)
		bad = check_report(b->a, b->key, l->line, l->len, r, &v);
	else
		bad = refuse_field(&v, API_INVALID, "", "The line is over 4095 bytes");
	if (!bad) {
		b->lines[b->n++] = l->number;
		return;
	}
	if (l->len < LIMIT_REPORT_LINE)
		say_rejected(b->a, b->q, r, &v);
	else
		api_rejected(b->a, API_INVALID, b->q, "a line over 4095 bytes");
	add_error(b, l->number, &v);
}

/* One by one, when they cannot be stored together: the others need not suffer. */
static int
store_each(struct batch *b, struct http_reply *r)
{
	for (size_t i = 0; i < b->n; i++) {
		struct refusal v = {0};
		int stored = store(b->a, &b->reports[i], 1, b->q, r, &v);

		if (stored < 0)
			return -1;
		b->accepted += !stored;
		if (stored)
			add_error(b, b->lines[i], &v);
	}
	return 0;
}

/* -1: not stored; what earlier chunks of the batch were is harmless to send again. */
static int
flush(struct batch *b, struct http_reply *r)
{
	struct refusal v = {0};
	int stored = b->n ? store(b->a, b->reports, b->n, b->q, r, &v) : 0;

	if (stored > 0)
		stored = store_each(b, r);
	else if (!stored)
		b->accepted += b->n;
	b->n = 0;
	return stored;
}

static int
take_batch(struct batch *b, struct http_reply *r)
{
	struct request_lines l = {.next = b->q->body, .end = b->q->body + b->q->body_len};

	while (request_line(&l)) {
		take_line(b, &l);
		if (b->n == CHUNK && flush(b, r))
			return -1;
	}
	return flush(b, r);
}

static void
spend(struct api *a, const struct http_request *q, const struct api_key *k, size_t lines)
{
	if (a->buckets && lines > 1) {
		const void *key = k ? (const void *)k->token : &q->peer;

		buckets_take(a->buckets, key, k ? strlen(k->token) : sizeof(q->peer),
		             (double)(lines - 1), clock_mono());
	}
}

void
api_reports(void *arg, const struct http_request *q, struct http_reply *r)
{
	struct api *a = arg;
	struct batch b = {.a = a, .q = q, .key = access_key(&a->access, q)};

	if (!api_admit(a, q, b.key, r))
		return;
	b.reports = mem_alloc(CHUNK * sizeof(*b.reports));
	if (!take_batch(&b, r)) {
		buf_printf(&r->body, "{\"accepted\":%zu,\"rejected\":%zu,\"errors\":[", b.accepted,
		           b.rejected);
		buf_add(&r->body, b.errors.data, b.errors.len);
		buf_puts(&r->body, "]}");
		a->counts.batches++;
	}
	spend(a, q, b.key, b.accepted + b.rejected);
	buf_free(&b.errors);
	free(b.reports);
}
