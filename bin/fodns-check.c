/* fodns-check: run probes, print one report line each. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "checkagent.h"
#include "checkrun.h"
#include "edge/cli.h"
#include "edge/file.h"
#include "edge/tasks.h"
#include "edge/taskurl.h"
#include "model/name.h"

enum {
	OPT_FOLLOW = 301, OPT_FOR, OPT_UNTIL_OK, OPT_AGENT_ID, OPT_DOMAIN, OPT_TIMEOUT, OPT_INTERVAL,
	TASK_FILE_CAP = 256 << 20,
	HURRY_MS = 1000, /* between two tries of --until-ok */
	LAST_WORDS_MS = 2000
};

static const struct cli_option options[] = {
	{'t', "tasks", CLI_FILE, "FILE", "task lines to work on; - is standard input"},
	CLI_OPT_CONFIG,
	CLI_OPT_AGENT,
	{OPT_FOLLOW, "follow", CLI_FLAG, NULL, "go on for ever, each check at its interval"},
	{OPT_FOR, "for", CLI_DURATION, "TIME", "go on for so long, then end"},
	{OPT_UNTIL_OK, "until-ok", CLI_DURATION, "TIME", "end as soon as all is well, at the latest after so long"},
	{OPT_AGENT_ID, "agent-id", CLI_TEXT, "ID", "agent_id of the reports (default: the agent file's, else the host's name)"},
	{OPT_DOMAIN, "domain", CLI_DOMAIN, "NAME", "domain of checks given as URLs (default: the URL's host)"},
	{OPT_TIMEOUT, "timeout", CLI_DURATION, "TIME", "budget of checks given as URLs (default 5s)"},
	{OPT_INTERVAL, "interval", CLI_DURATION, "TIME", "interval of checks given as URLs (default 30s)"},
	{'s', "state", CLI_DIR, "DIR", "with -c: where fodns reload finds this process (default: as the config says)"},
	CLI_OPT_OUTPUT,
	CLI_OPT_JSON,
	CLI_OPT_QUIET,
	CLI_OPT_VERBOSE,
	{0, NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli cli = {
	.program = "fodns-check",
	.synopsis = "[--domain NAME] [--timeout TIME] [--follow|--for TIME|--until-ok TIME] URL …\n"
		    "-t FILE [--follow|--for TIME|--until-ok TIME] [DOMAIN|TARGET …]\n"
		    "-c FILE [--follow|--for TIME|--until-ok TIME] [DOMAIN|TARGET …]\n"
		    "-a FILE [--follow|--for TIME|--until-ok TIME] [DOMAIN|TARGET …]",
	.about = "Runs probes (tcp, http, https, icmp) and prints one report line each.  A URL is\n"
		 "tcp://HOST:PORT, http://HOST[:PORT][/PATH], https://… or icmp://HOST.",
	.options = options,
};

enum origin { FROM_NONE, FROM_URLS, FROM_TASKS, FROM_CONFIG, FROM_AGENT };

struct check {
	enum origin source;
	const char *path; /* of the tasks, the config or the agent's file */
	char **words;     /* operands: URLs, or a choice of domains and targets */
	size_t nwords;
	const char *agent_id, *domain, *state, *output;
	int64_t timeout_ms, interval_ms, for_ms, until_ok_ms; /* -1: not given */
	bool follow;

	struct loop *loop;
	struct checkrun *run;
	struct tasks tasks; /* of URLs, task lines, the config */
	struct config config;
	struct checkagent *agent;
	struct loop_timer end;
	struct loop_signal signals[3];
	bool ended, signalled, started;
};

static bool
goes_on(const struct check *c)
{
	return c->follow || c->for_ms >= 0 || c->until_ok_ms >= 0;
}

/* ---- the command line */

static void
take_source(struct check *c, enum origin s, const char *path)
{
	if (c->source != FROM_NONE)
		cli_usage(&cli, "-t, -c and -a: one of them at a time");
	c->source = s;
	c->path = path;
}

static void
take_agent_id(struct check *c, const char *id)
{
	const char *why = "";

	if (!agent_id_valid(id, strlen(id), &why))
		cli_usage(&cli, "--agent-id: %s", why);
	c->agent_id = id;
}

static void
take_domain(struct check *c, const char *name)
{
	char *normal = mem_alloc(254);
	const char *why = "";

	if (!name_normal(normal, name, &why))
		cli_usage(&cli, "--domain: \"%s\": %s", name, why);
	c->domain = normal;
}

static int64_t
positive(const char *option, const char *text)
{
	int64_t ms = cli_duration(&cli, option, text);

	if (ms < 1)
		cli_usage(&cli, "--%s: must be longer than 0", option);
	return ms;
}

static void
take_option(struct check *c, int key)
{
	switch (key) {
	case 't': take_source(c, FROM_TASKS, optarg); break;
	case 'c': take_source(c, FROM_CONFIG, optarg); break;
	case 'a': take_source(c, FROM_AGENT, optarg); break;
	case 's': c->state = optarg; break;
	case 'o': c->output = optarg; break;
	case 'j': c->output = "json"; break;
	case 'q': log_level(LOG_WARN); break;
	case 'v': log_level(LOG_DEBUG); break;
	case OPT_FOLLOW: c->follow = true; break;
	case OPT_FOR: c->for_ms = positive("for", optarg); break;
	case OPT_UNTIL_OK: c->until_ok_ms = positive("until-ok", optarg); break;
	case OPT_AGENT_ID: take_agent_id(c, optarg); break;
	case OPT_DOMAIN: take_domain(c, optarg); break;
	case OPT_TIMEOUT: c->timeout_ms = positive("timeout", optarg); break;
	case OPT_INTERVAL: c->interval_ms = positive("interval", optarg); break;
	}
}

static void
judge_options(struct check *c)
{
	if (c->source == FROM_NONE && c->nwords)
		c->source = FROM_URLS;
	if (c->source == FROM_NONE)
		cli_usage(&cli, "nothing to check: name URLs (tcp://HOST:PORT, http://HOST/, icmp://HOST), task lines (-t), "
		                "a config (-c) or an agent's file (-a)");
	if (c->source != FROM_URLS && (c->domain || c->timeout_ms >= 0 || c->interval_ms >= 0))
		cli_usage(&cli, "--domain, --timeout and --interval are for checks given as URLs");
	if (c->until_ok_ms >= 0 && (c->follow || c->for_ms >= 0))
		cli_usage(&cli, "--until-ok cannot be together with --follow or --for");
	if (c->output && strcmp(c->output, "table") != 0 && strcmp(c->output, "json") != 0)
		cli_usage(&cli, "-o: \"%s\" is neither table nor json", c->output);
	for (size_t i = 0; c->source != FROM_URLS && i < c->nwords; i++)
		if (taskurl_is(c->words[i]))
			cli_usage(&cli, "%s: URLs go without -t, -c and -a", c->words[i]);
}

static void
parse(struct check *c, int argc, char **argv)
{
	int key;

	while ((key = cli_next(&cli, argc, argv)) != -1)
		take_option(c, key);
	c->words = argv + optind;
	c->nwords = (size_t)(argc - optind);
	judge_options(c);
}

/* ---- where tasks come from */

static void
say_bad(void *arg, const char *what)
{
	(void)arg;
	log_error("%s", what);
}

static int
load_urls(struct check *c, struct tasks *t, struct fault *f)
{
	struct tasks_adhoc o = {.domain = c->domain, .timeout_ms = c->timeout_ms < 0 ? 5000 : c->timeout_ms};

	/* A long budget is meant: the interval gives way. */
	o.interval_ms = c->interval_ms >= 0 ? c->interval_ms : o.timeout_ms > 27000 ? o.timeout_ms * 10 / 9 + 1 : 30000;
	for (size_t i = 0; i < c->nwords; i++)
		if (tasks_url(t, c->words[i], &o, f) < 0)
			return -1;
	return 0;
}

static int
read_stdin(struct buf *b, struct fault *f)
{
	ssize_t n;

	while ((n = read(STDIN_FILENO, buf_room(b, 65536), 65536)) != 0) {
		if (n < 0 && errno != EINTR)
			return fault_temp(f, "stdin: %s", strerror(errno));
		b->len += n > 0 ? (size_t)n : 0;
		if (b->len > TASK_FILE_CAP)
			return fault_set(f, "stdin: larger than %d bytes", TASK_FILE_CAP);
	}
	return 0;
}

static int
load_lines(struct check *c, struct tasks *t, struct fault *f)
{
	static const struct tasks_said said = {NULL, say_bad};
	bool from_stdin = strcmp(c->path, "-") == 0;
	struct buf b = {0};
	int r = from_stdin ? read_stdin(&b, f) : file_read(c->path, &b, TASK_FILE_CAP, f);

	if (r == 0)
		tasks_lines(t, from_stdin ? "stdin" : c->path, b.data ? b.data : "", b.len, &said);
	buf_free(&b);
	return r;
}

/* The nearest domain to a word that matched nothing. */
static int
no_match(const struct check *c, const struct tasks *all, const char *word, struct fault *f)
{
	const char **names = mem_alloc((all->n + 1) * sizeof(*names));
	const char *near;

	for (size_t i = 0; i < all->n; i++)
		names[i] = all->list[i]->domain;
	near = text_nearest(word, names);
	if (near)
		fault_set(f, "%s: no domain or target \"%s\" (did you mean \"%s\"?)", c->path, word, near);
	else
		fault_set(f, "%s: no domain or target \"%s\"", c->path, word);
	free(names);
	return -1;
}

static int
choose(struct check *c, struct tasks *t, struct fault *f)
{
	struct tasks all = *t;
	size_t which = 0;

	if (!c->nwords || c->source == FROM_URLS)
		return 0;
	t->list = mem_alloc((all.n + 1) * sizeof(*t->list));
	if (all.n)
		memcpy(t->list, all.list, all.n * sizeof(*t->list));
	if (tasks_select(t, c->words, c->nwords, &which) < 0)
		no_match(c, &all, c->words[which], f);
	else
		which = SIZE_MAX;
	free(all.list);
	return which == SIZE_MAX ? 0 : -1;
}

static int
load_config(struct check *c, struct config *config, struct tasks *t, struct fault *f)
{
	if (!c->started)
		cli_load_config(config, c->path);
	else if (cli_try_config(config, c->path) < 0)
		return fault_set(f, "%s: not used", c->path);
	tasks_config(t, config);
	return 0;
}

/* What stands still: URLs, lines, a config.  The scheduler gets it, what it had before goes. */
static int
load(struct check *c, struct fault *f)
{
	struct tasks fresh, old = c->tasks;
	struct config config = {0};
	int r = 0;

	tasks_init(&fresh);
	if (c->source == FROM_URLS)
		r = load_urls(c, &fresh, f);
	else if (c->source == FROM_TASKS)
		r = load_lines(c, &fresh, f);
	else
		r = load_config(c, &config, &fresh, f);
	if (r == 0)
		r = choose(c, &fresh, f);
	if (r < 0) {
		tasks_free(&fresh);
		config_free(&config);
		return -1;
	}
	checkrun_set(c->run, fresh.list, fresh.n);
	c->tasks = fresh;
	tasks_free(&old);
	config_free(&c->config);
	c->config = config; /* the tasks point into it */
	return 0;
}

/* ---- from an agent's masters */

static void
on_tasks(void *arg, const struct task **list, size_t n)
{
	struct check *c = arg;
	struct tasks t = {.list = list, .n = n}; /* owns no task */
	struct fault f;

	if (choose(c, &t, &f) < 0)
		log_warn("%s", f.text);
	if (n == 0)
		log_note("the masters have no task for this agent");
	checkrun_set(c->run, t.list, t.n);
	free(t.list);
	if (t.n == 0 && !goes_on(c))
		loop_stop(c->loop);
}

/* ---- running */

static void
on_over(void *arg)
{
	struct check *c = arg;

	c->ended = true;
	loop_stop(c->loop);
}

static void
on_end(struct loop_timer *w)
{
	struct check *c = w->arg;

	loop_stop(c->loop);
}

static void
on_signal(struct loop_signal *w, int signo)
{
	struct check *c = w->arg;
	struct fault f;

	if (signo != SIGHUP) {
		c->signalled = true;
		loop_stop(c->loop);
	} else if (c->source == FROM_AGENT) {
		checkagent_reload(c->agent);
	} else if (c->source == FROM_CONFIG || (c->source == FROM_TASKS && strcmp(c->path, "-") != 0)) {
		if (load(c, &f) < 0)
			log_error("%s; the old one stays", f.text);
		else
			log_note("%s: read again, %zu checks", c->path, c->tasks.n);
	}
}

static void
watch_signals(struct check *c)
{
	static const int which[] = {SIGTERM, SIGINT, SIGHUP};

	signal(SIGPIPE, SIG_IGN); /* a reader that has gone is an error of write */
	for (size_t i = 0; goes_on(c) && i < sizeof(which) / sizeof(*which); i++)
		loop_signal_start(c->loop, &c->signals[i], which[i], on_signal, c);
}

/* The host's name up to its first dot. */
static const char *
host_id(void)
{
	static char name[LIMIT_AGENT_ID + 1];
	const char *why;

	if (gethostname(name, sizeof(name) - 1) < 0)
		name[0] = '\0';
	name[strcspn(name, ".")] = '\0';
	return agent_id_valid(name, strlen(name), &why) ? name : "localhost";
}

static void
make_run(struct check *c)
{
	struct checkrun_options o = {.agent_id = c->agent_id, .once = !goes_on(c), .until_ok = c->until_ok_ms >= 0,
	    .over = on_over, .arg = c};

	if (o.until_ok && c->interval_ms < 0)
		o.most_interval_ms = HURRY_MS;
	o.table = cli_wants_table(c->output);
	o.look = (struct checktable){.times = goes_on(c), .colour = cli_colour(stdout)};
	c->run = checkrun_new(c->loop, &o);
	if (c->run)
		return;
	log_error("output: %s", strerror(errno));
	exit(EXIT_AGAIN);
}

/* False: another run of this agent is at work. */
static bool
open_agent(struct check *c)
{
	const struct checkagent_calls calls = {.arg = c, .tasks = on_tasks};

	c->agent = checkagent_new(c->loop, c->path, c->agent_id, &calls);
	c->agent_id = checkagent_id(c->agent);
	if (!c->agent_id)
		c->agent_id = host_id();
	return checkagent_lock(c->agent, c->agent_id) == 0;
}

static void
start(struct check *c)
{
	struct fault f;

	if (c->source == FROM_AGENT)
		checkagent_start(c->agent);
	else if (load(c, &f) < 0)
		cli_fail(&f);
	c->started = true;
	if (c->source == FROM_CONFIG || c->source == FROM_TASKS)
		log_debug("%zu checks", c->tasks.n);
	if (c->for_ms >= 0 || c->until_ok_ms >= 0)
		loop_timer_start(c->loop, &c->end, c->for_ms >= 0 ? c->for_ms : c->until_ok_ms, 0, on_end, c);
}

/* Masters without a list and nothing on disk: no check was made, so nothing can be told. */
static int
status_of(const struct check *c)
{
	int status = checkrun_status(c->run);
	size_t bad = c->agent ? 0 : c->tasks.bad;

	if (c->signalled)
		return EXIT_DONE;
	if (c->agent && checkagent_known(c->agent) == 0)
		return EXIT_AGAIN;
	return status == EXIT_DONE && bad ? EXIT_NO : status;
}

static void
stop(struct check *c)
{
	loop_timer_stop(&c->end);
	for (size_t i = 0; i < sizeof(c->signals) / sizeof(*c->signals); i++)
		loop_signal_stop(&c->signals[i]);
	checkagent_free(c->agent);
	tasks_free(&c->tasks);
	config_free(&c->config);
	loop_free(c->loop);
}

int
main(int argc, char **argv)
{
	struct check c = {.timeout_ms = -1, .interval_ms = -1, .for_ms = -1, .until_ok_ms = -1};
	int status, err;

	parse(&c, argc, argv);
	c.loop = loop_new();
	if (c.source == FROM_AGENT && !open_agent(&c)) {
		log_at(isatty(STDERR_FILENO) ? LOG_NOTE : LOG_DEBUG, "another fodns-check of agent %s is at work", c.agent_id);
		stop(&c);
		cli_end(EXIT_DONE);
	}
	if (!c.agent_id)
		c.agent_id = host_id();
	tasks_init(&c.tasks);
	watch_signals(&c);
	make_run(&c);
	start(&c);
	if (c.source == FROM_AGENT || c.tasks.n || goes_on(&c))
		loop_run(c.loop);
	status = status_of(&c);
	err = checkrun_end(c.run, goes_on(&c) ? LAST_WORDS_MS : -1);
	if (err && err != EPIPE) {
		log_error("output: %s", strerror(err));
		status = EXIT_AGAIN;
	}
	stop(&c);
	cli_end(status);
}
