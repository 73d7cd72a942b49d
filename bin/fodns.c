/* fodns: the front door.  Starts the programs of a role together, or one of them by name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "core/lint.h"
#include "edge/cli.h"
#include "edge/file.h"
#include "reload.h"
#include "starter.h"
#include "supervise.h"

struct options {
	const char *config, *agent_config, *state, *agent_id, *tags;
	bool quiet, verbose, force;
	int64_t timeout_ms;
};

enum { OPT_AGENT_ID = 301, OPT_TIMEOUT };

static const struct cli_option role_options[] = {
	CLI_OPT_CONFIG,
	CLI_OPT_AGENT,
	CLI_OPT_STATE,
	CLI_OPT_QUIET,
	CLI_OPT_VERBOSE,
	{'f', "force", CLI_FLAG, NULL, "init: write over a file that is there; reload: in spite of errors"},
	{OPT_AGENT_ID, "agent-id", CLI_AGENT, "ID", "up: the name of the local agent (default: the host's)"},
	{OPT_TIMEOUT, "timeout", CLI_DURATION, "TIME", "reload: how long to wait for the daemons (default 10s)"},
	{0, NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli cli = {
	.program = "fodns",
	.synopsis = "master [-c FILE] [-s DIR]\n"
		    "agent [-a FILE]\n"
		    "up [-c FILE] [-s DIR] [--agent-id ID]\n"
		    "reload [-f] [-c FILE] [-s DIR] [--timeout TIME]\n"
		    "init [-f] [FILE]\n"
		    "check|report|decide|serve|api|override …",
	.about = "DNS that answers with the addresses that are alive: master (serve and api), agent (check into\n"
		 "report), up (all of it on one host), reload a running one, init a first config.  Any other\n"
		 "word X runs fodns-X.",
	.options = role_options,
};

/* A command line that is put together from what was given. */
struct line {
	char *argv[16];
	int n;
};

static struct line *
add(struct line *l, const char *option, const char *value)
{
	if (option)
		l->argv[l->n++] = (char *)(uintptr_t)option;
	if (value)
		l->argv[l->n++] = (char *)(uintptr_t)value;
	return l;
}

static void
add_level(struct line *l, const struct options *o)
{
	if (o->quiet)
		add(l, "-q", NULL);
	if (o->verbose)
		add(l, "-v", NULL);
}

static void
add_master(struct line *l, const char *program, const struct options *o)
{
	add(l, program, NULL);
	add(l, "-c", cli_config_path(o->config));
	if (o->state)
		add(l, "-s", o->state);
	add_level(l, o);
}

static int
run_master(const struct options *o, int argc, char **argv)
{
	struct line serve = {0}, api = {0};

	(void)argv;
	if (argc)
		cli_usage(&cli, "master takes no operand");
	add_master(&serve, "fodns-serve", o);
	add_master(&api, "fodns-api", o);
	return supervise((struct part[]){{.argv = serve.argv}, {.argv = api.argv}}, 2);
}

static int
run_agent(const struct options *o, int argc, char **argv)
{
	struct line check = {0}, report = {0};
	const char *file = cli_agent_path(o->agent_config);

	(void)argv;
	if (argc)
		cli_usage(&cli, "agent takes no operand");
	add(add(add(&check, "fodns-check", NULL), "-a", file), "--follow", NULL);
	add(add(&report, "fodns-report", NULL), "-a", file);
	add(add(&check, "-o", "json"), NULL, NULL);
	add_level(&check, o);
	add_level(&report, o);
	return supervise(
	    (struct part[]){{.argv = check.argv, .piped = true}, {.argv = report.argv}}, 2);
}

/*
 * The local agent asks nobody for its tasks: it has the config, and reports into the state
 * directory.
 */
static int
run_up(const struct options *o, int argc, char **argv)
{
	struct line serve = {0}, api = {0}, check = {0}, report = {0};

	(void)argv;
	if (argc)
		cli_usage(&cli, "up takes no operand");
	add_master(&serve, "fodns-serve", o);
	add_master(&api, "fodns-api", o);
	add_master(&check, "fodns-check", o);
	add(add(&check, "--follow", NULL), "-o", "json");
	if (o->agent_id)
		add(&check, "--agent-id", o->agent_id);
	add_master(&report, "fodns-report", o);
	return supervise((struct part[]){{.argv = serve.argv}, {.argv = api.argv},
			     {.argv = check.argv, .piped = true}, {.argv = report.argv}}, 4);
}

/* ---- reload: what cannot work is not put in force */

struct linted {
	const struct config *config;
	size_t errors;
};

static void
on_error(void *arg, const struct finding *f)
{
	enum { SHOWN = 20 };
	struct linted *l = arg;
	char place[512];

	config_place(l->config, &f->at, place, sizeof(place));
	if (l->errors++ < SHOWN)
		log_error("%s: %s%s%s [%s]", place, f->domain ? f->domain->name : "",
		          f->domain ? ": " : "", f->text, advice_id(f->id));
}

static bool
may_reload(const struct config *c, bool force)
{
	struct linted errors = {.config = c};
	struct lint l = {.config = c, .say = on_error, .arg = &errors};

	for (int a = 0; a < ADVICE_KINDS_N; a++)
		if (advice_level((enum advice)a) != ADVICE_ERROR)
			l.ignore |= ADVICE_BIT(a);
	lint_config(&l);
	if (errors.errors > 0 && !force)
		log_error("%s: %zu error%s: nothing is reloaded (-f does it all the same)",
		          c->files[0], errors.errors, errors.errors == 1 ? "" : "s");
	return errors.errors == 0 || force;
}

static int
run_reload(const struct options *o, int argc, char **argv)
{
	struct config config = {0};
	struct statedir dir;
	struct fault f;
	int status;

	(void)argv;
	if (argc)
		cli_usage(&cli, "reload takes no operand");
	cli_load_config(&config, cli_config_path(o->config));
	if (!may_reload(&config, o->force)) {
		config_free(&config);
		return EXIT_USAGE;
	}
	if (statedir_open(&dir, cli_state_path(o->state, config.state_dir), false, &f) < 0)
		cli_fail(&f);
	status = reload_daemons(&dir, config.hash, o->timeout_ms);
	statedir_close(&dir);
	config_free(&config);
	return status;
}

static int
run_init(const struct options *o, int argc, char **argv)
{
	const char *path = argc ? argv[0] : o->config ? o->config : "fodns.yaml";
	int fd, flags = O_WRONLY | O_CREAT | O_CLOEXEC | (o->force ? O_TRUNC : O_EXCL);

	if (argc > 1)
		cli_usage(&cli, "init takes one file");
	fd = open(path, flags, 0640);
	if (fd < 0 && errno == EEXIST) {
		log_error("%s: it is there; use -f to write over it", path);
		return EXIT_USAGE;
	}
	if (fd < 0 || !file_write_all(fd, starter_config, strlen(starter_config)) ||
	    close(fd) < 0) {
		log_error("%s: %s", path, strerror(errno));
		return EXIT_AGAIN;
	}
	printf("%s written. Next:\n  fodns decide --lint -c %s\n  fodns up -c %s\n", path, path,
	       path);
	return 0;
}

static const struct role {
	const char *name;
	int (*run)(const struct options *o, int argc, char **argv);
} roles[] = {
	{"master", run_master}, {"agent", run_agent}, {"up", run_up}, {"reload", run_reload}, {"init", run_init},
};

static const char *const words[] = {"master", "agent", "up", "reload", "init", "check", "report", "decide", "serve",
	"api", "override", NULL};

static struct options
parse(int argc, char **argv)
{
	struct options o = {.timeout_ms = 10000};
	int key;

	while ((key = cli_next(&cli, argc, argv)) != -1) {
		switch (key) {
		case 'c': o.config = optarg; break;
		case 'a': o.agent_config = optarg; break;
		case 's': o.state = optarg; break;
		case 'q': o.quiet = true; break;
		case 'v': o.verbose = true; break;
		case 'f': o.force = true; break;
		case OPT_AGENT_ID: o.agent_id = optarg; break;
		case OPT_TIMEOUT: o.timeout_ms = cli_duration(&cli, "timeout", optarg); break;
		}
	}
	return o;
}

/* fodns X …: fodns-X in place of this process. */
static int
pass_through(int argc, char **argv)
{
	const char *near = text_nearest(argv[1], words);
	char name[64];

	(void)argc;
	snprintf(name, sizeof(name), "fodns-%s", argv[1]);
	argv[1] = name;
	if (!strchr(name, '/'))
		program_exec(argv + 1);
	log_open("fodns", LOG_INFO);
	if (near)
		log_error("\"%s\" is no command (did you mean \"%s\"?)", name + 6, near);
	else
		log_error("\"%s\" is no command", name + 6);
	fprintf(stderr, "Try 'fodns --help'.\n");
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct options o;

	if (argc < 2 || argv[1][0] == '-') {
		parse(argc, argv);
		cli_usage(
		    &cli,
		    "say what to do: master, agent, up, reload, init, or the name of a program");
	}
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		if (strcmp(argv[1], roles[i].name) != 0)
			continue;
		o = parse(argc - 1, argv + 1);
		cli_end(roles[i].run(&o, argc - 1 - optind, argv + 1 + optind));
	}
	return pass_through(argc, argv);
}
