#ifndef FODNS_PROBEWEB_H
#define FODNS_PROBEWEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "edge/fetch.h"
#include "edge/probekind.h"

/*
 * What an http probe asks, and what it takes for an answer, whichever way it
 * goes: by the small client for plain http (probeget.c), or by libcurl
 * (probehttp.c), which also follows redirects (proberedirect.c).
 */
enum { WEB_BODY_CAP = 64 * 1024 };

void web_want(struct probe_run *r, struct web_want *w, const struct task *t);
void web_want_free(struct probe_run *r, struct web_want *w);
/* Does the verdict wait for the body of an answer with this status? */
bool web_needs_body(const struct web_want *w, int code);
/* Ends the run by what came until ms; body only if it was needed.  True: not ended, all is well. */
bool web_judge(struct probe_run *r, const struct web_want *w, int code, const struct buf *body,
               double ms);

/* The Content-Type that a body has, unless the probe's headers say it; else NULL. */
const char *web_content_type(const struct probe *p);
bool web_has_header(const struct probe *p, const char *name);

/* ---- by libcurl */

/* One request after the other; what it needs of the task is copied. */
struct web_trip {
	struct probe_run *run;
	struct arena arena;
	struct fetch *fetch; /* NULL: none under way */
	struct web_place *place;
	struct httpresponse head;
	bool head_over; /* what else curl calls a header are trailers */
	const char *url, *host; /* host: of the first request */
	struct addr home;       /* and its address */
	struct addr to;
	int port;
	struct outlet outlets[FAMILY_OTHER]; /* a redirect may lead to the other family */
	const char *method, *body;
	const char **headers;   /* ended by NULL */
	char *secret;           /* the one that is overwritten in the end; NULL: none */
	const char *ca, *cert, *key;
	bool insecure, asked;   /* asked: by a master */
	int min_days, left;     /* redirects that may be followed */
	bool first;
};

void web_go(struct probe_run *r); /* the request as trip says it */

/* Does this answer lead on? */
bool web_redirects(const struct httpresponse *h);
/* Goes where the answer leads, or ends the run. */
void web_redirect(struct probe_run *r);
void web_place_forget(struct probe_run *r); /* no call follows */
void web_places_free(struct prober *p);     /* after the resolver */

/*
 * curl keeps the parsed authorities of one file a fetcher: each file has its
 * own, or two probes would parse theirs anew in turn.
 */
struct fetcher *web_fetcher(struct prober *p, const char *ca, bool insecure);
void web_free(struct prober *p);

#endif
