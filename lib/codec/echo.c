#include "codec/echo.h"

#include <string.h>

#include "base/siphash.h"
#include "codec/wire.h"

enum {
	V4_REPLY = 0,
	V4_UNREACHABLE = 3,
	V4_REQUEST = 8,
	V4_TIME_EXCEEDED = 11,
	V4_PARAMETER = 12,
	V6_UNREACHABLE = 1,
	V6_TIME_EXCEEDED = 3,
	V6_PARAMETER = 4,
	V6_REQUEST = 128,
	V6_REPLY = 129,
	PROTO_V4 = 1,
	PROTO_V6 = 58,
	IP4_HEADER = 20,
	IP6_HEADER = 40
};

/* ---- writing */

uint64_t
echo_tag(const uint64_t key[2], const struct echo *e, const struct addr *to)
{
	uint8_t text[12 + sizeof(to->b)];

	memcpy(text, &e->slot, 4);
	memcpy(text + 4, &e->serial, 4);
	memcpy(text + 8, &e->attempt, 4);
	memcpy(text + 12, to->b, sizeof(to->b));
	return siphash13(key, text, sizeof(text));
}

static uint16_t
checksum(const uint8_t *p, size_t n) /* RFC 1071, in the order of the bytes in memory */
{
	uint64_t sum = 0;
	uint32_t four;

	for (; n >= 4; n -= 4, p += 4) {
		memcpy(&four, p, 4);
		sum += four;
	}
	four = 0;
	memcpy(&four, p, n);
	sum += four;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

size_t
echo_write(uint8_t p[static ECHO_MOST], const struct echo *e, enum family f, uint16_t id,
           size_t size)
{
	size_t n = ECHO_HEADER + size;
	uint16_t sum;

	memset(p, 0, ECHO_HEADER);
	p[0] = f == FAMILY_V4 ? V4_REQUEST : V6_REQUEST;
	wire_put16(p + 4, id);
	wire_put16(p + 6, (uint16_t)e->slot);
	memcpy(p + 8, &e->slot, 4);
	memcpy(p + 12, &e->serial, 4);
	memcpy(p + 16, &e->attempt, 4);
	memset(p + 20, 0, 4);
	memcpy(p + 24, &e->tag, 8);
	for (size_t i = ECHO_HEADER + PING_SIZE_LEAST; i < n; i++)
		p[i] = (uint8_t)i;
	if (f == FAMILY_V4) { /* over the addresses, too, for ICMPv6: the kernel's */
		sum = checksum(p, n);
		memcpy(p + 2, &sum, 2);
	}
	return n;
}

/* ---- reading */

static void
read_payload(struct echo_seen *s, const uint8_t *p, size_t n)
{
	s->seq = wire_get16(p + 6);
	s->size = n - ECHO_HEADER;
	s->whole = s->size >= PING_SIZE_LEAST;
	if (!s->whole)
		return;
	memcpy(&s->echo.slot, p + 8, 4);
	memcpy(&s->echo.serial, p + 12, 4);
	memcpy(&s->echo.attempt, p + 16, 4);
	memcpy(&s->echo.tag, p + 24, 8);
}

/* Of codes beyond the lists no more is known than the type says. */
static const char *
why_v4(uint8_t type, uint8_t code)
{
	static const char *const unreachable[] = {
	    "network unreachable",
	    "host unreachable",
	    "protocol unreachable",
	    "port unreachable",
	    NULL, /* too big: it goes again in pieces */
	    "host unreachable",
	    "network unreachable",
	    "host unreachable",
	    "host unreachable",
	    "administratively prohibited",
	    "administratively prohibited",
	    "network unreachable",
	    "host unreachable",
	    "administratively prohibited",
	    "administratively prohibited",
	    "administratively prohibited",
	};

	if (type == V4_TIME_EXCEEDED)
		return "time to live exceeded";
	if (type == V4_PARAMETER)
		return "protocol error";
	return code < sizeof(unreachable) / sizeof(*unreachable) ? unreachable[code]
	                                                         : "host unreachable";
}

static const char *
why_v6(uint8_t type, uint8_t code)
{
	static const char *const unreachable[] = {
	    "network unreachable",
	    "administratively prohibited",
	    "host unreachable",
	    "host unreachable",
	    "port unreachable",
	    "administratively prohibited",
	    "administratively prohibited",
	};

	if (type == V6_TIME_EXCEEDED)
		return "time to live exceeded";
	if (type == V6_PARAMETER)
		return "protocol error";
	return code < sizeof(unreachable) / sizeof(*unreachable) ? unreachable[code]
	                                                         : "host unreachable";
}

static bool
is_error(uint8_t type, enum family f)
{
	if (f == FAMILY_V4)
		return type == V4_UNREACHABLE || type == V4_TIME_EXCEEDED || type == V4_PARAMETER;
	return type == V6_UNREACHABLE || type == V6_TIME_EXCEEDED || type == V6_PARAMETER;
}

void
echo_read_refused(struct echo_seen *s, uint8_t type, uint8_t code, const uint8_t *p, size_t n,
                  enum family f)
{
	memset(s, 0, sizeof(*s));
	if (!is_error(type, f) || n < ECHO_HEADER)
		return;
	if (p[0] != (f == FAMILY_V4 ? V4_REQUEST : V6_REQUEST))
		return;
	s->what = ECHO_REFUSED;
	s->why = f == FAMILY_V4 ? why_v4(type, code) : why_v6(type, code);
	read_payload(s, p, n);
}

/* The length of an IP header with ICMP behind it, 0 if it is none; where to it went. */
static size_t
skip_ip(const uint8_t *p, size_t n, enum family f, struct addr *to)
{
	size_t head = f == FAMILY_V4 ? (n > 0 ? (size_t)(p[0] & 15) * 4 : 0) : IP6_HEADER;

	*to = (struct addr){.family = (uint8_t)f};
	if (f == FAMILY_V4) {
		if (head < IP4_HEADER || n < head || p[0] >> 4 != 4 || p[9] != PROTO_V4)
			return 0;
		memcpy(to->b, p + 16, 4);
		return head;
	}
	if (n < head || p[0] >> 4 != 6 || p[6] != PROTO_V6)
		return 0;
	memcpy(to->b, p + 24, 16);
	return head;
}

bool
echo_intact(const uint8_t *p, size_t n)
{
	struct addr to;
	size_t ip = skip_ip(p, n, FAMILY_V4, &to);

	return ip && checksum(p + ip, n - ip) == 0;
}

/* An error has a header of its own, then what it is about. */
static void
read_error(struct echo_seen *s, const uint8_t *p, size_t n, enum family f)
{
	struct addr to;
	size_t ip = skip_ip(p + ECHO_HEADER, n - ECHO_HEADER, f, &to);

	if (!ip)
		return;
	echo_read_refused(s, p[0], p[1], p + ECHO_HEADER + ip, n - ECHO_HEADER - ip, f);
	s->to = to;
}

void
echo_read(struct echo_seen *s, const uint8_t *p, size_t n, enum family f, bool with_ip)
{
	struct addr to;
	size_t ip = with_ip ? skip_ip(p, n, f, &to) : 0;

	memset(s, 0, sizeof(*s));
	if ((with_ip && !ip) || n < ip + ECHO_HEADER)
		return;
	p += ip;
	n -= ip;
	if (is_error(p[0], f)) {
		read_error(s, p, n, f);
		return;
	}
	if (p[0] != (f == FAMILY_V4 ? V4_REPLY : V6_REPLY) || p[1] != 0)
		return;
	s->what = ECHO_REPLY;
	read_payload(s, p, n);
}
