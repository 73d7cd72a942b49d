#ifndef FODNS_YAML_TEXT_H
#define FODNS_YAML_TEXT_H

#include "codec/yaml.h"

/* The last texts seen: a config of many domains says the same words again and again. */
enum { YAML_TEXTS = 512 };

struct yaml_texts {
	const struct yaml *seen[YAML_TEXTS];
};

/* The n bytes at s for the scalar `node`, in the arena or where an equal one has them already. */
const char *yaml_text(struct yaml_texts *t, struct arena *a, const struct yaml *node,
                      const char *s, size_t n);

#endif
