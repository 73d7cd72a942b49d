#ifndef FODNS_LINT_H
#define FODNS_LINT_H

#include "model/config.h"

/*
 * Advice on a config that is valid: what will surprise its owner one night.
 * say() is called for each, in the order of the file's domains; returns how many.
 */
size_t lint_config(const struct config *c,
                   void (*say)(void *arg, const struct place *at, const char *text), void *arg);

#endif
