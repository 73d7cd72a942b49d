#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/stamp.h"
#include "codec/records.h"
#include "core/explain.h"
#include "core/view.h"
#include "edge/clock.h"
#include "past.h"
#include "snapshot.h"

/*
 * Random configs and histories in a state directory.  At a random moment a snapshot
 * is written; what is told of any later instant must be, to the byte, what all the
 * journals tell without it.
 */
enum { HISTORIES = 250, LINES = 120, DOMAINS = 3, AGENTS = 3 };

static uint64_t dice;

static unsigned
roll(unsigned n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)((dice >> 11) % n);
}

static const char *
one_of(const char *const *words, size_t n)
{
	return words[roll((unsigned)n)];
}

#define ONE_OF(...) \
	one_of((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

struct line {
	int64_t at;
	int agent; /* -1: an override */
	struct buf text;
};

struct tale {
	char root[64], config[96];
	struct statedir dir;
	struct accepted accepted;
	struct line lines[LINES];
	int64_t start, end;
	uint64_t seq[AGENTS], segment[AGENTS + 1];
};

/* ---- the config */

static void
invent_domain(struct buf *b, int i)
{
	unsigned n = 1 + roll(4);
	const char *votes = ONE_OF("any", "all", "quorum");

	buf_printf(b, "      d%d.z:\n        fallback: [%s]\n", i, ONE_OF("10.9.9.9", "", "\"2001:db8::9\"", "10.9.9.9, \"2001:db8::9\""));
	buf_printf(b, "        server: {votes: %s%s, select: %s, timeout_sec: %u, rise: %u, fall: %u, on_silence: %s, on_all_down: %s, %s%s}\n",
	    votes, strcmp(votes, "quorum") ? "" : ONE_OF(", hold: 20s", ", quorum: 2", ", quorum: \"50%\", hold: 5s"),
	    ONE_OF("all", "priority"), 5 + roll(40), 1 + roll(3), 1 + roll(3), ONE_OF("fallback", "keep", "all"),
	    ONE_OF("fallback", "all", "last", "nodata"), ONE_OF("", "failback: manual, ", "failback_delay: 15s, "),
	    ONE_OF("ttl: 5", "ttl: 5, ttl_degraded: 2", "ttl: 9, min_healthy: 2"));
	buf_printf(b, "        monitor: {mode: %s, targets: [", ONE_OF("tcp", "tcp", "http"));
	for (unsigned k = 0; k < n; k++)
		buf_printf(b, "{ip: \"%s%u\", port: %u, priority: %u}, ", roll(4) ? "10.0.0." : "2001:db8::", 1 + k, 80 + k % 2, roll(3));
	buf_puts(b, "]}\n        agent: {interval_sec: 5, timeout_sec: 2}\n");
}

static void
invent_config(struct tale *t)
{
	struct buf b = {0};
	char first[512];
	FILE *out = fopen(t->config, "w");

	buf_puts(&b, roll(2) ? "" : "agents: [{id: a0, token: x}, {id: a1, token: y}, {id: a2, token: z}]\n");
	buf_puts(&b, "zones:\n  - name: z\n    fallback_ttl: 7\n    domains:\n");
	for (int i = 0; i < DOMAINS; i++)
		invent_domain(&b, i);
	assert_non_null(out);
	assert_int_equal(fwrite(b.data, 1, b.len, out), b.len);
	assert_int_equal(fclose(out), 0);
	buf_free(&b);
	assert_int_equal(accepted_load(&t->accepted, t->config, first), 0);
}

/* ---- the history */

static const struct domain *
any_domain(const struct tale *t)
{
	return &t->accepted.config.domains[roll((unsigned)t->accepted.config.ndomains)];
}

static void
invent_override(struct tale *t, struct line *l)
{
	static const enum override_state states[] = {OVERRIDE_UP, OVERRIDE_DOWN, OVERRIDE_DOWN, OVERRIDE_DRAIN, OVERRIDE_CLEAR};
	const struct domain *d = any_domain(t);
	struct override o = {.at = l->at, .state = states[roll(5)], .until = OVERRIDE_FOREVER, .boot_ms = -1};

	l->agent = -1;
	if (roll(4))
		strcpy(o.domain, d->name);
	if (roll(3) || !o.domain[0])
		addr_format(o.target, &d->targets[roll(d->ntargets)].addr);
	if (roll(2))
		o.until = o.at + 1000 * roll(60);
	if (o.state == OVERRIDE_CLEAR)
		o.until = o.at;
	strcpy(o.reason, ONE_OF("", "kernel \"upgrade\" \\ more", "z\xc3\xbcrich"));
	override_write(&l->text, &o);
}

static void
invent_report(struct tale *t, struct line *l)
{
	const struct domain *d = any_domain(t);
	const struct target *g = &d->targets[roll(d->ntargets)];
	bool numbered = roll(2), again = roll(8) == 0;
	struct report r = {.target = g->addr, .port = g->port, .mono_ms = -1, .age_ms = roll(4) ? -1 : (int64_t)roll(9000), .boot_ms = -1};

	l->agent = (int)roll(AGENTS);
	snprintf(r.agent_id, sizeof(r.agent_id), "a%d", l->agent);
	strcpy(r.domain, d->name);
	strcpy(r.check_name, g->check_name);
	strcpy(r.type, roll(6) ? probe_type_word((int)d->probe->type) : "tcp");
	r.status = (enum status)roll(4);
	if (roll(2))
		r.status = STATUS_OK;
	strcpy(r.reason, r.status == STATUS_FAIL ? ONE_OF("connection refused", "timeout", "a \"quoted\" \\ one") : "");
	r.latency_ms = roll(3) ? roll(100000) / 1000.0 : -1;
	r.received = l->at;
	r.timestamp = l->at - (roll(5) ? 0 : (int64_t)roll(20000)) + (roll(9) ? 0 : 5000);
	if (numbered) {
		t->seq[l->agent] += !again;
		r.inc = 7;
		r.seq = t->seq[l->agent];
	}
	report_write(&l->text, &r);
}

static void
invent_history(struct tale *t)
{
	int64_t at = t->start;

	for (size_t i = 0; i < LINES; i++) {
		at += roll(3) ? roll(800) : roll(12000);
		t->lines[i].at = at;
		if (roll(12))
			invent_report(t, &t->lines[i]);
		else
			invent_override(t, &t->lines[i]);
	}
	t->end = at;
}

/* ---- the journals, as another boot wrote them */

static void
append(struct tale *t, const struct line *l, bool rotate)
{
	uint64_t *segment = &t->segment[l->agent + 1];
	struct segment_line head = {.boot_id = "0123456789abcdef0123456789abcdef", .boot_ms = 1}, seal = {.seal = true};
	char dir[128], path[256];
	struct buf b = {0};
	FILE *out;

	if (l->agent < 0)
		snprintf(dir, sizeof(dir), "%s/s/overrides", t->root);
	else
		snprintf(dir, sizeof(dir), "%s/s/reports/a%d", t->root, l->agent);
	mkdir(dir, 0750);
	if (l->agent >= 0)
		snprintf(head.agent, sizeof(head.agent), "a%d", l->agent);
	if (*segment && rotate) {
		segment_write(&b, &seal, l->at);
		snprintf(path, sizeof(path), "%s/%012llu.jsonl", dir, (unsigned long long)*segment);
		out = fopen(path, "a");
		assert_int_equal(fwrite(b.data, 1, b.len, out), b.len);
		fclose(out);
		buf_clear(&b);
	}
	if (!*segment || rotate) {
		++*segment;
		segment_write(&b, &head, l->at);
	}
	buf_add(&b, l->text.data, l->text.len);
	snprintf(path, sizeof(path), "%s/%012llu.jsonl", dir, (unsigned long long)*segment);
	out = fopen(path, "a");
	assert_non_null(out);
	assert_int_equal(fwrite(b.data, 1, b.len, out), b.len);
	fclose(out);
	buf_free(&b);
}

/* ---- the recorder */

struct living {
	struct engine *engine;
	const struct config *config;
};

static struct engine *
until(struct living *v, int64_t t)
{
	if (!v->engine)
		v->engine = engine_new(v->config, t);
	if (t - 1 > engine_now(v->engine))
		engine_advance(v->engine, t - 1);
	return v->engine;
}

static void
on_report(void *arg, struct report *r)
{
	engine_report(until(arg, r->arrival), r);
}

static void
on_override(void *arg, struct override *o)
{
	engine_override(until(arg, o->at), o);
}

/* What was written is found again, and is of that very instant. */
static void
check_use(const struct tale *t, int64_t at)
{
	struct snapshot s;
	struct places p = {0};
	struct engine *e;

	assert_true(snapshot_find(&t->dir, at, UINT64_MAX, &s));
	assert_int_equal(s.at, at);
	e = snapshot_engine(&t->dir, &s, &t->accepted.config, &p);
	assert_non_null(e);
	assert_int_equal(engine_now(e), at);
	assert_true(p.n > 0);
	engine_free(e);
	places_free(&p);
}

/* Reads what there is and goes on to `at`, in one sweep or more, and writes a snapshot. */
static void
record(struct tale *t, int64_t at)
{
	struct living v = {.config = &t->accepted.config};
	struct sweep_calls calls = {&v, on_report, on_override, NULL};
	struct fault f;
	struct sweep *s = sweep_new(&t->dir, 0, &calls, &f);

	assert_non_null(s);
	while (sweep_start(s, 0, &f) > 0)
		continue;
	until(&v, at);
	engine_advance(v.engine, at);
	if (snapshot_write(&t->dir, v.engine, s, t->accepted.config.hash, &f) < 0)
		fail_msg("%s", f.text);
	check_use(t, at);
	engine_free(v.engine);
	sweep_free(s);
}

/* ---- comparing */

/* What no explanation shows. */
static void
tell_views(const struct engine *e, const struct domain *d, struct buf *b)
{
	for (size_t i = 0; i < d->ntargets; i++)
		for (size_t k = 0; k < view_agents(e, d, i); k++) {
			struct agent_view v;

			view_agent(e, d, i, k, &v);
			buf_printf(b, "%s %lld %lld %d ", v.agent_id, (long long)v.arrival, (long long)v.period_ms, v.skew);
		}
	buf_putc(b, '\n');
}

static void
tell(const struct tale *t, int64_t at, struct buf *b)
{
	static const char *const notes[] = {NULL};
	static struct decision d;
	struct past p;
	struct fault f;

	if (past_open(&p, &t->dir, &t->accepted.config, at, true, &f) < 0)
		fail_msg("%s", f.text);
	for (size_t i = 0; i < p.config->ndomains; i++) {
		const struct domain *dom = &p.config->domains[i];
		struct explain x = {.engine = p.engine, .config = p.config, .domain = dom, .decision = &d, .notes = notes, .width = 80};

		engine_decision(p.engine, dom, &d);
		decision_write(b, &d);
		explain_json(&x, b);
		tell_views(p.engine, dom, b);
	}
	buf_printf(b, "due %lld\n", (long long)engine_due(p.engine));
	past_free(&p);
}

static void
hide_snapshots(const struct tale *t, bool hide)
{
	char from[96], to[96];

	snprintf(from, sizeof(from), "%s/s/snap", t->root);
	snprintf(to, sizeof(to), "%s/hidden", t->root);
	assert_int_equal(rename(hide ? from : to, hide ? to : from), 0);
}

static void
compare(struct tale *t, int64_t at, uint64_t seed)
{
	struct buf with = {0}, without = {0};
	char command[512];

	tell(t, at, &with);
	hide_snapshots(t, true);
	tell(t, at, &without);
	hide_snapshots(t, false);
	if (strcmp(with.data, without.data)) {
		snprintf(command, sizeof(command), "head -c 4000 %s; tail -qn 400 %s/s/reports/*/* %s/s/overrides/*", t->config, t->root, t->root);
		if (system(command))
			fprintf(stderr, "no history\n");
		fail_msg("history %llu at %lld: with a snapshot\n%swithout\n%s", (unsigned long long)seed, (long long)at, with.data, without.data);
	}
	buf_free(&with);
	buf_free(&without);
}

static void
begin(struct tale *t, uint64_t seed)
{
	char path[96];
	struct fault f;

	memset(t, 0, sizeof(*t));
	dice = seed * UINT64_C(2654435761) + 88172645463325252U;
	for (int i = 0; i < 8; i++)
		roll(2);
	/* A snapshot waits for the disk; where there is a file system without one, none is needed. */
	strcpy(t->root, access("/dev/shm", W_OK) ? "/tmp/fodns-past-XXXXXX" : "/dev/shm/fodns-past-XXXXXX");
	assert_non_null(mkdtemp(t->root));
	snprintf(path, sizeof(path), "%s/s", t->root);
	snprintf(t->config, sizeof(t->config), "%s/fodns.yaml", t->root);
	if (statedir_open(&t->dir, path, true, &f) < 0)
		fail_msg("%s", f.text);
	mkdirat(t->dir.fd, "reports", 0750);
	t->start = clock_axis() - 3600 * 1000;
	invent_config(t);
	invent_history(t);
}

static void
end(struct tale *t)
{
	char command[128];

	for (size_t i = 0; i < LINES; i++)
		buf_free(&t->lines[i].text);
	accepted_free(&t->accepted);
	statedir_close(&t->dir);
	statedir_boot_id_set(NULL);
	snprintf(command, sizeof(command), "rm -rf '%s'", t->root);
	assert_int_equal(system(command), 0);
}

static void
one_history(uint64_t seed)
{
	static struct tale t;
	size_t cut, i = 0;
	int64_t at;

	begin(&t, seed);
	/* Everything of one instant is on one side. */
	for (cut = 1 + roll(LINES - 1); cut < LINES && t.lines[cut].at == t.lines[cut - 1].at; cut++)
		continue;
	at = t.lines[cut - 1].at + (cut < LINES ? roll((unsigned)(t.lines[cut].at - t.lines[cut - 1].at)) : roll(30000));
	for (; i < cut; i++)
		append(&t, &t.lines[i], roll(20) == 0);
	record(&t, at);
	for (; i < LINES; i++)
		append(&t, &t.lines[i], roll(20) == 0);
	if (roll(2)) /* a reboot */
		statedir_boot_id_set("fedcba9876543210fedcba9876543210");
	compare(&t, at, seed);
	compare(&t, at + 1 + roll((unsigned)(t.end - at) + 2), seed);
	compare(&t, t.end + roll(200000), seed);
	end(&t);
}

static void
histories(void **state)
{
	(void)state;
	log_open("past", LOG_ERROR);
	for (uint64_t seed = 1; seed <= HISTORIES; seed++)
		one_history(seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(histories)};

	return cmocka_run_group_tests_name("past", tests, NULL, NULL);
}
