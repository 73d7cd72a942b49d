#include "codec/answer_mixed.h"

#include <string.h>

#include "codec/pick.h"

/* Where each record begins; all are whole, table.c wrote them. */
static unsigned
find_records(const uint8_t *records, const struct image_set *s, uint16_t *at)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->len && n < LIMIT_TARGETS; i += 12U + wire_get16(records + i + 10))
		at[n++] = (uint16_t)i;
	return n;
}

static size_t
draw_weighted(struct answerer *w, const struct image_set *s, const uint8_t *set)
{
	uint32_t column = answer_draw(w, s->count);

	return pick_weighted(set, column, answer_draw(w, pick_height(set)));
}

/* The one record that is this client's, or this query's. */
static bool
put_one(struct reply *r, int section, const struct image_set *s, const uint8_t *set, size_t owner)
{
	size_t at = s->pick == IMAGE_ONE_HASHED ? pick_hashed(set, pick_slot(r->peer, r->peerlen))
	                                        : draw_weighted(r->w, s, set);
	size_t size = 12U + wire_get16(set + at + 10);

	if (size > r->limit - r->at)
		return false;
	memcpy(r->p + r->at, set + at, size);
	if (owner != QUERY_HEADER)
		mixed_owners(r->p + r->at, size, owner);
	r->at += size;
	r->sections[section]++;
	return true;
}

bool
mixed_put(struct reply *r, int section, const struct image_set *s, const uint8_t *records,
          size_t owner)
{
	uint16_t at[LIMIT_TARGETS];
	unsigned n, pick;
	size_t from = r->at;

	if (image_one(s))
		return put_one(r, section, s, records, owner);
	n = find_records(records, s, at);
	pick = s->pick < n ? s->pick : n;
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
