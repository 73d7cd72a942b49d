#ifndef FODNS_SCREEN_H
#define FODNS_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/*
 * The whole terminal, for a table that is drawn again and again: its second
 * screen, without cursor, keys as they are typed.  What was there comes back
 * with screen_close.
 */
struct screen {
	struct termios keys; /* as they were */
	bool raw, open;
};

bool screen_on(int fd); /* a terminal on which a line can be drawn anew */
bool screen_possible(void); /* stdout is a terminal that can do this */
void screen_open(struct screen *s);
void screen_close(struct screen *s); /* idempotent */

/* Of the terminal on stdout; 80x24 where it does not say. */
void screen_size(size_t *width, size_t *height);

/* Draws lines from the top left in one write; what was below them is gone.  False: the terminal is. */
bool screen_draw(const char *lines, size_t n);

#endif
