#include "codec/cookie.h"

#include <string.h>

#include "base/siphash.h"
#include "codec/wire.h"

/* RFC 9018 4.3: how old a cookie may be, and how far ahead another server's clock. */
enum { VERSION = 1, OLDEST = 3600, AHEAD = 300, ADDRESS = 16 };

static uint64_t
little64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

/* The MAC over a client's cookie, the first half of ours behind it, and the address. */
static uint64_t
mac(const uint8_t secret[16], const uint8_t *cookie, const uint8_t *addr, size_t addrlen)
{
	const uint64_t key[2] = {little64(secret), little64(secret + 8)};
	uint8_t data[COOKIE_CLIENT + 8 + ADDRESS];

	memcpy(data, cookie, COOKIE_CLIENT + 8);
	memcpy(data + COOKIE_CLIENT + 8, addr, addrlen);
	return siphash24(key, data, COOKIE_CLIENT + 8 + addrlen);
}

bool
cookie_length_valid(size_t n)
{
	return n == COOKIE_CLIENT || (n >= COOKIE_CLIENT + 8 && n <= COOKIE_MOST);
}

bool
cookie_valid(const uint8_t secret[16], const uint8_t *cookie, size_t n, const uint8_t *addr,
             size_t addrlen, uint32_t now)
{
	uint32_t age;

	if (n != COOKIE_CLIENT + COOKIE_SERVER || cookie[COOKIE_CLIENT] != VERSION ||
	    addrlen > ADDRESS)
		return false;
	age = now - wire_get32(cookie + COOKIE_CLIENT + 4); /* serial number arithmetic: RFC 1982 */
	if (age > OLDEST && age < (uint32_t)-AHEAD)
		return false;
	/* A difference in time tells nothing: who guesses sends 2^64 packets for one hit. */
	return little64(cookie + COOKIE_CLIENT + 8) == mac(secret, cookie, addr, addrlen);
}

void
cookie_make(uint8_t dst[COOKIE_CLIENT + COOKIE_SERVER], const uint8_t secret[16],
            const uint8_t client[COOKIE_CLIENT], const uint8_t *addr, size_t addrlen, uint32_t now)
{
	uint8_t *p = dst + COOKIE_CLIENT;
	uint64_t hash;

	memmove(dst, client, COOKIE_CLIENT);
	memset(p, 0, 4);
	p[0] = VERSION;
	wire_put32(p + 4, now);
	hash = mac(secret, dst, addr, addrlen < ADDRESS ? addrlen : ADDRESS);
	for (int i = 0; i < 8; i++)
		p[8 + i] = (uint8_t)(hash >> (8 * i));
}
