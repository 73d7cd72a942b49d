#ifndef FODNS_WORKER_H
#define FODNS_WORKER_H

/*
 * fodns-serve's worker: the process that talks to the network.  Gets sockets,
 * counters and decision streams from its keeper over the SOCK_SEQPACKET socket
 * `control` (handoff.h), gives up everything else, and answers from the first
 * whole generation on.  Ends with the keeper.  Returns an exit status.
 */
int worker_run(int control);

#endif
