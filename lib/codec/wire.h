#ifndef FODNS_WIRE_H
#define FODNS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* DNS names and numbers on the wire (RFC 1035 3.1, 4.1). */
enum { WIRE_NAME = 255 };

/* Presentation form, with \DDD and \X, with or without the last dot, to wire format in lower case;
 * length, or 0 if it is none. */
size_t wire_name(uint8_t dst[static WIRE_NAME], const char *text);
/* Lower-case copy of a wire name of n bytes (labels only, no pointers). */
void wire_lower(uint8_t *dst, const uint8_t *src, size_t n);
char *wire_name_text(char dst[static 1024], const uint8_t *name, size_t n);

static inline uint16_t
wire_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
wire_get32(const uint8_t *p)
{
	return (uint32_t)wire_get16(p) << 16 | wire_get16(p + 2);
}

static inline void
wire_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
wire_put32(uint8_t *p, uint32_t v)
{
	wire_put16(p, (uint16_t)(v >> 16));
	wire_put16(p + 2, (uint16_t)v);
}

enum {
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_CNAME = 5,
	TYPE_SOA = 6,
	TYPE_PTR = 12,
	TYPE_MX = 15,
	TYPE_TXT = 16,
	TYPE_AAAA = 28,
	TYPE_SRV = 33,
	TYPE_OPT = 41,
	TYPE_IXFR = 251,
	TYPE_AXFR = 252,
	TYPE_ANY = 255
};
enum { CLASS_IN = 1, CLASS_ANY = 255 };
enum {
	RCODE_NOERROR,
	RCODE_FORMERR,
	RCODE_SERVFAIL,
	RCODE_NXDOMAIN,
	RCODE_NOTIMP,
	RCODE_REFUSED,
	RCODE_BADVERS = 16,
	RCODE_BADCOOKIE = 23
};

/* EDNS options, and extended errors in one of them (RFC 5001, 7873, 7828, 8914). */
enum { OPTION_NSID = 3, OPTION_COOKIE = 10, OPTION_KEEPALIVE = 11, OPTION_EDE = 15 };
enum {
	EDE_NONE = -1,
	EDE_STALE = 3,
	EDE_NOT_READY = 14,
	EDE_NOT_AUTHORITATIVE = 20,
	EDE_NOT_SUPPORTED = 21,
	EDE_INVALID_DATA = 24
};

#endif
