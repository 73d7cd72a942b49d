#include "edge/spoolfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/records.h"
#include "edge/file.h"

enum {
	SEGMENT_MOST = 1 << 20, /* bytes, so that the cap drops in small steps */
	SEGMENT_LEAST = 4096
};

struct spool *
spool_new(const char *base, const char *master, uint64_t cap)
{
	struct spool *s = mem_alloc(sizeof(*s));
	char name[AGENT_FILE];

	agent_id_file(name, master);
	snprintf(s->base, sizeof(s->base), "%s", base);
	snprintf(s->path, sizeof(s->path), "%s/%s", s->base, name);
	s->cap = cap;
	s->dirfd = -1;
	map_init(&s->newest);
	return s;
}

void
spool_free(struct spool *s)
{
	const struct map_slot *slot;

	if (!s)
		return;
	for (size_t i = 0; (slot = map_next(&s->newest, &i));)
		free(slot->value);
	map_free(&s->newest);
	for (size_t i = 0; i < s->nsegments; i++)
		spool_segment_close(&s->segments[i]);
	free(s->segments);
	if (s->dirfd >= 0)
		close(s->dirfd);
	buf_free(&s->text);
	free(s);
}

const char *
spool_path(const struct spool *s)
{
	return s->path;
}

uint64_t
spool_count(const struct spool *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->nsegments; i++)
		n += s->segments[i].lines - s->segments[i].settled;
	return n;
}

uint64_t
spool_dropped(const struct spool *s)
{
	return s->dropped;
}

/* ---- in */

static size_t
segment_limit(const struct spool *s)
{
	uint64_t part = s->cap / 8;

	return part > SEGMENT_MOST    ? SEGMENT_MOST
	       : part < SEGMENT_LEAST ? SEGMENT_LEAST
	                              : (size_t)part;
}

static void
make_room(struct spool *s, size_t n)
{
	uint64_t held = n;

	for (size_t i = 0; i < s->nsegments; i++)
		held += s->segments[i].size;
	while (held > s->cap && s->nsegments) {
		struct spool_segment *g = &s->segments[0];

		held -= g->size;
		s->dropped += g->lines - g->settled;
		spool_segment_delete(s, g);
	}
}

static struct spool_segment *
segment_for(struct spool *s, size_t n, struct fault *f)
{
	struct spool_segment *last = s->nsegments ? &s->segments[s->nsegments - 1] : NULL;

	if (last && last->size + n <= segment_limit(s))
		return last;
	return spool_segment_new(s, f);
}

/* All of it or nothing. */
static int
append(struct spool *s, struct spool_segment *g, const char *text, size_t n, struct fault *f)
{
	int err;

	if (file_write_all(g->fd, text, n))
		return 0;
	err = errno;
	if (ftruncate(g->fd, g->size))
		g->size = (uint32_t)segment_limit(s); /* torn: nothing is written behind it */
	if (!g->lines)
		spool_segment_delete(s, g);
	return fault_temp(f, "%s: %s", s->path, strerror(err));
}

/* Items first .. last - 1, which lie side by side in the parcel's text. */
static int
add_run(struct spool *s, const struct parcel *p, size_t first, size_t last, struct fault *f)
{
	const struct parcel_item *a = &p->items[first], *z = &p->items[last - 1];
	const char *text = p->text.data + a->off;
	size_t n = z->off + z->len - a->off;
	struct spool_segment *g;
	struct report r;

	make_room(s, n);
	if (n > s->cap) {
		s->dropped += last - first;
		return 0;
	}
	g = segment_for(s, n, f);
	if (!g || append(s, g, text, n, f))
		return -1;
	for (size_t i = first; i < last; i++, g->lines++) {
		const struct parcel_item *it = &p->items[i];

		if (!report_read(&r, p->text.data + it->off, it->len - 1, NULL))
			spool_index(s, &r, g, g->lines, g->size, it->len);
		g->size += it->len;
	}
	return 0;
}

int
spool_add(struct spool *s, const struct parcel *p, struct fault *f)
{
	size_t first = 0, last, limit = segment_limit(s);

	if (s->dirfd >= 0 && access(s->path, F_OK) && errno == ENOENT)
		spool_dir_lost(s);
	if (spool_dir(s, true, f))
		return -1;
	for (; first < p->n; first = last) {
		for (last = first + 1;
		     last < p->n &&
		     p->items[last].off + p->items[last].len - p->items[first].off <= limit;
		     last++)
			;
		if (add_run(s, p, first, last, f))
			return -1;
	}
	return 0;
}

/* ---- out */

static bool
full(const struct parcel *p, size_t more, size_t lines, size_t bytes)
{
	return p->n >= lines || (p->n && p->text.len + more > bytes);
}

static void
hand_out(struct parcel *p, struct spool_segment *g, uint32_t line, const char *text, uint32_t len,
         struct spool_entry *e)
{
	struct parcel_item *it = parcel_add(p, text, len);

	it->segment = g->number;
	it->line = line;
	it->entry = e;
	spool_take(g, line, true);
}

/* Takes the entry's line into the parcel; a line that went with the backlog is not sent twice. */
static bool
hand_out_newest(struct spool *s, struct parcel *p, struct spool_entry *e)
{
	struct spool_segment *g = spool_segment(s, e->segment);
	char text[LIMIT_REPORT_LINE];

	if (!g || spool_taken(g, e->line) || e->len > sizeof(text) ||
	    pread(g->fd, text, e->len, e->off) != (ssize_t)e->len) {
		spool_unindex(s, e);
		return false;
	}
	e->travels = true;
	s->waiting--;
	hand_out(p, g, e->line, text, e->len, e);
	return true;
}

size_t
spool_newest(struct spool *s, struct parcel *p, size_t lines, size_t bytes)
{
	const struct map_slot *slot;
	size_t added = 0;

	for (size_t i = 0; (slot = map_next(&s->newest, &i));) {
		struct spool_entry *e = slot->value;

		if (e->travels)
			continue;
		if (full(p, e->len, lines, bytes))
			break;
		added += hand_out_newest(s, p, e);
	}
	return added;
}

/* Goes on in s->text, which holds g; false when the parcel is full. */
static bool
backlog_of(struct spool *s, struct spool_segment *g, struct parcel *p, size_t lines, size_t bytes)
{
	while (s->at_off < s->text.len) {
		const char *text = s->text.data + s->at_off;
		const char *end = memchr(text, '\n', s->text.len - s->at_off);
		uint32_t len;

		if (!end)
			break;
		len = (uint32_t)(end - text) + 1;
		if (!spool_taken(g, s->at_line)) {
			if (full(p, len, lines, bytes))
				return false;
			hand_out(p, g, s->at_line, text, len, NULL);
		}
		s->at_line++;
		s->at_off += len;
	}
	return true;
}

size_t
spool_backlog(struct spool *s, struct parcel *p, size_t lines, size_t bytes)
{
	size_t had = p->n;

	for (size_t i = 0; i < s->nsegments; i++) {
		struct spool_segment *g = &s->segments[i];

		if (g->number < s->at_segment)
			continue;
		if (g->number > s->at_segment) {
			s->at_segment = g->number;
			s->at_off = s->at_line = 0;
		}
		if (s->at_off >= g->size || !spool_segment_read(s, g))
			continue;
		if (!backlog_of(s, g, p, lines, bytes))
			break;
	}
	return p->n - had;
}

static void
come_back(struct spool *s, struct parcel_item *it)
{
	struct spool_segment *g = spool_segment(s, it->segment);

	if (g)
		spool_take(g, it->line, false);
	s->at_segment = 0; /* the backlog is gone through again; what is taken is passed over */
	if (!it->entry)
		return;
	it->entry->travels = false;
	if (it->entry->superseded)
		free(it->entry);
	else
		s->waiting++;
}

static void
delivered(struct spool *s, struct parcel_item *it)
{
	struct spool_segment *g = spool_segment(s, it->segment);

	if (it->entry && !it->entry->superseded)
		spool_unindex(s, it->entry);
	free(it->entry);
	if (g && ++g->settled == g->lines)
		spool_segment_delete(s, g);
}

void
spool_settle(struct spool *s, struct parcel *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct parcel_item *it = &p->items[i];

		if (it->input)
			continue;
		if (it->fate == FATE_OPEN)
			come_back(s, it);
		else
			delivered(s, it);
		it->entry = NULL;
	}
}

uint64_t
spool_discard(struct spool *s)
{
	uint64_t n = spool_count(s);

	while (s->nsegments)
		spool_segment_delete(s, &s->segments[0]);
	return n;
}
