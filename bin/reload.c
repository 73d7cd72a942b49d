#include "reload.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "codec/json.h"
#include "edge/cli.h"
#include "edge/clock.h"
#include "edge/file.h"

/* Who writes which counters; decide is serve's child, which passes the signal on. */
static const struct daemon_name {
	const char *stats, *program;
	bool signalled;
} daemons[] = {
	{"serve", "fodns-serve", true},
	{"decide", "fodns-decide", false},
	{"api", "fodns-api", true},
	{"agent", "fodns-check", true},
};

enum { DAEMONS = sizeof(daemons) / sizeof(*daemons) };

struct running {
	int pid;
	char config[17];
	char refused[512]; /* why it keeps the old one; "" */
};

/* A pid of a file may be somebody else's by now. */
static bool
is_program(int pid, const char *program)
{
	char path[64];
	struct buf b = {0};
	bool same;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	same =
	    file_read(path, &b, 64, NULL) == 0 && b.len > 1 && !strncmp(b.data, program, b.len - 1);
	buf_free(&b);
	return same;
}

static void
copy_string(char *dst, size_t cap, const struct json *j)
{
	size_t len;
	const char *s = json_string(j, &len);

	snprintf(dst, cap, "%s", s ? s : "");
}

/* False if it is not running. */
static bool
look(const struct statedir *dir, const struct daemon_name *d, struct running *r)
{
	struct buf b = {0};
	struct json *j = NULL;
	int64_t pid;
	bool ok;

	ok = statedir_read_stats(dir, d->stats, &b, NULL) == 0 &&
	     (j = json_parse(b.data, b.len, NULL)) &&
	     json_int(json_get(j, "pid"), 1, INT32_MAX, &pid) && is_program((int)pid, d->program);
	if (ok) {
		r->pid = (int)pid;
		copy_string(r->config, sizeof(r->config), json_get(j, "config"));
		copy_string(r->refused, sizeof(r->refused), json_get(j, "config_refused"));
	}
	json_free(j);
	buf_free(&b);
	return ok;
}

static int
verdict(const struct daemon_name *d, const struct running *r, const char *hash)
{
	if (!strcmp(r->config, hash)) {
		printf("%s (pid %d): accepted, config %s\n", d->program, r->pid, hash);
		return 0;
	}
	if (r->refused[0]) {
		printf("%s (pid %d): refused: %s\n", d->program, r->pid, r->refused);
		return 2;
	}
	printf("%s (pid %d): no answer; it runs config %s\n", d->program, r->pid, r->config);
	return 75;
}

/* Until each has the config, or one has refused it, or the time is over. */
static void
wait_all(const struct statedir *dir, struct running *r, const bool *there, const char *hash,
         int64_t until)
{
	static const struct timespec pause = {0, 20 * 1000 * 1000};
	bool waiting = true;

	while (waiting && clock_mono() < until) {
		nanosleep(&pause, NULL);
		waiting = false;
		for (int i = 0; i < DAEMONS; i++) {
			if (!there[i] || !look(dir, &daemons[i], &r[i]))
				continue;
			waiting |= strcmp(r[i].config, hash) != 0 && !r[i].refused[0];
		}
	}
}

int
reload_daemons(const struct statedir *dir, const char *hash, int64_t timeout_ms)
{
	struct running r[DAEMONS] = {0};
	bool there[DAEMONS] = {0};
	int found = 0, worst = 0;

	for (int i = 0; i < DAEMONS; i++) {
		there[i] = look(dir, &daemons[i], &r[i]);
		found += there[i];
		if (!there[i] || !daemons[i].signalled)
			continue;
		if (kill(r[i].pid, SIGHUP) < 0)
			log_warn("%s (pid %d): %s", daemons[i].program, r[i].pid, strerror(errno));
	}
	if (!found) {
		log_error("%s: no running daemon found", dir->path);
		return EXIT_AGAIN;
	}
	wait_all(dir, r, there, hash, clock_mono() + timeout_ms);
	for (int i = 0; i < DAEMONS; i++) {
		int v = there[i] ? verdict(&daemons[i], &r[i], hash) : 0;

		if (v == 2 || (v && worst != 2))
			worst = v;
	}
	return worst;
}
