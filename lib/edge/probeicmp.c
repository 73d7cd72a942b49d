#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/mem.h"
#include "edge/clock.h"
#include "edge/echoes.h"
#include "edge/probekind.h"

/*
 * The next echo goes when the one before is answered or its part of the timeout
 * is over, until as many good replies are there as are needed.  An echo says
 * which slot its probe is in.
 */
struct slot {
	struct probe_run *run;
	uint32_t serial; /* of who has it */
	uint32_t next_free;
};

struct pinger {
	struct echoes *echoes;
	struct slot *slots;
	size_t nslots, cap;
	uint32_t free_slot; /* index + 1, 0: none */
	uint32_t serial;
	uint64_t key[2];
};

/* ---- slots */

static uint32_t
take_slot(struct pinger *s, struct probe_run *r)
{
	uint32_t i;

	if (s->free_slot) {
		i = s->free_slot - 1;
		s->free_slot = s->slots[i].next_free;
	} else {
		i = (uint32_t)s->nslots;
		s->slots = mem_array(s->slots, &s->cap, s->nslots + 1, sizeof(*s->slots));
		s->nslots++;
	}
	s->slots[i] = (struct slot){.run = r, .serial = ++s->serial};
	return i;
}

static void
give_slot(struct pinger *s, uint32_t i)
{
	s->slots[i].run = NULL;
	s->slots[i].next_free = s->free_slot;
	s->free_slot = i + 1;
}

/* Who sent it; NULL: nobody that is still there. */
static struct probe_run *
asker(const struct pinger *s, const struct echo *e)
{
	const struct slot *slot = e->slot < s->nslots ? &s->slots[e->slot] : NULL;
	struct probe_run *r = slot && slot->serial == e->serial ? slot->run : NULL;

	return r && e->attempt < (uint32_t)r->icmp.sends ? r : NULL;
}

/* ---- what comes of it */

static void
next_echo(struct probe_run *r)
{
	struct pinger *s = r->prober->pinger;
	struct echo e = {.slot = r->icmp.slot, .serial = s->slots[r->icmp.slot].serial};

	if (r->icmp.sends == r->icmp.count)
		return;
	e.attempt = (uint32_t)r->icmp.sends++;
	e.tag = echo_tag(s->key, &e, &r->addr);
	echoes_send(r->icmp.socket, &e, &r->addr, (size_t)r->icmp.size);
}

/* No good end, and no more replies to wait for. */
static void
fall_short(struct probe_run *r)
{
	char why[48];
	int lost = r->icmp.count - r->icmp.good - r->icmp.slow;

	if (r->icmp.err) {
		probe_end_errno(r, r->icmp.err, true);
		return;
	}
	if (r->icmp.good + r->icmp.slow == 0)
		snprintf(why, sizeof(why), "timed out");
	else if (r->icmp.good + r->icmp.slow >= r->icmp.need)
		snprintf(why, sizeof(why), "rtt %.*f ms", r->icmp.least_ms < 10, r->icmp.least_ms);
	else
		snprintf(why, sizeof(why), "%d of %d lost", lost, r->icmp.count);
	probe_end(r, STATUS_FAIL, why);
}

static void
take_reply(struct probe_run *r, double rtt_ms)
{
	bool slow = r->icmp.max_rtt_ms && rtt_ms > r->icmp.max_rtt_ms;

	if (slow) {
		if (r->icmp.slow++ == 0 || rtt_ms < r->icmp.least_ms)
			r->icmp.least_ms = rtt_ms;
	} else {
		r->icmp.good++;
		r->icmp.sum_ms += rtt_ms;
	}
	if (r->icmp.good >= r->icmp.need)
		probe_end_ok(r, r->icmp.sum_ms / r->icmp.good);
	else if (r->icmp.good + r->icmp.slow == r->icmp.count)
		fall_short(r);
	else
		next_echo(r);
}

/* It is what the kernel had in time, even if we come late to fetch it. */
static bool
in_time(const struct probe_run *r, double at_us)
{
	return !r->ended && at_us - r->start_us <= (double)r->timeout_ms * 1e3;
}

static void
on_reply(struct pinger *s, const struct echo_seen *seen, const struct addr *from, double at_us)
{
	const struct echo *e = &seen->echo;
	struct probe_run *r = seen->whole ? asker(s, e) : NULL;
	double ms;

	if (!r || !in_time(r, at_us) || r->icmp.answered >> e->attempt & 1)
		return;
	if (!addr_equal(from, &r->addr) || seen->size != (size_t)r->icmp.size ||
	    e->tag != echo_tag(s->key, e, from))
		return;
	r->icmp.answered |= 1U << e->attempt;
	ms = (at_us - r->start_us - r->icmp.sent_us[e->attempt]) / 1e3;
	take_reply(r, ms > 0 ? ms : 0);
}

/* An error may quote no more of an echo than its header, which says the slot. */
static struct probe_run *
refused(const struct pinger *s, const struct echo_seen *seen)
{
	const struct echo *e = &seen->echo;
	struct probe_run *r;

	if (seen->whole)
		return e->tag == echo_tag(s->key, e, &seen->to) ? asker(s, e) : NULL;
	r = seen->seq < s->nslots ? s->slots[seen->seq].run : NULL;
	return r && addr_equal(&seen->to, &r->addr) ? r : NULL;
}

static void
on_seen(void *arg, const struct echo_seen *seen, const struct addr *from, double at_us)
{
	struct pinger *s = arg;
	struct probe_run *r;

	if (seen->what == ECHO_REPLY) {
		on_reply(s, seen, from, at_us);
		return;
	}
	r = seen->why ? refused(s, seen) : NULL;
	if (r && in_time(r, at_us))
		probe_end(r, STATUS_FAIL, seen->why);
}

static void
on_sent(void *arg, const struct echo *e, double at_us)
{
	struct probe_run *r = asker(arg, e);

	if (r)
		r->icmp.sent_us[e->attempt] = (uint32_t)(at_us - r->start_us);
}

/* A full buffer may have room at the next part. */
static void
on_failed(void *arg, const struct echo *e, int err)
{
	struct probe_run *r = asker(arg, e);

	if (r && (err == EAGAIN || err == ENOBUFS))
		r->icmp.err = err;
	else if (r)
		probe_end_errno(r, err, true);
}

/* ---- the kind */

static struct pinger *
pinger_new(struct loop *l)
{
	static const struct echoes_calls calls = {on_sent, on_failed, on_seen};
	struct pinger *s = mem_alloc(sizeof(*s));

	s->echoes = echoes_new(l, &calls, s);
	if (getrandom(s->key, sizeof(s->key), 0) != sizeof(s->key))
		s->key[0] = (uint64_t)clock_wall() ^ (uint64_t)getpid();
	return s;
}

void
pinger_free(struct pinger *s)
{
	if (!s)
		return;
	echoes_free(s->echoes);
	free(s->slots);
	free(s);
}

static void
start(struct probe_run *r, const struct task *t)
{
	const struct probe *p = t->probe;
	struct prober *o = r->prober;
	const char *why;

	if (!o->pinger)
		o->pinger = pinger_new(o->loop);
	r->icmp.slot = take_slot(o->pinger, r);
	r->icmp.count = r->parts = p->count;
	r->icmp.need = (p->count * (100 - p->max_loss) + 99) / 100;
	if (r->icmp.need == 0)
		r->icmp.need = 1;
	r->icmp.size = p->size;
	r->icmp.max_rtt_ms = p->max_rtt_ms;
	r->icmp.socket = echoes_socket(o->pinger->echoes, (enum family)r->addr.family, &r->outlet,
	                               (size_t)p->size);
	if (echoes_open(r->icmp.socket, &why) == 0)
		next_echo(r);
	else if (why)
		probe_end(r, STATUS_UNKNOWN, why);
	else
		probe_end_errno(r, errno, true);
}

static void
look(struct probe_run *r)
{
	echoes_look(r->icmp.socket);
}

static void
stop(struct probe_run *r)
{
	give_slot(r->prober->pinger, r->icmp.slot);
}

const struct probe_kind probe_kind_icmp = {
    .start = start, .stop = stop, .tick = next_echo, .look = look, .expire = fall_short};
