#ifndef FODNS_KEEPER_H
#define FODNS_KEEPER_H

#include <stdbool.h>
#include <stddef.h>

#include "edge/activation.h"
#include "model/config.h"

/*
 * fodns-serve's keeper: starts `fodns-decide --follow`, binds what its first
 * line says, starts the worker and hands it sockets and streams; restarts
 * either.  Reads nothing from the network and no configuration.
 */
enum { KEEPER_CONTROL = 3 }; /* the worker's descriptor of the socket to its keeper */

struct keeper_options {
	const char *config, *state; /* passed on to decide; NULL: it knows itself */
	const char *decisions;      /* "-" or a file: the stream is there, no decide is started */
	struct listen listen[LIMIT_LISTENS];  /* in place of the config's */
	size_t nlisten;
	struct activation passed;   /* in place of either, when there are some */
	const char *cookie_secrets; /* file; NULL: a secret of our own */
	int threads;                /* UDP sockets for each address; -1: as the config says */
	bool quiet, verbose, require_sandbox;
};

/* Runs until a signal or a failure that a restart cannot mend; the exit status. The program must
 * have no threads. */
int keeper_run(const struct keeper_options *o);

#endif
