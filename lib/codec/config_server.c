#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "codec/config_read.h"
#include "model/limits.h"
#include "model/name.h"

/* The sections that make servers and agents: dns, api, agents. */

enum {
	DNS_PORT = 8053,
	API_PORT = 8000,
	CACHE_TTL = 5,
	LEAST_ADMIN_TOKEN = 16
};

struct listen_nodes {
	const struct yaml *ip, *list;
	struct place port_at;
	int port;
};

struct listen_list {
	const char *what;
	struct listen *list;
	size_t n, cap;
	int port;
};

static void
add_listen(struct reader *r, struct listen_list *l, const struct yaml *n, const struct addr *a,
           int port)
{
	char text[ENDPOINT_TEXT];

	for (size_t i = 0; i < l->n; i++) {
		if (l->list[i].port == port && addr_equal(&l->list[i].addr, a)) {
			read_problem(r, n, "%s names %s twice", l->what,
			             endpoint_format(text, a, port));
			return;
		}
	}
	if (l->n == LIMIT_LISTENS) {
		read_problem(r, n, "%s listens on more than %d addresses", l->what,
		             (int)LIMIT_LISTENS);
		return;
	}
	l->list = mem_array(l->list, &l->cap, l->n + 1, sizeof(*l->list));
	l->list[l->n++] = (struct listen){.addr = *a, .port = port, .at = read_place(r, n)};
}

static void
take_ip(struct reader *r, const struct yaml *n, void *arg)
{
	struct listen_list *l = arg;
	struct addr a;

	if (read_address(r, n, "listen_ip", &a))
		add_listen(r, l, n, &a, l->port);
}

static void
take_endpoint(struct reader *r, const struct yaml *n, void *arg)
{
	struct listen_list *l = arg;
	char shown[64];
	struct addr a;
	int port;

	if (endpoint_parse(n->text, &a, &port))
		add_listen(r, l, n, &a, port == PORT_NONE ? l->port : port);
	else
		read_problem(r, n, "listen \"%s\" is not address@port", read_show(shown, n));
}

static struct listen *
read_listens(struct reader *r, const struct listen_nodes *nodes, const char *what, size_t *n)
{
	struct listen_list l = {.what = what, .port = nodes->port};
	size_t before = r->problems->errors;
	struct listen *kept;

	if (nodes->ip)
		read_each(r, nodes->ip, "listen_ip", take_ip, &l);
	if (nodes->list)
		read_each(r, nodes->list, "listen", take_endpoint, &l);
	if (!nodes->ip && !nodes->list) {
		l.list = mem_array(NULL, &l.cap, 1, sizeof(*l.list));
		l.list[l.n++] = (struct listen){.port = nodes->port};
	} else if (l.n == 0 && r->problems->errors == before) {
		read_problem(r, nodes->ip ? nodes->ip : nodes->list, "%s listens on no address",
		             what);
	}
	kept = arena_alloc(r->arena, l.n * sizeof(*kept));
	if (l.n > 0)
		memcpy(kept, l.list, l.n * sizeof(*kept));
	free(l.list);
	*n = l.n;
	return kept;
}

/* ---- dns: */

struct dns_raw {
	struct listen_nodes listen;
	const struct yaml *threads, *nsid, *rrl;
	uint32_t ttl;
};

#define AT(member) offsetof(struct dns_raw, member)
static const struct key dns_keys[] = {
    {"listen_ip", KEY_NODE, AT(listen.ip), 0, 0, 0, NULL},
    {"listen_port", KEY_INT, AT(listen.port), 0, 1, 65535, NULL},
    {"listen", KEY_NODE, AT(listen.list), 0, 0, 0, NULL},
    {"resolve_cache_ttl", KEY_U32, AT(ttl), 0, 0, INT32_MAX, NULL},
    {"threads", KEY_NODE, AT(threads), 0, 0, 0, NULL},
    {"nsid", KEY_NODE, AT(nsid), 0, 0, 0, NULL},
    {"rrl", KEY_NODE, AT(rrl), 0, 0, 0, NULL},
    {0},
};
#undef AT

static void
read_threads(struct reader *r, const struct yaml *n)
{
	static const struct key key = {.name = "threads",
	                               .kind = KEY_INT,
	                               .at = offsetof(struct config, threads),
	                               .min = 1,
	                               .max = 256};

	if (n->kind == YAML_SCALAR && strcmp(n->text, "auto") == 0)
		return;
	read_value(r, n, &key, r->config);
}

static void
read_nsid(struct reader *r, const struct yaml *n)
{
	static const struct key key = {
	    .name = "nsid", .kind = KEY_TEXT, .at = offsetof(struct config, nsid)};

	if (!read_value(r, n, &key, r->config))
		return;
	if (!r->config->nsid) /* nothing is what it says: nothing is told */
		r->config->nsid = "";
	else if (strlen(r->config->nsid) > LIMIT_NSID)
		read_problem(r, n, "nsid is longer than %d bytes", (int)LIMIT_NSID);
}

struct rrl_raw {
	int rate, slip, v4, v6;
	const struct yaml *exempt;
};

#define AT(member) offsetof(struct rrl_raw, member)
static const struct key rrl_keys[] = {
    {"rate", KEY_INT, AT(rate), 0, 1, RRL_RATE_MOST, NULL},
    {"slip", KEY_INT, AT(slip), 0, 0, RRL_SLIP_MOST, NULL},
    {"ipv4_prefix", KEY_INT, AT(v4), 0, 1, 32, NULL},
    {"ipv6_prefix", KEY_INT, AT(v6), 0, 1, 128, NULL},
    {"exempt", KEY_NODE, AT(exempt), 0, 0, 0, NULL},
    {0},
};
#undef AT

static void
take_exempt(struct reader *r, const struct yaml *n, void *arg)
{
	struct rrl_rules *rules = arg;
	char shown[64];

	if (rules->nexempt == LIMIT_EXEMPT)
		read_problem(r, n, "exempt: more than %d networks", (int)LIMIT_EXEMPT);
	else if (!prefix_parse(n->text, &rules->exempt[rules->nexempt]))
		read_problem(r, n, "exempt: \"%s\" is not a network", read_show(shown, n));
	else
		rules->nexempt++;
}

/* rrl: 100 is short for rrl: {rate: 100}. */
static void
read_rrl(struct reader *r, const struct yaml *n)
{
	struct rrl_rules *rules = &r->config->rrl;
	struct rrl_raw raw = {.slip = (int)rules->slip,
	                      .v4 = rules->bits[FAMILY_V4],
	                      .v6 = rules->bits[FAMILY_V6]};

	if (n->kind == YAML_SCALAR)
		read_value(r, n, &rrl_keys[0], &raw);
	else if (!read_expect_kind(r, n, YAML_MAP, "rrl"))
		return;
	else if (!(read_map(r, n, "rrl", rrl_keys, &raw) & SEEN(0)))
		read_problem(r, n, "rrl without rate: replies a second to one network");
	rules->rate = (uint32_t)raw.rate;
	rules->slip = (uint32_t)raw.slip;
	rules->bits[FAMILY_V4] = (uint8_t)raw.v4;
	rules->bits[FAMILY_V6] = (uint8_t)raw.v6;
	if (!raw.exempt)
		return;
	rules->nexempt = 0;
	read_each(r, raw.exempt, "exempt", take_exempt, rules);
}

static void
read_dns(struct reader *r, const struct yaml *n)
{
	struct dns_raw raw = {.listen.port = DNS_PORT, .ttl = CACHE_TTL};

	if (n)
		read_map(r, n, "dns", dns_keys, &raw);
	if (raw.threads)
		read_threads(r, raw.threads);
	if (raw.nsid)
		read_nsid(r, raw.nsid);
	rrl_rules_default(&r->config->rrl);
	if (raw.rrl)
		read_rrl(r, raw.rrl);
	r->config->resolve_cache_ttl = raw.ttl;
	r->config->dns = read_listens(r, &raw.listen, "dns", &r->config->ndns);
}

/* ---- api: */

struct api_raw {
	struct listen_nodes listen;
	const struct yaml *tls;
	const char *admin_file;
	struct place admin_at;
	bool status_auth;
};

#define AT(member) offsetof(struct api_raw, member)
static const struct key api_keys[] = {
    {"listen_ip", KEY_NODE, AT(listen.ip), 0, 0, 0, NULL},
    {"listen_port", KEY_INT, AT(listen.port), 0, 1, 65535, NULL},
    {"listen", KEY_NODE, AT(listen.list), 0, 0, 0, NULL},
    {"tls", KEY_NODE, AT(tls), 0, 0, 0, NULL},
    {"status_auth", KEY_BOOL, AT(status_auth), 0, 0, 0, NULL},
    {"admin_token_file", KEY_PATH, AT(admin_file), AT(admin_at), 0, 0, NULL},
    {0},
};
#undef AT

#define AT(member) offsetof(struct config, member)
static const struct key tls_keys[] = {
    {"cert", KEY_PATH, AT(tls_cert), 0, 0, 0, NULL},
    {"key", KEY_PATH, AT(tls_key), 0, 0, 0, NULL},
    {0},
};
#undef AT

static void
read_api(struct reader *r, const struct yaml *n)
{
	struct api_raw raw = {.listen.port = API_PORT};
	struct config *c = r->config;

	if (n)
		read_map(r, n, "api", api_keys, &raw);
	if (raw.tls && read_map(r, raw.tls, "tls", tls_keys, c) != 3)
		read_problem(r, raw.tls, "tls needs both cert and key");
	c->status_auth = raw.status_auth;
	if (raw.admin_file)
		c->admin_token = reader_secret(r, raw.admin_at, raw.admin_file);
	c->admin_at = raw.admin_at;
	if (c->admin_token && strlen(c->admin_token) < LEAST_ADMIN_TOKEN)
		read_advice(r, raw.admin_at, ADVICE_TOKEN_SHORT,
		            "the admin token is shorter than 16 bytes");
	c->api = read_listens(r, &raw.listen, "api", &c->napi);
}

void
config_read_servers(struct reader *r, const struct yaml *dns, const struct yaml *api)
{
	read_dns(r, dns);
	read_api(r, api);
}

/* ---- agents: */

struct agent_raw {
	const char *id, *token, *token_file;
	const struct yaml *tags;
	struct place id_at, token_file_at;
};

enum { AGENT_ID, AGENT_TOKEN, AGENT_TOKEN_FILE, AGENT_TAGS };

#define AT(member) offsetof(struct agent_raw, member)
static const struct key agent_keys[] = {
    [AGENT_ID] = {"id", KEY_TEXT, AT(id), AT(id_at), 0, 0, NULL},
    [AGENT_TOKEN] = {"token", KEY_SECRET, AT(token), 0, 0, 0, NULL},
    [AGENT_TOKEN_FILE] = {"token_file", KEY_PATH, AT(token_file), AT(token_file_at), 0, 0, NULL},
    [AGENT_TAGS] = {"tags", KEY_NODE, AT(tags), 0, 0, 0, NULL},
    {0},
};
#undef AT

/* Who an agent is follows from its token, so neither may be there twice. */
static void
check_agent(struct reader *r, const struct agent_binding *a, const struct map *ids,
            const struct map *tokens)
{
	const struct agent_binding *same;
	const char *why;

	if (a->id && !agent_id_valid(a->id, strlen(a->id), &why))
		read_problem_at(r, a->at, false, "%s", why);
	same = a->id ? map_gets(ids, a->id) : NULL;
	if (same)
		read_problem_at(r, a->at, false, "agent \"%s\" is already on line %u", a->id,
		                (unsigned)same->at.line);
	same = a->token ? map_gets(tokens, a->token) : NULL;
	if (same)
		read_problem_at(r, a->at, false,
		                "the token of this agent is already that of the agent on line %u",
		                (unsigned)same->at.line);
}

static void
read_agent(struct reader *r, const struct yaml *n, struct agent_binding *a)
{
	struct agent_raw raw = {0};
	uint64_t seen;

	a->at = read_place(r, n);
	if (!read_expect_kind(r, n, YAML_MAP, "an agent"))
		return;
	seen = read_map(r, n, "an agent", agent_keys, &raw);
	if (!(seen & SEEN(AGENT_ID)))
		read_problem(r, n, "an agent without id");
	if ((seen & SEEN(AGENT_TOKEN)) && (seen & SEEN(AGENT_TOKEN_FILE)))
		read_problem(r, n, "an agent has token or token_file, not both");
	else if (!(seen & (SEEN(AGENT_TOKEN) | SEEN(AGENT_TOKEN_FILE))))
		read_problem(r, n, "an agent without token or token_file");
	if (raw.token_file)
		raw.token = reader_secret(r, raw.token_file_at, raw.token_file);
	else if ((seen & SEEN(AGENT_TOKEN)) && !raw.token)
		read_problem(r, n, "an agent with an empty token");
	if (raw.tags)
		read_tags(r, raw.tags, "tags", &a->tags, &a->ntags);
	a->id = raw.id;
	a->token = raw.token;
	if (raw.id)
		a->at = raw.id_at;
}

void
config_read_agents(struct reader *r, const struct yaml *list)
{
	struct config *c = r->config;
	struct map ids = {0}, tokens = {0};

	if (!list || read_is_null(list) || !read_expect_kind(r, list, YAML_LIST, "agents"))
		return;
	if (list->n > LIMIT_AGENTS) {
		read_problem(r, list, "%u agents are over %d", (unsigned)list->n,
		             (int)LIMIT_AGENTS);
		return;
	}
	c->agents = arena_alloc(r->arena, list->n * sizeof(*c->agents));
	for (const struct yaml *n = list->first; n; n = n->next) {
		struct agent_binding *a = &c->agents[c->nagents++];

		read_agent(r, n, a);
		check_agent(r, a, &ids, &tokens);
		if (a->id)
			*map_puts(&ids, a->id) = a;
		if (a->token)
			*map_puts(&tokens, a->token) = a;
	}
	map_free(&ids);
	map_free(&tokens);
}
