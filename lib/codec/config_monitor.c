#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/config_domain.h"
#include "model/limits.h"

/* monitor: what is probed.  Its keys are a few of our own and all parameters of probes. */
enum { M_TEMPLATE, M_MODE, M_TAG, M_TARGETS, M_PARAMS };

#define AT(member) offsetof(struct settings, member)

/* Kinds that are one value to the reader of maps; the others are read from their node. */
static const enum key_kind kind_of[] = {
    [PARAM_TEXT] = KEY_TEXT, [PARAM_BYTES] = KEY_NODE,  [PARAM_FILE] = KEY_PATH,
    [PARAM_BOOL] = KEY_BOOL, [PARAM_NUMBER] = KEY_INT,  [PARAM_WORD] = KEY_WORD,
    [PARAM_CODES] = KEY_NODE, [PARAM_TEXTS] = KEY_NODE,
    [PARAM_COMMAND] = KEY_NODE,
};

static const struct key *
monitor_keys(void)
{
	static struct key keys[M_PARAMS + PROBE_PARAMS_MOST + 1] = {
	    [M_TEMPLATE] = {"template", KEY_NODE, AT(monitor.template), 0, 0, 0, NULL},
	    [M_MODE] = {"mode", KEY_WORD, AT(probe.type), AT(places.mode), 0, 0, probe_type_words},
	    [M_TAG] = {"monitor_tag", KEY_NODE, AT(monitor.tags), AT(places.monitor_tag), 0, 0, NULL},
	    [M_TARGETS] = {"targets", KEY_NODE, AT(monitor.targets), 0, 0, 0, NULL},
	};

	for (size_t i = 0; probe_params[i].name && !keys[M_PARAMS + i].name; i++) {
		const struct probe_param *q = &probe_params[i];
		enum key_kind kind = kind_of[q->kind];

		keys[M_PARAMS + i] = (struct key){
		    q->name, kind, kind == KEY_NODE ? AT(monitor.lists[i]) : AT(probe) + q->at,
		    AT(monitor.at[i]), q->min, q->max, q->words};
	}
	return keys;
}
#undef AT

/* ---- parameters that are no plain value */

static void
take_code(struct reader *r, const struct yaml *n, void *arg)
{
	struct buf *b = arg;

	(void)r;
	if (b->len > 0)
		buf_putc(b, ',');
	buf_add(b, n->text, n->n);
}

static void
read_codes(struct reader *r, const struct yaml *n, const char *name, struct code_ranges *codes)
{
	char shown[64];
	struct buf b = {0};

	read_each(r, n, name, take_code, &b);
	if (!b.data || !code_ranges_parse(b.data, codes))
		read_problem(r, n, "%s \"%s\" is not codes and ranges such as \"200-299,302\"", name,
		             n->kind == YAML_SCALAR ? read_show(shown, n) : "[...]");
	buf_free(&b);
}

struct texts_list {
	struct texts *texts;
	const char *name;
	bool command;
};

static void
add_word(struct reader *r, struct texts_list *l, const struct yaml *n)
{
	bool path = l->command && l->texts->n == 0 && memchr(n->text, '/', n->n);

	l->texts->list[l->texts->n++] =
	    path ? reader_path(r, n->text) : arena_strndup(r->arena, n->text, n->n);
}

static void
take_text(struct reader *r, const struct yaml *n, void *arg)
{
	struct texts_list *l = arg;

	if (!read_clean(n) || n->n > PARAM_BYTES_MOST)
		read_problem(r, n, "%s: an entry has control characters or over %d bytes", l->name,
		             PARAM_BYTES_MOST);
	else if (l->texts->n < PARAM_TEXTS_MOST)
		add_word(r, l, n);
	else
		read_problem(r, n, "%s has over %d entries", l->name, PARAM_TEXTS_MOST);
}

void
config_read_texts(struct reader *r, const struct yaml *n, const char *name, struct texts *t,
    bool command)
{
	struct texts_list l = {t, name, command};
	size_t most = n->kind == YAML_LIST ? n->n : 1;

	if (most > PARAM_TEXTS_MOST)
		most = PARAM_TEXTS_MOST;
	*t = (struct texts){arena_alloc(r->arena, most * sizeof(*t->list)), 0};
	read_each(r, n, name, take_text, &l);
}

static void
read_bytes(struct reader *r, const struct yaml *n, const char *name, const char **to)
{
	if (!read_expect_kind(r, n, YAML_SCALAR, name))
		return;
	if (n->n > PARAM_BYTES_MOST || memchr(n->text, '\0', n->n))
		read_problem(r, n, "%s has over %d bytes, or a NUL", name, PARAM_BYTES_MOST);
	else
		*to = arena_strndup(r->arena, n->text, n->n);
}

static void
read_list(struct reader *r, struct settings *s, size_t i)
{
	const struct probe_param *q = &probe_params[i];
	const struct yaml *n = s->monitor.lists[i];
	void *to = (char *)&s->probe + q->at;

	if (q->kind == PARAM_CODES)
		read_codes(r, n, q->name, to);
	else if (q->kind == PARAM_BYTES)
		read_bytes(r, n, q->name, to);
	else {
		config_read_texts(r, n, q->name, to, q->kind == PARAM_COMMAND);
		probe_param_words(q, to);
	}
}

/* ---- what cannot be */

/* strict: a parameter that the mode does not have would silently do nothing. */
static void
check_param(struct reader *r, const struct settings *s, size_t i, bool strict)
{
	const struct probe_param *q = &probe_params[i];
	const char *wrong = q->wrong ? q->wrong(&s->probe) : NULL;
	char types[64];

	if (wrong)
		read_problem_at(r, s->monitor.at[i], false, "%s %s", q->name, wrong);
	if (strict && !probe_has(s->probe.type, q))
		read_problem_at(r, s->monitor.at[i], false, "%s is for mode %s, and here mode is %s",
		                q->name, probe_param_types(types, sizeof(types), q),
		                probe_type_word((int)s->probe.type));
}

/* What a template says and the section itself does not can only be wrong beside what it says. */
static void
check_template(struct reader *r, const struct settings *s, const struct template *t, uint64_t own)
{
	for (size_t i = 0; t && probe_params[i].name; i++) {
		const struct probe_param *q = &probe_params[i];
		uint64_t bit = SEEN(M_PARAMS + i);
		const char *wrong = q->wrong ? q->wrong(&s->probe) : NULL;

		if (wrong && (t->s->monitor_given & bit) && !(own & bit) &&
		    probe_has(s->probe.type, q))
			read_problem(r, s->monitor.template, "template %s: %s %s", t->name, q->name,
			             wrong);
	}
}

/* ---- a section */

static size_t
param_at(size_t at)
{
	size_t i = 0;

	while (probe_params[i].at != at)
		i++;
	return i;
}

/* Two ways to say one thing: where one of them is said, the other one below is no more. */
static void
keep_one_send(struct probe *p, uint64_t given)
{
	bool text = given & SEEN(M_PARAMS + param_at(offsetof(struct probe, send)));
	bool hex = given & SEEN(M_PARAMS + param_at(offsetof(struct probe, send_hex)));

	if (text && !hex)
		p->send_hex = NULL;
	else if (hex && !text)
		p->send = NULL;
}

/* Takes the keys of given. */
static void
take_keys(struct settings *s, const struct settings *from, uint64_t given)
{
	keep_one_send(&s->probe, given);
	if (given & SEEN(M_MODE)) {
		s->probe.type = from->probe.type;
		s->places.mode = from->places.mode;
	}
	if (given & SEEN(M_TAG)) {
		s->d.tags = from->d.tags;
		s->d.ntags = from->d.ntags;
		s->places.monitor_tag = from->places.monitor_tag;
	}
	for (size_t i = 0; probe_params[i].name; i++)
		if (given & SEEN(M_PARAMS + i))
			probe_take(&s->probe, &from->probe, &probe_params[i]);
}

static void
take_template(struct settings *s, const struct template *t)
{
	take_keys(s, t->s, t->s->monitor_given);
	s->monitor_given |= t->s->monitor_given;
}

/* A template replaces that of defaults, as each key does: its keys are those they never had. */
static void
drop_template(struct settings *s)
{
	if (!s->untemplated)
		return;
	take_keys(s, s->untemplated, UINT64_MAX);
	s->monitor_given = s->untemplated->monitor_given;
	s->untemplated = NULL;
}

/* What defaults are for a domain with a template of its own: only what they say themselves. */
static struct settings *
without_template(struct reader *r, const struct settings *s)
{
	struct settings *bare = arena_alloc(&r->trees, sizeof(*bare));

	*bare = *s;
	return bare;
}

static bool
is_strict(const struct settings *s, enum monitor_of of, uint64_t seen)
{
	if (s->monitor.lost)
		return false;
	return of == MONITOR_DOMAIN || (of == MONITOR_TEMPLATE && (seen & SEEN(M_MODE)));
}

static void
refuse_targets(struct reader *r, struct settings *s, enum monitor_of of)
{
	if (!s->monitor.targets || of == MONITOR_DOMAIN)
		return;
	read_problem(r, s->monitor.targets, "targets belong to a domain, not to %s",
	             of == MONITOR_DEFAULTS ? "defaults" : "a template");
	s->monitor.targets = NULL;
}

void
settings_monitor(struct reader *r, struct settings *s, const struct yaml *map, enum monitor_of of)
{
	const struct yaml *name = map->kind == YAML_MAP ? yaml_get(map, "template") : NULL;
	const struct template *t = name && !read_is_null(name) ? config_template(r, name) : NULL;
	struct settings *bare = t && of == MONITOR_DEFAULTS ? without_template(r, s) : NULL;
	bool named = name && !read_is_null(name);
	uint64_t seen;

	memset(&s->monitor, 0, sizeof(s->monitor));
	s->monitor.lost = named && !t;
	if (named)
		drop_template(s);
	if (t)
		take_template(s, t);
	seen = read_map(r, map, "monitor", monitor_keys(), s);
	s->monitor_given |= seen;
	keep_one_send(&s->probe, seen);
	if (s->monitor.tags)
		read_tags(r, s->monitor.tags, "monitor_tag", &s->d.tags, &s->d.ntags);
	for (size_t i = 0; probe_params[i].name; i++) {
		if (!(seen & SEEN(M_PARAMS + i)))
			continue;
		if (s->monitor.lists[i])
			read_list(r, s, i);
		check_param(r, s, i, is_strict(s, of, seen));
	}
	s->monitor.said = seen | (t ? t->s->monitor_given : 0);
	check_template(r, s, t, seen);
	if (bare) {
		take_keys(bare, s, seen);
		bare->monitor_given |= seen;
		s->untemplated = bare;
	}
	refuse_targets(r, s, of);
}

/* ---- source, beside the targets */

static bool
has_family(const struct texts *source, enum family f)
{
	struct addr a;

	for (size_t i = 0; i < source->n; i++)
		if (addr_parse(source->list[i], &a) && a.family == f)
			return true;
	return false;
}

/* Where the section or its template says the parameter at that offset; line 0: neither does. */
static struct place
place_of_param(const struct reader *r, const struct settings *s, size_t at)
{
	size_t i = param_at(at);

	if (!probe_has(s->probe.type, &probe_params[i]))
		return (struct place){0};
	if (s->monitor.at[i].line)
		return s->monitor.at[i];
	return s->monitor.said & SEEN(M_PARAMS + i) ? read_place(r, s->monitor.template)
	                                            : (struct place){0};
}

/* What defaults say is for targets of all kinds, and of no account for some. */
void
config_check_source(struct reader *r, const struct settings *s)
{
	const struct texts *source = &s->probe.source;
	struct place at = place_of_param(r, s, offsetof(struct probe, source));
	char text[ADDR_TEXT];
	const char *name;
	int port;

	for (size_t i = 0; at.line && source->n && i < s->d.ntargets; i++) {
		const struct addr *a = target_probed(&s->d.targets[i], &name, &port);

		if (a->family == FAMILY_OTHER || has_family(source, a->family))
			continue;
		read_advice(r, at, ADVICE_SOURCE_FAMILY,
		            "source has no IPv%d address: it does nothing for the probes of %s",
		            a->family == FAMILY_V4 ? 4 : 6, addr_format(text, a));
		return;
	}
}
