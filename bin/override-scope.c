#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/stamp.h"
#include "base/text.h"
#include "codec/records.h"
#include "core/grid.h"
#include "core/view.h"
#include "decide.h"
#include "model/near.h"
#include "override.h"

/* What an override is about, from words to what the config has; and the list of those in force. */

bool
override_names(const struct override *o, const struct domain *d, const struct target *t)
{
	struct target_pattern p;

	if (o->domain[0] && strcmp(o->domain, d->name))
		return false;
	return target_pattern_parse(o->target, &p) == 0 &&
	       target_pattern_matches(&p, t);
}

static bool
configured(const struct overriding *o, const struct override *scope)
{
	for (size_t i = 0; i < o->config.ndomains; i++)
		for (size_t k = 0; k < o->config.domains[i].ntargets; k++)
			if (override_names(scope, &o->config.domains[i],
			                   &o->config.domains[i].targets[k]))
				return true;
	return false;
}

_Noreturn static void
not_configured(const struct overriding *o)
{
	char text[TARGET_TEXT];
	const char *near = near_target(text, &o->config, o->domain, o->said.target);

	log_error("%s: not a target of %s in %s%s%s%s", o->said.target,
	          o->domain ? o->domain->name : "any domain", o->config.files[0],
	          near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
	exit(EXIT_USAGE);
}

static void
take_target(struct overriding *o, const char *text)
{
	struct target_pattern p;
	struct addr a;
	int port;
	char plain[ENDPOINT_TEXT];

	if (strlen(text) >= sizeof(o->said.target) || target_pattern_parse(text, &p) < 0)
		cli_usage(o->cli, "\"%s\" is no address, address:port, [v6]:port, network or name",
		          text);
	/* One target is written in one way. */
	if (endpoint_parse(text, &a, &port))
		snprintf(o->said.target, sizeof(o->said.target), "%s",
		         port == PORT_NONE ? addr_format(plain, &a)
		                           : endpoint_format(plain, &a, port));
	else if (p.name[0])
		place_text(o->said.target, &a, p.name, p.port);
	else
		snprintf(o->said.target, sizeof(o->said.target), "%s", text);
	if (!configured(o, &o->said))
		not_configured(o);
}

static void
take_domain(struct overriding *o, const char *name)
{
	o->domain = decide_domain(&o->config, name);
	snprintf(o->said.domain, sizeof(o->said.domain), "%s", o->domain->name);
}

static void
take_state(struct overriding *o, const char *word)
{
	static const char *const words[] = {"up", "down", "drain", NULL};
	int state = override_state_from(word);
	const char *near;

	if (state >= 0 && state != OVERRIDE_CLEAR) {
		o->said.state = (enum override_state)state;
		return;
	}
	near = text_nearest(word, words);
	cli_usage(o->cli, "\"%s\" is not up, down or drain%s%s%s", word,
	          near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

/* A lone word: what looks like an address, or a name that is some target's and no domain's. */
static bool
is_target(const struct overriding *o, const char *word)
{
	struct override scope = {.domain = ""};
	struct target_pattern p;

	if (target_pattern_parse(word, &p) < 0)
		return strpbrk(word, ":/") != NULL;
	if (p.kind == PATTERN_NET || strpbrk(word, ":/"))
		return true;
	if (config_domain(&o->config, word) || strlen(word) >= sizeof(scope.target))
		return false;
	strcpy(scope.target, word);
	return configured(o, &scope);
}

void
override_scope(struct overriding *o, char **operands, int n)
{
	o->said.state = OVERRIDE_CLEAR;
	if (!o->list && !o->clear)
		take_state(o, operands[--n]);
	if (n > 2)
		cli_usage(o->cli, "\"%s\": one domain and one target at most", operands[2]);
	if (n == 0 && !o->list)
		cli_usage(o->cli, "which target?");
	if (n == 2) {
		take_domain(o, operands[0]);
		take_target(o, operands[1]);
	} else if (n == 1 && !o->list && is_target(o, operands[0])) {
		take_target(o, operands[0]);
	} else if (n == 1) {
		/* A domain alone: all its targets. */
		take_domain(o, operands[0]);
	}
}

/* ---- --list */

static void
list_row(struct grid *g, const struct override *v, int64_t now)
{
	char until[STAMP_LEN], left[24];
	bool forever = v->until == OVERRIDE_FOREVER;

	grid_add(g, PAINT_PLAIN, v->domain[0] ? v->domain : "*");
	grid_add(g, PAINT_PLAIN, v->target[0] ? v->target : "*");
	grid_add(g,
	         v->state == OVERRIDE_UP     ? PAINT_GOOD
	         : v->state == OVERRIDE_DOWN ? PAINT_BAD
	                                     : PAINT_WARN,
	         override_state_word(v->state));
	grid_add(g, PAINT_PLAIN, forever ? "-" : stamp_local(until, v->until));
	grid_add(g, PAINT_PLAIN, forever ? "forever" : num_duration_text(left, v->until - now));
	grid_add(g, PAINT_PLAIN, v->who[0] ? v->who : "-");
	grid_add(g, PAINT_PLAIN, v->reason[0] ? v->reason : "-");
}

int
override_list(struct overriding *o)
{
	static const char *const heads[] = {"DOMAIN", "TARGET", "STATE", "UNTIL",
	                                    "LEFT",   "WHO",    "REASON"};
	size_t n = view_overrides(o->past.engine, NULL, 0);
	const struct override **list = mem_alloc((n + 1) * sizeof(*list));
	bool table = cli_wants_table(o->output);
	struct buf b = {0};
	struct grid g;

	n = view_overrides(o->past.engine, list, n);
	grid_init(&g, sizeof(heads) / sizeof(*heads));
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		grid_add(&g, PAINT_DIM, heads[i]);
	for (size_t i = 0; i < n; i++) {
		if (o->domain && list[i]->domain[0] && strcmp(list[i]->domain, o->domain->name))
			continue;
		if (table)
			list_row(&g, list[i], engine_now(o->past.engine));
		else
			override_write(&b, list[i]);
	}
	if (table)
		grid_write(&g, &b, cli_colour(stdout), 100);
	if (b.len)
		fwrite(b.data, 1, b.len, stdout);
	grid_free(&g);
	buf_free(&b);
	free(list);
	return EXIT_DONE;
}
