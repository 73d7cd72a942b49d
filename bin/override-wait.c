#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "follower.h"
#include "override.h"

/* --wait: a follower that looks until no answer has the target, and then as long as caches may keep
 * it. */
struct waiting {
	struct overriding *o;
	struct loop *loop;
	struct follower *follower;
	struct loop_timer over;
	int64_t ttl_ms;
	bool counting, said;
};

static bool
answered(const struct waiting *w, const struct domain *d)
{
	static struct decision dec;

	engine_decision(follower_engine(w->follower), d, &dec);
	for (size_t k = 0; k < d->ntargets; k++) {
		const struct rrset *r = &dec.rrsets[d->targets[k].addr.family];
		struct answer a = target_answer(&d->targets[k]);

		if (!override_names(&w->o->said, d, &d->targets[k]))
			continue;
		for (size_t i = 0; i < r->nanswers; i++)
			if (answer_equal(&r->answers[i], &a))
				return true;
	}
	return false;
}

static bool
answered_anywhere(const struct waiting *w)
{
	for (size_t i = 0; i < w->o->config.ndomains; i++)
		if (answered(w, &w->o->config.domains[i]))
			return true;
	return false;
}

static void
time_is_over(struct loop_timer *t)
{
	struct waiting *w = t->arg;

	loop_stop(w->loop);
}

static void
look(void *arg)
{
	struct waiting *w = arg;
	char text[24];

	if (!follower_ready(w->follower))
		return;
	if (answered_anywhere(w)) {
		if (!w->said)
			log_info("waiting until it is in no answer");
		w->said = true;
		w->counting = false;
		loop_timer_stop(&w->over);
		return;
	}
	if (w->counting)
		return;
	w->counting = true;
	log_info("in no answer; caches may have it for another %s",
	         num_duration_text(text, w->ttl_ms));
	loop_timer_start(w->loop, &w->over, w->ttl_ms, 0, time_is_over, w);
}

int
override_wait(struct overriding *o, int64_t ttl_ms)
{
	struct waiting w = {.o = o, .loop = loop_new(), .ttl_ms = ttl_ms};
	struct follower_calls calls = {.arg = &w, .ready = look, .settled = look};
	struct fault f;

	w.follower = follower_new(w.loop, &o->dir, &o->config, false, &calls, &f);
	if (!w.follower)
		cli_fail(&f);
	loop_run(w.loop);
	follower_free(w.follower);
	loop_free(w.loop);
	return EXIT_DONE;
}
