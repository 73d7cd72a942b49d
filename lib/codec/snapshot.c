#include "codec/snapshot.h"

#include <stdio.h>
#include <string.h>

#include "base/siphash.h"
#include "base/stamp.h"
#include "codec/pull.h"
#include "codec/snapshot_domain.h"

enum { FORMAT = 1 };

#define ROW(type, member, key, kind, ...) {key, COLUMN_##kind, offsetof(type, member), __VA_ARGS__}
#define LAST {NULL, 0, 0, 0, NULL}

/* The stamp of the head is text here. */
struct head_line {
	unsigned format;
	char at[STAMP_LEN];
	struct saved_head head;
};

static const struct column head_columns[] = {
	ROW(struct head_line, format, "format", UINT, 1000000, NULL),
	ROW(struct head_line, at, "at", COPY, STAMP_LEN, NULL),
	ROW(struct head_line, head.boot_id, "boot_id", COPY, 33, NULL),
	ROW(struct head_line, head.boot_ms, "boot_ms", SPAN, 0, NULL),
	ROW(struct head_line, head.config, "config", COPY, 17, NULL),
	LAST,
};

static const struct column place_columns[] = {
	ROW(struct saved_place, journal, "journal", COPY, 16 + AGENT_FILE, NULL),
	ROW(struct saved_place, segment, "segment", COUNT, 0, NULL),
	ROW(struct saved_place, head, "head", COPY, 17, NULL),
	ROW(struct saved_place, line, "line", COUNT, 0, NULL),
	ROW(struct saved_place, offset, "offset", SPAN, 0, NULL),
	ROW(struct saved_place, sealed, "sealed", FLAG, 0, NULL),
	LAST,
};

static const struct column agent_columns[] = {
	ROW(struct saved_agent, id, "agent", TEXT, 0, NULL),
	ROW(struct saved_agent, live, "live", FLAG, 0, NULL),
	ROW(struct saved_agent, heard, "heard", FLAG, 0, NULL),
	LAST,
};

static const struct column override_columns[] = {
	ROW(struct saved_override, said.domain, "domain", COPY, LIMIT_NAME + 1, NULL),
	ROW(struct saved_override, said.target, "target", COPY, OVERRIDE_TARGET, NULL),
	ROW(struct saved_override, said.state, "state", WORD, OVERRIDE_CLEAR, override_state_words),
	ROW(struct saved_override, said.at, "at", TIME, 0, NULL),
	ROW(struct saved_override, said.until, "until", UNTIL, 0, NULL),
	ROW(struct saved_override, said.reason, "reason", COPY, LIMIT_REASON + 1, NULL),
	ROW(struct saved_override, said.who, "who", COPY, LIMIT_AGENT_ID + 1, NULL),
	ROW(struct saved_override, said.boot_ms, "boot_ms", SPAN, 0, NULL),
	ROW(struct saved_override, start, "start", TIME, 0, NULL),
	ROW(struct saved_override, end, "end", UNTIL, 0, NULL),
	ROW(struct saved_override, serial, "serial", COUNT, 0, NULL),
	LAST,
};

static const struct column end_columns[] = {
	ROW(struct snap_end, lines, "lines", COUNT, 0, NULL),
	ROW(struct snap_end, sum, "sum", COPY, 17, NULL),
	LAST,
};

static const char *const type_words[] = {"snapshot", "journal", "agent", "override",
                                         "domain",   "end",     NULL};

/* ---- writing */

static void
begin(struct buf *b, enum snap_kind kind)
{
	buf_puts(b, "{\"type\":\"");
	buf_puts(b, type_words[kind]);
	buf_putc(b, '"');
}

static void
put(struct buf *b, enum snap_kind kind, const struct column *c, const void *record, int64_t base)
{
	begin(b, kind);
	columns_write(b, c, record, base);
	buf_puts(b, "}\n");
}

void
snap_write_head(struct buf *b, const struct saved_head *h)
{
	struct head_line l = {.format = FORMAT, .head = *h};

	stamp_format(l.at, h->at);
	put(b, SNAP_HEAD, head_columns, &l, 0);
}

void
snap_write_place(struct buf *b, const struct saved_place *p)
{
	put(b, SNAP_PLACE, place_columns, p, 0);
}

void
snap_write_agent(struct buf *b, const struct saved_agent *a)
{
	put(b, SNAP_AGENT, agent_columns, a, 0);
}

void
snap_write_override(struct buf *b, const struct saved_override *o, int64_t base)
{
	put(b, SNAP_OVERRIDE, override_columns, o, base);
}

void
snap_write_domain(struct buf *b, const struct saved_domain *d, int64_t base)
{
	begin(b, SNAP_DOMAIN);
	snapshot_put_domain(b, d, base);
	buf_puts(b, "}\n");
}

uint64_t
snap_sum(uint64_t sum, const char *line, size_t n)
{
	const uint64_t key[2] = {sum, 0x736e6170};

	return siphash13(key, line, n);
}

void
snap_write_end(struct buf *b, uint64_t lines, uint64_t sum)
{
	struct snap_end e = {.lines = lines};

	snprintf(e.sum, sizeof(e.sum), "%016llx", (unsigned long long)sum);
	put(b, SNAP_END, end_columns, &e, 0);
}

/* ---- reading */

void
snap_line_init(struct snap_line *l)
{
	memset(l, 0, sizeof(*l));
	l->store = snap_store_new();
}

void
snap_line_free(struct snap_line *l)
{
	snap_store_free(l->store);
	l->store = NULL;
}

const char *
snap_domain_name(const char *line, size_t n, size_t *len)
{
	static const char lead[] = "{\"type\":\"domain\",\"domain\":\"";
	const char *name = line + sizeof(lead) - 1, *end;

	if (n < sizeof(lead) || memcmp(line, lead, sizeof(lead) - 1) != 0)
		return NULL;
	end = memchr(name, '"', n - (sizeof(lead) - 1));
	if (!end)
		return NULL;
	*len = (size_t)(end - name);
	return name;
}

/* A record that is read as an object: j is before its second member, the type is behind it. */
static bool
take(struct pull *j, const struct column *c, void *record, int64_t base)
{
	columns_blank(c, record);
	return columns_read(j, c, record, base, NULL, NULL);
}

static bool
take_head(struct snap_line *l, struct pull *j, struct fault *f)
{
	struct head_line h;

	if (!take(j, head_columns, &h, 0) || !stamp_parse(h.at, &h.head.at) || h.head.at < 0)
		return false;
	if (h.format != FORMAT) {
		fault_set(f, "format %u, where this program knows %d", h.format, FORMAT);
		return false;
	}
	l->head = h.head;
	return h.head.boot_ms != INT64_MIN && h.head.config[0];
}

static bool
take_place(struct snap_line *l, struct pull *j)
{
	return take(j, place_columns, &l->place, 0) && l->place.journal[0] &&
	       l->place.segment > 0 && l->place.offset >= 0;
}

static bool
take_agent(struct snap_line *l, struct pull *j)
{
	const char *why;

	return take(j, agent_columns, &l->agent, 0) &&
	       agent_id_valid(l->agent.id, strlen(l->agent.id), &why);
}

static bool
take_override(struct snap_line *l, struct pull *j, int64_t base)
{
	struct target_pattern p;

	return take(j, override_columns, &l->override, base) &&
	       l->override.said.at != INT64_MIN && l->override.start != INT64_MIN &&
	       (l->override.said.domain[0] || l->override.said.target[0]) &&
	       target_pattern_parse(l->override.said.target, &p) == 0;
}

static bool
take_kind(struct snap_line *l, struct pull *j, int64_t base, struct fault *f)
{
	switch (l->kind) {
	case SNAP_HEAD: return take_head(l, j, f);
	case SNAP_PLACE: return take_place(l, j);
	case SNAP_AGENT: return take_agent(l, j);
	case SNAP_OVERRIDE: return take_override(l, j, base);
	case SNAP_DOMAIN: return snapshot_take_domain(j, &l->domain, l->store, base);
	case SNAP_END: return take(j, end_columns, &l->end, 0);
	case SNAP_OTHER: return true;
	}
	return false;
}

/* What begins the line; a type that is not known is a later program's, and passed over. */
static bool
take_type(struct snap_line *l, struct pull *j)
{
	static const char lead[] = "{\"type\":";
	const char *word;

	if (j->end - j->p < (ptrdiff_t)sizeof(lead) || memcmp(j->p, lead, sizeof(lead) - 1) != 0)
		return false;
	j->p += sizeof(lead) - 1;
	if (!(word = pull_text(j)) || j->p == j->end)
		return false;
	for (l->kind = SNAP_HEAD; l->kind < SNAP_OTHER; l->kind++)
		if (!strcmp(word, type_words[l->kind]))
			break;
	/* What follows is an object of its own when the comma opens it. */
	if (*j->p == ',')
		*j->p = '{';
	else if (*j->p == '}')
		*--j->p = '{';
	else
		return false;
	return true;
}

int
snap_read(struct snap_line *l, char *line, size_t n, int64_t base, struct fault *f)
{
	struct pull j = {line, line + n};

	fault_set(f, "not a line of a snapshot");
	if (!take_type(l, &j) || !take_kind(l, &j, base, f))
		return -1;
	if (l->kind != SNAP_OTHER && j.p != j.end)
		return -1;
	return 0;
}
