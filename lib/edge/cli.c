#include "edge/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "base/stamp.h"
#include "edge/file.h"

enum { MOST_OPTIONS = 64, KEY_DUMP = 1000 };

static const struct cli_option common[] = {
    {'h', "help", CLI_FLAG, NULL, "say this"},
    {'V', "version", CLI_FLAG, NULL, "say the version"},
    {0, NULL, CLI_FLAG, NULL, NULL},
};

/* "-c, --config FILE" */
static void
option_name(const struct cli_option *o, char *dst, size_t cap)
{
	int n = o->key < 256 ? snprintf(dst, cap, "-%c, ", o->key) : snprintf(dst, cap, "    ");

	snprintf(dst + n, cap - (size_t)n, "--%s%s%s", o->name, o->what ? " " : "",
	         o->what ? o->what : "");
}

static void
help_options(const struct cli_option *o)
{
	char name[64];

	for (; o->key; o++) {
		option_name(o, name, sizeof(name));
		if (strlen(name) > 24)
			printf("  %s\n  %-24s  %s\n", name, "", o->help);
		else
			printf("  %-24s  %s\n", name, o->help);
	}
}

/* Each line of the synopsis is one form of the command. */
static void
help_synopsis(const struct cli *c, FILE *to)
{
	const char *s = c->synopsis, *end;
	const char *head = "usage:";

	for (; *s; s = *end ? end + 1 : end, head = "      ") {
		end = strchrnul(s, '\n');
		fprintf(to, "%s %s %.*s\n", head, c->program, (int)(end - s), s);
	}
}

_Noreturn static void
help(const struct cli *c)
{
	help_synopsis(c, stdout);
	printf("\n%s\n\n", c->about);
	help_options(c->options);
	help_options(common);
	printf("\nSee %s(%c) for more.\n", c->program, cli_section(c->program));
	cli_end(0);
}

/* Daemons have their manual in section 8. */
char
cli_section(const char *program)
{
	return !strcmp(program, "fodns-serve") || !strcmp(program, "fodns-api") ? '8' : '1';
}

/* One line an option, tabs between: for completions/generate. */
_Noreturn static void
dump(const struct cli *c)
{
	static const char *const kinds[] = {"flag", "text",   "file",   "dir", "duration",
	                                    "time", "number", "domain", "agent", "word"};
	const struct cli_option *tables[] = {c->options, common};

	for (size_t t = 0; t < 2; t++)
		for (const struct cli_option *o = tables[t]; o->key; o++)
			printf("%.*s\t%s\t%s\t%s\t%s\n", o->key < 256, (char[]){(char)o->key, 0},
			       o->name, kinds[o->arg], o->what ? o->what : "", o->help);
	cli_end(0);
}

struct tables {
	char letters[2 * MOST_OPTIONS + 2];
	struct option longs[MOST_OPTIONS + 4];
};

static void
add_option(struct tables *t, size_t *n, const struct cli_option *o)
{
	size_t len = strlen(t->letters);

	if (*n >= MOST_OPTIONS)
		return;
	t->longs[(*n)++] = (struct option){
	    o->name, o->arg == CLI_FLAG ? no_argument : required_argument, NULL, o->key};
	if (o->key < 256)
		snprintf(t->letters + len, sizeof(t->letters) - len, "%c%s", o->key,
		         o->arg == CLI_FLAG ? "" : ":");
}

static void
build(const struct cli *c, struct tables *t)
{
	size_t n = 0;

	memset(t, 0, sizeof(*t));
	for (const struct cli_option *o = c->options; o->key; o++)
		add_option(t, &n, o);
	for (const struct cli_option *o = common; o->key; o++)
		add_option(t, &n, o);
	t->longs[n] = (struct option){"dump-options", no_argument, NULL, KEY_DUMP};
}

/*
 * A standard descriptor that is closed would be the next file that is opened.
 * In its place stands one that refuses what it is for, so that the error is said.
 */
static void
fill_standard(void)
{
	static const int refuses[] = {O_WRONLY, O_RDONLY, O_RDWR};

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", refuses[fd]);
}

/* In the environment, so that programs started by this one read the same file. */
static void
take_config_max(const struct cli *c, const char *from, const char *text)
{
	uint64_t bytes;

	if (!num_bytes(text, &bytes) || bytes == 0)
		cli_usage(c, "%s: \"%s\" is not a size (such as 64M, 65536)", from, text);
	file_config_max(bytes);
	setenv("FODNS_CONFIG_MAX", text, 1);
}

/* As a variable of the shell that was never set leaves it. */
static void
refuse_no_path(const struct cli *c, int key)
{
	for (const struct cli_option *o = c->options; o->key; o++)
		if (o->key == key && (o->arg == CLI_FILE || o->arg == CLI_DIR) && !*optarg)
			cli_usage(c, "--%s: the path is empty", o->name);
}

static void
begin(const struct cli *c, char **argv)
{
	const char *most = getenv("FODNS_CONFIG_MAX");

	fill_standard();
	signal(SIGXFSZ, SIG_IGN); /* a file at its limit is a full disk, not the end */
	log_open(c->program, LOG_INFO);
	argv[0] = (char *)(uintptr_t)c->program; /* getopt's own messages begin as ours do */
	if (most && *most)
		take_config_max(c, "$FODNS_CONFIG_MAX", most);
}

int
cli_next(const struct cli *c, int argc, char **argv)
{
	static struct tables t;
	static const struct cli *built;
	int key;

	if (built != c) {
		build(c, &t);
		built = c;
		begin(c, argv);
	}
	key = getopt_long(argc, argv, t.letters, t.longs, NULL);
	if (key == CLI_CONFIG_MAX) {
		take_config_max(c, "--config-max", optarg);
		return cli_next(c, argc, argv);
	}
	if (key == 'h')
		help(c);
	if (key == 'V') {
		printf("%s %s\n", c->program, FODNS_VERSION);
		cli_end(0);
	}
	if (key == KEY_DUMP)
		dump(c);
	if (key == '?') {
		fprintf(stderr, "Try '%s --help'.\n", c->program);
		exit(EXIT_USAGE);
	}
	refuse_no_path(c, key);
	return key;
}

_Noreturn void
cli_usage(const struct cli *c, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_error("%s", text);
	fprintf(stderr, "Try '%s --help'.\n", c->program);
	exit(EXIT_USAGE);
}

_Noreturn void
cli_fail(const struct fault *f)
{
	log_error("%s", f->text);
	exit(fault_exit(f));
}

int64_t
cli_duration(const struct cli *c, const char *option, const char *text)
{
	int64_t ms;

	if (!num_duration(text, &ms))
		cli_usage(c, "--%s: \"%s\" is not a duration (such as 55s, 5m, 1h30m)", option,
		          text);
	return ms;
}

int64_t
cli_time(const struct cli *c, const char *option, const char *text, int64_t now)
{
	int64_t ms;

	if (!stamp_typed(text, now, &ms))
		cli_usage(
		    c, "--%s: \"%s\" is not a time (such as 03:12, -15min, 2026-11-22T10:00:00Z)",
		    option, text);
	return ms;
}

static const char *
first_of(const char *given, const char *variable, const char *path)
{
	const char *e = getenv(variable);

	return given ? given : e && *e ? e : path;
}

const char *
cli_config_path(const char *given)
{
	return first_of(given, "FODNS_CONFIG", "/etc/fodns/fodns.yaml");
}

const char *
cli_agent_path(const char *given)
{
	return first_of(given, "FODNS_AGENT_CONFIG", "/etc/fodns/agent.yaml");
}

const char *
cli_state_path(const char *given, const char *from_config)
{
	static const char var[] = "/var/lib/fodns";
	static char home[4096];
	const char *base = getenv("XDG_STATE_HOME"),
		   *path = first_of(given, "FODNS_STATE", from_config);

	if (path)
		return path;
	if (geteuid() == 0 || access(var, F_OK) == 0)
		return var;
	if (base && *base == '/')
		snprintf(home, sizeof(home), "%s/fodns", base);
	else
		snprintf(home, sizeof(home), "%s/.local/state/fodns",
		         getenv("HOME") ? getenv("HOME") : "");
	return home;
}

/* Warnings are said, too; returns the number of errors. */
static size_t
say_problems(struct config_problems *p)
{
	size_t errors = p->errors;

	for (size_t i = 0; i < p->n; i++)
		log_at(p->list[i].warning ? LOG_WARN : LOG_ERROR, "%s%s",
		       p->list[i].warning ? "warning: " : "", p->list[i].text);
	config_problems_free(p);
	return errors;
}

int
cli_try_config(struct config *c, const char *path)
{
	struct config_problems p = {0};
	int r = config_load(c, path, &file_source, &p);

	say_problems(&p);
	return r;
}

int
cli_try_agent(struct agent_config *c, const char *path)
{
	struct config_problems p = {0};
	int r = agent_config_load(c, path, &file_source, &p);

	say_problems(&p);
	return r;
}

int
cli_load_status(const char *path)
{
	return access(path, R_OK) < 0 && errno == EACCES ? EXIT_AGAIN : EXIT_USAGE;
}

void
cli_load_config(struct config *c, const char *path)
{
	if (cli_try_config(c, path) < 0)
		exit(cli_load_status(path));
}

void
cli_load_agent(struct agent_config *c, const char *path)
{
	if (cli_try_agent(c, path) < 0)
		exit(cli_load_status(path));
}

bool
cli_wants_table(const char *output_option)
{
	const char *o = first_of(output_option, "FODNS_OUTPUT", isatty(1) ? "table" : "json");
	bool table = !strcmp(o, "table");

	if (!output_option && !table && strcmp(o, "json") != 0) {
		log_error("$FODNS_OUTPUT: \"%s\" is neither table nor json", o);
		exit(EXIT_USAGE);
	}
	return table;
}

bool
cli_colour(FILE *f)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(f)) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

_Noreturn void
cli_end(int status)
{
	errno = 0;
	if ((fflush(stdout) == EOF || ferror(stdout)) && errno != EPIPE) {
		log_error("stdout: %s", errno ? strerror(errno) : "write error");
		exit(EXIT_AGAIN);
	}
	exit(status);
}
