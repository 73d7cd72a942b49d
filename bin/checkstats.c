#include "checkstats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "edge/clock.h"
#include "edge/file.h"
#include "edge/statedir.h"

enum { EACH_MS = 1000 };

struct checkstats {
	struct statedir dir; /* not for one beside: */
	int beside;          /* -1: none */
	const char *name;
	struct loop_timer timer;
	const struct checkrun *run;
	struct checkstats_says (*ask)(void *arg);
	void *arg;
	int64_t started;
	struct buf line;
};

/* Whether failures count at this time. */
static void
put_reach(struct buf *b, const struct checkrun *run)
{
	static const char *const words[] = {
	    [REACH_SOME] = "reachable", [REACH_NONE] = "none", [REACH_UNKNOWN] = "unknown"};
	char at[STAMP_LEN];
	enum reach now;
	int64_t since;

	if (!checkrun_reach(run, &now, &since))
		return;
	buf_printf(b, ",\"reference\":\"%s\"", words[now]);
	if (now != REACH_UNKNOWN)
		buf_printf(b, ",\"reference_since\":\"%s\"", stamp_format(at, since));
}

static void
save(struct checkstats *s)
{
	if (s->beside >= 0)
		file_replace_at(s->beside, s->name, s->line.data, s->line.len, 0600, NULL);
	else
		statedir_stats(&s->dir, "agent", &s->line, NULL);
}

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
	           ",\"overruns\":%" PRIu64 ",\"dropped\":%" PRIu64,
	           n.probes, n.running, n.results, n.overruns, n.dropped);
	buf_printf(&s->line,
	           ",\"late_p50_ms\":%" PRId64 ",\"late_p99_ms\":%" PRId64
	           ",\"late_most_ms\":%" PRId64,
	           n.late_p50_ms, n.late_p99_ms, n.late_most_ms);
	put_reach(&s->line, s->run);
	buf_puts(&s->line, "}\n");
	save(s);
}

static void
on_second(struct loop_timer *w)
{
	checkstats_now(w->arg);
}

static struct checkstats *
begin(struct loop *l, struct checkstats with)
{
	struct checkstats *s = mem_alloc(sizeof(*s));

	*s = with;
	s->started = clock_wall();
	checkstats_now(s);
	loop_timer_start(l, &s->timer, EACH_MS, EACH_MS, on_second, s);
	return s;
}

struct checkstats *
checkstats_new(struct loop *l, const char *state, const struct checkrun *run,
               struct checkstats_says (*ask)(void *arg), void *arg)
{
	struct checkstats with = {.beside = -1, .run = run, .ask = ask, .arg = arg};
	struct stat st;
	struct fault f;

	if (stat(state, &st) < 0 || st.st_uid != geteuid())
		return NULL;
	if (statedir_open(&with.dir, state, false, &f) < 0) {
		log_debug("%s", f.text);
		return NULL;
	}
	return begin(l, with);
}

struct checkstats *
checkstats_beside(struct loop *l, int dir, const char *name, const struct checkrun *run,
                  struct checkstats_says (*ask)(void *arg), void *arg)
{
	return begin(l, (struct checkstats){
	                    .beside = dir, .name = name, .run = run, .ask = ask, .arg = arg});
}

void
checkstats_free(struct checkstats *s)
{
	if (!s)
		return;
	loop_timer_stop(&s->timer);
	if (s->beside < 0)
		statedir_close(&s->dir);
	buf_free(&s->line);
	free(s);
}
