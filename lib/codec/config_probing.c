#include <stddef.h>
#include <string.h>

#include "codec/config_read.h"
#include "codec/taskurl.h"
#include "model/command.h"
#include "model/limits.h"
#include "model/outlet.h"

/* How an agent probes, whoever asks: of its own file. */

/* ---- commands: */

struct command_raw {
	const struct yaml *command;
	bool args;
};

#define AT(member) offsetof(struct command_raw, member)
static const struct key command_keys[] = {
    {"command", KEY_NODE, AT(command), 0, 0, 0, NULL},
    {"args", KEY_BOOL, AT(args), 0, 0, 0, NULL},
    {0},
};
#undef AT

/* A list of words, or a map with one and what a master may do with it. */
static void
read_command(struct reader *r, const struct yaml *key, const struct yaml *value,
             struct agent_command *c)
{
	struct command_raw raw = {.command = value};
	const char *wrong;

	c->name = arena_strndup(r->arena, key->text, key->n);
	c->at = read_place(r, key);
	if (key->n == 0 || !read_clean(key))
		read_problem(r, key, "the name of a command is empty or has control characters");
	if (value->kind == YAML_MAP) {
		raw.command = NULL;
		read_map(r, value, "a command", command_keys, &raw);
	}
	c->args = raw.args;
	if (raw.command)
		config_read_texts(r, raw.command, "command", &c->words, true);
	wrong = c->words.n ? command_wrong(&c->words) : "is empty";
	if (wrong)
		read_problem(r, raw.command ? raw.command : key, "command %s %s", c->name, wrong);
}

void
config_read_commands(struct reader *r, const struct yaml *map, struct agent_config *c)
{
	if (!read_expect_kind(r, map, YAML_MAP, "commands"))
		return;
	c->commands = arena_alloc(r->arena, (map->n + 1) * sizeof(*c->commands));
	for (const struct yaml *k = map->first; k; k = k->next->next)
		read_command(r, k, k->next, &c->commands[c->ncommands++]);
}

/* ---- source:, interface: */

void
config_read_outlet(struct reader *r, const struct yaml *source, const char *interface,
    struct place at, struct agent_config *c)
{
	const char *wrong = outlet_interface_wrong(interface);

	if (wrong)
		read_problem_at(r, at, false, "interface %s", wrong);
	c->interface = interface;
	if (source)
		config_read_texts(r, source, "source", &c->source, false);
	wrong = outlet_source_wrong(&c->source);
	if (wrong)
		read_problem(r, source, "source %s", wrong);
}

/* ---- reference: */

/* An address each: a reference that needs the DNS says more about that. */
static void
take_reference(struct reader *r, const struct yaml *n, void *arg)
{
	struct agent_config *c = arg;
	struct reference *to = &c->references[c->nreferences];
	struct taskurl u;
	struct fault f = {0};

	if (c->nreferences == LIMIT_REFERENCES) {
		read_problem(r, n, "more than %d references", (int)LIMIT_REFERENCES);
		return;
	}
	if (!read_clean(n) || taskurl_parse(&u, n->text, &f) < 0) {
		read_problem(r, n, "reference %s", f.text[0] ? f.text : "has control characters");
		return;
	}
	if (!u.literal) {
		read_problem(r, n, "reference %s: an address is needed, not a name", u.host);
		return;
	}
	if (u.type == PROBE_UDP) {
		read_problem(r, n, "reference %s: udp is well without an answer, too", n->text);
		return;
	}
	*to = (struct reference){.url = arena_strndup(r->arena, n->text, n->n),
	                         .host = arena_strdup(r->arena, u.host),
	                         .path = u.path[0] ? arena_strdup(r->arena, u.path) : NULL,
	                         .qname = u.qname[0] ? arena_strdup(r->arena, u.qname) : NULL,
	                         .qtype = u.qtype,
	                         .type = u.type,
	                         .addr = u.addr,
	                         .port = u.port};
	c->nreferences++;
}

void
config_read_references(struct reader *r, const struct yaml *n, struct agent_config *c)
{
	c->references = arena_alloc(r->arena, LIMIT_REFERENCES * sizeof(*c->references));
	read_each(r, n, "reference", take_reference, c);
}
