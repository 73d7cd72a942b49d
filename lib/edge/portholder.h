#ifndef FODNS_PORTHOLDER_H
#define FODNS_PORTHOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "model/addr.h"

/*
 * Who holds a port, from /proc: "systemd-resolved (pid 612)", or "a process of
 * user root" where the rights do not reach further.  False: nobody was found.
 */
bool portholder_find(char *dst, size_t cap, const struct addr *a, int port, bool udp);

/*
 * The fault of a bind(2) that failed with err: "127.0.0.1:8000: address already
 * in use by fodns-api (pid 612)", temporary; for EACCES how to get a low port.
 * Returns -1.
 */
int portholder_fault(struct fault *f, const struct addr *a, int port, bool udp, int err);

#endif
