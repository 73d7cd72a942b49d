#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/records.h"
#include "codec/request.h"
#include "edge/router.h"

/*
 * What fodns-api reads from strangers, apart from sockets.  The first byte
 * chooses the reader, the rest is its text.
 */
static void
read_tags(const char *s, size_t n)
{
	struct request_tags t;

	if (request_tags(&t, s, n))
		return;
	for (size_t i = 0; i < t.n; i++)
		if (!*t.list[i] || strpbrk(t.list[i], ", "))
			abort();
}

/* Lines are inside the body, in order, and their numbers are those an editor would show. */
static void
read_lines(const char *s, size_t n)
{
	struct request_lines l = {.next = s, .end = s + n};
	const char *seen = s;
	size_t lf = 0;

	while (request_line(&l)) {
		if (l.line < seen || l.line + l.len > s + n || memchr(l.line, '\n', l.len))
			abort();
		for (; seen < l.line; seen++)
			lf += *seen == '\n';
		if (l.number != lf + 1)
			abort();
	}
}

/* Taken or refused, but with a reason; what was taken survives being written and read again. */
static void
read_report(const char *s, size_t n)
{
	struct field_fault faults[16];
	struct report r, again;
	struct buf b = {0};
	size_t nfaults = 0;

	if (report_read_fields(&r, s, n, faults, &nfaults, 16)) {
		if (!nfaults || nfaults > 16 || !faults[0].message[0])
			abort();
		return;
	}
	report_write(&b, &r);
	if (b.len > LIMIT_REPORT_LINE || report_read(&again, b.data, b.len - 1, NULL))
		abort();
	if (strcmp(r.agent_id, again.agent_id) || strcmp(r.domain, again.domain) || r.status != again.status)
		abort();
	buf_free(&b);
}

static void
read_headers(const char *s)
{
	static const struct route routes[] = {
		{"POST", "/api/v1/report", 1, NULL}, {"GET", "/api/v1/status/*", 0, NULL}, {NULL, NULL, 0, NULL},
	};
	struct routed routed;
	size_t len;
	const char *token = request_token(NULL, s, &len);

	if (token && (token < s || !len || len > strlen(token) || *token == ' ' || token[len - 1] == ' '))
		abort();
	if (request_etag(s, "\"0123456789abcdef\"") && !strchr(s, '*') && !strstr(s, "\"0123456789abcdef\""))
		abort();
	request_original_agent(s);
	router_find(&routed, routes, "GET", s);
	if (routed.route && (!*routed.tail || routed.tail < s))
		abort();
}

static void
read_query(const char *s, size_t n)
{
	uint64_t number;
	int64_t at, offset;

	if (request_time(s, n, INT64_C(1795341600000), &at) && at < 0)
		abort();
	if (request_place(s, n, &number, &offset) && (!number || offset < 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text;

	if (!n)
		return 0;
	text = mem_strndup((const char *)data + 1, n - 1);
	switch (data[0]) {
	case 't': read_tags(text, n - 1); break;
	case 'l': read_lines(text, n - 1); break;
	case 'h': read_headers(text); break;
	case 'q': read_query(text, n - 1); break;
	default: read_report(text, n - 1); break;
	}
	free(text);
	return 0;
}
