#include "decide-stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "codec/records.h"
#include "codec/zonefile.h"
#include "edge/clock.h"

enum { SLICE = 65536, SLICES = 4 }; /* bytes a write, writes before the loop gets a turn */

/* Each domain is told to nsupdate again after so many seconds, but at most so many in each. */
enum { AGAIN_SECONDS = 300, AGAIN_MOST = 10 };

enum phase { PHASE_IDLE, PHASE_SERVER, PHASE_ZONES, PHASE_WAIT, PHASE_DECISIONS, PHASE_LIVE };

struct stream {
	struct loop *loop;
	enum stream_form form;
	int fd;
	bool own, waiting, dead;
	struct loop_io writable;
	void (*ended)(void *arg, int err);
	void *arg;

	struct buf out; /* whole lines, and behind `sent` what is left of them */
	size_t sent;
	const struct config *config;
	struct engine *engine;
	enum phase phase;
	size_t zone, record, domain; /* how far the generation is written */
	uint64_t gen, lines, total;
	bool provisional, alive;
	int64_t alive_at;

	/* Domains whose newest decision is still to be said, oldest first, each once. */
	uint32_t *ring;
	bool *dirty;
	size_t head, count;
	struct decision decision;

	/* Only for nsupdate. */
	bool *chosen;
	uint64_t *said;  /* hash of the last message of a domain; 0: to be said in any case */
	struct buf gone; /* messages about what the config no longer has, before all others */
	size_t again, due; /* the last domain that was told again; how much is due, in domain seconds */
};

/* A pipe of our own, so that O_NONBLOCK does not meet who shares the descriptor with us. */
static int
open_writer(struct stream *s, int fd)
{
	struct stat st;
	char path[32];
	int fresh;

	if (fstat(fd, &st) < 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (S_ISFIFO(st.st_mode)) {
		fresh = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (fresh >= 0) {
			s->own = true;
			return fresh;
		}
	}
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return fd;
}

struct stream *
stream_new(struct loop *l, int fd, enum stream_form form, void (*gone)(void *arg, int err),
           void *arg)
{
	struct stream *s = mem_alloc(sizeof(*s));

	s->loop = l;
	s->form = form;
	s->fd = open_writer(s, fd);
	s->ended = gone;
	s->arg = arg;
	return s;
}

void
stream_free(struct stream *s)
{
	if (!s)
		return;
	loop_io_stop(&s->writable);
	if (s->own)
		close(s->fd);
	buf_free(&s->out);
	buf_free(&s->gone);
	free(s->ring);
	free(s->dirty);
	free(s->said);
	free(s->chosen);
	free(s);
}

/* ---- what to say next */

static void
mark(struct stream *s, size_t domain)
{
	if (s->dirty[domain])
		return;
	s->dirty[domain] = true;
	s->ring[(s->head + s->count++) % s->config->ndomains] = (uint32_t)domain;
}

/* A decision also changes when a target does that is not answered: that is no news to a zone. */
static void
say_update(struct stream *s, size_t domain)
{
	static const uint64_t key[2] = {5, 6};
	size_t before = s->out.len;
	uint64_t hash;

	nsupdate_domain(&s->out, &s->config->domains[domain], &s->decision);
	hash = siphash13(key, s->out.data + before, s->out.len - before) | 1;
	if (s->said[domain] == hash) {
		s->out.len = before;
		return;
	}
	s->said[domain] = hash;
	s->total++;
}

static void
say_decision(struct stream *s, size_t domain)
{
	if (s->chosen && !s->chosen[domain])
		return;
	engine_decision(s->engine, &s->config->domains[domain], &s->decision);
	if (s->form == STREAM_NSUPDATE) {
		say_update(s, domain);
		return;
	}
	decision_write(&s->out, &s->decision);
	s->total++;
}

static void
say_zone(struct stream *s)
{
	const struct zone *z = &s->config->zones[s->zone];

	if (s->record == 0) {
		stream_write_zone(&s->out, z, (uint32_t)(clock_wall() / 1000));
		s->lines++;
	}
	if (s->record < z->nrecords) {
		stream_write_record(&s->out, z, &z->records[s->record]);
		s->lines++;
	}
	if (++s->record >= z->nrecords) {
		s->record = 0;
		s->zone++;
	}
}

static void
say_ready(struct stream *s)
{
	if (s->form == STREAM_LINES)
		stream_write_ready(&s->out, s->gen, s->lines, s->provisional);
	s->phase = PHASE_LIVE;
}

static bool
say_dirty(struct stream *s)
{
	size_t domain;

	if (s->count == 0)
		return false;
	domain = s->ring[s->head];
	s->head = (s->head + 1) % s->config->ndomains;
	s->count--;
	s->dirty[domain] = false;
	say_decision(s, domain);
	return true;
}

/* Adds one line; false if there is none to add now. */
static bool
say_one(struct stream *s)
{
	switch (s->phase) {
	case PHASE_SERVER:
		stream_write_server(&s->out, s->config, s->gen, false);
		s->phase = PHASE_ZONES;
		return true;
	case PHASE_ZONES:
		if (s->zone < s->config->nzones)
			say_zone(s);
		else
			s->phase = s->engine ? PHASE_DECISIONS : PHASE_WAIT;
		return true;
	case PHASE_DECISIONS:
		if (s->domain < s->config->ndomains) {
			say_decision(s, s->domain++);
			s->lines++;
		} else {
			say_ready(s);
		}
		return true;
	case PHASE_LIVE:
		return say_dirty(s);
	case PHASE_IDLE:
	case PHASE_WAIT:
		break;
	}
	return false;
}

static void
fill(struct stream *s)
{
	if (s->alive) {
		stream_write_alive(&s->out, s->alive_at);
		s->alive = false;
	}
	if (s->gone.len > 0 && s->phase != PHASE_WAIT) {
		buf_add(&s->out, s->gone.data, s->gone.len);
		buf_free(&s->gone);
	}
	while (s->out.len < SLICE && say_one(s))
		;
}

/* ---- saying it */

static void on_writable(struct loop_io *w, int events);

static void
wait_writable(struct stream *s, bool wait)
{
	if (wait == s->waiting)
		return;
	s->waiting = wait;
	if (wait)
		loop_io_start(s->loop, &s->writable, s->fd, LOOP_WRITE, on_writable, s);
	else
		loop_io_stop(&s->writable);
}

static void
die(struct stream *s, int err)
{
	wait_writable(s, false);
	s->dead = true;
	s->ended(s->arg, err == EPIPE ? 0 : err);
}

/* True while there may be more to write at once. */
static bool
push(struct stream *s)
{
	ssize_t n;

	if (s->sent == s->out.len) {
		buf_clear(&s->out);
		s->sent = 0;
		fill(s);
		if (s->out.len == 0) {
			wait_writable(s, false);
			return false;
		}
	}
	n = write(s->fd, s->out.data + s->sent, s->out.len - s->sent);
	if (n > 0) {
		s->sent += (size_t)n;
		return true;
	}
	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0 && errno != EAGAIN)
		die(s, errno);
	else
		wait_writable(s, true);
	return false;
}

static void
pump(struct stream *s)
{
	if (s->dead)
		return;
	for (int i = 0; i < SLICES; i++)
		if (!push(s))
			return;
	/* More of it in the next turn: a reload or a doorbell does not wait for a large generation.
	 */
	if (s->sent < s->out.len || s->count > 0 ||
	    (s->phase != PHASE_LIVE && s->phase != PHASE_WAIT))
		wait_writable(s, true);
	else
		wait_writable(s, false);
}

static void
on_writable(struct loop_io *w, int events)
{
	(void)events;
	pump(w->arg);
}

/* What the config in force until now had and `config` has not.  It is not large: most is the same. */
static void
note_gone(struct stream *s, const struct config *config)
{
	for (size_t i = 0; s->config && i < s->config->ndomains; i++) {
		const struct domain *was = &s->config->domains[i];
		const struct domain *now = config_domain(config, was->name);

		if (s->chosen && !s->chosen[i])
			continue;
		if (now && strcmp(now->zone->name, was->zone->name) != 0)
			now = NULL;
		nsupdate_gone(&s->gone, was, now);
	}
}

void
stream_generation(struct stream *s, const struct config *config, bool *chosen, uint64_t gen)
{
	if (s->form == STREAM_NSUPDATE)
		note_gone(s, config);
	free(s->ring);
	free(s->dirty);
	free(s->said);
	free(s->chosen);
	s->config = config;
	s->chosen = chosen;
	s->engine = NULL;
	s->ring = mem_alloc(config->ndomains * sizeof(*s->ring) + 1);
	s->dirty = mem_alloc(config->ndomains * sizeof(*s->dirty) + 1);
	s->said = mem_alloc(config->ndomains * sizeof(*s->said) + 1);
	s->head = s->count = s->again = s->due = 0;
	s->zone = s->record = s->domain = 0;
	s->lines = 0;
	s->gen = gen;
	s->phase = s->form == STREAM_LINES ? PHASE_SERVER : PHASE_WAIT;
	pump(s);
}

void
stream_decide(struct stream *s, struct engine *e, bool provisional)
{
	const struct domain *d;

	while (engine_changed(e, &d))
		; /* the generation says it all */
	s->engine = e;
	s->provisional = provisional;
	if (s->phase == PHASE_WAIT)
		s->phase = PHASE_DECISIONS;
	pump(s);
}

bool
stream_changed(struct stream *s)
{
	const struct domain *d;
	bool any = false;

	if (!s->engine || s->dead)
		return false;
	for (; engine_changed(s->engine, &d); any = true)
		if (s->phase == PHASE_LIVE || d->index < s->domain)
			mark(s, d->index);
	if (s->count > 0 && !s->waiting)
		pump(s);
	return any;
}

static void
tell_again(struct stream *s)
{
	size_t n = s->config->ndomains;

	if (s->phase != PHASE_LIVE)
		return;
	s->due += n < AGAIN_MOST * AGAIN_SECONDS ? n : AGAIN_MOST * AGAIN_SECONDS;
	for (; s->due >= AGAIN_SECONDS; s->due -= AGAIN_SECONDS) {
		s->again = (s->again + 1) % n;
		s->said[s->again] = 0;
		mark(s, s->again);
	}
}

/* With nothing to say for hours a writer would not see that its reader has gone. */
static bool
reader_gone(const struct stream *s)
{
	struct pollfd p = {s->fd, 0, 0};

	return poll(&p, 1, 0) > 0 && p.revents & POLLERR;
}

void
stream_alive(struct stream *s, int64_t at)
{
	if (s->dead)
		return;
	if (reader_gone(s)) {
		die(s, EPIPE);
		return;
	}
	if (s->form == STREAM_NSUPDATE)
		tell_again(s);
	s->alive = s->form == STREAM_LINES;
	s->alive_at = at;
	if (!s->waiting)
		pump(s);
}

bool
stream_behind(const struct stream *s)
{
	return s->count > 0;
}

bool
stream_sent(const struct stream *s)
{
	return s->phase == PHASE_LIVE;
}

uint64_t
stream_lines(const struct stream *s)
{
	return s->total;
}

uint64_t
stream_gen(const struct stream *s)
{
	return s->gen;
}
