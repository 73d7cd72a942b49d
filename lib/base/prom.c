#include "base/prom.h"

void
prom_family(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
prom_one(struct buf *b, const char *name, const char *type, const char *help, double v)
{
	prom_family(b, name, type, help);
	buf_printf(b, "%s %.15g\n", name, v);
}

void
prom_label(struct buf *b, const char *before, const char *name, const char *value)
{
	buf_puts(b, before);
	buf_puts(b, name);
	buf_puts(b, "=\"");
	for (const char *p = value; *p; p++) {
		if (*p == '\\' || *p == '"' || *p == '\n')
			buf_putc(b, '\\');
		buf_putc(b, *p == '\n' ? 'n' : *p);
	}
	buf_putc(b, '"');
}
