#ifndef FODNS_DECIDE_H
#define FODNS_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "accepted.h"
#include "core/engine.h"
#include "edge/cli.h"
#include "edge/statedir.h"
#include "past.h"

/* What the command line of fodns-decide said, and one function a mode. */
struct decide {
	const struct cli *cli;
	const char *config, *state, *reports, *output, *until;
	const char *at_text;
	int64_t at;     /* -1: now */
	int64_t since;  /* -1: not asked for */
	int64_t for_ms; /* of --wait */
	uint64_t ignore; /* advice that --lint keeps to itself */
	bool last_good, strict, explain, nagios, all, verbose;
	const char **given; /* of --what-if, or of --set */
	size_t ngiven;
	const char *assume, *against;
	bool two_configs; /* a report that only one of them has a target for is no mistake */
	char **operands;
	int noperands;
};

/* Modes return the exit status; data they printed is on stdout, unflushed. */
int decide_listing(struct decide *d);
int decide_explain(struct decide *d);
int decide_nagios(struct decide *d);
int decide_follow(struct decide *d);
int decide_events(struct decide *d);
int decide_wait(struct decide *d);
int decide_lint(struct decide *d);
int decide_list(struct decide *d);
int decide_what_if(struct decide *d);
int decide_against(struct decide *d);
int decide_digest(struct decide *d);
int decide_tune(struct decide *d);
int decide_since(struct decide *d);
int decide_watch(struct decide *d);
int decide_zone(struct decide *d);
int decide_nsupdate(struct decide *d);
int decide_prometheus(struct decide *d);

/* ---- shared by them */

/* -j, -o json: for modes that are text for people also in a pipe. */
bool decide_json(const struct decide *d);

/* Opens the state directory that option, environment and config name; -1 with a fault and fd -1. */
int decide_state(const struct decide *d, const struct config *c, bool make, struct statedir *dir,
                 struct fault *f);

/* The last accepted config in place of a refused one; 1 if there is none, -1 with a fault. */
int decide_last_config(const struct decide *d, struct accepted *a, struct fault *f);

/* Of a time before all that is kept nothing can be told: ends the program with 2. */
_Noreturn void decide_too_early(const struct decide *d, int64_t oldest);

/* The domain of a name, or the program ends with 2 and the nearest name there is. */
const struct domain *decide_domain(const struct config *c, const char *name);

/*
 * Ends the program with 2 if an operand names no domain, else leaves only those that are named:
 * not with --reports, whose lines about others would be bad lines, nor with agents, which
 * are judged by what they say of all domains.
 */
void decide_narrow(const struct decide *d, struct config *c);

/*
 * What was known as of d->at (-1: now), from the state directory or from report lines;
 * adds the lines that were skipped to *bad.  The config is then p->config, which may be
 * another than c, the one on disk.  -1 with a fault when the state cannot be read:
 * absent data is never judged.
 */
int decide_look(const struct decide *d, const struct config *c, struct past *p, uint64_t *bad,
                struct fault *f);

/* The same judged by c, whatever was in force then; NULL with a fault. */
struct engine *decide_engine(const struct decide *d, const struct config *c, uint64_t *bad,
                             struct fault *f);

/*
 * The same with what --assume says of targets without a fresh report.  With it a
 * state is read only if the command line names one.
 */
struct engine *decide_world(const struct decide *d, const struct config *c, uint64_t *bad,
                            struct fault *f);

/*
 * An engine fed with the report lines of d->reports up to *at; adds what was skipped to *bad.
 * With d->since its events wait to be taken.
 */
struct engine *decide_replay(const struct decide *d, const struct config *c, int64_t at,
                             uint64_t *bad);

/* The lines of d->reports up to `at`, in their order, to somebody else. */
struct decide_lines_calls {
	void *arg;
	void (*report)(void *arg, const struct report *r);
	void (*override)(void *arg, const struct override *o);
};
void decide_lines(const struct decide *d, int64_t at, const struct decide_lines_calls *calls);

#endif
