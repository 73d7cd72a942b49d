#include "admit.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accepted.h"
#include "base/siphash.h"
#include "edge/cli.h"
#include "edge/clock.h"

enum { LOOK_EVERY = 1000 };

/* The file to read: given, or the default one if it is there; NULL: the last accepted one. */
static const char *
source(const struct admit *a)
{
	const char *path = cli_config_path(a->given);

	return a->given || access(path, F_OK) == 0 ? path : NULL;
}

static uint64_t
mix(uint64_t mark, const void *p, size_t n)
{
	const uint64_t key[2] = {mark, 0};

	return siphash13(key, p, n);
}

static uint64_t
mix_file(uint64_t mark, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return mix(mark, "", 0);
	mark = mix(mark, &st.st_ino, sizeof(st.st_ino));
	mark = mix(mark, &st.st_size, sizeof(st.st_size));
	return mix(mark, &st.st_mtim, sizeof(st.st_mtim));
}

/* Whatever changes this is a reason to read the config again; the accepted one's name
 * changes with a file that is new among the included ones, too. */
static uint64_t
mark_of(const struct admit *a)
{
	char accepted[4096] = "";
	const char *path = source(a);
	uint64_t mark = 1;

	if (a->dir && statedir_last_config(a->dir, accepted, NULL) != 0)
		accepted[0] = '\0';
	mark = mix(mark, accepted, strlen(accepted));
	if (path)
		mark = mix_file(mark, path);
	for (size_t i = 0; a->loaded && i < a->config.nfiles; i++)
		mark = mix_file(mark, a->config.files[i]);
	return mark;
}

static bool
load_accepted(struct admit *a, struct config *c)
{
	struct accepted last = {0};
	struct fault f;

	if (!a->dir || accepted_last(&last, a->dir, NULL, &f))
		return false;
	*c = last.config;
	buf_free(&last.text);
	return true;
}

/* A default config that is bad is no reason to refuse: the one loaded before, or the last accepted
 * one, judges. */
static void
load(struct admit *a)
{
	const char *path = source(a);
	struct config fresh = {0};
	bool good = path && !cli_try_config(&fresh, path);

	if (good || ((!path || !a->loaded) && load_accepted(a, &fresh))) {
		if (a->loaded)
			config_free(&a->config);
		a->config = fresh;
		a->loaded = true;
	}
	a->again = false;
	a->looked = clock_mono();
	a->mark = mark_of(a);
}

void
admit_open(struct admit *a, const char *given, const struct statedir *dir)
{
	memset(a, 0, sizeof(*a));
	a->given = given;
	a->dir = dir;
	if (given) {
		cli_load_config(&a->config, given);
		a->loaded = true;
		a->looked = clock_mono();
		a->mark = mark_of(a);
		return;
	}
	load(a);
}

void
admit_free(struct admit *a)
{
	if (a->loaded)
		config_free(&a->config);
	a->loaded = false;
}

const char *
admit_source(const struct admit *a)
{
	return a->loaded ? a->config.files[0] : NULL;
}

enum verdict
admit_report(struct admit *a, const struct report *r)
{
	enum verdict v;

	if (a->again)
		load(a);
	v = a->loaded ? engine_accepts(&a->config, r) : VERDICT_TAKEN;
	if (v == VERDICT_TAKEN || clock_mono() - a->looked < LOOK_EVERY)
		return v;
	a->looked = clock_mono();
	if (mark_of(a) == a->mark)
		return v;
	load(a);
	return a->loaded ? engine_accepts(&a->config, r) : VERDICT_TAKEN;
}
