#ifndef FODNS_FETCHCURL_H
#define FODNS_FETCHCURL_H

#include "edge/fetch.h"

/* How a request is put to libcurl, and what libcurl's errors are called: for fetch.c alone. */
struct curl_slist;

struct fetch_lists { /* libcurl reads them until the transfer is over */
	struct curl_slist *headers, *connect_to;
};

void fetch_curl_setup(void *easy, const struct fetch_request *r, const char *ca,
                      struct fetch_lists *l);
void fetch_curl_release(struct fetch_lists *l);

/* The system's bundle, for tls.c, too; NULL: none found. */
const char *fetch_curl_ca(void);

/* Sets end and error, from a fixed list. */
void fetch_curl_connect_error(int err, struct fetch_result *res); /* errno of the connection */
/* A CURLcode other than 0, and what curl said of it. */
void fetch_curl_error(void *easy, int code, const char *said, struct fetch_result *res);

void fetch_curl_warm(void *multi, const char *ca); /* fetcher_warm */

/* What a line of the head says is the ETag, if that is what it says and it fits. */
void fetch_curl_etag(char *dst, size_t cap, const char *line, size_t len);
uint64_t fetch_curl_received(int fd); /* bytes on a connection, TLS and all */

/* When the server's certificate ends, if want_end; 0: not known. */
int64_t fetch_curl_cert_end(void *easy);

#endif
