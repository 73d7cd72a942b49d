#include <string.h>

#include "base/stamp.h"
#include "base/text.h"
#include "codec/records.h"
#include "codec/records_field.h"
#include "codec/records_scan.h"
#include "codec/records_write.h"

/* A field that may be "" or null or not there: all mean "every". */
static void
read_any(struct fields *f, const char *key, char *dst, size_t cap)
{
	if (!field_copy(f, key, NEED_NOT, dst, cap))
		dst[0] = '\0';
}

static void
read_scope(struct fields *f, struct override *o)
{
	struct target_pattern pattern;
	size_t n;
	const char *domain = json_string(json_get(f->object, "domain"), &n);

	if (!domain || n > 0)
		field_name(f, "domain", NEED_NOT, o->domain);
	read_any(f, "target", o->target, sizeof(o->target));
	if (target_pattern_parse(o->target, &pattern) < 0)
		field_wrong(f, "target", "value_error",
		            "Value error, not an address, address:port or network");
	else if (!o->domain[0] && !o->target[0] && !f->n)
		field_wrong(f, "target", "missing", "Field required without a domain");
}

static void
read_until(struct fields *f, struct override *o)
{
	if (o->state == OVERRIDE_CLEAR)
		o->until = o->at;
	else if (!json_get(f->object, "until") && json_has(f->object, "until"))
		o->until = OVERRIDE_FOREVER;
	else
		field_time(f, "until", NEED_FIELD, &o->until);
}

int
override_read(struct override *o, const char *line, size_t n, struct fault *f)
{
	static const char *const type_words[] = {"override", NULL};
	struct field_fault wrong;
	struct fields in;
	const char *reason;
	size_t len;
	int state = 0, type;

	memset(o, 0, sizeof(*o));
	o->boot_ms = -1;
	if (fields_open(&in, line, n, LIMIT_REPORT_LINE - 1, &wrong, 1)) {
		field_word(&in, "type", type_words, &type);
		read_scope(&in, o);
		if (field_word(&in, "state", override_state_words, &state))
			o->state = (enum override_state)state;
		field_time(&in, "at", NEED_FIELD, &o->at);
		read_until(&in, o);
		reason = field_text(&in, "reason", NEED_NOT, &len);
		if (reason)
			text_clean(o->reason, sizeof(o->reason), reason, len);
		reason = field_text(&in, "who", NEED_NOT, &len);
		if (reason)
			text_clean(o->who, sizeof(o->who), reason, len);
		field_int(&in, "boot_ms", NEED_NOT, 0, SCAN_COUNT_MAX, &o->boot_ms);
	}
	return fields_end(&in, f);
}

static void
put_any(struct buf *b, const char *s)
{
	buf_json(b, *s ? s : NULL);
}

void
override_write(struct buf *b, const struct override *o)
{
	buf_puts(b, "{\"type\":\"override\",\"domain\":");
	put_any(b, o->domain);
	buf_puts(b, ",\"target\":");
	put_any(b, o->target);
	buf_puts(b, ",\"state\":");
	buf_json(b, override_state_word(o->state));
	buf_puts(b, ",\"until\":");
	if (o->until == OVERRIDE_FOREVER)
		buf_puts(b, "null");
	else
		put_time(b, o->until);
	buf_puts(b, ",\"reason\":");
	put_any(b, o->reason);
	buf_puts(b, ",\"who\":");
	put_any(b, o->who);
	buf_puts(b, ",\"at\":");
	put_time(b, o->at);
	if (o->boot_ms > 0) {
		buf_puts(b, ",\"boot_ms\":");
		buf_puti(b, o->boot_ms);
	}
	buf_puts(b, "}\n");
}
