#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "edge/clock.h"
#include "edge/httpd_own.h"

/*
 * What is read and thrown away beyond a cap, so that the client is there to read why; more ends the
 * connection.
 */
enum { DRAIN = 32 << 20, UNREAD = 64 << 10, KEPT_BODY = 64 << 10 };

const char *
http_header(const struct http_request *q, const char *name)
{
	const char *v;
	size_t n;

	if (MHD_lookup_connection_value_n(q->connection, MHD_HEADER_KIND, name, strlen(name), &v,
	                                  &n) != MHD_YES ||
	    !v || strlen(v) != n)
		return NULL;
	return v;
}

const char *
http_query(const struct http_request *q, const char *name, size_t *len)
{
	const char *v;

	if (MHD_lookup_connection_value_n(q->connection, MHD_GET_ARGUMENT_KIND, name, strlen(name),
	                                  &v, len) != MHD_YES)
		return NULL;
	return v ? v : "";
}

void
http_detail(struct http_reply *r, int status, const char *detail)
{
	r->status = status;
	r->fixed = NULL;
	buf_clear(&r->body);
	buf_puts(&r->body, "{\"detail\":");
	buf_json(&r->body, detail);
	buf_putc(&r->body, '}');
}

/* ---- the request */

void *
httpreq_uri(void *cls, const char *uri, struct MHD_Connection *mc)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(mc, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct httpd_connection *c = i->socket_context;

	(void)cls;
	gate_request(&c->httpd->gate, &c->gate, clock_mono());
	c->uri = uri;
	c->uri_len = strlen(uri);
	/* Decoded, it would end the path for us and not for a proxy in front. */
	c->bad_uri = strstr(uri, "%00") != NULL;
	c->begun = c->over = false;
	c->taken = 0;
	buf_clear(&c->body);
	return NULL;
}

struct framing {
	const char *length, *encoding;
	bool bad;
};

/* RFC 9112 6.3: two ways to see where a message ends are how requests are smuggled. */
static enum MHD_Result
see_header(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct framing *f = cls;

	(void)kind;
	if (!strcasecmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH)) {
		f->bad = f->bad || f->length || f->encoding;
		f->length = value ? value : "";
	} else if (!strcasecmp(key, MHD_HTTP_HEADER_TRANSFER_ENCODING)) {
		f->bad =
		    f->bad || f->length || f->encoding || !value || strcasecmp(value, "chunked");
		f->encoding = value;
	}
	return MHD_YES;
}

/* The text of the refusal, NULL if the message is well framed. */
static const char *
check_framing(const struct httpd_connection *c, struct MHD_Connection *mc, const char *version,
              uint64_t *length)
{
	struct framing f = {0};

	*length = 0;
	/*
	 * The version stands right behind the URI, else there was a NUL or a second space in
	 * between.
	 */
	if (c->bad_uri || version != c->uri + c->uri_len + 1)
		return "The URL is malformed";
	if (strncmp(version, "HTTP/1.", 7))
		return "The HTTP version is not supported";
	MHD_get_connection_values(mc, MHD_HEADER_KIND, see_header, &f);
	if (f.bad || (f.length && !num_u64(f.length, 0, INT64_MAX, length)))
		return "Content-Length and Transfer-Encoding are malformed";
	return NULL;
}

/* ---- the reply */

static struct MHD_Response *
fixed_response(struct httpd *h, const struct http_reply *r)
{
	size_t i;

	for (i = 0; i < HTTPD_FIXED && h->fixed[i].text; i++)
		if (h->fixed[i].text == r->fixed && h->fixed[i].type == r->type)
			return h->fixed[i].response;
	if (i == HTTPD_FIXED)
		return NULL;
	h->fixed[i].response = MHD_create_response_from_buffer(
	    strlen(r->fixed), (void *)(uintptr_t)r->fixed, MHD_RESPMEM_PERSISTENT);
	if (!h->fixed[i].response)
		return NULL;
	MHD_add_response_header(h->fixed[i].response, MHD_HTTP_HEADER_CONTENT_TYPE, r->type);
	h->fixed[i].text = r->fixed;
	h->fixed[i].type = r->type;
	return h->fixed[i].response;
}

static struct MHD_Response *
make_response(struct http_reply *r, const char *allow, bool last)
{
	struct MHD_Response *m;
	char number[24];

	if (r->fixed)
		buf_puts(&r->body, r->fixed);
	m = MHD_create_response_from_buffer(
	    r->body.len, r->body.data ? r->body.data : (void *)(uintptr_t) "",
	    r->body.data ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	if (!m)
		return NULL;
	buf_init(&r->body); /* the response owns it now */
	if (r->status != MHD_HTTP_NOT_MODIFIED)
		MHD_add_response_header(m, MHD_HTTP_HEADER_CONTENT_TYPE, r->type);
	if (r->etag[0])
		MHD_add_response_header(m, MHD_HTTP_HEADER_ETAG, r->etag);
	if (r->retry_after) {
		struct buf b = {number, 0, sizeof(number)};

		buf_puti(&b, r->retry_after);
		MHD_add_response_header(m, MHD_HTTP_HEADER_RETRY_AFTER, number);
	}
	if (r->authenticate)
		MHD_add_response_header(m, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	if (allow && *allow)
		MHD_add_response_header(m, MHD_HTTP_HEADER_ALLOW, allow);
	if (last)
		MHD_add_response_header(m, MHD_HTTP_HEADER_CONNECTION, "close");
	return m;
}

static enum MHD_Result
send_reply(struct httpd *h, struct MHD_Connection *mc, struct http_reply *r, const char *allow,
           bool last)
{
	bool plain = r->fixed && !r->etag[0] && !r->retry_after && !r->authenticate && !last;
	struct MHD_Response *m = plain ? fixed_response(h, r) : NULL;
	enum MHD_Result result;

	h->requests++;
	if (m) {
		buf_free(&r->body);
		return MHD_queue_response(mc, (unsigned)r->status, m);
	}
	m = make_response(r, allow, last);
	buf_free(&r->body);
	if (!m)
		return MHD_NO;
	result = MHD_queue_response(mc, (unsigned)r->status, m);
	MHD_destroy_response(m);
	return result;
}

static struct http_request
request_of(struct httpd_connection *c, struct MHD_Connection *mc, const char *method,
           const char *url)
{
	return (struct http_request){.method = method, .path = url, .tail = c->routed.tail,
	    .body = c->body.len ? c->body.data : "", .body_len = c->body.len, .peer = c->peer, .connection = mc};
}

/* An answer that needs no handler. */
static enum MHD_Result
refuse(struct httpd_connection *c, struct MHD_Connection *mc, const struct http_request *q,
       int status, const char *detail, bool last)
{
	struct http_reply r = {.type = "application/json"};

	http_detail(&r, status, detail);
	if (c->httpd->o.answered)
		c->httpd->o.answered(c->httpd->o.arg, q, status, false);
	return send_reply(c->httpd, mc, &r,
	                  status == MHD_HTTP_METHOD_NOT_ALLOWED ? c->routed.allow : NULL, last);
}

/*
 * ---- the three calls that libmicrohttpd makes for a request: headers, each piece of the body, the
 * end
 */

static enum MHD_Result
on_headers(struct httpd_connection *c, struct MHD_Connection *mc, const char *url,
           const char *method, const char *version)
{
	struct http_request q;
	uint64_t length;
	const char *why;

	c->begun = true;
	gate_headers_done(&c->gate);
	why = check_framing(c, mc, version, &length);
	router_find(&c->routed, c->httpd->o.routes, method, url);
	c->cap = c->routed.route && c->routed.route->body ? c->routed.route->body : UNREAD;
	q = request_of(c, mc, method, url);
	if (why)
		return refuse(c, mc, &q, MHD_HTTP_BAD_REQUEST, why, true);
	/* Who asks before sending is told before sending; the others are read out first. */
	if (length > c->cap && (http_header(&q, MHD_HTTP_HEADER_EXPECT) || length > DRAIN))
		return refuse(c, mc, &q, MHD_HTTP_CONTENT_TOO_LARGE,
		              "The request body is too large", true);
	return MHD_YES;
}

static enum MHD_Result
on_piece(struct httpd_connection *c, const char *data, size_t *n)
{
	c->taken += *n;
	c->over = c->taken > c->cap;
	if (!c->over && c->routed.route && c->routed.route->body)
		buf_add(&c->body, data, *n);
	*n = 0;
	return c->taken > DRAIN ? MHD_NO : MHD_YES;
}

static enum MHD_Result
on_end(struct httpd_connection *c, struct MHD_Connection *mc, const char *url, const char *method)
{
	struct http_request q = request_of(c, mc, method, url);
	struct http_reply r = {.status = MHD_HTTP_OK, .type = "application/json"};

	if (c->over)
		return refuse(c, mc, &q, MHD_HTTP_CONTENT_TOO_LARGE,
		              "The request body is too large", false);
	if (!c->routed.route && c->routed.allow[0])
		return refuse(c, mc, &q, MHD_HTTP_METHOD_NOT_ALLOWED, "Method Not Allowed", false);
	if (!c->routed.route)
		return refuse(c, mc, &q, MHD_HTTP_NOT_FOUND, "Not Found", false);
	c->routed.route->call(c->httpd->o.arg, &q, &r);
	if (c->httpd->o.answered)
		c->httpd->o.answered(c->httpd->o.arg, &q, r.status, true);
	return send_reply(c->httpd, mc, &r, NULL, false);
}

/* Of "http://host/path", as clients of a proxy ask, the path (RFC 9112 3.2.2). */
static const char *
path_of(const char *url)
{
	const char *host = strstr(url, "://");

	if (*url == '/' || !host)
		return url;
	host = strchr(host + 3, '/');
	return host ? host : "/";
}

enum MHD_Result
httpreq_handle(void *cls, struct MHD_Connection *mc, const char *url, const char *method,
               const char *version, const char *data, size_t *n, void **con_cls)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(mc, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct httpd_connection *c = i->socket_context;

	(void)cls;
	(void)con_cls;
	url = path_of(url);
	if (!c->begun)
		return on_headers(c, mc, url, method, version);
	return *n ? on_piece(c, data, n) : on_end(c, mc, url, method);
}

void
httpreq_completed(void *cls, struct MHD_Connection *mc, void **con_cls,
                  enum MHD_RequestTerminationCode why)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(mc, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct httpd_connection *c = i->socket_context;

	(void)cls;
	(void)con_cls;
	(void)why;
	gate_idle(&c->httpd->gate, &c->gate, clock_mono());
	/* A thousand idle connections shall not keep a thousand large batches. */
	if (c->body.cap > KEPT_BODY)
		buf_free(&c->body);
}
