#include "edge/parcel.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
parcel_init(struct parcel *p)
{
	memset(p, 0, sizeof(*p));
}

void
parcel_free(struct parcel *p)
{
	buf_free(&p->text);
	free(p->items);
	parcel_init(p);
}

void
parcel_clear(struct parcel *p)
{
	buf_clear(&p->text);
	p->n = 0;
}

struct parcel_item *
parcel_add(struct parcel *p, const char *line, size_t n)
{
	struct parcel_item *it;

	p->items = mem_array(p->items, &p->cap, p->n + 1, sizeof(*p->items));
	it = &p->items[p->n++];
	*it = (struct parcel_item){.off = (uint32_t)p->text.len, .len = (uint32_t)n};
	buf_add(&p->text, line, n);
	return it;
}

void
parcel_drop(struct parcel *p, size_t n)
{
	uint32_t gone;

	if (n >= p->n) {
		parcel_clear(p);
		return;
	}
	gone = p->items[n].off;
	buf_consume(&p->text, gone);
	p->n -= n;
	memmove(p->items, p->items + n, p->n * sizeof(*p->items));
	for (size_t i = 0; i < p->n; i++)
		p->items[i].off -= gone;
}

void
parcel_move(struct parcel *to, struct parcel *from, size_t lines, size_t bytes)
{
	struct parcel_item it, *added;
	size_t i;

	if (!to->n && from->n <= lines && from->text.len <= bytes) {
		struct parcel t = *to;

		*to = *from;
		*from = t;
		return;
	}
	for (i = 0; i < from->n && to->n < lines; i++) {
		it = from->items[i];
		if (to->n && to->text.len + it.len > bytes)
			break;
		added = parcel_add(to, from->text.data + it.off, it.len);
		it.off = added->off;
		*added = it;
	}
	parcel_drop(from, i);
}

void
parcel_age(struct report *r, int64_t boot_now, uint64_t own)
{
	r->age_ms = -1;
	if (r->mono_ms >= 0 && r->boot && r->boot == own)
		r->age_ms = boot_now > r->mono_ms ? boot_now - r->mono_ms : 0;
	r->mono_ms = -1;
	r->boot = 0;
}
