#include "checkstats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "edge/clock.h"
#include "edge/statedir.h"

enum { EACH_MS = 1000 };

struct checkstats {
	struct statedir dir;
	struct loop_timer timer;
	const struct checkrun *run;
	struct checkstats_says (*ask)(void *arg);
	void *arg;
	int64_t started;
	struct buf line;
};

void
checkstats_now(struct checkstats *s)
{
	char started[STAMP_LEN], at[STAMP_LEN];
	struct checkstats_says says;
	struct checkrun_counts n;

	if (!s)
		return;
	says = s->ask(s->arg);
	n = checkrun_counts(s->run);
	buf_clear(&s->line);
	buf_printf(&s->line,
	           "{\"program\":\"fodns-check\",\"pid\":%d,\"started\":\"%s\",\"at\":\"%s\","
	           "\"config\":\"%s\"",
	           (int)getpid(), stamp_format(started, s->started), stamp_format(at, clock_wall()),
	           says.config);
	buf_puts(&s->line, ",\"ready\":true,\"config_refused\":");
	buf_json(&s->line, says.refused);
	buf_printf(&s->line,
	           ",\"probes\":%" PRIu64 ",\"running\":%" PRIu64 ",\"results\":%" PRIu64
	           ",\"overruns\":%" PRIu64 ",\"dropped\":%" PRIu64 "}\n",
	           n.probes, n.running, n.results, n.overruns, n.dropped);
	statedir_stats(&s->dir, "agent", &s->line, NULL);
}

static void
on_second(struct loop_timer *w)
{
	checkstats_now(w->arg);
}

struct checkstats *
checkstats_new(struct loop *l, const char *state, const struct checkrun *run,
               struct checkstats_says (*ask)(void *arg), void *arg)
{
	struct checkstats *s;
	struct statedir dir;
	struct stat st;
	struct fault f;

	if (stat(state, &st) < 0 || st.st_uid != geteuid())
		return NULL;
	if (statedir_open(&dir, state, false, &f) < 0) {
		log_debug("%s", f.text);
		return NULL;
	}
	s = mem_alloc(sizeof(*s));
	s->dir = dir;
	s->run = run;
	s->ask = ask;
	s->arg = arg;
	s->started = clock_wall();
	checkstats_now(s);
	loop_timer_start(l, &s->timer, EACH_MS, EACH_MS, on_second, s);
	return s;
}

void
checkstats_free(struct checkstats *s)
{
	if (!s)
		return;
	loop_timer_stop(&s->timer);
	statedir_close(&s->dir);
	buf_free(&s->line);
	free(s);
}
