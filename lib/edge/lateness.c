#include "edge/lateness.h"

void
lateness_add(struct lateness *l, int64_t ms)
{
	l->n++;
	l->late[ms < LATENESS_MS ? ms : LATENESS_MS]++;
	if (ms > l->most_ms)
		l->most_ms = ms;
}

int64_t
lateness_percent(const struct lateness *l, uint64_t percent)
{
	uint64_t n = 0;
	int64_t ms = 0;

	while ((n += l->late[ms]) * 100 < l->n * percent)
		ms++;
	return ms;
}
