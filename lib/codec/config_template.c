#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "codec/config_domain.h"

/*
 * monitor_templates: a monitor section under a name.  Each is read once, with its
 * problems, and what it says is copied into each domain that stands on it: equal
 * probes of many domains stay one.
 */
static struct template *
new_template(struct reader *r, const struct yaml *key)
{
	struct template *t, **slot;
	char where[256];

	if (key->n == 0 || !read_clean(key)) {
		read_problem(r, key, "the name of a template is empty or has control characters");
		return NULL;
	}
	slot = (struct template **)(void *)map_puts(&r->templates,
	                                            arena_strndup(&r->trees, key->text, key->n));
	if (*slot) {
		reader_where(r, &(*slot)->at, where, sizeof(where));
		read_problem(r, key, "template %s is already at %s", key->text, where);
		return NULL;
	}
	t = *slot = arena_alloc(&r->trees, sizeof(*t));
	t->name = arena_strndup(&r->trees, key->text, key->n);
	t->at = read_place(r, key);
	t->next = r->all_templates;
	r->all_templates = t;
	return t;
}

static void
read_template(struct reader *r, const struct yaml *key, const struct yaml *value)
{
	struct template *t = new_template(r, key);
	size_t before = r->problems->errors;

	if (!t)
		return;
	t->s = settings_new(r, NULL);
	if (yaml_get(value, "template"))
		read_problem(r, yaml_get(value, "template"), "a template cannot stand on another");
	else
		settings_monitor(r, t->s, value, MONITOR_TEMPLATE);
	t->wrong = r->problems->errors > before;
}

void
config_read_templates(struct reader *r, const struct yaml *map)
{
	if (!map || read_is_null(map) || !read_expect_kind(r, map, YAML_MAP, "monitor_templates"))
		return;
	for (const struct yaml *k = map->first; k; k = k->next->next)
		read_template(r, k, k->next);
}

static void
unknown(struct reader *r, const struct yaml *n)
{
	const char **names = NULL, *near;
	size_t count = 0, cap = 0;
	char shown[64];

	for (const struct template *t = r->all_templates; t; t = t->next) {
		names = mem_array(names, &cap, count + 2, sizeof(*names));
		names[count++] = t->name;
		names[count] = NULL;
	}
	near = names ? text_nearest(n->text, names) : NULL;
	if (near)
		read_problem(r, n, "no template \"%s\" (did you mean \"%s\"?)", read_show(shown, n),
		             near);
	else
		read_problem(r, n, "no template \"%s\" in monitor_templates", read_show(shown, n));
	free(names);
}

struct template *
config_template(struct reader *r, const struct yaml *n)
{
	struct template *t;

	if (!read_expect_kind(r, n, YAML_SCALAR, "template"))
		return NULL;
	t = map_get(&r->templates, n->text, n->n);
	if (!t)
		unknown(r, n);
	else
		t->used = true;
	return t && !t->wrong ? t : NULL;
}

void
config_unused_templates(struct reader *r)
{
	for (const struct template *t = r->all_templates; t; t = t->next)
		if (!t->used)
			read_advice(r, t->at, ADVICE_TEMPLATE_UNUSED,
			            "template %s is used by no domain", t->name);
}
