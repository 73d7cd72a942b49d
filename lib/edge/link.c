#include "edge/link.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "codec/json.h"

void
link_request(struct fetch_request *r, const struct master *m)
{
	r->ca_file = m->ca_file;
	r->cert = m->cert;
	r->key = m->key;
	r->proxy = m->proxy;
}

static bool
same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool
link_same(const struct master *a, const struct master *b)
{
	return same(a->url, b->url) && same(a->token, b->token) && same(a->ca_file, b->ca_file) &&
	       same(a->cert, b->cert) && same(a->key, b->key) && same(a->proxy, b->proxy);
}

/* ---- no answer */

/* The key of the agent's file that the error is about, with its value. */
static void
look_at(char *dst, size_t cap, const struct master *m, const struct fetch_result *res)
{
	const char *e = res->error;

	dst[0] = '\0';
	if (strstr(e, "CA file"))
		snprintf(dst, cap, " (ca_file %s)", m->ca_file ? m->ca_file : "of the system");
	else if (strncmp(e, "client certificate or key", 25) == 0 && m->key)
		snprintf(dst, cap, " (cert %s, key %s)", m->cert, m->key);
	else if (strncmp(e, "client certificate", 18) == 0)
		snprintf(dst, cap, " (%s%s)", m->cert ? "cert " : "no cert is set",
		         m->cert ? m->cert : "");
	else if (res->end == FETCH_TLS && strstr(e, "certificate") && !strstr(e, "another name"))
		snprintf(dst, cap, " (%s%s)", m->ca_file ? "ca_file " : "no ca_file is set",
		         m->ca_file ? m->ca_file : "");
}

void
link_why(char dst[static LINK_WHY], const struct master *m, const struct fetch_result *res)
{
	char at[LINK_WHY / 2];

	if (!res->error) {
		snprintf(dst, LINK_WHY, "no answer");
		return;
	}
	look_at(at, sizeof(at), m, res);
	snprintf(dst, LINK_WHY, "%s%s%s%s", m->proxy ? m->proxy : "", m->proxy ? ": " : "",
	         res->error, at);
}

/* ---- an answer */

bool
link_detail(char *dst, size_t cap, const struct json *j)
{
	const struct json *d = json_get(j, "detail");
	const char *s;
	size_t n;

	dst[0] = '\0';
	if (json_type(d) == JSON_ARRAY && json_length(d))
		d = json_get(json_at(d, 0), "msg");
	s = json_string(d, &n);
	if (s)
		text_clean(dst, cap, s, n);
	return s != NULL;
}

/* Without the status that it begins with: "400 No required SSL certificate was sent". */
static void
title_of(const char *page, char *dst, size_t cap)
{
	const char *s = strcasestr(page, "<title>"), *end;

	if (!s)
		return;
	s += 7;
	end = strchr(s, '<');
	while (isdigit((unsigned char)*s) || *s == ' ')
		s++;
	if (end && end > s)
		text_clean(dst, cap, s, (size_t)(end - s));
}

bool
link_said(char *dst, size_t cap, const struct fetch_result *res)
{
	struct json *j = json_parse(res->body, res->body_len, NULL);
	bool masters;

	masters = link_detail(dst, cap, j);
	if (!j)
		title_of(res->body, dst, cap);
	json_free(j);
	return masters;
}
