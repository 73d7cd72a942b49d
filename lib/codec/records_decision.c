#include <string.h>

#include "codec/records.h"
#include "codec/records_decision.h"
#include "codec/records_write.h"

static const char *const families[FAMILIES] = {[FAMILY_V4] = "A", [FAMILY_V6] = "AAAA"};

/* ---- writing */

static void
put_rrset(struct buf *b, const struct rrset *s, int max)
{
	char text[ADDR_TEXT];

	PUT(b, "{\"answers\":[");
	for (size_t i = 0; i < s->nanswers; i++) {
		buf_puts(b, i ? ",\"" : "\"");
		buf_puts(b, addr_format(text, &s->answers[i]));
		buf_putc(b, '"');
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
	buf_putc(b, '}');
}

static void
put_target(struct buf *b, const struct target_view *t)
{
	char text[ADDR_TEXT];

	PUT(b, "{\"ip\":\"");
	buf_puts(b, addr_format(text, &t->addr));
	PUT(b, "\",\"port\":");
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
	PUT(b, "},\"since\":");
	put_time(b, d->since);
	PUT(b, ",\"targets\":[");
	for (size_t i = 0; i < d->ntargets; i++) {
		if (i)
			buf_putc(b, ',');
		put_target(b, &d->targets[i]);
	}
	PUT(b, "],\"next\":");
	put_time_or_null(b, d->next);
	PUT(b, "}\n");
}

/* ---- the canonical form: a hundred thousand of these stand between a start and the first answer
 */

static bool
scan_answers(struct scan *s, struct rrset *r)
{
	r->nanswers = 0;
	if (!SCAN(s, "{\"answers\":["))
		return false;
	if (SCAN(s, "]"))
		return true;
	do {
		if (r->nanswers == LIMIT_TARGETS || !SCAN(s, "\"") ||
		    !scan_addr(s, &r->answers[r->nanswers++]))
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

static bool
scan_rrset(struct scan *s, struct rrset *r, int family, int *max)
{
	char word[12];
	uint64_t ttl;
	int source;

	if (!scan_answers(s, r) || !SCAN(s, ",\"ttl\":") || !scan_u64(s, &ttl) || ttl > INT32_MAX ||
	    !SCAN(s, ",\"source\":\"") || !scan_text(s, word, sizeof(word)) ||
	    (source = source_from(word)) < 0)
		return false;
	if (SCAN(s, ",\"max\":") && !scan_count(s, max))
		return false;
	for (size_t i = 0; i < r->nanswers; i++)
		if (r->answers[i].family != family)
			return false;
	r->ttl = (uint32_t)ttl;
	r->source = (enum source)source;
	return SCAN(s, "}");
}

static bool
scan_target_port(struct scan *s, int *port)
{
	*port = PORT_NONE;
	return SCAN(s, "null") || (scan_count(s, port) && *port <= 65535);
}

static bool
scan_target(struct scan *s, struct target_view *t)
{
	char word[12];
	int state;

	if (!SCAN(s, "{\"ip\":\"") || !scan_addr(s, &t->addr) || !SCAN(s, ",\"port\":") ||
	    !scan_target_port(s, &t->port) || !SCAN(s, ",\"state\":\"") ||
	    !scan_text(s, word, sizeof(word)) || (state = state_from(word)) < 0)
		return false;
	t->state = (enum state)state;
	return SCAN(s, ",\"ok\":") && scan_count(s, &t->ok) && SCAN(s, ",\"fail\":") &&
	       scan_count(s, &t->fail) && SCAN(s, ",\"missing\":") && scan_count(s, &t->missing) &&
	       SCAN(s, "}");
}

static bool
scan_targets(struct scan *s, struct decision *d)
{
	d->ntargets = 0;
	if (!SCAN(s, ",\"targets\":["))
		return false;
	if (SCAN(s, "]"))
		return true;
	do {
		if (d->ntargets == LIMIT_TARGETS || !scan_target(s, &d->targets[d->ntargets++]))
			return false;
	} while (SCAN(s, ","));
	return SCAN(s, "]");
}

bool
decision_scan(struct decision *d, char domain[static LIMIT_NAME + 1], const char *line, size_t n)
{
	struct scan s = {line, line + n};

	d->domain = domain;
	d->max_answers = 0;
	d->next = -1;
	return SCAN(&s, "{\"type\":\"decision\",\"at\":\"") && scan_time(&s, &d->at) &&
	       SCAN(&s, ",\"domain\":\"") && scan_name(&s, domain) &&
	       SCAN(&s, ",\"rrsets\":{\"A\":") &&
	       scan_rrset(&s, &d->rrsets[FAMILY_V4], FAMILY_V4, &d->max_answers) &&
	       SCAN(&s, ",\"AAAA\":") &&
	       scan_rrset(&s, &d->rrsets[FAMILY_V6], FAMILY_V6, &d->max_answers) &&
	       SCAN(&s, "},\"since\":\"") && scan_time(&s, &d->since) && scan_targets(&s, d) &&
	       SCAN(&s, ",\"next\":") &&
	       (SCAN(&s, "null") || (SCAN(&s, "\"") && scan_time(&s, &d->next))) && SCAN(&s, "}") &&
	       s.p == s.end;
}

/* ---- every other form */

static void
read_answers(struct fields *f, struct rrset *r, int family)
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
		struct addr *a = &r->answers[r->nanswers];
		size_t len;
		const char *s = json_string(json_at(list, i), &len);

		if (s && strlen(s) == len && addr_parse(s, a) && a->family == family)
			r->nanswers++;
		else
			field_wrong(f, "answers", "value_error", "Value error, not %s addresses",
			            families[family]);
	}
}

static void
read_rrset(struct fields *f, struct json *rrsets, int family, struct decision *d)
{
	struct rrset *r = &d->rrsets[family];
	struct fields in = {json_get(rrsets, families[family]), f->list, f->n, f->cap};
	int64_t v;
	int source;

	r->nanswers = 0;
	r->ttl = 0;
	r->source = SOURCE_NONE;
	if (json_type(in.object) != JSON_OBJECT) {
		field_wrong(f, families[family], "missing", "Field required");
		return;
	}
	read_answers(&in, r, family);
	if (field_int(&in, "ttl", NEED_FIELD, 0, INT32_MAX, &v))
		r->ttl = (uint32_t)v;
	if (field_word(&in, "source", source_words, &source))
		r->source = (enum source)source;
	if (field_int(&in, "max", NEED_NOT, 0, 1000000, &v))
		d->max_answers = (int)v;
	f->n = in.n;
}

static void
read_target(struct fields *f, struct json *object, struct target_view *t)
{
	struct fields in = {object, f->list, f->n, f->cap};
	int64_t v;
	int state;

	*t = (struct target_view){.port = PORT_NONE};
	field_addr(&in, "ip", NEED_FIELD, &t->addr);
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
read_targets(struct fields *f, struct decision *d)
{
	struct json *list = json_get(f->object, "targets");

	d->ntargets = json_length(list);
	if (json_type(list) != JSON_ARRAY || d->ntargets > LIMIT_TARGETS) {
		d->ntargets = 0;
		field_wrong(f, "targets", "list_type",
		            "Input should be a list of at most %d targets", LIMIT_TARGETS);
		return;
	}
	for (size_t i = 0; i < d->ntargets; i++)
		read_target(f, json_at(list, i), &d->targets[i]);
}

void
decision_fields(struct fields *f, struct decision *d, char domain[static LIMIT_NAME + 1])
{
	struct json *rrsets = json_get(f->object, "rrsets");

	domain[0] = '\0';
	d->domain = domain;
	d->max_answers = 0;
	d->at = d->since = d->next = -1;
	field_time(f, "at", NEED_FIELD, &d->at);
	field_name(f, "domain", NEED_FIELD, domain);
	read_rrset(f, rrsets, FAMILY_V4, d);
	read_rrset(f, rrsets, FAMILY_V6, d);
	field_time(f, "since", NEED_FIELD, &d->since);
	read_targets(f, d);
	field_time(f, "next", NEED_NOT, &d->next);
}
