#include "edge/lane.h"

#include <bsd/stdlib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "codec/records.h"
#include "edge/link.h"

enum {
	GATHER = 20, /* ms: what comes so soon after a request has started goes in the next one */
	BATCH_LINES = 1000,
	BATCH_BYTES = 256 * 1024,
	QUEUE_FULL = 512 * 1024,  /* bytes: a file is read no further */
	QUEUE_MOST = 1024 * 1024, /* bytes: beyond, memory is relieved by the spool */
	REPROBE = 10 * 60 * 1000  /* how long a master is believed to be an original one */
};

int64_t
deliver_backoff(unsigned attempt, int64_t retry_after_ms, uint32_t chance)
{
	int64_t ms = 1000, most = 600000;

	while (--attempt && ms < 10000)
		ms *= 2;
	if (ms > 10000)
		ms = 10000;
	ms = ms * 3 / 4 + chance % (uint32_t)(ms / 2 + 1);
	if (retry_after_ms > most)
		retry_after_ms = most;
	return retry_after_ms > ms ? retry_after_ms : ms;
}

/* ---- the spool */

static void
say_dropped(struct deliver *d)
{
	uint64_t now = spool_dropped(d->spool);

	if (now > d->dropped_said)
		log_warn("master %s: the spool is full: %" PRIu64 " oldest reports dropped",
		         d->set.master->name, now - d->dropped_said);
	d->dropped_said = now;
}

/* Lines for which there is neither a way nor a disk wait in memory; the oldest are lost when it is
 * full. */
static void
hold(struct deliver *d, struct parcel *p)
{
	size_t n = 0, bytes;

	if (p != &d->queue) {
		parcel_move(p, &d->queue, SIZE_MAX, SIZE_MAX);
		parcel_move(&d->queue, p, SIZE_MAX, SIZE_MAX);
	}
	for (bytes = d->queue.text.len; bytes > QUEUE_MOST && n < d->queue.n; n++)
		bytes -= d->queue.items[n].len;
	parcel_drop(&d->queue, n);
	d->lost += n;
}

/* Puts the parcel on disk, and empties it. */
static void
stash(struct deliver *d, struct parcel *p)
{
	struct fault f;

	if (!p->n)
		return;
	if (!spool_add(d->spool, p, &f)) {
		d->spool_failed = false;
		say_dropped(d);
		parcel_clear(p);
		return;
	}
	if (!d->spool_failed)
		log_error("master %s: reports cannot be spooled: %s", d->set.master->name, f.text);
	d->spool_failed = true;
	hold(d, p);
}

/* ---- after a request */

static void
tell(struct loop_timer *w)
{
	struct deliver *d = w->arg;

	d->set.progress(d->set.arg);
}

static void
on_retry(struct loop_timer *w)
{
	struct deliver *d = w->arg;

	d->down = false;
	deliver_kick(d);
}

static void
failed(struct deliver *d, const struct post_verdict *v)
{
	int64_t wait;

	if (d->down) /* the other lane has said so */
		return;
	if (!d->attempt++)
		log_warn("master %s: %s: reports are kept in %s", d->set.master->name, v->why,
		         d->spool_failed ? "memory" : spool_path(d->spool));
	wait = deliver_backoff(d->attempt, v->retry_after_ms, arc4random());
	d->not_before = v->retry_after_ms > 0 ? loop_now(d->set.loop) + wait : 0;
	d->down = true;
	if (d->ending)
		d->finished = true;
	else if (!d->closing)
		loop_timer_start(d->set.loop, &d->retry, wait, 0, on_retry, d);
}

static void
succeeded(struct deliver *d)
{
	if (d->attempt)
		log_note("master %s: answers again, %" PRIu64 " reports in the spool",
		         d->set.master->name, spool_count(d->spool));
	d->attempt = 0;
}

/* What is still open of a lane goes back to where it can be sent from again. */
static void
put_back(struct lane *l, bool again)
{
	struct deliver *d = l->d;
	struct parcel open;

	parcel_init(&open);
	for (size_t i = 0; i < l->parcel.n; i++) {
		struct parcel_item *it = &l->parcel.items[i];

		if (it->fate == FATE_TAKEN)
			d->delivered++;
		if (it->fate == FATE_OPEN && it->input)
			parcel_add(&open, l->parcel.text.data + it->off, it->len)->input =
			    it->input;
	}
	d->delivered -= l->unsent;
	spool_settle(d->spool, &l->parcel);
	parcel_clear(&l->parcel);
	if (again) {
		parcel_move(&open, &d->queue, SIZE_MAX, SIZE_MAX);
		parcel_move(&d->queue, &open, SIZE_MAX, SIZE_MAX);
	} else {
		stash(d, &open);
	}
	parcel_free(&open);
}

void
deliver_settled(struct lane *l)
{
	struct deliver *d = l->d;
	struct post_verdict v = l->verdict;
	bool other = v.end == POST_OTHER || v.end == POST_LARGE;

	l->busy = false;
	put_back(l, other);
	l->unsent = 0;
	if (v.end == POST_LATER || v.why[0])
		failed(d, &v);
	else if (!other)
		succeeded(d);
	deliver_kick(d);
	loop_timer_start(d->set.loop, &d->told, 0, 0, tell, d);
}

/* ---- what goes next */

static void
on_gathered(struct loop_timer *w)
{
	deliver_kick(w->arg);
}

/*
 * A request costs as much as the reports of 20 ms, and a stream of them needs no
 * more than fifty in a second; what comes alone waits for nothing.
 */
static bool
gathers(struct deliver *d)
{
	int64_t left = d->gather_until - loop_now(d->set.loop);

	if (left <= 0 || d->ending || d->kind != KIND_FODNS || d->queue.n >= d->batch_lines ||
	    spool_has_newest(d->spool))
		return false;
	loop_timer_start(d->set.loop, &d->gather, left, 0, on_gathered, d);
	return true;
}

static void
send_fresh(struct deliver *d)
{
	struct lane *l = &d->fresh;

	if (d->queue.n && gathers(d))
		return;
	/* What is new is what a master of ours wants first. Another one must get each check's
	 * reports in their order. */
	if (d->kind == KIND_FODNS)
		parcel_move(&l->parcel, &d->queue, d->batch_lines, BATCH_BYTES);
	spool_newest(d->spool, &l->parcel, d->batch_lines, BATCH_BYTES);
	parcel_move(&l->parcel, &d->queue, d->batch_lines, BATCH_BYTES);
	if (!l->parcel.n)
		return;
	d->gather_until = loop_now(d->set.loop) + GATHER;
	lane_start(l);
}

static void
send_backlog(struct deliver *d)
{
	struct lane *l = &d->backlog;

	if (spool_has_newest(d->spool) || !spool_count(d->spool))
		return;
	if (d->kind == KIND_ORIGINAL) {
		if (!d->fresh.busy && !l->busy)
			log_debug("master %s: %" PRIu64 " older reports are of no use to it",
			          d->set.master->name, spool_discard(d->spool));
		return;
	}
	/* A master that has just failed is tried with one request, not with two. */
	if (d->fresh.busy && (d->attempt || d->kind == KIND_UNKNOWN))
		return;
	if (spool_backlog(d->spool, &l->parcel, d->batch_lines, BATCH_BYTES))
		lane_start(l);
}

void
deliver_kick(struct deliver *d)
{
	if (d->kind == KIND_ORIGINAL && loop_now(d->set.loop) - d->kind_since > REPROBE)
		d->kind = KIND_UNKNOWN;
	if (d->down || d->closing)
		stash(d, &d->queue);
	if (!d->down && !d->closing) {
		if (!d->fresh.busy)
			send_fresh(d);
		if (!d->backlog.busy && !d->down)
			send_backlog(d);
	}
	if (d->queue.text.len > QUEUE_MOST)
		stash(d, &d->queue);
	if ((d->ending || d->closing) && !d->fresh.busy && !d->backlog.busy)
		d->finished = true;
}

void
deliver_report(struct deliver *d, const struct report *r, uint64_t input)
{
	buf_clear(&d->line);
	report_write(&d->line, r);
	spool_supersede(d->spool, r);
	parcel_add(&d->queue, d->line.data, d->line.len)->input = input;
}

bool
deliver_full(const struct deliver *d)
{
	return !d->down && d->queue.text.len > QUEUE_FULL;
}

bool
deliver_done(const struct deliver *d)
{
	return d->finished && !d->fresh.busy && !d->backlog.busy;
}

void
deliver_end(struct deliver *d)
{
	d->ending = true;
	if (d->down && loop_now(d->set.loop) >= d->not_before) {
		loop_timer_stop(&d->retry);
		d->down = false;
	}
	deliver_kick(d);
}

void
deliver_close(struct deliver *d)
{
	d->closing = true;
	loop_timer_stop(&d->retry);
	deliver_kick(d);
}

static void
give_up(struct lane *l)
{
	lane_cancel(l);
	if (l->busy)
		put_back(l, false);
	l->busy = false;
}

void
deliver_abort(struct deliver *d)
{
	d->closing = true;
	give_up(&d->fresh);
	give_up(&d->backlog);
	stash(d, &d->queue);
	d->lost += d->queue.n;
	parcel_clear(&d->queue);
	d->finished = true;
}

void
deliver_counts(const struct deliver *d, struct deliver_counts *c)
{
	*c = (struct deliver_counts){.delivered = d->delivered,
	                             .refused = d->refused,
	                             .lost = d->lost,
	                             .dropped = spool_dropped(d->spool),
	                             .spooled = spool_count(d->spool)};
}

/* ---- beginning and end */

static char *
join(const char *a, const char *b)
{
	struct buf s;

	buf_init(&s);
	buf_puts(&s, a);
	buf_puts(&s, b);
	return s.data;
}

static void
forget_place(struct deliver *d)
{
	free(d->url_lines);
	free(d->url_single);
	if (d->key)
		explicit_bzero(d->key, strlen(d->key));
	free(d->key);
}

static void
set_place(struct deliver *d, const struct master *m)
{
	d->set.master = m;
	d->url_lines = join(m->url, "/api/v1/reports");
	d->url_single = join(m->url, "/api/v1/report");
	d->key = m->token ? join("X-API-Key: ", m->token) : NULL;
}

static void
take_back(struct lane *l)
{
	lane_cancel(l);
	if (l->busy)
		put_back(l, true);
	l->busy = false;
}

void
deliver_renew(struct deliver *d, const struct master *m)
{
	if (link_same(d->set.master, m)) {
		d->set.master = m;
		return;
	}
	take_back(&d->backlog);
	take_back(&d->fresh);
	forget_place(d);
	set_place(d, m);
	loop_timer_stop(&d->retry);
	d->down = false;
	d->kind = KIND_UNKNOWN;
	d->attempt = 0;
	d->not_before = 0;
}

struct deliver *
deliver_new(const struct deliver_setup *set)
{
	struct deliver *d = mem_alloc(sizeof(*d));
	struct fault f;

	d->set = *set;
	set_place(d, set->master);
	d->batch_lines = BATCH_LINES;
	d->fresh.d = d->backlog.d = d;
	d->spool = spool_new(set->spool_dir, set->master->name, set->spool_max);
	if (spool_load(d->spool, &f))
		log_warn("master %s: %s", set->master->name, f.text);
	return d;
}

void
deliver_free(struct deliver *d)
{
	if (!d)
		return;
	deliver_abort(d);
	loop_timer_stop(&d->retry);
	loop_timer_stop(&d->told);
	loop_timer_stop(&d->gather);
	lane_free(&d->fresh);
	lane_free(&d->backlog);
	parcel_free(&d->queue);
	buf_free(&d->line);
	spool_free(d->spool);
	forget_place(d);
	free(d);
}
