#ifndef FODNS_ASK_H
#define FODNS_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "model/answer.h"
#include "model/limits.h"

/* One question to a DNS server over UDP, to see what it says (RFC 1035 4). */
struct ask_reply {
	int rcode;
	bool cut;                             /* TC: not everything is here */
	/* of the name and type; sorted as text, no duplicates */
	struct answer answers[LIMIT_TARGETS];
	size_t nanswers;
	uint32_t ttl; /* of the first answer, 0 */
	size_t used;
	char texts[16384]; /* of answers that are no addresses */
};

/* Blocks for at most timeout_ms; -1 with a temporary fault: no reply. */
int ask_dns(const struct addr *server, int port, const char *name, enum rrtype type,
            int64_t timeout_ms, struct ask_reply *r, struct fault *f);

/* Reads the n bytes of a reply to that question; -1: it is none, or broken. */
int ask_read(const uint8_t *p, size_t n, uint16_t id, enum rrtype type, struct ask_reply *r);

#endif
