#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/digest.h"

/* FIPS 180-2, B.1 and B.2, their first halves. */
static void
sha(void **state)
{
	static const char *const rows[][2] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb924"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039"},
	};
	char got[DIGEST_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(digest_text(got, rows[i][0], strlen(rows[i][0])), rows[i][1]);
}

static void
lines(void **state)
{
	static struct decision d = {.at = 1, .since = 2, .next = 3, .domain = "d", .max_answers = 8};
	struct buf b = {0};
	struct addr a;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_true(addr_parse(i ? "10.0.0.2" : "10.0.0.1", &a));
		d.rrsets[FAMILY_V4].answers[i] = answer_addr(&a);
	}
	d.rrsets[FAMILY_V4].nanswers = 2;
	d.rrsets[FAMILY_V4].ttl = d.rrsets[FAMILY_V6].ttl = 5;
	d.rrsets[FAMILY_V4].source = SOURCE_LIVE;
	digest_lines(&b, &d);
	assert_string_equal(b.data, "A\t5\t8\tall\t10.0.0.1\t10.0.0.2\nAAAA\t5\t8\tall\n");
	/* when, and why, is not in it */
	d.at = d.since = d.next = 9;
	d.rrsets[FAMILY_V4].source = SOURCE_KEEP;
	buf_clear(&b);
	digest_lines(&b, &d);
	assert_string_equal(b.data, "A\t5\t8\tall\t10.0.0.1\t10.0.0.2\nAAAA\t5\t8\tall\n");
	d.type = RRTYPE_TXT;
	d.rrsets[FAMILY_V4].nanswers = 0;
	d.rrsets[FAMILY_OTHER].answers[0] = answer_value("\"v=1\"");
	d.rrsets[FAMILY_OTHER].nanswers = 1;
	buf_clear(&b);
	digest_lines(&b, &d);
	assert_string_equal(b.data, "A\t5\t8\tall\nAAAA\t5\t8\tall\nTXT\t0\t8\tall\t\"v=1\"\n");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sha), cmocka_unit_test(lines)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
