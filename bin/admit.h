#ifndef FODNS_ADMIT_H
#define FODNS_ADMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/engine.h"
#include "edge/statedir.h"
#include "model/config.h"
#include "model/report.h"

/*
 * Which reports a config has a place for, asked by who stores them.  The config
 * is the one given, else the default one if it is there, else the last one that
 * the state directory's decide accepted; without any, every report is taken.
 *
 * A pipe outlives configs: before a report is refused, it is looked whether the
 * config has changed since, at most once a second.
 */
struct admit {
	const char *given;          /* -c; NULL */
	const struct statedir *dir; /* NULL: none */
	bool loaded, again;         /* again: read it at the next report, changed or not */
	struct config config;
	uint64_t mark;              /* of the files as they were read */
	int64_t looked;             /* CLOCK_MONOTONIC, ms */
};

/* Ends the program if a given config is bad. */
void admit_open(struct admit *a, const char *given, const struct statedir *dir);
void admit_free(struct admit *a);
enum verdict admit_report(struct admit *a, const struct report *r);
const char *admit_source(const struct admit *a); /* the file; NULL: every report is taken */

#endif
