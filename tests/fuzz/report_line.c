#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What the quick reader takes json-c takes, and reads the same; what was read is the same when
 * written and read again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *line = (const char *)data;
	static struct report quick, slow, again;
	struct field_fault faults[4];
	struct fault f;
	struct buf b;
	size_t nfaults;

	if (n > LIMIT_REPORT_LINE + 16)
		return 0;
	if (report_scan(&quick, line, n) &&
	    (report_read_json(&slow, line, n, &f) < 0 || memcmp(&quick, &slow, sizeof(quick))))
		abort();
	if (report_read_fields(&slow, line, n, faults, &nfaults, 4) < 0 || n >= LIMIT_REPORT_LINE)
		return 0;
	if (report_read(&quick, line, n, &f) < 0)
		abort();
	buf_init(&b);
	report_write(&b, &quick);
	if (report_read_json(&again, b.data, b.len - 1, &f) < 0)
		abort();
	if (quick.latency_ms < 0 ? again.latency_ms >= 0
	                         : again.latency_ms < quick.latency_ms - 0.001 ||
	                               again.latency_ms > quick.latency_ms + 0.001)
		abort();
	again.latency_ms = quick.latency_ms; /* it is rounded to a microsecond */
	/* Nothing that came in can make two lines of one. */
	if (memchr(b.data, '\n', b.len - 1) || memcmp(&again.timestamp, &quick.timestamp, 8) ||
	    strcmp(again.agent_id, quick.agent_id) || strcmp(again.reason, quick.reason) ||
	    strcmp(again.perfdata, quick.perfdata) ||
	    strcmp(again.check_name, quick.check_name) || strcmp(again.domain, quick.domain))
		abort();
	buf_free(&b);
	return 0;
}
