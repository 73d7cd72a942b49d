#include <string.h>

#include "base/text.h"
#include "codec/records.h"
#include "codec/records_field.h"
#include "codec/records_scan.h"
#include "codec/records_write.h"

static bool
has_family(enum event_kind k)
{
	return k == EVENT_ANSWER || k == EVENT_TIER;
}

/* ---- writing */

static void
put_field(struct buf *b, const char *key, const char *s)
{
	if (!*s)
		return;
	buf_puts(b, key);
	buf_json(b, s);
}

void
event_write(struct buf *b, const struct event *e)
{
	buf_puts(b, "{\"type\":\"event\",\"event\":");
	buf_json(b, event_kind_word((int)e->kind));
	buf_puts(b, ",\"at\":");
	put_time(b, e->at);
	put_field(b, ",\"domain\":", e->domain);
	if (has_family(e->kind))
		put_field(b, ",\"family\":", rrtype_word((int)e->type));
	put_field(b, ",\"target\":", e->target);
	put_field(b, ",\"agent\":", e->agent);
	buf_puts(b, ",\"from\":");
	buf_json(b, e->from);
	buf_puts(b, ",\"to\":");
	buf_json(b, e->to);
	if (e->kind == EVENT_ANSWER)
		put_field(b, ",\"source\":", source_word(e->source));
	buf_puts(b, ",\"why\":");
	buf_json(b, e->why);
	buf_puts(b, "}\n");
}

/* ---- the canonical form */

static bool
scan_begin(struct scan *s, enum event_kind *kind, int64_t *at)
{
	char word[12];
	int k;

	if (!SCAN(s, "{\"type\":\"event\",\"event\":\"") || !scan_text(s, word, sizeof(word)) ||
	    (k = event_kind_from(word)) < 0 || !SCAN(s, ",\"at\":\"") || !scan_time(s, at))
		return false;
	*kind = (enum event_kind)k;
	return true;
}

/* One that may be left out. */
static bool
scan_maybe(struct scan *s, const char *key, char *dst, size_t cap)
{
	dst[0] = '\0';
	return !scan_is(s, key, strlen(key)) || scan_text(s, dst, cap);
}

static bool
scan_family(struct scan *s, struct event *e)
{
	char word[8];
	int type;

	e->type = RRTYPE_A;
	if (!has_family(e->kind))
		return true;
	if (!SCAN(s, ",\"family\":\"") || !scan_text(s, word, sizeof(word)) ||
	    (type = rrtype_from(word)) < 0)
		return false;
	e->type = (enum rrtype)type;
	return true;
}

static bool
scan_source(struct scan *s, struct event *e)
{
	char word[12];
	int source;

	e->source = SOURCE_NONE;
	if (e->kind != EVENT_ANSWER)
		return true;
	if (!SCAN(s, ",\"source\":\"") || !scan_text(s, word, sizeof(word)) ||
	    (source = source_from(word)) < 0)
		return false;
	e->source = (enum source)source;
	return true;
}

bool
event_scan(struct event *e, const char *line, size_t n)
{
	struct scan s = {line, line + n};

	e->domain[0] = '\0';
	return scan_begin(&s, &e->kind, &e->at) &&
	       (!SCAN(&s, ",\"domain\":\"") || scan_name(&s, e->domain)) && scan_family(&s, e) &&
	       scan_maybe(&s, ",\"target\":\"", e->target, sizeof(e->target)) &&
	       scan_maybe(&s, ",\"agent\":\"", e->agent, sizeof(e->agent)) &&
	       SCAN(&s, ",\"from\":\"") && scan_text(&s, e->from, sizeof(e->from)) &&
	       SCAN(&s, ",\"to\":\"") && scan_text(&s, e->to, sizeof(e->to)) && scan_source(&s, e) &&
	       SCAN(&s, ",\"why\":\"") && scan_text(&s, e->why, sizeof(e->why)) && SCAN(&s, "}") &&
	       s.p == s.end;
}

bool
event_peek(struct event_head *h, const char *line, size_t n)
{
	struct scan s = {line, line + n};

	return scan_begin(&s, &h->kind, &h->at) && SCAN(&s, ",\"domain\":\"") &&
	       scan_name(&s, h->domain);
}

/* ---- every other form */

static void
read_maybe(struct fields *f, const char *key, char *dst, size_t cap)
{
	if (!field_copy(f, key, NEED_NOT, dst, cap))
		dst[0] = '\0';
}

static void
read_fields(struct fields *f, struct event *e)
{
	int word;
	const char *why;
	size_t len;

	field_time(f, "at", NEED_FIELD, &e->at);
	field_name(f, "domain", NEED_NOT, e->domain);
	if (has_family(e->kind) && field_word(f, "family", rrtype_words, &word))
		e->type = (enum rrtype)word;
	read_maybe(f, "target", e->target, sizeof(e->target));
	read_maybe(f, "agent", e->agent, sizeof(e->agent));
	read_maybe(f, "from", e->from, sizeof(e->from));
	read_maybe(f, "to", e->to, sizeof(e->to));
	if (e->kind == EVENT_ANSWER && field_word(f, "source", source_words, &word))
		e->source = (enum source)word;
	why = field_text(f, "why", NEED_NOT, &len);
	if (why)
		text_clean(e->why, sizeof(e->why), why, len);
}

/* What a later version adds to the journal is none of ours, and no fault. */
static bool
is_ours(struct fields *f, struct event *e)
{
	size_t n;
	const char *type = field_text(f, "type", NEED_FIELD, &n), *kind;
	int k;

	if (!type || strcmp(type, "event"))
		return false;
	kind = field_text(f, "event", NEED_FIELD, &n);
	if (!kind || (k = event_kind_from(kind)) < 0)
		return false;
	e->kind = (enum event_kind)k;
	return true;
}

int
event_read_json(struct event *e, const char *line, size_t n, struct fault *f)
{
	struct field_fault wrong;
	struct fields in;
	bool ours = true;

	memset(e, 0, sizeof(*e));
	if (fields_open(&in, line, n, LIMIT_STREAM_LINE - 1, &wrong, 1)) {
		ours = is_ours(&in, e);
		if (ours)
			read_fields(&in, e);
	}
	if (fields_end(&in, f) < 0)
		return -1;
	return !ours;
}

int
event_read(struct event *e, const char *line, size_t n, struct fault *f)
{
	return event_scan(e, line, n) ? 0 : event_read_json(e, line, n, f);
}

bool
record_type(const char *line, size_t n, char type[static 16], int64_t *at)
{
	struct fields in;
	const char *s;
	size_t len;

	*at = -1;
	type[0] = '\0';
	if (!fields_open(&in, line, n, LIMIT_STREAM_LINE - 1, NULL, 0)) {
		fields_free(&in);
		return false;
	}
	s = json_string(json_get(in.object, "type"), &len);
	if (s && len < 16)
		memcpy(type, s, len + 1);
	field_time(&in, "at", NEED_NOT, at);
	fields_free(&in);
	return true;
}
