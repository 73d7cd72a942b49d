#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/stamp.h"
#include "codec/snapshot.h"
#include "edge/clock.h"
#include "edge/snapfile.h"

enum { FLUSH = 256 << 10, TURN_MS = 50 };

/* ---- writing */

struct writing {
	struct snapfile_writer file;
	struct buf b;
	size_t summed; /* bytes of b that are in the sum */
	uint64_t lines, sum;
	int64_t base;
	bool broken;
	struct fault *f;
};

static void
flush(struct writing *w)
{
	if (!w->broken && snapfile_add(&w->file, w->b.data, w->b.len, w->f) < 0)
		w->broken = true;
	buf_clear(&w->b);
	w->summed = 0;
}

static void
line_done(struct writing *w)
{
	w->sum = snap_sum(w->sum, w->b.data + w->summed, w->b.len - w->summed);
	w->summed = w->b.len;
	w->lines++;
	if (w->b.len >= FLUSH)
		flush(w);
}

static void
write_agent(void *arg, const struct saved_agent *a)
{
	struct writing *w = arg;

	snap_write_agent(&w->b, a);
	line_done(w);
}

static void
write_override(void *arg, const struct saved_override *o)
{
	struct writing *w = arg;

	snap_write_override(&w->b, o, w->base);
	line_done(w);
}

static void
write_domain(void *arg, const struct saved_domain *d)
{
	struct writing *w = arg;

	if (w->broken)
		return;
	snap_write_domain(&w->b, d, w->base);
	line_done(w);
}

/* By how much the wall clock was set since the axis began; less is that they are read in turn. */
static int64_t
wall_was_set(void)
{
	int64_t by = clock_wall() - clock_axis();

	return by < -TURN_MS || by > TURN_MS ? by : 0;
}

static void
write_begin(struct writing *w, const struct sweep *s, const char *config)
{
	struct saved_head h = {.at = w->base + wall_was_set(),
	                       .boot_ms = clock_mono_of_axis(w->base)};
	struct places places = {0};

	strncat(h.boot_id, statedir_boot_id(), sizeof(h.boot_id) - 1);
	strncat(h.config, config, sizeof(h.config) - 1);
	snap_write_head(&w->b, &h);
	line_done(w);
	sweep_places(s, &places);
	for (size_t i = 0; i < places.n; i++) {
		snap_write_place(&w->b, places.list[i]);
		line_done(w);
	}
	places_free(&places);
}

int
snapshot_write(const struct statedir *dir, const struct engine *e, const struct sweep *s,
               const char *config, struct fault *f)
{
	struct writing w = {.base = engine_now(e), .f = f};
	struct saved_calls calls = {&w, write_agent, write_override, write_domain};

	if (snapfile_create(&w.file, dir, f) < 0)
		return -1;
	write_begin(&w, s, config);
	engine_save(e, &calls);
	snap_write_end(&w.b, w.lines, w.sum);
	flush(&w);
	buf_free(&w.b);
	return w.broken ? -1 : snapfile_commit(&w.file, f);
}

/* ---- reading */

struct reading {
	const struct statedir *dir;
	const struct snapshot *s;
	struct snapfile_reader file;
	struct snap_line line;
	uint64_t lines, sum;
	struct engine *engine; /* NULL: only the places are wanted */
	const struct config *config;
	struct places *places;
};

static void
say_damage(const struct statedir *dir, uint64_t number, const struct fault *f)
{
	char sub[SNAPFILE_SUB];

	log_warn("%s/%s is no snapshot that can be used (%s); going on without it", dir->path,
	         snapfile_sub(sub, number), f->text);
}

/* A domain that is not configured is not worth reading, but for the sum. */
static bool
wanted(const struct reading *r, const char *line, size_t n)
{
	size_t len;
	const char *name = snap_domain_name(line, n, &len);

	return !name || (r->engine && map_get(&r->config->by_name, name, len));
}

static int
take(struct reading *r, struct fault *f)
{
	switch (r->line.kind) {
	case SNAP_PLACE:
		places_add(r->places, &r->line.place);
		return 0;
	case SNAP_AGENT:
		if (r->engine)
			engine_load_agent(r->engine, &r->line.agent);
		return 0;
	case SNAP_OVERRIDE:
		if (r->engine)
			engine_load_override(r->engine, &r->line.override);
		return 0;
	case SNAP_DOMAIN:
		engine_load_domain(r->engine, &r->line.domain);
		return 0;
	case SNAP_HEAD:
		return fault_set(f, "a second head");
	case SNAP_END:
	case SNAP_OTHER:
		return 0;
	}
	return 0;
}

static int
take_line(struct reading *r, char *line, size_t n, struct fault *f)
{
	struct fault why;

	r->line.kind = SNAP_OTHER;
	if (n > 0 && !wanted(r, line, n))
		return 0;
	line[n - 1] = '\0';
	if (snap_read(&r->line, line, n - 1, r->s->at, &why) == 0 && take(r, &why) == 0)
		return 0;
	return fault_set(f, "line %llu: %s", (unsigned long long)r->lines + 1, why.text);
}

/* The last line says how many there were, and the sum of their bytes. */
static int
check_end(const struct reading *r, struct fault *f)
{
	unsigned long long sum = strtoull(r->line.end.sum, NULL, 16);

	if (r->line.kind != SNAP_END)
		return fault_set(f, "it has no end");
	if (r->line.end.lines != r->lines || sum != r->sum)
		return fault_set(f, "the sum of its lines is another");
	return 0;
}

/* The first line is the head, which was read before. */
static int
read_lines(struct reading *r, struct fault *f)
{
	uint64_t sum = 0;
	char *line;
	size_t n;
	int more;

	while ((more = snapfile_line(&r->file, &line, &n, f)) > 0) {
		if (r->line.kind == SNAP_END)
			return fault_set(f, "it goes on behind its end");
		sum = snap_sum(r->sum, line, n);
		if (r->lines && take_line(r, line, n, f) < 0)
			return -1;
		if (!r->engine && r->lines && r->line.kind != SNAP_PLACE)
			return 0;
		if (r->line.kind == SNAP_END)
			continue;
		r->lines++;
		r->sum = sum;
	}
	return more < 0 ? -1 : check_end(r, f);
}

static bool
read_all(struct reading *r)
{
	struct fault f;
	int ok = snapfile_open(&r->file, r->dir, r->s->number, &f);

	if (ok == 0) {
		snap_line_init(&r->line);
		r->line.kind = SNAP_OTHER;
		ok = read_lines(r, &f);
		snap_line_free(&r->line);
		snapfile_close(&r->file);
	}
	if (ok < 0) {
		say_damage(r->dir, r->s->number, &f);
		places_free(r->places);
	}
	return ok == 0;
}

struct engine *
snapshot_engine(const struct statedir *dir, const struct snapshot *s, const struct config *c,
                struct places *p)
{
	struct reading r = {.dir = dir, .s = s, .config = c, .places = p};

	r.engine = engine_new(c, s->at);
	if (read_all(&r)) {
		engine_load_end(r.engine);
		return r.engine;
	}
	engine_free(r.engine);
	return NULL;
}

bool
snapshot_places(const struct statedir *dir, const struct snapshot *s, struct places *p)
{
	struct reading r = {.dir = dir, .s = s, .places = p};

	return read_all(&r);
}

/* ---- which */

/* What was in this boot is placed by CLOCK_MONOTONIC, as in the journals; nothing is to come. */
static int64_t
on_axis(const struct saved_head *h)
{
	int64_t at = h->boot_id[0] && !strcmp(h->boot_id, statedir_boot_id())
	                 ? clock_axis_of_mono(h->boot_ms)
	                 : h->at;
	int64_t last = clock_axis() - 1;

	return at < last ? at : last;
}

static bool
read_head(const struct statedir *dir, uint64_t number, struct snapshot *s)
{
	struct snapfile_reader file;
	struct snap_line l;
	struct fault f;
	char *line;
	size_t n;
	int ok = snapfile_open(&file, dir, number, &f);

	if (ok == 0) {
		snap_line_init(&l);
		ok = snapfile_line(&file, &line, &n, &f);
		if (ok == 0)
			ok = fault_set(&f, "it is empty");
		else if (ok > 0)
			ok = snap_read(&l, line, n - 1, 0, &f);
		if (ok == 0 && l.kind != SNAP_HEAD)
			ok = fault_set(&f, "it does not begin with a head");
		*s = (struct snapshot){.number = number, .head = l.head};
		s->at = on_axis(&s->head);
		snap_line_free(&l);
		snapfile_close(&file);
	}
	if (ok < 0)
		say_damage(dir, number, &f);
	return ok == 0;
}

bool
snapshot_find(const struct statedir *dir, int64_t at, uint64_t below, struct snapshot *s)
{
	uint64_t *list;
	struct fault f;
	bool found = false;
	size_t n;

	if (snapfile_list(dir, &list, &n, &f) < 0) {
		log_warn("going on without snapshots: %s", f.text);
		return false;
	}
	while (n-- > 0 && !found)
		found = list[n] < below && read_head(dir, list[n], s) && s->at <= at;
	free(list);
	return found;
}

void
snapshot_missing(const struct statedir *dir, const struct sweep *s)
{
	int64_t whole = sweep_whole(s);
	char when[STAMP_LEN];
	uint64_t *list;
	struct fault f;
	size_t n;

	if (whole == INT64_MIN || snapfile_list(dir, &list, &n, &f) < 0)
		return;
	free(list);
	if (n > 0)
		log_warn("%s: no snapshot can be used and reports from before %s are gone: what they "
		         "said is not known any more",
		         dir->path, stamp_local(when, whole));
}
