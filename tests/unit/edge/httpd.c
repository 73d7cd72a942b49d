#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/clock.h"
#include "edge/httpd.h"

/* A real server and raw bytes over loopback, both on one loop: nothing waits for time to pass. */
static struct loop *loop;
static struct httpd *server;
static struct sockaddr_in server_at;
static unsigned handled;

static void
echo(void *arg, const struct http_request *q, struct http_reply *r)
{
	size_t n = 0;
	const char *x = http_query(q, "x", &n), *h = http_header(q, "X-Test");

	(void)arg;
	handled++;
	buf_printf(&r->body, "%s %s tail=%s body=%zu x=%.*s/%zu h=%s", q->method, q->path, q->tail, q->body_len,
	    (int)n, x ? x : "-", n, h ? h : "-");
}

static void
fixed(void *arg, const struct http_request *q, struct http_reply *r)
{
	(void)arg;
	(void)q;
	r->fixed = "{\"status\":\"ok\"}";
}

static void
busy(void *arg, const struct http_request *q, struct http_reply *r)
{
	(void)arg;
	(void)q;
	http_detail(r, 503, "say \"when\"");
	r->retry_after = 7;
}

static const struct route routes[] = {
	{"POST", "/echo", 16, echo}, {"GET", "/echo/*", 0, echo}, {"GET", "/fixed", 0, fixed},
	{"GET", "/busy", 0, busy}, {NULL, NULL, 0, NULL},
};

/* A port that the kernel chose: listen, look, and give the same to the server. */
static int
free_port(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	close(fd);
	server_at = sin;
	return ntohs(sin.sin_port);
}

static int
start(void **state)
{
	struct httpd_options o = {.routes = routes, .connections = 8, .connections_per_addr = 4, .headers_ms = 60000,
	    .request_ms = 60000, .idle_ms = 60000};
	struct addr a;
	struct fault f = {0};

	(void)state;
	loop = loop_new();
	server = httpd_new(loop, &o);
	assert_true(addr_parse("127.0.0.1", &a));
	assert_int_equal(httpd_listen(server, &a, free_port(), &f), 0);
	assert_int_equal(httpd_start(server, &f), 0);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	httpd_free(server);
	loop_free(loop);
	return 0;
}

static int
dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&server_at, sizeof(server_at)), 0);
	return fd;
}

/* All that comes until the server closes, or `until` is in it. */
static void
answer(int fd, char *dst, size_t cap, const char *until)
{
	int64_t give_up = clock_mono() + 5000;
	size_t n = 0;
	ssize_t r;

	dst[0] = '\0';
	while (clock_mono() < give_up && !(until && strstr(dst, until))) {
		loop_once(loop, false);
		r = recv(fd, dst + n, cap - 1 - n, MSG_DONTWAIT);
		if (r == 0)
			return;
		if (r > 0)
			n += (size_t)r;
		dst[n] = '\0';
	}
	if (!until || !strstr(dst, until))
		print_message("no end after: %s\n", dst);
	assert_true(until && strstr(dst, until));
}

#define CLOSE "Host: x\r\nConnection: close\r\n"

static void
requests(void **state)
{
	static const struct {
		const char *request;
		size_t len; /* 0: strlen */
		const char *status, *has;
	} rows[] = {
		{"GET /fixed HTTP/1.1\r\n" CLOSE "\r\n", 0, "HTTP/1.1 200", "\r\n\r\n{\"status\":\"ok\"}"},
		{"GET /fixed HTTP/1.1\r\n" CLOSE "\r\n", 0, "HTTP/1.1 200", "Content-Type: application/json"},
		{"HEAD /fixed HTTP/1.1\r\n" CLOSE "\r\n", 0, "HTTP/1.1 200", "Content-Length: 15"},
		{"GET /busy HTTP/1.1\r\n" CLOSE "\r\n", 0, "HTTP/1.1 503", "{\"detail\":\"say \\\"when\\\"\"}"},
		{"GET /busy HTTP/1.1\r\n" CLOSE "\r\n", 0, "HTTP/1.1 503", "Retry-After: 7"},
		{"GET /echo/a%20b?x=1%2C2&x=3 HTTP/1.1\r\n" CLOSE "x-test: v\r\n\r\n", 0, "HTTP/1.1 200",
		    "GET /echo/a b tail=a b body=0 x=1,2/3 h=v"},
		{"GET /echo/a?x HTTP/1.1\r\n" CLOSE "\r\n", 0, "HTTP/1.1 200", "x=/0"},
		{"POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 3\r\n\r\nabc", 0, "HTTP/1.1 200", "body=3"},
		{"POST /echo HTTP/1.1\r\n" CLOSE "\r\n", 0, "HTTP/1.1 200", "body=0"},
		{"POST /echo HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 0,
		    "HTTP/1.1 200", "body=5"},
		{"POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 16\r\n\r\n0123456789abcdef", 0, "HTTP/1.1 200", "body=16"},
		{"POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 17\r\n\r\n0123456789abcdefg", 0, "HTTP/1.1 413", "too large"},
		{"POST /echo HTTP/1.1\r\n" CLOSE "Expect: 100-continue\r\nContent-Length: 17\r\n\r\n", 0, "HTTP/1.1 413",
		    "too large"},
		{"POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 99999999\r\n\r\n", 0, "HTTP/1.1 413", "too large"},
		{"POST /echo HTTP/1.1\r\n" CLOSE
		 "Transfer-Encoding: chunked\r\n\r\n10\r\n0123456789abcdef\r\n1\r\nx\r\n0\r\n\r\n", 0, "HTTP/1.1 413", "too large"},
		{"GET /fixed HTTP/1.1\r\n" CLOSE "Content-Length: 3\r\n\r\nabc", 0, "HTTP/1.1 200", "{\"status\":\"ok\"}"},
		{"GET /none HTTP/1.1\r\n" CLOSE "\r\n", 0, "HTTP/1.1 404", "{\"detail\":\"Not Found\"}"},
		{"DELETE /echo HTTP/1.1\r\n" CLOSE "\r\n", 0, "HTTP/1.1 405", "Allow: POST\r\n"},
		{"BREW /fixed HTTP/1.1\r\n" CLOSE "\r\n", 0, "HTTP/1.1 405", "Allow: GET, HEAD\r\n"},
		{"POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0,
		    "HTTP/1.1 400", "malformed"},
		{"POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 0, "HTTP/1.1 400",
		    "malformed"},
		{"POST /echo HTTP/1.1\r\n" CLOSE "Transfer-Encoding: gzip\r\n\r\n", 0, "HTTP/1.1 400", "malformed"},
		{"POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: +3\r\n\r\nabc", 0, "HTTP/1.1 400", ""},
		{"GET /echo/a%00b HTTP/1.1\r\n" CLOSE "\r\n", 0, "HTTP/1.1 400", "URL is malformed"},
		{"GET /fixed?x=%00 HTTP/1.1\r\n" CLOSE "\r\n", 0, "HTTP/1.1 400", "URL is malformed"},
		{"GET /fixed\0x HTTP/1.1\r\n" CLOSE "\r\n", 53, "HTTP/1.1 400", ""},
		{"GET /fixed HTTP/1.1\r\nConnection: close\r\n\r\n", 0, "HTTP/1.1 400", ""},
		{"GET http://x/echo/z?x=1 HTTP/1.1\r\n" CLOSE "\r\n", 0, "HTTP/1.1 200", "GET /echo/z tail=z"},
		{"GET http://x HTTP/1.1\r\n" CLOSE "\r\n", 0, "HTTP/1.1 404", "Not Found"},
		{"GET /echo/z HTTP/1.0\r\n\r\n", 0, "HTTP/1.1 200", "tail=z"},
	};
	char got[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = rows[i].len ? rows[i].len : strlen(rows[i].request);
		int fd = dial();

		assert_int_equal(send(fd, rows[i].request, n, 0), n);
		answer(fd, got, sizeof(got), NULL);
		if (strncmp(got, rows[i].status, strlen(rows[i].status)) || !strstr(got, rows[i].has))
			fail_msg("row %zu: %s", i, got);
		close(fd);
	}
}

static void
kept_alive_and_pipelined(void **state)
{
	static const char two[] = "GET /echo/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /echo/2 HTTP/1.1\r\nHost: x\r\n\r\n";
	char got[4096];
	int fd = dial();

	(void)state;
	handled = 0;
	assert_int_equal(send(fd, two, sizeof(two) - 1, 0), sizeof(two) - 1);
	answer(fd, got, sizeof(got), "tail=2");
	assert_non_null(strstr(got, "tail=1"));
	/* After a body that was thrown away the connection goes on. */
	assert_true(send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n01234567890123456789", 72, 0) > 0);
	answer(fd, got, sizeof(got), "too large");
	assert_true(send(fd, "GET /echo/3 HTTP/1.1\r\nHost: x\r\n\r\n", 34, 0) > 0);
	answer(fd, got, sizeof(got), "tail=3");
	assert_int_equal(handled, 3);
	close(fd);
}

/* At the cap per address the newcomer is served, and who waited longest is closed. */
static void
newcomers_are_served(void **state)
{
	int idle[4], fd;
	char got[4096];
	struct httpd_counts before, after;

	(void)state;
	for (int i = 0; i < 50; i++)
		loop_once(loop, false); /* what earlier tests closed */
	httpd_counts(server, &before);
	for (size_t i = 0; i < 4; i++) {
		idle[i] = dial();
		assert_true(send(idle[i], "GET /ec", 7, 0) == 7);
		for (int k = 0; k < 50; k++)
			loop_once(loop, false);
	}
	fd = dial();
	assert_true(send(fd, "GET /echo/new HTTP/1.1\r\nHost: x\r\n\r\n", 36, 0) > 0);
	answer(fd, got, sizeof(got), "tail=new");
	answer(idle[0], got, sizeof(got), NULL);
	assert_string_equal(got, "");
	httpd_counts(server, &after);
	assert_int_equal(after.evicted - before.evicted, 1);
	assert_int_equal(after.accepted - before.accepted, 5);
	for (size_t i = 0; i < 4; i++)
		close(idle[i]);
	close(fd);
}

static void
port_in_use(void **state)
{
	struct httpd_options o = {.routes = routes, .connections = 8, .connections_per_addr = 4};
	struct httpd *second = httpd_new(loop, &o);
	struct fault f = {0};
	struct addr a;
	char pid[40];

	(void)state;
	snprintf(pid, sizeof(pid), "(pid %d)", (int)getpid());
	assert_true(addr_parse("127.0.0.1", &a));
	assert_int_equal(httpd_listen(second, &a, ntohs(server_at.sin_port), &f), -1);
	assert_true(f.temporary);
	assert_non_null(strstr(f.text, "address already in use by"));
	assert_non_null(strstr(f.text, pid));
	httpd_free(second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests), cmocka_unit_test(kept_alive_and_pipelined),
		cmocka_unit_test(newcomers_are_served), cmocka_unit_test(port_in_use),
	};

	return cmocka_run_group_tests_name("httpd", tests, start, stop);
}
