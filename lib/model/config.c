#include <stdio.h>
#include <string.h>

#include "model/config.h"
#include "model/name.h"

bool
listen_equal(const struct listen *a, const struct listen *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

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

void
config_narrow(struct config *c, const bool *keep)
{
	size_t n = 0;

	map_free(&c->by_name);
	map_init(&c->by_name);
	for (size_t i = 0; i < c->ndomains; i++) {
		if (!keep[i])
			continue;
		c->domains[n] = c->domains[i];
		c->domains[n].index = (uint32_t)n;
		*map_puts(&c->by_name, c->domains[n].name) = &c->domains[n];
		n++;
	}
	c->ndomains = n;
}

int
domain_families(const struct domain *d, int *first)
{
	bool addresses = d->nfallback > 0 && d->fallback[0].family != FAMILY_OTHER;

	*first = d->type == RRTYPE_A || addresses ? FAMILY_V4 : FAMILY_OTHER;
	return d->type == RRTYPE_A ? FAMILY_OTHER : FAMILIES;
}

bool
domain_has(const struct domain *d, enum family f)
{
	for (size_t i = 0; i < d->ntargets; i++)
		if (d->targets[i].addr.family == f)
			return true;
	return false;
}

bool
domain_may(const struct domain *d, enum family f)
{
	for (size_t i = 0; i < d->nfallback; i++)
		if (d->fallback[i].family == f)
			return true;
	return domain_has(d, f);
}

/* ---- targets */

struct answer
target_answer(const struct target *t)
{
	return t->addr.family == FAMILY_OTHER ? answer_value(t->more->value)
	                                      : answer_addr(&t->addr);
}

int
domain_weight(const struct domain *d, const struct answer *a)
{
	int weight = -1;

	for (size_t i = 0; i < d->ntargets; i++) {
		struct answer other = target_answer(&d->targets[i]);

		if (answer_equal(&other, a) && (weight < 0 || d->targets[i].weight < weight))
			weight = d->targets[i].weight;
	}
	return weight < 0 ? 1 : weight;
}

const struct addr *
target_probed(const struct target *t, const char **name, int *port)
{
	*name = NULL;
	*port = t->port;
	if (!t->more)
		return &t->addr;
	if (t->more->check.family == FAMILY_OTHER)
		*name = t->more->host;
	*port = t->more->check_port;
	return &t->more->check;
}

static bool
same_place(const struct target *t, const struct addr *a, const char *name, int port)
{
	const struct target_more *m = t->more;

	if (!m)
		return t->port == port && addr_equal(&t->addr, a);
	if (m->check_port != port || m->check.family != a->family)
		return false;
	return a->family == FAMILY_OTHER ? !strcmp(m->host, name) : addr_equal(&m->check, a);
}

const struct target *
config_target(const struct domain *d, const struct addr *a, const char *name, int port,
              const char *check_name)
{
	const struct target *first = NULL, *named = NULL;

	for (size_t i = 0; i < d->ntargets; i++) {
		const struct target *t = &d->targets[i];
		bool here = same_place(t, a, name, port);

		if (!here && !t->more)
			continue;
		if (!strcmp(t->check_name, check_name)) {
			if (here)
				return t;
			named = t;
		} else if (here && !first) {
			first = t;
		}
	}
	return first ? first : named;
}

struct target_key
target_key(const struct target *t)
{
	struct target_key k = {.answered = target_answer(t), .port = t->port};

	k.probed = *target_probed(t, &k.host, &k.probed_port);
	return k;
}

const struct target *
config_keyed_target(const struct domain *d, const struct target_key *k)
{
	for (size_t i = 0; i < d->ntargets; i++) {
		const struct target *t = &d->targets[i];
		struct answer answered = target_answer(t);

		if (t->port == k->port && answer_equal(&answered, &k->answered) &&
		    same_place(t, &k->probed, k->host, k->probed_port))
			return t;
	}
	return NULL;
}

char *
place_text(char dst[static TARGET_TEXT], const struct addr *a, const char *name, int port)
{
	if (!name)
		return endpoint_format(dst, a, port);
	if (port == PORT_NONE)
		snprintf(dst, TARGET_TEXT, "%s", name);
	else
		snprintf(dst, TARGET_TEXT, "%s:%d", name, port);
	return dst;
}

char *
target_text(char dst[static TARGET_TEXT], const struct target *t)
{
	const char *value;
	size_t n;

	if (t->addr.family != FAMILY_OTHER)
		return endpoint_format(dst, &t->addr, t->port);
	if (t->more->host)
		return place_text(dst, &t->addr, t->more->host, t->port);
	value = t->more->value;
	n = strlen(value);
	if (n < TARGET_TEXT)
		memcpy(dst, value, n + 1);
	else
		snprintf(dst, TARGET_TEXT, "%.*s...", TARGET_TEXT - 4, value);
	return dst;
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

const struct agent_command *
agent_config_command(const struct agent_config *c, const char *name)
{
	for (size_t i = 0; i < c->ncommands; i++)
		if (strcmp(c->commands[i].name, name) == 0)
			return &c->commands[i];
	return NULL;
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

/* A file of the list, or below a directory of it; one that goes up again is neither. */
bool
agent_config_lends(const struct agent_config *c, const char *path)
{
	if (*path != '/' || strstr(path, "/../") || strstr(path, "/./"))
		return false;
	for (size_t i = 0; i < c->files.n; i++) {
		const char *own = c->files.list[i];
		size_t n = strlen(own);

		while (n > 1 && own[n - 1] == '/')
			n--;
		if (strncmp(path, own, n) == 0 && (path[n] == '\0' || path[n] == '/'))
			return true;
	}
	return false;
}
