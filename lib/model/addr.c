#include <arpa/inet.h>
#include <string.h>

#include "base/num.h"
#include "model/addr.h"

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

bool
addr_parse(const char *s, struct addr *a)
{
	struct addr r = {.family = FAMILY_V4};

	if (inet_pton(AF_INET, s, r.b) != 1) {
		r.family = FAMILY_V6;
		if (inet_pton(AF_INET6, s, r.b) != 1)
			return false;
	}
	*a = r;
	return true;
}

static char *
put_byte(char *p, unsigned v)
{
	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

char *
addr_format(char dst[static ADDR_TEXT], const struct addr *a)
{
	char *p = dst;

	if (a->family != FAMILY_V4) {
		if (!inet_ntop(AF_INET6, a->b, dst, ADDR_TEXT))
			dst[0] = '\0';
		return dst;
	}
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*p++ = '.';
		p = put_byte(p, a->b[i]);
	}
	*p = '\0';
	return dst;
}

int
addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->b, b->b, sizeof(a->b));
}

bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

/* An IPv4 address in IPv6 clothes reaches the IPv4 host, so it is judged as that. */
static struct addr
unmapped(const struct addr *a)
{
	struct addr r = {.family = FAMILY_V4};

	if (a->family != FAMILY_V6 || memcmp(a->b, mapped_prefix, sizeof(mapped_prefix)) != 0)
		return *a;
	memcpy(r.b, a->b + sizeof(mapped_prefix), 4);
	return r;
}

/*
 * Also by a relay: of NAT64 (RFC 6052), 6to4 (RFC 3056), and IPv4-compatible (RFC 4291), which is
 * why :: and ::1 are none.  For what is to be refused: what is allowed must be the host itself.
 */
static struct addr
embedded(const struct addr *a)
{
	static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b}, compatible[12];
	struct addr r = {.family = FAMILY_V4};
	const uint8_t *at = a->b + 12;

	if (a->family != FAMILY_V6)
		return *a;
	if (a->b[0] == 0x20 && a->b[1] == 0x02)
		at = a->b + 2;
	else if (memcmp(a->b, nat64, sizeof(nat64)) != 0 &&
	         (memcmp(a->b, compatible, sizeof(compatible)) != 0 || a->b[12] == 0))
		return unmapped(a);
	memcpy(r.b, at, 4);
	return r;
}

bool
addr_is_wildcard(const struct addr *a)
{
	static const uint8_t zero[16];
	struct addr u = unmapped(a);

	return memcmp(u.b, zero, sizeof(zero)) == 0;
}

bool
addr_is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = {[15] = 1};
	struct addr u = unmapped(a);

	return u.family == FAMILY_V4 ? u.b[0] == 127 : memcmp(u.b, one, sizeof(one)) == 0;
}

bool
addr_is_linklocal(const struct addr *a)
{
	struct addr u = embedded(a);

	if (u.family == FAMILY_V4)
		return u.b[0] == 169 && u.b[1] == 254;
	return u.b[0] == 0xfe && (u.b[1] & 0xc0) == 0x80;
}

bool
addr_is_multicast(const struct addr *a)
{
	struct addr u = embedded(a);

	return u.family == FAMILY_V4 ? (u.b[0] & 0xf0) == 0xe0 : u.b[0] == 0xff;
}

bool
prefix_parse(const char *s, struct prefix *p)
{
	const char *slash = strchr(s, '/');
	char text[ADDR_TEXT];
	struct prefix r;
	uint64_t bits;
	size_t n = slash ? (size_t)(slash - s) : strlen(s);

	if (n >= sizeof(text))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	if (!addr_parse(text, &r.addr))
		return false;
	bits = r.addr.family == FAMILY_V4 ? 32 : 128;
	if (slash && !num_u64(slash + 1, 0, bits, &bits))
		return false;
	r.bits = (uint8_t)bits;
	*p = r;
	return true;
}

bool
prefix_has(const struct prefix *p, const struct addr *a)
{
	unsigned whole = p->bits / 8, rest = p->bits % 8;

	if (p->addr.family != a->family || memcmp(p->addr.b, a->b, whole) != 0)
		return false;
	return rest == 0 || ((p->addr.b[whole] ^ a->b[whole]) >> (8 - rest)) == 0;
}

/* Splits s into the address's text and where the port's begins; NULL for none. */
static bool
split_endpoint(const char *s, char host[static ADDR_TEXT], const char **port)
{
	const char *end, *at = strchr(s, '@');
	bool bracket = s[0] == '[';

	*port = NULL;
	if (bracket) {
		end = strchr(++s, ']');
		if (!end || (end[1] != '\0' && end[1] != ':'))
			return false;
		*port = end[1] ? end + 2 : NULL;
	} else if (at) {
		end = at;
		*port = at + 1;
	} else {
		end = strchr(s, ':');
		if (end && !strchr(end + 1, ':'))
			*port = end + 1;
		else
			end = s + strlen(s);
	}
	if (end - s >= ADDR_TEXT)
		return false;
	memcpy(host, s, (size_t)(end - s));
	host[end - s] = '\0';
	return !bracket || strchr(host, ':');
}

bool
endpoint_parse(const char *s, struct addr *a, int *port)
{
	char host[ADDR_TEXT];
	const char *text;
	uint64_t v = 0;

	if (!split_endpoint(s, host, &text) || (text && !num_u64(text, 1, 65535, &v)) ||
	    !addr_parse(host, a))
		return false;
	*port = text ? (int)v : PORT_NONE;
	return true;
}

char *
endpoint_format(char dst[static ENDPOINT_TEXT], const struct addr *a, int port)
{
	char *p = dst;
	bool bracket = a->family == FAMILY_V6 && port != PORT_NONE;
	char digits[8];
	int n = 0;

	if (bracket)
		*p++ = '[';
	addr_format(p, a);
	p += strlen(p);
	if (port == PORT_NONE)
		return dst;
	if (bracket)
		*p++ = ']';
	*p++ = ':';
	do
		digits[n++] = (char)('0' + port % 10);
	while ((port /= 10) > 0 && n < (int)sizeof(digits));
	while (n > 0)
		*p++ = digits[--n];
	*p = '\0';
	return dst;
}
