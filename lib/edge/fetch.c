#include "edge/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "edge/bindto.h"
#include "edge/clock.h"
#include "edge/fetchcurl.h"

enum {
	HEADER_CAP = 32 * 1024, /* all header lines of a transfer, interim answers included */
	KEPT_CONNECTIONS = 64,
	/* On the wire, for TLS and chunks of a byte each; looked at now and then. */
	WIRE_SPARE = 4 << 20,
	WIRE_A_BYTE = 32,
	EVENTS_A_LOOK = 64
};

struct fetcher {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer timer;
	struct fetch *active;
	struct sock *socks;
	const char *ca_file; /* the system's */
	bool *gone;          /* set when a done callback frees us */
};

struct fetch {
	struct fetcher *fetcher;
	struct fetch *prev, *next;
	CURL *easy;
	struct fetch_lists lists;
	void (*done)(void *arg, const struct fetch_result *res);
	bool (*head)(void *arg, const char *line, size_t n);
	void *arg;
	struct buf body;
	size_t max_body, header_bytes;
	uint64_t most_received; /* on a connection of its own; 0: any */
	bool body_full, headers_full, enough, endless;
	struct outlet outlet;
	int socket_errno; /* why there was no socket: curl does not say */
	double start_us, connected_us; /* of a connection that got no further; 0: not so far */
	const char *why_not; /* the same, in words */
	char etag[128];
	char said[CURL_ERROR_SIZE]; /* by curl, of an error */
};

/* curl's socket and our watcher on it. */
struct sock {
	struct loop_io io;
	struct fetcher *fetcher;
	curl_socket_t fd;
	struct fetch *fetch; /* whose it is */
	unsigned events;
	double event_us; /* the first one: it was connected, or was not */
	struct sock *prev, *next;
};

static void drain(struct fetcher *f);

static void
act(struct fetcher *f, curl_socket_t fd, int events)
{
	int running;

	curl_multi_socket_action(f->multi, fd, events, &running);
	drain(f);
}

/* What curl takes and tells nobody of, such as the extension of a chunk, has an end, too. */
static bool
too_much(struct sock *s)
{
	struct fetch *t = s->fetch;

	return t && t->most_received && ++s->events % EVENTS_A_LOOK == 0 &&
	       fetch_curl_received(s->fd) > t->most_received;
}

static void finish(struct fetch *t, CURLcode code);

static void
on_socket(struct loop_io *w, int events)
{
	struct sock *s = w->arg;
	int mask = 0;

	if (s->event_us == 0)
		s->event_us = clock_mono_us();
	if (too_much(s)) {
		s->fetch->endless = true;
		finish(s->fetch, CURLE_RECV_ERROR); /* frees s */
		return;
	}
	if (events & LOOP_READ)
		mask |= CURL_CSELECT_IN;
	if (events & LOOP_WRITE)
		mask |= CURL_CSELECT_OUT;
	act(s->fetcher, s->fd, mask); /* may free s */
}

static void
on_timer(struct loop_timer *w)
{
	act(w->arg, CURL_SOCKET_TIMEOUT, 0);
}

static struct sock *
sock_new(struct fetcher *f, curl_socket_t fd, struct fetch *t)
{
	struct sock *s = mem_alloc(sizeof(*s));

	s->fetcher = f;
	s->fd = fd;
	s->fetch = t;
	s->next = f->socks;
	if (s->next)
		s->next->prev = s;
	f->socks = s;
	curl_multi_assign(f->multi, fd, s);
	return s;
}

static void
sock_free(struct sock *s)
{
	loop_io_stop(&s->io);
	if (s->prev)
		s->prev->next = s->next;
	else
		s->fetcher->socks = s->next;
	if (s->next)
		s->next->prev = s->prev;
	free(s);
}

static int
want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *priv)
{
	struct fetcher *f = arg;
	struct sock *s = priv;
	struct fetch *t = NULL;
	int events = 0;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
	if (s && t && t->connected_us == 0)
		t->connected_us = s->event_us;
	if (s)
		s->fetch = t;
	if (what == CURL_POLL_REMOVE) {
		if (s)
			sock_free(s);
		curl_multi_assign(f->multi, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= LOOP_READ;
	if (what & CURL_POLL_OUT)
		events |= LOOP_WRITE;
	if (!s)
		s = sock_new(f, fd, t);
	else
		loop_io_stop(&s->io);
	if (events)
		loop_io_start(f->loop, &s->io, fd, events, on_socket, s);
	return 0;
}

static int
want_timer(CURLM *multi, long ms, void *arg)
{
	struct fetcher *f = arg;

	(void)multi;
	if (ms < 0)
		loop_timer_stop(&f->timer);
	else
		loop_timer_start(f->loop, &f->timer, ms, 0, on_timer, f);
	return 0;
}

struct fetcher *
fetcher_new(struct loop *l)
{
	static bool ready;
	struct fetcher *f = mem_alloc(sizeof(*f));

	if (!ready) {
		curl_global_init(CURL_GLOBAL_DEFAULT);
		signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
		ready = true;
	}
	f->loop = l;
	f->ca_file = fetch_curl_ca();
	f->multi = curl_multi_init();
	if (!f->multi) {
		free(f);
		return NULL;
	}
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, want_timer);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f);
	curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
	curl_multi_setopt(f->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	return f;
}

void
fetcher_warm(struct fetcher *f, const char *ca_file)
{
	fetch_curl_warm(f->multi, ca_file ? ca_file : f->ca_file);
}

static void
fetch_free(struct fetch *t)
{
	if (t->easy)
		curl_easy_cleanup(t->easy);
	fetch_curl_release(&t->lists);
	buf_free(&t->body);
	free(t);
}

void
fetcher_free(struct fetcher *f)
{
	struct fetch *t;

	if (!f)
		return;
	if (f->gone)
		*f->gone = true;
	while ((t = f->active)) {
		f->active = t->next;
		curl_multi_remove_handle(f->multi, t->easy);
		fetch_free(t);
	}
	curl_multi_cleanup(f->multi); /* closes kept connections, which gives their watchers back */
	while (f->socks)
		sock_free(f->socks);
	loop_timer_stop(&f->timer);
	free(f);
}

/*
 * Out of curl's hands.  A handle is for one request: of one that was reset libcurl
 * 7.88 remembers where the last header line was, which is freed by then, and adds to
 * it what comes in a folded line.
 */
static void
fetch_retire(struct fetch *t)
{
	struct fetcher *f = t->fetcher;

	curl_multi_remove_handle(f->multi, t->easy);
	if (t->prev)
		t->prev->next = t->next;
	else
		f->active = t->next;
	if (t->next)
		t->next->prev = t->prev;
	fetch_free(t);
}

static struct fetch *
fetch_take(struct fetcher *f)
{
	struct fetch *t = mem_alloc(sizeof(*t));

	t->fetcher = f;
	t->easy = curl_easy_init();
	if (!t->easy) {
		free(t);
		return NULL;
	}
	buf_init(&t->body);
	t->prev = NULL;
	t->next = f->active;
	if (t->next)
		t->next->prev = t;
	f->active = t;
	return t;
}

static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct fetch *t = arg;
	int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);

	(void)purpose;
	if (fd < 0)
		t->socket_errno = errno;
	else if (!outlet_any(&t->outlet) || !(t->why_not = bindto(fd, &t->outlet)))
		return fd;
	else
		close(fd);
	return CURL_SOCKET_BAD;
}

static size_t
take_header(char *line, size_t size, size_t n, void *arg)
{
	struct fetch *t = arg;
	size_t len = size * n;

	t->header_bytes += len;
	if (t->header_bytes > HEADER_CAP) {
		t->headers_full = true;
		return 0;
	}
	if (t->head && !t->head(t->arg, line, len)) {
		t->enough = true;
		return 0;
	}
	fetch_curl_etag(t->etag, sizeof(t->etag), line, len);
	return len;
}

static size_t
take_body(char *data, size_t size, size_t n, void *arg)
{
	struct fetch *t = arg;
	size_t len = size * n, room = t->max_body - t->body.len;

	buf_add(&t->body, data, len < room ? len : room);
	if (len <= room)
		return len;
	t->body_full = true;
	return 0; /* ends the transfer */
}

static void
set_callbacks(struct fetch *t)
{
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->said);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
}

struct fetch *
fetch_start(struct fetcher *f, const struct fetch_request *r,
            void (*done)(void *arg, const struct fetch_result *res), void *arg)
{
	struct fetch *t = fetch_take(f);

	if (!t)
		return NULL;
	t->start_us = clock_mono_us();
	t->done = done;
	t->head = r->head;
	t->arg = arg;
	t->max_body = r->max_body;
	t->most_received = r->fresh ? WIRE_SPARE + (uint64_t)r->max_body * WIRE_A_BYTE : 0;
	t->outlet = r->outlet ? *r->outlet : (struct outlet){.source.family = FAMILY_OTHER};
	set_callbacks(t);
	fetch_curl_setup(t->easy, r, f->ca_file, &t->lists);
	curl_multi_add_handle(f->multi, t->easy);
	return t;
}

void
fetch_cancel(struct fetch *t)
{
	if (t)
		fetch_retire(t);
}

static void
explain(struct fetch *t, CURLcode code, struct fetch_result *res)
{
	long err = 0;

	if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && (t->body_full || t->enough))) {
		res->end = FETCH_DONE;
		res->truncated = t->body_full;
	} else if (t->headers_full) {
		res->end = FETCH_PROTOCOL;
		res->error = "headers too large";
	} else if (t->endless) {
		res->end = FETCH_PROTOCOL;
		res->error = "answer without end";
	} else if (t->why_not) {
		res->end = FETCH_LOCAL;
		res->error = t->why_not;
	} else if (code == CURLE_COULDNT_CONNECT) {
		curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &err);
		res->no_socket = t->socket_errno != 0;
		res->err = res->no_socket ? t->socket_errno : (int)err;
		res->unconnected = true;
		fetch_curl_connect_error(res->err, res);
	} else {
		fetch_curl_error(t->easy, code, t->said, res);
	}
}

static double
span(CURL *e, CURLINFO what)
{
	curl_off_t us = 0;

	curl_easy_getinfo(e, what, &us);
	return (double)us / 1000;
}

static void
measure(struct fetch *t, CURLcode how, struct fetch_result *res)
{
	curl_off_t retry = 0;
	long code = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &code);
	curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &retry);
	res->code = (int)code;
	res->retry_after_ms = retry > 0 ? (int64_t)retry * 1000 : -1;
	res->connect_ms = span(t->easy, CURLINFO_CONNECT_TIME_T);
	res->tls_ms = span(t->easy, CURLINFO_APPCONNECT_TIME_T);
	res->first_byte_ms = span(t->easy, CURLINFO_STARTTRANSFER_TIME_T);
	res->total_ms = span(t->easy, CURLINFO_TOTAL_TIME_T);
	res->cert_end = fetch_curl_cert_end(t->easy);
	/* curl forgets when it was connected if the handshake then fails. */
	if (res->connect_ms <= 0 && t->connected_us > 0 && how != CURLE_COULDNT_CONNECT)
		res->connect_ms = (t->connected_us - t->start_us) / 1e3;
}

static void
finish(struct fetch *t, CURLcode code)
{
	struct fetch_result res = {0};
	struct buf body = t->body;
	char etag[sizeof(t->etag)];

	explain(t, code, &res);
	measure(t, code, &res);
	memcpy(etag, t->etag, sizeof(etag));
	res.etag = etag[0] ? etag : NULL;
	res.body = body.len ? body.data : "";
	res.body_len = body.len;
	void (*done)(void *, const struct fetch_result *) = t->done;
	void *arg = t->arg;

	buf_init(&t->body);
	fetch_retire(t); /* first, so that done may start, cancel and free as it likes */
	done(arg, &res);
	buf_free(&body);
}

static void
drain(struct fetcher *f)
{
	bool gone = false, *outer = f->gone;
	CURLMsg *m;
	int left;

	f->gone = &gone;
	while (!gone && (m = curl_multi_info_read(f->multi, &left))) {
		struct fetch *t = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		finish(t, m->data.result);
	}
	if (!gone)
		f->gone = outer;
	else if (outer)
		*outer = true;
}
