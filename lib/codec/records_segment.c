#include <string.h>

#include "codec/records.h"
#include "codec/records_field.h"
#include "codec/records_scan.h"
#include "codec/records_write.h"

enum { FORMAT = 1 };

static void
read_segment(struct fields *f, struct segment_line *s)
{
	int64_t format;

	field_int(f, "format", NEED_FIELD, FORMAT, FORMAT, &format);
	field_copy(f, "boot_id", NEED_FIELD, s->boot_id, sizeof(s->boot_id));
	field_copy(f, "agent", NEED_NOT, s->agent, sizeof(s->agent));
	field_int(f, "boot_ms", NEED_NOT, 0, SCAN_COUNT_MAX, &s->boot_ms);
	field_time(f, "at", NEED_NOT, &s->at);
}

int
segment_read(struct segment_line *s, const char *line, size_t n, struct fault *f)
{
	static const char *const types[] = {"segment", "seal", NULL};
	struct field_fault wrong;
	struct fields in;
	int type;

	memset(s, 0, sizeof(*s));
	s->boot_ms = s->at = -1;
	if (fields_open(&in, line, n, LIMIT_REPORT_LINE - 1, &wrong, 1) &&
	    field_word(&in, "type", types, &type)) {
		s->seal = type == 1;
		if (!s->seal)
			read_segment(&in, s);
	}
	return fields_end(&in, f);
}

void
segment_write(struct buf *b, const struct segment_line *s, int64_t at)
{
	if (s->seal) {
		buf_puts(b, "{\"type\":\"seal\"");
	} else {
		buf_printf(b, "{\"type\":\"segment\",\"format\":%d,\"boot_id\":", FORMAT);
		buf_json(b, s->boot_id);
		buf_puts(b, ",\"agent\":");
		buf_json(b, s->agent[0] ? s->agent : NULL);
		buf_puts(b, ",\"boot_ms\":");
		buf_puti(b, s->boot_ms);
	}
	buf_puts(b, ",\"at\":");
	put_time(b, at);
	buf_puts(b, "}\n");
}
