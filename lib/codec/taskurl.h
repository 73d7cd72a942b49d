#ifndef FODNS_TASKURL_H
#define FODNS_TASKURL_H

#include <stdbool.h>

#include "base/fault.h"
#include "model/addr.h"
#include "model/words.h"

/*
 * A check as a person types it: tcp://host:port, tcp:host:port, tls://…, udp://…,
 * http://host[:port][/path], https://…, icmp://host,
 * dns://server[:port]/name[?type=AAAA] (RFC 4501).  A host is a name, an IPv4
 * address, or an IPv6 address, in brackets where a port follows.
 */
struct taskurl {
	enum probe_type type;
	char host[254]; /* without brackets */
	bool literal;   /* the host is an address: addr */
	struct addr addr;
	int port;       /* PORT_NONE for icmp */
	char path[2048];/* of http and https, from the first slash; else "" */
	char qname[254];/* of dns; else "" */
	int qtype;      /* enum qtype */
};

bool taskurl_is(const char *s); /* does it begin with a probe's type and a colon? */
int taskurl_parse(struct taskurl *u, const char *s, struct fault *f);

#endif
