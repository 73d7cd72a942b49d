/* fodns-serve: authoritative DNS server; answers what the decision lines say. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "edge/activation.h"
#include "edge/cli.h"
#include "edge/keeper.h"
#include "edge/worker.h"

enum { OPT_DECISIONS = 256, OPT_LISTEN, OPT_THREADS, OPT_SANDBOX, OPT_SECRETS, PORT_DNS = 53 };

static const struct cli_option options[] = {
	CLI_OPT_CONFIG,
	CLI_OPT_STATE,
	{OPT_DECISIONS, "decisions", CLI_FILE, "FILE", "take the decision stream from FILE, - is stdin (default: start fodns-decide)"},
	{OPT_LISTEN, "listen", CLI_TEXT, "ADDR@PORT", "listen here and not where the config says; may be repeated"},
	{OPT_THREADS, "threads", CLI_NUMBER, "N", "UDP threads for each address, 0: one for each core"},
	{OPT_SECRETS, "cookie-secrets", CLI_FILE, "FILE", "secrets of DNS cookies that several servers share (default: one of its own)"},
	{OPT_SANDBOX, "require-sandbox", CLI_FLAG, NULL, "do not serve unless the sandbox is whole"},
	CLI_OPT_QUIET,
	CLI_OPT_VERBOSE,
	{0, NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli cli = {
	.program = "fodns-serve",
	.synopsis = "[-qv] [-c FILE] [-s DIR] [--listen ADDR@PORT]... [--threads N] [--cookie-secrets FILE]\n"
	            "--decisions FILE|- [-qv] [--listen ADDR@PORT]... [--threads N]",
	.about = "Authoritative DNS server; answers what the decision lines say.",
	.options = options,
};

static void
add_listen(struct keeper_options *o, const char *text)
{
	struct listen *l = &o->listen[o->nlisten];

	if (o->nlisten == sizeof(o->listen) / sizeof(*o->listen))
		cli_usage(&cli, "--listen: too many");
	if (!endpoint_parse(text, &l->addr, &l->port))
		cli_usage(&cli, "--listen: not an address: %s", text);
	if (l->port == PORT_NONE)
		l->port = PORT_DNS;
	o->nlisten++;
}

static int
threads(const char *text)
{
	uint64_t n;

	if (!num_u64(text, 0, 128, &n))
		cli_usage(&cli, "--threads: not a number up to 128: %s", text);
	return (int)n;
}

static void
parse(struct keeper_options *o, int argc, char **argv)
{
	int key;

	while ((key = cli_next(&cli, argc, argv)) != -1)
		switch (key) {
		case 'c': o->config = optarg; break;
		case 's': o->state = optarg; break;
		case 'q': o->quiet = true; break;
		case 'v': o->verbose = true; break;
		case OPT_DECISIONS: o->decisions = optarg; break;
		case OPT_LISTEN: add_listen(o, optarg); break;
		case OPT_THREADS: o->threads = threads(optarg); break;
		case OPT_SECRETS: o->cookie_secrets = optarg; break;
		case OPT_SANDBOX: o->require_sandbox = true; break;
		}
	if (optind < argc)
		cli_usage(&cli, "unexpected argument: %s", argv[optind]);
	if (o->decisions && o->config)
		cli_usage(&cli, "--decisions takes the place of -c");
}

/* Started by the keeper alone, which says nothing else. */
static int
worker(int argc, char **argv)
{
	bool quiet = argc > 2 && !strcmp(argv[2], "-q"),
	     verbose = argc > 2 && !strcmp(argv[2], "-v");

	log_open("fodns-serve", quiet ? LOG_WARN : verbose ? LOG_DEBUG : LOG_INFO);
	return worker_run(KEEPER_CONTROL);
}

int
main(int argc, char **argv)
{
	static struct keeper_options o = {.threads = -1};

	if (argc > 1 && !strcmp(argv[1], "--worker"))
		_exit(worker(argc, argv)); /* its threads are still at work: nothing may be torn down under them */
	parse(&o, argc, argv);
	log_level(o.quiet ? LOG_WARN : o.verbose ? LOG_DEBUG : LOG_INFO);
	activation_take(&o.passed); /* before anything else gets their descriptors */
	exit(keeper_run(&o));
}
