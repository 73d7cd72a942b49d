#ifndef FODNS_YAML_QUICK_H
#define FODNS_YAML_QUICK_H

#include "codec/yaml.h"

/*
 * YAML as nearly every config is written, read without libyaml: block maps and
 * lists, flow ones, plain and quoted scalars that end on their line, comments;
 * all in printable ASCII.  Returns the tree that libyaml's events make of it,
 * node by node, or NULL at anything else or wrong: then nothing was said, and
 * libyaml is to read the text.
 */
struct yaml *yaml_quick(struct arena *a, const char *text, size_t n);

#endif
