#ifndef FODNS_COMMAND_H
#define FODNS_COMMAND_H

#include <stdbool.h>

#include "base/buf.h"
#include "model/probe.h"

/*
 * The words of an exec probe.  {ip}, {port}, {domain}, {check} and {timeout} in
 * them stand for what is checked; everything else is passed on as it is, for no
 * shell ever sees it.
 */
enum { COMMAND_BYTES_MOST = 8192 };

struct command_values {
	const char *ip, *port, *domain, *check, *timeout; /* port NULL: there is none */
};

/* Why these words are no command; NULL: they may be one, or there are none. */
const char *command_wrong(const struct texts *words);

/*
 * Appends the word with its placeholders filled in.  NULL, or why it cannot be: there is no
 * port, or a name from outside would be taken for an option.
 */
const char *command_expand(struct buf *b, const char *word, const struct command_values *v);

#endif
