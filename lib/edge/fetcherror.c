#include "edge/fetcherror.h"

#include <curl/curl.h>
#include <errno.h>

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
fetch_error_connect(int err, struct fetch_result *res)
{
	size_t i = sizeof(connect_errors) / sizeof(*connect_errors);

	while (--i > 0 && connect_errors[i].err != err)
		;
	res->end = connect_errors[i].end;
	res->error = connect_errors[i].text;
}

void
fetch_error_curl(int code, struct fetch_result *res)
{
	size_t i = sizeof(curl_errors) / sizeof(*curl_errors);

	while (--i > 0 && (int)curl_errors[i].code != code)
		;
	res->end = curl_errors[i].end;
	res->error = curl_errors[i].text;
}
