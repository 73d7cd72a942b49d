#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "codec/records.h"
#include "edge/deliver.h"
#include "edge/post.h"

#define ORIGINAL \
	"{\"agent_id\":\"a1\",\"timestamp\":\"2026-11-22T10:00:00.123Z\",\"check_name\":\"c\"," \
	"\"domain\":\"d.failover\",\"type\":\"tcp\",\"target_ip\":\"192.0.2.1\",\"port\":80," \
	"\"status\":\"%s\"," \
	"\"latency_ms\":1.23,\"reason\":null"

static struct parcel
three(void)
{
	struct parcel p;
	char line[512];
	int n = snprintf(line, sizeof(line), ORIGINAL "}\n", "ok");

	parcel_init(&p);
	for (int i = 0; i < 3; i++)
		parcel_add(&p, line, (size_t)n)->input = (uint64_t)i + 1;
	return p;
}

static char refusals[512];

static void
refused(void *arg, const struct parcel *p, const struct parcel_item *it, int status,
        const char *detail)
{
	size_t n = strlen(refusals);

	(void)arg;
	(void)p;
	snprintf(refusals + n, sizeof(refusals) - n, "%d:%d %s;", (int)it->input, status, detail);
}

static const struct post_refusal refusal = {NULL, refused};

/* "TRO": taken, refused, open. */
static const char *
fates(const struct parcel *p)
{
	static char s[8];

	for (size_t i = 0; i < p->n; i++)
		s[i] = "OTR"[p->items[i].fate];
	s[p->n] = '\0';
	return s;
}

static struct fetch_result
result(int code, const char *body)
{
	return (struct fetch_result){.end = code ? FETCH_DONE : FETCH_REFUSED,
	                             .code = code,
	                             .error = code ? NULL : "connection refused",
	                             .body = body,
	                             .body_len = strlen(body),
	                             .retry_after_ms = -1};
}

static void
verdicts_of_lines(void **state)
{
	static const struct {
		int code;
		const char *body;
		enum post_end end;
		const char *fates, *refusals, *why;
	} rows[] = {
	    {200, "{\"accepted\":3,\"rejected\":0,\"errors\":[]}", POST_DONE, "TTT", "", ""},
	    {200, "{\"accepted\":3}", POST_DONE, "TTT", "", ""},
	    {200,
	     "{\"accepted\":2,\"rejected\":1,\"errors\":[{\"line\":2,\"status\":404,\"detail\":"
	     "\"Unknown domain\"}]}",
	     POST_DONE, "TRT", "2:404 Unknown domain;", ""},
	    {200,
	     "{\"accepted\":1,\"rejected\":2,\"errors\":[{\"line\":1,\"status\":403,\"detail\":"
	     "\"a\\u0007b\"},"
	     "{\"line\":3,\"status\":422,\"detail\":[{\"msg\":\"m\"}]}]}",
	     POST_DONE, "RTR", "1:403 ab;3:422 m;", ""},
	    {200,
	     "{\"accepted\":2,\"rejected\":1,\"errors\":[{\"line\":3,\"status\":503,\"detail\":"
	     "\"disk full\"}]}",
	     POST_DONE, "TTO", "", "HTTP 503 disk full"},
	    /* Lines that are not there, and numbers that are none. */
	    {200,
	     "{\"accepted\":3,\"errors\":[{\"line\":4,\"status\":404},{\"line\":0,\"status\":404},{"
	     "\"line\":-1,\"status\":404},"
	     "{\"line\":\"1\",\"status\":404},{\"line\":1,\"status\":1e9},7,null]}",
	     POST_DONE, "TTT", "", ""},
	    {200, "{\"status\":\"ok\"}", POST_LATER, "OOO", "",
	     "HTTP 200 with an answer that is not a master's"},
	    {200, "<html>", POST_LATER, "OOO", "",
	     "HTTP 200 with an answer that is not a master's"},
	    {404, "{\"detail\":\"Not Found\"}", POST_OTHER, "OOO", "", ""},
	    {405, "", POST_OTHER, "OOO", "", ""},
	    {413, "", POST_LARGE, "OOO", "", ""},
	    /* What is not a master's word loses nothing. */
	    {403, "<html><head><title>403 Forbidden</title></head>", POST_LATER, "OOO", "",
	     "HTTP 403 Forbidden"},
	    {400, "<TITLE>400 No \033[1mrequired\n certificate", POST_LATER, "OOO", "", "HTTP 400"},
	    {401, "{\"error\":\"who are you\"}", POST_LATER, "OOO", "", "HTTP 401"},
	    {403, "{\"detail\":\"Invalid token\"}", POST_DONE, "RRR",
	     "1:403 Invalid token;2:403 Invalid token;3:403 Invalid token;", ""},
	    {503, "{\"detail\":\"state\"}", POST_LATER, "OOO", "", "HTTP 503 state"},
	    {429, "", POST_LATER, "OOO", "", "HTTP 429"},
	    {301, "", POST_LATER, "OOO", "",
	     "HTTP 301: redirects are not followed, name the master's own URL"},
	    {0, "", POST_LATER, "OOO", "", "connection refused"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fetch_result res = result(rows[i].code, rows[i].body);
		struct parcel p = three();
		struct post_verdict v;

		refusals[0] = '\0';
		post_judge_lines(&p, &res, &refusal, &v);
		assert_int_equal(v.end, rows[i].end);
		assert_string_equal(fates(&p), rows[i].fates);
		assert_string_equal(refusals, rows[i].refusals);
		assert_string_equal(v.why, rows[i].why);
		parcel_free(&p);
	}
}

static void
verdicts_of_a_single(void **state)
{
	static const struct {
		int code;
		const char *body;
		enum post_end end;
		const char *fates, *refusals;
	} rows[] = {
	    {200, "{\"status\":\"ok\"}", POST_DONE, "OTO", ""},
	    {404, "{\"detail\":\"Unknown domain\"}", POST_DONE, "ORO", "2:404 Unknown domain;"},
	    {404, "{\"detail\":\"Not Found\"}", POST_LATER, "OOO", ""},
	    {405, "", POST_LATER, "OOO", ""},
	    {407, "", POST_LATER, "OOO", ""},
	    {400, "<title>400 Bad Request</title>", POST_LATER, "OOO", ""},
	    {403, "{\"detail\":\"Invalid token\"}", POST_DONE, "ORO", "2:403 Invalid token;"},
	    {422,
	     "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"port\"],\"msg\":\"Field "
	     "required\"}]}",
	     POST_DONE, "ORO", "2:422 Field required;"},
	    {500, "Internal Server Error", POST_LATER, "OOO", ""},
	    {302, "", POST_LATER, "OOO", ""},
	    {0, "", POST_LATER, "OOO", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fetch_result res = result(rows[i].code, rows[i].body);
		struct parcel p = three();
		struct post_verdict v;

		refusals[0] = '\0';
		post_judge_single(&p, 1, &res, &refusal, &v);
		assert_int_equal(v.end, rows[i].end);
		assert_string_equal(fates(&p), rows[i].fates);
		assert_string_equal(refusals, rows[i].refusals);
		parcel_free(&p);
	}
}

static void
bodies(void **state)
{
	static const struct {
		const char *added;    /* to the line as it was taken */
		const char *in, *out; /* what the lines' body has, and has not */
	} rows[] = {
	    {",\"inc\":5,\"seq\":7,\"mono_ms\":1000,\"boot\":170", "\"age_ms\":500", "mono_ms"},
	    {",\"inc\":5,\"seq\":7,\"mono_ms\":1000,\"boot\":187", "\"seq\":7",
	     "age_ms"},                                                 /* another boot */
	    {",\"mono_ms\":9000,\"boot\":170", "\"age_ms\":0", "boot"}, /* from the future */
	    {",\"age_ms\":1", "\"reason\":null", "age_ms"},
	    {",\"server\":\"m1\"", "\"reason\":null", "server"},
	};
	char line[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int n = snprintf(line, sizeof(line), ORIGINAL "%s}\n", "ok", rows[i].added);
		struct parcel p;
		struct buf b;

		parcel_init(&p);
		buf_init(&b);
		parcel_add(&p, line, (size_t)n);
		post_lines(&b, &p, 1500, 0xaa);
		assert_non_null(strstr(b.data, rows[i].in));
		assert_null(strstr(b.data, rows[i].out));
		assert_int_equal(b.data[b.len - 1], '\n');
		buf_free(&b);
		parcel_free(&p);
	}
}

static void
bodies_for_the_original(void **state)
{
	static const struct {
		const char *status, *becomes; /* NULL: not sent */
	} rows[] = {{"ok", "ok"}, {"warn", "ok"}, {"fail", "fail"}, {"unknown", NULL}};
	char line[1024], want[1024];
	struct report r;
	struct buf b;

	(void)state;
	buf_init(&b);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int n = snprintf(line, sizeof(line),
		                 ORIGINAL ",\"inc\":5,\"seq\":7,\"server\":\"m\",\"perfdata\":\"x=1\"}", rows[i].status);

		assert_int_equal(report_read(&r, line, (size_t)n, NULL), 0);
		buf_clear(&b);
		assert_int_equal(post_single(&b, &r), rows[i].becomes != NULL);
		if (!rows[i].becomes)
			continue;
		snprintf(want, sizeof(want), ORIGINAL "}", rows[i].becomes);
		assert_string_equal(b.data, want);
	}
	buf_free(&b);
}

static void
backoff(void **state)
{
	static const struct {
		unsigned attempt;
		int64_t retry_after;
		uint32_t chance;
		int64_t want;
	} rows[] = {
	    {1, -1, 0, 750},    {1, -1, 500, 1250},   {1, -1, 501, 750},
	    {2, -1, 0, 1500},   {3, -1, 1000, 4000},  {4, -1, 0, 6000},
	    {5, -1, 0, 7500},   {8, -1, 5000, 12500}, {4000000000U, -1, 0, 7500},
	    {1, 5000, 0, 5000}, {7, 5000, 0, 7500},   {1, 86400000, 0, 600000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(
		    deliver_backoff(rows[i].attempt, rows[i].retry_after, rows[i].chance),
		    rows[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verdicts_of_lines),
	    cmocka_unit_test(verdicts_of_a_single),
	    cmocka_unit_test(bodies),
	    cmocka_unit_test(bodies_for_the_original),
	    cmocka_unit_test(backoff),
	};

	return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}
