#include "codec/feed.h"

#include <string.h>

#include "base/log.h"
#include "model/limits.h"

void
feed_init(struct feed *f, const uint64_t key[2], const struct feed_calls *calls)
{
	memset(f, 0, sizeof(*f));
	f->calls = *calls;
	f->key[0] = key[0];
	f->key[1] = key[1];
	buf_init(&f->rest);
}

static void
drop_pending(struct feed *f)
{
	table_free(f->pending);
	f->pending = NULL;
	f->lines = 0;
	f->broken = false;
}

void
feed_free(struct feed *f)
{
	drop_pending(f);
	buf_free(&f->rest);
}

void
feed_restart(struct feed *f)
{
	drop_pending(f);
	buf_clear(&f->rest);
	f->taken = f->skipping = false;
}

static void
bad_line(struct feed *f, const char *why)
{
	f->bad++;
	f->broken = true; /* of the pending generation, if there is one */
	if (f->bad <= 10)
		log_warn("decision stream: line %llu: %s", (unsigned long long)f->heard, why);
}

static void
begin(struct feed *f)
{
	drop_pending(f);
	f->server = f->line.server;
	f->pending = table_new(f->key);
}

static void
update(struct feed *f)
{
	struct image *old;
	struct fault fault;

	if (!f->taken)
		return;
	switch (table_update(f->current, &f->line.decision, &old, &fault)) {
	case 1:
		f->updates++;
		f->calls.retire(f->calls.arg, old);
		break;
	case -1:
		bad_line(f, fault.text);
		break;
	}
}

/* A line of the generation that is arriving. */
static void
collect(struct feed *f)
{
	struct fault fault;
	int r = 0;

	f->lines++;
	switch (f->line.type) {
	case STREAM_ZONE:
		r = table_zone(f->pending, &f->line.zone, &fault);
		break;
	case STREAM_RR:
		r = table_record(f->pending, &f->line.rr, &fault);
		break;
	default:
		r = table_decision(f->pending, &f->line.decision, &fault);
		break;
	}
	if (r < 0)
		bad_line(f, fault.text);
}

static void
complete(struct feed *f)
{
	const struct stream_ready *r = &f->line.ready;
	struct table *t = f->pending;

	if (!t)
		return;
	if (f->broken || r->lines != f->lines) {
		log_error(
		    "decision stream: generation %llu is not whole (%llu of %llu lines): the last one stays",
		    (unsigned long long)r->gen, (unsigned long long)f->lines,
		    (unsigned long long)r->lines);
		drop_pending(f);
		return;
	}
	if ((r->provisional || f->server.provisional) && f->current) {
		drop_pending(f); /* what is known is better than what was guessed in a hurry */
		return;
	}
	table_finish(t, f->current);
	f->pending = NULL;
	f->lines = 0;
	f->current = t;
	f->taken = true;
	f->calls.publish(f->calls.arg, t, &f->server);
}

static void
one_line(struct feed *f, const char *p, size_t n)
{
	struct fault fault;

	f->heard++;
	if (!n)
		return;
	if (stream_read(&f->line, p, n, &fault) < 0) {
		bad_line(f, fault.text);
		return;
	}
	switch (f->line.type) {
	case STREAM_SERVER:
		begin(f);
		break;
	case STREAM_ZONE:
	case STREAM_RR:
		if (f->pending)
			collect(f);
		break;
	case STREAM_DECISION:
		if (f->pending)
			collect(f);
		else
			update(f);
		break;
	case STREAM_READY:
		complete(f);
		break;
	case STREAM_ALIVE:
	case STREAM_OTHER:
		break;
	}
}

/* Keeps the beginning of a line whose end is not there yet. */
static void
keep_rest(struct feed *f, const char *p, size_t n)
{
	if (f->skipping)
		return;
	if (f->rest.len + n < LIMIT_STREAM_LINE) {
		buf_add(&f->rest, p, n);
		return;
	}
	buf_clear(&f->rest);
	f->skipping = true;
	bad_line(f, "over 64 KiB");
}

static void
end_line(struct feed *f, const char *p, size_t n)
{
	if (f->skipping) {
		f->skipping = false;
		return;
	}
	if (!f->rest.len) {
		one_line(f, p, n);
		return;
	}
	keep_rest(f, p, n);
	if (!f->skipping)
		one_line(f, f->rest.data, f->rest.len);
	f->skipping = false;
	buf_clear(&f->rest);
}

void
feed_input(struct feed *f, const void *data, size_t n)
{
	const char *p = data, *lf;

	while (n && (lf = memchr(p, '\n', n))) {
		end_line(f, p, (size_t)(lf - p));
		n -= (size_t)(lf - p) + 1;
		p = lf + 1;
	}
	if (n)
		keep_rest(f, p, n);
}
