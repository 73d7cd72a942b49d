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
#include "checkoptions.h"
#include "checkprogress.h"
#include "checkrun.h"
#include "checkstats.h"
#include "edge/cli.h"
#include "edge/file.h"
#include "edge/screen.h"
#include "edge/tasks.h"
#include "model/name.h"

enum {
	TASK_FILE_CAP = 256 << 20,
	HURRY_MS = 1000, /* between two tries of --until-ok, and two runs of --repeat */
	LAST_WORDS_MS = 2000
};

struct check {
	struct checkoptions o;
	struct loop *loop;
	struct checkrun *run;
	struct checknagios nagios;
	struct tasks tasks; /* of URLs, task lines, the config */
	struct config config;
	struct checkagent *agent;
	const struct agent_config *own; /* of its file in force, as it was taken last */
	struct checkstats *stats;
	char refused[sizeof(((struct fault *)0)->text)]; /* why a newer config is not in force */
	struct loop_timer end;
	struct loop_signal signals[3];
	struct checkprogress progress;
	bool ended, signalled, started, progress_wanted;
};

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
	struct tasks_adhoc o = {.domain = c->o.domain,
	                        .timeout_ms = c->o.timeout_ms < 0 ? 5000 : c->o.timeout_ms};

	/* A long budget is meant: the interval gives way.  Repeated runs wait for each other. */
	o.interval_ms = c->o.interval_ms >= 0 && !c->o.repeated ? c->o.interval_ms
	                : o.timeout_ms > 27000 ? o.timeout_ms * 10 / 9 + 1
	                                       : 30000;
	for (size_t i = 0; i < c->o.nwords; i++)
		if (tasks_url(t, c->o.words[i], &o, f) < 0)
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
	bool from_stdin = strcmp(c->o.path, "-") == 0;
	struct buf b = {0};
	int r = from_stdin ? read_stdin(&b, f) : file_read(c->o.path, &b, TASK_FILE_CAP, f);

	if (r == 0)
		tasks_lines(t, from_stdin ? "stdin" : c->o.path, b.data ? b.data : "", b.len,
		            &said);
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
		fault_set(f, "%s: no domain or target \"%s\" (did you mean \"%s\"?)", c->o.path,
		          word, near);
	else
		fault_set(f, "%s: no domain or target \"%s\"", c->o.path, word);
	free(names);
	return -1;
}

static int
choose(struct check *c, struct tasks *t, struct fault *f)
{
	struct tasks all = *t;
	size_t which = 0;

	if (!c->o.nwords || c->o.source == FROM_URLS)
		return 0;
	t->list = mem_alloc((all.n + 1) * sizeof(*t->list));
	if (all.n)
		memcpy(t->list, all.list, all.n * sizeof(*t->list));
	if (tasks_select(t, c->o.words, c->o.nwords, &which) < 0)
		no_match(c, &all, c->o.words[which], f);
	else
		which = SIZE_MAX;
	free(all.list);
	return which == SIZE_MAX ? 0 : -1;
}

static int
load_config(struct check *c, struct config *config, struct tasks *t, struct fault *f)
{
	if (!c->started)
		cli_load_config(config, c->o.path);
	else if (cli_try_config(config, c->o.path) < 0)
		return fault_set(f, "%s: not used", c->o.path);
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
	if (c->o.source == FROM_URLS)
		r = load_urls(c, &fresh, f);
	else if (c->o.source == FROM_TASKS)
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
	const struct agent_config *own = checkagent_config(c->agent);
	struct fault f;

	if (own != c->own) {
		checkrun_outlet(c->run, &own->source, own->interface);
		checkrun_references(c->run, own->references, own->nreferences);
		c->own = own;
	}
	if (choose(c, &t, &f) < 0)
		log_warn("%s", f.text);
	if (n == 0 && checkagent_known(c->agent) > 0)
		log_note("no master has a task for this agent: do its tags and token fit?");
	else if (checkoptions_go_on(&c->o) && n > 0)
		log_note("%zu task%s from %zu of %zu master%s", n, n == 1 ? "" : "s",
		         checkagent_known(c->agent), own->nmasters, own->nmasters == 1 ? "" : "s");
	checkrun_set(c->run, t.list, t.n);
	free(t.list);
	if (t.n == 0 && !checkoptions_go_on(&c->o))
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
	} else if (c->o.source == FROM_AGENT) {
		checkagent_reload(c->agent);
	} else if (c->o.source == FROM_CONFIG ||
	           (c->o.source == FROM_TASKS && strcmp(c->o.path, "-") != 0)) {
		c->refused[0] = '\0';
		if (load(c, &f) < 0) {
			log_error("%s; the old one stays", f.text);
			snprintf(c->refused, sizeof(c->refused), "%s", f.text);
		} else
			log_note("%s: read again, %zu checks", c->o.path, c->tasks.n);
		checkstats_now(c->stats);
	}
}

static void
watch_signals(struct check *c)
{
	static const int which[] = {SIGTERM, SIGINT, SIGHUP};

	signal(SIGPIPE, SIG_IGN); /* a reader that has gone is an error of write */
	if (!checkoptions_go_on(&c->o) && !c->o.repeated)
		return;
	for (size_t i = 0; i < sizeof(which) / sizeof(*which); i++)
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

static bool
is_allowed(void *arg, const struct addr *a, int port)
{
	const struct check *c = arg;

	return checkagent_allows(c->agent, a, port);
}

static void
make_run(struct check *c)
{
	struct checkrun_options o = {.agent_id = c->o.agent_id,
	                             .runs = checkoptions_go_on(&c->o) ? 0 : c->o.repeat,
	                             .until_ok = c->o.until_ok_ms >= 0,
	                             .resolver = c->o.resolver,
	                             .resolver_port = c->o.resolver_port,
	                             .allowed = c->agent ? is_allowed : NULL,
	                             .over = on_over,
	                             .arg = c};
	size_t width = 0, height;

	if (c->o.repeated)
		o.most_interval_ms = c->o.interval_ms >= 0 ? c->o.interval_ms : HURRY_MS;
	else if (o.until_ok && c->o.interval_ms < 0)
		o.most_interval_ms = HURRY_MS;
	o.nagios = c->o.nagios ? &c->nagios : NULL;
	o.table = cli_wants_table(c->o.output);
	o.summary = c->o.summary || (c->o.repeated && o.table);
	o.no_results = c->o.summary;
	c->progress_wanted = o.runs == 1 && checkprogress_possible();
	if (isatty(STDOUT_FILENO))
		screen_size(&width, &height);
	o.look = (struct checktable){.times = checkoptions_go_on(&c->o),
	                             .colour = cli_colour(stdout),
	                             .phases = c->o.source == FROM_URLS && o.runs == 1,
	                             .means = c->o.source == FROM_URLS,
	                             .beside = c->progress_wanted && isatty(STDOUT_FILENO),
	                             .width = (int)width};
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
	/* "Until all are well" is of all masters' tasks. */
	const struct checkagent_calls calls = {
	    .arg = c, .tasks = on_tasks, .early = checkoptions_go_on(&c->o) && c->o.until_ok_ms < 0};
	bool alone;

	c->agent = checkagent_new(c->loop, c->o.path, c->o.agent_id, &calls);
	c->o.agent_id = checkagent_id(c->agent);
	if (!c->o.agent_id)
		c->o.agent_id = host_id();
	alone = checkagent_lock(c->agent, c->o.agent_id) == 0;
	c->o.agent_id = checkagent_id(c->agent);
	return alone;
}

static struct checkstats_says
tell_config(void *arg)
{
	const struct check *c = arg;

	return (struct checkstats_says){.config = c->config.hash, .refused = c->refused};
}

static struct checkstats_says
tell_agent(void *arg)
{
	const struct check *c = arg;

	return (struct checkstats_says){.config = checkagent_config(c->agent)->hash,
	                                .refused = checkagent_refused(c->agent)};
}

/* For who looks at a run that goes on. */
static void
keep_stats(struct check *c)
{
	const char *name;
	int dir;

	if (c->o.source == FROM_CONFIG)
		c->stats = checkstats_new(c->loop, cli_state_path(c->o.state, c->config.state_dir),
		                          c->run, tell_config, c);
	else if (c->o.source == FROM_AGENT && (dir = checkagent_place(c->agent, &name)) >= 0)
		c->stats = checkstats_beside(c->loop, dir, name, c->run, tell_agent, c);
}

static void
start(struct check *c)
{
	struct fault f;

	if (c->o.source == FROM_AGENT)
		checkagent_start(c->agent);
	else if (load(c, &f) < 0)
		cli_fail(&f);
	c->started = true;
	if (c->o.source == FROM_TASKS && !c->tasks.n && !c->tasks.bad)
		log_note("%s: no tasks", strcmp(c->o.path, "-") == 0 ? "stdin" : c->o.path);
	if (c->o.source == FROM_CONFIG || c->o.source == FROM_TASKS)
		log_debug("%zu checks", c->tasks.n);
	if (c->o.follow)
		keep_stats(c);
	if (c->progress_wanted)
		checkprogress_start(&c->progress, c->loop, c->run);
	if (c->o.for_ms >= 0 || c->o.until_ok_ms >= 0)
		loop_timer_start(c->loop, &c->end,
		                 c->o.for_ms >= 0 ? c->o.for_ms : c->o.until_ok_ms, 0, on_end, c);
}

/* Masters without a list and nothing on disk: no check was made, so nothing can be told. */
static int
status_of(const struct check *c)
{
	int status = checkrun_status(c->run);
	size_t bad = c->agent ? 0 : c->tasks.bad;

	if (c->signalled && checkoptions_go_on(&c->o))
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
	struct check c = {0};
	int status, err;

	checkoptions_parse(&c.o, argc, argv);
	c.loop = loop_new();
	if (c.o.source == FROM_AGENT && !open_agent(&c)) {
		log_at(isatty(STDERR_FILENO) ? LOG_NOTE : LOG_DEBUG,
		       "another fodns-check of agent %s is at work", c.o.agent_id);
		stop(&c);
		cli_end(c.o.nagios ? checknagios_say(&c.nagios) : EXIT_DONE);
	}
	if (!c.o.agent_id)
		c.o.agent_id = host_id();
	tasks_init(&c.tasks);
	watch_signals(&c);
	make_run(&c);
	start(&c);
	if (c.o.source == FROM_AGENT || c.tasks.n || checkoptions_go_on(&c.o))
		loop_run(c.loop);
	checkprogress_stop(&c.progress);
	status = status_of(&c);
	checkstats_free(c.stats);
	err = checkrun_end(c.run, checkoptions_go_on(&c.o) ? LAST_WORDS_MS : -1);
	if (err && err != EPIPE) {
		log_error("output: %s", strerror(err));
		status = EXIT_AGAIN;
	}
	stop(&c);
	cli_end(c.o.nagios ? checknagios_say(&c.nagios) : status);
}
