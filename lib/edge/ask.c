#include "edge/ask.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/wire.h"
#include "codec/zonetext.h"
#include "edge/clock.h"
#include "edge/sockaddr.h"

enum { HEADER = 12, MOST = 4096, FLAG_QR = 0x8000, FLAG_TC = 0x0200 };

static const uint16_t types[] = {
    [RRTYPE_A] = TYPE_A, [RRTYPE_AAAA] = TYPE_AAAA, [RRTYPE_CNAME] = TYPE_CNAME,
    [RRTYPE_SRV] = TYPE_SRV, [RRTYPE_TXT] = TYPE_TXT,
};

/* ---- the reply */

/* Behind the name at *at, pointers not followed; false when it runs out of the message. */
static bool
skip_name(const uint8_t *p, size_t n, size_t *at)
{
	while (*at < n) {
		uint8_t c = p[*at];

		if (c >= 0xc0) {
			*at += 2;
			return *at <= n;
		}
		*at += 1u + c;
		if (c == 0)
			return *at <= n;
	}
	return false;
}

static bool
take_address(const uint8_t *p, size_t n, enum family family, struct answer *a)
{
	struct addr addr = {.family = (uint8_t)family};

	if (n != (family == FAMILY_V4 ? 4 : 16))
		return false;
	memcpy(addr.b, p, n);
	*a = answer_addr(&addr);
	return true;
}

static bool
take_value(const uint8_t *p, size_t n, enum rrtype type, struct ask_reply *r, struct answer *a)
{
	char *at = r->texts + r->used;

	zonetext_text(at, sizeof(r->texts) - r->used, type, p, n);
	*a = answer_value(at);
	r->used += strlen(at) + (*at != '\0');
	return *at != '\0' && r->used < sizeof(r->texts);
}

static bool
take(const uint8_t *p, size_t n, enum rrtype type, struct ask_reply *r, struct answer *a)
{
	return type <= RRTYPE_AAAA ? take_address(p, n, (enum family)type, a)
	                           : take_value(p, n, type, r, a);
}

/* Of the name in the question, not of where an alias leads: a pointer to it, or the same bytes. */
static bool
is_asked(const uint8_t *p, size_t from, size_t to)
{
	if (to - from == 2 && p[from] == 0xc0)
		return p[from + 1] == HEADER;
	return !memcmp(p + from, p + HEADER, to - from);
}

static bool
read_record(const uint8_t *p, size_t n, size_t *at, enum rrtype type, struct ask_reply *r)
{
	size_t owner = *at;
	bool asked;
	uint16_t len;
	uint32_t ttl;

	if (!skip_name(p, n, at) || n - *at < 10)
		return false;
	asked = is_asked(p, owner, *at) && wire_get16(p + *at) == types[type];
	ttl = wire_get32(p + *at + 4);
	len = wire_get16(p + *at + 8);
	*at += 10;
	if (n - *at < len)
		return false;
	if (asked && r->nanswers < LIMIT_TARGETS &&
	    take(p + *at, len, type, r, &r->answers[r->nanswers]) && ++r->nanswers == 1)
		r->ttl = ttl;
	*at += len;
	return true;
}

int
ask_read(const uint8_t *p, size_t n, uint16_t id, enum rrtype type, struct ask_reply *r)
{
	size_t at = HEADER;
	uint16_t flags;

	memset(r, 0, sizeof(*r));
	if (n < HEADER || wire_get16(p) != id)
		return -1;
	flags = wire_get16(p + 2);
	if (!(flags & FLAG_QR) || wire_get16(p + 4) != 1)
		return -1;
	r->rcode = flags & 15;
	r->cut = flags & FLAG_TC;
	if (!skip_name(p, n, &at) || n - at < 4)
		return -1;
	at += 4;
	for (unsigned left = wire_get16(p + 6); left > 0; left--)
		if (!read_record(p, n, &at, type, r))
			return -1;
	r->nanswers = answer_sort(r->answers, r->nanswers);
	return 0;
}

/* ---- the question */

static size_t
write_query(uint8_t *p, uint16_t id, const char *name, enum rrtype type)
{
	size_t n;

	memset(p, 0, HEADER);
	wire_put16(p, id);
	wire_put16(p + 4, 1);
	n = wire_name(p + HEADER, name);
	if (n == 0)
		return 0;
	wire_put16(p + HEADER + n, types[type]);
	wire_put16(p + HEADER + n + 2, CLASS_IN);
	return HEADER + n + 4;
}

/* What is not our reply is passed over until the time is up. */
static int
await(int fd, uint16_t id, enum rrtype type, int64_t timeout_ms, struct ask_reply *r)
{
	int64_t end = clock_mono() + timeout_ms, left;
	struct pollfd w = {fd, POLLIN, 0};
	uint8_t p[MOST];
	ssize_t n;

	while ((left = end - clock_mono()) > 0) {
		if (poll(&w, 1, (int)left) <= 0)
			continue;
		n = recv(fd, p, sizeof(p), 0);
		if (n < 0 && errno == ECONNREFUSED)
			return -1;
		if (n > 0 && ask_read(p, (size_t)n, id, type, r) == 0)
			return 0;
	}
	errno = ETIMEDOUT;
	return -1;
}

int
ask_dns(const struct addr *server, int port, const char *name, enum rrtype type,
        int64_t timeout_ms, struct ask_reply *r, struct fault *f)
{
	uint8_t p[HEADER + WIRE_NAME + 4];
	union sockaddr_any to;
	socklen_t len = sockaddr_make(&to, server, port);
	uint16_t id = 0;
	size_t n;
	int fd, ok, err;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		id = (uint16_t)clock_mono();
	n = write_query(p, id, name, type);
	fd = n > 0 ? socket(to.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
	if (fd < 0)
		return fault_temp(f, "%s", strerror(errno));
	ok = connect(fd, &to.sa, len) == 0 && send(fd, p, n, 0) == (ssize_t)n &&
	     await(fd, id, type, timeout_ms, r) == 0;
	err = errno;
	close(fd);
	return ok ? 0 : fault_temp(f, "%s", err == ETIMEDOUT ? "no reply" : strerror(err));
}
