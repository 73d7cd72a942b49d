#include "decide-pick.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/name.h"

static const struct zone *
find_zone(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->nzones; i++)
		if (name_equal(c->zones[i].name, name))
			return &c->zones[i];
	return NULL;
}

static void
unknown(const struct config *c, const char *name, bool lenient)
{
	const char **names = mem_alloc((c->ndomains + c->nzones + 1) * sizeof(*names)), *near;

	for (size_t i = 0; i < c->nzones; i++)
		names[i] = c->zones[i].name;
	for (size_t i = 0; i < c->ndomains; i++)
		names[c->nzones + i] = c->domains[i].name;
	near = text_nearest(name, names);
	log_error("%s: no such zone or domain in %s%s%s%s", name, c->files[0],
	          near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
	free(names);
	if (!lenient)
		exit(EXIT_USAGE);
}

static void
pick_zone(struct pick *p, const struct config *c, const struct zone *z)
{
	p->zones[z - c->zones] = true;
	for (size_t i = 0; i < c->ndomains; i++)
		p->domains[i] = p->domains[i] || c->domains[i].zone == z;
}

void
pick_init(struct pick *p, const struct decide *d, const struct config *c, bool lenient)
{
	p->domains = mem_alloc(c->ndomains + 1);
	p->zones = mem_alloc(c->nzones + 1);
	if (d->noperands == 0) {
		memset(p->domains, 1, c->ndomains);
		memset(p->zones, 1, c->nzones);
	}
	for (int i = 0; i < d->noperands; i++) {
		const struct zone *z = find_zone(c, d->operands[i]);
		const struct domain *dom = z ? NULL : config_domain(c, d->operands[i]);

		if (z)
			pick_zone(p, c, z);
		else if (dom)
			p->domains[dom->index] = true;
		else
			unknown(c, d->operands[i], lenient);
	}
}

void
pick_free(struct pick *p)
{
	free(p->domains);
	free(p->zones);
	p->domains = p->zones = NULL;
}
