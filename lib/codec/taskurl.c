#include "codec/taskurl.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "base/text.h"
#include "model/name.h"

static const int default_port[PROBE_TYPES] = {
    [PROBE_TCP] = PORT_NONE,  [PROBE_HTTP] = 80,       [PROBE_HTTPS] = 443,
    [PROBE_ICMP] = PORT_NONE, [PROBE_TLS] = PORT_NONE, [PROBE_UDP] = PORT_NONE,
    [PROBE_DNS] = 53};

/* The type in front of the first colon, -1: none of ours. */
static int
scheme(const char *s, const char **rest)
{
	char word[8];
	size_t n = strcspn(s, ":");

	if (s[n] != ':' || n >= sizeof(word))
		return -1;
	memcpy(word, s, n);
	word[n] = '\0';
	*rest = s + n + 1;
	return probe_type_from(word);
}

bool
taskurl_is(const char *s)
{
	const char *rest;

	return scheme(s, &rest) >= 0 || strstr(s, "://") != NULL;
}

static int
bad(struct fault *f, const char *s, const char *why)
{
	char clean[128];

	text_clean(clean, sizeof(clean), s, strlen(s));
	return fault_set(f, "%s: %s", clean, why);
}

static bool
host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.';
}

static bool
set_host(struct taskurl *u, const char *s, size_t n)
{
	if (n == 0 || n >= sizeof(u->host))
		return false;
	memcpy(u->host, s, n);
	u->host[n] = '\0';
	u->literal = addr_parse(u->host, &u->addr);
	if (u->literal)
		return true;
	for (size_t i = 0; i < n; i++)
		if (!host_char(s[i]))
			return false;
	return true;
}

/* "host", "host:port", "[v6]:port", "v6"; *port is the text behind the colon, NULL: none. */
static bool
split_place(struct taskurl *u, const char *s, size_t n, const char **port)
{
	const char *end, *colon = memchr(s, ':', n);

	*port = NULL;
	if (n && *s == '[') {
		end = memchr(s, ']', n);
		if (!end || !set_host(u, s + 1, (size_t)(end - s) - 1) || !u->literal ||
		    u->addr.family != FAMILY_V6)
			return false;
		end++;
		if ((size_t)(end - s) == n)
			return true;
		*port = end + 1;
		return *end == ':';
	}
	if (colon && memchr(colon + 1, ':', n - (size_t)(colon + 1 - s)))
		return set_host(u, s, n);
	*port = colon ? colon + 1 : NULL;
	return set_host(u, s, colon ? (size_t)(colon - s) : n);
}

static bool
read_port(const char *s, size_t n, int *port)
{
	char text[8];
	uint64_t v;

	if (n >= sizeof(text))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	if (!num_u64(text, 1, 65535, &v))
		return false;
	*port = (int)v;
	return true;
}

/* type=AAAA in any case of letters; class=IN is the only one. */
static bool
read_query(struct taskurl *u, const char *query)
{
	while (*query) {
		size_t n = strcspn(query, ";&");
		bool known = n == 8 && strncasecmp(query, "class=IN", n) == 0;

		for (int q = 0; q < QTYPES && strncasecmp(query, "type=", 5) == 0; q++)
			if (strlen(qtype_word(q)) == n - 5 &&
			    strncasecmp(query + 5, qtype_word(q), n - 5) == 0) {
				u->qtype = q;
				known = true;
			}
		if (!known)
			return false;
		query += n + (query[n] != '\0');
	}
	return true;
}

/* "/name?type=AAAA" */
static int
read_question(struct taskurl *u, const char *s, const char *path, struct fault *f)
{
	char name[254];
	size_t n;

	path += *path == '/';
	n = strcspn(path, "?");
	if (n == 0 || n >= sizeof(name))
		return bad(f, s, "dns needs a name to ask for; write dns://SERVER/NAME?type=A");
	memcpy(name, path, n);
	name[n] = '\0';
	if (!name_normal(u->qname, name, NULL))
		return bad(f, s, "what is asked for is not a domain name");
	if (path[n] && !read_query(u, path + n + 1))
		return bad(f, s, "only ?type=A, AAAA, NS, CNAME, SOA, PTR, MX, TXT, SRV, NAPTR, "
		                 "CAA, DS, DNSKEY or TLSA can follow the name");
	return 0;
}

static int
read_path(struct taskurl *u, const char *s, const char *path, struct fault *f)
{
	bool http = u->type == PROBE_HTTP || u->type == PROBE_HTTPS;

	if (u->type == PROBE_DNS)
		return read_question(u, s, path, f);
	if (!http && *path && strcmp(path, "/") != 0)
		return bad(f, s, "a path is only for http, https and dns");
	if (!http)
		return 0;
	if (text_dirty(path, strlen(path)) || strchr(path, ' '))
		return bad(f, s, "space or control character in the path");
	if (strchr(path, '#'))
		return bad(f, s, "a fragment (#) is never sent to a server");
	if (snprintf(u->path, sizeof(u->path), "%s%s", *path == '/' ? "" : "/", path) >=
	    (int)sizeof(u->path))
		return bad(f, s, "path too long");
	return 0;
}

static int
no_type(struct fault *f, const char *s)
{
	static const char types[] = "write tcp://HOST:PORT, http://HOST/PATH, https://HOST/PATH, "
	                            "tls://HOST:PORT, udp://HOST:PORT, dns://SERVER/NAME or "
	                            "icmp://HOST";
	size_t n = strcspn(s, ":");
	const char *near = NULL;
	char word[8], why[300];

	if (n < sizeof(word) && strncmp(s + n, "://", 3) == 0) {
		memcpy(word, s, n);
		word[n] = '\0';
		near = text_nearest(word, probe_type_words);
	}
	if (!near || probe_type_from(near) == PROBE_EXEC)
		snprintf(why, sizeof(why), "not a check; %s", types);
	else
		snprintf(why, sizeof(why), "not a check (did you mean %s://?)", near);
	return bad(f, s, why);
}

static bool
beyond_ascii(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] > 0x7f)
			return true;
	return false;
}

int
taskurl_parse(struct taskurl *u, const char *s, struct fault *f)
{
	const char *rest, *port;
	int type = scheme(s, &rest);
	char why[64];
	size_t n;

	memset(u, 0, sizeof(*u));
	if (type < 0 || type == PROBE_EXEC)
		return no_type(f, s);
	u->type = (enum probe_type)type;
	if (strncmp(rest, "//", 2) == 0)
		rest += 2;
	n = strcspn(rest, "/?#");
	if (memchr(rest, '@', n))
		return bad(f, s, "user names and passwords are not supported");
	if (!split_place(u, rest, n, &port))
		return bad(f, s, beyond_ascii(rest, n)
		                     ? "a name with other letters is written as xn--…; idn2(1) tells it"
		                     : "not a host name or address");
	u->port = default_port[type];
	if (port && type == PROBE_ICMP)
		return bad(f, s, "icmp has no port");
	if (port && !read_port(port, (size_t)(rest + n - port), &u->port))
		return bad(f, s, "port is not a number from 1 to 65535");
	if (u->port == PORT_NONE && type != PROBE_ICMP) {
		snprintf(why, sizeof(why), "%s needs a port; write %s://%s:PORT",
		         probe_type_word(type), probe_type_word(type),
		         strchr(u->host, ':') ? "[ADDRESS]" : "HOST");
		return bad(f, s, why);
	}
	return read_path(u, s, rest + n, f);
}
