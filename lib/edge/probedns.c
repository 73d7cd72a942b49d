#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "codec/dnsask.h"
#include "edge/probesocket.h"

/*
 * A DNS question by UDP, with an ID and a port that nobody can guess, sent again
 * at each third of the timeout; by TCP (RFC 7766) where the answer is truncated
 * or the probe says so.
 */
enum { AT_ONCE = 64, PAUSE_MS = 1, LENGTH = 2 };

struct dns_probe {
	struct loop_io io;
	struct loop_timer pause;
	int fd;
	bool tcp;
	uint8_t query[LENGTH + DNSASK_QUERY]; /* behind its length, which only TCP sends */
	size_t len, sent;
	struct buf in; /* by TCP */
	struct expect expect;
	unsigned codes; /* a bit for each that is good */
	bool others;    /* messages that answer something else came */
};

/* ---- the answer */

static void
match(struct probe_run *r, const uint8_t *m, size_t n)
{
	struct dns_probe *d = r->dns;
	struct buf text = {0};
	bool read = dnsask_answers(&text, d->query + LENGTH, m, n);

	if (!read)
		probe_end(r, STATUS_FAIL, "answer is malformed or too large");
	else if (!text.len && !d->expect.negated)
		probe_end(r, STATUS_FAIL, "answer has no such record");
	else if (text.len && expect_matches(&d->expect, r, text.data, text.len - 1) ==
	                         d->expect.negated)
		probe_end(r, STATUS_FAIL, expect_failed(&d->expect));
	else
		probe_end_ok(r, probe_elapsed(r));
	buf_free(&text);
}

static void
judge(struct probe_run *r, const uint8_t *m, size_t n)
{
	unsigned code = dnsask_rcode(m);
	double ms = probe_elapsed(r);
	char text[32];

	if (!(r->dns->codes >> code & 1)) {
		if (code < DNS_RCODES)
			snprintf(text, sizeof(text), "rcode %s", dns_rcode_word((int)code));
		else
			snprintf(text, sizeof(text), "rcode %u", code);
		probe_end(r, STATUS_FAIL, text);
	} else if (dnsask_truncated(m) || !dnsask_valid(m, n)) {
		probe_end(r, STATUS_FAIL, "answer is malformed or too large");
	} else if (r->dns->expect.pattern) {
		match(r, m, n);
	} else {
		probe_end_ok(r, ms);
	}
	if (r->result.status != STATUS_UNKNOWN)
		r->result.latency_ms = ms;
}

static bool
fits(struct probe_run *r, const uint8_t *m, size_t n)
{
	struct dns_probe *d = r->dns;

	if (dnsask_fits(d->query + LENGTH, d->len - LENGTH, m, n)) {
		r->result.first_byte_ms = probe_elapsed(r);
		return true;
	}
	d->others = true;
	if (d->tcp)
		probe_end(r, STATUS_FAIL, "answer to another question");
	return false;
}

/* ---- by TCP */

static void
take(struct probe_run *r, const char *data, size_t n)
{
	struct dns_probe *d = r->dns;
	size_t want;
	const uint8_t *m;

	buf_add(&d->in, data, n);
	if (d->in.len < LENGTH)
		return;
	m = (const uint8_t *)d->in.data;
	want = wire_get16(m);
	if (want > DNSASK_TCP_MOST)
		probe_end(r, STATUS_FAIL, "answer is malformed or too large");
	else if (d->in.len >= LENGTH + want && fits(r, m + LENGTH, want))
		judge(r, m + LENGTH, want);
}

static void
on_stream(struct loop_io *w, int events)
{
	struct probe_run *r = w->arg;
	char *chunk = probe_chunk(r->prober);
	ssize_t n = recv(r->dns->fd, chunk, PROBE_CHUNK, 0);
	int err = errno;

	(void)events;
	if (n < 0 && (err == EAGAIN || err == EINTR))
		return;
	if (probe_late(r))
		;
	else if (n < 0)
		probe_end_errno(r, err, false);
	else if (n == 0)
		probe_end(r, STATUS_FAIL, "connection closed");
	else
		take(r, chunk, (size_t)n);
	if (r->ended)
		loop_io_stop(w);
}

static void
on_writable(struct loop_io *w, int events)
{
	struct probe_run *r = w->arg;
	struct dns_probe *d = r->dns;
	ssize_t n;

	(void)events;
	if (probe_late(r) || (d->sent == 0 && !probe_connected(r, d->fd))) {
		loop_io_stop(w);
		return;
	}
	n = send(d->fd, d->query + d->sent, d->len - d->sent, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		probe_end_errno(r, errno, false);
	d->sent += n > 0 ? (size_t)n : 0;
	if (d->sent == d->len)
		loop_io_start(r->prober->loop, w, d->fd, LOOP_READ, on_stream, r);
}

static void
ask_by_tcp(struct probe_run *r)
{
	struct dns_probe *d = r->dns;
	bool now;

	d->tcp = true;
	d->fd = probe_socket(r, SOCK_STREAM, &now);
	if (d->fd >= 0)
		loop_io_start(r->prober->loop, &d->io, d->fd, LOOP_WRITE, on_writable, r);
}

/* ---- by UDP */

static void
hang_up(struct dns_probe *d)
{
	loop_io_stop(&d->io);
	loop_timer_stop(&d->pause);
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static void
take_datagram(struct probe_run *r, const uint8_t *m, size_t n)
{
	if (!fits(r, m, n))
		return;
	if (dnsask_truncated(m)) {
		hang_up(r->dns);
		ask_by_tcp(r);
	} else if (n > DNSASK_UDP_MOST) {
		probe_end(r, STATUS_FAIL, "answer is malformed or too large");
	} else {
		judge(r, m, n);
	}
}

static void on_datagram(struct loop_io *w, int events);

static void
on_pause(struct loop_timer *w)
{
	struct probe_run *r = w->arg;

	if (!r->ended)
		loop_io_start(r->prober->loop, &r->dns->io, r->dns->fd, LOOP_READ, on_datagram, r);
}

/* Anybody can send what bears the target's address: that is not heard, may not take the processor
 * from other probes, and ends nothing. */
static void
on_datagram(struct loop_io *w, int events)
{
	struct probe_run *r = w->arg;
	char *chunk = probe_chunk(r->prober);

	(void)events;
	for (int i = 0; i < AT_ONCE && !r->ended && !r->dns->tcp; i++) {
		ssize_t n = recv(r->dns->fd, chunk, PROBE_CHUNK, 0);
		int err = errno;

		if (n < 0 && (err == EAGAIN || err == EINTR))
			return;
		if (probe_late(r))
			;
		else if (n < 0)
			probe_end_errno(r, err, false);
		else
			take_datagram(r, (const uint8_t *)chunk, (size_t)n);
	}
	if (r->dns->tcp)
		return;
	loop_io_stop(w);
	if (!r->ended)
		loop_timer_start(r->prober->loop, &r->dns->pause, PAUSE_MS, 0, on_pause, r);
}

static void
put(struct probe_run *r, bool first)
{
	struct dns_probe *d = r->dns;

	probe_send(r, d->fd, d->query + LENGTH, d->len - LENGTH, first);
}

static void
ask_by_udp(struct probe_run *r)
{
	struct dns_probe *d = r->dns;
	bool now;

	d->fd = probe_socket(r, SOCK_DGRAM, &now);
	if (d->fd < 0)
		return;
	put(r, true);
	if (!r->ended)
		loop_io_start(r->prober->loop, &d->io, d->fd, LOOP_READ, on_datagram, r);
}

/* ---- */

static bool
make_query(struct dns_probe *d, const struct task *t)
{
	char text[64];
	uint16_t id = 0;
	size_t n;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return false;
	n = dnsask_query(d->query + LENGTH, id, probe_host(t, text), (enum qtype)t->probe->qtype);
	wire_put16(d->query, (uint16_t)n);
	d->len = LENGTH + n;
	return n > 0;
}

static void
start(struct probe_run *r, const struct task *t)
{
	struct dns_probe *d = r->dns = mem_alloc(sizeof(*d));
	const struct texts *codes = &t->probe->rcodes;

	r->parts = PROBE_THIRDS;
	d->fd = -1;
	for (size_t i = 0; i < codes->n; i++)
		d->codes |= 1U << dns_rcode_from(codes->list[i]);
	expect_take(&d->expect, r, t->probe->expect);
	if (!make_query(d, t))
		probe_end(r, STATUS_UNKNOWN, "no question can be made of this name");
	if (r->ended)
		return;
	if (t->probe->by_tcp)
		ask_by_tcp(r);
	else
		ask_by_udp(r);
}

static void
tick(struct probe_run *r)
{
	if (!r->dns->tcp)
		put(r, false);
}

static void
expire(struct probe_run *r)
{
	probe_end(r, STATUS_FAIL, r->dns->others ? "answer to another question" : "timed out");
}

static void
stop(struct probe_run *r)
{
	struct dns_probe *d = r->dns;

	hang_up(d);
	expect_drop(&d->expect, r);
	buf_free(&d->in);
	free(d);
	r->dns = NULL;
}

const struct probe_kind probe_kind_dns = {
    .start = start, .stop = stop, .tick = tick, .expire = expire};
