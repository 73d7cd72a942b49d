#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/num.h"
#include "codec/records.h"
#include "codec/zonetext.h"
#include "decide.h"
#include "edge/clock.h"
#include "edge/file.h"
#include "follower.h"

/* --events and --wait: followers that only look. */
struct watch {
	const struct decide *d;
	struct config config;
	struct loop *loop;
	struct follower *follower;
	const struct domain *domain; /* --wait */
	char until[LIMIT_VALUE + 1]; /* --until ANSWER, in canonical form */
	int source;                  /* --until live, fallback; -1: the answer */
	struct loop_timer over;
	bool late; /* the time is over */
	int status;
};

/* Runs until something ends the loop; ends the program when the state cannot be read at the start.
 */
static int
run(struct watch *w, bool events, void (*settled)(void *arg))
{
	struct follower_calls calls = {.arg = w, .ready = settled, .settled = settled};
	struct statedir dir;
	struct fault f;

	if (decide_state(w->d, &w->config, false, &dir, &f) < 0)
		cli_fail(&f);
	w->follower = follower_new(w->loop, &dir, &w->config, events, &calls, &f);
	statedir_close(&dir);
	if (!w->follower)
		cli_fail(&f);
	loop_run(w->loop);
	follower_free(w->follower);
	loop_free(w->loop);
	config_free(&w->config);
	return w->status;
}

/* ---- --events */

static void
print_events(void *arg)
{
	static struct event ev;
	struct watch *w = arg;
	struct buf b = {0};

	while (engine_event(follower_engine(w->follower), &ev)) {
		bool asked = w->d->noperands == 0;

		for (int i = 0; i < w->d->noperands && !asked; i++)
			asked = config_domain(&w->config, w->d->operands[i]) ==
			        config_domain(&w->config, ev.domain);
		if (asked)
			event_write(&b, &ev);
	}
	/* A hook that has ended ends us: nothing else would notice. */
	if (b.len > 0 && !file_write_all(STDOUT_FILENO, b.data, b.len)) {
		if (errno != EPIPE) {
			log_error("stdout: %s", strerror(errno));
			w->status = EXIT_AGAIN;
		}
		loop_stop(w->loop);
	}
	buf_free(&b);
}

int
decide_events(struct decide *d)
{
	struct watch w = {.d = d};

	cli_load_config(&w.config, cli_config_path(d->config));
	for (int i = 0; i < d->noperands; i++)
		decide_domain(&w.config, d->operands[i]);
	signal(SIGPIPE, SIG_IGN);
	w.loop = loop_new();
	return run(&w, true, print_events);
}

/* ---- --wait */

static bool
all_families(const struct decision *dec, enum source source)
{
	bool any = false;

	for (int f = 0; f < FAMILIES; f++) {
		const struct rrset *r = &dec->rrsets[f];

		if (r->nanswers > 0 && r->source != source)
			return false;
		any = any || (r->nanswers > 0 && r->source == source);
	}
	return any;
}

static bool
reached(const struct watch *w, const struct decision *dec)
{
	char buf[ADDR_TEXT];

	if (w->source >= 0)
		return all_families(dec, (enum source)w->source);
	for (int f = 0; f < FAMILIES; f++)
		for (size_t i = 0; i < dec->rrsets[f].nanswers; i++)
			if (!strcmp(answer_text(buf, &dec->rrsets[f].answers[i]), w->until))
				return true;
	return false;
}

static void
end(struct watch *w, int status)
{
	w->status = status;
	loop_stop(w->loop);
}

static void
give_up(struct watch *w)
{
	char within[24];

	if (w->d->for_ms)
		log_note("%s: not %s within %s", w->domain->name, w->d->until,
		         num_duration_text(within, w->d->for_ms));
	else
		log_note("%s: not %s now", w->domain->name, w->d->until);
	end(w, EXIT_NO);
}

static void
look(void *arg)
{
	static struct decision dec;
	struct watch *w = arg;

	if (follower_degraded(w->follower)) {
		if (w->late)
			end(w, EXIT_AGAIN); /* why was said */
		return;
	}
	engine_decision(follower_engine(w->follower), w->domain, &dec);
	if (reached(w, &dec))
		end(w, EXIT_DONE);
	else if (w->late)
		give_up(w);
}

/* However short the time, what is so at the start is looked at. */
static void
on_over(struct loop_timer *t)
{
	struct watch *w = t->arg;

	w->late = true;
	if (follower_ready(w->follower))
		look(w);
}

/* An answer as it is shown: an address, or a value of the domain's type. */
static void
take_answer(struct watch *w, const char *text)
{
	struct zonetext_value v;
	struct addr a;
	const char *why;

	if (addr_parse(text, &a))
		addr_format(w->until, &a);
	else if (w->domain->type != RRTYPE_A &&
	         zonetext_value(&w->config.arena, w->domain->type, text, &v, &why))
		snprintf(w->until, sizeof(w->until), "%s", v.text);
	else
		cli_usage(w->d->cli, "--until: \"%s\" is neither live, fallback nor an address%s%s",
		          text, w->domain->type == RRTYPE_A ? "" : " or a ",
		          w->domain->type == RRTYPE_A ? "" : rrtype_word((int)w->domain->type));
}

int
decide_wait(struct decide *d)
{
	struct watch w = {.d = d, .source = -1};
	const char *until = d->until;

	if (d->noperands != 1)
		cli_usage(d->cli, "--wait takes one domain");
	if (!strcmp(until, "live") || !strcmp(until, "fallback"))
		w.source = source_from(until);
	cli_load_config(&w.config, cli_config_path(d->config));
	w.domain = decide_domain(&w.config, d->operands[0]);
	if (w.source < 0)
		take_answer(&w, until);
	w.loop = loop_new();
	loop_timer_start(w.loop, &w.over, d->for_ms, 0, on_over, &w);
	return run(&w, false, look);
}
