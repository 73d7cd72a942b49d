#ifndef FODNS_SAY_H
#define FODNS_SAY_H

#include <stddef.h>

#include "model/decision.h"

/*
 * An event as one line for people, without newline:
 * "webmail.failover A 10.10.10.250 -> 10.10.10.254 fallback: 10.10.10.250:80 down (0 of 3 up)".
 * Returns dst.
 */
char *say_event(char *dst, size_t cap, const struct event *ev);

#endif
