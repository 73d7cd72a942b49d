#include "edge/activation.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "edge/sockaddr.h"

enum { FIRST_FD = 3, FDS_MAX = 1024 };

static int
option(int fd, int name)
{
	int v = -1;
	socklen_t n = sizeof(v);

	return getsockopt(fd, SOL_SOCKET, name, &v, &n) < 0 ? -1 : v;
}

static bool
look(int fd, struct activation_socket *s)
{
	union sockaddr_any at;
	socklen_t n = sizeof(at);
	int type = option(fd, SO_TYPE);

	s->fd = fd;
	s->tcp = type == SOCK_STREAM;
	if (type != SOCK_DGRAM && (!s->tcp || option(fd, SO_ACCEPTCONN) != 1))
		return false;
	return getsockname(fd, &at.sa, &n) == 0 &&
	       sockaddr_addr(&at.sa, &s->listen.addr, &s->listen.port) && s->listen.port;
}

/*
 * UDP is read by threads that block, TCP by one that must not.  The flag belongs to the socket, not
 * to the descriptor, so it changes for the manager, too; that one polls before it reads, and sets
 * the flag as the unit says whenever it passes the socket on.
 */
static bool
set_blocking(const struct activation_socket *s)
{
	int flags = fcntl(s->fd, F_GETFL);

	flags = s->tcp ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	return fcntl(s->fd, F_SETFL, flags) == 0;
}

static void
take_one(struct activation *a, int fd)
{
	struct activation_socket *s = &a->sockets[a->n];

	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		log_warn("descriptor %d was announced by LISTEN_FDS and is not open", fd);
		return;
	}
	if (a->n < LIMIT_LISTENS && look(fd, s) && set_blocking(s)) {
		a->n++;
		return;
	}
	log_warn(a->n == LIMIT_LISTENS
	             ? "descriptor %d is one socket too many: it is not used"
	             : "descriptor %d is no UDP socket and no TCP listener: it is not used",
	         fd);
	close(fd);
}

void
activation_take(struct activation *a)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint64_t us, n = 0;

	a->n = 0;
	if (pid && fds && num_u64(pid, 1, INT32_MAX, &us) && (pid_t)us == getpid() &&
	    !num_u64(fds, 0, FDS_MAX, &n))
		log_warn("LISTEN_FDS is not a number up to %d: no socket is taken over", FDS_MAX);
	for (uint64_t i = 0; i < n; i++)
		take_one(a, FIRST_FD + (int)i);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}
