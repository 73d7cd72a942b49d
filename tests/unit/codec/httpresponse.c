/* HTTP answers, whole and a byte at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/httpresponse.h"

#define MORE HTTPRESPONSE_MORE
#define DONE HTTPRESPONSE_DONE
#define BAD HTTPRESPONSE_BAD

static enum httpresponse_end
take(struct httpresponse *r, const char *s, size_t n, size_t size, bool eof)
{
	enum httpresponse_end end = HTTPRESPONSE_MORE;

	while (n) {
		size_t used;

		end = httpresponse_take(r, s, n < size ? n : size, &used);
		if (end == HTTPRESPONSE_BAD || end == HTTPRESPONSE_DONE)
			return end;
		s += used;
		n -= used;
	}
	return eof ? httpresponse_eof(r) : MORE;
}

static const struct {
	const char *text;
	bool to_head, eof;
	enum httpresponse_end end;
	int code;
	const char *say; /* the body, or why */
} rows[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 0, 0, DONE, 200, "abc"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0, 1, DONE, 200, ""},
    {"HTTP/1.1 200 OK\r\ncontent-LENGTH:3  \r\n\r\nabc and more", 0, 0, DONE, 200, "abc"},
    {"HTTP/1.0 404\r\n\r\nto the end", 0, 1, DONE, 404, "to the end"},
    {"HTTP/1.0 404\r\n\r\nnot yet", 0, 0, MORE, 404, "not yet"},
    {"HTTP/1.1 503 \r\n\r\n", 0, 1, DONE, 503, ""},
    {"HTTP/1.1 999 What\n\n", 0, 1, DONE, 999, ""},
    {"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 0, 0, DONE, 200, "ok"},
    {"HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\nContent-Length: 1\r\n\r\n1", 0, 0, DONE, 200, "1"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 0, 0, DONE, 200, "hello"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\nA;x=\"y\"\r\n0123456789\r\n0\r\nT: x\r\n\r\n",
     0, 0, DONE, 200, "ab0123456789"},
    /* no body, whatever is said of it */
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 1, 1, DONE, 200, ""},
    {"HTTP/1.1 204 None\r\n\r\nstray", 0, 0, DONE, 204, ""},
    {"HTTP/1.1 304 Not\r\nContent-Length: 5\r\n\r\n", 0, 1, DONE, 304, ""},
    {"HTTP/1.1 101 Switch\r\nUpgrade: x\r\n\r\n\1\2", 0, 0, DONE, 101, ""},
    /* interim answers are passed over, with what they say of a length */
    {"HTTP/1.1 100 Go\r\nContent-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 0, 0, DONE, 200, "ok"},
    {"HTTP/1.1 100 Go\r\n\r\n", 0, 1, BAD, 0, "answer cut short"},
    /* cut */
    {"", 0, 1, BAD, 0, "empty answer"},
    {"HTTP/1.1 2", 0, 1, BAD, 0, "answer cut short"},
    {"HTTP/1.1 200 OK\r\nX: y\r\n", 0, 1, BAD, 200, "answer cut short"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", 0, 1, BAD, 200, "answer cut short"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 0, 1, BAD, 200, "answer cut short"},
    /* no HTTP */
    {"<html>hello</html>\n", 0, 0, BAD, 0, "not HTTP"},
    {"\r\nHTTP/1.1 200 OK\r\n\r\n", 0, 0, BAD, 0, "not HTTP"},
    {"HTTP/2 200\r\n\r\n", 0, 0, BAD, 0, "not HTTP"},
    {"HTTP/1.1  200 OK\r\n\r\n", 0, 0, BAD, 0, "not HTTP"},
    {"HTTP/1.1 20 OK\r\n\r\n", 0, 0, BAD, 0, "not HTTP"},
    {"HTTP/1.1 099 OK\r\n\r\n", 0, 0, BAD, 0, "not HTTP"},
    {"HTTP/1.1 2000\r\n\r\n", 0, 0, BAD, 0, "not HTTP"},
    {"HTTP/1.1 200\rOK\r\n\r\n", 0, 0, BAD, 0, "not HTTP"},
    {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", 0, 0, BAD, 200, "not HTTP"},
    {"HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc", 0, 0, BAD, 200, "not HTTP"},
    {"HTTP/1.1 200 OK\r\n: x\r\n\r\n", 0, 0, BAD, 200, "not HTTP"},
    {"HTTP/1.1 200 OK\r\n X: folded from nothing\r\n\r\n", 0, 0, BAD, 200, "not HTTP"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 1\r\n\r\n", 0, 0, BAD, 200, "not HTTP"},
    {"HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", 0, 0, BAD, 200, "not HTTP"},
    /* where it ends is not clear */
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 0, 0, BAD, 200, "two values of Content-Length"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\n", 0, 0, BAD, 200, "Content-Length not valid"},
    {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 0, 0, BAD, 200, "Content-Length not valid"},
    {"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", 0, 0, BAD, 200, "Content-Length not valid"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n", 0, 0, BAD, 200, "Content-Length not valid"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 0, BAD, 200,
     "Content-Length beside Transfer-Encoding"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 0, 0, BAD, 200, "Transfer-Encoding not asked for"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 0, 0, BAD, 200, "chunk not valid"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", 0, 0, BAD, 200, "chunk not valid"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000000000000000\r\n", 0, 0, BAD, 200, "chunk not valid"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", 0, 0, BAD, 200, "chunk not valid"},
};

static void
answers(void **state)
{
	static const size_t sizes[] = {100000, 1, 2, 7};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
			struct httpresponse r;
			enum httpresponse_end end;
			const char *said;

			httpresponse_init(&r, rows[i].to_head, 1000);
			end = take(&r, rows[i].text, strlen(rows[i].text), sizes[k], rows[i].eof);
			said = r.why ? r.why : r.body.data ? r.body.data : "";
			if (end != rows[i].end || r.code != rows[i].code || strcmp(said, rows[i].say) != 0)
				fail_msg("row %zu by %zu: end %d, code %d, \"%s\"", i, sizes[k], (int)end, r.code, said);
			httpresponse_free(&r);
		}
}

/* `again` without end, behind `first`: how many bytes until it is enough, and why. */
static void
endless(const char *first, const char *again, size_t most, const char *why)
{
	struct httpresponse r;
	size_t used, n = 0;

	httpresponse_init(&r, false, 1000);
	httpresponse_take(&r, first, strlen(first), &used);
	if (used < strlen(first)) /* the head was told */
		httpresponse_take(&r, first + used, strlen(first) - used, &used);
	while (!r.why && n < 1 << 20) {
		httpresponse_take(&r, again, strlen(again), &used);
		n += used;
	}
	assert_string_equal(r.why ? r.why : "", why);
	assert_true(n <= most);
	httpresponse_free(&r);
}

static void
without_end(void **state)
{
	(void)state;
	endless("HTTP/1.1 200 OK\r\n", "X-Much: more\r\n", 33000, "headers too large");
	endless("HTTP/1.1 200 OK\r\nX: ", "xxxxxxxxxxxxxxxx", 33000, "headers too large");
	endless("", "HTTP/1.1 100 Continue\r\n\r\n", 500, "interim answers without end");
	endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "xxxxxxxxxxxxxxxx", 17000,
	        "chunk extensions or trailers without end");
	endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n", 17000,
	        "chunk extensions or trailers without end");
}

static void
too_long_a_body(void **state)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n0123456789abcdef";
	struct httpresponse r;

	(void)state;
	httpresponse_init(&r, false, 10);
	assert_int_equal(take(&r, text, sizeof(text) - 1, 100, false), DONE);
	assert_string_equal(r.body.data, "0123456789");
	httpresponse_free(&r);
}

static void
nul_and_location(void **state)
{
	static const char nul[] = "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n";
	static const char where[] = "HTTP/1.1 103 Early\r\nLocation: /b\r\n\r\nHTTP/1.1 302 Found\r\nLocation:  /a b \r\nLocation: /c\r\n\r\n";
	struct httpresponse r;

	(void)state;
	httpresponse_init(&r, false, 10);
	assert_int_equal(take(&r, nul, sizeof(nul) - 1, 100, false), BAD);
	httpresponse_free(&r);
	httpresponse_init(&r, false, 10);
	assert_int_equal(take(&r, where, sizeof(where) - 1, 3, true), DONE);
	assert_string_equal(r.location, "/a b");
	httpresponse_free(&r);
	httpresponse_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers),
	    cmocka_unit_test(without_end),
	    cmocka_unit_test(too_long_a_body),
	    cmocka_unit_test(nul_and_location),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
