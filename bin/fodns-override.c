#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "override.h"

enum { KEY_FOR = 301, KEY_FOREVER, KEY_REASON, KEY_LIST, KEY_CLEAR, KEY_WAIT };

static const struct cli_option options[] = {
	CLI_OPT_CONFIG,
	CLI_OPT_STATE,
	{KEY_FOR, "for", CLI_DURATION, "TIME", "how long it is in force: 90s, 30m, 2h, 1d"},
	{KEY_FOREVER, "forever", CLI_FLAG, NULL, "in place of --for: until it is cleared"},
	{KEY_REASON, "reason", CLI_TEXT, "TEXT", "why; shown wherever the override is"},
	{KEY_CLEAR, "clear", CLI_FLAG, NULL, "end the overrides of this domain or target"},
	{KEY_LIST, "list", CLI_FLAG, NULL, "list the overrides in force"},
	{KEY_WAIT, "wait", CLI_FLAG, NULL,
	    "return when no answer has the target and the longest TTL sent has passed"},
	CLI_OPT_DRY,
	CLI_OPT_OUTPUT,
	CLI_OPT_JSON,
	CLI_OPT_QUIET,
	CLI_OPT_VERBOSE,
	{0, NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli cli = {
	"fodns-override",
	"[-jnqv] [-c FILE] [-s DIR] [DOMAIN] TARGET up|down|drain --for TIME|--forever\n"
	"               [--reason TEXT] [--wait]\n"
	"--clear [-jnqv] [-c FILE] [-s DIR] [--reason TEXT] [DOMAIN] TARGET\n"
	"--list [-j] [-c FILE] [-s DIR] [DOMAIN]",
	"Say of a target that it is up, down or to be drained, whatever the reports say.",
	options,
};

static void
take_option(struct overriding *o, int key)
{
	switch (key) {
	case 'c': o->config_path = optarg; break;
	case 's': o->state = optarg; break;
	case 'o': o->output = optarg; break;
	case 'j': o->output = "json"; break;
	case 'n': o->dry = true; break;
	case 'q': log_level(LOG_WARN); break;
	case 'v': log_level(LOG_DEBUG); break;
	case KEY_FOR: o->for_ms = cli_duration(&cli, "for", optarg); break;
	case KEY_FOREVER: o->forever = true; break;
	case KEY_REASON: o->reason = optarg; break;
	case KEY_LIST: o->list = true; break;
	case KEY_CLEAR: o->clear = true; break;
	case KEY_WAIT: o->wait = true; break;
	}
}

static void
check(const struct overriding *o, int noperands)
{
	bool timed = o->for_ms >= 0 || o->forever;

	if (o->output && strcmp(o->output, "json") && strcmp(o->output, "table"))
		cli_usage(&cli, "--output: \"%s\" is neither table nor json", o->output);
	if (o->list && (o->clear || o->wait || o->dry || o->reason || timed))
		cli_usage(&cli, "--list only lists");
	if (o->list && noperands > 1)
		cli_usage(&cli, "--list takes at most one domain");
	if (o->clear && (o->wait || timed))
		cli_usage(&cli, "--clear takes effect at once: no --for, --forever or --wait");
	if (o->for_ms >= 0 && o->forever)
		cli_usage(&cli, "either --for or --forever");
	if (o->for_ms == 0)
		cli_usage(&cli, "--for: it would end at once");
	if (!o->list && !o->clear && noperands > 0 && !timed)
		cli_usage(&cli, "for how long? --for 2h, or --forever");
	if (!o->list && noperands == 0)
		cli_usage(&cli, "which target?");
}

static void
open_state(struct overriding *o)
{
	struct fault f;

	if (statedir_open(&o->dir, cli_state_path(o->state, o->config.state_dir), false, &f) < 0)
		cli_fail(&f);
	if (past_open(&o->past, &o->dir, &o->config, -1, false, &f) < 0)
		cli_fail(&f);
}

int
main(int argc, char **argv)
{
	struct overriding o = {.cli = &cli, .for_ms = -1};
	int key, status;

	while ((key = cli_next(&cli, argc, argv)) != -1)
		take_option(&o, key);
	check(&o, argc - optind);
	cli_load_config(&o.config, cli_config_path(o.config_path));
	override_scope(&o, argv + optind, argc - optind);
	override_operator(&o.said);
	open_state(&o);
	status = o.list ? override_list(&o) : override_set(&o);
	past_free(&o.past);
	statedir_close(&o.dir);
	config_free(&o.config);
	cli_end(status);
}
