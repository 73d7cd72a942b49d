#ifndef DNS_WORLD_H
#define DNS_WORLD_H

#include <stdlib.h>
#include <string.h>

#include "codec/answer.h"
#include "codec/feed.h"

/* The zone that the DNS fuzz targets ask: one name of each kind. */
static const char dns_world_text[] =
    "{\"type\":\"server\",\"gen\":1,\"listen\":[\"127.0.0.1@53\"],\"threads\":1,\"config\":\"0123456789abcdef\"}\n"
    "{\"type\":\"zone\",\"zone\":\"z.\",\"soa\":{\"mname\":\"ns.z.\",\"rname\":\"h.z.\",\"serial\":7,"
    "\"refresh\":1,\"retry\":2,\"expire\":3,\"minimum\":4},\"ns\":[\"ns.z.\",\"ns.y.\"]}\n"
    "{\"type\":\"rr\",\"zone\":\"z.\",\"owner\":\"ns.z.\",\"rrtype\":\"A\",\"ttl\":6,\"rdata\":\"192.0.2.1\",\"wire\":\"c0000201\"}\n"
    "{\"type\":\"rr\",\"zone\":\"z.\",\"owner\":\"*.w.z.\",\"rrtype\":\"TXT\",\"ttl\":6,\"rdata\":\"\\\"hi\\\"\",\"wire\":\"026869\"}\n"
    "{\"type\":\"rr\",\"zone\":\"z.\",\"owner\":\"c.z.\",\"rrtype\":\"CNAME\",\"ttl\":6,\"rdata\":\"a.z.\",\"wire\":\"0161017a00\"}\n"
    "{\"type\":\"rr\",\"zone\":\"z.\",\"owner\":\"l.z.\",\"rrtype\":\"CNAME\",\"ttl\":6,\"rdata\":\"l.z.\",\"wire\":\"016c017a00\"}\n"
    "{\"type\":\"decision\",\"at\":\"2026-11-22T10:00:00.000Z\",\"domain\":\"a.z\",\"rrsets\":{\"A\":{\"answers\":[\"10.0.0.1\",\"10.0.0.2\"],"
    "\"ttl\":5,\"source\":\"live\"},\"AAAA\":{\"answers\":[],\"ttl\":5,\"source\":\"none\"}},"
    "\"since\":\"2026-11-22T10:00:00.000Z\",\"targets\":[],\"next\":null}\n"
    "{\"type\":\"decision\",\"at\":1,\"domain\":\"d.z\",\"rrsets\":{\"CNAME\":{\"answers\":[\"a.z.\",\"l.z.\",\"x.y.\"],\"ttl\":5,"
    "\"source\":\"live\"}}}\n"
    "{\"type\":\"decision\",\"at\":1,\"domain\":\"t.z\",\"rrsets\":{\"TXT\":{\"answers\":[\"a\",\"bcd\",\"ef\"],\"ttl\":5,"
    "\"source\":\"live\",\"max\":2}}}\n"
    "{\"type\":\"decision\",\"at\":1,\"domain\":\"e.z\",\"rrsets\":{\"A\":{\"answers\":[],\"ttl\":5,\"source\":\"none\","
    "\"rcode\":\"SERVFAIL\"},\"AAAA\":{\"answers\":[\"2001:db8::1\",\"2001:db8::2\"],\"ttl\":5,\"source\":\"live\","
    "\"select\":\"hash\"}}}\n"
    "{\"type\":\"decision\",\"at\":1,\"domain\":\"f.z\",\"rrsets\":{\"CNAME\":{\"answers\":[\"a.z.\",\"e.z.\",\"x.y.\"],\"ttl\":5,"
    "\"source\":\"live\",\"select\":\"weighted\",\"weights\":[1,5,1]}}}\n"
    "{\"type\":\"ready\",\"gen\":1,\"lines\":10}\n";

static struct table *dns_world_table;

/* What threads share: cookies by a fixed secret at a fixed time. */
static inline const struct answer_site *
dns_site(void)
{
	static const struct answer_secrets secrets = {.n = 2, .secret = {{1}, {2}}};
	static const struct answer_site site = {.secrets = &secrets, .seconds = 1795000000};

	return &site;
}

static void
dns_world_publish(void *arg, struct table *t, const struct stream_server *s)
{
	(void)arg;
	(void)s;
	dns_world_table = t;
	t->nsidlen = 3;
	memcpy(t->nsid, "ns1", 3);
}

static void
dns_world_retire(void *arg, struct image *old)
{
	(void)arg;
	(void)old;
}

static void
dns_world_end(void)
{
	table_free(dns_world_table); /* a leak checker does not see through its tagged pointers */
}

static const struct table *
dns_world(void)
{
	static struct feed feed;
	const struct feed_calls calls = {.publish = dns_world_publish, .retire = dns_world_retire};

	if (!dns_world_table) {
		feed_init(&feed, (const uint64_t[]){1, 2}, &calls);
		feed_input(&feed, dns_world_text, sizeof(dns_world_text) - 1);
		atexit(dns_world_end);
	}
	return dns_world_table;
}

#endif
