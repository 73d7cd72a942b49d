#include "decide-explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/stamp.h"
#include "codec/json.h"
#include "core/explain.h"
#include "core/listing.h"
#include "decide-answered.h"
#include "edge/ask.h"
#include "edge/clock.h"

enum { ASK_MS = 300, STATS_MS = 5000, DEFAULT_ANSWERS = 8 };

/* ---- the config on disk and the one in force */

__attribute__((format(printf, 2, 3))) static void
note(struct explaining *x, const char *fmt, ...)
{
	va_list ap;

	if (x->nnotes >= sizeof(x->notes) / sizeof(*x->notes))
		return;
	va_start(ap, fmt);
	vsnprintf(x->notes[x->nnotes++], sizeof(x->notes[0]), fmt, ap);
	va_end(ap);
}

static const char *
text_of(const struct json *stats, const char *name)
{
	size_t len;
	const char *s = json_string(json_get(stats, name), &len);

	return s ? s : "";
}

/* What the running decide says of itself; what is older than five seconds says nothing. */
static void
note_force(struct explaining *x, const struct json *stats)
{
	const char *hash = text_of(stats, "config"), *at = text_of(stats, "at");
	bool degraded = false;
	int64_t when;

	if (!stamp_parse(at, &when) || clock_wall() - when > STATS_MS) {
		note(x,
		     "note: no fodns-decide is running on this state (the last one said so at %s)",
		     at);
		return;
	}
	if (*text_of(stats, "config_refused"))
		note(x, "note: the config on disk was refused: %s",
		     text_of(stats, "config_refused"));
	if (strcmp(hash, x->config.config.hash) != 0)
		note(x,
		     "note: the config in force is another one (%s) than that on disk (%s); fodns "
		     "reload brings it in",
		     hash, x->config.config.hash);
	if (json_bool(json_get(stats, "degraded"), &degraded) && degraded)
		note(x, "note: the running fodns-decide cannot read the state and goes on with "
		        "what it knew");
}

static void
compare_force(struct explaining *x, const struct statedir *dir)
{
	struct buf b = {0};
	struct fault f;
	struct json *j;

	if (statedir_read_stats(dir, "decide", &b, &f) != 0 || !(j = json_parse(b.data, b.len, &f)))
		note(x, "note: no fodns-decide has run on this state yet");
	else {
		note_force(x, j);
		json_free(j);
	}
	buf_free(&b);
}

/* A refused file leaves the one in force to explain by; without one there is nothing to explain. */
static void
last_config(struct explaining *x, const struct decide *d, const char *problem)
{
	struct fault f;

	if (decide_last_config(d, &x->config, &f))
		exit(EXIT_USAGE);
	note(x, "note: the config on disk is refused: %s", problem);
	note(x, "note: explained by the last accepted one (%s)", x->config.config.hash);
}

void
explain_begin(struct explaining *x, const struct decide *d)
{
	char problem[512];
	struct statedir dir;
	struct fault f;

	memset(x, 0, sizeof(*x));
	x->live = !d->reports && d->at < 0;
	if (accepted_load(&x->config, cli_config_path(d->config), problem) < 0) {
		last_config(x, d, problem);
		return;
	}
	if (!x->live || decide_state(d, &x->config.config, false, &dir, &f) < 0)
		return; /* the listing will say what is wrong with the state */
	compare_force(x, &dir);
	statedir_close(&dir);
}

/* ---- what the server says */

static const struct listen *
loopback(const struct config *c, struct listen *l)
{
	if (c->ndns == 0)
		return NULL;
	*l = c->dns[0];
	if (addr_is_wildcard(&l->addr))
		addr_parse(l->addr.family == FAMILY_V6 ? "::1" : "127.0.0.1", &l->addr);
	return l;
}

static bool
contains(const struct rrset *r, const struct answer *a)
{
	for (size_t i = 0; i < r->nanswers; i++)
		if (answer_equal(&r->answers[i], a))
			return true;
	return false;
}

/*
 * A response holds at most max_answers of a larger set, any of them; of aliases, and of what is
 * selected by weight or hash, one.
 */
static size_t
most_answers(const struct decision *dec, enum family f)
{
	if ((f == FAMILY_OTHER && dec->type == RRTYPE_CNAME) ||
	    dec->rrsets[f].select != SELECT_ALL)
		return 1;
	return dec->max_answers > 0 ? (size_t)dec->max_answers : DEFAULT_ANSWERS;
}

/* The rcodes of DNS that are decided (RFC 1035 4.1.1). */
static int
wire_rcode(enum rcode c)
{
	return c == DECIDED_SERVFAIL ? 2 : c == DECIDED_REFUSED ? 5 : 0;
}

/* Beside an alias no other type has anything of its own: its rcode is theirs, or where it leads. */
static bool
same_rcode(const struct decision *dec, enum family f, int rcode)
{
	const struct rrset *want = &dec->rrsets[f], *alias = &dec->rrsets[FAMILY_OTHER];

	if (f != FAMILY_OTHER && dec->type == RRTYPE_CNAME && !want->nanswers) {
		if (alias->nanswers)
			return true;
		want = alias;
	}
	return rcode == wire_rcode(want->rcode);
}

static bool
same_answer(const struct decision *dec, enum family f, const struct ask_reply *r)
{
	const struct rrset *want = &dec->rrsets[f];
	size_t most = most_answers(dec, f);

	if (r->cut)
		return true; /* UDP had no room for it: nothing to compare */
	if (!same_rcode(dec, f, r->rcode) ||
	    r->nanswers != (want->nanswers < most ? want->nanswers : most))
		return false;
	for (size_t i = 0; i < r->nanswers; i++)
		if (!contains(want, &r->answers[i]))
			return false;
	return r->nanswers == 0 || r->ttl == want->ttl;
}

static void
add_difference(struct buf *b, enum rrtype type, const struct ask_reply *r)
{
	static const char *const rcodes[] = {"",         "FORMERR", "SERVFAIL",
	                                     "NXDOMAIN", "NOTIMP",  "REFUSED"};
	struct rrset got = {.nanswers = r->nanswers};

	memcpy(got.answers, r->answers, r->nanswers * sizeof(*r->answers));
	buf_printf(b, "%s%s ", b->len ? ", " : "DIFFERENT: ", rrtype_word((int)type));
	if (r->rcode)
		buf_puts(b, r->rcode < 6 ? rcodes[r->rcode] : "another rcode");
	if (!r->rcode || r->nanswers)
		listing_answers(b, &got, " ");
	if (r->nanswers > 0)
		buf_printf(b, " ttl %u", r->ttl);
}

static void
ask_server(const struct config *c, const struct domain *dom, const struct decision *dec,
           struct buf *b)
{
	static struct ask_reply r;
	struct listen at;
	struct fault fault;
	char name[ENDPOINT_TEXT];

	if (!loopback(c, &at)) {
		buf_puts(b, "not asked: dns: has no address");
		return;
	}
	endpoint_format(name, &at.addr, at.port);
	for (int f = 0; f < (dom->type == RRTYPE_A ? FAMILY_OTHER : FAMILIES); f++) {
		enum rrtype type = family_type((enum family)f, dom->type);

		if (ask_dns(&at.addr, at.port, dom->name, type, ASK_MS, &r, &fault) < 0) {
			buf_clear(b);
			buf_printf(b, "nothing: %s from %s", fault.text, name);
			return;
		}
		if (!same_answer(dec, f, &r))
			add_difference(b, type, &r);
	}
	buf_printf(b, "%s by %s", b->len ? "" : "same", name);
}

static size_t
terminal_width(void)
{
	struct winsize w;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_col < 40)
		return 80;
	return w.ws_col > 120 ? 120 : w.ws_col;
}

void
explain_note(struct explaining *x, const char *text)
{
	note(x, "note: %s", text);
}

void
explain_domain(struct explaining *x, const struct decide *d, const struct past *p,
               const struct domain *dom, const struct decision *dec)
{
	const char *notes[sizeof(x->notes) / sizeof(*x->notes) + 1] = {NULL};
	struct explain what = {.engine = p->engine,
	                       .config = p->config,
	                       .domain = dom,
	                       .decision = dec,
	                       .notes = notes,
	                       .colour = cli_colour(stdout),
	                       .width = terminal_width()};
	struct buf served = {0}, answered = {0}, out = {0};

	for (size_t i = 0; i < x->nnotes; i++)
		notes[i] = x->notes[i];
	if (x->live) {
		ask_server(what.config, dom, dec, &served);
		what.served = served.data;
	}
	answered_compare(d, what.config, dom, dec, &answered);
	what.answered = answered.data;
	if (d->output && !strcmp(d->output, "json"))
		explain_json(&what, &out);
	else
		explain_text(&what, &out);
	fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
	buf_free(&answered);
	buf_free(&served);
	x->nnotes = 0; /* once is enough */
}
