#include "checknagios.h"

#include <stdio.h>
#include <string.h>

#include "model/addr.h"

enum { LISTED = 20 }; /* monitoring keeps some kilobytes */

/* By enum status: the plugins' level, and which of two is worse (a fail, then not knowing). */
static const struct {
	int level, rank;
	const char *word;
} levels[] = {[STATUS_OK] = {0, 0, "OK"},
              [STATUS_WARN] = {1, 1, "WARNING"},
              [STATUS_FAIL] = {2, 3, "CRITICAL"},
              [STATUS_UNKNOWN] = {3, 2, "UNKNOWN"}};

static size_t
total(const struct checknagios *c)
{
	return c->n[STATUS_OK] + c->n[STATUS_WARN] + c->n[STATUS_FAIL] + c->n[STATUS_UNKNOWN];
}

/* A bar would begin the performance data. */
static void
put_reason(struct buf *b, const struct report *r)
{
	for (const char *s = r->reason; *s; s++)
		buf_putc(b, *s == '|' ? '/' : *s);
}

static void
put_check(struct buf *b, const struct report *r)
{
	char to[TARGET_TEXT];

	buf_printf(b, "%s %s %s %s", r->domain, r->type, report_target(to, r),
	           status_word((int)r->status));
	if (r->reason[0]) {
		buf_puts(b, ": ");
		put_reason(b, r);
	}
}

/* In seconds, as the plugins do. */
static void
put_time(struct buf *b, const char *name, double ms)
{
	if (ms > 0)
		buf_printf(b, " %s=%.6fs;;;0", name, ms / 1e3);
}

/* Each phase for itself, so that they can be stacked. */
static void
measure(struct checknagios *c, const struct report *r, const struct probe_result *res,
    const struct task *t)
{
	double last = res->tls_ms > 0 ? res->tls_ms : res->connect_ms;

	if (r->latency_ms >= 0)
		buf_printf(&c->perf, " time=%.6fs;;;0;%.3f", r->latency_ms / 1e3,
		           (double)t->timeout_ms / 1e3);
	put_time(&c->perf, "connect", res->connect_ms);
	if (res->tls_ms > 0)
		put_time(&c->perf, "tls", res->tls_ms - res->connect_ms);
	if (res->first_byte_ms > 0)
		put_time(&c->perf, "first_byte", res->first_byte_ms - last);
	if (r->perfdata[0])
		buf_printf(&c->perf, " %s", r->perfdata);
}

void
checknagios_take(struct checknagios *c, const struct report *r, const struct probe_result *res,
    const struct task *t)
{
	bool first = total(c) == 0;

	c->n[r->status]++;
	if (first || levels[r->status].rank > levels[c->worst.status].rank)
		c->worst = *r;
	if (r->latency_ms > c->slowest_ms)
		c->slowest_ms = r->latency_ms;
	if (first)
		measure(c, r, res, t);
	if (r->status == STATUS_OK || c->listed++ >= LISTED)
		return;
	put_check(&c->more, r);
	buf_putc(&c->more, '\n');
}

/* One check is named and measured; of several the first of the worst is. */
static void
put_line(struct buf *b, const struct checknagios *c, enum status status)
{
	size_t all = total(c);

	buf_printf(b, "FODNS %s - ", levels[status].word);
	if (all == 1) {
		put_check(b, &c->worst);
		if (c->worst.latency_ms >= 0)
			buf_printf(b, " in %.2f ms", c->worst.latency_ms);
	} else {
		buf_printf(b, "%zu of %zu checks ok", c->n[STATUS_OK], all);
		if (all == 0)
			buf_puts(b, ", nothing was checked");
		else if (status != STATUS_OK) {
			buf_puts(b, "; ");
			put_check(b, &c->worst);
		}
	}
	buf_puts(b, " |");
	if (all == 1)
		buf_add(b, c->perf.data ? c->perf.data : "", c->perf.len);
	else
		put_time(b, "slowest", c->slowest_ms);
	buf_printf(b, " ok=%zu;;;0;%zu warn=%zu fail=%zu unknown=%zu\n", c->n[STATUS_OK], all,
	           c->n[STATUS_WARN], c->n[STATUS_FAIL], c->n[STATUS_UNKNOWN]);
}

int
checknagios_say(struct checknagios *c)
{
	enum status status = total(c) ? c->worst.status : STATUS_UNKNOWN;
	struct buf b = {0};

	put_line(&b, c, status);
	if (total(c) > 1 && c->more.len)
		buf_add(&b, c->more.data, c->more.len);
	if (c->listed > LISTED)
		buf_printf(&b, "and %zu more\n", c->listed - LISTED);
	fwrite(b.data, 1, b.len, stdout);
	buf_free(&b);
	buf_free(&c->more);
	buf_free(&c->perf);
	return levels[status].level;
}
