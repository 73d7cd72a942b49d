#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/listing.h"
#include "core/view.h"
#include "edge/clock.h"
#include "edge/journal.h"
#include "override.h"

enum { LOCK_WAIT_MS = 2000 };

/* A domain that has the target, and what it answered before. */
struct touched {
	const struct domain *domain;
	char *before[FAMILIES];
	bool answered[FAMILIES];
};

struct setting {
	struct overriding *o;
	struct touched *list;
	size_t n, cap;
	struct override *records;
	size_t nrecords;
	int64_t ttl_ms; /* the longest that was sent */
	bool table;
};

/* ---- answers as text */

static void
rrset_text(const struct setting *s, const struct rrset *r, struct buf *b)
{
	char text[ADDR_TEXT];

	if (s->table) {
		listing_answers(b, r, ", ");
		if (r->source != SOURCE_NONE)
			buf_printf(b, " %s", source_word(r->source));
		return;
	}
	buf_puts(b, "{\"answers\":[");
	for (size_t i = 0; i < r->nanswers; i++) {
		buf_puts(b, i ? "," : "");
		buf_json(b, answer_text(text, &r->answers[i]));
	}
	buf_printf(b, "],\"ttl\":%u,\"source\":\"%s\"", r->ttl, source_word(r->source));
	if (r->rcode)
		buf_printf(b, ",\"rcode\":\"%s\"", rcode_word((int)r->rcode));
	buf_putc(b, '}');
}

static const char *
type_name(const struct domain *d, int family)
{
	return rrtype_word((int)family_type((enum family)family, d->type));
}

static const struct answer *
still_answered(const struct setting *s, const struct domain *d, const struct rrset *r)
{
	for (size_t i = 0; i < r->nanswers; i++)
		for (size_t k = 0; k < d->ntargets; k++) {
			struct answer a = target_answer(&d->targets[k]);

			if (override_names(&s->o->said, d, &d->targets[k]) &&
			    answer_equal(&a, &r->answers[i]))
				return &r->answers[i];
		}
	return NULL;
}

static void
warn_still(const struct setting *s, const struct domain *d, int family, const struct rrset *r)
{
	const struct answer *a = still_answered(s, d, r);
	char text[ADDR_TEXT];

	if (!a || s->o->said.state == OVERRIDE_UP || s->o->said.state == OVERRIDE_CLEAR)
		return;
	log_warn("%s %s: %s is still answered: %s", d->name, type_name(d, family),
	         answer_text(text, a),
	         s->o->said.state == OVERRIDE_DRAIN
	             ? "no other target is up (use down)"
	             : "nothing else is left to answer: configure a fallback");
}

static void
print_change(const struct setting *s, const struct touched *t, int family,
             const struct rrset *after)
{
	const char *type = type_name(t->domain, family);
	struct buf b = {0};

	rrset_text(s, after, &b);
	if (!s->table) {
		printf("{\"domain\":\"%s\",\"rrtype\":\"%s\",\"before\":%s,\"after\":%s,\"dry_"
		       "run\":%s}\n",
		       t->domain->name, type, t->before[family], b.data,
		       s->o->dry ? "true" : "false");
	} else if (!strcmp(b.data, t->before[family])) {
		printf("%s %s %s (no change)\n", t->domain->name, type, b.data);
	} else {
		printf("%s %s %s -> %s\n", t->domain->name, type, t->before[family], b.data);
	}
	buf_free(&b);
}

/* ---- before and after */

static bool
touches(const struct setting *s, const struct domain *d)
{
	for (size_t k = 0; k < d->ntargets; k++)
		if (override_names(&s->o->said, d, &d->targets[k]))
			return true;
	return false;
}

static void
look_before(struct setting *s)
{
	static struct decision dec;

	for (size_t i = 0; i < s->o->config.ndomains; i++) {
		const struct domain *d = &s->o->config.domains[i];
		struct touched *t;

		if (!touches(s, d))
			continue;
		s->list = mem_array(s->list, &s->cap, s->n + 1, sizeof(*s->list));
		t = &s->list[s->n++];
		t->domain = d;
		engine_decision(s->o->past.engine, d, &dec);
		for (int f = 0; f < FAMILIES; f++) {
			struct buf b = {0};

			rrset_text(s, &dec.rrsets[f], &b);
			t->before[f] = b.data;
			t->answered[f] = dec.rrsets[f].nanswers > 0;
			if (t->answered[f] && (int64_t)dec.rrsets[f].ttl * 1000 > s->ttl_ms)
				s->ttl_ms = (int64_t)dec.rrsets[f].ttl * 1000;
		}
	}
}

static void
look_after(struct setting *s)
{
	static struct decision dec;
	struct engine *e = s->o->past.engine;
	int64_t now = engine_now(e);

	for (size_t i = 0; i < s->nrecords; i++) {
		struct override r = s->records[i];

		r.until = r.state == OVERRIDE_CLEAR     ? now
		          : r.until == OVERRIDE_FOREVER ? r.until
		                                        : now + s->o->for_ms;
		r.at = now;
		engine_override(e, &r);
	}
	engine_settle(e);
	for (size_t i = 0; i < s->n; i++) {
		const struct touched *t = &s->list[i];

		engine_decision(e, t->domain, &dec);
		for (int f = 0; f < FAMILIES; f++) {
			if (!domain_has(t->domain, (enum family)f) && !t->answered[f] && !dec.rrsets[f].nanswers)
				continue;
			print_change(s, t, f, &dec.rrsets[f]);
			warn_still(s, t->domain, f, &dec.rrsets[f]);
		}
	}
}

/* ---- the records */

void
override_operator(struct override *o)
{
	const char *name = getenv("SUDO_USER");
	struct passwd *p;

	if (!name || !*name) {
		p = getpwuid(getuid());
		name = p ? p->pw_name : "";
	}
	if (*name)
		text_clean(o->who, sizeof(o->who), name, strlen(name));
	else
		snprintf(o->who, sizeof(o->who), "uid %u", (unsigned)getuid());
}

/* Two scopes that name a target in common, as --clear means it. */
static bool
meets(const struct override *a, const struct override *b, const struct config *c)
{
	for (size_t i = 0; i < c->ndomains; i++)
		for (size_t k = 0; k < c->domains[i].ntargets; k++)
			if (override_names(a, &c->domains[i], &c->domains[i].targets[k]) &&
			    override_names(b, &c->domains[i], &c->domains[i].targets[k]))
				return true;
	return false;
}

/*
 * --clear of a domain ends the domain's overrides, of a target those of that
 * target; one that was set for every domain ends only when no domain is named.
 */
static bool
is_cleared(const struct overriding *o, const struct override *v)
{
	if (o->said.domain[0] && strcmp(v->domain, o->said.domain))
		return false;
	if (o->said.target[0] && !v->target[0])
		return false;
	return meets(&o->said, v, &o->config);
}

static void
make_records(struct setting *s)
{
	struct overriding *o = s->o;
	size_t n = view_overrides(o->past.engine, NULL, 0);
	const struct override **list = mem_alloc((n + 1) * sizeof(*list));

	s->records = mem_alloc((n + 1) * sizeof(*s->records));
	n = o->clear ? view_overrides(o->past.engine, list, n) : 0;
	for (size_t i = 0; i < n; i++) {
		struct override *r = &s->records[s->nrecords];

		if (!is_cleared(o, list[i]))
			continue;
		*r = o->said;
		memcpy(r->domain, list[i]->domain, sizeof(r->domain));
		memcpy(r->target, list[i]->target, sizeof(r->target));
		s->nrecords++;
	}
	if (o->clear && !s->nrecords)
		log_info(
		    "no override of it is in force; a manual failback is granted all the same");
	/* The scope as it was typed: also what a manual failback waits for. */
	if (!s->nrecords)
		s->records[s->nrecords++] = o->said;
	free(list);
}

static void
write_records(struct setting *s)
{
	struct fault f;

	if (s->o->dry)
		return;
	if (journal_override(&s->o->dir, s->records, s->nrecords, LOCK_WAIT_MS, &f) < 0)
		cli_fail(&f);
}

static void
free_setting(struct setting *s)
{
	for (size_t i = 0; i < s->n; i++)
		for (int f = 0; f < FAMILIES; f++)
			free(s->list[i].before[f]);
	free(s->list);
	free(s->records);
}

int
override_set(struct overriding *o)
{
	struct setting s = {.o = o, .table = cli_wants_table(o->output)};
	int64_t ttl;

	if (o->reason)
		text_clean(o->said.reason, sizeof(o->said.reason), o->reason, strlen(o->reason));
	o->said.at = clock_wall();
	o->said.until = o->clear     ? o->said.at
	                : o->forever ? OVERRIDE_FOREVER
	                             : o->said.at + o->for_ms;
	if (o->forever)
		log_warn("this override has no end: somebody has to think of --clear");
	make_records(&s);
	look_before(&s);
	write_records(&s);
	look_after(&s);
	fflush(stdout);
	ttl = s.ttl_ms;
	free_setting(&s);
	return o->wait && !o->dry ? override_wait(o, ttl) : EXIT_DONE;
}
