#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "edge/credential.h"
#include "edge/probesocket.h"
#include "edge/probeweb.h"

/*
 * Plain http: one connection, one write, and no more read than the verdict
 * takes.  libcurl costs 100 us a probe, of which 50 are the kernel's.
 */
#define GET(r) (&(r)->get)

/* ---- the answer */

/* A connection to one's own address can meet itself (probesocket.c), and then it is the request that
 * comes back. */
static bool
is_echo(struct probe_run *r, const char *data, size_t n)
{
	const struct buf *out = &r->get.out;

	return n > 0 && memcmp(data, out->data, n < out->len ? n : out->len) == 0 &&
	       probe_met_itself(r, GET(r)->fd);
}

static void
came(struct probe_run *r, enum httpresponse_end end, double ms)
{
	const struct httpresponse *in = &GET(r)->in;

	if (end == HTTPRESPONSE_BAD)
		probe_end(r, STATUS_FAIL, in->why);
	else if ((end == HTTPRESPONSE_DONE ||
	          (end == HTTPRESPONSE_HEAD && !web_needs_body(&GET(r)->want, in->code))) &&
	         web_judge(r, &GET(r)->want, in->code, &in->body, ms))
		probe_end_ok(r, ms);
}

static void
take(struct probe_run *r, const char *data, size_t n)
{
	bool first = GET(r)->in.head_bytes == 0;
	double ms = r->now_ms;
	enum httpresponse_end end;
	size_t used;

	if (r->result.first_byte_ms <= 0)
		r->result.first_byte_ms = ms;
	do {
		end = httpresponse_take(&GET(r)->in, data, n, &used);
		if (end == HTTPRESPONSE_BAD && first && is_echo(r, data, n))
			probe_end_errno(r, ECONNREFUSED, false);
		else
			came(r, end, ms);
		data += used;
		n -= used;
	} while (!r->ended && (n || end == HTTPRESPONSE_HEAD));
}

/* At once: what still comes would wake us for nothing. */
static void
hang_up(struct probe_run *r)
{
	loop_io_stop(&GET(r)->io);
	if (GET(r)->fd >= 0)
		close(GET(r)->fd);
	GET(r)->fd = -1;
}

static void
on_readable(struct loop_io *w, int events)
{
	struct probe_run *r = w->arg;
	char *chunk = r->prober->chunk;
	ssize_t n = recv(GET(r)->fd, chunk, PROBE_CHUNK, 0);
	int err = errno;

	(void)events;
	if (n < 0 && (err == EAGAIN || err == EINTR))
		return;
	if (!probe_late(r)) {
		if (n < 0)
			probe_end_errno(r, err, false);
		else if (n == 0)
			came(r, httpresponse_eof(&GET(r)->in), r->now_ms);
		else
			take(r, chunk, (size_t)n);
	}
	if (r->ended)
		hang_up(r);
}

/* ---- the request */

static void
on_writable(struct loop_io *w, int events)
{
	struct probe_run *r = w->arg;
	struct buf *out = &GET(r)->out;
	double ms = probe_elapsed(r); /* sending may take as long as the answer */
	ssize_t n = send(GET(r)->fd, out->data + GET(r)->sent, out->len - GET(r)->sent, MSG_NOSIGNAL);
	int err = errno;

	(void)events;
	if (n < 0 && (err == EAGAIN || err == EINTR))
		return;
	/* What went wrong with the connection is said by its first use. */
	if (!probe_late(r) && n < 0)
		probe_end_errno(r, err, false);
	if (r->ended) {
		hang_up(r);
		return;
	}
	if (r->result.connect_ms <= 0)
		r->result.connect_ms = ms;
	GET(r)->sent += (size_t)n;
	if (GET(r)->sent == out->len)
		loop_io_start(r->prober->loop, w, GET(r)->fd, LOOP_READ, on_readable, r);
}

static void
add_host(struct buf *b, const struct task *t)
{
	char text[64];
	const char *host = probe_host(t, text);
	bool v6 = strchr(host, ':') != NULL;

	buf_puts(b, v6 ? "\r\nHost: [" : "\r\nHost: ");
	buf_puts(b, host);
	if (v6)
		buf_putc(b, ']');
	if (t->port != 80) {
		buf_putc(b, ':');
		buf_puti(b, t->port);
	}
}

/* As libcurl says it, so that both ways are one request. */
static const char *
make_request(struct buf *b, const struct task *t)
{
	const struct probe *p = t->probe;
	const char *type = web_content_type(p), *why = NULL;

	buf_room(b, 255);
	buf_puts(b, p->method ? p->method : p->body ? "POST" : "GET");
	buf_putc(b, ' ');
	buf_puts(b, p->path);
	buf_puts(b, " HTTP/1.1");
	add_host(b, t);
	if (!web_has_header(p, "User-Agent"))
		buf_puts(b, "\r\nUser-Agent: fodns/" FODNS_VERSION);
	if (!web_has_header(p, "Accept"))
		buf_puts(b, "\r\nAccept: */*");
	buf_puts(b, "\r\nConnection: close\r\n");
	for (size_t i = 0; i < p->headers.n; i++) {
		buf_puts(b, p->headers.list[i]);
		buf_puts(b, "\r\n");
	}
	if (p->auth_file) {
		buf_puts(b, "Authorization: ");
		why = credential_read(p->auth_file, b);
		buf_puts(b, "\r\n");
	}
	if (type) {
		buf_puts(b, type);
		buf_puts(b, "\r\n");
	}
	if (p->body) {
		buf_puts(b, "Content-Length: ");
		buf_puti(b, (int64_t)strlen(p->body));
		buf_puts(b, "\r\n");
	}
	buf_puts(b, "\r\n");
	if (p->body)
		buf_puts(b, p->body);
	return why;
}

static void
start(struct probe_run *r, const struct task *t)
{
	const char *method = t->probe->method, *why;
	struct prober *p = r->prober;
	bool now;

	GET(r)->fd = -1;
	if (!p->chunk)
		p->chunk = mem_alloc(PROBE_CHUNK);
	httpresponse_init(&GET(r)->in, method && strcmp(method, "HEAD") == 0, WEB_BODY_CAP);
	web_want(r, &GET(r)->want, t);
	why = make_request(&GET(r)->out, t);
	if (why)
		probe_end(r, STATUS_UNKNOWN, why);
	if (r->ended || (GET(r)->fd = probe_socket(r, SOCK_STREAM, &now)) < 0)
		return;
	loop_io_start(p->loop, &GET(r)->io, GET(r)->fd, LOOP_WRITE, on_writable, r);
}

static void
stop(struct probe_run *r)
{
	hang_up(r);
	buf_wipe(&GET(r)->out);
	httpresponse_free(&GET(r)->in);
	web_want_free(r, &GET(r)->want);
}

const struct probe_kind probe_kind_get = {.start = start, .stop = stop, .ack_waits = true};
