#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "edge/bindto.h"
#include "edge/credential.h"
#include "edge/probeweb.h"
#include "edge/sockaddr.h"

/* curl does not say whether connect failed at once or somebody answered so; asking the kernel tells
 * which, but for a packet that a filter of this host's kept back. */
static bool
refused_here(const struct web_trip *w, int err)
{
	const struct outlet *o = &w->outlets[w->to.family];
	union sockaddr_any to;
	socklen_t len = sockaddr_make(&to, &w->to, w->port);
	int fd;
	bool here;

	if (err == ECONNREFUSED || err == EPERM)
		return err == EPERM;
	fd = socket(to.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return true;
	if (outlet_any(o))
		bindto(fd, o);
	here = connect(fd, &to.sa, len) < 0;
	close(fd);
	return here;
}

/* ---- the answer */

static void
measure(struct probe_run *r, const struct fetch_result *res)
{
	if (!r->http.trip->first)
		return;
	r->http.trip->first = false;
	r->result.connect_ms = res->connect_ms;
	r->result.tls_ms = res->tls_ms;
	r->result.first_byte_ms = res->first_byte_ms;
}

static void
answered(struct probe_run *r, const struct fetch_result *res)
{
	struct web_trip *w = r->http.trip;
	double ms = probe_elapsed(r);
	struct buf body = {.data = (char *)(uintptr_t)res->body, .len = res->body_len};

	if (w->head.why)
		probe_end(r, STATUS_FAIL, w->head.why);
	else if (!w->head_over) /* which curl takes for the end of the head */
		probe_end(r, STATUS_FAIL, "answer cut short");
	else if (w->left >= 0 && web_redirects(&w->head))
		web_redirect(r);
	else if (web_judge(r, &r->http.want, w->head.code, &body, ms))
		probe_end_certificate(r, ms, res->cert_end, w->min_days);
}

static void
on_answer(void *arg, const struct fetch_result *res)
{
	struct web_trip *w = arg;
	struct probe_run *r = w->run;

	w->fetch = NULL;
	measure(r, res);
	if (probe_late(r))
		return;
	if (res->end == FETCH_DONE)
		answered(r, res);
	else if (w->head.why)
		probe_end(r, STATUS_FAIL, w->head.why);
	else if (res->unconnected)
		probe_end_errno(r, res->err, res->no_socket || refused_here(w, res->err));
	else if (res->end == FETCH_LOCAL)
		probe_end(r, STATUS_UNKNOWN, res->error);
	else
		probe_end(r, STATUS_FAIL, res->error);
}

/* The head is read as strictly as that of plain http is, and no more than the verdict takes. */
static bool
on_head(void *arg, const char *line, size_t n)
{
	struct web_trip *w = arg;
	enum httpresponse_end end;
	size_t used;

	if (w->head_over)
		return true;
	end = httpresponse_take(&w->head, line, n, &used);
	w->head_over = end == HTTPRESPONSE_HEAD;
	if (end == HTTPRESPONSE_BAD)
		return false;
	if (!w->head_over || (w->left >= 0 && web_redirects(&w->head)))
		return !w->head_over;
	return web_needs_body(&w->run->http.want, w->head.code);
}

/* ---- the request */

void
web_go(struct probe_run *r)
{
	struct web_trip *w = r->http.trip;
	int64_t left = r->timeout_ms - (int64_t)probe_elapsed(r);
	struct fetch_request q = {.method = w->method,
	                          .url = w->url,
	                          .headers = w->headers,
	                          .body = w->body,
	                          .body_len = w->body ? strlen(w->body) : 0,
	                          .timeout_ms = left > 0 ? left : 1,
	                          .connect_to = &w->to,
	                          .connect_port = w->port,
	                          .outlet = &w->outlets[w->to.family],
	                          .fresh = true,
	                          .insecure = w->insecure,
	                          .ca_file = w->ca,
	                          .cert = w->cert,
	                          .key = w->key,
	                          .want_end = w->min_days > 0,
	                          .max_body = WEB_BODY_CAP,
	                          .head = on_head};
	struct fetcher *f = web_fetcher(r->prober, w->ca, w->insecure || strncmp(w->url, "http:", 5) == 0);

	httpresponse_free(&w->head);
	httpresponse_init(&w->head, w->method && strcmp(w->method, "HEAD") == 0, 0);
	w->head_over = false;
	if (f)
		w->fetch = fetch_start(f, &q, on_answer, w);
	if (!w->fetch)
		probe_end_errno(r, ENOMEM, true);
}

static const char *
make_url(struct arena *a, const struct task *t)
{
	const char *path = t->probe->path;
	struct buf b = {0};
	const char *url;
	char text[64];
	const char *host = probe_host(t, text);
	bool v6 = strchr(host, ':') != NULL;

	buf_printf(&b, "%s://%s%s%s:%d%s", probe_type_word((int)t->probe->type), v6 ? "[" : "",
	           host, v6 ? "]" : "", t->port, path);
	url = arena_strndup(a, b.data, b.len);
	buf_free(&b);
	return url;
}

static const char *
copy(struct web_trip *w, const char *s)
{
	return s ? arena_strdup(&w->arena, s) : NULL;
}

/* NULL, or why the credential cannot be had. */
static const char *
make_headers(struct web_trip *w, const struct probe *p)
{
	const char *type = web_content_type(p), *why = NULL;
	size_t n = 0;

	w->headers = arena_alloc(&w->arena, (p->headers.n + 3) * sizeof(*w->headers));
	for (size_t i = 0; i < p->headers.n; i++)
		w->headers[n++] = arena_strdup(&w->arena, p->headers.list[i]);
	if (p->auth_file) {
		struct buf b = {0};

		buf_puts(&b, "Authorization: ");
		why = credential_read(p->auth_file, &b);
		w->headers[n++] = w->secret = arena_strdup(&w->arena, b.data);
		buf_wipe(&b);
	}
	if (type)
		w->headers[n++] = type;
	return why;
}

static void
start(struct probe_run *r, const struct task *t)
{
	struct web_trip *w = mem_alloc(sizeof(*w));
	const struct probe *p = t->probe;
	char text[64];
	const char *why;

	r->http.trip = w;
	w->run = r;
	arena_init(&w->arena);
	w->url = make_url(&w->arena, t);
	w->host = arena_strdup(&w->arena, probe_host(t, text));
	w->home = w->to = t->target;
	w->port = t->port;
	for (int f = 0; f < FAMILY_OTHER; f++)
		probe_outlet(&w->outlets[f], r->prober, p, (enum family)f);
	w->method = copy(w, p->method);
	w->body = copy(w, p->body);
	w->ca = copy(w, p->ca);
	w->cert = copy(w, p->cert);
	w->key = copy(w, p->key);
	w->insecure = !p->verify;
	w->asked = t->server != NULL;
	w->min_days = p->min_days;
	w->left = p->follow > 0 ? p->follow : -1;
	w->first = true;
	why = make_headers(w, p);
	web_want(r, &r->http.want, t);
	if (why)
		probe_end(r, STATUS_UNKNOWN, why);
	if (!r->ended)
		web_go(r);
}

static void
stop(struct probe_run *r)
{
	struct web_trip *w = r->http.trip;

	fetch_cancel(w->fetch);
	web_place_forget(r);
	if (w->secret)
		explicit_bzero(w->secret, strlen(w->secret));
	httpresponse_free(&w->head);
	arena_free(&w->arena);
	web_want_free(r, &r->http.want);
	free(w);
	r->http.trip = NULL;
}

/* curl keeps the deadline for the whole transfer, and what comes between two is late by the clock. */
const struct probe_kind probe_kind_http = {.start = start, .stop = stop, .own_deadline = true};
