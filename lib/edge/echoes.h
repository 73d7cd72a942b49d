#ifndef FODNS_ECHOES_H
#define FODNS_ECHOES_H

#include "codec/echo.h"
#include "edge/loop.h"
#include "model/outlet.h"

/*
 * The sockets for ICMP echoes: one for each family, outlet and kind of size,
 * opened when first needed.  What is sent in one turn of the loop goes out together at its
 * end; only what answers our own requests wakes us.
 */
struct echoes;
struct echoes_socket;

struct echoes_calls {
	/* CLOCK_MONOTONIC; called before anything can be seen of it */
	void (*sent)(void *arg, const struct echo *e, double at_us);
	void (*failed)(void *arg, const struct echo *e, int err);
	/* at_us: when the kernel got it */
	void (*seen)(void *arg, const struct echo_seen *s, const struct addr *from, double at_us);
};

struct echoes *echoes_new(struct loop *l, const struct echoes_calls *calls, void *arg);
void echoes_free(struct echoes *s);

/* size: of the payload of what is sent by it, at most */
struct echoes_socket *echoes_socket(struct echoes *s, enum family f, const struct outlet *o,
                                    size_t size);

/*
 * To be asked before each use: what failed is tried again.  -1: *why is why
 * ("local: "), or NULL and errno says it; missing rights are said once a run.
 */
int echoes_open(struct echoes_socket *k, const char **why);

/* Reads what has come: calls seen. */
void echoes_look(struct echoes_socket *k);

/* In order, at the end of the turn, or now where many wait. */
void echoes_send(struct echoes_socket *k, const struct echo *e, const struct addr *to,
                 size_t size);

#endif
