#ifndef FODNS_LINT_H
#define FODNS_LINT_H

#include <stddef.h>

#include "core/engine.h"
#include "model/advice.h"

/*
 * Advice on a config that is valid (model/advice.h): what will not work, and what
 * will surprise its owner one night.
 */
struct finding {
	enum advice id;
	struct place at;             /* a line of some file */
	const struct domain *domain; /* NULL: of the whole */
	const char *text;            /* without the domain's name; until the call returns */
};

struct lint {
	const struct config *config;
	uint64_t ignore; /* in addition to what the config says */
	void (*say)(void *arg, const struct finding *f);
	void *arg;
	size_t ignored; /* how many were not said */
};

/* Calls say() for each, in the order of the file's domains. */
void lint_config(struct lint *l);

/* What the reports of an engine of this config tell of it. */
void lint_reports(struct lint *l, const struct engine *e);

#endif
