/* The decision stream: generations are taken whole or not at all, serials only rise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "codec/feed.h"

#define SERVER "{\"type\":\"server\",\"gen\":1,\"listen\":[\"127.0.0.1@53\"],\"threads\":1,\"config\":\"0123456789abcdef\"}\n"
#define PROVISIONAL \
	"{\"type\":\"server\",\"gen\":1,\"listen\":[\"127.0.0.1@53\"],\"threads\":1,\"config\":\"0123456789abcdef\",\"provisional\":true}\n"
#define ZONE(serial) \
	"{\"type\":\"zone\",\"zone\":\"z.\",\"soa\":{\"mname\":\"ns.z.\",\"rname\":\"h.z.\",\"serial\":" serial \
	",\"refresh\":1,\"retry\":2,\"expire\":3,\"minimum\":4},\"ns\":[\"ns.z.\"]}\n"
#define DECISION(at, name, answers) \
	"{\"type\":\"decision\",\"at\":\"" at "\",\"domain\":\"" name "\",\"rrsets\":{\"A\":{\"answers\":[" answers \
	"],\"ttl\":5,\"source\":\"live\"},\"AAAA\":{\"answers\":[],\"ttl\":5,\"source\":\"none\"}},\"since\":\"" at "\",\"targets\":[],\"next\":null}\n"
#define READY(lines) "{\"type\":\"ready\",\"gen\":1,\"lines\":" lines "}\n"
#define READY_PROVISIONAL(lines) "{\"type\":\"ready\",\"gen\":1,\"lines\":" lines ",\"provisional\":true}\n"
#define T0 "1970-01-01T00:00:50.000Z"
#define T1 "1970-01-01T00:01:40.000Z"
#define ALIVE "{\"type\":\"alive\",\"at\":\"" T0 "\"}\n"

struct world {
	struct feed feed;
	struct table *table;
	unsigned published, retired;
};

static void
on_publish(void *arg, struct table *t, const struct stream_server *s)
{
	struct world *x = arg;

	assert_string_equal(s->config, "0123456789abcdef");
	table_free(x->table);
	x->table = t;
	x->published++;
}

static void
on_retire(void *arg, struct image *old)
{
	((struct world *)arg)->retired++;
	free(old);
}

static struct world *
world_new(void)
{
	struct world *x = calloc(1, sizeof(*x));
	const struct feed_calls calls = {.arg = x, .publish = on_publish, .retire = on_retire};

	feed_init(&x->feed, (const uint64_t[]){5, 6}, &calls);
	return x;
}

static void
world_free(struct world *x)
{
	feed_free(&x->feed);
	table_free(x->table);
	free(x);
}

static void
say(struct world *x, const char *text)
{
	feed_input(&x->feed, text, strlen(text));
}

/* The last byte of the name's only address; 0: none, -1: the name is not there. */
static int
address(const struct world *x, const char *name)
{
	uint8_t wire[WIRE_NAME];
	size_t n = wire_name(wire, name);
	const struct image *m = x->table ? table_find(x->table, table_hash(x->table, wire, n), wire, n) : NULL;
	const uint8_t *records;

	if (!m)
		return -1;
	return image_find(m, TYPE_A, &records) ? records[15] : 0;
}

static void
generations(void **state)
{
	/* Text that is fed one row after the other, and what is served then. */
	static const struct {
		const char *what, *text;
		unsigned published;
		int a, b;
		uint32_t serial; /* 0: not looked at */
	} rows[] = {
		{"nothing before ready", SERVER ZONE("10") DECISION(T0, "a.z", "\"10.0.0.1\""), 0, -1, -1, 0},
		{"a wrong count", READY("3"), 0, -1, -1, 0},
		{"provisional, with none before", PROVISIONAL ZONE("10") DECISION(T0, "a.z", "\"10.0.0.9\"") READY_PROVISIONAL("2"), 1, 9, -1, 10},
		{"provisional, with one", PROVISIONAL ZONE("10") DECISION(T0, "a.z", "\"10.0.0.8\"") READY_PROVISIONAL("2"), 1, 9, -1, 10},
		{"the first", SERVER ZONE("10") DECISION(T0, "a.z", "\"10.0.0.1\"") READY("2"), 2, 1, -1, 11},
		{"alive, and what nobody knows", ALIVE "{\"type\":\"news\"}\n\n", 2, 1, -1, 11},
		{"the same decision", DECISION(T1, "a.z", "\"10.0.0.1\""), 2, 1, -1, 11},
		{"another", DECISION(T0, "A.Z", "\"10.0.0.2\""), 2, 2, -1, 50},
		{"and another in the same second", DECISION(T0, "a.z", "\"10.0.0.3\""), 2, 3, -1, 51},
		{"and none", DECISION(T0, "a.z", ""), 2, 0, -1, 52},
		{"a name that is not there", DECISION(T0, "b.z", "\"10.0.0.3\""), 2, 0, -1, 52},
		{"a broken line", "{\"type\":\"decision\",\"at\n", 2, 0, -1, 52},
		{"a generation with a broken line", SERVER ZONE("70") "{{\n" DECISION(T0, "b.z", "\"10.0.0.3\"") READY("2"), 2, 0, -1, 52},
		{"a later generation, nothing new", SERVER ZONE("70") DECISION(T0, "a.z", "") READY("2"), 3, 0, -1, 52},
		{"one that says more", SERVER ZONE("40") DECISION(T0, "a.z", "") DECISION(T0, "b.z", "\"10.0.0.4\"") READY("3"), 4, 0, 4, 53},
		{"one that says less", SERVER ZONE("90") DECISION(T0, "b.z", "\"10.0.0.4\"") READY("2"), 5, -1, 4, 90},
		{"a zone that is there twice", SERVER ZONE("90") ZONE("90") READY("2"), 5, -1, 4, 90},
		{"ready without a beginning", READY("0"), 5, -1, 4, 90},
	};
	struct world *x = world_new();

	(void)state;
	log_level(LOG_ERROR - 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (getenv("VERBOSE"))
			print_message("%s\n", rows[i].what);
		say(x, rows[i].text);
		assert_int_equal(x->published, rows[i].published);
		assert_int_equal(address(x, "a.z"), rows[i].a);
		assert_int_equal(address(x, "b.z"), rows[i].b);
		if (rows[i].serial)
			assert_int_equal(x->table->zones[0]->serial, rows[i].serial);
	}
	assert_int_equal(x->retired, 3);
	world_free(x);
}

/* A stream that ends in the middle leaves no trace; the next one begins anew. */
static void
restarts(void **state)
{
	struct world *x = world_new();

	(void)state;
	say(x, SERVER ZONE("10") DECISION(T0, "a.z", "\"10.0.0.1\"") READY("2"));
	say(x, SERVER ZONE("10") DECISION(T0, "a.z", "\"10.0.0.2\"") "{\"type\":\"rea");
	feed_restart(&x->feed);
	assert_int_equal(address(x, "a.z"), 1);
	say(x, DECISION(T0, "a.z", "\"10.0.0.5\"")); /* not of a generation that is served */
	assert_int_equal(address(x, "a.z"), 1);
	say(x, SERVER ZONE("10") DECISION(T0, "a.z", "\"10.0.0.3\"") READY("2"));
	assert_int_equal(address(x, "a.z"), 3);
	world_free(x);
}

/* Any pieces give the same; a line over the limit is skipped as a whole. */
static void
pieces(void **state)
{
	static const char text[] = SERVER ZONE("10") DECISION(T0, "a.z", "\"10.0.0.1\"") READY("2");
	static char longline[70000];

	(void)state;
	for (size_t step = 1; step < 64; step++) {
		struct world *x = world_new();

		for (size_t at = 0; at < sizeof(text) - 1; at += step)
			feed_input(&x->feed, text + at, at + step < sizeof(text) ? step : sizeof(text) - 1 - at);
		assert_int_equal(address(x, "a.z"), 1);
		memset(longline, 'x', sizeof(longline) - 1);
		feed_input(&x->feed, longline, 30000);
		feed_input(&x->feed, longline, 40000);
		feed_input(&x->feed, longline, 40000);
		say(x, "\n" DECISION(T0, "a.z", "\"10.0.0.2\""));
		assert_int_equal(address(x, "a.z"), 2);
		assert_int_equal(x->feed.bad, 1);
		world_free(x);
	}
}

/* Many names, so that the table grows; all are found, none is confused. */
static void
many(void **state)
{
	struct world *x = world_new();
	char line[1024], name[64];

	(void)state;
	say(x, SERVER ZONE("10"));
	for (int i = 0; i < 5000; i++) {
		snprintf(line, sizeof(line), DECISION(T0, "n%d.s%d.z", "\"10.0.0.%d\""), i, i % 7, i % 250 + 1);
		/* the macro has two places for the time, none of them a format */
		say(x, line);
	}
	say(x, READY("5001"));
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "n%d.s%d.z", i, i % 7);
		assert_int_equal(address(x, name), i % 250 + 1);
		snprintf(name, sizeof(name), "n%d.s%d.z", i, i % 7 + 1);
		assert_int_equal(address(x, name), -1);
	}
	assert_int_equal(x->table->names, 5000 + 7 + 1);
	assert_int_equal(x->table->decided, 5000);
	world_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generations), cmocka_unit_test(restarts), cmocka_unit_test(pieces), cmocka_unit_test(many),
	};

	return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
