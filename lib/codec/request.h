#ifndef FODNS_REQUEST_H
#define FODNS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What HTTP requests to fodns-api(8) carry beside JSON.  Text in, facts out: no
 * socket, so that all of it is fuzzed (tests/fuzz/api_request.c).
 */
enum { REQUEST_TAGS = 64, REQUEST_TAG_BYTES = 2048 };

struct request_tags {
	char text[REQUEST_TAG_BYTES]; /* what list points into */
	const char *list[REQUEST_TAGS];
	size_t n;
};

/* "eu, test" of ?tags=: separated by commas or blanks, empty ones dropped.  Why not, or NULL. */
const char *request_tags(struct request_tags *t, const char *s, size_t n);

/*
 * A time of a query: ISO 8601 (without a zone UTC, its '+' maybe decoded to a blank),
 * seconds since 1970, or "-15min" before now.
 */
bool request_time(const char *s, size_t n, int64_t now, int64_t *ms);

/* "42.1234": a place in a journal, the number of the segment and the offset in it. */
bool request_place(const char *s, size_t n, uint64_t *number, int64_t *offset);

/* The lines of a body.  Start with next at the body's first byte and number 0. */
struct request_lines {
	const char *next, *end;
	const char *line; /* without LF or CR LF */
	size_t len, number; /* number: of this line, from 1; those with nothing but blanks are skipped but count */
};
bool request_line(struct request_lines *l);

/*
 * The token of a request: X-API-Key, else Authorization: Bearer (RFC 6750 2.1).  NULL: none, or an
 * empty one.  Points into its argument; *n is its length without the blanks around it (RFC
 * 9110 5.5).
 */
const char *request_token(const char *x_api_key, const char *authorization, size_t *n);

/* Whether an If-None-Match header names the etag (quotes included), weakly (RFC 9110 13.1.2). */
bool request_etag(const char *if_none_match, const char *etag);

/* The agent of PyFailoverDNS: a TCP connect whatever the task says. */
bool request_original_agent(const char *user_agent);

#endif
