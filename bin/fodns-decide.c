#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "decide.h"
#include "edge/clock.h"

enum {
	KEY_AT = 300,
	KEY_EXPLAIN,
	KEY_FOLLOW,
	KEY_EVENTS,
	KEY_LINT,
	KEY_WAIT,
	KEY_UNTIL,
	KEY_FOR,
	KEY_LIST,
	KEY_NAGIOS,
	KEY_LAST_GOOD
};

static const struct cli_option options[] = {
	CLI_OPT_CONFIG,
	CLI_OPT_STATE,
	{'r', "reports", CLI_FILE, "FILE", "judge report lines in place of a state; - is stdin"},
	CLI_OPT_AT,
	CLI_OPT_OUTPUT,
	CLI_OPT_JSON,
	{KEY_EXPLAIN, "explain", CLI_FLAG, NULL, "say why, from the answer backwards"},
	{KEY_FOLLOW, "follow", CLI_FLAG, NULL, "write the decision stream, for fodns-serve"},
	{KEY_EVENTS, "events", CLI_FLAG, NULL, "write a JSON line for each change from now on"},
	{KEY_LINT, "lint", CLI_FLAG, NULL, "list all problems of the config, and advice"},
	{'W', "strict", CLI_FLAG, NULL, "with --lint: exit 1 if there is advice"},
	{KEY_WAIT, "wait", CLI_FLAG, NULL, "wait for what --until says of one domain"},
	{KEY_UNTIL, "until", CLI_TEXT, "live|fallback|ADDRESS", "what to wait for (default live)"},
	{KEY_FOR, "for", CLI_DURATION, "TIME", "wait no longer than this (default 60s)"},
	{KEY_LIST, "list", CLI_FLAG, NULL, "list the configured domains"},
	{KEY_NAGIOS, "nagios", CLI_FLAG, NULL, "one line and the exit status for monitoring"},
	{KEY_LAST_GOOD, "last-good", CLI_FLAG, NULL,
	    "with --follow: if the config is refused, go on with the last accepted one"},
	CLI_OPT_QUIET,
	CLI_OPT_VERBOSE,
	{0, NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli cli = {
	"fodns-decide",
	"[-jqv] [-c FILE] [-s DIR | -r FILE] [--at TIME] [DOMAIN ...]\n"
	"--explain [-j] [-c FILE] [-s DIR | -r FILE] [--at TIME] [DOMAIN ...]\n"
	"--follow [--last-good] [-c FILE] [-s DIR]\n"
	"--events [-c FILE] [-s DIR] [DOMAIN ...]\n"
	"--wait DOMAIN [--until live|fallback|ADDRESS] [--for TIME] [-c FILE] [-s DIR]\n"
	"--lint [-Wj] [-c FILE]",
	"From config, state and time: what each domain answers, and why.",
	options,
};

enum { TAKES_PAST = 1, TAKES_NAMES = 2 }; /* --reports and --at; operands */

/* The modes: what option chooses each, and what it goes with. */
static const struct mode {
	int key; /* 0: the listing */
	int (*run)(struct decide *d);
	unsigned takes;
} modes[] = {
    {0, decide_listing, TAKES_PAST | TAKES_NAMES},
    {KEY_EXPLAIN, decide_explain, TAKES_PAST | TAKES_NAMES},
    {KEY_NAGIOS, decide_nagios, TAKES_PAST | TAKES_NAMES},
    {KEY_FOLLOW, decide_follow, 0},
    {KEY_EVENTS, decide_events, TAKES_NAMES},
    {KEY_WAIT, decide_wait, TAKES_NAMES},
    {KEY_LINT, decide_lint, 0},
    {KEY_LIST, decide_list, 0},
};

struct parsed {
	struct decide d;
	const struct mode *mode;
};

static void
set_mode(struct parsed *p, int key)
{
	const struct mode *m = modes;

	while (m->key != key)
		m++;
	if (p->mode->key && p->mode != m)
		cli_usage(&cli, "only one of --explain, --follow, --events, --lint, --wait, --list"
		                " and --nagios");
	p->mode = m;
}

static void
take_option(struct parsed *p, int key)
{
	struct decide *d = &p->d;

	switch (key) {
	case 'c': d->config = optarg; break;
	case 's': d->state = optarg; break;
	case 'r': d->reports = optarg; break;
	case 'o': d->output = optarg; break;
	case 'j': d->output = "json"; break;
	case 'W': d->strict = true; break;
	case 'q': log_level(LOG_WARN); break;
	case 'v': log_level(LOG_DEBUG); break;
	case KEY_AT: d->at = cli_time(&cli, "at", optarg, clock_wall()); break;
	case KEY_UNTIL: d->until = optarg; break;
	case KEY_FOR: d->for_ms = cli_duration(&cli, "for", optarg); break;
	case KEY_LAST_GOOD: d->last_good = true; break;
	default: set_mode(p, key); break;
	}
}

static void
check(const struct parsed *p)
{
	const struct decide *d = &p->d;

	if (d->output && strcmp(d->output, "json") != 0 && strcmp(d->output, "table") != 0)
		cli_usage(&cli, "--output: \"%s\" is neither table nor json", d->output);
	if (!(p->mode->takes & TAKES_PAST) && (d->reports || d->at >= 0))
		cli_usage(&cli, "--reports and --at are for listings and --explain");
	if (d->reports && d->state)
		cli_usage(&cli, "--reports stands in place of --state");
	if (!(p->mode->takes & TAKES_NAMES) && d->noperands > 0)
		cli_usage(&cli, "\"%s\": no operand is expected here", d->operands[0]);
}

int
decide_list(struct decide *d)
{
	struct config c;

	cli_load_config(&c, cli_config_path(d->config));
	for (size_t i = 0; i < c.ndomains; i++)
		puts(c.domains[i].name);
	config_free(&c);
	return EXIT_DONE;
}

int
main(int argc, char **argv)
{
	struct parsed p = {{.cli = &cli, .until = "live", .at = -1, .for_ms = 60000}, modes};
	int key;

	while ((key = cli_next(&cli, argc, argv)) != -1)
		take_option(&p, key);
	p.d.operands = argv + optind;
	p.d.noperands = argc - optind;
	check(&p);
	cli_end(p.mode->run(&p.d));
}
