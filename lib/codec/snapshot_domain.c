#include "codec/snapshot_domain.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { SETS = 3, ANY = 255 };

#define ROW(type, member, key, kind, ...) {key, COLUMN_##kind, offsetof(type, member), __VA_ARGS__}
#define LAST {NULL, 0, 0, 0, NULL}

static const struct column domain_columns[] = {
	ROW(struct saved_domain, name, "domain", TEXT, 0, NULL),
	ROW(struct saved_domain, type, "rrtype", WORD, ANY, rrtype_words),
	ROW(struct saved_domain, probe, "probe", WORD, ANY, probe_type_words),
	ROW(struct saved_domain, since, "since", TIME, 0, NULL),
	LAST,
};

static const struct column rrset_columns[] = {
	ROW(struct saved_rrset, since, "since", TIME, 0, NULL),
	ROW(struct saved_rrset, source, "source", WORD, ANY, source_words),
	ROW(struct saved_rrset, rcode, "rcode", WORD, ANY, rcode_words),
	ROW(struct saved_rrset, ttl, "ttl", UINT, UINT32_MAX, NULL),
	ROW(struct saved_rrset, kept_ttl, "keep_ttl", UINT, UINT32_MAX, NULL),
	ROW(struct saved_rrset, kept_rcode, "keep_rcode", WORD, ANY, rcode_words),
	ROW(struct saved_rrset, kept_falling, "keep_falling", FLAG, 0, NULL),
	LAST,
};

static const struct column target_columns[] = {
	ROW(struct saved_target, key.answered.addr, "ip", ADDR, 0, NULL),
	ROW(struct saved_target, key.port, "port", PORT, 0, NULL),
	ROW(struct saved_target, state, "state", WORD, ANY, state_words),
	ROW(struct saved_target, votes, "votes", WORD, STATE_DOWN, state_words),
	ROW(struct saved_target, determined, "determined", WORD, STATE_DOWN, state_words),
	ROW(struct saved_target, since, "since", TIME, 0, NULL),
	ROW(struct saved_target, up_since, "up_since", TIME, 0, NULL),
	ROW(struct saved_target, undetermined, "undetermined", TIME, 0, NULL),
	ROW(struct saved_target, latched, "kept_down", TIME, 0, NULL),
	ROW(struct saved_target, delayed, "delayed", FLAG, 0, NULL),
	ROW(struct saved_target, overridden, "overridden", FLAG, 0, NULL),
	LAST,
};

/* What is probed, where that is not what is answered. */
static const struct column check_columns[] = {
	ROW(struct target_key, probed, "ip", ADDR, 0, NULL),
	ROW(struct target_key, host, "host", TEXT, 0, NULL),
	ROW(struct target_key, probed_port, "port", PORT, 0, NULL),
	LAST,
};

static const struct column view_columns[] = {
	ROW(struct saved_view, agent, "agent", TEXT, 0, NULL),
	ROW(struct saved_view, state, "state", WORD, STATE_DOWN, state_words),
	ROW(struct saved_view, status, "status", WORD, ANY, status_words),
	ROW(struct saved_view, reason, "reason", TEXT, 0, NULL),
	ROW(struct saved_view, inc, "inc", COUNT, 0, NULL),
	ROW(struct saved_view, seq, "seq", COUNT, 0, NULL),
	ROW(struct saved_view, last, "last", TIME, 0, NULL),
	ROW(struct saved_view, conclusive, "conclusive", TIME, 0, NULL),
	ROW(struct saved_view, arrival, "arrival", TIME, 0, NULL),
	ROW(struct saved_view, period, "period", SPAN, 0, NULL),
	ROW(struct saved_view, latency, "latency_ms", LATENCY, 0, NULL),
	ROW(struct saved_view, oks, "oks", UINT, UINT16_MAX, NULL),
	ROW(struct saved_view, fails, "fails", UINT, UINT16_MAX, NULL),
	ROW(struct saved_view, skew, "skew", FLAG, 0, NULL),
	ROW(struct saved_view, dated, "dated", FLAG, 0, NULL),
	ROW(struct saved_view, tcp, "tcp", FLAG, 0, NULL),
	LAST,
};

/* ---- writing */

static void
put_answers(struct buf *b, const struct saved_answers *a)
{
	char text[ADDR_TEXT];

	buf_putc(b, '[');
	for (size_t i = 0; i < a->n; i++) {
		if (i)
			buf_putc(b, ',');
		buf_json(b, answer_text(text, &a->list[i]));
	}
	buf_putc(b, ']');
}

static void
put_rrset(struct buf *b, const struct saved_rrset *r, int64_t base)
{
	buf_putc(b, '{');
	columns_write(b, rrset_columns, r, base);
	buf_puts(b, ",\"answers\":");
	put_answers(b, &r->now);
	if (r->kept) {
		buf_puts(b, ",\"keep\":");
		put_answers(b, &r->keep);
	}
	if (r->lasted) {
		buf_puts(b, ",\"last\":");
		put_answers(b, &r->last);
	}
	buf_putc(b, '}');
}

static void
put_rrsets(struct buf *b, const struct saved_domain *d, int64_t base)
{
	const char *comma = "";

	buf_puts(b, ",\"rrsets\":{");
	for (int f = 0; f < FAMILIES; f++) {
		if (!d->rrsets[f].there)
			continue;
		buf_puts(b, comma);
		buf_putc(b, '"');
		buf_puts(b, rrtype_word((int)family_type((enum family)f, (enum rrtype)d->type)));
		buf_puts(b, "\":");
		put_rrset(b, &d->rrsets[f], base);
		comma = ",";
	}
	buf_putc(b, '}');
}

static bool
probed_apart(const struct target_key *k)
{
	return k->answered.family == FAMILY_OTHER || k->host || k->port != k->probed_port ||
	       !addr_equal(&k->answered.addr, &k->probed);
}

static void
put_target(struct buf *b, const struct saved_target *t, int64_t base)
{
	buf_putc(b, '{');
	if (t->key.answered.family == FAMILY_OTHER) {
		buf_puts(b, "\"value\":");
		buf_json(b, t->key.answered.text);
	}
	columns_write(b, target_columns, t, base);
	if (probed_apart(&t->key)) {
		buf_puts(b, ",\"check\":{");
		columns_write(b, check_columns, &t->key, base);
		buf_putc(b, '}');
	}
	buf_puts(b, ",\"views\":[");
	for (size_t i = 0; i < t->nviews; i++) {
		buf_puts(b, i ? ",{" : "{");
		columns_write(b, view_columns, &t->views[i], base);
		buf_putc(b, '}');
	}
	buf_puts(b, "]}");
}

void
snapshot_put_domain(struct buf *b, const struct saved_domain *d, int64_t base)
{
	columns_write(b, domain_columns, d, base);
	put_rrsets(b, d, base);
	buf_puts(b, ",\"targets\":[");
	for (size_t i = 0; i < d->ntargets; i++) {
		if (i)
			buf_putc(b, ',');
		put_target(b, &d->targets[i], base);
	}
	buf_putc(b, ']');
}

/* ---- reading */

struct snap_store {
	struct answer answers[FAMILIES][SETS][LIMIT_TARGETS];
	struct saved_target targets[LIMIT_TARGETS];
	size_t first[LIMIT_TARGETS]; /* the views of each */
	struct saved_view *views;
	size_t nviews, cap;
	/* while reading */
	struct saved_domain *d;
	struct saved_rrset *rrset;
	int family;
	int other; /* enum rrtype: of the rrset that is neither A nor AAAA */
	struct saved_target *target;
	int64_t base;
};

struct snap_store *
snap_store_new(void)
{
	return mem_alloc(sizeof(struct snap_store));
}

void
snap_store_free(struct snap_store *s)
{
	if (s)
		free(s->views);
	free(s);
}

static enum column_other
told(bool ok)
{
	return ok ? OTHER_TAKEN : OTHER_WRONG;
}

static bool
take_answer(struct pull *j, int family, struct answer *a)
{
	const char *text = pull_text(j);
	struct addr addr;

	if (!text)
		return false;
	if (family == FAMILY_OTHER) {
		*a = answer_value(text);
		return *text;
	}
	if (!addr_parse(text, &addr) || addr.family != family)
		return false;
	*a = answer_addr(&addr);
	return true;
}

static bool
take_answers(struct snap_store *s, struct pull *j, int which, struct saved_answers *to)
{
	struct answer *list = s->answers[s->family][which];
	bool first = true, more;
	size_t n = 0;

	if (!pull_is(j, '['))
		return false;
	while (pull_next(j, ']', &first, &more)) {
		if (!more) {
			*to = (struct saved_answers){list, n};
			return true;
		}
		if (n == LIMIT_TARGETS || !take_answer(j, s->family, &list[n++]))
			return false;
	}
	return false;
}

static enum column_other
rrset_member(void *arg, struct pull *j, const char *key)
{
	struct snap_store *s = arg;
	struct saved_rrset *r = s->rrset;

	if (!strcmp(key, "answers"))
		return told(take_answers(s, j, 0, &r->now));
	if (!strcmp(key, "keep")) {
		r->kept = true;
		return told(take_answers(s, j, 1, &r->keep));
	}
	if (!strcmp(key, "last")) {
		r->lasted = true;
		return told(take_answers(s, j, 2, &r->last));
	}
	return OTHER_UNKNOWN;
}

static bool
take_rrset(struct snap_store *s, struct pull *j, const char *type)
{
	int t = rrtype_from(type);

	if (t < 0)
		return false;
	s->family = type_family(t);
	if (s->family == FAMILY_OTHER)
		s->other = t;
	s->rrset = &s->d->rrsets[s->family];
	columns_blank(rrset_columns, s->rrset);
	s->rrset->there = true;
	return columns_read(j, rrset_columns, s->rrset, s->base, rrset_member, s) &&
	       s->rrset->since != INT64_MIN;
}

static bool
take_rrsets(struct snap_store *s, struct pull *j)
{
	bool first = true, more;

	if (!pull_is(j, '{'))
		return false;
	while (pull_next(j, '}', &first, &more)) {
		const char *key;

		if (!more)
			return true;
		if (!(key = pull_text(j)) || !pull_is(j, ':') || !take_rrset(s, j, key))
			return false;
	}
	return false;
}

static bool
take_view(struct snap_store *s, struct pull *j)
{
	struct saved_view *v;
	const char *why;

	s->views = mem_array(s->views, &s->cap, s->nviews + 1, sizeof(*s->views));
	v = &s->views[s->nviews++];
	columns_blank(view_columns, v);
	return ++s->target->nviews <= LIMIT_AGENTS_PER_DOMAIN &&
	       columns_read(j, view_columns, v, s->base, NULL, NULL) &&
	       agent_id_valid(v->agent, strlen(v->agent), &why) &&
	       strlen(v->reason) <= LIMIT_REASON;
}

static bool
take_views(struct snap_store *s, struct pull *j)
{
	bool first = true, more;

	if (!pull_is(j, '['))
		return false;
	while (pull_next(j, ']', &first, &more)) {
		if (!more)
			return true;
		if (!take_view(s, j))
			return false;
	}
	return false;
}

static enum column_other
target_member(void *arg, struct pull *j, const char *key)
{
	struct snap_store *s = arg;
	struct target_key *k = &s->target->key;

	if (!strcmp(key, "value"))
		return told(take_answer(j, FAMILY_OTHER, &k->answered));
	if (!strcmp(key, "views"))
		return told(take_views(s, j));
	if (strcmp(key, "check") != 0)
		return OTHER_UNKNOWN;
	columns_blank(check_columns, k);
	return told(columns_read(j, check_columns, k, s->base, NULL, NULL));
}

/* What is probed is what is answered, unless it is said. */
static bool
complete(struct target_key *k)
{
	bool said = k->probed.family != FAMILY_OTHER || k->probed_port != PORT_NONE ||
	            (k->host && *k->host);

	if (k->answered.family == FAMILY_OTHER && !k->answered.text)
		return false;
	if (!said && k->answered.family != FAMILY_OTHER) {
		k->probed = k->answered.addr;
		k->probed_port = k->port;
	}
	if (k->host && !*k->host)
		k->host = NULL;
	return k->probed.family != FAMILY_OTHER || k->host;
}

static bool
take_target(struct snap_store *s, struct pull *j)
{
	struct saved_target *t = s->target = &s->targets[s->d->ntargets];

	if (s->d->ntargets == LIMIT_TARGETS)
		return false;
	memset(t, 0, sizeof(*t));
	columns_blank(target_columns, t);
	columns_blank(check_columns, &t->key);
	t->key.answered.text = NULL;
	s->first[s->d->ntargets++] = s->nviews;
	return columns_read(j, target_columns, t, s->base, target_member, s) &&
	       complete(&t->key) && t->since != INT64_MIN;
}

static bool
take_targets(struct snap_store *s, struct pull *j)
{
	bool first = true, more;

	if (!pull_is(j, '['))
		return false;
	while (pull_next(j, ']', &first, &more)) {
		if (!more)
			return true;
		if (!take_target(s, j))
			return false;
	}
	return false;
}

static enum column_other
domain_member(void *arg, struct pull *j, const char *key)
{
	struct snap_store *s = arg;

	if (!strcmp(key, "rrsets"))
		return told(take_rrsets(s, j));
	if (!strcmp(key, "targets"))
		return told(take_targets(s, j));
	return OTHER_UNKNOWN;
}

bool
snapshot_take_domain(struct pull *j, struct saved_domain *d, struct snap_store *s, int64_t base)
{
	memset(d, 0, sizeof(*d));
	columns_blank(domain_columns, d);
	s->d = d;
	s->base = base;
	s->nviews = 0;
	s->other = RRTYPE_A;
	if (!columns_read(j, domain_columns, d, base, domain_member, s) || !*d->name ||
	    d->since == INT64_MIN || (d->rrsets[FAMILY_OTHER].there && s->other != d->type))
		return false;
	for (size_t i = 0; i < d->ntargets; i++)
		s->targets[i].views = s->views ? s->views + s->first[i] : NULL;
	d->targets = s->targets;
	return true;
}
