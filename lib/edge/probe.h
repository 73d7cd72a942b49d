#ifndef FODNS_EDGE_PROBE_H
#define FODNS_EDGE_PROBE_H

#include <stdint.h>

#include "edge/loop.h"
#include "model/task.h"

/*
 * One interface to every kind of probe: started on a loop, it calls back once
 * with what happened, at the latest when the task's timeout has passed.  A
 * probe says what it saw; what that means is core's business.
 *
 * unknown is only what this host could not do (no rights, no route, no sockets,
 * itself late by more than 20 % of the timeout); its reason begins with
 * "local: ".  What the target did or did not do is ok, warn or fail.
 */
struct prober; /* what probes on one loop share */
struct probe_run;

struct probe_result {
	enum status status;
	const char *reason; /* valid during the call; NULL: nothing to say */
	const char *perfdata; /* the same; of exec alone */
	bool no_rights;     /* unknown, because this user may not */
	double latency_ms;  /* to the right answer; -1: there was none */
	/* Phases, each from the start; 0: not reached.  Of the first request, where one led to others. */
	double connect_ms, tls_ms, first_byte_ms;
};

struct prober_options {
	const struct addr *resolver; /* whom names are asked of; NULL: the system's */
	int resolver_port;
	/* May a task of a master's lead to this place?  NULL: whatever it is. */
	bool (*allowed)(void *arg, const struct addr *a, int port);
	void *arg;
};

struct resolver;
struct prober *prober_new(struct loop *l, const struct prober_options *o);
/*
 * From where probes go out that do not say it themselves.  What it points to stays until the
 * next call.
 */
void prober_outlet(struct prober *p, const struct texts *source, const char *interface);
struct resolver *prober_resolver(struct prober *p);
/* What takes its time is done now and not while probes run: reading authorities. */
void prober_prepare(struct prober *p, const struct probe *probe);
void prober_free(struct prober *p);        /* cancels what runs */
unsigned prober_running(const struct prober *p);

/* done is called from the loop, never from within probe_start. The task need not outlive the
 * call. */
struct probe_run *probe_start(struct prober *p, const struct task *t,
    void (*done)(void *arg, const struct probe_result *res), void *arg);
void probe_cancel(struct probe_run *r); /* no call follows */

/* The name that a probe tells its target: Host, SNI, or what is asked of a DNS server. */
const char *probe_host(const struct task *t, char text[static 64]);

#endif
