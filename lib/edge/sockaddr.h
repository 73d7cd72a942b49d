#ifndef FODNS_SOCKADDR_H
#define FODNS_SOCKADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "model/addr.h"

/* The model's addresses and the kernel's. */
union sockaddr_any {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage storage;
};

/* port below 0: 0 */
socklen_t sockaddr_make(union sockaddr_any *s, const struct addr *a, int port);

/* port may be NULL; false: another family */
bool sockaddr_addr(const struct sockaddr *s, struct addr *a, int *port);

#endif
