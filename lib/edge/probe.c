#include "edge/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "edge/bindto.h"
#include "edge/clock.h"
#include "edge/patterns.h"
#include "edge/probekind.h"
#include "edge/probeweb.h"
#include "edge/resolver.h"
#include "edge/runner.h"
#include "edge/tls.h"

enum { LATE_PERCENT = 20, MS_AN_HOUR = 3600 * 1000, HOURS_A_DAY = 24 };

static const struct probe_kind *const kinds[PROBE_TYPES] = {
    [PROBE_TCP] = &probe_kind_tcp,
    [PROBE_HTTP] = &probe_kind_get,
    [PROBE_HTTPS] = &probe_kind_http,
    [PROBE_ICMP] = &probe_kind_icmp,
    [PROBE_TLS] = &probe_kind_tls,
    [PROBE_UDP] = &probe_kind_udp,
    [PROBE_DNS] = &probe_kind_dns,
    [PROBE_EXEC] = &probe_kind_exec,
};

/* Plain http has a small client of its own, which cannot be led elsewhere; a connection without
 * words needs none. */
static const struct probe_kind *
kind_of(const struct probe *p)
{
	if (p->type == PROBE_HTTP && p->follow > 0)
		return &probe_kind_http;
	if (p->type == PROBE_TCP && (p->send || p->send_hex || p->expect))
		return &probe_kind_talk;
	return kinds[p->type];
}

struct prober *
prober_new(struct loop *l, const struct prober_options *o)
{
	struct prober *p = mem_alloc(sizeof(*p));

	p->loop = l;
	p->o = *o;
	TAILQ_INIT(&p->runs);
	TAILQ_INIT(&p->ended);
	if (o->resolver) {
		p->resolver_addr = *o->resolver;
		p->o.resolver = &p->resolver_addr;
	}
	return p;
}

struct resolver *
prober_resolver(struct prober *p)
{
	if (!p->resolver)
		p->resolver = resolver_new(p->loop, p->o.resolver, p->o.resolver_port);
	return p->resolver;
}

void
prober_free(struct prober *p)
{
	if (!p)
		return;
	while (!TAILQ_EMPTY(&p->runs))
		probe_cancel(TAILQ_FIRST(&p->runs));
	while (!TAILQ_EMPTY(&p->ended))
		probe_cancel(TAILQ_FIRST(&p->ended));
	loop_turn_stop(&p->turn);
	resolver_free(p->resolver);
	web_free(p);
	patterns_free(p->patterns);
	pinger_free(p->pinger);
	tls_maker_free(p->tls);
	free(p->chunk);
	runner_free(p->runner);
	free(p);
}

void
prober_outlet(struct prober *p, const struct texts *source, const char *interface)
{
	p->source = source;
	p->interface = interface;
}

unsigned
prober_running(const struct prober *p)
{
	return p->running;
}

const char *
probe_host(const struct task *t, char text[static 64])
{
	const struct probe *p = t->probe;
	const char *said = p->type == PROBE_TLS ? p->sni : p->type == PROBE_DNS ? p->qname : p->host;

	if (said)
		return said;
	if (t->host && p->type != PROBE_DNS) /* there it is the server's */
		return t->host;
	if (t->domain && *t->domain)
		return t->domain;
	return addr_format(text, &t->target);
}

double
probe_elapsed(const struct probe_run *r)
{
	return (clock_mono_us() - r->start_us) / 1e3;
}

static void
give_back(struct probe_run *r)
{
	if (r->kind)
		r->kind->stop(r);
	r->kind = NULL;
	loop_timer_stop(&r->timer);
	r->prober->running--;
}

static void
run_free(struct probe_run *r)
{
	free(r->text);
	free(r);
}

void
probe_cancel(struct probe_run *r)
{
	if (!r)
		return;
	give_back(r);
	TAILQ_REMOVE(r->ended ? &r->prober->ended : &r->prober->runs, r, link);
	run_free(r);
}

/* Also what ends while others are delivered.  First all are told, then all are closed: two short
 * ways, each gone many times in a row, and not one long one. */
static void
deliver(struct loop_turn *w)
{
	struct prober *p = w->arg;
	struct probe_list told = TAILQ_HEAD_INITIALIZER(told);
	struct probe_run *r;

	while ((r = TAILQ_FIRST(&p->ended))) {
		TAILQ_REMOVE(&p->ended, r, link);
		r->done(r->arg, &r->result);
		TAILQ_INSERT_TAIL(&told, r, link);
	}
	while ((r = TAILQ_FIRST(&told))) {
		TAILQ_REMOVE(&told, r, link);
		give_back(r);
		run_free(r);
	}
}

static void
ended(struct probe_run *r)
{
	struct prober *p = r->prober;

	if (TAILQ_EMPTY(&p->ended))
		loop_turn_start(p->loop, &p->turn, deliver, p);
	TAILQ_REMOVE(&p->runs, r, link);
	TAILQ_INSERT_TAIL(&p->ended, r, link);
	r->ended = true;
}

void
probe_end(struct probe_run *r, enum status status, const char *reason)
{
	if (r->ended)
		return;
	r->result.status = status;
	r->result.latency_ms = -1;
	if (reason) {
		snprintf(r->reason, sizeof(r->reason), "%s%s",
		         status == STATUS_UNKNOWN ? "local: " : "", reason);
		r->result.reason = r->reason;
	}
	ended(r);
}

void
probe_end_text(struct probe_run *r, enum status status, const char *reason, const char *perfdata)
{
	size_t data = strlen(perfdata);

	if (r->ended)
		return;
	r->text = mem_alloc(LIMIT_REASON + 1 + data + 1);
	snprintf(r->text, LIMIT_REASON + 1, "%s%s", status == STATUS_UNKNOWN ? "local: " : "",
	         reason);
	memcpy(r->text + LIMIT_REASON + 1, perfdata, data + 1);
	probe_end(r, status, NULL);
	r->result.reason = *reason ? r->text : NULL;
	r->result.perfdata = data ? r->text + LIMIT_REASON + 1 : NULL;
}

void
probe_end_ok(struct probe_run *r, double latency_ms)
{
	if (r->ended)
		return;
	r->result.status = STATUS_OK;
	r->result.latency_ms = latency_ms;
	ended(r);
}

void
probe_end_certificate(struct probe_run *r, double ms, int64_t end, int min_days)
{
	int64_t hours = (end - clock_wall()) / MS_AN_HOUR;
	char text[64];

	if (!min_days || !end || hours >= (int64_t)min_days * HOURS_A_DAY) {
		probe_end_ok(r, ms);
		return;
	}
	if (end <= clock_wall())
		snprintf(text, sizeof(text), "certificate expired");
	else if (hours < 2 * HOURS_A_DAY)
		snprintf(text, sizeof(text), "certificate ends in %d hours", (int)hours);
	else
		snprintf(text, sizeof(text), "certificate ends in %d days",
		         (int)(hours / HOURS_A_DAY));
	probe_end(r, STATUS_WARN, text);
	r->result.latency_ms = ms;
}

/*
 * A process that was stopped or starved wakes up with the answer and the
 * deadline both in the past, and cannot know which was first.
 */
bool
probe_late(struct probe_run *r)
{
	double over;

	r->now_ms = probe_elapsed(r);
	over = r->now_ms - (double)r->timeout_ms;
	if (r->ended)
		return true;
	if (over < 0)
		return false;
	if (r->kind->look)
		r->kind->look(r);
	if (r->ended)
		return true;
	if (over * 100 > (double)r->timeout_ms * LATE_PERCENT)
		probe_end(r, STATUS_UNKNOWN, "checker too busy, result late");
	else if (r->kind->expire)
		r->kind->expire(r);
	else
		probe_end(r, STATUS_FAIL, "timed out");
	return true;
}

void
probe_outlet(struct outlet *o, const struct prober *p, const struct probe *probe, enum family f)
{
	outlet_choose(o, f, &probe->source, probe->interface, p->source, p->interface);
}

bool
probe_bind(struct probe_run *r, int fd)
{
	const char *why = outlet_any(&r->outlet) ? bindto(fd, &r->outlet) : NULL;

	if (why)
		probe_end(r, STATUS_UNKNOWN, why);
	return !why;
}

/* at_once: what it means when the call itself says so. later: NULL if it cannot be an answer. */
static const struct {
	int err;
	const char *local, *later;
} errors[] = {
    {0, "cannot connect", "cannot connect"},
    {ECONNREFUSED, NULL, "connection refused"},
    {ECONNRESET, NULL, "connection reset"},
    {ECONNABORTED, NULL, "connection reset"},
    {EPIPE, NULL, "connection reset"},
    {ETIMEDOUT, NULL, "timed out"},
    {EHOSTDOWN, NULL, "host unreachable"},
    {EHOSTUNREACH, "no route to host", "host unreachable"},
    {ENETUNREACH, "network unreachable", "network unreachable"},
    {ENETDOWN, "network is down", NULL},
    {EADDRNOTAVAIL, "no local address or port", NULL},
    {EMFILE, "too many open files", NULL},
    {ENFILE, "too many open files", NULL},
    {ENOBUFS, "no buffer space", NULL},
    {EAGAIN, "no buffer space", NULL},
    {ENOMEM, "no memory", NULL},
    {EPERM, "not permitted", "administratively prohibited"},
    {EACCES, "not permitted", "administratively prohibited"},
    {EAFNOSUPPORT, "address family not supported", NULL},
    {EINVAL, "address cannot be used", NULL},
    {EPROTO, NULL, "protocol error"},
    {ENOPROTOOPT, NULL, "protocol unreachable"},
};

void
probe_end_errno(struct probe_run *r, int err, bool at_once)
{
	size_t i = sizeof(errors) / sizeof(*errors);
	bool local;

	while (--i > 0 && errors[i].err != err)
		;
	r->result.no_rights = at_once && (err == EPERM || err == EACCES);
	local = at_once ? errors[i].local != NULL : errors[i].later == NULL;
	probe_end(r, local ? STATUS_UNKNOWN : STATUS_FAIL,
	          local ? errors[i].local : errors[i].later);
}

static void on_time(struct loop_timer *w);

static double
part_ends(const struct probe_run *r)
{
	return r->parts ? (double)r->timeout_ms * (r->part + 1) / r->parts : (double)r->timeout_ms;
}

/* libev counts from the start of its turn; what is missing to the true instant is waited for again.
 */
static void
await(struct probe_run *r, double elapsed)
{
	double left = part_ends(r) - elapsed;

	loop_timer_start(r->prober->loop, &r->timer, left > 0 ? (int64_t)left + 1 : 0, 0, on_time,
	                 r);
}

static void
on_time(struct loop_timer *w)
{
	struct probe_run *r = w->arg;

	if (probe_late(r))
		return;
	if (r->kind->tick && r->now_ms >= part_ends(r)) {
		r->part++;
		r->kind->tick(r);
	}
	if (!r->ended)
		await(r, probe_elapsed(r));
}

struct probe_run *
probe_start(struct prober *p, const struct task *t,
            void (*done)(void *arg, const struct probe_result *res), void *arg)
{
	struct probe_run *r = mem_alloc(sizeof(*r));

	r->prober = p;
	r->kind = kind_of(t->probe);
	r->done = done;
	r->arg = arg;
	r->timeout_ms = t->timeout_ms > 0 ? t->timeout_ms : 1;
	r->addr = t->target;
	r->port = t->port;
	probe_outlet(&r->outlet, p, t->probe, (enum family)r->addr.family);
	r->result.latency_ms = -1;
	TAILQ_INSERT_TAIL(&p->runs, r, link);
	p->running++;
	r->start_us = clock_mono_us();
	r->kind->start(r, t);
	if (!r->ended && !r->kind->own_deadline)
		await(r, 0);
	return r;
}
