#include "codec/records.h"
#include "codec/records_write.h"

static const char *const kinds[] = {
    [EVENT_TARGET] = "target", [EVENT_TIER] = "tier",         [EVENT_ANSWER] = "answer",
    [EVENT_AGENT] = "agent",   [EVENT_OVERRIDE] = "override",
};

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
	PUT(b, "{\"type\":\"event\",\"event\":");
	buf_json(b, kinds[e->kind]);
	PUT(b, ",\"at\":");
	put_time(b, e->at);
	put_field(b, ",\"domain\":", e->domain ? e->domain : "");
	if (e->kind == EVENT_ANSWER || e->kind == EVENT_TIER)
		put_field(b, ",\"family\":", rrtype_word((int)e->type));
	put_field(b, ",\"target\":", e->target);
	put_field(b, ",\"agent\":", e->agent);
	PUT(b, ",\"from\":");
	buf_json(b, e->from);
	PUT(b, ",\"to\":");
	buf_json(b, e->to);
	if (e->kind == EVENT_ANSWER)
		put_field(b, ",\"source\":", source_word(e->source));
	PUT(b, ",\"why\":");
	buf_json(b, e->why);
	PUT(b, "}\n");
}
