#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "codec/config_domain.h"
#include "codec/zonetext.h"
#include "model/limits.h"

/* Targets, and the lists of what is answered: addresses, or values of one other type. */

struct target_raw {
	struct target t;
	struct target_more more;
	enum rrtype type;
	const struct yaml *type_node, *ip, *value, *check_ip;
	struct place port_at, check_port_at;
};

enum { T_TYPE, T_IP, T_VALUE, T_PORT, T_CHECK_IP, T_CHECK_PORT, T_PRIORITY, T_WEIGHT };

#define AT(member) offsetof(struct target_raw, member)
static const struct key target_keys[] = {
    [T_TYPE] = {"type", KEY_NODE, AT(type_node), 0, 0, 0, NULL},
    [T_IP] = {"ip", KEY_NODE, AT(ip), 0, 0, 0, NULL},
    [T_VALUE] = {"value", KEY_NODE, AT(value), 0, 0, 0, NULL},
    [T_PORT] = {"port", KEY_INT, AT(t.port), AT(port_at), 1, 65535, NULL},
    [T_CHECK_IP] = {"check_ip", KEY_NODE, AT(check_ip), 0, 0, 0, NULL},
    [T_CHECK_PORT] = {"check_port", KEY_INT, AT(more.check_port), AT(check_port_at), 1, 65535,
	NULL},
    [T_PRIORITY] = {"priority", KEY_INT, AT(t.priority), 0, -65535, 65535, NULL},
    [T_WEIGHT] = {"weight", KEY_INT, AT(t.weight), 0, 0, LIMIT_WEIGHT, NULL},
    {0},
};
#undef AT

/* ---- what is answered */

/* An alias of itself, or a text too long for a decision line. */
static const char *
value_unfit(const struct domain *d, const struct zonetext_value *v)
{
	if (d->type == RRTYPE_CNAME && strcmp(v->host, d->name) == 0)
		return "an alias of itself";
	return strlen(v->text) > LIMIT_VALUE ? "too long" : NULL;
}

static const char *
article(enum rrtype t)
{
	return t == RRTYPE_SRV ? "an" : "a";
}

static bool
read_rdata(struct reader *r, const struct yaml *n, const struct domain *d, const char *what,
           struct zonetext_value *v)
{
	const char *why = "control characters";
	char shown[64];

	if (!read_expect_kind(r, n, YAML_SCALAR, what))
		return false;
	if (!read_clean(n) || !zonetext_value(r->arena, d->type, n->text, v, &why) ||
	    (why = value_unfit(d, v))) {
		read_problem(r, n, "%s \"%s\" of %s %s: %s", what, read_show(shown, n),
		             article(d->type), rrtype_word((int)d->type), why);
		return false;
	}
	return true;
}

static bool
read_target_address(struct reader *r, const struct yaml *n, const char *what, struct addr *a)
{
	char shown[64];

	if (!read_address(r, n, what, a))
		return false;
	if (!addr_is_wildcard(a) && !addr_is_multicast(a))
		return true;
	read_problem(r, n, "%s %s cannot be a target", what, read_show(shown, n));
	return false;
}

/* ---- the type of a target, and of all of its domain */

static bool
read_type(struct reader *r, struct target_raw *raw)
{
	char shown[64];

	if (!raw->type_node) {
		if (raw->value)
			read_problem(r, raw->value, "a value without type: CNAME, SRV or TXT");
		return !raw->value;
	}
	if (!read_expect_kind(r, raw->type_node, YAML_SCALAR, "type"))
		return false;
	for (int i = 0; rrtype_words[i]; i++) {
		raw->type = (enum rrtype)i;
		if (strcasecmp(raw->type_node->text, rrtype_words[i]) == 0)
			return true;
	}
	read_problem(r, raw->type_node, "type \"%s\" is none of A, AAAA, CNAME, SRV, TXT",
	             read_show(shown, raw->type_node));
	return false;
}

static bool
is_address(enum rrtype t)
{
	return t == RRTYPE_A || t == RRTYPE_AAAA;
}

/* A name answers addresses or one other type: the first target says which. */
static bool
fits_domain(struct reader *r, const struct yaml *n, const struct target_raw *raw, struct domain *d)
{
	enum rrtype type = is_address(raw->type) ? RRTYPE_A : raw->type;

	if (d->ntargets == 0)
		d->type = type;
	if (d->type == type)
		return true;
	read_problem(
	    r, raw->type_node ? raw->type_node : n,
	    "%s beside %s on line %u: the targets of a domain are all addresses, or all of "
	    "one other type",
	    type == RRTYPE_A ? "an address" : rrtype_word((int)type),
	    d->type == RRTYPE_A ? "an address" : rrtype_word((int)d->type),
	    (unsigned)d->targets[0].at.line);
	return false;
}

static bool
fits_family(struct reader *r, const struct target_raw *raw)
{
	enum family want = raw->type == RRTYPE_AAAA ? FAMILY_V6 : FAMILY_V4;
	char shown[64];

	if (!raw->type_node || raw->t.addr.family == want)
		return true;
	read_problem(r, raw->ip, "ip %s is no address of type %s", read_show(shown, raw->ip),
	             rrtype_word((int)raw->type));
	return false;
}

/* ip: or value:, as the type wants. */
static bool
read_answered(struct reader *r, const struct yaml *n, struct target_raw *raw, struct domain *d,
              struct zonetext_value *v)
{
	const char *type = rrtype_word((int)raw->type);

	if (is_address(raw->type) && raw->value)
		read_problem(r, raw->value,
		             "value is for CNAME, SRV and TXT: a target of type %s has ip", type);
	else if (is_address(raw->type) && !raw->ip)
		read_problem(r, n, "a target without ip");
	else if (!is_address(raw->type) && raw->ip)
		read_problem(
		    r, raw->ip,
		    "ip is what an A or AAAA answers: give the %s its value, and what is probed as "
		    "check_ip",
		    type);
	else if (!is_address(raw->type) && !raw->value)
		read_problem(r, n, "a %s target without value", type);
	else if (raw->ip)
		return read_target_address(r, raw->ip, "ip", &raw->t.addr) && fits_family(r, raw);
	else
		return read_rdata(r, raw->value, d, "value", v);
	return false;
}

/* ---- what is probed */

static void
drop_port(struct reader *r, const struct domain *d, struct place at, int *port)
{
	read_advice(r, at, ADVICE_PORT_IGNORED, "mode %s has no port: %d is ignored",
	            probe_type_word((int)d->probe->type), *port);
	*port = PORT_NONE;
}

/* port is part of the target's name; check_port is probed, and each is the other's default. */
static void
set_ports(struct reader *r, const struct yaml *n, const struct domain *d, struct target_raw *raw,
          int of_value)
{
	bool has = probe_has_port(d->probe->type);

	if (!has && raw->port_at.line)
		drop_port(r, d, raw->port_at, &raw->t.port);
	if (!has && raw->check_port_at.line)
		drop_port(r, d, raw->check_port_at, &raw->more.check_port);
	if (!has)
		return;
	if (raw->t.port == PORT_NONE && !raw->port_at.line)
		raw->t.port = of_value;
	if (raw->more.check_port == PORT_NONE)
		raw->more.check_port = raw->t.port;
	else if (raw->t.port == PORT_NONE)
		raw->t.port = raw->more.check_port;
	if (probe_needs_port(d->probe->type) && raw->t.port == PORT_NONE && !raw->port_at.line &&
	    !raw->check_port_at.line)
		read_problem(r, n, "a target of mode %s needs a port",
		             probe_type_word((int)d->probe->type));
}

static void
set_check(struct reader *r, const struct yaml *n, struct target_raw *raw)
{
	if (!raw->check_ip)
		raw->more.check = raw->t.addr;
	else if (read_target_address(r, raw->check_ip, "check_ip", &raw->more.check) &&
	         addr_equal(&raw->more.check, &raw->t.addr))
		read_advice(r, read_place(r, raw->check_ip), ADVICE_CHECK_IP_SAME,
		            "check_ip is the target's own address, which is probed anyway");
	if (!raw->check_ip && raw->more.value && !raw->more.host)
		read_problem(r, n, "what is probed of %s? A target of type %s needs check_ip",
		             raw->type == RRTYPE_TXT ? "a text" : "the root",
		             rrtype_word((int)raw->type));
}

/* Most targets are their address and port, and nothing more. */
static const struct target_more *
keep_more(struct reader *r, const struct target_raw *raw)
{
	struct target_more *m;

	if (!raw->more.value && raw->more.check_port == raw->t.port &&
	    addr_equal(&raw->more.check, &raw->t.addr))
		return NULL;
	m = arena_alloc(r->arena, sizeof(*m));
	*m = raw->more;
	return m;
}

/* ---- its name in reports */

static bool
name_taken(const struct domain *d, const char *name)
{
	for (size_t i = 0; i < d->ntargets; i++)
		if (strcmp(d->targets[i].check_name, name) == 0)
			return true;
	return false;
}

/*
 * "domain:ip:port", "domain:ip:icmp": what the original calls the check.  The host
 * of a CNAME or SRV stands for the ip, what is probed for a TXT's; two that would
 * share a name are counted.
 */
static const char *
check_name(struct reader *r, const struct domain *d, const struct target *t)
{
	char ip[ADDR_TEXT], port[8], name[LIMIT_CHECK_NAME + 1];
	const char *place = t->more && t->more->host ? t->more->host : ip;

	addr_format(ip, t->addr.family == FAMILY_OTHER ? &t->more->check : &t->addr);
	if (t->port != PORT_NONE)
		snprintf(port, sizeof(port), "%u", (unsigned)(uint16_t)t->port);
	else
		snprintf(port, sizeof(port), "%s", probe_type_word((int)d->probe->type));
	snprintf(name, sizeof(name), "%s:%s:%s", d->name, place, port);
	for (unsigned i = 2; i <= LIMIT_TARGETS && name_taken(d, name); i++)
		snprintf(name, sizeof(name), "%s:%s:%s#%u", d->name, place, port, i);
	return arena_strdup(r->arena, name);
}

static bool
is_new(struct reader *r, const struct yaml *n, const struct domain *d, const struct target *t)
{
	struct target_key key = target_key(t);
	const struct target *same = config_keyed_target(d, &key);
	char text[TARGET_TEXT];

	if (same)
		read_problem(r, n, "target %s is already on line %u", target_text(text, t),
		             (unsigned)same->at.line);
	return !same;
}

static void
read_target(struct reader *r, const struct yaml *n, struct domain *d)
{
	struct target_raw raw = {.t = {.port = PORT_NONE, .weight = 1},
	    .more = {.check_port = PORT_NONE}};
	struct zonetext_value v = {.port = PORT_NONE};
	size_t before = r->problems->errors;

	if (!read_expect_kind(r, n, YAML_MAP, "a target"))
		return;
	read_map(r, n, "a target", target_keys, &raw);
	if (!read_type(r, &raw) || !fits_domain(r, n, &raw, d) || !read_answered(r, n, &raw, d, &v))
		return;
	if (v.text) {
		raw.t.addr.family = FAMILY_OTHER;
		raw.more.value = v.text;
		raw.more.host = v.host;
	}
	set_ports(r, n, d, &raw, v.port);
	set_check(r, n, &raw);
	if (r->problems->errors > before)
		return;
	raw.t.more = keep_more(r, &raw);
	if (!is_new(r, n, d, &raw.t))
		return;
	raw.t.at = read_place(r, n);
	raw.t.check_name = check_name(r, d, &raw.t);
	d->targets[d->ntargets++] = raw.t;
}

void
config_read_targets(struct reader *r, const struct yaml *list, struct domain *d)
{
	if (!read_expect_kind(r, list, YAML_LIST, "targets"))
		return;
	if (list->n > LIMIT_TARGETS) {
		read_problem(r, list, "%u targets are over %d", (unsigned)list->n,
		             (int)LIMIT_TARGETS);
		return;
	}
	if (list->n == 0)
		read_problem(r, list, "targets is empty");
	d->targets = arena_alloc(r->arena, list->n * sizeof(*d->targets));
	for (const struct yaml *n = list->first; n; n = n->next)
		read_target(r, n, d);
}

/* ---- lists of answers: fallback, expect */

struct answer_list {
	const char *what;
	const struct domain *d;
	struct answer *list;
	size_t n, cap;
};

/* A CNAME's list may be addresses; others are of the domain's type. */
static bool
read_answer(struct reader *r, const struct yaml *n, const struct answer_list *l, struct answer *a)
{
	struct zonetext_value v;
	struct addr addr;

	if (l->d->type == RRTYPE_A ||
	    (l->d->type == RRTYPE_CNAME && n->kind == YAML_SCALAR && addr_parse(n->text, &addr))) {
		if (!read_address(r, n, l->what, &addr))
			return false;
		*a = answer_addr(&addr);
		return true;
	}
	if (!read_rdata(r, n, l->d, l->what, &v))
		return false;
	*a = answer_value(v.text);
	return true;
}

static void
take_answer(struct reader *r, const struct yaml *n, void *arg)
{
	struct answer_list *l = arg;
	char shown[64];
	struct answer a;

	if (!read_answer(r, n, l, &a))
		return;
	for (size_t i = 0; i < l->n; i++) {
		if (answer_equal(&l->list[i], &a)) {
			read_problem(r, n, "%s names %s twice", l->what, read_show(shown, n));
			return;
		}
	}
	if (l->n > 0 && (l->list[0].family == FAMILY_OTHER) != (a.family == FAMILY_OTHER)) {
		read_problem(r, n,
		             "%s has names and addresses: where a CNAME is, nothing else can be",
		             l->what);
		return;
	}
	if (l->n == LIMIT_FALLBACK) {
		read_problem(r, n, "%s has more than %d %s", l->what, (int)LIMIT_FALLBACK,
		             l->d->type == RRTYPE_A ? "addresses" : "answers");
		return;
	}
	l->list = mem_array(l->list, &l->cap, l->n + 1, sizeof(*l->list));
	l->list[l->n++] = a;
}

struct answer *
config_read_answers(struct reader *r, const struct yaml *n, const char *what,
                    const struct domain *d, size_t *count)
{
	struct answer_list l = {.what = what, .d = d};
	struct answer *kept;

	read_each(r, n, what, take_answer, &l);
	kept = arena_alloc(r->arena, l.n * sizeof(*kept));
	if (l.n > 0)
		memcpy(kept, l.list, l.n * sizeof(*kept));
	free(l.list);
	*count = l.n;
	return kept;
}

/* ---- what all of it takes in a decision line */

/* Bytes of a text as JSON; values have no control characters. */
static size_t
quoted(const char *s)
{
	size_t n = 2;

	for (; *s; s++)
		n += *s == '"' || *s == '\\' ? 2 : 1;
	return n;
}

/*
 * Each target may stand there as an answer and as itself, and each answer of the
 * fallback; the rest is bounded by numbers.
 */
void
config_check_size(struct reader *r, const struct yaml *list, const struct domain *d)
{
	enum { FRAME = 2048, TARGET = 176, ANSWER = 48, WEIGHT = sizeof("65535") };
	size_t n = FRAME + (d->server->select == SELECT_WEIGHTED ? d->ntargets * WEIGHT : 0U);
	char text[ADDR_TEXT];

	for (size_t i = 0; i < d->ntargets; i++) {
		const struct target *t = &d->targets[i];

		n +=
		    TARGET + (t->more && t->more->value ? 2 * quoted(t->more->value) : 2U * ANSWER);
	}
	for (size_t i = 0; i < d->nfallback; i++)
		n += 1 + quoted(answer_text(text, &d->fallback[i]));
	if (n >= LIMIT_STREAM_LINE)
		read_problem(
		    r, list,
		    "the targets and the fallback of %s are too long: up to %zu bytes of a "
		    "decision line, which has %d",
		    d->name, n, (int)LIMIT_STREAM_LINE);
}
