#include <ctype.h>
#include <string.h>

#include "api.h"
#include "base/prom.h"
#include "codec/json.h"
#include "core/metrics.h"
#include "edge/clock.h"

enum { MOST_DOMAINS = 10000 }; /* beyond it only the sums: a page of 50 MB helps nobody */

/* ---- this program */

static void
add_own(struct buf *b, const struct api *a)
{
	struct httpd_counts h;
	const char *why;

	httpd_counts(a->http, &h);
	prom_one(b, "fodns_api_reports_accepted_total", "counter", "Reports stored.",
	    (double)a->counts.accepted);
	prom_family(b, "fodns_api_reports_rejected_total", "counter",
	    "Reports refused, by reason.");
	for (int i = 0; i < API_REASONS; i++) {
		buf_puts(b, "fodns_api_reports_rejected_total");
		prom_label(b, "{", "reason", api_reason_word((enum api_reason)i));
		buf_printf(b, "} %llu\n", (unsigned long long)a->counts.rejected[i]);
	}
	prom_one(b, "fodns_api_batches_total", "counter", "Batches of reports answered.",
	    (double)a->counts.batches);
	prom_one(b, "fodns_api_tasks_total", "counter", "Requests for tasks.",
	    (double)a->counts.tasks);
	prom_one(b, "fodns_api_tasks_unchanged_total", "counter",
	    "Requests for tasks answered by 304.", (double)a->counts.tasks_unchanged);
	prom_family(b, "fodns_api_responses_total", "counter",
	    "Answers, by class of their status.");
	for (int i = 2; i < 6; i++)
		buf_printf(b, "fodns_api_responses_total{code=\"%dxx\"} %llu\n", i,
		    (unsigned long long)a->counts.status[i]);
	prom_one(b, "fodns_api_connections", "gauge", "Open connections.", (double)h.connections);
	prom_one(b, "fodns_api_connections_total", "counter", "Connections accepted.",
	    (double)h.accepted);
	prom_one(b, "fodns_api_connections_evicted_total", "counter",
	    "Connections closed for a cap.", (double)h.evicted);
	prom_one(b, "fodns_api_connections_late_total", "counter",
	    "Connections closed past a deadline.", (double)h.late);
	prom_one(b, "fodns_api_start_time_seconds", "gauge",
	    "When the process started, since 1970.", (double)a->started / 1000);
	prom_one(b, "fodns_config_ok", "gauge",
	    "0 while the config on disk is refused and an older one in force.", !a->refused[0]);
	prom_one(b, "fodns_state_degraded", "gauge",
	    "1 while the state directory cannot be read or written.",
	    follower_degraded(a->follower) || a->trouble[0]);
	prom_one(b, "fodns_ready", "gauge", "1 while /readyz says yes.", api_healthy(a, &why));
	prom_one(b, "fodns_journal_bad_lines_total", "counter",
	    "Lines of the journals that could not be read.",
	    (double)follower_bad_lines(a->follower));
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
	struct metrics m = {.config = a->config, .most = MOST_DOMAINS};

	if (!api_admit(a, q, k, r))
		return;
	if (!access_status(&a->access, k, NULL)) {
		access_refuse(q, r);
		return;
	}
	r->type = "text/plain; version=0.0.4; charset=utf-8";
	m.engine = api_engine(a);
	m.now = clock_axis();
	add_own(&r->body, a);
	metrics_write(&m, &r->body);
	for (size_t i = 0; i < 3; i++)
		add_daemon(&r->body, a, (const char *[]){"serve", "decide", "agent"}[i]);
}
