#ifndef FODNS_COURIERS_H
#define FODNS_COURIERS_H

#include <stdbool.h>
#include <stdint.h>

#include "edge/deliver.h"
#include "edge/loop.h"

/* The masters of an agent file, each with its own deliverer. */
struct couriers;

struct couriers_setup {
	struct loop *loop;
	const char *file;
	uint64_t spool_max;
	void *arg;
	void (*progress)(void *arg);
};

struct couriers *couriers_new(const struct couriers_setup *s); /* ends the program if it is bad */
void couriers_free(struct couriers *c);
void couriers_start(struct couriers *c); /* takes up what is in the spools */

/* SIGHUP: a bad file is refused and the old one stays. What is under way goes on from the spool. */
void couriers_reload(struct couriers *c);

const char *couriers_file(const struct couriers *c);
/* To the report's server, else to all; false: there is no such master. */
bool couriers_report(struct couriers *c, const struct report *r, uint64_t input);
/* "server1 (http://…), …" in dst; NULL: no such master. */
const char *couriers_route(const struct couriers *c, const struct report *r, char *dst, size_t cap);

void couriers_kick(struct couriers *c);
bool couriers_full(const struct couriers *c);
void couriers_end(struct couriers *c);
void couriers_close(struct couriers *c);
void couriers_abort(struct couriers *c);
bool couriers_done(const struct couriers *c);

/* Of all; with a line for each at -v. */
void couriers_sum(const struct couriers *c, struct deliver_counts *sum);

#endif
