#include "past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "codec/records.h"
#include "edge/annals.h"
#include "edge/clock.h"
#include "edge/segments.h"
#include "edge/snapfile.h"
#include "edge/sweep.h"
#include "follower.h"
#include "snapshot.h"

enum { LOUD_LINES = 10 };

struct change { /* of the config in force */
	int64_t at; /* on the engine's axis */
	char hash[17];
};

struct look {
	struct past *past;
	const struct statedir *dir;
	const struct config *disk;
	int64_t at;
	struct change *changes; /* those to come, the first of them next */
	size_t nchanges, cap, next;
	unsigned bad;
};

/* ---- which config */

static void
take_change(void *arg, const char *line, size_t n, bool ours)
{
	struct look *l = arg;
	struct config_change c;
	struct change *to;
	struct fault f;
	size_t lead = sizeof(CONFIG_CHANGE_LEAD) - 1;

	if (n < lead || memcmp(line, CONFIG_CHANGE_LEAD, lead) != 0 ||
	    config_change_read(&c, line, n, &f) < 0)
		return;
	l->changes = mem_array(l->changes, &l->cap, l->nchanges + 1, sizeof(*l->changes));
	to = &l->changes[l->nchanges++];
	to->at = ours && c.boot_ms >= 0 ? clock_axis_of_mono(c.boot_ms) : c.at;
	memcpy(to->hash, c.config, sizeof(to->hash));
}

/* Without a snapshot it begins with the first config there is a record of. */
static const char *
first_hash(struct look *l, const struct snapshot *from)
{
	if (!from)
		return l->nchanges ? l->changes[0].hash : l->disk->hash;
	while (l->next < l->nchanges && l->changes[l->next].at <= from->at)
		l->next++;
	return from->head.config;
}

/* The config of that hash; the one on disk, if that is it or there is no other. */
static const struct config *
config_of(struct look *l, const char *hash, struct accepted **kept)
{
	struct fault f;

	*kept = NULL;
	if (!strcmp(hash, l->disk->hash))
		return l->disk;
	*kept = mem_alloc(sizeof(**kept));
	if (accepted_kept(*kept, l->dir, hash, &f) == 0)
		return &(*kept)->config;
	free(*kept);
	*kept = NULL;
	log_warn("the config in force then is not kept, going on with the one on disk: %s", f.text);
	return l->disk;
}

static void
drop_kept(struct accepted *kept)
{
	if (kept)
		accepted_free(kept);
	free(kept);
}

static void
begin_with(struct look *l, const char *hash)
{
	drop_kept(l->past->kept);
	l->past->config = config_of(l, hash, &l->past->kept);
}

static struct engine *
engine_from(struct look *l, int64_t start)
{
	if (!l->past->engine)
		l->past->engine = engine_new(l->past->config, start);
	return l->past->engine;
}

/* From here on by another config, as a reload does it. */
static void
change_config(struct look *l, const struct change *c)
{
	struct engine *old = engine_from(l, c->at);
	struct accepted *was = l->past->kept;

	if (!strcmp(l->past->config->hash, c->hash))
		return;
	if (c->at > engine_now(old))
		engine_advance(old, c->at);
	l->past->config = config_of(l, c->hash, &l->past->kept);
	l->past->engine = engine_new(l->past->config, engine_now(old));
	engine_adopt(l->past->engine, old);
	engine_free(old);
	drop_kept(was);
}

static void
change_until(struct look *l, int64_t t)
{
	while (l->next < l->nchanges && l->changes[l->next].at < t)
		change_config(l, &l->changes[l->next++]);
}

/* ---- what the journals say */

/* Executes and evaluates what lies before t, so that all that came at t is judged together. */
static struct engine *
engine_until(struct look *l, int64_t t)
{
	struct engine *e;

	change_until(l, t);
	e = engine_from(l, t);
	if (t - 1 > engine_now(e))
		engine_advance(e, t - 1);
	return e;
}

static void
take_report(void *arg, struct report *r)
{
	struct look *l = arg;
	enum verdict v;

	if (r->arrival > l->at)
		return;
	v = engine_report(engine_until(l, r->arrival), r);
	if (v != VERDICT_TAKEN && v != VERDICT_DUPLICATE)
		log_debug("report of %s about %s: %s", r->agent_id, r->check_name, verdict_text(v));
}

static void
take_override(void *arg, struct override *o)
{
	struct look *l = arg;

	if (o->at <= l->at)
		engine_override(engine_until(l, o->at), o);
}

static void
take_bad(void *arg, const char *where, const char *why)
{
	struct look *l = arg;

	if (l->bad++ < LOUD_LINES)
		log_warn("%s: %s", where, why);
}

static int
read_journals(struct look *l, struct places *from, struct fault *f)
{
	bool from_nothing = !l->past->engine;
	struct sweep_calls calls = {l, take_report, take_override, take_bad};
	struct sweep *s = sweep_new(l->dir, clock_wall() - FOLLOWER_RETENTION_MS, &calls, f);
	int left = 1;

	if (!s)
		return -1;
	sweep_resume(s, from);
	while (left > 0)
		left = sweep_start(s, INT32_MAX, f);
	if (left == 0)
		left = sweep_unread(s, f);
	if (left == 0 && from_nothing)
		snapshot_missing(l->dir, s);
	sweep_free(s);
	if (l->bad > LOUD_LINES)
		log_warn("%u more bad lines", l->bad - LOUD_LINES);
	return left;
}

/* ---- the whole */

/* From the newest snapshot that can be used; false: none can. */
static bool
begin_from_snapshot(struct look *l, bool then, struct places *places)
{
	struct snapshot s = {.number = UINT64_MAX};
	struct fault f;

	while (snapshot_find(l->dir, l->at, s.number, &s)) {
		l->nchanges = l->next = 0;
		if (then && segments_each(l->dir, "decisions", s.head.at, take_change, l, &f) < 0)
			log_warn("%s", f.text);
		begin_with(l, then ? first_hash(l, &s) : l->disk->hash);
		l->past->engine = snapshot_engine(l->dir, &s, l->past->config, places);
		if (l->past->engine)
			return true;
	}
	return false;
}

static void
begin_from_nothing(struct look *l, bool then)
{
	struct fault f;

	l->nchanges = l->next = 0;
	if (then && segments_each(l->dir, "decisions", INT64_MIN, take_change, l, &f) < 0)
		log_warn("%s", f.text);
	begin_with(l, first_hash(l, NULL));
}

static void
note_config(struct past *p, const struct config *disk)
{
	if (p->config != disk)
		snprintf(p->note, sizeof(p->note),
		         "by the config in force then (%s), not that on disk (%s)",
		         p->config->hash, disk->hash);
}

int
past_open(struct past *p, const struct statedir *dir, const struct config *config, int64_t at,
          bool by_then, struct fault *f)
{
	struct look l = {.past = p, .dir = dir, .disk = config, .at = at < 0 ? clock_axis() : at};
	struct places places = {0};
	bool then = at >= 0 && by_then;
	int r;

	memset(p, 0, sizeof(*p));
	p->config = config;
	if (!begin_from_snapshot(&l, then, &places))
		begin_from_nothing(&l, then);
	r = read_journals(&l, &places, f);
	if (r == 0) {
		change_until(&l, l.at + 1);
		engine_advance(engine_from(&l, l.at), l.at);
		note_config(p, config);
	} else {
		past_free(p);
	}
	free(l.changes);
	return r;
}

void
past_free(struct past *p)
{
	engine_free(p->engine);
	drop_kept(p->kept);
	memset(p, 0, sizeof(*p));
}

/* ---- how far back */

/* Of a snapshot everything can be told that follows, if nothing that follows was deleted. */
static int64_t
oldest_snapshot(const struct statedir *dir)
{
	struct snapshot s = {.number = UINT64_MAX};
	int64_t oldest = INT64_MAX;
	struct places p = {0};
	bool whole = true;

	while (whole && snapshot_find(dir, INT64_MAX, s.number, &s)) {
		if (!snapshot_places(dir, &s, &p))
			continue;
		whole = sweep_whole_behind(dir, &p) == INT64_MIN;
		if (whole && s.at < oldest)
			oldest = s.at;
		places_free(&p);
	}
	return oldest;
}

/* The history may be older: of a recorder that no agent has reported to yet. */
static int64_t
first_decision(const struct statedir *dir)
{
	const struct annals_query all = {INT64_MIN, INT64_MAX, ANNALS_ALL, NULL, false, false};
	struct annals a;
	struct fault f;
	int64_t at;
	bool whole, known;

	if (annals_open(&a, dir, &all, &f) != 0)
		return INT64_MAX;
	known = annals_oldest(&a, &at, &whole);
	annals_close(&a);
	return known ? at : INT64_MAX;
}

int64_t
past_oldest(const struct statedir *dir)
{
	static const struct sweep_calls silent;
	struct fault f;
	struct sweep *s = sweep_new(dir, clock_wall() - FOLLOWER_RETENTION_MS, &silent, &f);
	int64_t whole = INT64_MIN, first = INT64_MIN, other;

	/* What cannot be read is said by who reads it. */
	if (s && sweep_find(s, &f) == 0) {
		whole = sweep_whole(s);
		first = sweep_first(s);
	}
	sweep_free(s);
	if (whole != INT64_MIN) {
		other = oldest_snapshot(dir);
		return other < whole ? other : whole;
	}
	if (first < 0)
		return INT64_MIN;
	other = first_decision(dir);
	first = other < first ? other : first;
	return first == INT64_MAX ? first : first - first % 1000; /* who asks may do so by seconds */
}
