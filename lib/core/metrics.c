#include "core/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/prom.h"
#include "core/roster.h"
#include "core/view.h"

/* Families that have a line for each domain, record set or target. */
enum {
	OF_UP,
	OF_FALLBACK,
	OF_SOURCE,
	OF_ANSWERS,
	OF_TTL,
	OF_CHANGED,
	OF_STATE,
	OF_TARGET_UP,
	FAMILIES_OF_LINES
};

static const struct {
	const char *name, *help;
} families[FAMILIES_OF_LINES] = {
    [OF_UP] = {"fodns_domain_up", "1 while the domain answers live targets."},
    [OF_FALLBACK] = {"fodns_domain_fallback", "1 while the domain answers its fallback list."},
    [OF_SOURCE] = {"fodns_domain_source", "Where the answer of each record set is from."},
    [OF_ANSWERS] = {"fodns_domain_answers", "Records in the answer."},
    [OF_TTL] = {"fodns_domain_ttl_seconds", "TTL of the answer."},
    [OF_CHANGED] = {"fodns_domain_changed_time_seconds",
                    "When the answer became what it is, since 1970."},
    [OF_STATE] = {"fodns_target_state", "The state of each target, overrides included."},
    [OF_TARGET_UP] = {"fodns_target_up", "1 while the target is up."},
};

/* One look at each domain fills all families, whose lines must stand together. */
struct page {
	const struct metrics *m;
	struct buf lines[FAMILIES_OF_LINES];
	size_t by_source[SOURCE_KEEP + 1], domains;
	struct decision decision;
};

static struct buf *
begin_line(struct page *p, int family, const struct domain *d)
{
	struct buf *b = &p->lines[family];

	buf_puts(b, families[family].name);
	prom_label(b, "{", "domain", d->name);
	return b;
}

static bool
answers_from(const struct decision *dec, enum source source)
{
	for (int f = 0; f < FAMILIES; f++)
		if (dec->rrsets[f].source == source)
			return true;
	return false;
}

static void
domain_lines(struct page *p, const struct domain *d)
{
	const struct decision *dec = &p->decision;

	buf_printf(begin_line(p, OF_UP, d), "} %d\n", answers_from(dec, SOURCE_LIVE));
	buf_printf(begin_line(p, OF_FALLBACK, d), "} %d\n", answers_from(dec, SOURCE_FALLBACK));
	buf_printf(begin_line(p, OF_CHANGED, d), "} %.3f\n", (double)dec->since / 1000);
}

static void
rrset_lines(struct page *p, const struct domain *d, int f)
{
	const struct rrset *r = &p->decision.rrsets[f];
	const char *type = rrtype_word((int)family_type((enum family)f, d->type));
	struct buf *b = begin_line(p, OF_SOURCE, d);

	prom_label(b, ",", "type", type);
	prom_label(b, ",", "source", source_word((int)r->source));
	buf_puts(b, "} 1\n");
	/* An alarm on no answers is not about a family that cannot have any. */
	if (!domain_may(d, (enum family)f) && r->nanswers == 0)
		return;
	b = begin_line(p, OF_ANSWERS, d);
	prom_label(b, ",", "type", type);
	buf_printf(b, "} %zu\n", r->nanswers);
	b = begin_line(p, OF_TTL, d);
	prom_label(b, ",", "type", type);
	buf_printf(b, "} %u\n", r->ttl);
}

/* Texts are cut to fit, and two series of one name are an error: then its place tells them apart. */
static void
target_label(struct buf *b, const struct domain *d, size_t i)
{
	char text[TARGET_TEXT + 8], other[TARGET_TEXT];
	size_t n;

	target_text(text, &d->targets[i]);
	n = strlen(text);
	for (size_t k = 0; d->type == RRTYPE_TXT && k < i; k++)
		if (!strcmp(target_text(other, &d->targets[k]), text)) {
			snprintf(text + n, sizeof(text) - n, " #%zu", i + 1);
			break;
		}
	prom_label(b, ",", "target", text);
}

static void
target_lines(struct page *p, const struct domain *d, size_t i)
{
	struct buf *b = begin_line(p, OF_STATE, d);
	struct target_state s;

	view_target(p->m->engine, d, i, &s);
	target_label(b, d, i);
	prom_label(b, ",", "state", state_word((int)s.state));
	buf_puts(b, "} 1\n");
	b = begin_line(p, OF_TARGET_UP, d);
	target_label(b, d, i);
	buf_printf(b, "} %d\n", s.state == STATE_UP);
}

static void
take_domain(struct page *p, const struct domain *d)
{
	int first, end = domain_families(d, &first);
	bool lines = p->domains++ < p->m->most;

	engine_decision(p->m->engine, d, &p->decision);
	if (lines)
		domain_lines(p, d);
	for (int f = first; f < end; f++) {
		p->by_source[p->decision.rrsets[f].source] += d->ntargets > 0;
		if (lines)
			rrset_lines(p, d, f);
	}
	for (size_t i = 0; lines && i < d->ntargets; i++)
		target_lines(p, d, i);
}

static void
take_domains(struct page *p)
{
	const struct metrics *m = p->m;

	for (size_t i = 0; i < m->config->ndomains; i++)
		if (!m->chosen || m->chosen[i])
			take_domain(p, &m->config->domains[i]);
}

/* How many domains answer from where: small, and there for any number of domains. */
static void
add_sums(const struct page *p, struct buf *b)
{
	prom_family(b, "fodns_rrsets", "gauge",
	            "Record sets (A and AAAA of each domain, or its other type), by where their "
	            "answer is from.");
	for (int s = 0; s <= SOURCE_KEEP; s++) {
		prom_label(b, "fodns_rrsets{", "source", source_word(s));
		buf_printf(b, "} %zu\n", p->by_source[s]);
	}
	prom_one(b, "fodns_domains", "gauge", "Configured domains.", (double)p->domains);
}

static void
add_families(struct page *p, struct buf *b)
{
	for (int i = 0; i < FAMILIES_OF_LINES; i++) {
		prom_family(b, families[i].name, "gauge", families[i].help);
		if (p->lines[i].len > 0)
			buf_add(b, p->lines[i].data, p->lines[i].len);
		buf_free(&p->lines[i]);
	}
}

/* The age of an agent's newest report; an agent that was never heard of has none. */
static void
add_agents(const struct metrics *m, struct buf *b)
{
	const struct map_slot *s;
	struct buf stale = {0};
	struct roster r;

	roster_init(&r, m->engine, m->config, m->chosen);
	prom_family(b, "fodns_agent_age_seconds", "gauge", "Age of the newest report of an agent.");
	prom_family(&stale, "fodns_agent_stale", "gauge",
	            "1 while an agent that is counted on has no report that counts.");
	for (size_t i = 0; (s = map_next(&r.agents, &i));) {
		const struct roster_agent *a = s->value;

		if (a->last_at >= 0) {
			prom_label(b, "fodns_agent_age_seconds{", "agent", s->key);
			buf_printf(b, "} %.3f\n",
			           (double)(m->now > a->last_at ? m->now - a->last_at : 0) / 1000);
		}
		if (a->fresh || a->expected) {
			prom_label(&stale, "fodns_agent_stale{", "agent", s->key);
			buf_printf(&stale, "} %d\n", !a->fresh);
		}
	}
	buf_add(b, stale.data, stale.len);
	buf_free(&stale);
	roster_free(&r);
}

static size_t
overrides_in_force(const struct engine *e)
{
	size_t n = view_overrides(e, NULL, 0), count = 0;
	const struct override **list = mem_alloc((n + 1) * sizeof(*list));

	n = view_overrides(e, list, n);
	for (size_t i = 0; i < n; i++)
		count += list[i]->at <= engine_now(e);
	free(list);
	return count;
}

void
metrics_write(const struct metrics *m, struct buf *b)
{
	struct page *p = mem_alloc(sizeof(*p));

	p->m = m;
	prom_family(b, "fodns_config_info", "gauge", "The config in force.");
	prom_label(b, "fodns_config_info{", "hash", m->config->hash);
	buf_puts(b, "} 1\n");
	prom_one(b, "fodns_judged_time_seconds", "gauge", "As of when all this is, since 1970.",
	         (double)engine_now(m->engine) / 1000);
	take_domains(p);
	add_sums(p, b);
	add_families(p, b);
	add_agents(m, b);
	prom_one(b, "fodns_overrides", "gauge", "Overrides in force.",
	         (double)overrides_in_force(m->engine));
	free(p);
}
