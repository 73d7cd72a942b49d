#include <stdint.h>
#include <stdlib.h>

#include "edge/tasks.h"

/*
 * A master's list of tasks as an agent takes it.  Whatever it says, a task that
 * comes out has a budget within its interval and an address that may be probed.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct agent_config agent;
	struct tasks t;
	struct fault f;

	tasks_init(&t);
	if (tasks_answer(&t, &agent, "m", (const char *)data, n, NULL, &f) < 0 && t.n)
		abort();
	for (size_t i = 0; i < t.n; i++) {
		const struct task *one = t.list[i];

		if (one->timeout_ms < 1 || one->timeout_ms >= one->interval_ms ||
		    addr_is_linklocal(&one->target) || addr_is_multicast(&one->target) ||
		    (one->port < 1 && probe_needs_port(one->probe->type)))
			abort();
	}
	tasks_free(&t);
	return 0;
}
