#ifndef FODNS_CHECKNAGIOS_H
#define FODNS_CHECKNAGIOS_H

#include <stddef.h>

#include "model/report.h"

/* The results of one run as a monitoring plugin says them: a line, and the exit status. */
struct checknagios {
	size_t n[STATUS_UNKNOWN + 1];
	struct report worst; /* the first of the worst status so far, unless that is ok */
};

void checknagios_take(struct checknagios *c, const struct report *r);

/* Prints the line; 0 OK, 1 WARNING (some warn), 2 CRITICAL (some fail), 3 UNKNOWN. */
int checknagios_say(const struct checknagios *c);

#endif
