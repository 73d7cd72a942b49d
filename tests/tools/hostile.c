/*
 * hostile MODE [FILE]: a TCP server on a port of 127.0.0.1 that it prints, and
 * that behaves badly in one way; each connection has a process of its own.
 *
 *   silent   takes the request, never answers      slow     a header, a byte each 50 ms
 *   close    closes after accepting                rst      closes with RST
 *   garbage  bytes that are no HTTP                http09   a page without a header
 *   headers  header lines without end              longline one header line without end
 *   continue 100 Continue without end              chunks   a chunk extension without end
 *   body     a body without end                    short    less body than announced
 *   drip     a good header, then a byte each 50 ms full     never accepts, its backlog is full
 *   429      too many requests                     big      a good page of 1 MB
 *   both     a length twice over, two ways         lengths  two different lengths
 *   zip      a transfer coding nobody asked for    nul      a NUL in a header
 *   barelf   a good page with bare line feeds      fold     a good page with folded headers
 *   trailers trailers of chunks without end        shut     a good page, then half-closed and held
 *   file     a redirect to file://                 self     a redirect to itself, for ever
 *   nowhere  a redirect to link-local              echo     what was asked, a second time
 *   bomb     FILE as a body with Content-Encoding: gzip
 *   rstreq   RST once the request is there         rsthead  RST within the header
 *   rstbody  RST within the body                   eofhead  closes within the header
 *   early    answers before it is asked            100k     a header line of 100 KB, then a good page
 *   blank    empty lines without end               huge     a length of 20 digits
 *   minus    a length below zero                   chunk    a chunk whose size is no number
 *   chunk16  a chunk of 2^64 - 1 bytes             two      two answers, of which the second is bad
 *   http2    HTTP/2 in words                       code     a status of four digits
 *   away     a redirect of 10 KB                   tlsplain an HTTP answer to whatever comes
 *   tlswait  silence after ClientHello             tlsslow  a TLS record, a byte each 50 ms
 *   tlsrst   RST after ClientHello                 tlsend   closes after it
 *   tlsalert a fatal alert                         tlswarn  warnings without end
 *   tlsmany  a ServerHello of 16 MB without end    tlsempty empty records without end
 *   tlshello HelloRequests without end             fold1    the first header is folded already
 *   tasks    FILE as a master's task list, with an ETag; says each request's target,
 *            X-API-Key and If-None-Match on stdout
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *file;
static char request[8192];

static bool
put(int c, const char *s)
{
	size_t n = strlen(s);

	while (n) {
		ssize_t w = send(c, s, n, MSG_NOSIGNAL);

		if (w <= 0)
			return false;
		s += w;
		n -= (size_t)w;
	}
	return true;
}

static void
until_gone(int c)
{
	char sink[4096];

	while (recv(c, sink, sizeof(sink), 0) > 0)
		;
}

static void
take_request(int c)
{
	size_t have = 0;

	while (have < sizeof(request) - 1 && !strstr(request, "\r\n\r\n")) {
		ssize_t n = recv(c, request + have, sizeof(request) - 1 - have, 0);

		if (n <= 0)
			exit(0);
		have += (size_t)n;
		request[have] = '\0';
	}
}

static void
repeat(int c, const char *first, const char *again, useconds_t pause)
{
	bool up = put(c, first);

	while (up && (up = put(c, again)) && pause)
		usleep(pause);
	while (up && put(c, again))
		;
}

static void
rst(int c)
{
	struct linger hard = {1, 0};

	setsockopt(c, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

static void
big(int c)
{
	static char page[1 << 20];

	memset(page, 'x', sizeof(page) - 1);
	if (put(c, "HTTP/1.1 200 OK\r\nContent-Length: 1048575\r\n\r\n"))
		put(c, page);
}

static void
bomb(int c)
{
	static char body[1 << 20];
	FILE *f = fopen(file, "r");
	size_t n = f ? fread(body, 1, sizeof(body), f) : 0;

	if (put(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"))
		send(c, body, n, MSG_NOSIGNAL);
}

static void
long_line(int c)
{
	static char line[100000];

	memset(line, 'x', sizeof(line) - 1);
	if (put(c, "HTTP/1.1 200 OK\r\nX: ") && put(c, line))
		put(c, "\r\nContent-Length: 2\r\n\r\nok");
}

static void
away(int c)
{
	static char path[10000];

	memset(path, 'x', sizeof(path) - 1);
	if (put(c, "HTTP/1.1 302 x\r\nLocation: /") && put(c, path))
		put(c, "\r\nContent-Length: 0\r\n\r\n");
}

/* Says so much and resets: RST that overtakes it would hide it, so it waits until all is taken. */
static void
rst_after(int c, const char *text)
{
	put(c, text);
	usleep(20000);
	rst(c);
}

/* ---- TLS, as far as it is without keys */

struct bytes {
	const char *mode;
	size_t n, first; /* first: once; the rest for ever; 0: nothing for ever */
	useconds_t pause;
	const char *bytes;
};

static void
tls(const struct bytes *b, int c)
{
	char hello[4096];
	size_t at = 0;

	if (recv(c, hello, sizeof(hello), 0) <= 0)
		return;
	while (b->pause && at < b->n) {
		if (send(c, b->bytes + at++, 1, MSG_NOSIGNAL) < 0)
			return;
		usleep(b->pause);
	}
	if (!b->pause && b->n && send(c, b->bytes, b->n, MSG_NOSIGNAL) < 0)
		return;
	while (b->first && send(c, b->bytes + b->first, b->n - b->first, MSG_NOSIGNAL) > 0)
		;
	if (!strcmp(b->mode, "tlsrst"))
		rst(c);
	else if (strcmp(b->mode, "tlsend") != 0)
		until_gone(c);
}

static bool
behave_tls(const char *mode, int c)
{
	/* 0x16 handshake, 0x15 alert; a ServerHello that is long in coming, or said to be of 16 MB. */
	static const struct bytes rows[] = {
		{"tlswait", 0, 0, 0, ""},
		{"tlsrst", 0, 0, 0, ""},
		{"tlsend", 0, 0, 0, ""},
		{"tlsplain", 45, 0, 0, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"},
		{"tlsslow", 109, 0, 50000, "\x16\3\3\0\x90\2\0\0\x8c\3\3"
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
		{"tlsalert", 7, 0, 0, "\x15\3\3\0\2\2\x28"},
		{"tlswarn", 14, 7, 0, "\x15\3\3\0\2\1\x5a\x15\3\3\0\2\1\x5a"},
		{"tlsmany", 38, 9, 0, "\x16\3\3\x40\0\2\xff\xff\xff" "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
		{"tlsempty", 10, 5, 0, "\x16\3\3\0\0\x16\3\3\0\0"},
		{"tlshello", 18, 9, 0, "\x16\3\3\0\4\0\0\0\0\x16\3\3\0\4\0\0\0\0"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(rows[i].mode, mode)) {
			tls(&rows[i], c);
			return true;
		}
	return false;
}

static const char *
header(const char *name, char dst[static 256])
{
	const char *s = strcasestr(request, name);

	strcpy(dst, "-");
	if (s)
		sscanf(s + strlen(name), " %255[^\r\n]", dst);
	return dst;
}

static void
tasks(int c)
{
	static char body[1 << 20];
	char head[512], etag[64], target[1024] = "", key[256], match[256];
	FILE *f = fopen(file, "r");
	size_t n = f ? fread(body, 1, sizeof(body) - 1, f) : 0;
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++)
		sum = sum * 31 + (unsigned char)body[i];
	snprintf(etag, sizeof(etag), "\"%08x\"", sum);
	sscanf(request, "%*s %1023s", target);
	printf("%s %s %s\n", target, header("\r\nX-API-Key:", key), header("\r\nIf-None-Match:", match));
	fflush(stdout);
	if (!f)
		put(c, "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n");
	else if (!strcmp(match, etag))
		put(c, "HTTP/1.1 304 x\r\nConnection: close\r\n\r\n");
	else {
		snprintf(head, sizeof(head), "HTTP/1.1 200 x\r\nETag: %s\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
		    etag, n);
		put(c, head);
		put(c, body);
	}
}

static void
behave(const char *mode, int c)
{
	static const struct {
		const char *mode, *first, *again; /* again: for ever */
		useconds_t pause;
	} rows[] = {
		{"garbage", "\001\002\003 garbage \377\376\r\n\r\n", NULL, 0},
		{"http09", "<html>hello</html>\n", NULL, 0},
		{"headers", "HTTP/1.1 200 OK\r\n", "X-Much: more\r\n", 0},
		{"longline", "HTTP/1.1 200 OK\r\nX: ", "xxxxxxxxxxxxxxxx", 0},
		{"continue", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", 1000},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "xxxxxxxxxxxxxxxx", 0},
		{"body", "HTTP/1.1 200 OK\r\n\r\n", "xxxxxxxxxxxxxxxx", 0},
		{"short", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", NULL, 0},
		{"slow", "HTTP/1.1 200 OK\r\nX: ", "x", 50000},
		{"drip", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "x", 50000},
		{"429", "HTTP/1.1 429 x\r\nContent-Length: 0\r\n\r\n", NULL, 0},
		{"both", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", NULL, 0},
		{"lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!", NULL, 0},
		{"zip", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", NULL, 0},
		{"barelf", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", NULL, 0},
		{"fold", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok", NULL, 0},
		{"fold1", "HTTP/1.1 200 OK\r\n X: y\r\nContent-Length: 2\r\n\r\nok", NULL, 0},
		{"trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n", "X: y\r\n", 0},
		{"file", "HTTP/1.1 302 x\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", NULL, 0},
		{"self", "HTTP/1.1 302 x\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n", NULL, 0},
		{"nowhere", "HTTP/1.1 302 x\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n", NULL, 0},
		{"eofhead", "HTTP/1.1 200 OK\r\nX: y", NULL, 0},
		{"blank", "\r\n", "\r\n", 0},
		{"huge", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok", NULL, 0},
		{"minus", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok", NULL, 0},
		{"chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n", NULL, 0},
		{"chunk16", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nok\r\n", NULL, 0},
		{"two", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 x\r\n\r\n", NULL, 0},
		{"http2", "HTTP/2 200 OK\r\n\r\nok", NULL, 0},
		{"code", "HTTP/1.1 2000 OK\r\n\r\nok", NULL, 0},
	};

	if (behave_tls(mode, c))
		return;
	if (!strcmp(mode, "close"))
		return;
	if (!strcmp(mode, "early") && !put(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
		return;
	if (!strcmp(mode, "rst")) {
		rst(c);
		return;
	}
	take_request(c);
	if (!strcmp(mode, "big"))
		big(c);
	else if (!strcmp(mode, "bomb"))
		bomb(c);
	else if (!strcmp(mode, "100k"))
		long_line(c);
	else if (!strcmp(mode, "rstreq"))
		rst(c);
	else if (!strcmp(mode, "rsthead"))
		rst_after(c, "HTTP/1.1 200 OK\r\nX: y");
	else if (!strcmp(mode, "rstbody"))
		rst_after(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab");
	else if (!strcmp(mode, "away"))
		away(c);
	else if (!strcmp(mode, "tasks"))
		tasks(c);
	else if (!strcmp(mode, "silent"))
		until_gone(c);
	else if (!strcmp(mode, "echo"))
		put(c, request);
	else if (!strcmp(mode, "nul"))
		send(c, "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\nok", 32, MSG_NOSIGNAL);
	else if (!strcmp(mode, "shut") && put(c, "HTTP/1.1 200 OK\r\n\r\nok")) {
		shutdown(c, SHUT_WR);
		until_gone(c);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].mode, mode) != 0)
			continue;
		if (rows[i].again)
			repeat(c, rows[i].first, rows[i].again, rows[i].pause);
		else
			put(c, rows[i].first);
	}
}

static int
listen_anywhere(int backlog)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(s, (struct sockaddr *)&a, len) < 0 || listen(s, backlog) < 0 ||
	    getsockname(s, (struct sockaddr *)&a, &len) < 0)
		exit(2);
	for (int i = 0; !backlog && i < 4; i++) { /* fill it */
		int c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		(void)!connect(c, (struct sockaddr *)&a, len);
	}
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	return s;
}

int
main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "silent";
	pid_t parent = getpid();
	int s, c;

	file = argc > 2 ? argv[2] : "/dev/null";
	signal(SIGCHLD, SIG_IGN);
	s = listen_anywhere(strcmp(mode, "full") ? 1024 : 0);
	while (!strcmp(mode, "full"))
		pause();
	while ((c = accept(s, NULL, NULL)) >= 0) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			if (getppid() == parent)
				behave(mode, c);
			exit(0);
		}
		close(c);
	}
	return 1;
}
