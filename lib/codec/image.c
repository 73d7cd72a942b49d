#include "codec/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static unsigned
count_labels(const uint8_t *name)
{
	unsigned n = 0;

	for (; *name; name += *name + 1U)
		n++;
	return n;
}

struct image *
image_new(struct table_zone *zone, const uint8_t *name, size_t namelen, unsigned flags)
{
	struct image *m = mem_alloc(sizeof(*m) + namelen);

	m->zone = zone;
	m->namelen = (uint8_t)namelen;
	m->flags = (uint8_t)flags;
	m->labels = (uint8_t)count_labels(name);
	memcpy(m->sets, name, namelen);
	return m;
}

size_t
image_size(const struct image *m)
{
	size_t n = m->nsets * sizeof(m->sets[0]) + m->namelen;

	for (unsigned i = 0; i < m->nsets; i++)
		n += m->sets[i].len;
	return n;
}

bool
image_same(const struct image *a, const struct image *b)
{
	size_t n = image_size(a);

	return a->nsets == b->nsets && n == image_size(b) && !memcmp(a->sets, b->sets, n) &&
	       !memcmp(a->rcode, b->rcode, sizeof(a->rcode));
}

/* Is the type among the new sets? */
static bool
replaced(uint16_t type, const struct image_set *sets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sets[i].type == type)
			return true;
	return false;
}

/*
 * The sets of the new image in order, with their records; the number of them, 0 with *size 0 if too
 * many.
 */
static size_t
gather(const struct image *m, const struct image_set *sets, const uint8_t *const *records, size_t n,
    struct image_set *out, const uint8_t **from, size_t *size)
{
	const uint8_t *p = image_name(m) + m->namelen;
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (sets[i].count) {
			from[k] = records[i];
			out[k++] = sets[i];
		}
	for (unsigned i = 0; i < m->nsets; p += m->sets[i++].len)
		if (!replaced(m->sets[i].type, sets, n)) {
			if (k == 255)
				return SIZE_MAX;
			from[k] = p;
			out[k++] = m->sets[i];
		}
	*size = 0;
	for (size_t i = 0; i < k; i++)
		*size += sizeof(*out) + out[i].len;
	return k;
}

struct image *
image_with(const struct image *m, const struct image_set *sets, const uint8_t *const *records,
           size_t n, unsigned flags)
{
	struct image_set out[256];
	const uint8_t *from[256];
	size_t size, k = gather(m, sets, records, n, out, from, &size);
	struct image *new;
	uint8_t *p;

	if (k == SIZE_MAX)
		return NULL;
	new = mem_alloc(sizeof(*new) + m->namelen + size);
	new->zone = m->zone;
	new->namelen = m->namelen;
	new->labels = m->labels;
	new->flags = (uint8_t)flags;
	memcpy(new->ede, m->ede, sizeof(new->ede));
	memcpy(new->rcode, m->rcode, sizeof(new->rcode));
	new->other = m->other;
	new->nsets = (uint8_t)k;
	memcpy(new->sets, out, k * sizeof(*out));
	p = (uint8_t *)(new->sets + k);
	memcpy(p, image_name(m), m->namelen);
	p += m->namelen;
	for (size_t i = 0; i < k; p += out[i++].len)
		memcpy(p, from[i], out[i].len);
	return new;
}

size_t
image_record(uint8_t *dst, uint16_t type, uint32_t ttl, const uint8_t *rdata, size_t rdlen)
{
	wire_put16(dst, 0xc00c);
	wire_put16(dst + 2, type);
	wire_put16(dst + 4, CLASS_IN);
	wire_put32(dst + 6, ttl);
	wire_put16(dst + 10, (uint16_t)rdlen);
	memcpy(dst + 12, rdata, rdlen);
	return 12 + rdlen;
}
