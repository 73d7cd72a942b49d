#include "edge/patterns.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "edge/clock.h"

enum {
	SPARE = 256, /* kept though nobody uses them: a reload takes them again */
	ENOUGH_US = 10000
};

struct patterns {
	struct map by_text;
	size_t unused;
};

struct patterns *
patterns_new(void)
{
	struct patterns *p = mem_alloc(sizeof(*p));

	map_init(&p->by_text);
	return p;
}

static void
forget(struct patterns *p, struct pattern *one)
{
	map_del(&p->by_text, one->text, strlen(one->text));
	pattern_free(one->re);
	free(one);
}

void
patterns_free(struct patterns *p)
{
	const struct map_slot *s;

	if (!p)
		return;
	for (size_t i = 0; (s = map_next(&p->by_text, &i));) {
		struct pattern *one = s->value;

		pattern_free(one->re);
		free(one);
	}
	map_free(&p->by_text);
	free(p);
}

struct pattern *
pattern_take(struct patterns *p, const char *text)
{
	struct pattern *one = map_gets(&p->by_text, text);

	if (!one) {
		struct regex *re = pattern_make(text);

		if (!re)
			return NULL;
		one = mem_alloc(sizeof(*one) + strlen(text) + 1);
		strcpy(one->text, text);
		one->re = re;
		*map_puts(&p->by_text, one->text) = one;
		p->unused++;
	}
	p->unused -= one->users++ == 0;
	return one;
}

static void
forget_unused(struct patterns *p)
{
	struct pattern *list[SPARE + 1];
	const struct map_slot *s;
	size_t n = 0;

	for (size_t i = 0; (s = map_next(&p->by_text, &i)) && n <= SPARE;)
		if (((struct pattern *)s->value)->users == 0)
			list[n++] = s->value;
	for (size_t i = 0; i < n; i++)
		forget(p, list[i]);
	p->unused -= n;
}

void
pattern_drop(struct patterns *p, struct pattern *one)
{
	if (!one || --one->users)
		return;
	if (++p->unused > SPARE)
		forget_unused(p);
}

/* Its steps are counted for the dearest kind; what turns out cheap may take more of them. */
enum pattern_found
pattern_find(const struct pattern *one, const char *text, size_t n)
{
	double began = clock_mono_us(), took;
	enum pattern_found found = pattern_matches(one->re, text, n, 1);

	if (found != PATTERN_COSTLY)
		return found;
	took = clock_mono_us() - began;
	if (took > ENOUGH_US / 2)
		return found;
	return pattern_matches(one->re, text, n, (unsigned)(ENOUGH_US / (took > 1 ? took : 1)));
}
