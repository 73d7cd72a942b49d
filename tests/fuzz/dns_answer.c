#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/dnsask.h"

/*
 * What a DNS server says to a dns probe.  Only an answer to the question is
 * read, and what is read is lines of text, of a bounded length.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t query[DNSASK_QUERY];
	size_t nquery = dnsask_query(query, 7, "good.test", QTYPE_A);
	struct buf b = {0};

	if (n > DNSASK_TCP_MOST || !dnsask_fits(query, nquery, data, n))
		return 0;
	bool valid = dnsask_valid(data, n);

	if (dnsask_answers(&b, query, data, n)) {
		if (!valid)
			abort();
		if (b.len > DNSASK_TEXT || (b.len && b.data[b.len - 1] != '\n') ||
		    memchr(b.data ? b.data : "", '\0', b.len))
			abort();
		/* The same once more: nothing of it stays behind. */
		size_t before = b.len;

		if (!dnsask_answers(&b, query, data, n) && 2 * before <= DNSASK_TEXT)
			abort();
	}
	(void)dnsask_rcode(data);
	(void)dnsask_truncated(data);
	buf_free(&b);
	return 0;
}
