#include <string.h>

#include "base/text.h"
#include "codec/records.h"
#include "codec/records_decision.h"
#include "codec/records_write.h"

/* ---- writing */

static void
put_rrset(struct buf *b, const struct rrset *s, int max)
{
	char text[ADDR_TEXT];

	PUT(b, "{\"answers\":[");
	for (size_t i = 0; i < s->nanswers; i++) {
		if (i)
			buf_putc(b, ',');
		buf_json(b, answer_text(text, &s->answers[i]));
	}
	PUT(b, "],\"ttl\":");
	buf_putu(b, s->ttl);
	PUT(b, ",\"source\":\"");
	buf_puts(b, source_word(s->source));
	buf_putc(b, '"');
	if (max) {
		PUT(b, ",\"max\":");
		buf_puti(b, max);
	}
	if (s->rcode) {
		PUT(b, ",\"rcode\":\"");
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
		PUT(b, "\"type\":\"");
		buf_puts(b, rrtype_word((int)type));
		PUT(b, "\",\"value\":");
		buf_json(b, t->value);
		buf_putc(b, ',');
	}
	if (t->addr.family != FAMILY_OTHER) {
		PUT(b, "\"ip\":\"");
		buf_puts(b, addr_format(text, &t->addr));
		PUT(b, "\",");
	}
	PUT(b, "\"port\":");
	if (t->port == PORT_NONE)
		PUT(b, "null");
	else
		buf_puti(b, t->port);
	PUT(b, ",\"state\":\"");
	buf_puts(b, state_word(t->state));
	PUT(b, "\",\"ok\":");
	buf_puti(b, t->ok);
	PUT(b, ",\"fail\":");
	buf_puti(b, t->fail);
	PUT(b, ",\"missing\":");
	buf_puti(b, t->missing);
	buf_putc(b, '}');
}

void
decision_write(struct buf *b, const struct decision *d)
{
	PUT(b, "{\"type\":\"decision\",\"at\":");
	put_time(b, d->at);
	PUT(b, ",\"domain\":");
	buf_json(b, d->domain);
	PUT(b, ",\"rrsets\":{\"A\":");
	put_rrset(b, &d->rrsets[FAMILY_V4], d->max_answers);
	PUT(b, ",\"AAAA\":");
	put_rrset(b, &d->rrsets[FAMILY_V6], d->max_answers);
	if (d->type != RRTYPE_A) {
		PUT(b, ",\"");
		buf_puts(b, rrtype_word((int)d->type));
		PUT(b, "\":");
		put_rrset(b, &d->rrsets[FAMILY_OTHER], d->max_answers);
	}
	PUT(b, "},\"since\":");
	put_time(b, d->since);
	PUT(b, ",\"targets\":[");
	for (size_t i = 0; i < d->ntargets; i++) {
		if (i)
			buf_putc(b, ',');
		put_target(b, &d->targets[i], d->type);
	}
	PUT(b, "],\"next\":");
	put_time_or_null(b, d->next);
	PUT(b, "}\n");
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
	return scan_rcode(s, r) && SCAN(s, "}");
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

static void
say_nothing(struct rrset *r)
{
	r->nanswers = 0;
	r->ttl = 0;
	r->source = SOURCE_NONE;
	r->rcode = DECIDED_NOERROR;
}

static void
begin(struct decision *d, struct decision_text *text)
{
	text->domain[0] = '\0';
	text->used = 0;
	d->domain = text->domain;
	d->type = RRTYPE_A;
	d->max_answers = 0;
	d->next = -1;
	say_nothing(&d->rrsets[FAMILY_OTHER]);
}

bool
decision_scan(struct decision *d, struct decision_text *text, const char *line, size_t n)
{
	struct scan s = {line, line + n};

	begin(d, text);
	return SCAN(&s, "{\"type\":\"decision\",\"at\":\"") && scan_time(&s, &d->at) &&
	       SCAN(&s, ",\"domain\":\"") && scan_name(&s, text->domain) &&
	       SCAN(&s, ",\"rrsets\":{\"A\":") && scan_rrset(&s, d, FAMILY_V4, text) &&
	       SCAN(&s, ",\"AAAA\":") && scan_rrset(&s, d, FAMILY_V6, text) &&
	       scan_other(&s, d, text) && SCAN(&s, ",\"since\":\"") && scan_time(&s, &d->since) &&
	       scan_targets(&s, d, text) && SCAN(&s, ",\"next\":") &&
	       (SCAN(&s, "null") || (SCAN(&s, "\"") && scan_time(&s, &d->next))) && SCAN(&s, "}") &&
	       s.p == s.end;
}

/* ---- every other form */

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

		say_nothing(&d->rrsets[t]);
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
	begin(d, text);
	d->at = d->since = -1;
	field_time(f, "at", NEED_FIELD, &d->at);
	field_name(f, "domain", NEED_FIELD, text->domain);
	read_rrsets(f, d, text);
	if (!field_time(f, "since", NEED_NOT, &d->since))
		d->since = d->at;
	read_targets(f, d, text);
	field_time(f, "next", NEED_NOT, &d->next);
}
