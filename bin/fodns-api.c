#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "api.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/stamp.h"
#include "edge/cli.h"
#include "edge/clock.h"
#include "edge/file.h"
#include "edge/notify.h"

enum {
	ONE_REPORT = 64 << 10,
	MANY_REPORTS = 1 << 20,
	STATS_MS = 1000,
	SAY_MS = 10000,      /* one line a reason in so long */
	OWN_FILES = 512      /* descriptors that are not connections: journals, most of all */
};

enum { OPT_RATE = 256, OPT_CONNECTIONS, OPT_PER_ADDR, OPT_HEADERS, OPT_REQUEST, OPT_IDLE };

static const struct cli_option options[] = {
	CLI_OPT_CONFIG,
	CLI_OPT_STATE,
	{OPT_RATE, "rate", CLI_NUMBER, "N", "requests and report lines a second for each token, or address without one (250000; 0: no limit)"},
	{OPT_CONNECTIONS, "connections", CLI_NUMBER, "N", "most connections (2048)"},
	{OPT_PER_ADDR, "connections-per-address", CLI_NUMBER, "N", "most connections from one address (256)"},
	{OPT_HEADERS, "header-timeout", CLI_DURATION, "TIME", "for a request's headers to be complete (10s)"},
	{OPT_REQUEST, "request-timeout", CLI_DURATION, "TIME", "for a whole request and its answer (30s)"},
	{OPT_IDLE, "idle-timeout", CLI_DURATION, "TIME", "how long a connection is kept between requests (75s)"},
	CLI_OPT_QUIET,
	CLI_OPT_VERBOSE,
	{0, NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli cli = {
	.program = "fodns-api",
	.synopsis = "[-qv] [-c FILE] [-s DIR] [--rate N] [--connections N]",
	.about = "The REST API: takes reports, hands out tasks, shows status and metrics.",
	.options = options,
};

struct settings {
	const char *config, *state;
	int64_t rate, connections, per_addr, headers_ms, request_ms, idle_ms;
	bool verbose;
};

static void api_ready(void *arg, const struct http_request *q, struct http_reply *r);
static void api_alive(void *arg, const struct http_request *q, struct http_reply *r);

static const struct route routes[] = {
	{"POST", "/api/v1/report", ONE_REPORT, api_report},
	{"POST", "/api/v1/reports", MANY_REPORTS, api_reports},
	{"GET", "/api/v1/tasks", 0, api_tasks},
	{"GET", "/api/v1/status", 0, api_status},
	{"GET", "/api/v1/status/*", 0, api_details},
	{"GET", "/api/v1/decisions", 0, api_decisions},
	{"GET", "/metrics", 0, api_metrics},
	{"GET", "/healthz", 0, api_alive},
	{"GET", "/health", 0, api_alive},
	{"GET", "/readyz", 0, api_ready},
	{NULL, NULL, 0, NULL},
};

/* ---- shared by the handlers */

const char *
api_reason_word(enum api_reason r)
{
	static const char *const words[] = {"invalid", "unknown_domain", "token", "not_configured", "rate", "too_large",
	    "state"};

	return words[r];
}

void
api_rejected(struct api *a, enum api_reason why, const struct http_request *q, const char *what)
{
	int64_t now = loop_now(a->loop);
	char from[ADDR_TEXT];

	a->counts.rejected[why]++;
	if (now < a->said[why].until) {
		a->said[why].skipped++;
		return;
	}
	addr_format(from, &q->peer);
	if (a->said[why].skipped)
		log_note("refused from %s: %s (and %u more of this kind since)", from, what,
		         a->said[why].skipped);
	else
		log_note("refused from %s: %s", from, what);
	a->said[why].until = now + SAY_MS;
	a->said[why].skipped = 0;
}

bool
api_admit(struct api *a, const struct http_request *q, const struct api_key *k,
          struct http_reply *r)
{
	const void *key = k ? (const void *)k->token : &q->peer;
	int64_t wait;

	if (!a->buckets)
		return true;
	wait =
	    buckets_take(a->buckets, key, k ? strlen(k->token) : sizeof(q->peer), 1, clock_mono());
	if (!wait)
		return true;
	api_rejected(a, API_RATE, q, "too many requests");
	http_detail(r, 429, "Too Many Requests");
	r->retry_after = (int)((wait + 999) / 1000);
	return false;
}

struct engine *
api_engine(struct api *a)
{
	follower_sweep(a->follower);
	return follower_engine(a->follower);
}

bool
api_healthy(const struct api *a, const char **why)
{
	*why = !follower_ready(a->follower)      ? "reading the state directory"
	       : follower_degraded(a->follower) ? "the state directory cannot be read"
	       : a->trouble[0]                  ? "the state directory cannot be written"
	                                        : NULL;
	return !*why;
}

static void
api_alive(void *arg, const struct http_request *q, struct http_reply *r)
{
	(void)arg;
	(void)q;
	r->fixed = "{\"status\":\"ok\"}";
}

static void
api_ready(void *arg, const struct http_request *q, struct http_reply *r)
{
	const char *why;

	(void)q;
	if (api_healthy(arg, &why)) {
		r->fixed = "{\"status\":\"ready\"}";
		return;
	}
	http_detail(r, 503, why);
	r->retry_after = 1;
}

static void
on_answered(void *arg, const struct http_request *q, int status, bool handled)
{
	struct api *a = arg;
	char from[ADDR_TEXT];

	a->counts.status[status / 100 % 6]++;
	if (!handled && status == 413)
		api_rejected(a, API_TOO_LARGE, q, "a request body over the cap");
	if (a->verbose)
		log_debug("%s %s %s %d", addr_format(from, &q->peer), q->method, q->path, status);
}

/* ---- once a second, and at a change: who and how we are */

static void
write_stats(struct api *a)
{
	struct httpd_counts h;
	struct buf b = {0};
	const char *why;
	char text[STAMP_LEN];
	uint64_t rejected = 0;

	httpd_counts(a->http, &h);
	for (int i = 0; i < API_REASONS; i++)
		rejected += a->counts.rejected[i];
	buf_printf(&b, "{\"program\":\"fodns-api\",\"pid\":%d,\"started\":\"%s\",", (int)getpid(),
	    stamp_format(text, a->started));
	buf_printf(&b, "\"at\":\"%s\",\"config\":\"%s\",", stamp_format(text, clock_wall()),
	           a->config->hash);
	if (a->refused[0]) {
		buf_puts(&b, "\"config_refused\":");
		buf_json(&b, a->refused);
		buf_putc(&b, ',');
	}
	buf_printf(
	    &b,
	    "\"ready\":%s,\"requests\":%llu,\"connections\":%zu,\"accepted\":%llu,\"rejected\":%llu}\n",
	    api_healthy(a, &why) ? "true" : "false", (unsigned long long)h.requests, h.connections,
	    (unsigned long long)a->counts.accepted, (unsigned long long)rejected);
	statedir_stats(follower_dir(a->follower), "api", &b, NULL);
	buf_free(&b);
}

static void
on_stats(struct loop_timer *w)
{
	struct api *a = w->arg;

	/*
	 * Only a report that is stored shows that the trouble is over, and who goes
	 * by /readyz sends none until we are ready: so it has an end of its own.
	 */
	if (loop_now(a->loop) >= a->trouble_until)
		a->trouble[0] = '\0';
	write_stats(a);
}

/* ---- the state directory */

static void
on_state(void *arg)
{
	(void)arg; /* the engine is asked when somebody asks us */
}

static void
on_state_ready(void *arg)
{
	write_stats(arg);
}

/* Another directory stands at the path: what was open writes into one that nobody reads. */
static void
on_state_moved(void *arg)
{
	struct api *a = arg;

	recorder_free(a->recorder);
	a->recorder = recorder_new(follower_dir(a->follower));
}

static void
open_state(struct api *a, const char *path)
{
	struct follower_calls calls = {
	    .arg = a, .ready = on_state_ready, .settled = on_state, .moved = on_state_moved};
	struct fault f;

	if (statedir_open(&a->dir, path, true, &f))
		cli_fail(&f);
	a->follower = follower_new(a->loop, &a->dir, a->config, false, &calls, &f);
	if (!a->follower)
		cli_fail(&f);
	/*
	 * Most reports come through this program: to be woken by each of its own lines would double
	 * their cost.
	 */
	follower_relax(a->follower);
	a->recorder = recorder_new(follower_dir(a->follower));
}

/* ---- signals */

static void
on_reload(struct loop_signal *w, int signo)
{
	struct api *a = w->arg;

	(void)signo;
	notify_send("RELOADING=1");
	api_reload(a);
	write_stats(a);
	notify_send("READY=1");
}

static void
on_stop(struct loop_signal *w, int signo)
{
	(void)signo;
	notify_send("STOPPING=1");
	loop_stop(w->loop);
}

/* ---- start */

static int64_t
number(const char *option, const char *text, int64_t min, int64_t max)
{
	int64_t v;

	if (!num_i64(text, min, max, &v))
		cli_usage(&cli, "--%s: \"%s\" is not a number from %lld to %lld", option, text,
		          (long long)min, (long long)max);
	return v;
}

static void
read_options(struct settings *s, int argc, char **argv)
{
	int key;

	while ((key = cli_next(&cli, argc, argv)) != -1)
		switch (key) {
		case 'c': s->config = optarg; break;
		case 's': s->state = optarg; break;
		case 'q': log_level(LOG_WARN); break;
		case 'v': s->verbose = true; break;
		case OPT_RATE: s->rate = number("rate", optarg, 0, 100000000); break;
		case OPT_CONNECTIONS:
			s->connections = number("connections", optarg, 1, 1000000);
			break;
		case OPT_PER_ADDR:
			s->per_addr = number("connections-per-address", optarg, 1, 1000000);
			break;
		case OPT_HEADERS:
			s->headers_ms = cli_duration(&cli, "header-timeout", optarg);
			break;
		case OPT_REQUEST:
			s->request_ms = cli_duration(&cli, "request-timeout", optarg);
			break;
		case OPT_IDLE: s->idle_ms = cli_duration(&cli, "idle-timeout", optarg); break;
		}
	if (optind < argc)
		cli_usage(&cli, "unexpected operand \"%s\"", argv[optind]);
}

/* Connections must leave descriptors for the journals. */
static void
fit_descriptors(struct settings *s)
{
	uint64_t most = file_limit();

	if (most < (uint64_t)s->connections + OWN_FILES) {
		s->connections = most > 2 * OWN_FILES ? (int64_t)most - OWN_FILES : 64;
		log_warn("at most %lld connections: the limit of open files is %llu",
		         (long long)s->connections, (unsigned long long)most);
	}
}

static void
open_sockets(struct api *a, const struct settings *s)
{
	struct httpd_options o = {.routes = routes, .arg = a, .connections = (size_t)s->connections,
	    .connections_per_addr = (size_t)s->per_addr, .headers_ms = s->headers_ms, .request_ms = s->request_ms,
	    .idle_ms = s->idle_ms, .answered = on_answered};
	struct fault f;

	a->http = httpd_new(a->loop, &o);
	for (size_t i = 0; i < a->config->napi; i++)
		if (httpd_listen(a->http, &a->config->api[i].addr, a->config->api[i].port, &f))
			cli_fail(&f);
	if (api_tls(a, a->config, &f))
		cli_fail(&f);
}

static void
limit_rate(struct api *a, int64_t rate)
{
	uint64_t seed[2] = {0, 0};

	if (!rate)
		return;
	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		seed[0] = (uint64_t)clock_boot();
	a->buckets = buckets_new((double)rate, (double)rate * 2, seed);
}

static void
run(struct api *a)
{
	struct loop_signal hup = {0}, term = {0}, intr = {0};
	struct loop_timer stats = {0};
	struct fault f;

	signal(SIGPIPE, SIG_IGN);
	loop_signal_start(a->loop, &hup, SIGHUP, on_reload, a);
	loop_signal_start(a->loop, &term, SIGTERM, on_stop, a);
	loop_signal_start(a->loop, &intr, SIGINT, on_stop, a);
	if (httpd_start(a->http, &f))
		cli_fail(&f);
	loop_timer_start(a->loop, &stats, STATS_MS, STATS_MS, on_stats, a);
	write_stats(a);
	for (size_t i = 0; i < a->config->napi; i++) {
		char at[ENDPOINT_TEXT];

		endpoint_format(at, &a->config->api[i].addr, a->config->api[i].port);
		log_note("listening on %s://%s", a->config->tls_cert ? "https" : "http", at);
	}
	notify_send("READY=1");
	loop_run(a->loop);
	loop_timer_stop(&stats);
}

static void
api_free(struct api *a)
{
	httpd_free(a->http);
	recorder_free(a->recorder);
	follower_free(a->follower);
	statedir_close(&a->dir);
	buckets_free(a->buckets);
	access_free(&a->access);
	config_free(a->config);
	free(a->config);
	loop_free(a->loop);
}

int
main(int argc, char **argv)
{
	struct settings s = {.rate = 250000, .connections = 2048, .per_addr = 256, .headers_ms = 10000,
	    .request_ms = 30000, .idle_ms = 75000};
	struct api a = {.started = clock_wall()};

	log_open("fodns-api", LOG_INFO);
	read_options(&s, argc, argv);
	a.verbose = s.verbose;
	if (s.verbose)
		log_level(LOG_DEBUG);
	a.config_path = cli_config_path(s.config);
	a.config = mem_alloc(sizeof(*a.config));
	cli_load_config(a.config, a.config_path);
	api_hide_directories(a.config);
	fit_descriptors(&s);
	access_init(&a.access, a.config);
	limit_rate(&a, s.rate);
	a.loop = loop_new();
	open_sockets(&a, &s);
	open_state(&a, cli_state_path(s.state, a.config->state_dir));
	run(&a);
	api_free(&a);
	cli_end(EXIT_DONE);
}
