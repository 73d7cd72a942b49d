#ifndef FODNS_CLI_H
#define FODNS_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fault.h"
#include "codec/config.h"

/*
 * What all programs' command lines have in common.  One table of options a
 * program is the source of getopt, --help and the shells' completions.
 */
enum exit_status { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_UNSURE = 3, EXIT_AGAIN = 75 };

enum { CLI_CONFIG_MAX = 1001 }; /* beyond all keys of the programs */

enum cli_arg {
	CLI_FLAG,
	CLI_TEXT,
	CLI_FILE,
	CLI_DIR,
	CLI_DURATION,
	CLI_TIME,
	CLI_NUMBER,
	CLI_DOMAIN,
	CLI_AGENT,
	CLI_WORD
};

struct cli_option {
	int key;          /* a letter, or over 255 for one without */
	const char *name; /* long name */
	enum cli_arg arg;
	const char *what; /* "FILE", "TIME"; for CLI_WORD the words: "json|table"; capitals stand for
	                     something else */
	const char *help; /* one line */
};

struct cli {
	const char *program;              /* "fodns-check" */
	const char *synopsis;             /* lines of "[-jq] URL …", one for each form */
	const char *about;                /* one line */
	const struct cli_option *options; /* ended by key 0; -h and -V are added to every one */
};

/* The shared options, for tables: CLI_OPT_CONFIG, … ; --config-max is answered by cli_next. */
#define CLI_OPT_CONFIG {'c', "config", CLI_FILE, "FILE", \
	"the master's config (default $FODNS_CONFIG, /etc/fodns/fodns.yaml)"}, \
	{CLI_CONFIG_MAX, "config-max", CLI_TEXT, "SIZE", \
	 "most bytes of one file of a config (default $FODNS_CONFIG_MAX, 64M)"}
#define CLI_OPT_AGENT {'a', "agent-config", CLI_FILE, "FILE", \
	"the agent's config (default $FODNS_AGENT_CONFIG, /etc/fodns/agent.yaml)"}
#define CLI_OPT_STATE {'s', "state", CLI_DIR, "DIR", \
	"the state directory (default $FODNS_STATE, the config's state_dir)"}
#define CLI_OPT_OUTPUT {'o', "output", CLI_WORD, "table|json", \
	"form of the listing (default: table on a terminal, json in a pipe)"}
#define CLI_OPT_JSON {'j', "json", CLI_FLAG, NULL, "the same as -o json"}
#define CLI_OPT_QUIET {'q', "quiet", CLI_FLAG, NULL, "say less on stderr"}
#define CLI_OPT_VERBOSE {'v', "verbose", CLI_FLAG, NULL, "say more on stderr"}
#define CLI_OPT_DRY {'n', "dry-run", CLI_FLAG, NULL, "say what would be done, do nothing"}
#define CLI_OPT_AT {300, "at", CLI_TIME, "TIME", "judge as of then"}

/* Parsing: call until it returns -1; then argv[optind..] are the operands. -h, -V and the
 * completions' --dump-options are answered and end the program; a bad option is said and ends it
 * with 2. */
int cli_next(const struct cli *c, int argc, char **argv); /* the key; the argument is in optarg */
_Noreturn void cli_usage(const struct cli *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));      /* one line, hint at --help, exit 2 */
_Noreturn void cli_fail(const struct fault *f); /* "program: text", exit 2 or 75 */

/* ms, or usage error */
int64_t cli_duration(const struct cli *c, const char *option, const char *text);
int64_t cli_time(const struct cli *c, const char *option, const char *text, int64_t now);

char cli_section(const char *program); /* of its man page: '1' or '8' */

/* Defaults.  Each returns a path to keep (static or argument); never NULL but where said. */
const char *cli_config_path(const char *given);
const char *cli_agent_path(const char *given);
/* given, $FODNS_STATE, config's state_dir (may be NULL), /var/lib/fodns if it exists or when root,
 * else ~/.local/state/fodns. */
const char *cli_state_path(const char *given, const char *from_config);

/* Loads or ends the program: every problem on stderr, exit 2 (75 if the file could not be read for
 * now). */
void cli_load_config(struct config *c, const char *path);
void cli_load_agent(struct agent_config *c, const char *path);
/* The status of one that was refused: 75 if it is there and cannot be read by us, which is worth
 * another try as somebody else. */
int cli_load_status(const char *path);
/* Loads; 0 or -1 with all problems logged: for reloads. */
int cli_try_config(struct config *c, const char *path);
int cli_try_agent(struct agent_config *c, const char *path);

/* "table" or "json" → is it a table? By option, $FODNS_OUTPUT, then isatty(1).  Anything else in
 * the variable ends the program with 2. */
bool cli_wants_table(const char *output_option);
bool cli_colour(FILE *f); /* a terminal, no NO_COLOR, TERM is not dumb */

/* Closes stdout; a failed write is said and ends with 75; EPIPE ends quietly with the status. */
_Noreturn void cli_end(int status);

#endif
