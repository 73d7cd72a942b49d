#include "checktable.h"

#include <stdio.h>
#include <string.h>

#include "base/stamp.h"

static int
wider(int width, const char *text)
{
	int n = (int)strlen(text);

	return n > width ? n : width;
}

void
checktable_fit(struct checktable *t, const struct task *const *list, size_t n)
{
	char text[TARGET_TEXT];

	t->target_width = wider(t->target_width, "TARGET");
	t->domain_width = wider(t->domain_width, "DOMAIN");
	for (size_t i = 0; i < n; i++) {
		place_text(text, &list[i]->target, list[i]->target_name, list[i]->port);
		t->target_width = wider(t->target_width, text);
		t->domain_width = wider(t->domain_width, list[i]->domain);
		t->servers |= list[i]->server != NULL;
	}
}

static void
heading(struct checktable *t, struct buf *b)
{
	if (t->times)
		buf_printf(b, "%-19s  ", "TIME");
	buf_printf(b, "%-7s  %11s  %-5s  %-*s  %-*s  ", "STATUS", "LATENCY", "TYPE",
	           t->target_width, "TARGET", t->domain_width, "DOMAIN");
	if (t->servers)
		buf_printf(b, "%-12s  ", "SERVER");
	buf_puts(b, "REASON\n");
	t->headed = true;
}

static const char *
paint(const struct checktable *t, enum status s)
{
	static const char *const colours[] = {[STATUS_OK] = "\033[32m",
	                                      [STATUS_WARN] = "\033[33m",
	                                      [STATUS_FAIL] = "\033[31m",
	                                      [STATUS_UNKNOWN] = "\033[35m"};

	return t->colour ? colours[s] : "";
}

void
checktable_row(struct checktable *t, struct buf *b, const struct report *r)
{
	char stamp[STAMP_LEN], target[TARGET_TEXT], latency[32] = "-";

	if (!t->headed)
		heading(t, b);
	if (t->times)
		buf_printf(b, "%-19s  ", stamp_local(stamp, r->timestamp));
	if (r->latency_ms >= 0)
		snprintf(latency, sizeof(latency), "%.2f ms", r->latency_ms);
	buf_printf(b, "%s%-7s%s  %11s  %-5s  %-*s  %-*s  ", paint(t, r->status),
	           status_word((int)r->status), t->colour ? "\033[0m" : "", latency, r->type,
	           t->target_width, report_target(target, r), t->domain_width,
	           r->domain);
	if (t->servers)
		buf_printf(b, "%-12s  ", r->server);
	buf_puts(b, r->reason);
	while (b->len && b->data[b->len - 1] == ' ')
		b->data[--b->len] = '\0';
	buf_putc(b, '\n');
}
