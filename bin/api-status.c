#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "core/explain.h"

/* ---- pieces */

static void
add_time(struct buf *b, int64_t at)
{
	char text[STAMP_LEN];

	buf_json(b, at < 0 ? NULL : stamp_format(text, at));
}

static void
add_answers(struct buf *b, const struct answer *a, size_t n)
{
	char text[ADDR_TEXT];

	buf_putc(b, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(b, ',');
		buf_json(b, answer_text(text, &a[i]));
	}
	buf_putc(b, ']');
}

/* An answer is live while all its targets are. */
static bool
answer_up(const struct domain *d, const struct decision *dec, const struct answer *a)
{
	for (size_t i = 0; i < dec->ntargets; i++) {
		struct answer other = target_answer(&d->targets[i]);

		if (answer_equal(&other, a) && dec->targets[i].state != STATE_UP)
			return false;
	}
	return true;
}

static size_t
live_answers(const struct domain *d, const struct decision *dec, struct answer *out)
{
	size_t n = 0;

	for (size_t i = 0; i < dec->ntargets; i++) {
		out[n] = target_answer(&d->targets[i]);
		n += answer_up(d, dec, &out[n]);
	}
	return answer_sort(out, n);
}

/*
 * The answers of all families as one list, its source and TTL: those of the first that
 * answers anything, else that has an rcode in place of answers, else of the targets' own type.
 */
static const struct rrset *
leading(const struct decision *dec)
{
	for (int f = 0; f < FAMILIES; f++)
		if (dec->rrsets[f].source != SOURCE_NONE && !dec->rrsets[f].rcode)
			return &dec->rrsets[f];
	for (int f = 0; f < FAMILIES; f++)
		if (dec->rrsets[f].rcode)
			return &dec->rrsets[f];
	return &dec->rrsets[dec->type == RRTYPE_A ? FAMILY_V4 : FAMILY_OTHER];
}

static void
add_answer(struct buf *b, const struct domain *d, const struct decision *dec)
{
	struct answer all[FAMILIES * LIMIT_TARGETS];
	const struct rrset *lead = leading(dec);
	size_t n = 0;

	for (int f = 0; f < FAMILIES; f++)
		for (size_t i = 0; i < dec->rrsets[f].nanswers; i++)
			all[n++] = dec->rrsets[f].answers[i];
	buf_puts(b, ",\"answer\":");
	add_answers(b, all, answer_sort(all, n));
	buf_puts(b, ",\"ttl\":");
	buf_putu(b, lead->ttl);
	buf_puts(b, ",\"policy\":");
	buf_json(b, policy_word(d->server->policy));
	buf_puts(b, ",\"source\":");
	buf_json(b, source_word(lead->source));
	if (lead->rcode)
		buf_printf(b, ",\"rcode\":\"%s\"", rcode_word((int)lead->rcode));
}

/* ---- who reported what about a domain */

struct seen {
	struct agent_view view;
	size_t target;
};

struct seen_list {
	struct seen *list;
	size_t n, cap;
};

static void
collect(const struct engine *e, const struct domain *d, size_t target, struct seen_list *s)
{
	size_t n = view_agents(e, d, target);

	for (size_t i = 0; i < n; i++) {
		struct seen *x;

		s->list = mem_array(s->list, &s->cap, s->n + 1, sizeof(*s->list));
		x = &s->list[s->n];
		view_agent(e, d, target, i, &x->view);
		x->target = target;
		s->n += x->view.last_at >= 0; /* expected, but never heard of: not here */
	}
}

static int
by_agent(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int c = strcmp(x->view.agent_id, y->view.agent_id);

	return c ? c : (x->target > y->target) - (x->target < y->target);
}

static int64_t
last_of(const struct seen_list *s, size_t from, size_t to)
{
	int64_t last = -1;

	for (size_t i = from; i < to; i++)
		if (s->list[i].view.last_at > last)
			last = s->list[i].view.last_at;
	return last;
}

/* Behind the last entry of the agent at `from`; the list is sorted. */
static size_t
end_of_agent(const struct seen_list *s, size_t from)
{
	size_t to = from + 1;

	while (to < s->n && !strcmp(s->list[to].view.agent_id, s->list[from].view.agent_id))
		to++;
	return to;
}

static void
add_agent(struct buf *b, const struct domain *d, const struct seen_list *s, size_t from, size_t to)
{
	struct answer ips[LIMIT_TARGETS];
	size_t n = 0;

	for (size_t i = from; i < to && n < LIMIT_TARGETS; i++)
		ips[n++] = target_answer(&d->targets[s->list[i].target]);
	buf_puts(b, from ? ",{\"agent_id\":" : "{\"agent_id\":");
	buf_json(b, s->list[from].view.agent_id);
	buf_puts(b, ",\"checked_ips\":");
	add_answers(b, ips, answer_sort(ips, n));
	buf_puts(b, ",\"last_seen\":");
	add_time(b, last_of(s, from, to));
	buf_putc(b, '}');
}

static void
add_agents(struct buf *b, struct engine *e, const struct domain *d)
{
	struct seen_list s = {0};

	for (size_t t = 0; t < d->ntargets; t++)
		collect(e, d, t, &s);
	if (s.n)
		qsort(s.list, s.n, sizeof(*s.list), by_agent);
	buf_puts(b, ",\"agents\":[");
	for (size_t i = 0, to; i < s.n; i = to) {
		to = end_of_agent(&s, i);
		add_agent(b, d, &s, i, to);
	}
	buf_puts(b, "],\"last_updated\":");
	add_time(b, last_of(&s, 0, s.n));
	free(s.list);
}

/* ---- GET /api/v1/status */

static bool
on_fallback(const struct decision *dec)
{
	for (int f = 0; f < FAMILIES; f++)
		if (dec->rrsets[f].source == SOURCE_FALLBACK)
			return true;
	return false;
}

static void
add_entry(struct buf *b, struct engine *e, const struct domain *d, struct decision *dec)
{
	struct answer live[LIMIT_TARGETS];

	engine_decision(e, d, dec);
	buf_puts(b, "{\"domain\":");
	buf_json(b, d->name);
	buf_puts(b, ",\"live_ips\":");
	add_answers(b, live, live_answers(d, dec, live));
	buf_puts(b, ",\"using_fallback\":");
	buf_puts(b, on_fallback(dec) ? "true" : "false");
	buf_puts(b, ",\"fallback_ips\":");
	add_answers(b, d->fallback, d->nfallback);
	add_agents(b, e, d);
	add_answer(b, d, dec);
	buf_putc(b, '}');
}

void
api_status(void *arg, const struct http_request *q, struct http_reply *r)
{
	struct api *a = arg;
	const struct api_key *k = access_key(&a->access, q);
	struct engine *e;
	struct decision *dec;

	if (!api_admit(a, q, k, r))
		return;
	/* A domain's token shows that domain's entries; none at all shows nothing. */
	if (!access_some(&a->access, k)) {
		access_refuse(q, r);
		return;
	}
	e = api_engine(a);
	dec = mem_alloc(sizeof(*dec));
	buf_puts(&r->body, "{\"status\":[");
	for (size_t i = 0; i < a->config->ndomains; i++) {
		const struct domain *d = &a->config->domains[i];

		if (!access_status(&a->access, k, d))
			continue;
		if (r->body.data[r->body.len - 1] == '}')
			buf_putc(&r->body, ',');
		add_entry(&r->body, e, d, dec);
	}
	buf_puts(&r->body, "]}");
	free(dec);
}

/* ---- GET /api/v1/status/DOMAIN */

static void
add_report(struct buf *b, const struct domain *d, const struct seen *s)
{
	const struct target *t = &d->targets[s->target];
	char addr[ADDR_TEXT];
	const char *name;
	int port;
	const struct addr *probed = target_probed(t, &name, &port);

	buf_puts(b, "{\"agent_id\":");
	buf_json(b, s->view.agent_id);
	buf_puts(b, ",\"timestamp\":");
	add_time(b, s->view.last_at);
	buf_puts(b, ",\"check_name\":");
	buf_json(b, t->check_name);
	buf_puts(b, ",\"domain\":");
	buf_json(b, d->name);
	buf_puts(b, ",\"type\":");
	buf_json(b, s->view.type);
	buf_puts(b, ",\"target_ip\":");
	buf_json(b, name ? name : addr_format(addr, probed));
	buf_puts(b, ",\"port\":");
	if (port == PORT_NONE)
		buf_puts(b, "null");
	else
		buf_puti(b, port);
	buf_puts(b, ",\"status\":");
	buf_json(b, status_word(s->view.last));
	buf_puts(b, ",\"latency_ms\":");
	if (s->view.latency_ms < 0)
		buf_puts(b, "null");
	else
		buf_printf(b, "%.3f", s->view.latency_ms);
	buf_puts(b, ",\"reason\":");
	buf_json(b, s->view.reason && *s->view.reason ? s->view.reason : NULL);
	buf_printf(b, ",\"fresh\":%s,\"view\":", s->view.fresh ? "true" : "false");
	buf_json(b, state_word((int)s->view.view));
	buf_putc(b, '}');
}

/*
 * Of an agent's reports about several ports of one address, the one that says most: a view that is
 * not up, else the newest.
 */
static const struct seen *
telling(const struct seen_list *s, size_t from, size_t to)
{
	const struct seen *best = &s->list[from];

	for (size_t i = from + 1; i < to; i++) {
		const struct seen *x = &s->list[i];
		bool bad = x->view.view != STATE_UP, was_bad = best->view.view != STATE_UP;

		if (bad != was_bad ? bad : x->view.last_at > best->view.last_at)
			best = x;
	}
	return best;
}

static void
add_ip(struct buf *b, struct engine *e, const struct domain *d, const struct answer *a)
{
	struct seen_list s = {0};
	char text[ADDR_TEXT];

	for (size_t t = 0; t < d->ntargets; t++) {
		struct answer of = target_answer(&d->targets[t]);

		if (answer_equal(&of, a))
			collect(e, d, t, &s);
	}
	if (s.n) {
		qsort(s.list, s.n, sizeof(*s.list), by_agent);
		if (b->data[b->len - 1] == '}')
			buf_putc(b, ',');
		buf_json(b, answer_text(text, a));
		for (size_t i = 0, to; i < s.n; i = to) {
			to = end_of_agent(&s, i);
			buf_puts(b, i ? "," : ":{");
			buf_json(b, s.list[i].view.agent_id);
			buf_putc(b, ':');
			add_report(b, d, telling(&s, i, to));
		}
		buf_putc(b, '}');
	}
	free(s.list);
}

/* As in a decision line. */
static void
add_target_name(struct buf *b, const struct domain *d, const struct target *t)
{
	char addr[ADDR_TEXT];

	if (t->addr.family != FAMILY_OTHER) {
		buf_printf(b, "\"ip\":\"%s\"", addr_format(addr, &t->addr));
		return;
	}
	buf_printf(b, "\"type\":\"%s\",\"value\":", rrtype_word((int)d->type));
	buf_json(b, t->more->value);
	if (t->more->check.family != FAMILY_OTHER)
		buf_printf(b, ",\"ip\":\"%s\"", addr_format(addr, &t->more->check));
}

static void
add_target(struct buf *b, struct engine *e, const struct domain *d, size_t i)
{
	struct target_state s;

	view_target(e, d, i, &s);
	buf_puts(b, i ? ",{" : "{");
	add_target_name(b, d, &d->targets[i]);
	buf_puts(b, ",\"port\":");
	if (d->targets[i].port == PORT_NONE)
		buf_puts(b, "null");
	else
		buf_puti(b, d->targets[i].port);
	buf_printf(b, ",\"priority\":%d,\"state\":\"%s\",\"votes\":\"%s\",\"since\":",
	           d->targets[i].priority, state_word((int)s.state), state_word((int)s.votes));
	add_time(b, s.since);
	buf_printf(b, ",\"expected\":%d,\"ok\":%d,\"fail\":%d,\"missing\":%d,\"override\":",
	           s.expected, s.ok, s.bad, s.missing);
	buf_json(b, s.override ? override_state_word((int)s.override->state) : NULL);
	buf_putc(b, '}');
}

static void
add_ip_checks(struct buf *b, struct engine *e, const struct domain *d)
{
	struct answer ips[LIMIT_TARGETS];
	size_t n;

	for (n = 0; n < d->ntargets; n++)
		ips[n] = target_answer(&d->targets[n]);
	n = answer_sort(ips, n);
	buf_puts(b, ",\"ip_checks\":{");
	for (size_t i = 0; i < n; i++)
		add_ip(b, e, d, &ips[i]);
	buf_putc(b, '}');
}

static void
add_details(struct buf *b, const struct api *a, struct engine *e, const struct domain *d,
            struct decision *dec)
{
	const char *notes[] = {a->refused[0] ? a->refused : NULL, NULL};
	struct explain x = {
	    .engine = e, .config = a->config, .domain = d, .decision = dec, .notes = notes};

	engine_decision(e, d, dec);
	buf_puts(b, "{\"domain\":");
	buf_json(b, d->name);
	buf_puts(b, ",\"check_type\":");
	buf_json(b, probe_type_word(d->probe->type));
	buf_printf(b, ",\"live\":%s,\"fallback_ips\":",
	           leading(dec)->source == SOURCE_LIVE ? "true" : "false");
	add_answers(b, d->fallback, d->nfallback);
	add_ip_checks(b, e, d);
	add_answer(b, d, dec);
	buf_puts(b, ",\"targets\":[");
	for (size_t i = 0; i < d->ntargets; i++)
		add_target(b, e, d, i);
	buf_putc(b, ']');
	buf_puts(b, ",\"since\":");
	add_time(b, dec->since);
	buf_puts(b, ",\"next\":");
	add_time(b, dec->next);
	buf_puts(b, ",\"explain\":");
	explain_json(&x, b);
	while (b->data[b->len - 1] == '\n')
		b->data[--b->len] = '\0';
	buf_putc(b, '}');
}

void
api_details(void *arg, const struct http_request *q, struct http_reply *r)
{
	struct api *a = arg;
	const struct api_key *k = access_key(&a->access, q);
	const struct domain *d;
	struct decision *dec;

	if (!api_admit(a, q, k, r))
		return;
	/* With status_auth a stranger does not even learn which names there are. */
	d = config_domain(a->config, q->tail);
	if (!access_status(&a->access, k, d)) {
		access_refuse(q, r);
		return;
	}
	if (!d) {
		http_detail(r, 404, "Unknown domain");
		return;
	}
	dec = mem_alloc(sizeof(*dec));
	add_details(&r->body, a, api_engine(a), d, dec);
	free(dec);
}
