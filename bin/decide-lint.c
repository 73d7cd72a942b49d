#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "codec/config.h"
#include "core/lint.h"
#include "decide.h"
#include "edge/file.h"

/* fodns-decide --lint: all problems of the config, then advice.  Text for people, JSON lines with
 * -j. */
struct linting {
	const struct config *config;
	bool json, colour;
	size_t errors, warnings;
};

static void
say(struct linting *l, bool warning, const char *text)
{
	static const char *const words[] = {"error", "warning"};
	struct buf b = {0};

	if (warning)
		l->warnings++;
	else
		l->errors++;
	if (l->json) {
		buf_printf(&b, "{\"type\":\"lint\",\"level\":\"%s\",\"text\":", words[warning]);
		buf_json(&b, text);
		printf("%s}\n", b.data);
		buf_free(&b);
	} else if (l->colour) {
		printf("\033[%sm%s\033[0m: %s\n", warning ? "33" : "31", words[warning], text);
	} else {
		printf("%s: %s\n", words[warning], text);
	}
}

static void
on_advice(void *arg, const struct place *at, const char *text)
{
	struct linting *l = arg;
	char place[512], line[1200];

	config_place(l->config, at, place, sizeof(place));
	snprintf(line, sizeof(line), "%s: %s", place, text);
	say(l, true, line);
}

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

int
decide_lint(struct decide *d)
{
	struct linting l = {.json = d->output && !strcmp(d->output, "json"),
	                    .colour = cli_colour(stdout)};
	const char *path = cli_config_path(d->config);
	struct config_problems p = {0};
	struct config c;
	int r = config_load(&c, path, &file_source, &p);

	l.config = &c;
	for (size_t i = 0; i < p.n; i++)
		say(&l, p.list[i].warning, p.list[i].text);
	config_problems_free(&p);
	if (r == 0) {
		lint_config(&c, on_advice, &l);
		if (!l.json)
			printf("%s: %zu zone%s, %zu domain%s, %zu warning%s\n", path, c.nzones,
			       plural(c.nzones), c.ndomains, plural(c.ndomains), l.warnings,
			       plural(l.warnings));
		config_free(&c);
	} else if (!l.json) {
		printf("%s: refused: %zu error%s, %zu warning%s\n", path, l.errors,
		       plural(l.errors), l.warnings, plural(l.warnings));
	}
	return r < 0 ? EXIT_USAGE : d->strict && l.warnings > 0 ? EXIT_NO : EXIT_DONE;
}
