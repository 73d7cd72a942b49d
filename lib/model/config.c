#include <stdio.h>
#include <string.h>

#include "model/config.h"
#include "model/name.h"

void
config_free(struct config *c)
{
	map_free(&c->by_name);
	arena_free(&c->arena);
	memset(c, 0, sizeof(*c));
}

void
rrl_rules_default(struct rrl_rules *r)
{
	static const char *const exempt[] = {
	    "127.0.0.0/8",    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
	    "169.254.0.0/16", "::1",        "fc00::/7",      "fe80::/10",
	};

	*r = (struct rrl_rules){.slip = 2, .bits = {24, 56}};
	for (size_t i = 0; i < sizeof(exempt) / sizeof(*exempt); i++)
		if (prefix_parse(exempt[i], &r->exempt[r->nexempt]))
			r->nexempt++;
}

const struct domain *
config_domain(const struct config *c, const char *name)
{
	char normal[254];

	return name_normal(normal, name, NULL) ? map_gets(&c->by_name, normal) : NULL;
}

const struct target *
config_target(const struct domain *d, const struct addr *a, int port)
{
	for (size_t i = 0; i < d->ntargets; i++)
		if (d->targets[i].port == port && addr_equal(&d->targets[i].addr, a))
			return &d->targets[i];
	return NULL;
}

bool
config_tags_match(const struct domain *d, const char *const *tags, size_t ntags)
{
	for (size_t i = 0; i < d->ntags; i++)
		for (size_t j = 0; j < ntags; j++)
			if (strcmp(d->tags[i], tags[j]) == 0)
				return true;
	return d->ntags == 0;
}

const struct agent_binding *
config_agent(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->nagents; i++)
		if (strcmp(c->agents[i].id, id) == 0)
			return &c->agents[i];
	return NULL;
}

void
config_place(const struct config *c, const struct place *at, char *dst, size_t cap)
{
	const char *file = at->file < c->nfiles ? c->files[at->file] : "?";

	if (at->line == 0)
		snprintf(dst, cap, "default");
	else
		snprintf(dst, cap, "%s:%u:%u", file, (unsigned)at->line, (unsigned)at->col);
}

void
agent_config_free(struct agent_config *c)
{
	arena_free(&c->arena);
	memset(c, 0, sizeof(*c));
}

static bool
rule_allows(const struct allow_rule *r, const struct addr *a, int port)
{
	if (!prefix_has(&r->net, a))
		return false;
	/* A probe without a port (icmp) needs a rule without one. */
	if (port == PORT_NONE)
		return r->port_from == 0 && r->port_to == 65535;
	return port >= r->port_from && port <= r->port_to;
}

bool
agent_config_allows(const struct agent_config *c, const struct addr *a, int port)
{
	for (size_t i = 0; i < c->nallow; i++)
		if (rule_allows(&c->allow[i], a, port))
			return true;
	if (c->nallow > 0)
		return false;
	return !addr_is_linklocal(a) && !addr_is_multicast(a) && !addr_is_wildcard(a);
}
