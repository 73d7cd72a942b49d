#ifndef FODNS_PROBESOCKET_H
#define FODNS_PROBESOCKET_H

#include "edge/probekind.h"

/*
 * The socket of one probe: connected to the target, or on the way there.  tcp is
 * SOCK_STREAM, whose close sends RST; of SOCK_DGRAM only the target is heard.
 * -1: the run has ended.  *now: connected already.
 */
int probe_socket(struct probe_run *r, int type, bool *now);

/* How an attempt that was under way has ended, at the time of the last probe_late; false: so has the
 * run. */
bool probe_connected(struct probe_run *r, int fd);
/* The same where it is known that there was no error. */
bool probe_stands(struct probe_run *r, int fd);

/* A socket whose own port is the target's, on the target's address, hears itself: nobody listens. */
bool probe_met_itself(struct probe_run *r, int fd);

/* The next close is an orderly one. */
void probe_close_softly(int fd);

/* Of a datagram; first: what fails is this host's trouble. */
void probe_send(struct probe_run *r, int fd, const void *data, size_t n, bool first);

/* What tcp and udp say first is added to b: nothing, where the probe has none. */
void probe_words(struct buf *b, const struct probe *p);

/* What came is judged by a pattern; one with '!' in front must not match. */
struct expect {
	struct pattern *pattern; /* NULL: anything will do */
	bool negated;
};

/* text NULL: no pattern.  Ends the run if there is one that cannot be compiled. */
void expect_take(struct expect *e, struct probe_run *r, const char *text);
void expect_drop(struct expect *e, struct probe_run *r);
/* Is there a match?  Ends the run if that cannot be told. */
bool expect_matches(const struct expect *e, struct probe_run *r, const char *text, size_t n);
const char *expect_failed(const struct expect *e); /* the reason */

/* PROBE_CHUNK bytes for all probes of the loop to read into. */
char *probe_chunk(struct prober *p);

#endif
