#include "codec/yaml_text.h"

#include <string.h>

const char *
yaml_text(struct yaml_texts *t, struct arena *a, const struct yaml *node, const char *s, size_t n)
{
	const struct yaml **seen;
	size_t i;

	if (n == 0 || n >= 16)
		return arena_strndup(a, s, n);
	i = ((unsigned char)s[0] * 31 + (unsigned char)s[n - 1] * 7 + n * 113) % YAML_TEXTS;
	seen = &t->seen[i];
	if (*seen && (*seen)->n == n && memcmp((*seen)->text, s, n) == 0)
		return (*seen)->text;
	*seen = node;
	return arena_strndup(a, s, n);
}
