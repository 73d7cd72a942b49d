#include "edge/bindto.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "edge/rights.h"
#include "edge/sockaddr.h"

static void
say_rights(const char *interface)
{
	static bool said;

	if (!said)
		log_warn("probes are not permitted to this user by interface %s; as root: %s",
		         interface, rights_setcap());
	said = true;
}

static const char *
bind_interface(int fd, const char *name)
{
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)) == 0)
		return NULL;
	if (errno == ENODEV)
		return "no such interface";
	if (errno == EPERM || errno == EACCES) {
		say_rights(name);
		return "no right to choose the interface";
	}
	return "interface cannot be used";
}

static const char *
bind_source(int fd, const struct addr *source)
{
	static const int on = 1;
	union sockaddr_any me;
	socklen_t len = sockaddr_make(&me, source, 0);

	/* The port is chosen when the other end is known: else each takes one from all of them. */
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (bind(fd, &me.sa, len) == 0)
		return NULL;
	return errno == EADDRNOTAVAIL ? "source is not an address of this host"
	                              : "source cannot be used";
}

const char *
bindto(int fd, const struct outlet *o)
{
	const char *why = o->interface[0] ? bind_interface(fd, o->interface) : NULL;

	if (!why && o->source.family != FAMILY_OTHER)
		why = bind_source(fd, &o->source);
	return why;
}
