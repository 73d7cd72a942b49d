#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "decide.h"
#include "edge/clock.h"

enum {
	KEY_AT = 300,
	KEY_EXPLAIN,
	KEY_FOLLOW,
	KEY_EVENTS,
	KEY_LINT,
	KEY_IGNORE,
	KEY_WAIT,
	KEY_UNTIL,
	KEY_FOR,
	KEY_LIST,
	KEY_NAGIOS,
	KEY_WATCH,
	KEY_LAST_GOOD,
	KEY_WHAT_IF,
	KEY_AGAINST,
	KEY_ASSUME,
	KEY_DIGEST,
	KEY_REPLAY,
	KEY_SET,
	KEY_SINCE,
	KEY_ALL
};

static const struct cli_option options[] = {
	CLI_OPT_CONFIG,
	CLI_OPT_STATE,
	{'r', "reports", CLI_FILE, "FILE", "judge report lines in place of a state; - is stdin"},
	CLI_OPT_AT,
	{'o', "output", CLI_WORD, "table|json|zone|nsupdate|prometheus",
	    "form of the answers (default: table on a terminal, json in a pipe)"},
	CLI_OPT_JSON,
	{KEY_EXPLAIN, "explain", CLI_FLAG, NULL, "say why, from the answer backwards"},
	{KEY_FOLLOW, "follow", CLI_FLAG, NULL, "write the decision stream, for fodns-serve"},
	{KEY_EVENTS, "events", CLI_FLAG, NULL, "write a JSON line for each change from now on"},
	{KEY_SINCE, "since", CLI_TIME, "TIME", "list what changed from then on, up to --at"},
	{KEY_ALL, "all", CLI_FLAG, NULL, "with --since: targets, agents and overrides, too"},
	{KEY_LINT, "lint", CLI_FLAG, NULL, "list all problems of the config, and advice"},
	{'W', "strict", CLI_FLAG, NULL, "with --lint: exit 1 if there are warnings"},
	{KEY_IGNORE, "ignore", CLI_TEXT, "ID,...", "with --lint: leave out advice of these ids"},
	{KEY_WAIT, "wait", CLI_FLAG, NULL, "wait for what --until says of one domain"},
	{KEY_UNTIL, "until", CLI_WORD, "live|fallback|ADDRESS", "what to wait for (default live)"},
	{KEY_FOR, "for", CLI_DURATION, "TIME", "wait no longer than this (default 60s)"},
	{KEY_LIST, "list", CLI_FLAG, NULL, "list the domains, or targets, agents, zones, overrides"},
	{KEY_WATCH, "watch", CLI_FLAG, NULL, "a live table; in a pipe a decision line for each change"},
	{KEY_NAGIOS, "nagios", CLI_FLAG, NULL, "one line and the exit status for monitoring"},
	{KEY_LAST_GOOD, "last-good", CLI_FLAG, NULL,
	    "with --follow: if the config is refused, go on with the last accepted one"},
	{KEY_WHAT_IF, "what-if", CLI_TEXT, "SUPPOSED", "what would be answered, as a diff to now"},
	{KEY_AGAINST, "against", CLI_FILE, "OTHER", "how the answers of another config differ"},
	{KEY_ASSUME, "assume", CLI_WORD, "up|down|unknown",
	    "what targets without a fresh report are taken to be"},
	{KEY_DIGEST, "digest", CLI_FLAG, NULL, "a hash of each domain's answers, to compare masters"},
	{KEY_REPLAY, "replay", CLI_FLAG, NULL, "the recorded reports under the rules of --set"},
	{KEY_SET, "set", CLI_TEXT, "KEY=VALUE", "with --replay: a key of server:, as server.fall=3"},
	CLI_OPT_QUIET,
	CLI_OPT_VERBOSE,
	{0, NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli cli = {
	"fodns-decide",
	"[-jqv] [-c FILE] [-s DIR | -r FILE] [--at TIME] [DOMAIN ...]\n"
	"-o zone|nsupdate|prometheus [-c FILE] [-s DIR | -r FILE] [--at TIME] [ZONE|DOMAIN ...]\n"
	"--explain [-j] [-c FILE] [-s DIR | -r FILE] [--at TIME] [DOMAIN ...]\n"
	"--follow [--last-good] [-c FILE] [-s DIR]\n"
	"--follow -o nsupdate [--last-good] [-c FILE] [-s DIR] [ZONE|DOMAIN ...]\n"
	"--since TIME [--at TIME] [-j] [--all] [-c FILE] [-s DIR | -r FILE] [DOMAIN ...]\n"
	"--events [-c FILE] [-s DIR] [DOMAIN ...]\n"
	"--wait DOMAIN [--until live|fallback|ADDRESS] [--for TIME] [-c FILE] [-s DIR]\n"
	"--nagios [-c FILE] [-s DIR | -r FILE] [--at TIME] [DOMAIN ...]\n"
	"--watch [-j] [-c FILE] [-s DIR] [ZONE|DOMAIN ...]\n"
	"--lint [-Wjv] [--ignore ID,...] [-c FILE] [-s DIR | -r FILE]\n"
	"--list [-j] [-c FILE] [-s DIR] [domains|targets|agents|zones|overrides] [ZONE|DOMAIN ...]\n"
	"--what-if 'target=TARGET down' [-j] [--assume STATE] ['agent=ID silent' ...] [DOMAIN ...]\n"
	"--against OTHER [-j] [--assume STATE] [DOMAIN ...]\n"
	"--digest [-j] [--assume STATE] [DOMAIN ...]\n"
	"--replay --set KEY=VALUE [-j] [--since TIME] [DOMAIN ...]",
	"From config, state and time: what each domain answers, and why.",
	options,
};

/* What a mode goes with, beside the options that all of them know. */
enum {
	TAKES_REPORTS = 1 << 0,
	TAKES_AT = 1 << 1,
	TAKES_NAMES = 1 << 2, /* operands */
	TAKES_ASSUME = 1 << 3,
	TAKES_SET = 1 << 4,
	TAKES_SINCE = 1 << 5,
	TAKES_ALL = 1 << 6,
	TAKES_LINTING = 1 << 7,
	TAKES_WAITING = 1 << 8,
	TAKES_LAST_GOOD = 1 << 9,
	TAKES_JSON = 1 << 10, /* -j, -o json */
	TAKES_TABLE = 1 << 11
};
enum {
	TAKES_PAST = TAKES_REPORTS | TAKES_AT | TAKES_NAMES,
	TAKES_FORM = TAKES_JSON | TAKES_TABLE,
	TAKES_LOOK = TAKES_PAST | TAKES_FORM,
	TAKES_WORLD = TAKES_LOOK | TAKES_ASSUME
};

/* The modes: what option chooses each, and what it goes with. */
static const struct mode {
	int key; /* 0: the listing */
	int (*run)(struct decide *d);
	unsigned takes;
} modes[] = {
    {0, decide_listing, TAKES_LOOK},
    {KEY_EXPLAIN, decide_explain, TAKES_LOOK},
    {KEY_NAGIOS, decide_nagios, TAKES_PAST},
    {KEY_FOLLOW, decide_follow, TAKES_LAST_GOOD | TAKES_JSON},
    {KEY_EVENTS, decide_events, TAKES_NAMES | TAKES_JSON},
    {KEY_WAIT, decide_wait, TAKES_NAMES | TAKES_WAITING},
    {KEY_LINT, decide_lint, TAKES_REPORTS | TAKES_LINTING | TAKES_FORM},
    {KEY_WATCH, decide_watch, TAKES_NAMES | TAKES_FORM},
    {KEY_LIST, decide_list, TAKES_NAMES | TAKES_FORM},
    {KEY_WHAT_IF, decide_what_if, TAKES_WORLD},
    {KEY_AGAINST, decide_against, TAKES_WORLD},
    {KEY_DIGEST, decide_digest, TAKES_WORLD},
    {KEY_REPLAY, decide_tune, TAKES_LOOK | TAKES_SET | TAKES_SINCE},
    {KEY_SINCE, decide_since, TAKES_LOOK | TAKES_SINCE | TAKES_ALL},
};
enum { MODES = sizeof(modes) / sizeof(*modes) };

/* The options that do not go with every mode. */
static const struct {
	int key;
	unsigned needs;
} choosy[] = {
    {'r', TAKES_REPORTS},       {KEY_AT, TAKES_AT},
    {KEY_ASSUME, TAKES_ASSUME}, {KEY_SET, TAKES_SET},
    {KEY_SINCE, TAKES_SINCE},   {KEY_ALL, TAKES_ALL},
    {'W', TAKES_LINTING},       {KEY_IGNORE, TAKES_LINTING},
    {KEY_UNTIL, TAKES_WAITING}, {KEY_FOR, TAKES_WAITING},
    {KEY_LAST_GOOD, TAKES_LAST_GOOD},
};

/* The words of -o; those past the first two make another mode of the one they go with. */
static const char *const outputs[] = {"table", "json", "zone", "nsupdate", "prometheus", NULL};
static const struct form {
	const char *word;
	struct mode mode;
} forms[] = {
    {"zone", {0, decide_zone, TAKES_PAST}},
    {"nsupdate", {0, decide_nsupdate, TAKES_PAST}},
    {"nsupdate", {KEY_FOLLOW, decide_follow, TAKES_NAMES | TAKES_LAST_GOOD}},
    {"prometheus", {0, decide_prometheus, TAKES_PAST}},
};

struct parsed {
	struct decide d;
	const struct mode *mode;
	const char *given[sizeof(options) / sizeof(*options)]; /* by the place in `options` */
};

static size_t
place_of(int key)
{
	size_t i = 0;

	while (options[i].key && options[i].key != key)
		i++;
	return i;
}

static void
take_output(struct decide *d, const char *word)
{
	if (d->output && strcmp(d->output, word) != 0)
		cli_usage(&cli, "only one form can be written: %s or %s", d->output, word);
	d->output = word;
}

static void
set_mode(struct parsed *p, int key)
{
	const struct mode *m = modes;

	while (m->key != key)
		m++;
	if (p->mode->key && p->mode != m)
		cli_usage(&cli, "only one of --explain, --since, --follow, --events, --lint, --wait, --watch,"
		                " --list, --nagios, --what-if, --against, --digest and --replay");
	p->mode = m;
}

/* "fall-1,ttl-0" */
static void
take_ignore(struct decide *d, char *list)
{
	char why[128];

	for (char *id = strtok(list, ", "); id; id = strtok(NULL, ", "))
		if (advice_ignore(&d->ignore, id, why))
			cli_usage(&cli, "--ignore: %s", why);
}

static void
take_assumption(struct decide *d, const char *word)
{
	int state = state_from(word);

	if (state < 0 || state == STATE_DRAIN)
		cli_usage(&cli, "--assume: \"%s\" is not up, down or unknown", word);
	d->assume = word;
}

static void
take_option(struct parsed *p, int key)
{
	struct decide *d = &p->d;

	p->given[place_of(key)] = optarg ? optarg : "";
	switch (key) {
	case 'c': d->config = optarg; break;
	case 's': d->state = optarg; break;
	case 'r': d->reports = optarg; break;
	case 'o': take_output(d, optarg); break;
	case 'j': take_output(d, "json"); break;
	case 'W': d->strict = true; break;
	case 'q': log_level(LOG_WARN); break;
	case 'v': log_level(LOG_DEBUG), d->verbose = true; break;
	case KEY_AT: d->at = cli_time(&cli, "at", optarg, clock_wall()); break;
	case KEY_UNTIL: d->until = optarg; break;
	case KEY_FOR: d->for_ms = cli_duration(&cli, "for", optarg); break;
	case KEY_LAST_GOOD: d->last_good = true; break;
	case KEY_ALL: d->all = true; break;
	case KEY_SINCE: d->since = cli_time(&cli, "since", optarg, clock_wall()); break;
	case KEY_ASSUME: take_assumption(d, optarg); break;
	case KEY_SET: d->given[d->ngiven++] = optarg; break;
	case KEY_AGAINST: d->against = optarg; set_mode(p, key); break;
	case KEY_WHAT_IF: d->given[d->ngiven++] = optarg; set_mode(p, key); break;
	case KEY_IGNORE: take_ignore(d, optarg); break;
	default: set_mode(p, key); break;
	}
}

static const char *
mode_name(char dst[static 32], const struct mode *m)
{
	snprintf(dst, 32, "%s%s", m->key ? "--" : "the listing",
	         m->key ? options[place_of(m->key)].name : "");
	return dst;
}

/* By what it is for, where that is little; else by what it is not for. */
_Noreturn static void
refuse_option(const struct parsed *p, const char *option, unsigned needs)
{
	char names[MODES][32], list[128], here[32];
	const char *words[MODES + 1] = {NULL};
	size_t n = 0;

	for (size_t i = 0; i < MODES; i++)
		if (modes[i].takes & needs)
			words[n++] = mode_name(names[i], &modes[i]);
	text_list(list, sizeof(list), words);
	if (n <= 3)
		cli_usage(&cli, "%s is for %s", option, list);
	cli_usage(&cli, "%s does not go with %s", option, mode_name(here, p->mode));
}

_Noreturn static void
refuse_output(const struct parsed *p)
{
	const char *word = p->d.output, *near = text_nearest(word, outputs);
	char list[128], here[32];

	for (size_t i = 0; outputs[i]; i++)
		if (!strcmp(word, outputs[i]))
			cli_usage(&cli, "-o %s does not go with %s", word, mode_name(here, p->mode));
	text_list(list, sizeof(list), outputs);
	cli_usage(&cli, "--output: \"%s\" is not one of %s%s%s%s", word, list,
	          near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

static void
take_form(struct parsed *p)
{
	const char *word = p->d.output;

	if (!word || (!strcmp(word, "json") && p->mode->takes & TAKES_JSON) ||
	    (!strcmp(word, "table") && p->mode->takes & TAKES_TABLE))
		return;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (!strcmp(word, forms[i].word) && p->mode->key == forms[i].mode.key) {
			p->mode = &forms[i].mode;
			return;
		}
	refuse_output(p);
}

static void
check(const struct parsed *p)
{
	const struct decide *d = &p->d;
	char option[32];

	for (size_t i = 0; i < sizeof(choosy) / sizeof(*choosy); i++) {
		size_t place = place_of(choosy[i].key);

		snprintf(option, sizeof(option), "--%s", options[place].name);
		if (p->given[place] && !(p->mode->takes & choosy[i].needs))
			refuse_option(p, option, choosy[i].needs);
	}
	if (d->reports && d->state)
		cli_usage(&cli, "--reports stands in place of --state");
	if (!(p->mode->takes & TAKES_NAMES) && d->noperands > 0)
		cli_usage(&cli, "\"%s\": no operand is expected here", d->operands[0]);
}

int
main(int argc, char **argv)
{
	struct parsed p = {
	    {.cli = &cli, .until = "live", .at = -1, .since = -1, .for_ms = 60000}, modes, {NULL}};
	int key;

	p.d.given = mem_alloc((size_t)argc * sizeof(*p.d.given));
	while ((key = cli_next(&cli, argc, argv)) != -1)
		take_option(&p, key);
	/* Alone it is what is asked for; with another mode but --replay there are two. */
	if (p.d.since >= 0 && !(p.mode->takes & TAKES_SINCE))
		set_mode(&p, KEY_SINCE);
	p.d.operands = argv + optind;
	p.d.noperands = argc - optind;
	take_form(&p);
	check(&p);
	cli_end(p.mode->run(&p.d));
}
