/* Bytes of a decision stream, behind a good generation: it stays, or a whole other one takes its place. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "codec/feed.h"
#include "dns_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct table *served;

static void
on_publish(void *arg, struct table *t, const struct stream_server *s)
{
	(void)arg;
	(void)s;
	table_free(served);
	served = t;
}

static void
on_retire(void *arg, struct image *old)
{
	(void)arg;
	free(old);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct feed feed;
	const struct feed_calls calls = {.publish = on_publish, .retire = on_retire};
	size_t half = size / 2;

	(void)dns_world;
	log_level(LOG_ERROR - 1);
	feed_init(&feed, (const uint64_t[]){3, 4}, &calls);
	feed_input(&feed, dns_world_text, sizeof(dns_world_text) - 1);
	assert(served);
	feed_input(&feed, data, half);
	feed_input(&feed, data + half, size - half);
	feed_input(&feed, "\n", 1);
	assert(served);
	for (size_t i = 0, n = 0; i <= served->mask; i++) {
		const struct image *m = table_image(served->slots[i]);

		assert(!m || ++n <= served->names);
		assert(!m || table_find(served, table_hash(served, image_name(m), m->namelen), image_name(m), m->namelen) == m);
	}
	feed_free(&feed);
	table_free(served);
	served = NULL;
	return 0;
}
