/*
 * answers NAMES QUERIES [weighted|hash]: what fodns-serve does for a query between two system calls, and nothing
 * else. Prints the ns that answer_batch() took for each; callgrind counts its instructions
 * (--toggle-collect=answer_batch). 80 % A, 10 % AAAA without data, 10 % names that do not exist.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "codec/answer.h"
#include "codec/feed.h"

enum { ROOM = 21 * 64, QUERY = 34 }; /* ROOM as in dnsd.c */

static struct table *table;

static void
on_publish(void *arg, struct table *t, const struct stream_server *s)
{
	(void)arg;
	(void)s;
	table = t;
}

static void
on_retire(void *arg, struct image *old)
{
	(void)arg;
	free(old);
}

static void
feed_text(struct feed *f, const char *text)
{
	feed_input(f, text, strlen(text));
}

/* A generation of n names with two addresses each, of which a reply has both or one. */
static void
fill(struct feed *f, unsigned n, enum select select)
{
	static struct decision d = {.next = -1};
	struct rrset *a = &d.rrsets[FAMILY_V4];
	char name[32], line[80];
	struct buf b;

	buf_init(&b);
	d.domain = name;
	a->nanswers = 2;
	a->ttl = 5;
	a->select = select;
	a->weights[0] = 3;
	a->weights[1] = 1;
	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "h%06u.failover", i);
		for (unsigned k = 0; k < 2; k++)
			a->answers[k].addr = (struct addr){FAMILY_V4,
				{10, (uint8_t)(k << 6 | i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
		decision_write(&b, &d);
		feed_input(f, b.data, b.len);
		buf_clear(&b);
	}
	buf_free(&b);
	snprintf(line, sizeof(line), "{\"type\":\"ready\",\"gen\":1,\"lines\":%u}\n", n + 1);
	feed_text(f, line);
}

static size_t
put_query(uint8_t *q, unsigned n)
{
	static const uint8_t whole[QUERY] = "\0\0\0\0\0\1\0\0\0\0\0\0\7h000000\10failover\0\0\1\0\1";
	unsigned v = (unsigned)random() % n, kind = (unsigned)random() % 10;

	memcpy(q, whole, QUERY);
	for (unsigned i = 19; v; v /= 10)
		q[i--] = (uint8_t)('0' + v % 10);
	if (kind == 8)
		q[31] = 28;
	if (kind == 9)
		q[13] = 'x';
	return QUERY;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int
main(int argc, char **argv)
{
	static uint8_t data[ANSWER_BATCH][ROOM], peers[ANSWER_BATCH][4];
	static struct answer_counts counts;
	static struct answerer w;
	static struct feed f;
	static const uint64_t key[2] = {1, 2};
	const struct feed_calls calls = {.publish = on_publish, .retire = on_retire};
	unsigned n = argc >= 3 ? (unsigned)atoi(argv[1]) : 0;
	int select = argc == 4 ? select_from(argv[3]) : SELECT_ALL;
	unsigned long rounds = argc >= 3 ? strtoul(argv[2], NULL, 10) / ANSWER_BATCH : 0;
	struct answer_item items[ANSWER_BATCH];
	double took = 0;

	if (!n || !rounds || select < 0)
		return 2;
	feed_init(&f, key, &calls);
	answerer_init(&w, &counts, NULL, 1, false);
	feed_text(&f,
	    "{\"type\":\"server\",\"gen\":1,\"listen\":[\"127.0.0.1@53\"],\"threads\":1,"
	    "\"config\":\"0123456789abcdef\"}\n"
	    "{\"type\":\"zone\",\"zone\":\"failover.\",\"soa\":{\"mname\":\"ns.failover.\","
	    "\"rname\":\"hm.failover.\",\"serial\":7,\"refresh\":1,\"retry\":2,\"expire\":3,"
	    "\"minimum\":4},\"ns\":[\"ns.failover.\"]}\n");
	fill(&f, n, (enum select)select);
	if (!table) {
		fprintf(stderr, "answers: the stream was not taken\n");
		return 1;
	}
	for (unsigned long r = 0; r < rounds; r++) {
		for (unsigned i = 0; i < ANSWER_BATCH; i++) {
			items[i] = (struct answer_item){
			    .data = data[i], .len = put_query(data[i], n), .cap = ROOM,
			    .peer = peers[i], .peerlen = sizeof(peers[i])};
			wire_put32(peers[i], (uint32_t)(r * ANSWER_BATCH + i) << 8);
		}
		took -= now();
		answer_batch(&w, table, items, ANSWER_BATCH);
		took += now();
	}
	if (counts.rcodes[0] + counts.rcodes[3] != rounds * ANSWER_BATCH || !counts.rcodes[3])
		return 1;
	printf("%.1f\n", took / (double)(rounds * ANSWER_BATCH));
	feed_free(&f);
	table_free(table);
	return 0;
}
