#ifndef FODNS_BINDTO_H
#define FODNS_BINDTO_H

#include "model/outlet.h"

/*
 * Lets what a socket sends go out there: before connect, and before the first packet of a
 * datagram socket.  NULL, or the reason why not, for "local: "; what is missing to be allowed
 * to is said once a run.
 */
const char *bindto(int fd, const struct outlet *o);

#endif
