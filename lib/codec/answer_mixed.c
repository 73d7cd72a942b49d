#include "codec/answer_mixed.h"

#include <string.h>

/* Where each record begins; all are whole, table.c wrote them. */
static unsigned
find_records(const uint8_t *records, const struct image_set *s, uint16_t *at)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->len && n < LIMIT_TARGETS; i += 12U + wire_get16(records + i + 10))
		at[n++] = (uint16_t)i;
	return n;
}

bool
mixed_put(struct reply *r, int section, const struct image_set *s, const uint8_t *records,
          size_t owner)
{
	uint16_t at[LIMIT_TARGETS];
	unsigned n = find_records(records, s, at), pick = s->pick < n ? s->pick : n;
	size_t from = r->at;

	for (unsigned i = 0; i < pick; i++) {
		unsigned k = i + answer_draw(r->w, n - i);
		uint16_t one = at[k];
		size_t size = 12U + wire_get16(records + one + 10);

		if (size > r->limit - r->at) {
			r->at = from;
			return false;
		}
		at[k] = at[i];
		memcpy(r->p + r->at, records + one, size);
		r->at += size;
	}
	if (owner != QUERY_HEADER)
		mixed_owners(r->p + from, r->at - from, owner);
	r->sections[section] = (uint16_t)(r->sections[section] + pick);
	return true;
}
