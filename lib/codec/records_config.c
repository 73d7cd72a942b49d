#include <string.h>

#include "codec/records.h"
#include "codec/records_field.h"
#include "codec/records_scan.h"
#include "codec/records_write.h"

int
config_change_read(struct config_change *c, const char *line, size_t n, struct fault *f)
{
	static const char *const types[] = {"config", NULL};
	struct field_fault wrong;
	struct fields in;
	int type;

	memset(c, 0, sizeof(*c));
	c->boot_ms = -1;
	if (fields_open(&in, line, n, LIMIT_REPORT_LINE - 1, &wrong, 1) &&
	    field_word(&in, "type", types, &type)) {
		field_time(&in, "at", NEED_FIELD, &c->at);
		field_int(&in, "boot_ms", NEED_NOT, 0, SCAN_COUNT_MAX, &c->boot_ms);
		field_copy(&in, "config", NEED_FIELD, c->config, sizeof(c->config));
	}
	return fields_end(&in, f);
}

void
config_change_write(struct buf *b, const struct config_change *c)
{
	buf_puts(b, CONFIG_CHANGE_LEAD "\"at\":");
	put_time(b, c->at);
	if (c->boot_ms >= 0) {
		buf_puts(b, ",\"boot_ms\":");
		buf_puti(b, c->boot_ms);
	}
	buf_puts(b, ",\"config\":");
	buf_json(b, c->config);
	buf_puts(b, "}\n");
}
