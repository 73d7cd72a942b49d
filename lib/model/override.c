#include <stddef.h>
#include <string.h>

#include "model/override.h"

/* The family of a pattern that matches both. */
enum { FAMILY_ANY = FAMILIES };

int
target_pattern_parse(const char *s, struct target_pattern *p)
{
	struct target_pattern r = {.port = PORT_NONE};

	if (*s == '\0') {
		r.net.addr.family = FAMILY_ANY;
	} else if (strchr(s, '/')) {
		if (!prefix_parse(s, &r.net))
			return -1;
	} else {
		if (!endpoint_parse(s, &r.net.addr, &r.port))
			return -1;
		r.net.bits = r.net.addr.family == FAMILY_V4 ? 32 : 128;
	}
	*p = r;
	return 0;
}

int
target_pattern_matches(const struct target_pattern *p, const struct addr *a, int port)
{
	if (p->port != PORT_NONE && p->port != port)
		return 0;
	return p->net.addr.family == FAMILY_ANY || prefix_has(&p->net, a);
}
