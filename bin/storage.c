#include "storage.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "edge/clock.h"
#include "edge/parcel.h"

enum {
	BATCH = 1000, /* reports that are held before they are written */
	LOCK_WAIT = 2000,
	LOOK_EVERY = 1000
};

/* The reports of one agent in a batch, chained by their places. */
struct agent_group {
	uint16_t first, last;
	size_t n;
};

static int
open_dir(struct storage *s, bool make, struct fault *f)
{
	if (statedir_open(&s->dir, s->path, make, f))
		return -1;
	s->open = true;
	s->looked = clock_mono();
	if (!make)
		return 0;
	s->recorder = recorder_new(&s->dir);
	recorder_durable(s->recorder, s->durable);
	return 0;
}

static void
close_dir(struct storage *s)
{
	if (!s->open)
		return;
	recorder_free(s->recorder);
	s->recorder = NULL;
	statedir_close(&s->dir);
	s->open = false;
}

/* A directory that was replaced under a pipe of days is opened anew. */
static int
current(struct storage *s, struct fault *f)
{
	if (s->open && clock_mono() - s->looked < LOOK_EVERY)
		return 0;
	s->looked = clock_mono();
	if (s->open && !statedir_replaced(&s->dir))
		return 0;
	close_dir(s);
	return open_dir(s, true, f);
}

static void
say(struct storage *s, const struct fault *f)
{
	if (f && !s->failing)
		log_error("%s", f->text);
	if (!f && s->failing)
		log_note("%s takes reports again", s->path);
	s->failing = f != NULL;
}

static int
attempt(struct storage *s, struct report *r, size_t n, struct fault *f)
{
	return current(s, f) || recorder_reports(s->recorder, r, n, LOCK_WAIT, f) ? -1 : 0;
}

static void
store(struct storage *s, struct report *r, size_t n)
{
	struct fault f;
	int failed = attempt(s, r, n, &f);

	if (failed && s->open && statedir_replaced(&s->dir)) {
		close_dir(s);
		failed = attempt(s, r, n, &f);
	}
	say(s, failed ? &f : NULL);
	if (!failed) {
		s->stored += n;
		return;
	}
	s->lost += n;
	s->hard = !f.temporary;
}

/* Chains the reports of each agent, in their order; returns how many agents there are. */
static size_t
group(const struct storage *s, struct agent_group *groups, uint16_t *next)
{
	size_t ngroups = 0, g;

	for (size_t i = 0; i < s->nbatch; i++) {
		for (g = 0; g < ngroups &&
		            strcmp(s->batch[groups[g].first].agent_id, s->batch[i].agent_id) != 0;
		     g++)
			;
		if (g == ngroups)
			groups[ngroups++] = (struct agent_group){(uint16_t)i, (uint16_t)i, 0};
		else
			next[groups[g].last] = (uint16_t)i;
		groups[g].last = (uint16_t)i;
		groups[g].n++;
	}
	return ngroups;
}

/* One write for each agent; trouble with one is not the others'. */
void
storage_flush(struct storage *s)
{
	struct agent_group groups[BATCH];
	uint16_t next[BATCH] = {0};
	size_t ngroups = group(s, groups, next);

	if (ngroups == 1)
		store(s, s->batch, s->nbatch);
	for (size_t g = 0; ngroups > 1 && g < ngroups; g++) {
		uint16_t at = groups[g].first;

		for (size_t i = 0; i < groups[g].n; i++, at = next[at])
			s->gathered[i] = s->batch[at];
		store(s, s->gathered, groups[g].n);
	}
	s->nbatch = 0;
}

void
storage_add(struct storage *s, const struct report *r)
{
	struct report *to = &s->batch[s->nbatch++];

	*to = *r;
	parcel_age(to, clock_boot(), clock_boot_hash());
	if (s->nbatch == BATCH)
		storage_flush(s);
}

int
storage_open(struct storage *s, const char *path, bool make, bool durable, struct fault *f)
{
	memset(s, 0, sizeof(*s));
	s->path = path;
	s->durable = durable;
	if (open_dir(s, make, f))
		return -1;
	s->batch = mem_alloc(BATCH * sizeof(*s->batch));
	s->gathered = mem_alloc(BATCH * sizeof(*s->gathered));
	return 0;
}

void
storage_close(struct storage *s)
{
	close_dir(s);
	free(s->batch);
	free(s->gathered);
	s->batch = s->gathered = NULL;
}
