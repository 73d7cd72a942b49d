#include "edge/probesocket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "edge/patterns.h"
#include "edge/sockaddr.h"
#include "model/pattern.h"

int
probe_socket(struct probe_run *r, int type, bool *now)
{
	/* Closing sends RST: thousands of checks a second would fill the table of TIME_WAIT. */
	static const struct linger hard = {.l_onoff = 1, .l_linger = 0};
	static const int later = 0;
	union sockaddr_any to;
	socklen_t len = sockaddr_make(&to, &r->addr, r->port);
	int fd = socket(to.sa.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	*now = false;
	if (fd < 0) {
		probe_end_errno(r, errno, true);
		return -1;
	}
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	if (r->kind->ack_waits)
		setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &later, sizeof(later));
	if (!probe_bind(r, fd)) {
		close(fd);
		return -1;
	}
	if (connect(fd, &to.sa, len) == 0)
		*now = true;
	else if (errno != EINPROGRESS) {
		probe_end_errno(r, errno, true);
		close(fd);
		return -1;
	}
	return fd;
}

void
probe_close_softly(int fd)
{
	static const struct linger soft = {0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &soft, sizeof(soft));
}

/* A connection to one's own address can meet itself (RFC 9293 3.5, simultaneous open), a datagram
 * comes back to who sent it: at a port that the socket was given by chance. */
bool
probe_met_itself(struct probe_run *r, int fd)
{
	union sockaddr_any me;
	socklen_t len = sizeof(me);
	struct addr a;
	int port;

	return ports_given(&r->prober->ports, r->port, (int64_t)(r->start_us / 1e3)) &&
	       getsockname(fd, &me.sa, &len) == 0 &&
	       sockaddr_addr(&me.sa, &a, &port) && port == r->port && addr_equal(&a, &r->addr);
}

bool
probe_stands(struct probe_run *r, int fd)
{
	if (probe_met_itself(r, fd))
		probe_end_errno(r, ECONNREFUSED, false);
	else
		r->result.connect_ms = r->now_ms;
	return !r->ended;
}

bool
probe_connected(struct probe_run *r, int fd)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	if (err)
		probe_end_errno(r, err, false);
	return !err && probe_stands(r, fd);
}

void
probe_send(struct probe_run *r, int fd, const void *data, size_t n, bool first)
{
	if (send(fd, data, n, MSG_NOSIGNAL) >= 0)
		return;
	/* Later a full buffer may have room at the next third, and what is the target's word is told
	 * by whichever call comes first. */
	if (first || errno == ECONNREFUSED)
		probe_end_errno(r, errno, first);
}

void
probe_words(struct buf *b, const struct probe *p)
{
	size_t n = p->send_hex ? strlen(p->send_hex) : 0;

	if (p->send)
		buf_puts(b, p->send);
	else if (n && num_hex((uint8_t *)buf_room(b, n / 2), p->send_hex, n))
		b->len += n / 2;
}

void
expect_take(struct expect *e, struct probe_run *r, const char *text)
{
	*e = (struct expect){0};
	if (!text)
		return;
	if (!r->prober->patterns)
		r->prober->patterns = patterns_new();
	e->negated = *text == '!';
	e->pattern = pattern_take(r->prober->patterns, text + e->negated);
	if (!e->pattern)
		probe_end(r, STATUS_UNKNOWN, "expect cannot be compiled");
}

void
expect_drop(struct expect *e, struct probe_run *r)
{
	pattern_drop(r->prober->patterns, e->pattern);
	e->pattern = NULL;
}

bool
expect_matches(const struct expect *e, struct probe_run *r, const char *text, size_t n)
{
	enum pattern_found found = pattern_find(e->pattern, text, n);

	if (found == PATTERN_COSTLY)
		probe_end(r, STATUS_UNKNOWN, "pattern costs too much");
	return found == PATTERN_YES;
}

const char *
expect_failed(const struct expect *e)
{
	return e->negated ? "answer matches what it must not" : "answer does not match";
}

char *
probe_chunk(struct prober *p)
{
	if (!p->chunk)
		p->chunk = mem_alloc(PROBE_CHUNK);
	return p->chunk;
}
