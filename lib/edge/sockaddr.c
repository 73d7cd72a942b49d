#include "edge/sockaddr.h"

#include <arpa/inet.h>
#include <string.h>

socklen_t
sockaddr_make(union sockaddr_any *s, const struct addr *a, int port)
{
	in_port_t net = htons((uint16_t)(port > 0 ? port : 0));

	memset(s, 0, sizeof(*s));
	if (a->family == FAMILY_V4) {
		s->v4.sin_family = AF_INET;
		s->v4.sin_port = net;
		memcpy(&s->v4.sin_addr, a->b, 4);
		return sizeof(s->v4);
	}
	s->v6.sin6_family = AF_INET6;
	s->v6.sin6_port = net;
	memcpy(&s->v6.sin6_addr, a->b, 16);
	return sizeof(s->v6);
}

bool
sockaddr_addr(const struct sockaddr *s, struct addr *a, int *port)
{
	union sockaddr_any any;

	memset(a, 0, sizeof(*a));
	if (s->sa_family == AF_INET) {
		memcpy(&any.v4, s, sizeof(any.v4));
		a->family = FAMILY_V4;
		memcpy(a->b, &any.v4.sin_addr, 4);
		if (port)
			*port = ntohs(any.v4.sin_port);
		return true;
	}
	if (s->sa_family != AF_INET6)
		return false;
	memcpy(&any.v6, s, sizeof(any.v6));
	a->family = FAMILY_V6;
	memcpy(a->b, &any.v6.sin6_addr, 16);
	if (port)
		*port = ntohs(any.v6.sin6_port);
	return true;
}
