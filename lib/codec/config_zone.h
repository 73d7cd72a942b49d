#ifndef FODNS_CONFIG_ZONE_H
#define FODNS_CONFIG_ZONE_H

#include "codec/config_read.h"

/* A zone while it is read: what waits until its domains are known. */
struct zone_work {
	struct zone *zone;
	uint16_t file;
	bool has_minimum, ns_wrong;
	uint32_t fallback_ttl;
	uint32_t least_ttl; /* of its domains */
	const struct yaml *name, *soa, *ns, *records, *domains;
	const char *records_file;
	struct place records_file_at, minimum_at;
};

void zone_add_ns(struct reader *r, struct zone_work *w, const char *name);

/* config_records.c: static records, name servers, and what of the SOA follows from them. */
void zone_finish(struct reader *r, struct zone_work *w);

#endif
