#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "codec/config_read.h"
#include "model/limits.h"
#include "model/name.h"

/* An agent's file. */

enum { MOST_URL = 1024 };

struct agent_top {
	const char *agent_id, *spool_dir, *ca_file;
	const struct yaml *servers, *allow, *files, *commands, *source, *reference;
	const char *interface;
	struct place id_at, interface_at;
};

#define AT(member) offsetof(struct agent_top, member)
static const struct key top_keys[] = {
    {"agent_id", KEY_TEXT, AT(agent_id), AT(id_at), 0, 0, NULL},
    {"servers", KEY_NODE, AT(servers), 0, 0, 0, NULL},
    {"spool_dir", KEY_PATH, AT(spool_dir), 0, 0, 0, NULL},
    {"allow", KEY_NODE, AT(allow), 0, 0, 0, NULL},
    {"files", KEY_NODE, AT(files), 0, 0, 0, NULL},
    {"commands", KEY_NODE, AT(commands), 0, 0, 0, NULL},
    {"source", KEY_NODE, AT(source), 0, 0, 0, NULL},
    {"interface", KEY_TEXT, AT(interface), AT(interface_at), 0, 0, NULL},
    {"reference", KEY_NODE, AT(reference), 0, 0, 0, NULL},
    {"ca_file", KEY_PATH, AT(ca_file), 0, 0, 0, NULL},
    {0},
};
#undef AT

/* ---- servers */

struct master_raw {
	const char *name, *url, *token, *token_file, *ca_file, *cert, *key, *proxy;
	const struct yaml *tags;
	struct place url_at, name_at, token_at, token_file_at, ca_file_at, cert_at, key_at, proxy_at;
};

enum { S_NAME, S_URL, S_TOKEN, S_TOKEN_FILE, S_TAGS, S_CA_FILE, S_CERT, S_KEY, S_PROXY };

#define AT(member) offsetof(struct master_raw, member)
static const struct key server_keys[] = {
    [S_NAME] = {"name", KEY_TEXT, AT(name), AT(name_at), 0, 0, NULL},
    [S_URL] = {"url", KEY_TEXT, AT(url), AT(url_at), 0, 0, NULL},
    [S_TOKEN] = {"token", KEY_SECRET, AT(token), AT(token_at), 0, 0, NULL},
    [S_TOKEN_FILE] = {"token_file", KEY_PATH, AT(token_file), AT(token_file_at), 0, 0, NULL},
    [S_TAGS] = {"tags", KEY_NODE, AT(tags), 0, 0, 0, NULL},
    [S_CA_FILE] = {"ca_file", KEY_PATH, AT(ca_file), AT(ca_file_at), 0, 0, NULL},
    [S_CERT] = {"cert", KEY_PATH, AT(cert), AT(cert_at), 0, 0, NULL},
    [S_KEY] = {"key", KEY_PATH, AT(key), AT(key_at), 0, 0, NULL},
    [S_PROXY] = {"proxy", KEY_TEXT, AT(proxy), AT(proxy_at), 0, 0, NULL},
    {0},
};
#undef AT

/* HOST, HOST:PORT, [V6] or [V6]:PORT. */
static bool
authority_valid(const char *s, size_t n)
{
	const char *host_end = *s == '[' ? memchr(s, ']', n) : s;
	char port[8] = "";
	uint64_t number;

	if (!host_end)
		return false;
	n -= (size_t)(host_end - s);
	s = memchr(host_end, ':', n);
	if (!s)
		return true;
	n -= (size_t)(s - host_end) + 1;
	if (n < sizeof(port))
		memcpy(port, s + 1, n);
	return num_u64(port, 1, 65535, &number);
}

/* The host of an URL: no user or password, they would end up in logs. */
static const char *
url_wrong(const char *url)
{
	const char *host = strncmp(url, "http://", 7) == 0 ? url + 7
	    : strncmp(url, "https://", 8) == 0 ? url + 8 : NULL;
	size_t n = host ? strcspn(host, "/?#") : 0;

	if (!host)
		return "url must begin with http:// or https://";
	if (n == 0 || strlen(url) > MOST_URL)
		return "url has no host";
	for (const char *s = url; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f)
			return "url has characters that no URL can have";
	if (memchr(host, '@', n))
		return "url must not carry a user or password: use token";
	if (!authority_valid(host, n))
		return "url has a port that is not a number from 1 to 65535 (IPv6: http://[::1]:8000)";
	return strpbrk(host, "?#") ? "url must not have a query or fragment" : NULL;
}

static const char *
read_url(struct reader *r, const struct master_raw *raw)
{
	const char *wrong = url_wrong(raw->url);
	size_t n = strlen(raw->url);

	if (wrong) {
		read_problem_at(r, raw->url_at, false, "%s", wrong);
		return NULL;
	}
	while (n > 0 && raw->url[n - 1] == '/')
		n--;
	return arena_strndup(r->arena, raw->url, n);
}

static void
read_master_token(struct reader *r, struct master_raw *raw, uint64_t seen)
{
	if ((seen & SEEN(S_TOKEN)) && (seen & SEEN(S_TOKEN_FILE)))
		read_problem_at(r, raw->token_at, false, "give token or token_file, not both");
	else if (raw->token_file)
		raw->token = reader_secret(r, raw->token_file_at, raw->token_file);
}

/* What only TLS has is a mistake without it: the token would travel in the open. */
static void
read_master_tls(struct reader *r, const struct master_raw *raw, struct master *m)
{
	const struct {
		const char *name, *path;
		struct place at;
	} files[] = {{"ca_file", raw->ca_file, raw->ca_file_at}, {"cert", raw->cert, raw->cert_at}};

	for (size_t i = 0; strncmp(m->url, "https://", 8) != 0 && i < 2; i++)
		if (files[i].path)
			read_problem_at(r, files[i].at, false, "%s is of no use: url is not https://",
			                files[i].name);
	if (raw->key && !raw->cert)
		read_problem_at(r, raw->key_at, false, "key without cert");
	if (raw->ca_file)
		m->ca_file = raw->ca_file;
	m->cert = raw->cert;
	m->key = raw->key;
}

/* Its port has no good default, and each program another one. */
static void
read_master_proxy(struct reader *r, const struct master_raw *raw, struct master *m)
{
	const char *host = raw->proxy ? strstr(raw->proxy, "://") : NULL;
	const char *port = host ? strrchr(host += 3, ':') : NULL;
	size_t scheme = host ? (size_t)(host - raw->proxy) : 0;
	uint64_t number;

	m->proxy = raw->proxy;
	if (!raw->proxy)
		return;
	if (!((scheme == 7 && strncmp(raw->proxy, "http://", 7) == 0) ||
	      (scheme == 10 && strncmp(raw->proxy, "socks5h://", 10) == 0)) ||
	    !port || port == host || strchr(host, '@') || strpbrk(raw->proxy, " /?#") != host - 2 ||
	    !authority_valid(host, strlen(host)) || !num_u64(port + 1, 1, 65535, &number))
		read_problem_at(r, raw->proxy_at, false,
		                "proxy is not http://HOST:PORT or socks5h://HOST:PORT");
}

static void
read_master(struct reader *r, const struct yaml *n, struct agent_config *c)
{
	struct master *m = &c->masters[c->nmasters];
	struct master_raw raw = {0};
	uint64_t seen;

	if (!read_expect_kind(r, n, YAML_MAP, "a server"))
		return;
	seen = read_map(r, n, "a server", server_keys, &raw);
	read_master_token(r, &raw, seen);
	if (!raw.url) {
		if (!(seen & SEEN(S_URL)))
			read_problem(r, n, "a server without url");
		return;
	}
	m->url = read_url(r, &raw);
	if (!m->url)
		return;
	m->name = raw.name && raw.name[0] ? raw.name : m->url;
	m->token = raw.token;
	m->ca_file = c->ca_file;
	read_master_tls(r, &raw, m);
	read_master_proxy(r, &raw, m);
	m->at = read_place(r, n);
	if (raw.tags)
		read_tags(r, raw.tags, "tags", &m->tags, &m->ntags);
	for (size_t i = 0; i < c->nmasters; i++) {
		if (strcmp(c->masters[i].name, m->name) == 0 ||
		    strcmp(c->masters[i].url, m->url) == 0) {
			read_problem(r, n, "server %s is already on line %u", m->name,
			             (unsigned)c->masters[i].at.line);
			return;
		}
	}
	c->nmasters++;
}

static void
read_masters(struct reader *r, const struct yaml *list, struct agent_config *c)
{
	if (!read_expect_kind(r, list, YAML_LIST, "servers"))
		return;
	if (list->n > LIMIT_CONFIG_FILES) {
		read_problem(r, list, "%u servers are too many", (unsigned)list->n);
		return;
	}
	c->masters = arena_alloc(r->arena, (list->n + 1) * sizeof(*c->masters));
	for (const struct yaml *n = list->first; n; n = n->next)
		read_master(r, n, c);
}

/* ---- allow */

/* "80" or "80-90". */
static bool
parse_ports(const char *s, struct allow_rule *rule)
{
	char from[8];
	const char *dash = strchr(s, '-');
	size_t n = dash ? (size_t)(dash - s) : strlen(s);
	uint64_t low, high;

	if (n >= sizeof(from))
		return false;
	memcpy(from, s, n);
	from[n] = '\0';
	if (!num_u64(from, 1, 65535, &low))
		return false;
	high = low;
	if (dash && !num_u64(dash + 1, low, 65535, &high))
		return false;
	rule->port_from = (int)low;
	rule->port_to = (int)high;
	return true;
}

/* NETWORK, NETWORK:PORTS, [V6NETWORK]:PORTS. */
static bool
parse_rule(const char *s, struct allow_rule *rule)
{
	char net[64];
	const char *ports = NULL, *end = s + strlen(s);

	if (*s == '[') {
		end = strchr(++s, ']');
		if (!end || (end[1] && end[1] != ':'))
			return false;
		ports = end[1] ? end + 2 : NULL;
	} else if (strchr(s, ':') && strchr(s, ':') == strrchr(s, ':')) {
		end = strchr(s, ':');
		ports = end + 1;
	}
	if ((size_t)(end - s) >= sizeof(net))
		return false;
	memcpy(net, s, (size_t)(end - s));
	net[end - s] = '\0';
	*rule = (struct allow_rule){.port_to = 65535};
	return prefix_parse(net, &rule->net) && (!ports || parse_ports(ports, rule));
}

static void
take_rule(struct reader *r, const struct yaml *n, void *arg)
{
	struct agent_config *c = arg;
	char shown[64];

	if (parse_rule(n->text, &c->allow[c->nallow]))
		c->nallow++;
	else
		read_problem(r, n,
		             "allow \"%s\" is not a network such as 10.0.0.0/8, 10.0.0.1:80 or "
		             "[2001:db8::/32]:80-90",
		             read_show(shown, n));
}

/* An empty list would mean the default, so it is no list of rules. */
static void
read_allow(struct reader *r, const struct yaml *n, struct agent_config *c)
{
	c->allow = arena_alloc(r->arena, (n->kind == YAML_LIST ? n->n : 1) * sizeof(*c->allow));
	if (n->kind == YAML_LIST && n->n == 0)
		read_problem(
		    r, n, "allow is empty: leave it out to allow all but link-local and multicast");
	read_each(r, n, "allow", take_rule, c);
}

/* ---- files */

static void
take_file(struct reader *r, const struct yaml *n, void *arg)
{
	struct texts *t = arg;

	if (!n->n || n->n > PARAM_BYTES_MOST || !read_clean(n))
		read_problem(r, n, "files: an entry is no path");
	else
		t->list[t->n++] = reader_path(r, n->text);
}

static void
read_files(struct reader *r, const struct yaml *n, struct agent_config *c)
{
	c->files.list = arena_alloc(r->arena, (n->kind == YAML_LIST ? n->n : 1) * sizeof(*c->files.list));
	read_each(r, n, "files", take_file, &c->files);
}

/* ---- the whole */

static bool
is_master_file(struct reader *r, const struct yaml *root)
{
	const char *key = yaml_get(root, "zones") ? "zones" : "dns";

	if (!yaml_get(root, key) || yaml_get(root, "servers"))
		return false;
	read_problem(r, root, "this is a master's file (it has %s), and an agent's is meant", key);
	return true;
}

static void
read_agent_file(struct reader *r, const struct yaml *root, struct agent_config *c)
{
	struct agent_top top = {0};
	const char *why;

	read_map(r, root, "the agent's file", top_keys, &top);
	if (top.agent_id && !agent_id_valid(top.agent_id, strlen(top.agent_id), &why))
		read_problem_at(r, top.id_at, false, "%s", why);
	c->agent_id = top.agent_id;
	c->spool_dir = top.spool_dir;
	c->ca_file = top.ca_file;
	if (top.allow)
		read_allow(r, top.allow, c);
	if (top.files)
		read_files(r, top.files, c);
	config_read_outlet(r, top.source, top.interface, top.interface_at, c);
	if (top.reference)
		config_read_references(r, top.reference, c);
	if (top.commands)
		config_read_commands(r, top.commands, c);
	if (top.servers)
		read_masters(r, top.servers, c);
	if (c->nmasters == 0 && r->problems->errors == 0)
		read_problem(r, root, "no servers are configured");
}

int
agent_config_load(struct agent_config *c, const char *path, const struct config_source *src,
    struct config_problems *p)
{
	const struct yaml *root;
	struct reader r;
	size_t before = p->errors;

	memset(c, 0, sizeof(*c));
	reader_init(&r, &c->arena, src, p);
	root = reader_file(&r, path, NULL);
	if (root && !is_master_file(&r, root))
		read_agent_file(&r, root, c);
	reader_hash(&r, c->hash);
	c->file = arena_strdup(&c->arena, path);
	config_read_end(&r);
	if (p->errors == before)
		return 0;
	agent_config_free(c);
	return -1;
}
