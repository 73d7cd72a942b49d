#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "edge/clock.h"
#include "edge/journal.h"
#include "model/name.h"

/* Three descriptors each; how long a report may be on its way to us. */
enum { OPEN_MOST = 128, ON_THE_WAY_MS = 100 };

struct entry {
	struct journal journal;
	TAILQ_ENTRY(entry) link; /* most recently used first */
};

TAILQ_HEAD(entries, entry);

struct recorder {
	const struct statedir *dir;
	bool durable;
	struct map by_agent;
	struct entries used;
	size_t n;
	uint64_t inc, seq; /* of the reports that are numbered here */
};

struct recorder *
recorder_new(const struct statedir *dir)
{
	struct recorder *r = mem_alloc(sizeof(*r));

	r->dir = dir;
	/* Two recorders of one millisecond are told apart by their processes; it stays below 2^53. */
	r->inc = (uint64_t)clock_wall() * 4096 + (uint64_t)getpid() % 4096;
	map_init(&r->by_agent);
	TAILQ_INIT(&r->used);
	return r;
}

void
recorder_durable(struct recorder *r, bool durable)
{
	struct entry *e;

	r->durable = durable;
	TAILQ_FOREACH(e, &r->used, link)
	e->journal.durable = durable;
}

static void
drop(struct recorder *r, struct entry *e)
{
	map_del(&r->by_agent, e->journal.agent, strlen(e->journal.agent));
	TAILQ_REMOVE(&r->used, e, link);
	r->n--;
	journal_close(&e->journal);
	free(e);
}

void
recorder_free(struct recorder *r)
{
	if (!r)
		return;
	while (!TAILQ_EMPTY(&r->used))
		drop(r, TAILQ_FIRST(&r->used));
	map_free(&r->by_agent);
	free(r);
}

static struct entry *
open_entry(struct recorder *r, const char *agent, struct fault *f)
{
	char sub[16 + AGENT_FILE] = "reports/";
	struct entry *e;
	const char *why;

	if (!agent_id_valid(agent, strlen(agent), &why)) {
		fault_set(f, "%s", why);
		return NULL;
	}
	agent_id_file(sub + strlen(sub), agent);
	if (r->n >= OPEN_MOST)
		drop(r, TAILQ_LAST(&r->used, entries));
	e = mem_alloc(sizeof(*e));
	if (journal_open(&e->journal, r->dir, sub, agent, f) < 0) {
		free(e);
		return NULL;
	}
	e->journal.durable = r->durable;
	*map_puts(&r->by_agent, e->journal.agent) = e;
	TAILQ_INSERT_HEAD(&r->used, e, link);
	r->n++;
	return e;
}

static struct entry *
find(struct recorder *r, const char *agent, struct fault *f)
{
	struct entry *e = map_gets(&r->by_agent, agent);

	if (!e)
		return open_entry(r, agent, f);
	if (e != TAILQ_FIRST(&r->used)) {
		TAILQ_REMOVE(&r->used, e, link);
		TAILQ_INSERT_HEAD(&r->used, e, link);
	}
	return e;
}

/*
 * A time in whole seconds names a second, not its beginning.  Taken as the
 * latter, a second report within it would look like the first one sent again.
 * One of this second is new, then, and the order in which they come is theirs:
 * it gets a number, as two may come within one millisecond.
 */
static void
place_coarse(struct recorder *rec, struct report *r, int64_t now)
{
	int64_t since = now - r->timestamp;

	if (r->inc || r->age_ms >= 0 || r->timestamp % 1000 || since < 0 ||
	    since >= 1000 + ON_THE_WAY_MS)
		return;
	r->age_ms = 0;
	r->inc = rec->inc;
	r->seq = ++rec->seq;
}

int
recorder_reports(struct recorder *rec, struct report *r, size_t n, int64_t wait_ms, struct fault *f)
{
	int64_t now = clock_wall();

	for (size_t i = 0; i < n; i++)
		place_coarse(rec, &r[i], now);
	for (size_t i = 0, end; i < n; i = end) {
		struct entry *e = find(rec, r[i].agent_id, f);

		for (end = i + 1; end < n && !strcmp(r[end].agent_id, r[i].agent_id); end++)
			;
		if (!e || journal_reports(&e->journal, r + i, end - i, wait_ms, f) < 0)
			return -1;
	}
	return 0;
}
