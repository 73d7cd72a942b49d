#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/records.h"
#include "core/view.h"
#include "decide-pick.h"
#include "decide.h"
#include "edge/statefile.h"
#include "model/name.h"

/* --list: what there is, a name a line, for completion and scripts. */
struct listing {
	struct decide *d;
	struct config config;
	struct pick pick;
	struct buf out;
	struct map seen; /* what must not be said twice */
	bool json;
};

static bool
is_new(struct listing *l, const char *text)
{
	void **slot;

	if (map_gets(&l->seen, text))
		return false;
	slot = map_puts(&l->seen, arena_strdup(&l->config.arena, text));
	*slot = l;
	return true;
}

static void
add_line(struct listing *l, const char *text)
{
	buf_puts(&l->out, text);
	buf_putc(&l->out, '\n');
}

static void
add_member(struct listing *l, const char *before, const char *value)
{
	buf_puts(&l->out, before);
	buf_json(&l->out, value);
}

/* ---- of the config */

static void
list_domains(struct listing *l)
{
	for (size_t i = 0; i < l->config.ndomains; i++) {
		const struct domain *d = &l->config.domains[i];

		if (!l->pick.domains[i])
			continue;
		if (!l->json) {
			add_line(l, d->name);
			continue;
		}
		add_member(l, "{\"domain\":", d->name);
		add_member(l, ",\"zone\":", d->zone->name);
		buf_printf(&l->out, ",\"targets\":%u,\"fallback\":%u}\n", d->ntargets,
		           d->nfallback);
	}
}

static void
list_zones(struct listing *l)
{
	for (size_t i = 0; i < l->config.nzones; i++) {
		const struct zone *z = &l->config.zones[i];

		if (!l->pick.zones[i])
			continue;
		if (!l->json) {
			add_line(l, z->name);
			continue;
		}
		add_member(l, "{\"zone\":", z->name);
		buf_puts(&l->out, ",\"ns\":[");
		for (size_t k = 0; k < z->nns; k++)
			add_member(l, k ? "," : "", z->ns[k]);
		buf_printf(&l->out, "],\"records\":%zu}\n", z->nrecords);
	}
}

/* As fodns-override takes them; several domains may have the same one. */
static void
add_target(struct listing *l, const struct domain *d, const struct target *t)
{
	char text[TARGET_TEXT];

	target_text(text, t);
	if (!l->json) {
		if (is_new(l, text))
			add_line(l, text);
		return;
	}
	add_member(l, "{\"target\":", text);
	add_member(l, ",\"domain\":", d->name);
	add_member(l, ",\"check_name\":", t->check_name);
	buf_printf(&l->out, ",\"priority\":%d,\"weight\":%d}\n", t->priority, t->weight);
}

static void
list_targets(struct listing *l)
{
	for (size_t i = 0; i < l->config.ndomains; i++)
		for (size_t t = 0; l->pick.domains[i] && t < l->config.domains[i].ntargets; t++)
			add_target(l, &l->config.domains[i], &l->config.domains[i].targets[t]);
}

/* ---- of the state: what cannot be read is not left out in silence */

static void
add_agent(struct listing *l, const char *id, bool configured, bool reported)
{
	if (!is_new(l, id))
		return;
	if (!l->json) {
		add_line(l, id);
		return;
	}
	add_member(l, "{\"agent\":", id);
	buf_printf(&l->out, ",\"configured\":%s,\"reported\":%s}\n",
	           configured ? "true" : "false", reported ? "true" : "false");
}

struct reporters {
	struct listing *l;
	char **ids;
	size_t n, cap;
};

static void
take_reporter(void *arg, const char *file)
{
	struct reporters *r = arg;
	char id[LIMIT_AGENT_ID + 1];

	if (strlen(file) >= AGENT_FILE || !agent_id_from_file(id, file))
		return;
	r->ids = mem_array(r->ids, &r->cap, r->n + 1, sizeof(*r->ids));
	r->ids[r->n++] = arena_strdup(&r->l->config.arena, id);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
read_reporters(struct reporters *r)
{
	struct statedir dir;
	struct fault f;
	int fd;

	if (decide_state(r->l->d, &r->l->config, false, &dir, &f) < 0)
		cli_fail(&f);
	fd = openat(dir.fd, "reports", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 ? errno != ENOENT : statefile_each(fd, take_reporter, r) < 0) {
		statedir_denied(&dir, "reports", errno, &f);
		cli_fail(&f);
	}
	if (fd >= 0)
		close(fd);
	statedir_close(&dir);
	if (r->n > 0)
		qsort(r->ids, r->n, sizeof(*r->ids), by_text);
}

static bool
has_reported(const struct reporters *r, const char *id)
{
	return r->n > 0 && bsearch(&id, r->ids, r->n, sizeof(*r->ids), by_text);
}

/* Those of the config, then all others that have a journal. */
static void
list_agents(struct listing *l)
{
	struct reporters r = {.l = l};

	read_reporters(&r);
	for (size_t i = 0; i < l->config.nagents; i++)
		add_agent(l, l->config.agents[i].id, true,
		          has_reported(&r, l->config.agents[i].id));
	for (size_t i = 0; i < r.n; i++)
		add_agent(l, r.ids[i], false, true);
	free(r.ids);
}

static bool
is_picked(const struct listing *l, const struct override *o)
{
	const struct domain *d = *o->domain ? config_domain(&l->config, o->domain) : NULL;

	return l->d->noperands == 0 || !*o->domain || (d && l->pick.domains[d->index]);
}

static void
list_overrides(struct listing *l)
{
	const struct override **list;
	struct engine *e;
	struct fault f;
	uint64_t bad = 0;
	size_t n;

	e = decide_engine(l->d, &l->config, &bad, &f);
	if (!e)
		cli_fail(&f);
	n = view_overrides(e, NULL, 0);
	list = mem_alloc((n + 1) * sizeof(*list));
	n = view_overrides(e, list, n);
	for (size_t i = 0; i < n; i++) {
		const struct override *o = list[i];

		if (!is_picked(l, o))
			continue;
		if (l->json)
			override_write(&l->out, o);
		else
			buf_printf(&l->out, "%s %s %s\n", *o->domain ? o->domain : "*",
			           *o->target ? o->target : "*", override_state_word((int)o->state));
	}
	free(list);
	engine_free(e);
}

/* ---- which */

static const struct {
	const char *word;
	void (*run)(struct listing *l);
} kinds[] = {
    {"domains", list_domains}, {"targets", list_targets},     {"agents", list_agents},
    {"zones", list_zones},     {"overrides", list_overrides},
};
enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

static size_t
kind_of(const struct decide *d, const char *word)
{
	const char *words[KINDS + 1] = {NULL}, *near;
	char list[80];

	for (size_t i = 0; i < KINDS; i++) {
		words[i] = kinds[i].word;
		if (!strcmp(word, words[i]))
			return i;
	}
	near = text_nearest(word, words);
	text_list(list, sizeof(list), words);
	cli_usage(d->cli, "--list: \"%s\" is not one of %s%s%s%s", word, list,
	          near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

int
decide_list(struct decide *d)
{
	struct listing l = {.d = d, .json = d->output && !strcmp(d->output, "json")};
	size_t kind = d->noperands > 0 ? kind_of(d, d->operands[0]) : 0;

	d->operands += d->noperands > 0;
	d->noperands -= d->noperands > 0;
	if (d->noperands > 0 && kinds[kind].run == list_agents)
		cli_usage(d->cli, "--list agents: agents are not of a zone or domain");
	cli_load_config(&l.config, cli_config_path(d->config));
	pick_init(&l.pick, d, &l.config, false);
	map_init(&l.seen);
	kinds[kind].run(&l);
	if (l.out.len)
		fwrite(l.out.data, 1, l.out.len, stdout);
	map_free(&l.seen);
	pick_free(&l.pick);
	buf_free(&l.out);
	config_free(&l.config);
	return EXIT_DONE;
}
