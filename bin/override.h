#ifndef FODNS_OVERRIDE_PROGRAM_H
#define FODNS_OVERRIDE_PROGRAM_H

#include "base/buf.h"
#include "core/engine.h"
#include "edge/cli.h"
#include "edge/statedir.h"
#include "past.h"

/* What the command line of fodns-override said, and what is known of it by now. */
struct overriding {
	const struct cli *cli;
	const char *config_path, *state, *output, *reason;
	int64_t for_ms; /* -1: not given */
	bool forever, list, clear, dry, wait;

	struct config config;
	struct statedir dir;
	struct past past;
	const struct domain *domain; /* NULL: every domain that has the target */
	struct override said;        /* by its scope and state; times are set when it is written */
};

/*
 * The operands: [DOMAIN] [TARGET] and the state's word.  Ends the program with 2 when they
 * make no sense.
 */
void override_scope(struct overriding *o, char **operands, int n);
/* is t what it is about? */
bool override_names(const struct override *o, const struct domain *d, const struct target *t);

/* Who types: behind sudo it is not root.  Before root becomes the state's owner. */
void override_operator(struct override *o);

int override_list(struct overriding *o);
int override_set(struct overriding *o);  /* sets or clears; prints the answers before and after */
/* until no answer has it, and ttl_ms more */
int override_wait(struct overriding *o, int64_t ttl_ms);

#endif
