#ifndef FODNS_BOARD_H
#define FODNS_BOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "core/engine.h"

/*
 * All domains on one screen: a head of sums, then those that are not as they
 * should be, worst first, then the others as far as there is room.
 */
struct board {
	struct engine *engine;
	const struct config *config;
	const bool *chosen;  /* by the domain's index; NULL: all */
	const char *when;    /* now, as people say it */
	const char *trouble; /* said in the head; NULL: none */
	const char *last;    /* the last change of an answer; NULL: none was seen, the newest answer counts */
	int64_t last_at;
	bool colour;
	size_t width, height; /* of the screen, in characters */
};

/* At most `height` lines of at most `width` characters. */
void board_write(const struct board *x, struct buf *b);

#endif
