#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/inside.h"
#include "core/suppose.h"
#include "model/near.h"

/* A supposition from its words: "KIND=WHAT STATE". */

static const char *const kinds[] = {"target", "agent", "domain", "override", NULL};

/* The words of a kind, in the order of the states they stand for. */
static const char *const words[][5] = {
	[SUPPOSE_TARGET] = {"up", "down", "unknown", "drain", NULL},
	[SUPPOSE_AGENT] = {"up", "down", "silent", NULL},
	[SUPPOSE_DOMAIN] = {"up", "down", "unknown", NULL},
	[SUPPOSE_OVERRIDE] = {"up", "down", "drain", NULL},
};

static enum state
state_of(const char *word)
{
	return !strcmp(word, "up")      ? STATE_UP
	       : !strcmp(word, "down")  ? STATE_DOWN
	       : !strcmp(word, "drain") ? STATE_DRAIN
	                                : STATE_UNKNOWN;
}

static int
find(const char *const *list, const char *word)
{
	for (int i = 0; list[i]; i++)
		if (!strcmp(list[i], word))
			return i;
	return -1;
}

static int
none_of(struct fault *f, const char *text, const char *word, const char *const *list)
{
	const char *near = text_nearest(word, list);
	char all[128];

	text_list(all, sizeof(all), list);
	if (near)
		return fault_set(f, "%s: \"%s\" is none of %s (did you mean \"%s\"?)", text, word,
		                 all, near);
	return fault_set(f, "%s: \"%s\" is none of %s", text, word, all);
}

static int
unknown_name(struct fault *f, const char *name, const char *what, const char *where,
             const char *near)
{
	return fault_set(f, "%s: no such %s%s%s%s%s%s", name, what, where ? " in " : "",
	                 where ? where : "", near ? " (did you mean " : "", near ? near : "",
	                 near ? "?)" : "");
}

static int
read_domain(struct supposition *s, const struct engine *e, const char *name, struct fault *f)
{
	s->domain = config_domain(e->config, name);
	if (s->domain)
		return 0;
	return unknown_name(f, name, "domain", e->config->files ? e->config->files[0] : NULL,
	                    near_domain(e->config, name));
}

static bool
is_agent(const struct engine *e, const char *id)
{
	return map_gets(&e->by_id, id) != NULL;
}

static int
read_agent(struct supposition *s, const struct engine *e, const char *id, struct fault *f)
{
	const char **ids = mem_alloc((e->nagents + 1) * sizeof(*ids)), *near;

	for (size_t i = 0; i < e->nagents; i++)
		ids[i] = e->agents[i]->id;
	near = is_agent(e, id) ? id : text_nearest(id, ids);
	free(ids);
	if (!is_agent(e, id))
		return unknown_name(f, id, "agent, neither configured nor heard of", NULL, near);
	strcpy(s->agent, id);
	return 0;
}

static bool
names_any(const struct engine *e, const struct domain *only, const struct target_pattern *p)
{
	for (size_t i = 0; i < e->config->ndomains; i++) {
		const struct domain *d = &e->config->domains[i];

		for (size_t k = 0; k < d->ntargets && (!only || only == d); k++)
			if (target_pattern_matches(p, &d->targets[k]))
				return true;
	}
	return false;
}

/* DOMAIN/TARGET: what stands before a slash is a domain, unless the whole names a target. */
static int
split_domain(struct supposition *s, const struct engine *e, const char **text, struct fault *f)
{
	const char *slash = strchr(*text, '/');
	struct target_pattern p;
	struct addr a;
	char name[LIMIT_NAME + 2];
	size_t n = slash ? (size_t)(slash - *text) : 0;

	if (!slash || n >= sizeof(name) ||
	    (target_pattern_parse(*text, &p) == 0 && names_any(e, NULL, &p)))
		return 0;
	memcpy(name, *text, n);
	name[n] = '\0';
	if (addr_parse(name, &a))
		return 0; /* a network, of nobody or mistyped */
	*text = slash + 1;
	return read_domain(s, e, name, f);
}

static int
read_target(struct supposition *s, const struct engine *e, const char *text, struct fault *f)
{
	char near[TARGET_TEXT];
	struct target_pattern p;

	if (split_domain(s, e, &text, f) < 0)
		return -1;
	if (!*text || strlen(text) >= sizeof(s->target) || target_pattern_parse(text, &p) < 0)
		return fault_set(f, "\"%s\" is no address, address:port, [v6]:port, network or name",
		                 text);
	if (!names_any(e, s->domain, &p))
		return unknown_name(f, text, "target", s->domain ? s->domain->name : "any domain",
		                    near_target(near, e->config, s->domain, text));
	strcpy(s->target, text);
	return 0;
}

/* WHAT may have spaces, its state has none. */
static int
split(struct supposition *s, const char *text, char *what, struct fault *f)
{
	const char *from = strchr(text, '=') + 1, *space = strrchr(from, ' ');
	int at;
	size_t n;

	if (!space)
		return fault_set(f, "%s: and its state? such as '%s %s'", text, text,
		                 words[s->kind][s->kind == SUPPOSE_AGENT ? 2 : 1]);
	if ((at = find(words[s->kind], space + 1)) < 0)
		return none_of(f, text, space + 1, words[s->kind]);
	s->state = state_of(words[s->kind][at]);
	n = (size_t)(space - from);
	while (n > 0 && from[n - 1] == ' ')
		n--;
	memcpy(what, from, n);
	what[n] = '\0';
	return 0;
}

enum { MOST_TEXT = 512 };

int
suppose_read(struct supposition *s, const struct engine *e, const char *text, struct fault *f)
{
	const char *equals = strchr(text, '=');
	char kind[16], what[MOST_TEXT];
	int k;

	memset(s, 0, sizeof(*s));
	if (!equals || strlen(text) >= MOST_TEXT)
		return fault_set(f, "\"%.200s\" supposes nothing (such as 'target=10.0.0.1:80 down' "
		                    "or 'agent=fra1 silent')", text);
	snprintf(kind, sizeof(kind), "%.*s", (int)(equals - text), text);
	if ((k = find(kinds, kind)) < 0)
		return none_of(f, text, kind, kinds);
	s->kind = (enum suppose_kind)k;
	if (split(s, text, what, f) < 0)
		return -1;
	if (s->kind == SUPPOSE_AGENT)
		return read_agent(s, e, what, f);
	return s->kind == SUPPOSE_DOMAIN ? read_domain(s, e, what, f) : read_target(s, e, what, f);
}
