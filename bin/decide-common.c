#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/stamp.h"
#include "core/suppose.h"
#include "decide.h"
#include "edge/clock.h"
#include "model/near.h"

enum { SOON_MS = 1000 };

int
decide_state(const struct decide *d, const struct config *c, bool make, struct statedir *dir,
             struct fault *f)
{
	const char *path = cli_state_path(d->state, c ? c->state_dir : NULL);

	memset(dir, 0, sizeof(*dir));
	dir->fd = -1;
	if (statedir_open(dir, path, make, f) == 0)
		return 0;
	/* A follower goes on trying by the path. */
	dir->fd = -1;
	snprintf(dir->path, sizeof(dir->path), "%s", path);
	return -1;
}

int
decide_last_config(const struct decide *d, struct accepted *a, struct fault *f)
{
	const char *path = cli_config_path(d->config);
	struct statedir dir;
	char named[4096];
	int r;

	if (statedir_open(&dir, cli_state_path(d->state, accepted_state(path, named)), false, f) <
	    0)
		return 1;
	r = accepted_last(a, &dir, path, f);
	statedir_close(&dir);
	return r;
}

void
decide_too_early(const struct decide *d, int64_t oldest)
{
	char then[STAMP_LEN], first[STAMP_LEN];

	stamp_local(then, d->at);
	if (oldest == INT64_MAX)
		log_error("--at: nothing is known of %s; nothing was recorded yet", then);
	else
		log_error("--at: nothing is known of %s; the oldest there is is %s", then,
		          stamp_local(first, oldest));
	exit(EXIT_USAGE);
}

/* A time before all that is kept is refused, one to come is said to be a guess. */
static void
check_at(const struct decide *d, const struct statedir *dir)
{
	int64_t ahead = d->at - clock_wall(), oldest;
	char time[24];

	if (d->at < 0)
		return;
	if (ahead > SOON_MS)
		log_note("--at is in %s: what would be answered then if nothing more were reported",
		         num_duration_text(time, ahead));
	oldest = past_oldest(dir);
	if (d->at < oldest)
		decide_too_early(d, oldest);
}

int
decide_look(const struct decide *d, const struct config *c, struct past *p, uint64_t *bad,
            struct fault *f)
{
	struct statedir dir;
	int r;

	memset(p, 0, sizeof(*p));
	p->config = c;
	if (d->reports) {
		p->engine = decide_replay(d, c, d->at < 0 ? clock_wall() : d->at, bad);
		return 0;
	}
	if (decide_state(d, c, false, &dir, f) < 0)
		return -1;
	check_at(d, &dir);
	r = past_open(p, &dir, c, d->at, true, f);
	statedir_close(&dir);
	return r;
}

struct engine *
decide_engine(const struct decide *d, const struct config *c, uint64_t *bad, struct fault *f)
{
	struct statedir dir;
	struct past p;

	if (d->reports)
		return decide_replay(d, c, d->at < 0 ? clock_wall() : d->at, bad);
	if (decide_state(d, c, false, &dir, f) < 0)
		return NULL;
	check_at(d, &dir);
	if (past_open(&p, &dir, c, d->at, false, f) < 0)
		p.engine = NULL;
	statedir_close(&dir);
	return p.engine;
}

struct engine *
decide_world(const struct decide *d, const struct config *c, uint64_t *bad, struct fault *f)
{
	struct engine *e;

	if (!d->assume)
		return decide_engine(d, c, bad, f);
	if (d->reports || d->state)
		e = decide_engine(d, c, bad, f);
	else
		e = engine_new(c, d->at < 0 ? clock_wall() : d->at);
	if (e)
		suppose_assume(e, (enum state)state_from(d->assume));
	return e;
}

bool
decide_json(const struct decide *d)
{
	return d->output && !strcmp(d->output, "json");
}

const struct domain *
decide_domain(const struct config *c, const char *name)
{
	const struct domain *d = config_domain(c, name);
	const char *near;

	if (d)
		return d;
	near = near_domain(c, name);
	log_error("%s: no such domain in %s%s%s%s", name, c->files[0],
	          near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
	exit(EXIT_USAGE);
}

void
decide_narrow(const struct decide *d, struct config *c)
{
	bool *keep;

	if (d->noperands == 0)
		return;
	keep = mem_alloc(c->ndomains * sizeof(*keep));
	for (int i = 0; i < d->noperands; i++)
		keep[decide_domain(c, d->operands[i])->index] = true;
	if (!d->reports && c->nagents == 0)
		config_narrow(c, keep);
	free(keep);
}
