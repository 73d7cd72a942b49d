#include "edge/fetchcurl.h"

#include <curl/curl.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "edge/tls.h"
#include "edge/tlserror.h"

enum { CA_CACHE_SECONDS = 300 }; /* a replaced file counts then */

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
	if (r->fresh)
		l->headers = curl_slist_append(l->headers, "Connection: close");
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

/* It may be built with another library for TLS. */
static bool
by_openssl(void)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	return v->ssl_version && strncmp(v->ssl_version, "OpenSSL", 7) == 0;
}

static CURLcode
on_tls(CURL *e, void *ctx, void *arg)
{
	(void)e;
	(void)arg;
	tls_bound(ctx);
	return CURLE_OK;
}

static void
set_tls(CURL *e, const struct fetch_request *r, const char *ca)
{
	curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	/* A CA file is parsed even where nothing is verified: 25 ms for the system's. */
	curl_easy_setopt(e, CURLOPT_CAINFO, r->insecure ? NULL : r->ca_file ? r->ca_file : ca);
#if LIBCURL_VERSION_NUM >= 0x075700
	curl_easy_setopt(e, CURLOPT_CA_CACHE_TIMEOUT, (long)CA_CACHE_SECONDS);
#endif
	if (by_openssl())
		curl_easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	if (r->insecure) {
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (r->cert) {
		curl_easy_setopt(e, CURLOPT_SSLCERT, r->cert);
		curl_easy_setopt(e, CURLOPT_SSLKEY, r->key ? r->key : r->cert);
	}
	if (r->want_end)
		curl_easy_setopt(e, CURLOPT_CERTINFO, 1L);
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
	curl_easy_setopt(e, CURLOPT_PROXY, r->proxy ? r->proxy : "");
	curl_easy_setopt(e, CURLOPT_NOPROXY, "");
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* A name that is still looked up when time is up is given up, and not waited for by all. */
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
#endif
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
	{CURLE_COULDNT_RESOLVE_PROXY, FETCH_RESOLVE, "name not resolved"},
	{CURLE_URL_MALFORMAT, FETCH_LOCAL, "bad URL"},
	{CURLE_SSL_CONNECT_ERROR, FETCH_TLS, "TLS handshake failed"},
	{CURLE_PEER_FAILED_VERIFICATION, FETCH_TLS, "certificate not valid"},
	{CURLE_SSL_CERTPROBLEM, FETCH_LOCAL, "client certificate or key not usable"},
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

static const char *
verify_error(CURL *e)
{
	long result = 0;

	curl_easy_getinfo(e, CURLINFO_SSL_VERIFYRESULT, &result);
	if (!by_openssl())
		return tls_certificate_error(0);
	/* The chain is right, and what is wrong is curl's own check of the name: 0, or 1 of newer ones. */
	if (result == 0 || result == 1)
		return "certificate is for another name";
	return tls_certificate_error(result);
}

/* CONNECT was answered by something else than a way through. */
static bool
proxy_refused(CURL *e)
{
	long code = 0;

	curl_easy_getinfo(e, CURLINFO_HTTP_CONNECTCODE, &code);
	return code && code / 100 != 2;
}

void
fetch_curl_error(void *easy, int code, const char *said, struct fetch_result *res)
{
	size_t i = sizeof(curl_errors) / sizeof(*curl_errors);
	const char *client = tls_client_error(said);

	while (--i > 0 && (int)curl_errors[i].code != code)
		;
	res->end = curl_errors[i].end;
	res->error = curl_errors[i].text;
	if (proxy_refused(easy)) {
		res->end = FETCH_OTHER;
		res->error = "refused by the proxy";
	} else if (code == CURLE_PEER_FAILED_VERIFICATION) {
		res->error = verify_error(easy);
	} else if (client) { /* with TLS 1.3 it is said after the handshake */
		res->end = FETCH_TLS;
		res->error = client;
	} else if (code == CURLE_SSL_CONNECT_ERROR) {
		res->error = tls_handshake_said(said);
	}
}

void
fetch_curl_etag(char *dst, size_t cap, const char *line, size_t len)
{
	size_t from = 5;

	if (len < 7 || strncasecmp(line, "etag:", 5) != 0)
		return;
	while (from < len && (line[from] == ' ' || line[from] == '\t'))
		from++;
	while (len > from && strchr("\r\n \t", line[len - 1]))
		len--;
	if (len - from >= cap)
		return;
	memcpy(dst, line + from, len - from);
	dst[len - from] = '\0';
}

uint64_t
fetch_curl_received(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 ? info.tcpi_bytes_received
	                                                               : 0;
}

int64_t
fetch_curl_cert_end(void *easy)
{
	static const char name[] = "Expire date:";
	struct curl_certinfo *info = NULL;
	time_t end = -1;

	curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info);
	if (!info || info->num_of_certs < 1)
		return 0;
	for (struct curl_slist *l = info->certinfo[0]; l; l = l->next)
		if (strncmp(l->data, name, sizeof(name) - 1) == 0)
			end = curl_getdate(l->data + sizeof(name) - 1, NULL);
	return end > 0 ? (int64_t)end * 1000 : 0;
}

bool
fetch_join(struct buf *b, const char *url, const char *location)
{
	CURLU *u = curl_url();
	char *to = NULL;
	bool good = u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_set(u, CURLUPART_URL, location, 0) == CURLUE_OK &&
	    curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_URL, &to, 0) == CURLUE_OK;

	if (good)
		buf_puts(b, to);
	curl_free(to);
	curl_url_cleanup(u);
	return good;
}

/* ---- a handshake with nobody */

/* A listener that the kernel names: no path, no port. */
static int
listen_unseen(struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t len = sizeof(*a);

	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (fd >= 0 && bind(fd, (struct sockaddr *)a, sizeof(a->sun_family)) == 0 &&
	    listen(fd, 1) == 0 && getsockname(fd, (struct sockaddr *)a, &len) == 0 &&
	    len < sizeof(*a)) {
		((char *)a)[len] = '\0';
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static void
shake_hands(CURLM *multi, int listener)
{
	int running = 1, left, fd = -1;

	while (curl_multi_perform(multi, &running) == CURLM_OK && running) {
		if (fd < 0 && (fd = accept(listener, NULL, NULL)) >= 0)
			shutdown(fd, SHUT_WR);
		curl_multi_poll(multi, NULL, 0, 10, NULL);
	}
	curl_multi_info_read(multi, &left);
	if (fd >= 0)
		close(fd);
}

/* curl reads them when it has sent its first message of a handshake. */
void
fetch_curl_warm(void *multi, const char *ca)
{
	const struct fetch_request r = {
	    .url = "https://127.0.0.1/", .timeout_ms = 1000, .fresh = true};
	struct fetch_lists lists = {0};
	struct sockaddr_un a;
	int fd = listen_unseen(&a);
	CURL *e = fd < 0 ? NULL : curl_easy_init();

	if (e) {
		fetch_curl_setup(e, &r, ca, &lists);
		curl_easy_setopt(e, CURLOPT_ABSTRACT_UNIX_SOCKET, a.sun_path + 1);
		curl_multi_add_handle(multi, e);
		shake_hands(multi, fd);
		curl_multi_remove_handle(multi, e);
		curl_easy_cleanup(e);
		fetch_curl_release(&lists);
	}
	if (fd >= 0)
		close(fd);
}
