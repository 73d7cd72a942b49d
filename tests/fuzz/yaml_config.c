#include <fnmatch.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/config.h"
#include "core/lint.h"
#include "model/limits.h"
#include "model/name.h"

/*
 * Configs as a person, a template or an enemy writes them.  The text is the
 * file that is loaded; what it refers to is in memory.  A model that comes out
 * must be one that the rest of the house can trust.
 */
enum { MOST = 65536 };

struct input {
	const char *text;
	size_t n;
};

static int
fuzz_read(void *arg, const char *path, struct buf *b, struct fault *f)
{
	const struct input *in = arg;

	if (strcmp(path, "/f") == 0)
		buf_add(b, in->text, in->n);
	else if (strcmp(path, "/t") == 0)
		buf_puts(b, "token\n");
	else if (strcmp(path, "/i") == 0)
		buf_puts(b, "domains: {i.z: {monitor: {targets: [{ip: 10.0.0.1, port: 80}]}}}\n");
	else if (strcmp(path, "/r") == 0)
		buf_add(b, in->text, in->n);
	else
		return fault_set(f, "%.64s: none", path);
	return 0;
}

static int
fuzz_match(void *arg, const char *pattern, void (*found)(void *to, const char *path), void *to, struct fault *f)
{
	(void)arg;
	(void)f;
	if (strlen(pattern) < 64 && fnmatch(pattern, "/i", FNM_PATHNAME) == 0)
		found(to, "/i");
	return 0;
}

static void
trust(bool holds)
{
	if (!holds)
		abort();
}

static void
check_domain(const struct config *c, const struct domain *d)
{
	char normal[254];

	trust(name_normal(normal, d->name, NULL) && strcmp(normal, d->name) == 0);
	trust(name_under(d->name, d->zone->name));
	trust(config_domain(c, d->name) == d && &c->domains[d->index] == d);
	trust(d->ntargets > 0 && d->ntargets <= LIMIT_TARGETS && d->nfallback <= LIMIT_FALLBACK);
	trust(d->interval_ms > 0 && d->probe_timeout_ms > 0 && d->probe_timeout_ms < d->interval_ms);
	trust(d->server->timeout_ms > 0 && d->server->rise > 0 && d->server->fall > 0 && d->server->max_answers > 0);
	trust(d->server->min_healthy.value > 0 && d->server->hold_ms >= 0);
	for (size_t i = 0; i < d->ntargets; i++) {
		const struct target *t = &d->targets[i];
		const char *name;
		int port;
		const struct addr *probed = target_probed(t, &name, &port);

		trust(config_target(d, probed, name, port, t->check_name) == t);
		trust((t->addr.family == FAMILY_OTHER) == (d->type != RRTYPE_A));
		trust((t->port != PORT_NONE) == probe_needs_port(d->probe->type));
		trust(strlen(t->check_name) <= LIMIT_CHECK_NAME);
	}
}

static void
check_zone(const struct zone *z)
{
	trust(z->nns > 0 && z->soa.mname && z->soa.rname);
	for (size_t i = 0; i < z->nrecords; i++)
		trust(z->records[i].owner && z->records[i].text && z->records[i].type_text);
}

static void
check_finding(void *arg, const struct finding *f)
{
	const struct config *c = arg;

	trust(f->at.line > 0 && f->at.file < c->nfiles && *f->text && !strchr(f->text, '\n'));
	trust(!f->domain || config_domain(c, f->domain->name) == f->domain);
}

/* What an expectation costs is up to the config; here it has to be cheap. */
static bool
cheap(const struct config *c)
{
	for (size_t i = 0; i < c->ndomains; i++)
		if (c->domains[i].nexpect > 0 &&
		    (c->domains[i].nexpect > 4 || c->domains[i].server->fall > 4 ||
		     c->domains[i].ntargets > 8 || c->domains[i].server->quorum.value > 8))
			return false;
	return true;
}

static void
lint(struct config *c)
{
	struct lint l = {.config = c, .ignore = cheap(c) ? 0 : ADVICE_BIT(ADVICE_EXPECT),
	                 .say = check_finding, .arg = c};

	lint_config(&l);
}

static void
load_master(const struct config_source *src)
{
	struct config_problems p = {.infos = true};
	struct config c;

	if (config_load(&c, "/f", src, &p) == 0) {
		trust(p.errors == 0 && c.nzones > 0 && c.ndns > 0 && c.napi > 0 && strlen(c.hash) == 16);
		for (size_t i = 0; i < c.nzones; i++)
			check_zone(&c.zones[i]);
		for (size_t i = 0; i < c.ndomains; i++)
			check_domain(&c, &c.domains[i]);
		lint(&c);
	} else {
		trust(p.errors > 0 && p.n > 0 && c.domains == NULL);
	}
	config_free(&c);
	config_problems_free(&p);
}

static void
load_agent(const struct config_source *src)
{
	struct config_problems p = {0};
	struct agent_config c;

	if (agent_config_load(&c, "/f", src, &p) == 0)
		for (size_t i = 0; i < c.nmasters; i++)
			trust(c.masters[i].name && c.masters[i].url[strlen(c.masters[i].url) - 1] != '/');
	else
		trust(p.errors > 0 && p.n > 0);
	agent_config_free(&c);
	config_problems_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {(const char *)data, size};
	struct config_source src = {&in, fuzz_read, fuzz_match, NULL};

	if (size > MOST)
		return 0;
	load_master(&src);
	load_agent(&src);
	return 0;
}
