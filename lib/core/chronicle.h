#ifndef FODNS_CHRONICLE_H
#define FODNS_CHRONICLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/stamp.h"
#include "model/decision.h"

/*
 * What happened, for people: two lines an event, what and why, under the day of
 * its local time.  Written as it comes, so that a long history needs no memory.
 */
struct chronicle {
	bool colour;
	size_t width;  /* of the terminal */
	size_t domain; /* of the column of domains */
	char day[STAMP_LEN];
	struct map last; /* "domain TYPE" -> its answer as last told */
	struct event before; /* whose why is still to be told: the next may have the same */
};

void chronicle_init(struct chronicle *c, bool colour, size_t width, size_t domain);
void chronicle_free(struct chronicle *c);

/* Events in their order, and at their end what is still to be said. */
void chronicle_event(struct chronicle *c, struct buf *b, const struct event *e);

void chronicle_end(struct chronicle *c, struct buf *b);

/* What is no event: one word of what it is, and a text. */
void chronicle_other(struct chronicle *c, struct buf *b, int64_t at, const char *what,
                     const char *text);

#endif
