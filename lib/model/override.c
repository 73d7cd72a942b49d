#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "model/name.h"
#include "model/override.h"

/* 10.1.2.3/8 is the same net as 10.0.0.0/8. */
static void
mask(struct prefix *p)
{
	size_t bytes = p->addr.family == FAMILY_V4 ? 4 : 16;

	for (size_t i = 0; i < bytes; i++) {
		int keep = (int)p->bits - (int)(8 * i);

		if (keep < 8)
			p->addr.b[i] &= (uint8_t)(keep <= 0 ? 0 : 0xff << (8 - keep));
	}
}

/* "eu.example.net", "eu.example.net.", "eu.example.net:443". */
static void
parse_name(const char *s, struct target_pattern *p)
{
	char host[OVERRIDE_TARGET], normal[254];
	const char *colon = strrchr(s, ':');
	uint64_t port = 0;

	if (colon && !num_u64(colon + 1, 1, 65535, &port))
		return;
	snprintf(host, sizeof(host), "%.*s", colon ? (int)(colon - s) : (int)strlen(s), s);
	if (!name_normal(normal, host, NULL))
		return;
	snprintf(p->name, sizeof(p->name), "%s", normal);
	p->port = colon ? (int)port : PORT_NONE;
}

int
target_pattern_parse(const char *s, struct target_pattern *p)
{
	size_t n = strlen(s);

	memset(p, 0, sizeof(*p));
	p->port = PORT_NONE;
	if (n == 0)
		return 0;
	p->kind = PATTERN_NET;
	if (strchr(s, '/') && prefix_parse(s, &p->net)) {
		mask(&p->net);
		return 0;
	}
	if (endpoint_parse(s, &p->net.addr, &p->port)) {
		p->net.bits = p->net.addr.family == FAMILY_V4 ? 32 : 128;
		return 0;
	}
	/* A slip in an address is not the name of anything. */
	if (n >= sizeof(p->text) || strspn(s, "0123456789.:/@[]") == n)
		return -1;
	p->kind = PATTERN_TEXT;
	memcpy(p->text, s, n + 1);
	parse_name(s, p);
	return 0;
}

bool
target_pattern_has(const struct target_pattern *p, const struct addr *a, const char *name, int port)
{
	if (p->kind == PATTERN_ALL)
		return true;
	if (p->port != PORT_NONE && p->port != port)
		return false;
	if (p->kind == PATTERN_NET)
		return !name && prefix_has(&p->net, a);
	return name && *p->name && !strcmp(p->name, name);
}

/* The text of a value, a TXT of one string also without its quotes. */
static bool
has_value(const struct target_pattern *p, const char *value)
{
	size_t n = strlen(p->text);

	return !strcmp(p->text, value) ||
	       (value[0] == '"' && strlen(value) == n + 2 && !memcmp(value + 1, p->text, n));
}

bool
target_pattern_matches(const struct target_pattern *p, const struct target *t)
{
	const char *name;
	const struct addr *probed;
	int port;

	if (!t->more)
		return target_pattern_has(p, &t->addr, NULL, t->port);
	probed = target_probed(t, &name, &port);
	if (target_pattern_has(p, probed, name, port))
		return true;
	if (t->addr.family != FAMILY_OTHER)
		return target_pattern_has(p, &t->addr, NULL, t->port);
	return (t->more->host && target_pattern_has(p, &t->addr, t->more->host, t->port)) ||
	       (p->kind == PATTERN_TEXT && has_value(p, t->more->value));
}
