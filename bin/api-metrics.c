#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/mem.h"
#include "codec/json.h"
#include "edge/clock.h"

/*
 * The text format of Prometheus, version 0.0.4: a family's lines stand together,
 * under its HELP and TYPE.
 */
enum { MOST_DOMAINS = 10000 }; /* beyond it only the sums: a page of 50 MB helps nobody */

static void
family(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
one(struct buf *b, const char *name, const char *type, const char *help, double v)
{
	family(b, name, type, help);
	buf_printf(b, "%s %.15g\n", name, v);
}

/*
 * A label's value: backslash, quote and newline are escaped; config and journals hold no other
 * control character.
 */
static void
label(struct buf *b, const char *before, const char *name, const char *value)
{
	buf_puts(b, before);
	buf_puts(b, name);
	buf_puts(b, "=\"");
	for (const char *p = value; *p; p++) {
		if (*p == '\\' || *p == '"')
			buf_putc(b, '\\');
		buf_putc(b, *p == '\n' ? ' ' : *p);
	}
	buf_putc(b, '"');
}

/* ---- this program */

static void
add_own(struct buf *b, const struct api *a)
{
	struct httpd_counts h;
	const char *why;

	httpd_counts(a->http, &h);
	one(b, "fodns_api_reports_accepted_total", "counter", "Reports stored.",
	    (double)a->counts.accepted);
	family(b, "fodns_api_reports_rejected_total", "counter", "Reports refused, by reason.");
	for (int i = 0; i < API_REASONS; i++) {
		buf_puts(b, "fodns_api_reports_rejected_total");
		label(b, "{", "reason", api_reason_word((enum api_reason)i));
		buf_printf(b, "} %llu\n", (unsigned long long)a->counts.rejected[i]);
	}
	one(b, "fodns_api_batches_total", "counter", "Batches of reports answered.",
	    (double)a->counts.batches);
	one(b, "fodns_api_tasks_total", "counter", "Requests for tasks.", (double)a->counts.tasks);
	one(b, "fodns_api_tasks_unchanged_total", "counter", "Requests for tasks answered by 304.",
	    (double)a->counts.tasks_unchanged);
	family(b, "fodns_api_responses_total", "counter", "Answers, by class of their status.");
	for (int i = 2; i < 6; i++)
		buf_printf(b, "fodns_api_responses_total{code=\"%dxx\"} %llu\n", i,
		    (unsigned long long)a->counts.status[i]);
	one(b, "fodns_api_connections", "gauge", "Open connections.", (double)h.connections);
	one(b, "fodns_api_connections_total", "counter", "Connections accepted.",
	    (double)h.accepted);
	one(b, "fodns_api_connections_evicted_total", "counter", "Connections closed for a cap.",
	    (double)h.evicted);
	one(b, "fodns_api_connections_late_total", "counter", "Connections closed past a deadline.",
	    (double)h.late);
	one(b, "fodns_api_start_time_seconds", "gauge", "When the process started, since 1970.",
	    (double)a->started / 1000);
	one(b, "fodns_config_ok", "gauge",
	    "0 while the config on disk is refused and an older one in force.", !a->refused[0]);
	family(b, "fodns_config_info", "gauge", "The config in force.");
	label(b, "fodns_config_info{", "hash", a->config->hash);
	buf_puts(b, "} 1\n");
	one(b, "fodns_state_degraded", "gauge",
	    "1 while the state directory cannot be read or written.",
	    follower_degraded(a->follower) || a->trouble[0]);
	one(b, "fodns_ready", "gauge", "1 while /readyz says yes.", api_healthy(a, &why));
	one(b, "fodns_journal_bad_lines_total", "counter",
	    "Lines of the journals that could not be read.",
	    (double)follower_bad_lines(a->follower));
}

/* ---- domains */

struct page {
	struct buf *b;
	struct api *a;
	struct engine *e;
	struct decision *dec;
	size_t n;      /* domains with lines of their own */
};

static void
each_domain(struct page *p, const char *name, const char *help,
            void (*line)(struct page *, const struct domain *))
{
	family(p->b, name, "gauge", help);
	for (size_t i = 0; i < p->n; i++)
		line(p, &p->a->config->domains[i]);
}

static void
up_line(struct page *p, const struct domain *d)
{
	bool live = false;

	engine_decision(p->e, d, p->dec);
	for (int f = 0; f < FAMILIES; f++)
		live |= p->dec->rrsets[f].source == SOURCE_LIVE;
	label(p->b, "fodns_domain_up{", "domain", d->name);
	buf_printf(p->b, "} %d\n", live);
}

static void
fallback_line(struct page *p, const struct domain *d)
{
	bool fallback = false;

	engine_decision(p->e, d, p->dec);
	for (int f = 0; f < FAMILIES; f++)
		fallback |= p->dec->rrsets[f].source == SOURCE_FALLBACK;
	label(p->b, "fodns_domain_fallback{", "domain", d->name);
	buf_printf(p->b, "} %d\n", fallback);
}

static void
source_line(struct page *p, const struct domain *d)
{
	int first, end = domain_families(d, &first);

	engine_decision(p->e, d, p->dec);
	for (int f = first; f < end; f++) {
		label(p->b, "fodns_domain_source{", "domain", d->name);
		label(p->b, ",", "type", rrtype_word((int)family_type((enum family)f, d->type)));
		label(p->b, ",", "source", source_word((int)p->dec->rrsets[f].source));
		buf_puts(p->b, "} 1\n");
	}
}

static void
target_lines(struct page *p, const struct domain *d)
{
	char target[TARGET_TEXT];
	struct target_state s;

	for (size_t i = 0; i < d->ntargets; i++) {
		view_target(p->e, d, i, &s);
		label(p->b, "fodns_target_state{", "domain", d->name);
		label(p->b, ",", "target", target_text(target, &d->targets[i]));
		label(p->b, ",", "state", state_word((int)s.state));
		buf_puts(p->b, "} 1\n");
	}
}

/* How many domains answer from where: small, and there for any number of domains. */
static void
add_sums(struct page *p)
{
	size_t by_source[SOURCE_KEEP + 1] = {0};
	const struct config *c = p->a->config;

	for (size_t i = 0; i < c->ndomains; i++) {
		int first, end = domain_families(&c->domains[i], &first);

		engine_decision(p->e, &c->domains[i], p->dec);
		for (int f = first; f < end; f++)
			by_source[p->dec->rrsets[f].source] += c->domains[i].ntargets > 0;
	}
	family(p->b, "fodns_rrsets", "gauge",
	       "Record sets (A and AAAA of each domain, or its other type), by where their answer is from.");
	for (int s = 0; s <= SOURCE_KEEP; s++) {
		label(p->b, "fodns_rrsets{", "source", source_word(s));
		buf_printf(p->b, "} %zu\n", by_source[s]);
	}
	one(p->b, "fodns_domains", "gauge", "Configured domains.", (double)c->ndomains);
}

/* ---- agents */

static void
note_agents(struct page *p, const struct domain *d, struct map *newest)
{
	struct agent_view v;

	for (size_t t = 0; t < d->ntargets; t++) {
		size_t n = view_agents(p->e, d, t);

		for (size_t i = 0; i < n; i++) {
			int64_t **slot;

			view_agent(p->e, d, t, i, &v);
			slot = (int64_t **)map_puts(newest, v.agent_id);
			if (!*slot) {
				*slot = mem_alloc(sizeof(**slot));
				**slot = -1;
			}
			if (v.last_at > **slot)
				**slot = v.last_at;
		}
	}
}

/* The age of an agent's newest report; an agent that was never heard of has none. */
static void
add_agents(struct page *p)
{
	const struct map_slot *s;
	struct map newest;
	int64_t now = clock_axis();

	map_init(&newest);
	for (size_t i = 0; i < p->n; i++)
		note_agents(p, &p->a->config->domains[i], &newest);
	family(p->b, "fodns_agent_age_seconds", "gauge", "Age of the newest report of an agent.");
	for (size_t i = 0; (s = map_next(&newest, &i));) {
		int64_t at = *(int64_t *)s->value;

		if (at >= 0) {
			label(p->b, "fodns_agent_age_seconds{", "agent", s->key);
			buf_printf(p->b, "} %.3f\n", (double)(now > at ? now - at : 0) / 1000);
		}
		free(s->value);
	}
	map_free(&newest);
}

/* ---- the other daemons' counters, from STATE/stats */

struct daemon_page {
	struct buf *b;
	const char *name;
	int depth;
	char prefix[64];
};

static void
number_line(struct daemon_page *p, const char *key, double v)
{
	char name[160];
	size_t n = 0;

	for (const char *s = p->prefix; *s && n < sizeof(name) - 1; s++)
		name[n++] = *s;
	for (const char *s = key; *s && n < sizeof(name) - 1; s++)
		name[n++] = isalnum((unsigned char)*s) ? (char)tolower((unsigned char)*s) : '_';
	name[n] = '\0';
	buf_printf(p->b, "# HELP %s As in STATE/stats/%s.json.\n# TYPE %s untyped\n%s %.15g\n",
	           name, p->name, name, name, v);
}

static void
member(void *arg, const char *key, struct json *value)
{
	struct daemon_page *p = arg;
	bool yes;
	double v;

	if (json_double(value, &v))
		number_line(p, key, v);
	else if (json_bool(value, &yes))
		number_line(p, key, yes);
	else if (json_type(value) == JSON_OBJECT && p->depth == 0) {
		struct daemon_page inner = {p->b, p->name, 1, ""};
		struct buf prefix = {inner.prefix, 0, sizeof(inner.prefix)};

		if (strlen(p->prefix) + strlen(key) + 2 > sizeof(inner.prefix))
			return;
		buf_puts(&prefix, p->prefix);
		for (const char *s = key; *s; s++)
			buf_putc(&prefix,
			         isalnum((unsigned char)*s) ? tolower((unsigned char)*s) : '_');
		buf_putc(&prefix, '_');
		json_each(value, member, &inner);
	}
}

static void
add_daemon(struct buf *b, const struct api *a, const char *name)
{
	struct buf text = {0};
	struct json *j = NULL;
	struct daemon_page p = {b, name, 0, "fodns_"};
	struct buf prefix = {p.prefix, 6, sizeof(p.prefix)};

	buf_puts(&prefix, name);
	buf_putc(&prefix, '_');
	if (!statedir_read_stats(follower_dir(a->follower), name, &text, NULL) &&
	    (j = json_parse(text.data, text.len, NULL)) && json_type(j) == JSON_OBJECT)
		json_each(j, member, &p);
	json_free(j);
	buf_free(&text);
}

/* GET /metrics */
void
api_metrics(void *arg, const struct http_request *q, struct http_reply *r)
{
	struct api *a = arg;
	const struct api_key *k = access_key(&a->access, q);
	struct page p = {.b = &r->body, .a = a};

	if (!api_admit(a, q, k, r))
		return;
	if (!access_status(&a->access, k, NULL)) {
		access_refuse(q, r);
		return;
	}
	r->type = "text/plain; version=0.0.4; charset=utf-8";
	p.e = api_engine(a);
	p.dec = mem_alloc(sizeof(*p.dec));
	p.n = a->config->ndomains < MOST_DOMAINS ? a->config->ndomains : MOST_DOMAINS;
	add_own(&r->body, a);
	add_sums(&p);
	each_domain(&p, "fodns_domain_up", "1 while the domain answers live targets.", up_line);
	each_domain(&p, "fodns_domain_fallback", "1 while the domain answers its fallback list.",
	            fallback_line);
	each_domain(&p, "fodns_domain_source", "Where the answer of each address family is from.",
	            source_line);
	each_domain(&p, "fodns_target_state", "The state of each target, overrides included.",
	            target_lines);
	add_agents(&p);
	for (size_t i = 0; i < 3; i++)
		add_daemon(&r->body, a, (const char *[]){"serve", "decide", "agent"}[i]);
	free(p.dec);
}
