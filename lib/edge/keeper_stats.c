/* STATE/stats/serve.json, each second. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/stamp.h"
#include "edge/clock.h"
#include "edge/deathsig.h"
#include "edge/keeper_own.h"

static const char *const rcodes[] = {"noerror", "formerr", "servfail", "nxdomain", "notimp", "refused"};

static void
put_number(struct buf *b, const char *name, uint64_t v)
{
	buf_printf(b, ",\"%s\":%llu", name, (unsigned long long)v);
}

static void
put_counts(struct buf *b, const struct answer_counts *c)
{
	uint64_t other = c->rcodes[0];

	buf_printf(b, ",\"queries\":{\"udp\":%llu,\"tcp\":%llu},\"rcodes\":{",
	           (unsigned long long)c->queries[0], (unsigned long long)c->queries[1]);
	for (size_t i = 0; i < sizeof(rcodes) / sizeof(*rcodes); i++)
		buf_printf(b, "%s\"%s\":%llu", i ? "," : "", rcodes[i],
		           (unsigned long long)c->rcodes[i]);
	other = 0;
	for (size_t i = sizeof(rcodes) / sizeof(*rcodes); i < ANSWER_RCODES; i++)
		other += c->rcodes[i];
	put_number(b, "other", other);
	buf_puts(b, "}");
	put_number(b, "dropped", c->dropped);
	put_number(b, "truncated", c->truncated);
	put_number(b, "limited", c->limited);
	put_number(b, "slipped", c->slipped);
	put_number(b, "send_errors", c->send_errors);
	put_number(b, "receive_errors", c->receive_errors);
}

static void
put_tcp(struct buf *b, const struct shared *s)
{
	buf_printf(b, ",\"tcp\":{\"open\":%llu", (unsigned long long)s->tcp.open);
	put_number(b, "accepted", s->tcp.accepted);
	put_number(b, "evicted", s->tcp.evicted);
	put_number(b, "refused", s->tcp.refused);
	put_number(b, "timed_out", s->tcp.timed_out);
	buf_puts(b, "}");
}

static void
compose(struct keeper *k, struct buf *b)
{
	struct shared *s = k->shared;
	struct answer_counts sum;
	char started[STAMP_LEN], at[STAMP_LEN], config[sizeof(s->config)] = "";

	memcpy(config, s->config, sizeof(config) - 1);
	shared_sum(s, &sum);
	buf_printf(
	    b,
	    "{\"program\":\"fodns-serve\",\"pid\":%d,\"started\":\"%s\",\"at\":\"%s\",\"config\":",
	    (int)getpid(), stamp_format(started, k->started), stamp_format(at, clock_wall()));
	buf_json(b, config);
	buf_printf(b, ",\"ready\":%s,\"degraded\":%s", s->ready ? "true" : "false",
	    k->flowing && (k->decide.pid || k->o->decisions) ? "false" : "true");
	put_number(b, "gen", s->gen);
	put_number(b, "generations", s->generations);
	put_number(b, "zones", s->zones);
	put_number(b, "names", s->names);
	put_number(b, "domains", s->domains);
	put_number(b, "updates", s->updates);
	put_number(b, "bad_lines", s->bad_lines);
	put_number(b, "decide_restarts", k->decide.restarts);
	put_number(b, "worker_restarts", k->worker.restarts);
	put_counts(b, &sum);
	put_tcp(b, s);
	buf_puts(b, "}\n");
}

/* The directory is decide's to make; without one, ours where it was named. */
static bool
may_make(const struct keeper *k)
{
	return k->o->decisions && k->o->state;
}

/*
 * Files in STATE belong to its owner, also when we are root; opening it as root would make us the
 * owner for good.
 */
static bool
as_owner(struct keeper *k)
{
	struct stat st;

	if (geteuid() != 0)
		return true;
	if (stat(k->state_path, &st) < 0)
		return may_make(k);
	return setegid(st.st_gid) == 0 && seteuid(st.st_uid) == 0;
}

static void
as_before(void)
{
	if (getuid() == 0 && (seteuid(0) < 0 || setegid(0) < 0))
		log_warn("cannot become root again");
}

static int
open_dir(struct keeper *k, struct fault *f)
{
	if (k->dir_open && !statedir_replaced(&k->dir))
		return 0;
	if (k->dir_open)
		statedir_close(&k->dir);
	k->dir_open = statedir_open(&k->dir, k->state_path, may_make(k), f) == 0;
	return k->dir_open ? 0 : -1;
}

static void
write_now(struct keeper *k)
{
	struct buf b;
	struct fault f;

	buf_init(&b);
	compose(k, &b);
	if (open_dir(k, &f) < 0 || statedir_stats(&k->dir, "serve", &b, &f) < 0)
		log_debug("stats: %s", f.text);
	buf_free(&b);
}

void
stats_write(struct keeper *k)
{
	struct deathsig death;

	if (!k->shared || !k->state_path[0])
		return;
	deathsig_keep(&death);
	/* Until decide has made it there may be no directory; serving goes on without. */
	if (as_owner(k))
		write_now(k);
	as_before();
	deathsig_again(&death);
}
