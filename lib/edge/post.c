#include "edge/post.h"

#include <stdio.h>
#include <string.h>

#include "base/stamp.h"
#include "codec/json.h"
#include "codec/records.h"
#include "edge/link.h"

/* ---- bodies */

void
post_lines(struct buf *body, const struct parcel *p, int64_t boot_now, uint64_t own)
{
	struct report r;

	for (size_t i = 0; i < p->n; i++) {
		const struct parcel_item *it = &p->items[i];

		if (report_read(&r, p->text.data + it->off, it->len - 1, NULL)) {
			buf_putc(body, '\n'); /* keeps the count of the others right */
			continue;
		}
		parcel_age(&r, boot_now, own);
		r.server[0] = '\0';
		report_write(body, &r);
	}
}

static void
member(struct buf *b, const char *key, const char *value)
{
	buf_json(b, key);
	buf_putc(b, ':');
	buf_json(b, value);
	buf_putc(b, ',');
}

bool
post_single(struct buf *b, const struct report *r)
{
	char at[STAMP_LEN], ip[ADDR_TEXT];

	if (r->status == STATUS_UNKNOWN)
		return false;
	buf_putc(b, '{');
	member(b, "agent_id", r->agent_id);
	member(b, "timestamp", stamp_format(at, r->timestamp));
	member(b, "check_name", r->check_name);
	member(b, "domain", r->domain);
	member(b, "type", r->type);
	member(b, "target_ip", r->target_name[0] ? r->target_name : addr_format(ip, &r->target));
	if (r->port == PORT_NONE)
		buf_puts(b, "\"port\":null,");
	else
		buf_printf(b, "\"port\":%d,", r->port);
	member(b, "status", status_word(r->status == STATUS_WARN ? STATUS_OK : r->status));
	if (r->latency_ms < 0)
		buf_puts(b, "\"latency_ms\":null,");
	else
		buf_printf(b, "\"latency_ms\":%.2f,", r->latency_ms);
	buf_puts(b, "\"reason\":");
	buf_json(b, r->reason[0] ? r->reason : NULL);
	buf_putc(b, '}');
	return true;
}

/* ---- answers */

static void
later(struct post_verdict *v, const struct fetch_result *res)
{
	char detail[160];

	link_said(detail, sizeof(detail), res);
	v->end = POST_LATER;
	v->retry_after_ms = res->retry_after_ms;
	if (res->end != FETCH_DONE)
		snprintf(v->why, sizeof(v->why), "%s", res->error ? res->error : "no answer");
	else if (res->code >= 300 && res->code < 400)
		snprintf(v->why, sizeof(v->why),
		         "HTTP %d: redirects are not followed, name the master's own URL",
		         res->code);
	else
		snprintf(v->why, sizeof(v->why), "HTTP %d%s%s", res->code, detail[0] ? " " : "",
		         detail);
}

static void
refuse_one(struct parcel *p, size_t i, int status, const char *detail,
           const struct post_refusal *refuse)
{
	p->items[i].fate = FATE_REFUSED;
	refuse->call(refuse->arg, p, &p->items[i], status, detail);
}

static void
refuse_all(struct parcel *p, const struct fetch_result *res, const char *detail,
           const struct post_refusal *refuse)
{
	for (size_t i = 0; i < p->n; i++)
		refuse_one(p, i, res->code, detail, refuse);
}

/* Statuses that say "not now" rather than "not this". */
static bool
passing(int64_t status)
{
	return status == 408 || status == 425 || status == 429 || status >= 500;
}

/* One of "errors": [{"line": 3, "status": 404, "detail": "Unknown domain"}]; lines are counted
 * from 1. */
static void
judge_error(struct parcel *p, const struct json *e, const struct post_refusal *refuse,
            struct post_verdict *v)
{
	char detail[160];
	int64_t line, status;

	if (!json_int(json_get(e, "line"), 1, (int64_t)p->n, &line) ||
	    !json_int(json_get(e, "status"), 100, 999, &status) ||
	    p->items[line - 1].fate == FATE_REFUSED)
		return;
	link_detail(detail, sizeof(detail), e);
	if (!passing(status)) {
		refuse_one(p, (size_t)line - 1, (int)status, detail, refuse);
		return;
	}
	p->items[line - 1].fate = FATE_OPEN;
	snprintf(v->why, sizeof(v->why), "HTTP %d %s", (int)status, detail);
}

static bool
judge_body(struct parcel *p, const struct fetch_result *res, const struct post_refusal *refuse,
           struct post_verdict *v)
{
	struct json *j = json_parse(res->body, res->body_len, NULL);
	const struct json *errors = json_get(j, "errors");
	int64_t accepted;

	if (!json_int(json_get(j, "accepted"), 0, INT64_MAX, &accepted)) {
		json_free(j);
		return false;
	}
	for (size_t i = 0; i < p->n; i++)
		p->items[i].fate = FATE_TAKEN;
	for (size_t i = 0; i < json_length(errors); i++)
		judge_error(p, json_at(errors, i), refuse, v);
	json_free(j);
	return true;
}

static void
verdict_init(struct post_verdict *v, const struct fetch_result *res)
{
	v->end = POST_DONE;
	v->retry_after_ms = res->retry_after_ms;
	v->why[0] = '\0';
}

void
post_judge_lines(struct parcel *p, const struct fetch_result *res,
                 const struct post_refusal *refuse, struct post_verdict *v)
{
	char detail[160];

	verdict_init(v, res);
	if (res->end != FETCH_DONE || passing(res->code) || (res->code >= 300 && res->code < 400)) {
		later(v, res);
	} else if (res->code == 404 || res->code == 405) {
		v->end = POST_OTHER;
	} else if (res->code == 413 && p->n > 1) {
		v->end = POST_LARGE;
	} else if (res->code >= 400 && link_said(detail, sizeof(detail), res)) {
		refuse_all(p, res, detail, refuse);
	} else if (res->code >= 400) {
		later(v, res);
	} else if (!judge_body(p, res, refuse, v)) {
		later(v, res);
		snprintf(v->why, sizeof(v->why), "HTTP %d with an answer that is not a master's",
		         res->code);
	}
}

/* The original has one 404 for a domain it does not have and one for a path: only the first is
 * about the report. */
void
post_judge_single(struct parcel *p, size_t i, const struct fetch_result *res,
                  const struct post_refusal *refuse, struct post_verdict *v)
{
	char detail[160];
	bool masters;

	verdict_init(v, res);
	if (res->end == FETCH_DONE && res->code >= 200 && res->code < 300) {
		p->items[i].fate = FATE_TAKEN;
		return;
	}
	masters = link_said(detail, sizeof(detail), res);
	if (res->end != FETCH_DONE || res->code < 400 || !masters || passing(res->code) || res->code == 405 ||
	    (res->code == 404 && strcmp(detail, "Unknown domain") != 0))
		later(v, res);
	else
		refuse_one(p, i, res->code, detail, refuse);
}
