#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "edge/probekind.h"
#include "edge/sockaddr.h"

enum { BODY_CAP = 64 * 1024, TOO_MANY_REQUESTS = 429 };

const char *
probe_host(const struct task *t, char text[static 64])
{
	if (t->probe->host)
		return t->probe->host;
	if (t->host)
		return t->host;
	if (t->domain && *t->domain)
		return t->domain;
	return addr_format(text, &t->target);
}

/* curl says EHOSTUNREACH for a missing route and for an answer of a router; asking the kernel tells
 * which. */
static bool
no_route(const struct addr *a, int port)
{
	union sockaddr_any to;
	socklen_t len = sockaddr_make(&to, a, port);
	int fd = socket(to.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool none;

	if (fd < 0)
		return true;
	none = connect(fd, &to.sa, len) < 0;
	close(fd);
	return none;
}

static void
judge_code(struct probe_run *r, unsigned code, double ms)
{
	char text[32];

	snprintf(text, sizeof(text), "status %u", code);
	if (code_ranges_have(&r->http.codes, code)) {
		probe_end_ok(r, ms);
		return;
	}
	probe_end(r, code == TOO_MANY_REQUESTS ? STATUS_WARN : STATUS_FAIL, text);
	r->result.latency_ms = ms;
}

static void
on_answer(void *arg, const struct fetch_result *res)
{
	struct probe_run *r = arg;

	r->http.fetch = NULL;
	r->result.connect_ms = res->connect_ms;
	r->result.tls_ms = res->tls_ms;
	r->result.first_byte_ms = res->first_byte_ms;
	if (probe_late(r))
		return;
	if (res->end == FETCH_DONE)
		judge_code(r, (unsigned)res->code, res->total_ms);
	else if (res->end == FETCH_LOCAL)
		probe_end(r, STATUS_UNKNOWN, res->error);
	else if (strstr(res->error, "unreachable") && no_route(&r->addr, r->port))
		probe_end(r, STATUS_UNKNOWN, "no route to host");
	else
		probe_end(r, STATUS_FAIL, res->error);
}

static void
make_url(struct buf *b, const struct task *t)
{
	char text[64];
	const char *host = probe_host(t, text), *path = t->probe->path;
	bool bare_v6 = strchr(host, ':') != NULL && *host != '[';

	buf_printf(b, "%s://%s%s%s:%d", t->probe->type == PROBE_HTTPS ? "https" : "http",
	           bare_v6 ? "[" : "", host, bare_v6 ? "]" : "", t->port);
	if (!path || *path != '/')
		buf_putc(b, '/');
	if (path)
		buf_puts(b, path);
}

static void
start(struct probe_run *r, const struct task *t)
{
	struct fetch_request q = {.method = t->probe->method,
	                          .timeout_ms = r->timeout_ms,
	                          .connect_to = &t->target,
	                          .connect_port = t->port,
	                          .fresh = true,
	                          .insecure = !t->probe->verify,
	                          .ca_file = t->probe->ca,
	                          .max_body = BODY_CAP};
	struct prober *p = r->prober;
	struct buf url;

	r->http.codes = t->probe->codes;
	if (!p->fetcher)
		p->fetcher = fetcher_new(p->loop);
	buf_init(&url);
	make_url(&url, t);
	q.url = url.data;
	if (p->fetcher)
		r->http.fetch = fetch_start(p->fetcher, &q, on_answer, r);
	buf_free(&url);
	if (!r->http.fetch)
		probe_end_errno(r, ENOMEM, true);
}

static void
stop(struct probe_run *r)
{
	fetch_cancel(r->http.fetch);
	r->http.fetch = NULL;
}

/* curl keeps the deadline for the whole transfer. */
const struct probe_kind probe_kind_http = {.start = start, .stop = stop, .own_deadline = true};
