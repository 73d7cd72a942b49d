#include <string.h>

#include "base/text.h"
#include "codec/records_decision.h"

/* Decisions in any form but the canonical one: what stands in the JSON, with every fault of it. */

/* Copies a string of the JSON; NULL if it has a NUL, control characters, or none is there. */
static const char *
keep_value(struct decision_text *text, struct json *of)
{
	char *at = text->values + text->used;
	size_t len;
	const char *s = json_string(of, &len);

	if (!s || strlen(s) != len || text_dirty(s, len) ||
	    len >= sizeof(text->values) - text->used)
		return NULL;
	memcpy(at, s, len + 1);
	text->used += len + 1;
	return at;
}

static bool
read_answer(struct json *of, enum family family, struct decision_text *text, struct answer *a)
{
	size_t len;
	const char *s = family == FAMILY_OTHER ? keep_value(text, of) : json_string(of, &len);
	struct addr addr;

	if (!s)
		return false;
	if (family == FAMILY_OTHER) {
		*a = answer_value(s);
		return true;
	}
	if (strlen(s) != len || !addr_parse(s, &addr) || addr.family != family)
		return false;
	*a = answer_addr(&addr);
	return true;
}

static void
read_answers(struct fields *f, struct rrset *r, enum family family, enum rrtype type,
             struct decision_text *text)
{
	struct json *list = json_get(f->object, "answers");
	size_t n = json_length(list);

	r->nanswers = 0;
	if (json_type(list) != JSON_ARRAY || n > LIMIT_TARGETS) {
		field_wrong(f, "answers", "list_type",
		            "Input should be a list of at most %d addresses", LIMIT_TARGETS);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (read_answer(json_at(list, i), family, text, &r->answers[r->nanswers]))
			r->nanswers++;
		else
			field_wrong(f, "answers", "value_error", "Value error, not %s %s",
			            rrtype_word((int)type),
			            family == FAMILY_OTHER ? "records" : "addresses");
	}
}

static void
read_weights(struct fields *f, struct rrset *r)
{
	struct json *list = json_get(f->object, "weights");
	int64_t v = 0;

	if (json_type(list) != JSON_ARRAY || json_length(list) != r->nanswers) {
		field_wrong(f, "weights", "list_type", "Input should be one number an answer");
		return;
	}
	for (size_t i = 0; i < r->nanswers; i++) {
		if (!json_int(json_at(list, i), 1, LIMIT_WEIGHT, &v))
			field_wrong(f, "weights", "value_error",
			            "Value error, not a number from 1 to %d", LIMIT_WEIGHT);
		r->weights[i] = (uint16_t)v;
	}
}

/* Of one answer, or none, there is nothing to select. */
static void
read_select(struct fields *f, struct rrset *r)
{
	int select;

	r->select = SELECT_ALL;
	if (!json_get(f->object, "select") || !field_word(f, "select", select_words, &select) ||
	    r->nanswers < 2 || select == SELECT_PRIORITY)
		return;
	r->select = (enum select)select;
	if (select == SELECT_WEIGHTED)
		read_weights(f, r);
}

static void
read_rcode(struct fields *f, struct rrset *r)
{
	int rcode;

	r->rcode = DECIDED_NOERROR;
	if (!json_get(f->object, "rcode") || !field_word(f, "rcode", rcode_words, &rcode))
		return;
	if (rcode && r->nanswers)
		field_wrong(f, "rcode", "value_error", "Value error, not beside answers");
	r->rcode = (enum rcode)rcode;
}

static void
read_rrset(struct fields *f, struct json *object, enum family family, enum rrtype type,
           struct decision *d, struct decision_text *text)
{
	struct rrset *r = &d->rrsets[family];
	struct fields in = {object, f->list, f->n, f->cap};
	int64_t v;
	int source;

	read_answers(&in, r, family, type, text);
	if (field_int(&in, "ttl", NEED_FIELD, 0, INT32_MAX, &v))
		r->ttl = (uint32_t)v;
	if (field_word(&in, "source", source_words, &source))
		r->source = (enum source)source;
	if (field_int(&in, "max", NEED_NOT, 0, 1000000, &v))
		d->max_answers = (int)v;
	read_select(&in, r);
	read_rcode(&in, r);
	f->n = in.n;
}

/* The set of a type other than A and AAAA, of which there is one at most; NULL: none. */
static struct json *
find_other(struct fields *f, struct json *rrsets, enum rrtype *type)
{
	struct json *found = NULL;

	for (int t = RRTYPE_CNAME; rrtype_words[t]; t++) {
		struct json *object = json_get(rrsets, rrtype_words[t]);

		if (json_type(object) != JSON_OBJECT)
			continue;
		if (found)
			field_wrong(f, rrtype_words[t], "value_error", "Value error, not beside %s",
			            rrtype_word((int)*type));
		found = object;
		*type = (enum rrtype)t;
	}
	return found;
}

/* In the order of the canonical form; beside another type A and AAAA need not be there. */
static void
read_rrsets(struct fields *f, struct decision *d, struct decision_text *text)
{
	struct json *rrsets = json_get(f->object, "rrsets"),
		    *other = find_other(f, rrsets, &d->type);

	for (int t = RRTYPE_A; t <= RRTYPE_AAAA; t++) {
		struct json *object = json_get(rrsets, rrtype_words[t]);

		if (json_type(object) == JSON_OBJECT)
			read_rrset(f, object, (enum family)t, (enum rrtype)t, d, text);
		else if (object || !other)
			field_wrong(f, rrtype_words[t], "missing", "Field required");
	}
	if (other)
		read_rrset(f, other, FAMILY_OTHER, d->type, d, text);
}

/* A target of the domain's other type has its value, and what is probed for it if it is an address.
 */
static void
read_target_name(struct fields *in, struct target_view *t, enum rrtype of,
                 struct decision_text *text)
{
	int type;

	if (!json_has(in->object, "type")) {
		field_addr(in, "ip", NEED_FIELD, &t->addr);
		return;
	}
	t->addr.family = FAMILY_OTHER;
	field_addr(in, "ip", NEED_NOT, &t->addr);
	if (!field_word(in, "type", rrtype_words, &type))
		return;
	t->value = keep_value(text, json_get(in->object, "value"));
	if (type != (int)of || of == RRTYPE_A || !t->value)
		field_wrong(in, "value", "value_error", "Value error, not of the domain's type");
}

static void
read_target(struct fields *f, struct json *object, struct target_view *t, enum rrtype of,
            struct decision_text *text)
{
	struct fields in = {object, f->list, f->n, f->cap};
	int64_t v;
	int state;

	*t = (struct target_view){.port = PORT_NONE};
	read_target_name(&in, t, of, text);
	if (field_int(&in, "port", NEED_NOT, 0, 65535, &v))
		t->port = (int)v;
	if (field_word(&in, "state", state_words, &state))
		t->state = (enum state)state;
	if (field_int(&in, "ok", NEED_FIELD, 0, 1000000, &v))
		t->ok = (int)v;
	if (field_int(&in, "fail", NEED_FIELD, 0, 1000000, &v))
		t->fail = (int)v;
	if (field_int(&in, "missing", NEED_FIELD, 0, 1000000, &v))
		t->missing = (int)v;
	f->n = in.n;
}

static void
read_targets(struct fields *f, struct decision *d, struct decision_text *text)
{
	struct json *list = json_get(f->object, "targets");

	d->ntargets = json_length(list);
	if (!json_has(f->object, "targets"))
		return;
	if (json_type(list) != JSON_ARRAY || d->ntargets > LIMIT_TARGETS) {
		d->ntargets = 0;
		field_wrong(f, "targets", "list_type",
		            "Input should be a list of at most %d targets", LIMIT_TARGETS);
		return;
	}
	for (size_t i = 0; i < d->ntargets; i++)
		read_target(f, json_at(list, i), &d->targets[i], d->type, text);
}

/* What only explains, since and targets, a line written by hand need not have. */
void
decision_fields(struct fields *f, struct decision *d, struct decision_text *text)
{
	decision_begin(d, text);
	d->at = d->since = -1;
	field_time(f, "at", NEED_FIELD, &d->at);
	field_name(f, "domain", NEED_FIELD, text->domain);
	read_rrsets(f, d, text);
	if (!field_time(f, "since", NEED_NOT, &d->since))
		d->since = d->at;
	read_targets(f, d, text);
	field_time(f, "next", NEED_NOT, &d->next);
}
