#ifndef FODNS_ECHO_H
#define FODNS_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/addr.h"
#include "model/probe.h"

/*
 * ICMP echoes on the wire (RFC 792, RFC 4443), and what is said about them.  An
 * echo carries who asked, and a keyed hash over that and the address: neither a
 * forged nor an old answer is taken for ours, whatever the kernel or a router
 * made of id and sequence number.
 */
struct echo {
	uint32_t slot, serial, attempt; /* the asker's */
	uint64_t tag;
};

enum { ECHO_HEADER = 8, ECHO_MOST = ECHO_HEADER + PING_SIZE_MOST };
_Static_assert(PING_SIZE_LEAST == 24, "what an echo carries");

uint64_t echo_tag(const uint64_t key[2], const struct echo *e, const struct addr *to);

/* A request with so many bytes of payload; the sequence number is that of the slot.  Returns its
 * length. */
size_t echo_write(uint8_t p[static ECHO_MOST], const struct echo *e, enum family f, uint16_t id,
                  size_t size);

enum echo_what {
	ECHO_OTHER,  /* nothing of ours */
	ECHO_REPLY,
	ECHO_REFUSED /* a router's or host's error about a request */
};

struct echo_seen {
	enum echo_what what;
	const char *why;  /* REFUSED: from a fixed list; NULL: no answer, the echo may go on */
	struct addr to;   /* REFUSED: where the request went */
	uint16_t seq;
	bool whole;       /* the echo was there: an error may quote the header alone */
	struct echo echo;
	size_t size;      /* of the payload that was there */
};

/* Does the sum over the ICMP fit, behind an IPv4 header?  A raw socket hears also what the kernel
 * then throws away; for ICMPv6 it looks before. */
bool echo_intact(const uint8_t *p, size_t n);

/* What a socket got, from ICMP's header on, or from IP's where it hands that over, too. */
void echo_read(struct echo_seen *s, const uint8_t *p, size_t n, enum family f, bool with_ip);

/* An error that the kernel took apart: type, code, and the request from its own header on. */
void echo_read_refused(struct echo_seen *s, uint8_t type, uint8_t code, const uint8_t *p, size_t n,
                       enum family f);

#endif
