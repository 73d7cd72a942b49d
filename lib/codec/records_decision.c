#include <string.h>

#include "codec/records.h"
#include "codec/records_decision.h"
#include "codec/records_write.h"

/* ---- writing */

static void
put_select(struct buf *b, const struct rrset *s)
{
	buf_puts(b, ",\"select\":\"");
	buf_puts(b, select_word((int)s->select));
	buf_putc(b, '"');
	if (s->select != SELECT_WEIGHTED)
		return;
	buf_puts(b, ",\"weights\":[");
	for (size_t i = 0; i < s->nanswers; i++) {
		if (i)
			buf_putc(b, ',');
		buf_putu(b, s->weights[i]);
	}
	buf_putc(b, ']');
}

static void
put_rrset(struct buf *b, const struct rrset *s, int max)
{
	char text[ADDR_TEXT];

	buf_puts(b, "{\"answers\":[");
	for (size_t i = 0; i < s->nanswers; i++) {
		if (i)
			buf_putc(b, ',');
		buf_json(b, answer_text(text, &s->answers[i]));
	}
	buf_puts(b, "],\"ttl\":");
	buf_putu(b, s->ttl);
	buf_puts(b, ",\"source\":\"");
	buf_puts(b, source_word(s->source));
	buf_putc(b, '"');
	if (max) {
		buf_puts(b, ",\"max\":");
		buf_puti(b, max);
	}
	if (s->select != SELECT_ALL && s->nanswers > 1)
		put_select(b, s);
	if (s->rcode) {
		buf_puts(b, ",\"rcode\":\"");
		buf_puts(b, rcode_word((int)s->rcode));
		buf_putc(b, '"');
	}
	buf_putc(b, '}');
}

static void
put_target(struct buf *b, const struct target_view *t, enum rrtype type)
{
	char text[ADDR_TEXT];

	buf_putc(b, '{');
	if (t->value) {
		buf_puts(b, "\"type\":\"");
		buf_puts(b, rrtype_word((int)type));
		buf_puts(b, "\",\"value\":");
		buf_json(b, t->value);
		buf_putc(b, ',');
	}
	if (t->addr.family != FAMILY_OTHER) {
		buf_puts(b, "\"ip\":\"");
		buf_puts(b, addr_format(text, &t->addr));
		buf_puts(b, "\",");
	}
	buf_puts(b, "\"port\":");
	if (t->port == PORT_NONE)
		buf_puts(b, "null");
	else
		buf_puti(b, t->port);
	buf_puts(b, ",\"state\":\"");
	buf_puts(b, state_word(t->state));
	buf_puts(b, "\",\"ok\":");
	buf_puti(b, t->ok);
	buf_puts(b, ",\"fail\":");
	buf_puti(b, t->fail);
	buf_puts(b, ",\"missing\":");
	buf_puti(b, t->missing);
	buf_putc(b, '}');
}

void
decision_write_rrsets(struct buf *b, const struct decision *d)
{
	buf_puts(b, "\"rrsets\":{\"A\":");
	put_rrset(b, &d->rrsets[FAMILY_V4], d->max_answers);
	buf_puts(b, ",\"AAAA\":");
	put_rrset(b, &d->rrsets[FAMILY_V6], d->max_answers);
	if (d->type != RRTYPE_A) {
		buf_puts(b, ",\"");
		buf_puts(b, rrtype_word((int)d->type));
		buf_puts(b, "\":");
		put_rrset(b, &d->rrsets[FAMILY_OTHER], d->max_answers);
	}
	buf_putc(b, '}');
}

void
decision_write(struct buf *b, const struct decision *d)
{
	buf_puts(b, "{\"type\":\"decision\",\"at\":");
	put_time(b, d->at);
	buf_puts(b, ",\"domain\":");
	buf_json(b, d->domain);
	buf_putc(b, ',');
	decision_write_rrsets(b, d);
	buf_puts(b, ",\"since\":");
	put_time(b, d->since);
	buf_puts(b, ",\"targets\":[");
	for (size_t i = 0; i < d->ntargets; i++) {
		if (i)
			buf_putc(b, ',');
		put_target(b, &d->targets[i], d->type);
	}
	buf_puts(b, "],\"next\":");
	put_time_or_null(b, d->next);
	buf_puts(b, "}\n");
}

/* ---- reading */

static void
say_nothing(struct rrset *r)
{
	r->nanswers = 0;
	r->ttl = 0;
	r->source = SOURCE_NONE;
	r->select = SELECT_ALL;
	r->rcode = DECIDED_NOERROR;
}

void
decision_begin(struct decision *d, struct decision_text *text)
{
	text->domain[0] = '\0';
	text->used = 0;
	d->domain = text->domain;
	d->type = RRTYPE_A;
	d->max_answers = 0;
	d->next = -1;
	for (int f = 0; f < FAMILIES; f++)
		say_nothing(&d->rrsets[f]);
}

/* ---- the canonical form: a hundred thousand of these stand between a start and the first answer
 */

/* Where the texts of values go; a line has less of them than bytes. */
static bool
scan_value(struct scan *s, struct decision_text *text, const char **value)
{
	char *at = text->values + text->used;

	if (!scan_text(s, at, sizeof(text->values) - text->used))
		return false;
	*value = at;
	text->used += strlen(at) + 1;
	return true;
}

static bool
scan_answer(struct scan *s, struct answer *a, enum family family, struct decision_text *text)
{
	const char *value;
	struct addr addr;

	if (family == FAMILY_OTHER) {
		if (!scan_value(s, text, &value))
			return false;
		*a = answer_value(value);
		return true;
	}
	if (!scan_addr(s, &addr) || addr.family != family)
		return false;
	*a = answer_addr(&addr);
	return true;
}

static bool
scan_answers(struct scan *s, struct rrset *r, enum family family, struct decision_text *text)
{
	r->nanswers = 0;
	if (!SCAN(s, "{\"answers\":["))
		return false;
	if (SCAN(s, "]"))
		return true;
	do {
		if (r->nanswers == LIMIT_TARGETS || !SCAN(s, "\"") ||
		    !scan_answer(s, &r->answers[r->nanswers++], family, text))
			return false;
	} while (SCAN(s, ","));
	return SCAN(s, "]");
}

static bool
scan_count(struct scan *s, int *v)
{
	uint64_t u;

	if (!scan_u64(s, &u) || u > 1000000)
		return false;
	*v = (int)u;
	return true;
}

/* One answer a query, where that is so. */
static bool
scan_select(struct scan *s, struct rrset *r)
{
	int weight;

	r->select = SELECT_ALL;
	if (!SCAN(s, ",\"select\":\""))
		return true;
	if (r->nanswers < 2)
		return false;
	if (SCAN(s, "hash\"")) {
		r->select = SELECT_HASH;
		return true;
	}
	if (!SCAN(s, "weighted\",\"weights\":["))
		return false;
	r->select = SELECT_WEIGHTED;
	for (size_t i = 0; i < r->nanswers; i++) {
		if ((i && !SCAN(s, ",")) || !scan_count(s, &weight) || weight < 1 ||
		    weight > LIMIT_WEIGHT)
			return false;
		r->weights[i] = (uint16_t)weight;
	}
	return SCAN(s, "]");
}

/* What is said in place of answers, where that is anything. */
static bool
scan_rcode(struct scan *s, struct rrset *r)
{
	char word[12];
	int rcode;

	r->rcode = DECIDED_NOERROR;
	if (!SCAN(s, ",\"rcode\":\""))
		return true;
	if (r->nanswers || !scan_text(s, word, sizeof(word)) || (rcode = rcode_from(word)) < 0)
		return false;
	r->rcode = (enum rcode)rcode;
	return true;
}

static bool
scan_rrset(struct scan *s, struct decision *d, enum family family, struct decision_text *text)
{
	struct rrset *r = &d->rrsets[family];
	char word[12];
	uint64_t ttl;
	int source;

	if (!scan_answers(s, r, family, text) || !SCAN(s, ",\"ttl\":") || !scan_u64(s, &ttl) ||
	    ttl > INT32_MAX || !SCAN(s, ",\"source\":\"") || !scan_text(s, word, sizeof(word)) ||
	    (source = source_from(word)) < 0)
		return false;
	if (SCAN(s, ",\"max\":") && !scan_count(s, &d->max_answers))
		return false;
	r->ttl = (uint32_t)ttl;
	r->source = (enum source)source;
	return scan_select(s, r) && scan_rcode(s, r) && SCAN(s, "}");
}

/* The rrset of another type, where there is one. */
static bool
scan_other(struct scan *s, struct decision *d, struct decision_text *text)
{
	char word[8];
	int type;

	if (SCAN(s, "}"))
		return true;
	if (!SCAN(s, ",\"") || !scan_text(s, word, sizeof(word)) ||
	    (type = rrtype_from(word)) < RRTYPE_CNAME || !SCAN(s, ":"))
		return false;
	d->type = (enum rrtype)type;
	return scan_rrset(s, d, FAMILY_OTHER, text) && SCAN(s, "}");
}

static bool
scan_target_port(struct scan *s, int *port)
{
	*port = PORT_NONE;
	return SCAN(s, "null") || (scan_count(s, port) && *port <= 65535);
}

/* Up to the port: an address, or another type's value and what is probed for it. */
static bool
scan_target_name(struct scan *s, struct target_view *t, enum rrtype of, struct decision_text *text)
{
	char word[8];

	t->value = NULL;
	if (!SCAN(s, "{\"type\":\""))
		return SCAN(s, "{\"ip\":\"") && scan_addr(s, &t->addr) && SCAN(s, ",");
	t->addr.family = FAMILY_OTHER;
	if (!scan_text(s, word, sizeof(word)) || rrtype_from(word) != (int)of || of == RRTYPE_A ||
	    !SCAN(s, ",\"value\":\"") || !scan_value(s, text, &t->value) || !SCAN(s, ","))
		return false;
	return !SCAN(s, "\"ip\":\"") || (scan_addr(s, &t->addr) && SCAN(s, ","));
}

static bool
scan_target(struct scan *s, struct target_view *t, enum rrtype of, struct decision_text *text)
{
	char word[12];
	int state;

	if (!scan_target_name(s, t, of, text) || !SCAN(s, "\"port\":") ||
	    !scan_target_port(s, &t->port) || !SCAN(s, ",\"state\":\"") ||
	    !scan_text(s, word, sizeof(word)) || (state = state_from(word)) < 0)
		return false;
	t->state = (enum state)state;
	return SCAN(s, ",\"ok\":") && scan_count(s, &t->ok) && SCAN(s, ",\"fail\":") &&
	       scan_count(s, &t->fail) && SCAN(s, ",\"missing\":") && scan_count(s, &t->missing) &&
	       SCAN(s, "}");
}

static bool
scan_targets(struct scan *s, struct decision *d, struct decision_text *text)
{
	d->ntargets = 0;
	if (!SCAN(s, ",\"targets\":["))
		return false;
	if (SCAN(s, "]"))
		return true;
	do {
		if (d->ntargets == LIMIT_TARGETS ||
		    !scan_target(s, &d->targets[d->ntargets++], d->type, text))
			return false;
	} while (SCAN(s, ","));
	return SCAN(s, "]");
}

bool
decision_scan(struct decision *d, struct decision_text *text, const char *line, size_t n)
{
	struct scan s = {line, line + n};

	decision_begin(d, text);
	return SCAN(&s, "{\"type\":\"decision\",\"at\":\"") && scan_time(&s, &d->at) &&
	       SCAN(&s, ",\"domain\":\"") && scan_name(&s, text->domain) &&
	       SCAN(&s, ",\"rrsets\":{\"A\":") && scan_rrset(&s, d, FAMILY_V4, text) &&
	       SCAN(&s, ",\"AAAA\":") && scan_rrset(&s, d, FAMILY_V6, text) &&
	       scan_other(&s, d, text) && SCAN(&s, ",\"since\":\"") && scan_time(&s, &d->since) &&
	       scan_targets(&s, d, text) && SCAN(&s, ",\"next\":") &&
	       (SCAN(&s, "null") || (SCAN(&s, "\"") && scan_time(&s, &d->next))) && SCAN(&s, "}") &&
	       s.p == s.end;
}
