#ifndef FODNS_HANDOFF_H
#define FODNS_HANDOFF_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Messages between fodns-serve's keeper and its worker over a SOCK_SEQPACKET
 * pair, open files travelling along (SCM_RIGHTS).
 */
enum handoff_kind {
	HANDOFF_SHARED, /* to the worker: the counters' memory */
	HANDOFF_LISTEN, /* one address: its TCP listener, then its UDP sockets, if any */
	HANDOFF_SECRETS, /* text: a struct answer_secrets; before GO, and again when they change */
	HANDOFF_GO,     /* that was all: drop what is not needed */
	HANDOFF_STREAM, /* a new decision stream; text: the first line, without its newline */
	HANDOFF_READY   /* to the keeper: a generation is served */
};

struct handoff {
	uint32_t kind;
	uint32_t wildcard, ipv6; /* of LISTEN */
	uint32_t uid, gid;       /* of GO: become them, when root */
	uint32_t require_sandbox, listen_fixed; /* of GO; listen_fixed: not the config's */
	uint64_t gen;            /* of READY */
};

enum { HANDOFF_FDS = 250, HANDOFF_TEXT = 65536 };

/* Text of n bytes goes along. -1 with errno. */
int handoff_send(int sock, const struct handoff *h, const char *text, size_t n, const int *fds,
                 size_t nfds);

/* Blocks; fds holds HANDOFF_FDS, text HANDOFF_TEXT. Returns 1, 0 at the end, -1 with errno.
 * Received files are close-on-exec. */
int handoff_receive(int sock, struct handoff *h, char *text, size_t *n, int *fds, size_t *nfds);

#endif
