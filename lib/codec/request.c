#include "codec/request.h"

#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "base/stamp.h"
#include "base/text.h"

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
separates(char c)
{
	return c == ',' || blank(c);
}

const char *
request_tags(struct request_tags *t, const char *s, size_t n)
{
	char *p = t->text;

	t->n = 0;
	if (n >= sizeof(t->text))
		return "Tags are over 2047 bytes";
	if (text_dirty(s, n))
		return "Tags should be UTF-8 without control characters";
	memcpy(t->text, s, n);
	t->text[n] = '\0';
	while (*p) {
		if (separates(*p)) {
			*p++ = '\0';
			continue;
		}
		if (t->n == REQUEST_TAGS)
			return "There should be at most 64 tags";
		t->list[t->n++] = p;
		while (*p && !separates(*p))
			p++;
	}
	return NULL;
}

bool
request_time(const char *s, size_t n, int64_t now, int64_t *ms)
{
	enum { DATE = 10 };
	char text[40], *blank_at;

	if (n >= sizeof(text) || memchr(s, '\0', n))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	blank_at = strrchr(text, ' ');
	if (blank_at && blank_at > text + DATE)
		*blank_at = '+';
	if (stamp_parse(text, ms))
		return *ms >= 0;
	/* Not the forms of a person's own clock and zone, which is not this host's. */
	return (*text == '-' || strspn(text, "0123456789.") == n) && stamp_typed(text, now, ms) &&
	       *ms >= 0;
}

bool
request_place(const char *s, size_t n, uint64_t *number, int64_t *offset)
{
	char text[40], *dot;
	int64_t v;

	if (n >= sizeof(text) || memchr(s, '\0', n))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	dot = strchr(text, '.');
	if (!dot)
		return false;
	*dot = '\0';
	if (!num_i64(text, 1, INT64_C(999999999999), &v) ||
	    !num_i64(dot + 1, 0, INT64_MAX, offset))
		return false;
	*number = (uint64_t)v;
	return true;
}

bool
request_line(struct request_lines *l)
{
	while (l->next < l->end) {
		const char *lf = memchr(l->next, '\n', (size_t)(l->end - l->next));
		const char *stop = lf ? lf : l->end;

		l->line = l->next;
		l->next = lf ? lf + 1 : l->end;
		l->number++;
		if (stop > l->line && stop[-1] == '\r')
			stop--;
		l->len = (size_t)(stop - l->line);
		for (size_t i = 0; i < l->len; i++)
			if (!blank(l->line[i]))
				return true;
	}
	return false;
}

/* Without the blanks around it; NULL if nothing is left. */
static const char *
trimmed(const char *s, size_t *n)
{
	while (blank(*s))
		s++;
	*n = strlen(s);
	while (*n && blank(s[*n - 1]))
		(*n)--;
	return *n ? s : NULL;
}

const char *
request_token(const char *x_api_key, const char *authorization, size_t *n)
{
	static const char scheme[] = "Bearer";
	const size_t len = sizeof(scheme) - 1;
	const char *token = x_api_key ? trimmed(x_api_key, n) : NULL;

	/* The original's agent sends an empty one when it has none. */
	if (token)
		return token;
	if (!authorization || strncasecmp(authorization, scheme, len) || authorization[len] != ' ')
		return NULL;
	return trimmed(authorization + len, n);
}

bool
request_etag(const char *if_none_match, const char *etag)
{
	size_t n = strlen(etag);
	const char *p = if_none_match;

	while (p && *p) {
		while (*p == ' ' || *p == '\t' || *p == ',')
			p++;
		if (*p == '*')
			return true;
		if (!strncmp(p, "W/", 2))
			p += 2;
		if (!strncmp(p, etag, n) && (!p[n] || separates(p[n])))
			return true;
		/* An opaque tag may hold commas: skip it by its quotes. */
		if (*p == '"' && (p = strchr(p + 1, '"')))
			p++;
		else if (p)
			p = strchr(p, ',');
	}
	return false;
}

bool
request_original_agent(const char *user_agent)
{
	return user_agent && !strncmp(user_agent, "python-requests/", 16);
}
