#include "edge/ports.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/fault.h"
#include "edge/file.h"

enum { HOLD_MS = 10000, MOST_BYTES = 64 };

static void
read_range(struct ports *p)
{
	struct fault none;
	struct buf text;

	buf_init(&text);
	if (file_read("/proc/sys/net/ipv4/ip_local_port_range", &text, MOST_BYTES, &none) < 0 ||
	    !text.len || sscanf(text.data, "%d %d", &p->least, &p->most) != 2) {
		p->least = 0;
		p->most = UINT16_MAX;
	}
	buf_free(&text);
}

bool
ports_given(struct ports *p, int port, int64_t now)
{
	if (now >= p->until) {
		read_range(p);
		p->until = now + HOLD_MS;
	}
	return port >= p->least && port <= p->most;
}
