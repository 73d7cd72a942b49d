#include <bsd/string.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "checkrun_own.h"
#include "codec/records.h"
#include "edge/clock.h"
#include "edge/probe.h"

enum { SAY_DROPS_MS = 10000 };

void
checkrun_say_drops(struct checkrun *c, bool now)
{
	uint64_t drops = writer_drops(c->writer);

	if (drops == c->drops_said || (!now && clock_mono() - c->drops_at < SAY_DROPS_MS))
		return;
	log_warn("%" PRIu64 " results dropped: nobody reads the output fast enough",
	         drops - c->drops_said);
	c->dropping = false;
	c->drops_said = drops;
	c->drops_at = clock_mono();
}

/* What is the same in every report of this run is there already, and in every one of a check: */
static void
fill_check(const struct checkrun *c, struct report *r, const struct task *t)
{
	/* A record has the address that there is not, people see what they wrote. */
	bool people = c->o.table || c->o.nagios;
	const char *name = people ? checktable_name(t) : t->target_name;

	strlcpy(r->domain, t->domain, sizeof(r->domain));
	strlcpy(r->check_name, t->check_name, sizeof(r->check_name));
	strlcpy(r->type, probe_type_word((int)t->probe->type), sizeof(r->type));
	strlcpy(r->target_name, name ? name : "", sizeof(r->target_name));
	r->target = t->target;
	r->port = t->port;
}

static void
fill_result(struct checkrun *c, struct report *r, const struct task *t, const struct probe_result *res)
{
	strlcpy(r->server, t->server ? t->server : "", sizeof(r->server));
	strlcpy(r->reason, res->reason ? res->reason : "", sizeof(r->reason));
	strlcpy(r->perfdata, res->perfdata ? res->perfdata : "", sizeof(r->perfdata));
	r->status = res->status;
	r->latency_ms = res->latency_ms;
	r->seq = ++c->seq;
}

/* What ends in one turn of the loop ends at one instant. */
static void
read_clocks(struct checkrun *c)
{
	double turn = loop_now_us(c->loop);

	if (turn == c->turn)
		return;
	c->turn = turn;
	c->report.timestamp = clock_wall();
	c->report.mono_ms = clock_boot();
	report_instant_set(&c->instant, &c->report);
}

/* The record of a job with one task: what says which check it is was written for the first one. */
static void
print_record(struct checkrun *c, struct sched_job *j, const struct probe_result *res)
{
	if (!j->text) {
		fill_check(c, &c->report, j->tasks[0]);
		report_write_check(&c->line, &c->report);
		j->text = mem_strndup(c->line.data, c->line.len);
		j->text_len = c->line.len;
		buf_clear(&c->line);
	}
	fill_result(c, &c->report, j->tasks[0], res);
	report_write_about(&c->line, &c->report, &c->instant, j->text, j->text_len);
}

static void
print_each(struct checkrun *c, const struct sched_job *j, const struct probe_result *res)
{
	struct report *r = &c->report;

	for (size_t i = 0; i < j->ntasks; i++) {
		fill_check(c, r, j->tasks[i]);
		fill_result(c, r, j->tasks[i], res);
		if (c->o.nagios) {
			checknagios_take(c->o.nagios, r, res, j->tasks[i]);
			return;
		}
		if (c->summary)
			checksummary_take(c->summary, r, res);
		if (c->o.no_results)
			continue;
		if (c->o.table)
			checktable_row(&c->o.look, &c->line, r, res);
		else
			report_write(&c->line, r);
	}
}

void
checkrun_print(struct checkrun *c, struct sched_job *j, const struct probe_result *res)
{
	buf_clear(&c->line);
	read_clocks(c);
	if (j->ntasks == 1 && !c->o.table && !c->o.nagios && !c->o.no_results && !c->summary)
		print_record(c, j, res);
	else
		print_each(c, j, res);
	if (c->line.len && !writer_put(c->writer, c->line.data, c->line.len))
		c->dropping = true;
	if (c->dropping)
		checkrun_say_drops(c, false);
}
