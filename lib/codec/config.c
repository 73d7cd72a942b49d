#include "codec/config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/config_read.h"
#include "model/limits.h"

/* The file as a whole: which sections there are, and what it includes. */

struct top {
	const struct yaml *include, *dns, *api, *defaults, *agents, *lint, *zones, *domains, *monitor_templates;
	const char *state_dir;
	uint64_t retention_bytes;
};

#define TOP(section) {.name = #section, .kind = KEY_NODE, .at = offsetof(struct top, section)}

static const struct key top_keys[] = {
    {.name = "state_dir", .kind = KEY_PATH, .at = offsetof(struct top, state_dir)},
    {.name = "retention_bytes", .kind = KEY_BYTES, .at = offsetof(struct top, retention_bytes),
     .min = 1 << 20, .max = INT64_C(1) << 50},
    TOP(include), TOP(dns), TOP(api), TOP(defaults), TOP(agents), TOP(lint), TOP(monitor_templates),
    TOP(zones), TOP(domains), {0},
};

static const struct key included_keys[] = {TOP(monitor_templates), TOP(zones), TOP(domains), {0}};

/* ---- include: */

struct include {
	struct reader *r;
	const struct yaml *from;
	struct root *roots;
	size_t n, cap, matched;
};

/* A pattern gives absolute paths, and the file that we began with may be named otherwise. */
static bool
already_read(struct reader *r, const char *path)
{
	const char *first = r->files[0], *slash = strrchr(first, '/');

	if (strcmp(reader_path(r, slash ? slash + 1 : first), path) == 0)
		return true;
	for (size_t i = 1; i < r->nfiles; i++)
		if (strcmp(r->files[i], path) == 0)
			return true;
	return false;
}

static void
add_root(struct include *inc, const struct top *top, uint16_t file)
{
	inc->roots = mem_array(inc->roots, &inc->cap, inc->n + 1, sizeof(*inc->roots));
	inc->roots[inc->n++] =
	    (struct root){.zones = top->zones, .domains = top->domains, .templates = top->monitor_templates, .file = file};
}

static void
take_path(void *to, const char *path)
{
	struct include *inc = to;
	struct reader *r = inc->r;
	const struct yaml *root;
	struct top top = {0};

	inc->matched++;
	if (already_read(r, path)) {
		read_problem(r, inc->from, "%s is included twice", path);
		return;
	}
	if (r->nfiles >= LIMIT_CONFIG_FILES) {
		if (r->nfiles == LIMIT_CONFIG_FILES)
			read_problem(r, inc->from, "more than %d files", (int)LIMIT_CONFIG_FILES);
		return;
	}
	root = reader_file(r, path, inc->from);
	if (root)
		read_map(r, root, "an included file", included_keys, &top);
	add_root(inc, &top, r->file);
	r->file = 0;
}

static void
take_pattern(struct reader *r, const struct yaml *n, void *arg)
{
	struct include *inc = arg;
	struct fault f = {0};
	const char *pattern;

	inc->from = n;
	inc->matched = 0;
	if (n->n == 0) {
		read_problem(r, n, "include is empty");
		return;
	}
	pattern = reader_path(r, n->text);
	if (r->src->match(r->src->arg, pattern, take_path, inc, &f) < 0)
		read_problem(r, n, "%s", f.text);
	else if (inc->matched == 0 && !strpbrk(n->text, "*?["))
		read_problem(r, n, "%s: no such file", pattern);
}

/* ---- the whole */

static void
read_sections(struct reader *r, const struct top *top)
{
	struct include inc = {.r = r};
	struct config *c = r->config;

	config_read_lint(r, top->lint, &c->ignore);
	r->ignore = c->ignore;
	c->state_dir = top->state_dir;
	c->retention_bytes = top->retention_bytes;
	config_read_servers(r, top->dns, top->api);
	add_root(&inc, top, 0);
	if (top->include)
		read_each(r, top->include, "include", take_pattern, &inc);
	for (size_t i = 0; i < inc.n; i++) {
		r->file = inc.roots[i].file;
		config_read_templates(r, inc.roots[i].templates);
	}
	r->file = 0;
	r->defaults = settings_new(r, top->defaults);
	config_read_agents(r, top->agents);
	config_read_zones(r, inc.roots, inc.n);
	config_unused_templates(r);
	free(inc.roots);
	r->file = 0;
	if (c->nzones == 0 && r->problems->errors == 0)
		read_problem_at(r, (struct place){.line = 1, .col = 1}, false,
		                "no zones are configured");
}

/* An agent's file where a master's is meant is one mistake, not twenty unknown keys. */
static bool
is_agent_file(struct reader *r, const struct yaml *root)
{
	const char *key = yaml_get(root, "servers") ? "servers" : "agent_id";

	if (!yaml_get(root, key) || yaml_get(root, "zones") || yaml_get(root, "dns"))
		return false;
	read_problem(r, root, "this is an agent's file (it has %s), and a master's is meant", key);
	return true;
}

int
config_load_over(struct config *c, const char *path, const struct config_source *src,
                 const struct config_overlay *over, struct config_problems *p)
{
	const struct yaml *root;
	struct top top = {.retention_bytes = CONFIG_RETENTION_BYTES};
	struct reader r;
	size_t before = p->errors;

	memset(c, 0, sizeof(*c));
	reader_init(&r, &c->arena, src, p);
	r.config = c;
	root = reader_file(&r, path, NULL);
	if (root && !is_agent_file(&r, root)) {
		read_map(&r, root, "the config", top_keys, &top);
		if (over && over->nlines)
			reader_overlay(&r, over);
		read_sections(&r, &top);
	}
	reader_hash(&r, c->hash);
	c->files = arena_alloc(&c->arena, r.nfiles * sizeof(*c->files));
	memcpy(c->files, r.files, r.nfiles * sizeof(*c->files));
	c->nfiles = r.nfiles;
	config_read_end(&r);
	if (p->errors == before)
		return 0;
	config_free(c);
	return -1;
}

int
config_load(struct config *c, const char *path, const struct config_source *src,
            struct config_problems *p)
{
	return config_load_over(c, path, src, NULL, p);
}
