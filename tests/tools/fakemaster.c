/*
 * fakemaster PORT MODEFILE DUMP: a master that does what a test says.
 *
 * MODEFILE is read at every request; its words:
 *   fodns            POST /api/v1/reports with a verdict for each line, and /api/v1/report
 *   original         /api/v1/report alone, everything else is 404 {"detail":"Not Found"}
 *   status N         every request is answered with this status
 *   retry N          with Retry-After: N
 *   slow MS          every answer comes this late
 *   token T          lines are refused with 403 when X-API-Key is another
 *   most N           a body of more than N bytes is 413
 * A report of the domain unknown.failover is refused with 404, one of port 9999 with 422.
 * Taken reports are appended to DUMP, a line each; DUMP.requests gets "connection path bytes type"
 * for each request.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 64, REQUEST_MOST = 4 << 20, ANSWER_MOST = 1 << 20 };

struct mode {
	bool original;
	int status, retry, slow, most;
	char token[128];
};

struct conn {
	int fd, id;
	char *in, *out;
	size_t have, out_len;
	int64_t due; /* when the answer goes out; 0: there is none */
};

static struct conn conns[CONNECTIONS];
static const char *mode_path, *dump_path;
static char requests_path[4096];

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
read_mode(struct mode *m)
{
	FILE *f = fopen(mode_path, "r");
	char word[64];

	memset(m, 0, sizeof(*m));
	while (f && fscanf(f, "%63s", word) == 1) {
		int *n = !strcmp(word, "status")  ? &m->status
		         : !strcmp(word, "retry") ? &m->retry
		         : !strcmp(word, "slow")  ? &m->slow
		         : !strcmp(word, "most")  ? &m->most
		                                  : NULL;

		if (n && fscanf(f, "%d", n) != 1)
			*n = 0;
		if (!strcmp(word, "token") && fscanf(f, "%127s", m->token) != 1)
			m->token[0] = '\0';
		if (!strcmp(word, "original"))
			m->original = true;
	}
	if (f)
		fclose(f);
}

static void
append(const char *path, const char *s, size_t n)
{
	FILE *f = fopen(path, "a");

	if (!f || fwrite(s, 1, n, f) != n || fputc('\n', f) == EOF || fclose(f))
		perror(path);
}

static bool
has(const char *s, size_t n, const char *what)
{
	return memmem(s, n, what, strlen(what)) != NULL;
}

/* 0 and dumped, or the status and its detail. */
static int
judge(const struct mode *m, const char *key, const char *s, size_t n, const char **detail)
{
	if (!n || s[0] != '{' || s[n - 1] != '}' || has(s, n, "\"port\":9999")) {
		*detail = "Target is not configured";
		return 422;
	}
	if (has(s, n, "\"domain\":\"unknown.failover\"")) {
		*detail = "Unknown domain";
		return 404;
	}
	if (m->token[0] && strcmp(key, m->token) != 0) {
		*detail = "Invalid token";
		return 403;
	}
	append(dump_path, s, n);
	return 0;
}

static void __attribute__((format(printf, 4, 5)))
answer(struct conn *c, const struct mode *m, int status, const char *fmt, ...)
{
	static char body[ANSWER_MOST];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(body, sizeof(body), fmt, ap);
	va_end(ap);
	free(c->out);
	c->out = malloc((size_t)n + 256);
	c->out_len = (size_t)sprintf(
	    c->out, "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n",
	    status, n);
	if (m->retry)
		c->out_len += (size_t)sprintf(c->out + c->out_len, "Retry-After: %d\r\n", m->retry);
	c->out_len += (size_t)sprintf(c->out + c->out_len, "\r\n%s", body);
	c->due = now() + m->slow;
	if (!c->due)
		c->due = 1;
}

static void
take_lines(struct conn *c, const struct mode *m, const char *key, const char *s, size_t n)
{
	static char errors[ANSWER_MOST / 2];
	int accepted = 0, rejected = 0, line = 0, status;
	size_t len = 0;

	errors[0] = '\0';
	while (n) {
		const char *end = memchr(s, '\n', n), *detail = "";
		size_t l = end ? (size_t)(end - s) : n;

		line++;
		status = judge(m, key, s, l, &detail);
		accepted += !status;
		if (status && len < sizeof(errors) - 200) {
			len += (size_t)sprintf(errors + len,
			                       "%s{\"line\":%d,\"status\":%d,\"detail\":\"%s\"}",
			                       rejected ? "," : "", line, status, detail);
			rejected++;
		}
		l += end != NULL;
		s += l;
		n -= l;
	}
	answer(c, m, 200, "{\"accepted\":%d,\"rejected\":%d,\"errors\":[%s]}", accepted, rejected,
	       errors);
}

static void
take_one(struct conn *c, const struct mode *m, const char *key, const char *s, size_t n)
{
	const char *detail = "";
	int status = judge(m, key, s, n, &detail);

	if (status)
		answer(c, m, status, "{\"detail\":\"%s\"}", detail);
	else
		answer(c, m, 200, "{\"status\":\"ok\"}");
}

static const char *
header(const char *head, const char *name, char dst[static 128])
{
	const char *s = strcasestr(head, name);

	dst[0] = '\0';
	if (s)
		sscanf(s + strlen(name), " %127[^\r\n]", dst);
	return dst;
}

static void
handle(struct conn *c, const char *head, const char *body, size_t n)
{
	char method[16] = "", path[256] = "", key[128], type[128], note[512];
	struct mode m;

	read_mode(&m);
	sscanf(head, "%15s %255s", method, path);
	header(head, "\r\nX-API-Key:", key);
	header(head, "\r\nContent-Type:", type);
	sprintf(note, "%d %s %zu %s", c->id, path, n, type);
	append(requests_path, note, strlen(note));
	if (m.status)
		answer(c, &m, m.status, "{\"detail\":\"told to\"}");
	else if (m.most && n > (size_t)m.most)
		answer(c, &m, 413, "{\"detail\":\"Body too large\"}");
	else if (!strcmp(path, "/api/v1/report"))
		take_one(c, &m, key, body, n);
	else if (!strcmp(path, "/api/v1/reports") && !m.original)
		take_lines(c, &m, key, body, n);
	else
		answer(c, &m, 404, "{\"detail\":\"Not Found\"}");
}

/* A whole request in c->in is handled and taken out. */
static void
requests(struct conn *c)
{
	char *end, length[128], *rest;
	size_t head, n;

	c->in[c->have] = '\0';
	end = strstr(c->in, "\r\n\r\n");
	if (!end || c->due)
		return;
	head = (size_t)(end - c->in) + 4;
	n = strtoul(header(c->in, "\r\nContent-Length:", length), NULL, 10);
	if (c->have < head + n)
		return;
	rest = strndup(c->in, head);
	handle(c, rest, c->in + head, n);
	free(rest);
	c->have -= head + n;
	memmove(c->in, c->in + head + n, c->have);
}

static void
drop(struct conn *c)
{
	close(c->fd);
	free(c->in);
	free(c->out);
	memset(c, 0, sizeof(*c));
}

static void
readable(struct conn *c)
{
	ssize_t n = read(c->fd, c->in + c->have, REQUEST_MOST - c->have);

	if (n <= 0) {
		drop(c);
		return;
	}
	c->have += (size_t)n;
	requests(c);
}

static void
send_due(struct conn *c)
{
	size_t at = 0;
	ssize_t n;

	while (at < c->out_len && (n = write(c->fd, c->out + at, c->out_len - at)) > 0)
		at += (size_t)n;
	c->due = 0;
	requests(c);
}

static void
accept_one(int listener)
{
	static int id;
	int fd = accept(listener, NULL, NULL);

	for (int i = 0; fd >= 0 && i < CONNECTIONS; i++)
		if (!conns[i].in) {
			conns[i] =
			    (struct conn){.fd = fd, .id = ++id, .in = malloc(REQUEST_MOST + 1)};
			return;
		}
	close(fd);
}

static void
turn(int listener)
{
	struct pollfd p[CONNECTIONS + 1] = {{listener, POLLIN, 0}};
	int wait = 1000;

	for (int i = 0; i < CONNECTIONS; i++) {
		int64_t left = conns[i].due - now();

		p[i + 1] = (struct pollfd){conns[i].in ? conns[i].fd : -1, POLLIN, 0};
		if (conns[i].in && conns[i].due && left < wait)
			wait = left > 0 ? (int)left : 0;
	}
	poll(p, CONNECTIONS + 1, wait);
	for (int i = 0; i < CONNECTIONS; i++) {
		if (conns[i].in && p[i + 1].revents)
			readable(&conns[i]);
		if (conns[i].in && conns[i].due && conns[i].due <= now())
			send_due(&conns[i]);
	}
	if (p[0].revents)
		accept_one(listener);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (argc != 4) {
		fprintf(stderr, "usage: fakemaster PORT MODEFILE DUMP\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	mode_path = argv[2];
	dump_path = argv[3];
	snprintf(requests_path, sizeof(requests_path), "%s.requests", dump_path);
	a.sin_port = htons((uint16_t)atoi(argv[1]));
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(s, (struct sockaddr *)&a, sizeof(a)) || listen(s, 16)) {
		perror("fakemaster");
		return 1;
	}
	for (;;)
		turn(s);
}
