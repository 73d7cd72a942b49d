#include "model/report.h"

void
report_place(struct report *r, int64_t arrival)
{
	int64_t age = r->age_ms;

	if (age < 0)
		age = r->received >= 0 ? r->received - r->timestamp : 0;
	/* A future timestamp counts as now. */
	if (age < 0)
		age = 0;
	r->arrival = arrival;
	r->effective = arrival - age;
}

char *
report_target(char dst[static TARGET_TEXT], const struct report *r)
{
	return place_text(dst, &r->target, r->target_name[0] ? r->target_name : NULL, r->port);
}
