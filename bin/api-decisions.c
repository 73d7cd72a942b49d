#include <string.h>

#include "api.h"
#include "base/num.h"
#include "base/stamp.h"
#include "codec/request.h"
#include "edge/clock.h"
#include "edge/annals.h"
#include "model/name.h"

/*
 * GET /api/v1/decisions: the history of answers.  One thread answers everybody, so
 * that one request reads no more than a few milliseconds' worth of it; `next` says
 * where the following one goes on.
 */
enum {
	READ_BYTES = 4 << 20,
	BODY_BYTES = 1 << 20,
	LIMIT_DEFAULT = 1000,
	LIMIT_MOST = 10000
};

static const int64_t DAY_MS = INT64_C(86400) * 1000;

struct asked {
	const struct api *api;
	const struct api_key *key;
	struct annals_query query;
	struct map domains;
	char domain[LIMIT_NAME + 1]; /* "": all */
	bool configured, from;       /* from: a place was given */
	uint64_t number;
	int64_t offset, limit;
	int64_t oldest; /* when the history begins; -1: there is none */
};

/* ---- what is asked for */

static bool
bad(struct http_reply *r, const char *field, const char *message)
{
	api_bad_query(r, field, "value_error", message);
	return false;
}

static bool
take_time(const struct http_request *q, struct http_reply *r, const char *name, int64_t *at)
{
	size_t n;
	const char *s = http_query(q, name, &n);

	return !s || request_time(s, n, clock_wall(), at) ||
	       bad(r, name, "Value error, not a time (such as 2026-11-22T10:00:00Z, -15min)");
}

static bool
take_times(struct asked *w, const struct http_request *q, struct http_reply *r)
{
	w->query.since = clock_wall() - DAY_MS;
	w->query.until = INT64_MAX;
	if (!take_time(q, r, "since", &w->query.since) ||
	    !take_time(q, r, "until", &w->query.until))
		return false;
	return w->query.since <= w->query.until || bad(r, "until", "Value error, before since");
}

static bool
take_limit(struct asked *w, const struct http_request *q, struct http_reply *r)
{
	size_t n;
	const char *s = http_query(q, "limit", &n);

	w->limit = LIMIT_DEFAULT;
	return !s || (strlen(s) == n && num_i64(s, 1, LIMIT_MOST, &w->limit)) ||
	       bad(r, "limit", "Value error, not a number from 1 to 10000");
}

static bool
take_place(struct asked *w, const struct http_request *q, struct http_reply *r)
{
	size_t n;
	const char *s = http_query(q, "next", &n);

	w->from = s != NULL;
	return !s || request_place(s, n, &w->number, &w->offset) ||
	       bad(r, "next", "Value error, not what an answer had as next");
}

static bool
take_all(struct asked *w, const struct http_request *q, struct http_reply *r)
{
	size_t n;
	const char *s = http_query(q, "all", &n);
	bool all = s && n == 1 && *s == '1';

	w->query.kinds = all ? ANNALS_ALL : ANNALS_ANSWERS;
	w->query.common = w->query.others = all;
	return !s || all || (n == 1 && *s == '0') || bad(r, "all", "Value error, not 0 or 1");
}

static bool
take_domain(struct asked *w, const struct http_request *q, struct http_reply *r)
{
	size_t n;
	const char *s = http_query(q, "domain", &n);

	if (!s)
		return true;
	if (strlen(s) != n || !name_normal(w->domain, s, NULL)) {
		http_detail(r, 404, "Unknown domain");
		return false;
	}
	*map_puts(&w->domains, w->domain) = w->domain;
	w->query.domains = &w->domains;
	w->configured = config_domain(w->api->config, w->domain) != NULL;
	return true;
}

/* ---- who may see what */

static bool
may_see(const struct asked *w, const char *domain)
{
	return access_status(&w->api->access, w->key,
	                     *domain ? config_domain(w->api->config, domain) : NULL);
}

/* As with the status: with status_auth a stranger does not even learn which names there are. */
static bool
admitted(const struct asked *w, const struct http_request *q, struct http_reply *r)
{
	size_t n;
	const char *s = http_query(q, "domain", &n);

	if (s ? may_see(w, strlen(s) == n ? s : "") : access_some(&w->api->access, w->key))
		return true;
	access_refuse(q, r);
	return false;
}

/* ---- the answer */

static void
unreadable(struct http_reply *r, const char *why)
{
	http_detail(r, 503, why);
	r->retry_after = 1;
}

static void
add_line(struct buf *b, const struct annals_line *line)
{
	if (b->data[b->len - 1] == '}')
		buf_putc(b, ',');
	buf_add(b, line->text, line->n);
}

/* Up to a limit; true: there is more, from where p is. */
static bool
add_lines(const struct asked *w, struct annals *p, struct buf *b, enum annals_step *step,
          struct fault *f)
{
	struct annals_line line;
	int64_t n = 0;

	while (n < w->limit && b->len < BODY_BYTES && (*step = annals_next(p, &line, f)) == ANNALS_LINE)
		if (may_see(w, line.event ? line.event->domain : "")) {
			add_line(b, &line);
			n++;
		}
	return *step == ANNALS_LINE || *step == ANNALS_PAUSE;
}

static void
add_end(const struct asked *w, bool more, struct buf *b)
{
	char text[STAMP_LEN];

	buf_puts(b, "],\"next\":");
	if (more)
		buf_printf(b, "\"%llu.%lld\"", (unsigned long long)w->number, (long long)w->offset);
	else
		buf_puts(b, "null");
	buf_puts(b, ",\"oldest\":");
	buf_json(b, w->oldest < 0 ? NULL : stamp_format(text, w->oldest));
	buf_putc(b, '}');
}

/* Whether a name that is not configured may be in the history: as far as one request reads. */
static bool
may_be_known(const struct asked *w, const struct statedir *dir)
{
	const struct annals_query q = {0, INT64_MAX, ANNALS_ALL, &w->domains, false, false};
	enum annals_step step;
	struct annals_line line;
	struct annals p;
	struct fault f;

	if (annals_open(&p, dir, &q, &f))
		return false;
	annals_budget(&p, READ_BYTES);
	step = annals_next(&p, &line, &f);
	annals_close(&p);
	return step == ANNALS_LINE || step == ANNALS_PAUSE;
}

enum outcome { ANSWERED, NO_PLACE, NOT_READ };

/* Reads on from the place of the request, and leaves there the place of the next one. */
static enum outcome
read_history(struct asked *w, const struct statedir *dir, struct buf *b, bool *more)
{
	enum annals_step step = ANNALS_END;
	enum outcome outcome = ANSWERED;
	struct fault f;
	struct annals p;
	int opened = annals_open(&p, dir, &w->query, &f);
	bool whole;

	if (opened)
		return opened < 0 ? NOT_READ : ANSWERED;
	if (!annals_oldest(&p, &w->oldest, &whole))
		w->oldest = -1;
	annals_budget(&p, READ_BYTES);
	if (w->from && !annals_resume(&p, w->number, w->offset)) {
		outcome = NO_PLACE;
	} else {
		*more = add_lines(w, &p, b, &step, &f);
		annals_place(&p, &w->number, &w->offset);
		if (step == ANNALS_FAILED)
			outcome = NOT_READ;
	}
	annals_close(&p);
	return outcome;
}

static void
answer(struct asked *w, const struct statedir *dir, struct http_reply *r)
{
	bool more = false, unknown;
	enum outcome outcome;

	buf_puts(&r->body, "{\"decisions\":[");
	outcome = read_history(w, dir, &r->body, &more);
	unknown = *w->domain && !w->configured && !w->from && !more &&
	          r->body.data[r->body.len - 1] == '[' && !may_be_known(w, dir);
	if (outcome == ANSWERED && !unknown) {
		add_end(w, more, &r->body);
		return;
	}
	buf_clear(&r->body);
	if (outcome == NO_PLACE)
		bad(r, "next", "Value error, not what an answer had as next");
	else if (outcome == NOT_READ)
		unreadable(r, "the history cannot be read");
	else
		http_detail(r, 404, "Unknown domain");
}

void
api_decisions(void *arg, const struct http_request *q, struct http_reply *r)
{
	struct api *a = arg;
	struct asked w = {.api = a, .key = access_key(&a->access, q), .oldest = -1};
	const struct statedir *dir = follower_dir(a->follower);

	if (!api_admit(a, q, w.key, r) || !admitted(&w, q, r))
		return;
	map_init(&w.domains);
	if (take_domain(&w, q, r) && take_times(&w, q, r) && take_limit(&w, q, r) &&
	    take_place(&w, q, r) && take_all(&w, q, r)) {
		if (dir->fd < 0)
			unreadable(r, "the state directory cannot be read");
		else
			answer(&w, dir, r);
	}
	map_free(&w.domains);
}
