#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admit.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "codec/records.h"
#include "couriers.h"
#include "edge/cli.h"
#include "edge/lines.h"
#include "model/name.h"
#include "storage.h"

enum {
	END_WITHIN = 10000,  /* for what is left to deliver at the end of stdin */
	CLOSE_WITHIN = 2000, /* for what is under way at SIGTERM */
	KEY_ONLY = 400, KEY_SPOOL_MAX, KEY_DURABLE
};

static const struct cli_option options[] = {
	CLI_OPT_STATE,
	CLI_OPT_AGENT,
	CLI_OPT_CONFIG,
	{KEY_ONLY, "agent", CLI_AGENT, "ID", "take this agent's reports only"},
	{KEY_SPOOL_MAX, "spool-max", CLI_TEXT, "SIZE",
	 "bytes to keep for each master that is down (default 16M)"},
	{KEY_DURABLE, "durable", CLI_FLAG, NULL, "sync to the disk after each batch (with -s)"},
	CLI_OPT_DRY,
	CLI_OPT_QUIET,
	CLI_OPT_VERBOSE,
	{0, NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli cli = {"fodns-report",
    "[-nqv] [-s DIR] [-c FILE] [--agent ID] [--durable]\n"
    "[-nqv] -a FILE [-s DIR] [-c FILE] [--agent ID] [--spool-max SIZE]",
    "Take report lines on stdin to a state directory or to masters.", options};

struct reporter {
	const char *state, *agent, *config, *only;
	uint64_t spool_max;
	bool to_state, dry, durable, input_failed;

	struct lines in;
	struct admit admit;
	struct storage storage;
	uint64_t bad, refused;

	struct loop *loop; /* with masters */
	struct couriers *couriers;
	struct loop_io input;
	struct loop_timer deadline;
	struct loop_signal term, interrupt, hup;
	bool reading, patient, ended, closing;
};

/* ---- one line */

static void __attribute__((format(printf, 3, 4)))
refuse(struct reporter *p, uint64_t *count, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	log_warn("stdin:%" PRIu64 ": %s", p->in.number, why);
	++*count;
}

static bool
admitted(struct reporter *p, const struct report *r)
{
	char to[TARGET_TEXT];
	enum verdict v;

	if (p->only && strcmp(r->agent_id, p->only) != 0) {
		refuse(p, &p->refused, "%s: agent_id \"%s\" is not \"%s\", the only one taken here",
		       r->domain, r->agent_id, p->only);
		return false;
	}
	v = admit_report(&p->admit, r);
	if (v == VERDICT_TAKEN)
		return true;
	refuse(p, &p->refused, "%s: %s, agent %s: %s in %s", r->domain,
	       report_target(to, r), r->agent_id, verdict_text(v),
	       admit_source(&p->admit));
	return false;
}

static void
no_master(struct reporter *p, const struct report *r)
{
	refuse(p, &p->refused, "%s: no master \"%s\" in %s", r->domain, r->server,
	       couriers_file(p->couriers));
}

static void
show(struct reporter *p, const struct report *r)
{
	char to[TARGET_TEXT], file[AGENT_FILE], route[4096];
	const char *masters =
	    p->couriers ? couriers_route(p->couriers, r, route, sizeof(route)) : "";

	if (!masters) {
		no_master(p, r);
		masters = "";
	}
	if (!*masters && !p->to_state)
		return;
	printf("stdin:%" PRIu64 ": %s %s %s, agent %s -> ", p->in.number, r->domain,
	       report_target(to, r), status_word(r->status), r->agent_id);
	agent_id_file(file, r->agent_id);
	if (p->to_state)
		printf("%s/reports/%s%s", p->state, file, *masters ? ", " : "");
	printf("%s\n", masters);
}

static void
take(struct reporter *p, const char *line, size_t n)
{
	struct report r;
	struct fault f;

	if (report_read(&r, line, n, &f)) {
		refuse(p, &p->bad, "%s", f.text);
		return;
	}
	/* Whoever wrote the line cannot know how old it is now, nor when we get it. */
	r.age_ms = r.received = r.boot_ms = -1;
	if (!admitted(p, &r))
		return;
	if (p->dry) {
		show(p, &r);
		return;
	}
	if (p->to_state)
		storage_add(&p->storage, &r);
	if (p->couriers && !couriers_report(p->couriers, &r, p->in.number))
		no_master(p, &r);
}

static bool
blank(const char *line, size_t n)
{
	while (n && (line[n - 1] == ' ' || line[n - 1] == '\t' || line[n - 1] == '\r'))
		n--;
	return n == 0;
}

/* What one read brought, to where it goes. */
static void
take_all(struct reporter *p)
{
	enum lines_kind kind;
	const char *line;
	size_t n;

	while ((kind = lines_next(&p->in, &line, &n)) != LINES_NONE) {
		if (kind == LINES_LONG)
			refuse(p, &p->bad, "longer than %d bytes", LIMIT_REPORT_LINE);
		else if (!blank(line, n))
			take(p, line, n);
	}
	if (p->to_state)
		storage_flush(&p->storage);
	if (p->couriers && !p->dry)
		couriers_kick(p->couriers);
}

/* One read: false at the end of stdin. */
static bool
read_input(struct reporter *p)
{
	long n = lines_read(&p->in, STDIN_FILENO);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n < 0) {
		log_error("stdin: %s", strerror(errno));
		p->in.eof = p->input_failed = true;
	}
	take_all(p);
	return n > 0;
}

/* At the end by a signal: what was written before it is still taken. */
static void
read_rest(struct reporter *p)
{
	struct pollfd fd = {STDIN_FILENO, POLLIN, 0};

	for (int i = 0; i < 64 && poll(&fd, 1, 0) == 1 && read_input(p); i++)
		;
}

/* ---- without masters: a plain loop of read and write */

static volatile sig_atomic_t stop_asked, reload_asked;

static void
on_plain_signal(int signo)
{
	if (signo == SIGHUP)
		reload_asked = 1;
	else
		stop_asked = 1;
}

/* Signals come only while we wait, so that none is missed and no write is cut. */
static void
hold_signals(sigset_t *before)
{
	struct sigaction sa = {.sa_handler = on_plain_signal};
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGHUP);
	sigprocmask(SIG_BLOCK, &held, before);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

static void
run_plain(struct reporter *p)
{
	struct pollfd fd = {STDIN_FILENO, POLLIN, 0};
	sigset_t open;

	hold_signals(&open);
	while (!stop_asked) {
		if (ppoll(&fd, 1, NULL, &open) < 0) {
			if (reload_asked)
				p->admit.again = true;
			reload_asked = 0;
			continue;
		}
		/* A file can be given again: nothing is gained by losing more of it. */
		if (!read_input(p) || (p->storage.lost && p->patient))
			return;
	}
	p->closing = true;
	read_rest(p);
}

/* ---- with masters: an event loop */

static void
on_deadline(struct loop_timer *w)
{
	struct reporter *p = w->arg;

	loop_stop(p->loop);
}

static void
stop_reading(struct reporter *p)
{
	loop_io_stop(&p->input);
	p->reading = false;
}

static void
on_input(struct loop_io *w, int events)
{
	struct reporter *p = w->arg;

	(void)events;
	if (!read_input(p)) {
		stop_reading(p);
		p->ended = true;
		loop_timer_start(p->loop, &p->deadline, END_WITHIN, 0, on_deadline, p);
		couriers_end(p->couriers);
	} else if (p->patient && couriers_full(p->couriers)) {
		stop_reading(p);
	}
	if (p->ended && couriers_done(p->couriers))
		loop_stop(p->loop);
}

static void
start_reading(struct reporter *p)
{
	loop_io_start(p->loop, &p->input, STDIN_FILENO, LOOP_READ, on_input, p);
	p->reading = true;
}

static void
on_progress(void *arg)
{
	struct reporter *p = arg;

	if (!p->reading && !p->ended && !couriers_full(p->couriers))
		start_reading(p);
	if (p->ended && couriers_done(p->couriers))
		loop_stop(p->loop);
}

static void
on_stop(struct loop_signal *w, int signo)
{
	struct reporter *p = w->arg;

	(void)signo;
	if (!p->ended)
		read_rest(p);
	stop_reading(p);
	p->ended = p->closing = true;
	couriers_close(p->couriers);
	loop_timer_start(p->loop, &p->deadline, CLOSE_WITHIN, 0, on_deadline, p);
	on_progress(p);
}

static void
on_hup(struct loop_signal *w, int signo)
{
	struct reporter *p = w->arg;

	(void)signo;
	p->admit.again = p->to_state || p->config;
	if (!p->ended)
		couriers_reload(p->couriers);
}

static void
run_loop(struct reporter *p)
{
	couriers_start(p->couriers);
	loop_signal_start(p->loop, &p->term, SIGTERM, on_stop, p);
	loop_signal_start(p->loop, &p->interrupt, SIGINT, on_stop, p);
	loop_signal_start(p->loop, &p->hup, SIGHUP, on_hup, p);
	start_reading(p);
	loop_run(p->loop);
	couriers_abort(p->couriers);
	loop_io_stop(&p->input);
	loop_timer_stop(&p->deadline);
}

/* ---- the program */

static void
option(struct reporter *p, int key)
{
	const struct {
		int key;
		const char **text;
		bool *flag;
	} set[] = {
	    {'s', &p->state, NULL},  {'a', &p->agent, NULL},       {'c', &p->config, NULL},
	    {'n', NULL, &p->dry},    {KEY_ONLY, &p->only, NULL},   {KEY_DURABLE, NULL, &p->durable},
	};

	for (size_t i = 0; i < sizeof(set) / sizeof(*set); i++) {
		if (set[i].key == key && set[i].text)
			*set[i].text = optarg;
		else if (set[i].key == key)
			*set[i].flag = true;
	}
	if (key == 'q' || key == 'v')
		log_level(key == 'q' ? LOG_WARN : LOG_DEBUG);
	if (key == KEY_SPOOL_MAX && !num_bytes(optarg, &p->spool_max))
		cli_usage(&cli, "--spool-max: \"%s\" is not a size (such as 16M, 65536)", optarg);
}

static void
parse(struct reporter *p, int argc, char **argv)
{
	const char *why;
	int key;

	p->spool_max = 16 << 20;
	while ((key = cli_next(&cli, argc, argv)) != -1)
		option(p, key);
	if (p->only && !agent_id_valid(p->only, strlen(p->only), &why))
		cli_usage(&cli, "--agent: \"%s\": %s", p->only, why);
	if (optind < argc)
		cli_usage(&cli, "\"%s\": reports are read from stdin, not from a file",
		          argv[optind]);
}

static const char *
from_environment(const char *name)
{
	const char *s = getenv(name);

	return s && *s ? s : NULL;
}

/* An option names the destination; only without any does the environment. */
static void
choose(struct reporter *p)
{
	if (!p->state && !p->agent && !p->config) {
		p->state = from_environment("FODNS_STATE");
		p->agent = from_environment("FODNS_AGENT_CONFIG");
	}
	if (!p->state && !p->agent && !p->config)
		cli_usage(&cli, "where to? -s DIR names a state directory ($FODNS_STATE), "
		                "-a FILE the agent file with the masters ($FODNS_AGENT_CONFIG)");
	p->to_state = p->state || !p->agent;
}

static void
open_all(struct reporter *p)
{
	struct couriers_setup setup = {
	    .file = p->agent, .spool_max = p->spool_max, .arg = p, .progress = on_progress};
	const struct statedir *dir;
	const char *from_config;
	struct stat st;
	struct fault f;

	p->patient = fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode);
	if (p->agent) {
		setup.loop = p->loop = loop_new();
		p->couriers = couriers_new(&setup);
	}
	if (p->config)
		admit_open(&p->admit, p->config, NULL);
	if (!p->to_state)
		return;
	from_config = p->admit.loaded ? p->admit.config.state_dir : NULL; /* can be replaced */
	p->state = mem_strdup(cli_state_path(p->state, from_config));
	if (storage_open(&p->storage, p->state, !p->dry, p->durable, &f) && !p->dry)
		cli_fail(&f);
	dir = p->storage.open ? &p->storage.dir : NULL;
	if (p->config)
		p->admit.dir = dir;
	else
		admit_open(&p->admit, NULL, dir);
}

static int
end(struct reporter *p)
{
	struct deliver_counts n = {0};
	uint64_t lost;

	if (p->to_state && !p->dry)
		log_debug("stored %" PRIu64 " in %s, refused %" PRIu64 ", bad lines %" PRIu64,
		          p->storage.stored, p->state, p->refused, p->bad);
	if (p->couriers && !p->dry)
		couriers_sum(p->couriers, &n);
	if ((lost = n.lost + p->storage.lost)) {
		log_error("%" PRIu64 " report%s lost: neither stored nor delivered nor spooled",
		          lost, lost == 1 ? " is" : "s are");
		return p->storage.hard && !n.lost ? EXIT_USAGE : EXIT_AGAIN;
	}
	if (p->input_failed)
		return EXIT_AGAIN;
	return !p->closing && p->bad + p->refused + n.refused ? EXIT_NO : EXIT_DONE;
}

static void
free_all(struct reporter *p)
{
	storage_close(&p->storage);
	admit_free(&p->admit);
	couriers_free(p->couriers);
	if (p->loop)
		loop_free(p->loop);
	lines_free(&p->in);
	if (p->to_state)
		free((char *)(uintptr_t)p->state);
}

int
main(int argc, char **argv)
{
	static struct reporter p;
	int status;

	parse(&p, argc, argv);
	choose(&p);
	open_all(&p);
	if (p.couriers && !p.dry)
		run_loop(&p);
	else
		run_plain(&p);
	status = end(&p);
	free_all(&p);
	cli_end(status);
}
