#include "model/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

/* Is one of them the other with labels in front or behind? */
static bool
part_of(const char *part, const char *whole)
{
	size_t n = strlen(part), all = strlen(whole);

	if (n == 0 || n >= all)
		return false;
	return (whole[n] == '.' && !strncasecmp(part, whole, n)) ||
	       (whole[all - n - 1] == '.' && !strcasecmp(part, whole + all - n));
}

/* "www" for www.example.org, if there is only one of which it is so. */
static const char *
near_part(const struct config *c, const char *name)
{
	const char *found = NULL;

	for (size_t i = 0; i < c->ndomains; i++) {
		const char *one = c->domains[i].name;

		if (!part_of(name, one) && !part_of(one, name))
			continue;
		if (found)
			return NULL;
		found = one;
	}
	return found;
}

const char *
near_domain(const struct config *c, const char *name)
{
	const char **names = mem_alloc((c->ndomains + 1) * sizeof(*names)), *near;

	for (size_t i = 0; i < c->ndomains; i++)
		names[i] = c->domains[i].name;
	near = text_nearest(name, names);
	free(names);
	return near ? near : near_part(c, name);
}

struct names {
	const char **list;
	size_t n, cap;
};

static void
add_name(struct names *l, const char *text)
{
	l->list = mem_array(l->list, &l->cap, l->n + 2, sizeof(*l->list));
	l->list[l->n++] = mem_strdup(text);
	l->list[l->n] = NULL;
}

static void
add_targets(struct names *l, const struct domain *d)
{
	char text[TARGET_TEXT], plain[ADDR_TEXT];

	for (size_t k = 0; k < d->ntargets; k++) {
		struct answer a = target_answer(&d->targets[k]);

		add_name(l, answer_text(plain, &a));
		add_name(l, target_text(text, &d->targets[k]));
	}
}

const char *
near_target(char dst[static TARGET_TEXT], const struct config *c, const struct domain *only,
            const char *text)
{
	struct names l = {0};
	const char *near;

	for (size_t i = 0; i < c->ndomains; i++)
		if (!only || only == &c->domains[i])
			add_targets(&l, &c->domains[i]);
	near = l.n ? text_nearest(text, l.list) : NULL;
	if (near)
		snprintf(dst, TARGET_TEXT, "%s", near);
	for (size_t i = 0; i < l.n; i++)
		free((char *)(uintptr_t)l.list[i]);
	free(l.list);
	return near ? dst : NULL;
}
