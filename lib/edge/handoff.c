#include "edge/handoff.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(HANDOFF_FDS * sizeof(int))];
};

int
handoff_send(int sock, const struct handoff *h, const char *text, size_t n, const int *fds,
             size_t nfds)
{
	union control control;
	struct iovec iov[2] = {{(void *)(uintptr_t)h, sizeof(*h)}, {(void *)(uintptr_t)text, n}};
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = 2};
	struct cmsghdr *c;
	ssize_t r;

	if (nfds > HANDOFF_FDS) {
		errno = E2BIG;
		return -1;
	}
	if (nfds) {
		memset(&control, 0, sizeof(control));
		m.msg_control = control.bytes;
		m.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	do
		r = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -1 : 0;
}

static void
take_fds(struct msghdr *m, int *fds, size_t *nfds)
{
	*nfds = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
		    *nfds + n > HANDOFF_FDS)
			continue;
		memcpy(fds + *nfds, CMSG_DATA(c), n * sizeof(int));
		*nfds += n;
	}
}

int
handoff_receive(int sock, struct handoff *h, char *text, size_t *n, int *fds, size_t *nfds)
{
	union control control;
	struct iovec iov[2] = {{h, sizeof(*h)}, {text, HANDOFF_TEXT}};
	struct msghdr m = {.msg_iov = iov,
	                   .msg_iovlen = 2,
	                   .msg_control = control.bytes,
	                   .msg_controllen = sizeof(control)};
	ssize_t r;

	do
		r = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return (int)r;
	take_fds(&m, fds, nfds);
	if ((size_t)r < sizeof(*h) || m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		while (*nfds)
			close(fds[--*nfds]);
		errno = EPROTO;
		return -1;
	}
	*n = (size_t)r - sizeof(*h);
	return 1;
}
