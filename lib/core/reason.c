#include "core/reason.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct reason {
	uint32_t users, number;
	char text[];
};

void
reasons_free(struct reasons *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->list[i]);
	free(t->list);
	free(t->spare);
	map_free(&t->by_text);
	memset(t, 0, sizeof(*t));
}

static uint32_t
number_for(struct reasons *t)
{
	if (t->nspare)
		return t->spare[--t->nspare];
	if (!t->n)
		t->n = 1;
	t->list = mem_array(t->list, &t->cap, t->n + 1, sizeof(*t->list));
	return (uint32_t)t->n++;
}

uint32_t
reason_take(struct reasons *t, const char *text)
{
	size_t n = strlen(text);
	struct reason *r;

	if (!n)
		return 0;
	r = map_get(&t->by_text, text, n);
	if (!r) {
		r = mem_alloc(sizeof(*r) + n + 1);
		memcpy(r->text, text, n + 1);
		r->number = number_for(t);
		t->list[r->number] = r;
		*map_put(&t->by_text, r->text, n) = r;
	}
	r->users++;
	return r->number;
}

void
reason_drop(struct reasons *t, uint32_t number)
{
	struct reason *r = number ? t->list[number] : NULL;

	if (!r || --r->users)
		return;
	map_del(&t->by_text, r->text, strlen(r->text));
	t->list[number] = NULL;
	t->spare = mem_array(t->spare, &t->cap_spare, t->nspare + 1, sizeof(*t->spare));
	t->spare[t->nspare++] = number;
	free(r);
}

const char *
reason_text(const struct reasons *t, uint32_t number)
{
	return number ? t->list[number]->text : "";
}
