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

bool
checktable_unresolved(const struct task *t)
{
	struct addr a;

	return t->host && addr_is_wildcard(&t->target) && !addr_parse(t->host, &a);
}

const char *
checktable_name(const struct task *t)
{
	return checktable_unresolved(t) ? t->host : t->target_name;
}

void
checktable_fit(struct checktable *t, const struct task *const *list, size_t n)
{
	char text[TARGET_TEXT];

	t->target_width = wider(t->target_width, "TARGET");
	t->domain_width = wider(t->domain_width, "DOMAIN");
	for (size_t i = 0; i < n; i++) {
		place_text(text, &list[i]->target, checktable_name(list[i]), list[i]->port);
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

const char *
checktable_paint(const struct checktable *t, enum status s)
{
	static const char *const colours[] = {[STATUS_OK] = "\033[32m",
	                                      [STATUS_WARN] = "\033[33m",
	                                      [STATUS_FAIL] = "\033[31m",
	                                      [STATUS_UNKNOWN] = "\033[35m"};

	return t->colour ? colours[s] : "";
}

const char *
checktable_paint_end(const struct checktable *t)
{
	return t->colour ? "\033[0m" : "";
}

/* Where a line below a row begins: under its type. */
static int
indent(const struct checktable *t)
{
	return 22 + (t->times ? 21 : 0);
}

static void
end_line(struct buf *b)
{
	while (b->len && b->data[b->len - 1] == ' ')
		b->data[--b->len] = '\0';
	buf_putc(b, '\n');
}

/* Three digits are enough: "0.42", "42.1", "421". */
static void
span(struct buf *b, const char *before, const char *name, double ms)
{
	buf_printf(b, "%s%s %.*f", before, name, ms < 9.995 ? 2 : ms < 99.95 ? 1 : 0, ms);
}

/*
 * How the time was spent: what each step took, which in sum is the latency, and
 * where it stopped if it did.
 */
void
checktable_phases(const struct checktable *t, struct buf *b, int indent, const char *type,
    double latency_ms, const struct probe_result *res)
{
	bool tls = strcmp(type, "https") == 0 || strcmp(type, "tls") == 0;
	double at = res->connect_ms;

	if (at <= 0 || (!tls && strcmp(type, "http") != 0))
		return;
	buf_printf(b, "%*s%s", indent, "", t->colour ? "\033[2m" : "");
	span(b, "", "connect", at);
	if (tls && res->tls_ms > 0) {
		span(b, " + ", "TLS", res->tls_ms - at);
		at = res->tls_ms;
	}
	if (res->first_byte_ms > 0) {
		span(b, " + ", "first byte", res->first_byte_ms - at);
		at = res->first_byte_ms;
	}
	if (latency_ms - at >= 0.005)
		span(b, " + ", "rest", latency_ms - at);
	buf_puts(b, " ms");
	if (tls && res->tls_ms <= 0)
		buf_puts(b, ", no TLS");
	else if (res->first_byte_ms <= 0)
		buf_puts(b, ", no answer");
	buf_printf(b, "%s\n", checktable_paint_end(t));
}

void
checktable_reason(const struct checktable *t, struct buf *b, int used, int indent,
    const char *reason)
{
	int shown = (int)strlen(reason);

	if (t->width && used + shown > t->width && indent + shown <= t->width) {
		end_line(b);
		buf_printf(b, "%*s", indent, "");
	}
	buf_puts(b, reason);
	end_line(b);
}

void
checktable_row(struct checktable *t, struct buf *b, const struct report *r,
    const struct probe_result *res)
{
	char stamp[STAMP_LEN], target[TARGET_TEXT], latency[32] = "-";
	int used = indent(t) + 11 + t->target_width + t->domain_width + (t->servers ? 14 : 0);

	if (t->beside)
		buf_puts(b, CHECKTABLE_ERASE);
	if (!t->headed)
		heading(t, b);
	if (t->times)
		buf_printf(b, "%-19s  ", stamp_local(stamp, r->timestamp));
	if (r->latency_ms >= 0)
		snprintf(latency, sizeof(latency), "%.2f ms", r->latency_ms);
	buf_printf(b, "%s%-7s%s  %11s  %-5s  %-*s  %-*s  ", checktable_paint(t, r->status),
	           status_word((int)r->status), checktable_paint_end(t), latency, r->type,
	           t->target_width, report_target(target, r), t->domain_width,
	           r->domain);
	if (t->servers)
		buf_printf(b, "%-12s  ", r->server);
	checktable_reason(t, b, used, indent(t), r->reason);
	if (t->phases)
		checktable_phases(t, b, indent(t), r->type, r->latency_ms, res);
}
