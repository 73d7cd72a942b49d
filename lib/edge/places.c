#include "edge/places.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
places_add(struct places *p, const struct saved_place *place)
{
	struct saved_place *own = p->n ? map_gets(&p->by_journal, place->journal) : NULL;

	if (!p->n)
		map_init(&p->by_journal);
	if (!own) {
		own = mem_alloc(sizeof(*own));
		p->list = mem_array(p->list, &p->cap, p->n + 1, sizeof(struct saved_place *));
		p->list[p->n++] = own;
	}
	*own = *place;
	*map_puts(&p->by_journal, own->journal) = own;
}

const struct saved_place *
places_find(const struct places *p, const char *journal)
{
	return p && p->n ? map_gets(&p->by_journal, journal) : NULL;
}

void
places_free(struct places *p)
{
	if (p->n)
		map_free(&p->by_journal);
	for (size_t i = 0; i < p->n; i++)
		free(p->list[i]);
	free(p->list);
	memset(p, 0, sizeof(*p));
}
