#ifndef FODNS_PORTS_H
#define FODNS_PORTS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The ports that the kernel gives to a socket that asks for none (ip(7), ip_local_port_range).  Read
 * anew when ten seconds have passed, as somebody may set them.  All zeroes: not read yet.
 */
struct ports {
	int least, most;
	int64_t until; /* this is held for true */
};

/* Is it one of them?  Where the kernel does not say, any may be.  now: ms, on one axis, not
 * negative. */
bool ports_given(struct ports *p, int port, int64_t now);

#endif
