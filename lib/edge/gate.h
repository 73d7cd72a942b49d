#ifndef FODNS_GATE_H
#define FODNS_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "model/addr.h"

/*
 * Who may stay connected: caps in total and per address, and absolute deadlines
 * that no dripping of bytes moves.  Time is an argument (CLOCK_MONOTONIC, ms)
 * and closing is the caller's: nothing here touches a socket.
 *
 * At a cap the newcomer is let in and the one that has waited longest in its
 * phase is closed: a good client sends its request at once and waits for nothing.
 */
enum gate_phase {
	GATE_HEADERS, /* connected, no whole request line yet */
	GATE_REQUEST, /* request line is here; headers, body and answer follow */
	GATE_IDLE     /* answered, kept alive */
};

struct gate_entry {
	TAILQ_ENTRY(gate_entry) link;
	struct addr addr;
	enum gate_phase phase;
	bool closing;              /* close was called; it leaves soon */
	int64_t since, deadline;   /* of the phase */
	int64_t headers_deadline;  /* until gate_headers_done */
};

struct gate {
	size_t most, most_per_addr;
	int64_t headers_ms, request_ms, idle_ms;
	void (*close)(struct gate_entry *e); /* called at most once an entry */

	TAILQ_HEAD(, gate_entry) list;
	size_t n;                            /* without those that are closing */
	uint64_t entered, evicted, late;     /* counters: in all, for a cap, past a deadline */
};

void gate_init(struct gate *g); /* after the limits were set */
void gate_admit(struct gate *g, const struct addr *a); /* makes room for one from a */
void gate_enter(struct gate *g, struct gate_entry *e, const struct addr *a, int64_t now);
void gate_leave(struct gate *g, struct gate_entry *e);
void gate_request(struct gate *g, struct gate_entry *e, int64_t now); /* the request line came */
void gate_headers_done(struct gate_entry *e);                         /* all headers came */
void gate_idle(struct gate *g, struct gate_entry *e, int64_t now);    /* answered */
void gate_sweep(struct gate *g, int64_t now); /* closes who is late */

#endif
