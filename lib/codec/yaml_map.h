#ifndef FODNS_YAML_MAP_H
#define FODNS_YAML_MAP_H

#include "codec/yaml.h"

/*
 * Inside of yaml.c: what a map needs once all its pairs are there.  Duplicate
 * keys are said and dropped; with `merges` the pairs of its `<<` are added,
 * its own first, then those that come first.
 */
void yaml_map_finish(struct arena *a, struct yaml *map, bool merges, yaml_problem *problem,
    void *arg);

#endif
