#ifndef FODNS_ADDR_H
#define FODNS_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Also the index of A, AAAA and the domain's other type in a decision.  An address
 * is of one of the first two.
 */
enum family { FAMILY_V4, FAMILY_V6, FAMILY_OTHER, FAMILIES };

struct addr {
	uint8_t family; /* enum family */
	uint8_t b[16];  /* network order; an IPv4 address is in the first four, the rest is 0 */
};

enum { ADDR_TEXT = 46, ENDPOINT_TEXT = 56 };

/* "192.0.2.1", "2001:db8::1"; no scope, no brackets. */
bool addr_parse(const char *s, struct addr *a);
char *addr_format(char dst[static ADDR_TEXT], const struct addr *a); /* RFC 5952; returns dst */
int addr_cmp(const struct addr *a, const struct addr *b); /* by family, then bytes */
bool addr_equal(const struct addr *a, const struct addr *b);
bool addr_is_wildcard(const struct addr *a);
bool addr_is_loopback(const struct addr *a);
/* And what leads there: an IPv4 address in an IPv6 one. */
bool addr_is_linklocal(const struct addr *a);
bool addr_is_multicast(const struct addr *a);

/* "10.0.0.0/8", "2001:db8::/32", "10.1.2.3" (a /32). */
struct prefix {
	struct addr addr;
	uint8_t bits;
};

bool prefix_parse(const char *s, struct prefix *p);
bool prefix_has(const struct prefix *p, const struct addr *a);

/*
 * An address with or without a port: "192.0.2.1", "192.0.2.1:80",
 * "[2001:db8::1]:80", "2001:db8::1", "192.0.2.1@53", "2001:db8::1@53".
 * *port is PORT_NONE if there is none.
 */
enum { PORT_NONE = -1 };

bool endpoint_parse(const char *s, struct addr *a, int *port);
/* "192.0.2.1:80", "[2001:db8::1]:80"; returns dst. */
char *endpoint_format(char dst[static ENDPOINT_TEXT], const struct addr *a, int port);

#endif
