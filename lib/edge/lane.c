#include "edge/lane.h"

#include <string.h>

#include "base/log.h"
#include "base/siphash.h"
#include "codec/records.h"
#include "edge/clock.h"
#include "edge/link.h"

enum {
	TIMEOUT = 5000,
	ANSWER_MOST = 1024 * 1024 /* a verdict for each line of a batch */
};

static void
on_refusal(void *arg, const struct parcel *p, const struct parcel_item *it, int status,
           const char *detail)
{
	struct deliver *d = arg;
	struct report r;

	d->refused++;
	if (report_read(&r, p->text.data + it->off, it->len - 1, NULL))
		r.domain[0] = '\0';
	d->set.refused(d->set.arg, d->set.master, it->input, r.domain, status, detail);
}

static struct fetch *
post(struct deliver *d, const char *url, const char *type, const struct buf *body,
     void (*done)(void *arg, const struct fetch_result *res), void *arg)
{
	const char *headers[] = {type, d->key, NULL};
	struct fetch_request r = {.url = url,
	                          .headers = headers,
	                          .body = body->data,
	                          .body_len = body->len,
	                          .timeout_ms = TIMEOUT,
	                          .max_body = ANSWER_MOST};

	link_request(&r, d->set.master);
	return fetch_start(d->set.fetcher, &r, done, arg);
}

static void
no_request(struct lane *l)
{
	l->verdict = (struct post_verdict){
	    .end = POST_LATER, .retry_after_ms = -1, .why = "no request could be made"};
}

static void
learn(struct deliver *d, const struct post_verdict *v)
{
	if (v->end == POST_OTHER && d->kind != KIND_ORIGINAL)
		log_debug("master %s: takes one report a request", d->set.master->name);
	if (v->end == POST_DONE)
		d->kind = KIND_FODNS;
	if (v->end == POST_OTHER)
		d->kind = KIND_ORIGINAL;
	if (v->end == POST_LARGE)
		d->batch_lines = d->batch_lines > 2 ? d->batch_lines / 2 : 1;
	d->kind_since = loop_now(d->set.loop);
}

static void
on_lines(void *arg, const struct fetch_result *res)
{
	struct lane *l = arg;
	struct post_refusal refuse = {l->d, on_refusal};

	l->fetch = NULL;
	post_judge_lines(&l->parcel, res, &refuse, &l->verdict);
	if (res->end != FETCH_DONE)
		link_why(l->verdict.why, l->d->set.master, res);
	learn(l->d, &l->verdict);
	deliver_settled(l);
}

static void pump(struct lane *l);

static void
on_single(void *arg, const struct fetch_result *res)
{
	struct single *s = arg;
	struct lane *l = s->lane;
	struct post_refusal refuse = {l->d, on_refusal};
	struct post_verdict v;

	s->fetch = NULL;
	l->in_flight--;
	post_judge_single(&l->parcel, s->item, res, &refuse, &v);
	if (res->end != FETCH_DONE)
		link_why(v.why, l->d->set.master, res);
	if (v.end == POST_LATER)
		l->verdict = v;
	pump(l);
	if (!l->in_flight)
		deliver_settled(l);
}

static uint64_t
check_hash(const struct report *r)
{
	static const uint64_t key[2];

	return siphash13(key, r->check_name, strlen(r->check_name)) ^
	       siphash13(key, r->domain, strlen(r->domain)) * 3 ^
	       siphash13(key, r->agent_id, strlen(r->agent_id)) * 5;
}

/* A free one, or NULL while as many as allowed, or one of the same check, are under way. */
static struct single *
free_single(struct lane *l, uint64_t check)
{
	struct single *found = NULL;

	for (size_t i = 0; i < LANE_SINGLES; i++) {
		if (!l->singles[i].fetch)
			found = &l->singles[i];
		else if (l->singles[i].check == check)
			return NULL;
	}
	return found;
}

static bool
send_single(struct lane *l, const struct report *r)
{
	uint64_t check = check_hash(r);
	struct single *s = free_single(l, check);

	if (!s)
		return false;
	buf_clear(&s->body);
	if (!post_single(&s->body, r)) {
		l->parcel.items[l->next++].fate = FATE_TAKEN;
		l->unsent++;
		return true;
	}
	s->lane = l;
	s->check = check;
	s->item = l->next++;
	s->fetch =
	    post(l->d, l->d->url_single, "Content-Type: application/json", &s->body, on_single, s);
	if (!s->fetch)
		no_request(l);
	l->in_flight += s->fetch != NULL;
	return s->fetch != NULL;
}

/* Sends what may be sent side by side; after a failure nothing more. */
static void
pump(struct lane *l)
{
	struct report r;

	while (l->next < l->parcel.n && l->verdict.end == POST_DONE) {
		const struct parcel_item *it = &l->parcel.items[l->next];

		if (report_read(&r, l->parcel.text.data + it->off, it->len - 1, NULL))
			r.status = STATUS_UNKNOWN;
		if (!send_single(l, &r))
			break;
	}
}

void
lane_start(struct lane *l)
{
	struct deliver *d = l->d;

	l->busy = true;
	l->verdict = (struct post_verdict){.end = POST_DONE, .retry_after_ms = -1};
	l->next = l->unsent = 0;
	if (d->kind == KIND_ORIGINAL) {
		pump(l);
		if (!l->in_flight)
			deliver_settled(l);
		return;
	}
	buf_clear(&l->body);
	post_lines(&l->body, &l->parcel, clock_boot(), clock_boot_hash());
	l->fetch =
	    post(d, d->url_lines, "Content-Type: application/x-ndjson", &l->body, on_lines, l);
	if (!l->fetch) {
		no_request(l);
		deliver_settled(l);
	}
}

void
lane_cancel(struct lane *l)
{
	fetch_cancel(l->fetch);
	l->fetch = NULL;
	for (size_t i = 0; i < LANE_SINGLES; i++) {
		fetch_cancel(l->singles[i].fetch);
		l->singles[i].fetch = NULL;
	}
	l->in_flight = 0;
}

void
lane_free(struct lane *l)
{
	parcel_free(&l->parcel);
	buf_free(&l->body);
	for (size_t i = 0; i < LANE_SINGLES; i++)
		buf_free(&l->singles[i].body);
}
