#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "codec/taskurl.h"
#include "edge/probeweb.h"
#include "edge/resolver.h"
#include "model/name.h"

/*
 * A redirect is the word of a stranger.  It may lead to http and https only and
 * never from https to http, within the one deadline of the probe.  The name that
 * was asked first stays at the address that is probed, because it is that
 * address whose health is asked for; what any other leads to must be allowed.
 */
struct web_place {
	struct web_place *prev, *next;
	struct probe_run *run; /* NULL: nobody waits for it any more */
	struct prober *prober;
};

bool
web_redirects(const struct httpresponse *h)
{
	static const int codes[] = {301, 302, 303, 307, 308};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (h->code == codes[i])
			return h->location != NULL;
	return false;
}

static bool
allowed(const struct probe_run *r, const struct addr *a, int port)
{
	const struct prober_options *o = &r->prober->o;

	if (r->http.trip->asked && o->allowed)
		return o->allowed(o->arg, a, port);
	return !addr_is_linklocal(a) && !addr_is_multicast(a) && !addr_is_wildcard(a);
}

static void
go_to(struct probe_run *r, const struct addr *a)
{
	struct web_trip *w = r->http.trip;
	bool home = addr_equal(a, &w->home);

	/* Without a master to ask, where the probe was sent to is allowed as it is. */
	if ((!home || w->asked) && !allowed(r, a, w->port)) {
		probe_end(r, STATUS_FAIL, "redirect to an address that is not allowed");
		return;
	}
	w->to = *a;
	web_go(r);
}

/* ---- names */

static void
place_free(struct web_place *p)
{
	if (p->prev)
		p->prev->next = p->next;
	else
		p->prober->places = p->next;
	if (p->next)
		p->next->prev = p->prev;
	free(p);
}

static void
on_resolved(void *arg, enum resolved how, const struct addr *a)
{
	struct web_place *p = arg;
	struct probe_run *r = p->run;

	place_free(p);
	if (!r)
		return;
	r->http.trip->place = NULL;
	if (probe_late(r))
		return;
	if (how == RESOLVED_ADDRESS)
		go_to(r, a);
	else if (how == RESOLVED_NOTHING)
		probe_end(r, STATUS_FAIL, "redirect to a name not found");
	else
		probe_end(r, STATUS_UNKNOWN, "cannot resolve what a redirect leads to");
}

static void
resolve(struct probe_run *r, const char *host)
{
	struct prober *p = r->prober;
	int64_t left = r->timeout_ms - (int64_t)probe_elapsed(r);
	struct web_place *place = mem_alloc(sizeof(*place));

	place->run = r;
	place->prober = p;
	place->next = p->places;
	if (place->next)
		place->next->prev = place;
	p->places = place;
	r->http.trip->place = place;
	resolver_lookup(prober_resolver(p), host, left > 0 ? left : 1, on_resolved, place);
}

void
web_places_free(struct prober *p)
{
	while (p->places)
		place_free(p->places);
}

void
web_place_forget(struct probe_run *r)
{
	if (r->http.trip->place)
		r->http.trip->place->run = NULL;
}

/* ---- where to */

/* Why it is not gone there; NULL: u and *url say where. */
static const char *
read_place(struct web_trip *w, struct taskurl *u, const char **url)
{
	struct buf b = {0};
	struct fault f;
	const char *why = NULL;

	if (w->left == 0)
		return "too many redirects";
	if (!*w->head.location || !fetch_join(&b, w->url, w->head.location))
		why = "redirect to nowhere";
	else if (strncasecmp(b.data, "http://", 7) != 0 && strncasecmp(b.data, "https://", 8) != 0)
		why = "redirect to what is not http";
	else if (taskurl_parse(u, b.data, &f) < 0)
		why = "redirect to nowhere";
	else if (strncmp(w->url, "https:", 6) == 0 && u->type != PROBE_HTTPS)
		why = "redirect from https to http";
	else
		*url = arena_strndup(&w->arena, b.data, b.len);
	buf_free(&b);
	return why;
}

/* What was meant for one server is not told to another. */
static void
go_bare(struct web_trip *w)
{
	static const char *none[] = {NULL};

	w->headers = none;
	w->cert = w->key = NULL;
}

static void
change_method(struct web_trip *w)
{
	const char *method = w->method ? w->method : w->body ? "POST" : "GET";
	int code = w->head.code;

	if (strcmp(method, "HEAD") == 0 || code == 307 || code == 308 ||
	    (code != 303 && strcmp(method, "POST") != 0))
		return;
	w->method = "GET";
	w->body = NULL;
}

void
web_redirect(struct probe_run *r)
{
	struct web_trip *w = r->http.trip;
	struct taskurl u;
	const char *url, *why = read_place(w, &u, &url);
	bool home, safer;

	if (why) {
		probe_end(r, STATUS_FAIL, why);
		return;
	}
	home = strcasecmp(u.host, w->host) == 0;
	safer = strncmp(w->url, "https:", 6) != 0 && u.type == PROBE_HTTPS;
	if (!home || (u.port != w->port && !safer))
		go_bare(w);
	change_method(w);
	w->url = url;
	w->port = u.port;
	w->left--;
	if (home)
		go_to(r, &w->home);
	else if (u.literal)
		go_to(r, &u.addr);
	else
		resolve(r, u.host);
}
