#include "checkoptions.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "codec/taskurl.h"
#include "edge/cli.h"
#include "model/name.h"

enum {
	OPT_FOLLOW = 301,
	OPT_FOR,
	OPT_UNTIL_OK,
	OPT_AGENT_ID,
	OPT_DOMAIN,
	OPT_TIMEOUT,
	OPT_INTERVAL,
	OPT_NAGIOS,
	OPT_REPEAT,
	OPT_SUMMARY,
	OPT_RESOLVER,
	DNS_PORT = 53,
	REPEAT_MOST = 1000000000
};

static const struct cli_option options[] = {
    {'t', "tasks", CLI_FILE, "FILE", "task lines to work on; - is standard input"},
    CLI_OPT_CONFIG,
    CLI_OPT_AGENT,
    {OPT_FOLLOW, "follow", CLI_FLAG, NULL, "go on for ever, each check at its interval"},
    {OPT_FOR, "for", CLI_DURATION, "TIME", "go on for so long, then end"},
    {OPT_UNTIL_OK, "until-ok", CLI_DURATION, "TIME",
     "end as soon as all is well, at the latest after so long"},
    {OPT_REPEAT, "repeat", CLI_NUMBER, "N", "make every check N times, a second apart"},
    {OPT_SUMMARY, "summary", CLI_FLAG, NULL,
     "in place of the results say at the end what they came to"},
    {OPT_AGENT_ID, "agent-id", CLI_AGENT, "ID",
     "agent_id of the reports (default: the agent file's, else the host's name)"},
    {OPT_DOMAIN, "domain", CLI_DOMAIN, "NAME",
     "domain of checks given as URLs (default: the URL's host)"},
    {OPT_TIMEOUT, "timeout", CLI_DURATION, "TIME", "budget of checks given as URLs (default 5s)"},
    {OPT_INTERVAL, "interval", CLI_DURATION, "TIME",
     "interval of checks given as URLs (default 30s), or between repeated runs"},
    {OPT_RESOLVER, "resolver", CLI_TEXT, "ADDR[@PORT]",
     "DNS server for targets that are names (default: those of /etc/resolv.conf)"},
    {OPT_NAGIOS, "nagios", CLI_FLAG, NULL, "one line and the exit status for monitoring"},
    {'s', "state", CLI_DIR, "DIR",
     "with -c: where fodns reload finds this process (default: as the config says)"},
    CLI_OPT_OUTPUT,
    CLI_OPT_JSON,
    CLI_OPT_QUIET,
    CLI_OPT_VERBOSE,
    {0, NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli cli = {
    .program = "fodns-check",
    .synopsis = "[--domain NAME] [--timeout TIME] [--follow|--for TIME|--until-ok TIME|--repeat N] URL …\n"
		"-t FILE [--follow|--for TIME|--until-ok TIME|--repeat N] [DOMAIN|TARGET …]\n"
		"-c FILE [--follow|--for TIME|--until-ok TIME|--repeat N] [DOMAIN|TARGET …]\n"
		"-a FILE [--follow|--for TIME|--until-ok TIME|--repeat N] [DOMAIN|TARGET …]",
    .about = "Runs probes and prints one report line each.  A URL is tcp://HOST:PORT, tls://…,\n"
	     "udp://…, http://HOST[:PORT][/PATH], https://…, icmp://HOST or\n"
	     "dns://SERVER[:PORT]/NAME[?type=AAAA].",
    .options = options,
};

static void
take_source(struct checkoptions *c, enum origin s, const char *path)
{
	if (c->source != FROM_NONE)
		cli_usage(&cli, "-t, -c and -a: one of them at a time");
	c->source = s;
	c->path = path;
}

static void
take_agent_id(struct checkoptions *c, const char *id)
{
	const char *why = "";

	if (!agent_id_valid(id, strlen(id), &why))
		cli_usage(&cli, "--agent-id: %s", why);
	c->agent_id = id;
}

static void
take_domain(struct checkoptions *c, const char *name)
{
	char *normal = mem_alloc(254);
	const char *why = "";

	if (!name_normal(normal, name, &why))
		cli_usage(&cli, "--domain: \"%s\": %s", name, why);
	c->domain = normal;
}

static void
take_resolver(struct checkoptions *c, const char *text)
{
	if (!endpoint_parse(text, &c->resolver, &c->resolver_port))
		cli_usage(&cli, "--resolver: \"%s\" is no address, address@port or [v6]:port", text);
	if (c->resolver_port == PORT_NONE)
		c->resolver_port = DNS_PORT;
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
take_repeat(struct checkoptions *c, const char *text)
{
	if (!num_u64(text, 1, REPEAT_MOST, &c->repeat))
		cli_usage(&cli, "--repeat: \"%s\" is not a number from 1 to %d", text, REPEAT_MOST);
}

static void
take_flag(struct checkoptions *c, int key)
{
	if (key == 'j')
		c->output = "json";
	else if (key == 'q' || key == 'v')
		log_level(key == 'q' ? LOG_WARN : LOG_DEBUG);
	else if (key == OPT_FOLLOW)
		c->follow = true;
	else if (key == OPT_NAGIOS)
		c->nagios = true;
	else if (key == OPT_SUMMARY)
		c->summary = true;
}

static void
take_option(struct checkoptions *c, int key)
{
	const struct {
		int key;
		const char *name;
		int64_t *ms;
	} times[] = {{OPT_FOR, "for", &c->for_ms},
	             {OPT_UNTIL_OK, "until-ok", &c->until_ok_ms},
	             {OPT_TIMEOUT, "timeout", &c->timeout_ms},
	             {OPT_INTERVAL, "interval", &c->interval_ms}};

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		if (times[i].key == key)
			*times[i].ms = positive(times[i].name, optarg);
	switch (key) {
	case 't':
		take_source(c, FROM_TASKS, optarg);
		break;
	case 'c':
		take_source(c, FROM_CONFIG, optarg);
		break;
	case 'a':
		take_source(c, FROM_AGENT, optarg);
		break;
	case 's':
		c->state = optarg;
		break;
	case 'o':
		c->output = optarg;
		break;
	case OPT_AGENT_ID:
		take_agent_id(c, optarg);
		break;
	case OPT_DOMAIN:
		take_domain(c, optarg);
		break;
	case OPT_REPEAT:
		take_repeat(c, optarg);
		break;
	case OPT_RESOLVER:
		take_resolver(c, optarg);
		break;
	default:
		take_flag(c, key);
	}
}

static void
judge_options(struct checkoptions *c)
{
	if (c->source == FROM_NONE && c->nwords)
		c->source = FROM_URLS;
	if (c->source == FROM_NONE)
		cli_usage(&cli, "nothing to check: name URLs (tcp://HOST:PORT, http://HOST/, "
		                "icmp://HOST), task lines (-t), "
		                "a config (-c) or an agent's file (-a)");
	if (c->source != FROM_URLS &&
	    (c->domain || c->timeout_ms >= 0 || (c->interval_ms >= 0 && !c->repeat)))
		cli_usage(&cli, "--domain, --timeout and --interval are for checks given as URLs");
	if (c->repeat && checkoptions_go_on(c))
		cli_usage(&cli, "--repeat cannot be together with --follow, --for or --until-ok");
	if (c->until_ok_ms >= 0 && (c->follow || c->for_ms >= 0))
		cli_usage(&cli, "--until-ok cannot be together with --follow or --for");
	if (c->nagios && (checkoptions_go_on(c) || c->output || c->repeat || c->summary))
		cli_usage(&cli, "--nagios is for one run and has a form of its own");
	if (c->output && strcmp(c->output, "table") != 0 && strcmp(c->output, "json") != 0)
		cli_usage(&cli, "-o: \"%s\" is neither table nor json", c->output);
	for (size_t i = 0; c->source != FROM_URLS && i < c->nwords; i++)
		if (taskurl_is(c->words[i]))
			cli_usage(&cli, "%s: URLs go without -t, -c and -a", c->words[i]);
}

void
checkoptions_parse(struct checkoptions *c, int argc, char **argv)
{
	int key;

	*c = (struct checkoptions){
	    .timeout_ms = -1, .interval_ms = -1, .for_ms = -1, .until_ok_ms = -1,
	    .resolver_port = PORT_NONE};
	while ((key = cli_next(&cli, argc, argv)) != -1)
		take_option(c, key);
	c->words = argv + optind;
	c->nwords = (size_t)(argc - optind);
	judge_options(c);
	c->repeated = c->repeat > 0;
	if (!c->repeated)
		c->repeat = 1;
}

bool
checkoptions_go_on(const struct checkoptions *c)
{
	return c->follow || c->for_ms >= 0 || c->until_ok_ms >= 0;
}
