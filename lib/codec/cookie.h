#ifndef FODNS_COOKIE_H
#define FODNS_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * DNS cookies (RFC 7873) as all servers of one name make them (RFC 9018): who
 * shows one has received a reply at its address before.  No clock in here.
 */
enum {
	COOKIE_CLIENT = 8,  /* bytes that a client makes */
	COOKIE_SERVER = 16, /* bytes that we add */
	COOKIE_MOST = 40    /* a client's and anybody's server cookie (RFC 7873 4) */
};

/* Is n a length that the option may have? */
bool cookie_length_valid(size_t n);

/*
 * Was the n bytes of cookie made by us, or by a server with the same secret, for
 * this address (4 or 16 bytes), less than an hour before `now` (seconds of the
 * wall clock)?
 */
bool cookie_valid(const uint8_t secret[16], const uint8_t *cookie, size_t n, const uint8_t *addr,
                  size_t addrlen, uint32_t now);

/* The client's part and behind it ours. */
void cookie_make(uint8_t dst[COOKIE_CLIENT + COOKIE_SERVER], const uint8_t secret[16],
                 const uint8_t client[COOKIE_CLIENT], const uint8_t *addr, size_t addrlen,
                 uint32_t now);

#endif
