#include "edge/masters.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "edge/clock.h"
#include "edge/file.h"
#include "edge/link.h"

enum {
	REFETCH_MS = 15000,
	FIRST_TIMEOUT_MS = 3000, /* probes wait for it */
	TIMEOUT_MS = 10000,
	ANSWER_CAP = 64 << 20,
	SAID_MOST = 5 /* skipped tasks named for one list */
};

struct one {
	struct masters *all;
	const struct master *master;
	struct tasks tasks;
	struct fetch *fetch;
	struct loop_timer timer;
	char etag[128], kept_name[64];
	uint64_t hash; /* of the list in use */
	bool known, answered, failing;
	unsigned said;
};

struct masters {
	struct loop *loop;
	struct fetcher *fetcher;
	const struct agent_config *agent;
	struct masters_calls calls;
	int keep;
	size_t unsettled;
	size_t n;
	struct one list[];
};

static const uint64_t hash_key[2] = {0x6d617374, 0x657273};

static void
say_bad(void *arg, const char *what)
{
	struct one *o = arg;

	if (o->said++ < SAID_MOST)
		log_warn("task of %s", what);
	else if (o->said == SAID_MOST + 1)
		log_warn("%s: more tasks are skipped", o->master->name);
}

/* 0: the list is in use (1: it was already), -1: it is none. */
static int
use(struct one *o, const char *text, size_t n, struct fault *f)
{
	uint64_t hash = siphash13(hash_key, text, n);
	const struct tasks_said said = {o, say_bad};
	struct tasks fresh, old = o->tasks;

	if (o->known && hash == o->hash)
		return 1;
	tasks_init(&fresh);
	o->said = 0;
	if (tasks_answer(&fresh, o->all->agent, o->master->name, text, n, &said, f) < 0) {
		tasks_free(&fresh);
		return -1;
	}
	log_debug("%s: %zu tasks", o->master->name, fresh.n);
	o->tasks = fresh;
	o->known = true;
	o->hash = hash;
	o->all->calls.changed(o->all->calls.arg);
	tasks_free(&old);
	return 0;
}

static void
save(const struct one *o, const char *text, size_t n)
{
	struct fault f;

	if (o->all->keep >= 0 && file_replace_at(o->all->keep, o->kept_name, text, n, 0600, &f) < 0)
		log_warn("last list of tasks not kept: %s", f.text);
}

static bool
read_kept(const struct one *o, struct buf *b)
{
	int fd = o->all->keep < 0 ? -1
	                          : openat(o->all->keep, o->kept_name,
	                                   O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	ssize_t n = 0;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= ANSWER_CAP)
		n = pread(fd, buf_room(b, (size_t)st.st_size + 1), (size_t)st.st_size, 0);
	close(fd);
	if (n > 0)
		b->len = (size_t)n;
	return n > 0;
}

static void
use_kept(struct one *o)
{
	struct buf b = {0};
	struct fault f;

	if (!o->known && read_kept(o, &b) && use(o, b.data, b.len, &f) == 0)
		log_note("%s: going on with its last list, %zu tasks", o->master->name, o->tasks.n);
	buf_free(&b);
}

static void
settle(struct one *o)
{
	struct masters *m = o->all;

	if (o->answered)
		return;
	o->answered = true;
	if (--m->unsettled == 0)
		m->calls.settled(m->calls.arg);
}

/* Said once for an outage, not every 15 s. */
static void
failed(struct one *o, const char *why)
{
	if (!o->failing)
		log_warn("%s: cannot fetch tasks: %s", o->master->name, why);
	o->failing = true;
	use_kept(o);
}

static void
worked(struct one *o)
{
	if (o->failing)
		log_note("%s: fetched tasks again, %zu of them", o->master->name, o->tasks.n);
	o->failing = false;
}

static void
took(struct one *o, const struct fetch_result *res)
{
	struct fault f;
	int r = use(o, res->body, res->body_len, &f);

	if (r < 0) {
		o->etag[0] = '\0';
		failed(o, "the answer is not a list of tasks");
		return;
	}
	snprintf(o->etag, sizeof(o->etag), "%s", res->etag ? res->etag : "");
	if (r == 0)
		save(o, res->body, res->body_len);
	worked(o);
}

static void again(struct loop_timer *w);

static void
on_answer(void *arg, const struct fetch_result *res)
{
	struct one *o = arg;
	char why[LINK_WHY], said[160];

	o->fetch = NULL;
	/* Masters of one file, and agents of one network, not all in the same instant. */
	loop_timer_start(o->all->loop, &o->timer, REFETCH_MS - 500 + clock_mono() % 1000, 0, again,
	                 o);
	if (res->end != FETCH_DONE)
		link_why(why, o->master, res);
	if (res->end != FETCH_DONE)
		failed(o, why);
	else if (res->truncated)
		failed(o, "the list is too long");
	else if (res->code == 200)
		took(o, res);
	else if (res->code == 304 && o->known)
		worked(o);
	else {
		link_said(said, sizeof(said), res);
		snprintf(why, sizeof(why), "HTTP %d%s%s", res->code, said[0] ? " " : "", said);
		failed(o, why);
	}
	settle(o);
}

static void
put_escaped(struct buf *b, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    strchr("-._~", c))
			buf_putc(b, c);
		else
			buf_printf(b, "%%%02X", c);
	}
}

static void
make_url(struct buf *b, const struct master *m)
{
	buf_printf(b, "%s/api/v1/tasks?tags=", m->url);
	for (size_t i = 0; i < m->ntags; i++) {
		if (i)
			buf_putc(b, ',');
		put_escaped(b, m->tags[i]);
	}
}

static void
fetch(struct one *o)
{
	struct buf url = {0}, key = {0}, match = {0};
	const char *headers[4] = {"Accept: application/json"};
	struct fetch_request r;
	size_t n = 1;

	make_url(&url, o->master);
	if (o->master->token) {
		buf_printf(&key, "X-API-Key: %s", o->master->token);
		headers[n++] = key.data;
	}
	if (o->etag[0] && o->known) {
		buf_printf(&match, "If-None-Match: %s", o->etag);
		headers[n++] = match.data;
	}
	headers[n] = NULL;
	r = (struct fetch_request){.url = url.data,
	                           .headers = headers,
	                           .timeout_ms = o->answered ? TIMEOUT_MS : FIRST_TIMEOUT_MS,
	                           .max_body = ANSWER_CAP};
	link_request(&r, o->master);
	o->fetch = fetch_start(o->all->fetcher, &r, on_answer, o);
	if (!o->fetch)
		loop_timer_start(o->all->loop, &o->timer, REFETCH_MS, 0, again, o);
	buf_free(&url);
	buf_free(&key);
	buf_free(&match);
}

static void
again(struct loop_timer *w)
{
	fetch(w->arg);
}

/* One file for each agent, master and choice of tags. */
static void
name_kept(struct one *o, const char *agent_id)
{
	struct buf b = {0};

	make_url(&b, o->master);
	buf_putc(&b, '\n');
	buf_puts(&b, agent_id);
	snprintf(o->kept_name, sizeof(o->kept_name), "tasks.%016" PRIx64 ".json",
	         siphash13(hash_key, b.data, b.len));
	buf_free(&b);
}

struct masters *
masters_new(struct loop *l, struct fetcher *f, const struct agent_config *agent,
            const char *agent_id, int keep, const struct masters_calls *calls)
{
	struct masters *m = mem_alloc(sizeof(*m) + agent->nmasters * sizeof(m->list[0]));

	m->loop = l;
	m->fetcher = f;
	m->agent = agent;
	m->calls = *calls;
	m->keep = keep;
	m->n = m->unsettled = agent->nmasters;
	for (size_t i = 0; i < m->n; i++) {
		struct one *o = &m->list[i];

		o->all = m;
		o->master = &agent->masters[i];
		tasks_init(&o->tasks);
		name_kept(o, agent_id);
		fetch(o);
	}
	return m;
}

void
masters_free(struct masters *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++) {
		fetch_cancel(m->list[i].fetch);
		loop_timer_stop(&m->list[i].timer);
		tasks_free(&m->list[i].tasks);
	}
	free(m);
}

void
masters_list(const struct masters *m, const struct task ***list, size_t *n, size_t *cap)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct tasks *t = &m->list[i].tasks;

		*list = mem_array(*list, cap, *n + t->n + 1, sizeof(**list));
		if (t->n)
			memcpy(*list + *n, t->list, t->n * sizeof(**list));
		*n += t->n;
	}
}

size_t
masters_known(const struct masters *m)
{
	size_t known = 0;

	for (size_t i = 0; i < m->n; i++)
		known += m->list[i].known;
	return known;
}

size_t
masters_bad(const struct masters *m)
{
	size_t bad = 0;

	for (size_t i = 0; i < m->n; i++)
		bad += m->list[i].tasks.bad;
	return bad;
}
