#include "edge/fetchcurl.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/*
 * The system's bundle, named: only then, with CAPATH unset, is it parsed once and not for every
 * transfer.
 */
const char *
fetch_curl_ca(void)
{
	static const char *const places[] = {"/etc/ssl/certs/ca-certificates.crt",
	    "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	if (v->age >= CURLVERSION_SEVENTH && v->cainfo && access(v->cainfo, R_OK) == 0)
		return v->cainfo;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	return NULL;
}

static void
set_method(CURL *e, const struct fetch_request *r)
{
	const char *method = r->method ? r->method : r->body ? "POST" : "GET";

	if (r->body) {
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, r->body);
	}
	if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
	else if (strcmp(method, r->body ? "POST" : "GET") != 0)
		curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, method);
}

static void
set_headers(CURL *e, const struct fetch_request *r, struct fetch_lists *l)
{
	l->headers = curl_slist_append(NULL, "Expect:"); /* no waiting for 100 Continue */
	for (const char *const *h = r->headers; h && *h; h++)
		l->headers = curl_slist_append(l->headers, *h);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, l->headers);
}

static void
set_place(CURL *e, const struct fetch_request *r, struct fetch_lists *l)
{
	char to[ENDPOINT_TEXT + 2] = "::"; /* for every host and port of the URL */

	curl_easy_setopt(e, CURLOPT_URL, r->url);
	curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	if (!r->connect_to)
		return;
	endpoint_format(to + 2, r->connect_to, r->connect_port);
	l->connect_to = curl_slist_append(NULL, to);
	curl_easy_setopt(e, CURLOPT_CONNECT_TO, l->connect_to);
}

static void
set_tls(CURL *e, const struct fetch_request *r, const char *ca)
{
	curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	if (r->ca_file || ca)
		curl_easy_setopt(e, CURLOPT_CAINFO, r->ca_file ? r->ca_file : ca);
	if (r->insecure) {
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

static void
set_protocols(CURL *e)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(e, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
	curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "fodns/" FODNS_VERSION);
}

/* Nothing of the environment and nothing of the answer sends us elsewhere. */
static void
set_walls(CURL *e, const struct fetch_request *r)
{
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(r->timeout_ms > 0 ? r->timeout_ms : 1));
	if (!r->fresh)
		return;
	curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(e, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

void
fetch_curl_setup(void *easy, const struct fetch_request *r, const char *ca, struct fetch_lists *l)
{
	set_method(easy, r);
	set_headers(easy, r, l);
	set_place(easy, r, l);
	set_tls(easy, r, ca);
	set_protocols(easy);
	set_walls(easy, r);
}

void
fetch_curl_release(struct fetch_lists *l)
{
	curl_slist_free_all(l->headers);
	curl_slist_free_all(l->connect_to);
	l->headers = l->connect_to = NULL;
}

/* What went wrong while connecting, by errno; the first row is for all others. */
static const struct {
	int err;
	enum fetch_end end;
	const char *text;
} connect_errors[] = {
	{0, FETCH_OTHER, "cannot connect"},
	{ECONNREFUSED, FETCH_REFUSED, "connection refused"},
	{ECONNRESET, FETCH_OTHER, "connection reset"},
	{ETIMEDOUT, FETCH_TIMEOUT, "timed out"},
	{EHOSTUNREACH, FETCH_OTHER, "host unreachable"},
	{ENETUNREACH, FETCH_OTHER, "network unreachable"},
	{EADDRNOTAVAIL, FETCH_LOCAL, "no local address or port"},
	{EMFILE, FETCH_LOCAL, "too many open files"},
	{ENFILE, FETCH_LOCAL, "too many open files"},
	{ENOBUFS, FETCH_LOCAL, "no buffer space"},
	{ENOMEM, FETCH_LOCAL, "no memory"},
	{EPERM, FETCH_LOCAL, "not permitted"},
	{EACCES, FETCH_LOCAL, "not permitted"},
	{EAFNOSUPPORT, FETCH_LOCAL, "address family not supported"},
};

static const struct {
	CURLcode code;
	enum fetch_end end;
	const char *text;
} curl_errors[] = {
	{CURLE_OK, FETCH_OTHER, "transfer failed"},
	{CURLE_OPERATION_TIMEDOUT, FETCH_TIMEOUT, "timed out"},
	{CURLE_COULDNT_RESOLVE_HOST, FETCH_RESOLVE, "name not resolved"},
	{CURLE_URL_MALFORMAT, FETCH_LOCAL, "bad URL"},
	{CURLE_SSL_CONNECT_ERROR, FETCH_TLS, "TLS handshake failed"},
	{CURLE_PEER_FAILED_VERIFICATION, FETCH_TLS, "certificate not valid"},
	{CURLE_SSL_CERTPROBLEM, FETCH_TLS, "certificate not valid"},
	{CURLE_SSL_CIPHER, FETCH_TLS, "TLS handshake failed"},
	{CURLE_SSL_CACERT_BADFILE, FETCH_LOCAL, "CA file not readable"},
	{CURLE_GOT_NOTHING, FETCH_PROTOCOL, "empty answer"},
	{CURLE_RECV_ERROR, FETCH_OTHER, "connection reset"},
	{CURLE_SEND_ERROR, FETCH_OTHER, "connection reset"},
	{CURLE_PARTIAL_FILE, FETCH_PROTOCOL, "answer cut short"},
	{CURLE_UNSUPPORTED_PROTOCOL, FETCH_PROTOCOL, "not HTTP"},
	{CURLE_WEIRD_SERVER_REPLY, FETCH_PROTOCOL, "not HTTP"},
	{CURLE_BAD_CONTENT_ENCODING, FETCH_PROTOCOL, "not HTTP"},
	{CURLE_OUT_OF_MEMORY, FETCH_PROTOCOL, "headers too large"}, /* curl's word for a 100 KB header */
};

void
fetch_curl_connect_error(int err, struct fetch_result *res)
{
	size_t i = sizeof(connect_errors) / sizeof(*connect_errors);

	while (--i > 0 && connect_errors[i].err != err)
		;
	res->end = connect_errors[i].end;
	res->error = connect_errors[i].text;
}

void
fetch_curl_error(int code, struct fetch_result *res)
{
	size_t i = sizeof(curl_errors) / sizeof(*curl_errors);

	while (--i > 0 && (int)curl_errors[i].code != code)
		;
	res->end = curl_errors[i].end;
	res->error = curl_errors[i].text;
}
