#include "edge/probeweb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "edge/patterns.h"
#include "model/pattern.h"

enum { TOO_MANY_REQUESTS = 429 };

/* ---- what is wanted */

void
web_want(struct probe_run *r, struct web_want *w, const struct task *t)
{
	const char *text = t->probe->expect_body;

	w->codes = t->probe->codes;
	if (!text)
		return;
	if (!r->prober->patterns)
		r->prober->patterns = patterns_new();
	w->negated = *text == '!';
	w->pattern = pattern_take(r->prober->patterns, text + w->negated);
	if (!w->pattern)
		probe_end(r, STATUS_UNKNOWN, "expect_body cannot be compiled");
}

void
web_want_free(struct probe_run *r, struct web_want *w)
{
	pattern_drop(r->prober->patterns, w->pattern);
	w->pattern = NULL;
}

bool
web_needs_body(const struct web_want *w, int code)
{
	return w->pattern && code_ranges_have(&w->codes, (unsigned)code);
}

bool
web_judge(struct probe_run *r, const struct web_want *w, int code, const struct buf *body,
          double ms)
{
	enum pattern_found found = w->negated ? PATTERN_NO : PATTERN_YES;
	char text[32];

	if (web_needs_body(w, code))
		found = pattern_find(w->pattern, body->data ? body->data : "", body->len);
	if (found == PATTERN_COSTLY) {
		probe_end(r, STATUS_UNKNOWN, "pattern costs too much");
		return false;
	}
	if (!code_ranges_have(&w->codes, (unsigned)code)) {
		snprintf(text, sizeof(text), "status %d", code);
		probe_end(r, code == TOO_MANY_REQUESTS ? STATUS_WARN : STATUS_FAIL, text);
	} else if ((found == PATTERN_YES) == w->negated) {
		probe_end(r, STATUS_FAIL,
		          w->negated ? "body matches what it must not" : "body does not match");
	} else {
		return true;
	}
	r->result.latency_ms = ms;
	return false;
}

/* ---- what is asked */

bool
web_has_header(const struct probe *p, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < p->headers.n; i++)
		if (strncasecmp(p->headers.list[i], name, n) == 0 && p->headers.list[i][n] == ':')
			return true;
	return false;
}

/* As curl(1) does: a form, where nobody said what it is. */
const char *
web_content_type(const struct probe *p)
{
	if (!p->body || web_has_header(p, "Content-Type"))
		return NULL;
	return "Content-Type: application/x-www-form-urlencoded";
}

/* ---- fetchers */

struct web_fetchers {
	struct web_fetchers *next;
	struct fetcher *fetcher;
	char ca[]; /* "": the system's; "-": none is asked */
};

static struct web_fetchers *
fetcher_make(struct prober *p, const char *name, const char *ca, bool insecure)
{
	struct web_fetchers *f = mem_alloc(sizeof(*f) + strlen(name) + 1);

	strcpy(f->ca, name);
	f->fetcher = fetcher_new(p->loop);
	if (!f->fetcher) {
		free(f);
		return NULL;
	}
	if (!insecure)
		fetcher_warm(f->fetcher, ca);
	f->next = p->fetchers;
	p->fetchers = f;
	return f;
}

struct fetcher *
web_fetcher(struct prober *p, const char *ca, bool insecure)
{
	const char *name = insecure ? "-" : ca ? ca : "";
	struct web_fetchers *f = p->fetchers;

	while (f && strcmp(f->ca, name) != 0)
		f = f->next;
	if (!f)
		f = fetcher_make(p, name, ca, insecure);
	return f ? f->fetcher : NULL;
}

void
prober_prepare(struct prober *p, const struct probe *probe)
{
	if (probe->type == PROBE_HTTPS && probe->verify)
		web_fetcher(p, probe->ca, false);
}

void
web_free(struct prober *p)
{
	struct web_fetchers *f;

	web_places_free(p);
	while ((f = p->fetchers)) {
		p->fetchers = f->next;
		fetcher_free(f->fetcher);
		free(f);
	}
}
